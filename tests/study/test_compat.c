/* Trials that are averages over those before, as the Python tool logs them.
 * Tests of src/study/compat.c; what a net scores is in tests/cli/test_compat.py. */
#include "unit.h"

#include <math.h>

#include "resumed_study.h"

#define JOB "compat = true\n" JOB_HEAD SPACE JOB_NULL TAIL("sampler = \"random\"\nn_trials = 30\n")

/* Loss of trial @p number by itself. */
static double own_loss(const life *l, uint64_t number)
{
  uint32_t indexes[16];
  bf_result alone;
  size_t n = l->f.record->n_parameters;
  memcpy(indexes, bf_study_indexes(l->f.study, number), n * sizeof *indexes);
  const bf_task task = {
      .number = number, .seed = bf_trial_seed(7, number), .n_indexes = n, .indexes = indexes};
  fill(&task, l->first_failed, &alone);
  return alone.metrics.value[BF_METRIC_loss];
}

/* Failed trials do not count, and the order is that in which results came. */
static void assert_losses_are_running_averages(const life *l)
{
  const bf_record *record = l->f.record;
  double sum = 0;
  size_t n = 0;
  assert_true(record->is_compat);
  assert_int_equal(record->n_trials, 30);
  for (size_t i = 0; i < record->n_trials; i++) {
    const bf_record_trial *trial = &record->trials[record->told[i]];
    if (trial->failed)
      continue;
    sum += own_loss(l, trial->number);
    n++;
    assert_true(fabs(trial->metrics.value[BF_METRIC_loss] - sum / (double)n) < 1e-12 * sum);
  }
  assert_true(n > 15 && n < 30);
}

static life begin(uint64_t seed, const char *name)
{
  life l = {.text = JOB,
            .random = bf_random_stream(seed, BF_PURPOSE_SYNTH, 2),
            .n_held = 5,
            .first_failed = 10};
  life_start(&l, name);
  return l;
}

static void loss_is_the_average_over_what_was_told_before(void **state)
{
  (void)state;
  life l = begin(3, "whole");
  life_finish(&l);
  assert_losses_are_running_averages(&l);
  stop(&l.f);
}

static void average_goes_on_where_a_killed_study_was(void **state)
{
  (void)state;
  life l = begin(4, "killed");
  while (l.n_answers < 25) {
    life_run(&l, 6);
    life_kill(&l);
    life_resume(&l, "killed");
  }
  life_finish(&l);
  assert_losses_are_running_averages(&l);
  stop(&l.f);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(loss_is_the_average_over_what_was_told_before),
      cmocka_unit_test(average_goes_on_where_a_killed_study_was),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
