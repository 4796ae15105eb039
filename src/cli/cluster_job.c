/* The job of `bitfront bench cluster`.
 * Room: cli. */
#include "cli/cluster_job.h"

#include "nn/kernels.h"

/* Seven parameters, as many as a layer's number formats have: what they cost in the journal counts.
 */
#define WIDTHS "[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]\n"
#define BITS   "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n"

static const char text[] =
    "model = \"jsc-lab4\"\nbatch_size = 64\nseed = 1\n"
    "[search.search_space]\nname = \"graph/bitfront/joint\"\nsetup.by = \"name\"\n"
    "[search.search_space.seed.default.config]\nname = [\"NA\"]\n"
    "[search.search_space.seed.seq_blocks_2.config]\nname = [\"integer\"]\n"
    "data_in_width = " WIDTHS "data_in_frac_width = " BITS "weight_width = " WIDTHS
    "weight_frac_width = " BITS "bias_width = " WIDTHS "bias_frac_width = " BITS
    "[search.strategy.sw_runner.null]\n"
    "[search.strategy.setup]\nsum_scaled_metrics = false\n"
    "[search.strategy.metrics]\naccuracy.scale = 1.0\naccuracy.direction = \"maximize\"\n"
    "bitops.scale = 1.0\nbitops.direction = \"minimize\"\n";

/* What a plan wants to know of a data set. */
static bf_manifest manifest = {
    .folder = (char[]){"none"}, .n_features = 16, .n_classes = 5, .kind = (char[]){"synthetic"}};

static bf_status set(bf_toml *tree, const char *sampler, size_t n_trials, double trial_ms)
{
  bf_status status = BF_OK;
  char number[32];
  snprintf(number, sizeof number, "%zu", n_trials);
  BF_TRY(bf_toml_set_string(tree, "search.strategy.setup.sampler", sampler));
  BF_TRY(bf_toml_set(tree, "search.strategy.setup.n_trials", number));
  snprintf(number, sizeof number, "%.9g", trial_ms);
  BF_TRY(bf_toml_set(tree, "search.strategy.sw_runner.null.cost_ms", number));
done:
  return status;
}

static bf_status make_job(const char *sampler, size_t n_trials, double trial_ms, bf_job **out)
{
  static const char source[] = "job of the bench";
  bf_toml *tree = NULL;
  bf_status status = bf_toml_parse(text, source, &tree);
  if (status != BF_OK)
    return status;
  status = set(tree, sampler, n_trials, trial_ms);
  if (status == BF_OK)
    return bf_job_create(tree, source, false, out);
  bf_toml_free(tree);
  return status;
}

bf_status bf_cluster_job_init(bf_cluster_job *out, const char *sampler, size_t n_trials,
                              double trial_ms)
{
  bf_status status = BF_OK;
  const bf_kernels *kernels = NULL;
  BF_TRY(make_job(sampler, n_trials, trial_ms, &out->job));
  BF_TRY(bf_plan_create(out->job, &manifest, &out->plan));
  BF_TRY(bf_kernels_find("reference", BF_ISA_BASE, &kernels));
  BF_TRY(bf_evaluator_create(out->plan, &out->rows, kernels, &out->evaluator));
done:
  return status;
}

void bf_cluster_job_release(bf_cluster_job *job)
{
  bf_evaluator_free(job->evaluator);
  bf_plan_free(job->plan);
  bf_job_free(job->job);
  *job = (bf_cluster_job){0};
}
