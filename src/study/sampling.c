/* Which sampler a study has, with which options, and how many trials.
 * Room: study. */
#include <math.h>

#include "base/log.h"
#include "study/compat.h"
#include "study/plan_parts.h"

/* An ask of sampler gp takes about this long. */
static const double gp_ask_s = 1e-3;

/* So many of them do not matter, however short the trials are. */
enum { FEW_TRIALS = 1000 };

/* Multiplications a second, and rows a second of a net without any: what the slowest supported
 * kernels reach on one core, roughly. Nothing depends on it but the sampler that "auto" picks. */
static const double macs_a_second = 4e9;
static const double rows_a_second = 4e7;

static double row_macs(const bf_model *model)
{
  double macs = 0;
  for (size_t i = 0; i < model->n_layers; i++)
    if (model->layers[i].kind == BF_LAYER_LINEAR)
      macs += (double)model->layers[i].n_in * (double)model->layers[i].n_out;
  return macs;
}

static double fewer(size_t n_wanted, size_t n_there)
{
  return n_wanted > 0 && n_wanted < n_there ? (double)n_wanted : (double)n_there;
}

/* Rows that pass forwards; a training row counts three times, for its way back. */
static double rows_of(const bf_plan *plan, bf_runner runner)
{
  const bf_job *job = plan->job;
  const size_t *n_rows = plan->manifest->n_rows;
  if (runner == BF_RUNNER_EVALUATION)
    return fewer(job->evaluation_rows, n_rows[bf_compat_split(job, job->evaluation_loader)]);
  if (runner != BF_RUNNER_TRAIN)
    return 0;
  double steps = (double)job->brief.n_epochs * (double)n_rows[BF_TRAIN] / (double)job->batch_size;
  if (job->brief.max_steps > 0)
    steps = fmin(steps, (double)job->brief.max_steps);
  return 3 * steps * (double)job->batch_size +
         fewer(job->brief_rows, n_rows[bf_compat_split(job, job->brief_loader)]);
}

double bf_plan_trial_s(const bf_plan *plan)
{
  const bf_job *job = plan->job;
  double row_s = 1 / rows_a_second + row_macs(&plan->model) / macs_a_second;
  double seconds = 0;
  for (size_t i = 0; i < job->n_runners; i++)
    seconds += job->runners[i] == BF_RUNNER_NULL ? 1e-3 * job->null_cost_ms
                                                 : row_s * rows_of(plan, job->runners[i]);
  return seconds;
}

/* Every configuration as often as the job says; saturates. */
static uint64_t n_trials_of_space(const bf_plan *plan)
{
  uint64_t size = bf_space_size(&plan->space);
  return size > UINT64_MAX / plan->job->repeats ? UINT64_MAX : size * plan->job->repeats;
}

static const char *pick(const bf_plan *plan)
{
  size_t n_trials = plan->job->n_trials;
  if (n_trials > 0 && n_trials >= n_trials_of_space(plan))
    return "brute-force";
  return n_trials > FEW_TRIALS && bf_plan_trial_s(plan) < gp_ask_s ? "nsgaii" : "gp";
}

static bf_status find_sampler(bf_plan *plan)
{
  const bf_job *job = plan->job;
  bf_sampler *sampler = NULL;
  plan->sampler =
      bf_sampler_is_auto(job->sampler) ? pick(plan) : bf_sampler_canonical(job->sampler);
  plan->options = job->options;
  plan->options.n_objectives = plan->n_objectives;
  /* Making one is the check of its name, its options and the space. */
  bf_status status = bf_sampler_create(plan->sampler != NULL ? plan->sampler : job->sampler,
                                       &plan->space, &plan->options, &sampler);
  bf_sampler_free(sampler);
  const bf_toml *node = bf_toml_at(job->tree, "search.strategy.setup.sampler");
  if (status != BF_ERR_USAGE)
    return status;
  return node != NULL ? bf_job_fail(job, node, "%s", bf_trail())
                      : bf_because(status, "%s", job->source);
}

/* Configurations are tried as often as the job says or not at all. */
static bf_status find_n_trials(bf_plan *plan)
{
  const bf_job *job = plan->job;
  uint64_t most = n_trials_of_space(plan);
  uint64_t wanted = job->n_trials;
  if (wanted == 0 && strcmp(plan->sampler, "brute-force") != 0)
    return bf_fail(BF_ERR_USAGE, "%s: no number of trials: give --n-trials", job->source);
  if (wanted > 0 && wanted < job->repeats)
    return bf_fail(BF_ERR_USAGE,
                   "%s: n_trials is %zu, fewer than the %zu repeats of a configuration",
                   job->source, job->n_trials, job->repeats);
  if (wanted % job->repeats != 0)
    bf_info("n_trials %zu is no multiple of %zu repeats: %zu trials are run", job->n_trials,
            job->repeats, job->n_trials - job->n_trials % job->repeats);
  wanted -= wanted % job->repeats;
  plan->exhausts = wanted == 0 || wanted >= most;
  plan->n_trials = (size_t)(plan->exhausts ? most : wanted);
  return BF_OK;
}

bf_status bf_plan_find_sampler(bf_plan *plan)
{
  bf_status status = find_sampler(plan);
  return status == BF_OK ? find_n_trials(plan) : status;
}
