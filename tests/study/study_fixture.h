/* Jobs and plans from text, over a data set that exists only as a manifest.
 * Tests of the study room. */
#ifndef BF_TESTS_STUDY_FIXTURE_H
#define BF_TESTS_STUDY_FIXTURE_H

#include "base/text.h"
#include "study/plan.h"

/* What a joint search needs besides its seed tables and its runner. */
#define JOB_HEAD                                                                                   \
  "model = \"jsc-lab4\"\nbatch_size = 64\nseed = 7\n"                                              \
  "[search.search_space]\nname = \"graph/bitfront/joint\"\nsetup.by = \"name\"\n"
#define JOB_TAIL                                                                                   \
  "[search.strategy.setup]\nsampler = \"brute-force\"\nordered = true\n"                           \
  "sum_scaled_metrics = false\n"                                                                   \
  "[search.strategy.metrics]\nloss.scale = 1.0\nloss.direction = \"minimize\"\n"                   \
  "weight_bits.scale = 0.5\nweight_bits.direction = \"minimize\"\n"
#define JOB_NULL "[search.strategy.sw_runner.null]\n"

static bf_manifest fixture_manifest = {
    .folder = (char[]){"D"},
    .n_features = 16,
    .n_classes = 5,
    .kind = (char[]){"synthetic"},
    .n_rows = {[BF_TEST] = 1000},
};

static inline bf_status fixture_job(const char *text, bf_job **out)
{
  bf_toml *tree = NULL;
  bf_status status = bf_toml_parse(text, "job.toml", &tree);
  return status == BF_OK ? bf_job_create(tree, "job.toml", false, out) : status;
}

/* Both are the caller's to free, the plan first; both NULL on failure. */
static inline bf_status fixture_plan(const char *text, bf_job **job, bf_plan **plan)
{
  *job = NULL;
  *plan = NULL;
  bf_status status = fixture_job(text, job);
  if (status == BF_OK)
    status = bf_plan_create(*job, &fixture_manifest, plan);
  if (status != BF_OK) {
    bf_job_free(*job);
    *job = NULL;
  }
  return status;
}

#endif
