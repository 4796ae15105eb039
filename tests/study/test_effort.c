/* Tests of src/study/effort.c.
 * Room: tests. */
#include "unit.h"

#include <math.h>
#include <string.h>

#include "study/effort.h"

static void effort_counts_every_session_and_the_coordinator(void **state)
{
  (void)state;
  bf_record_session sessions[] = {{.n_ranks = 3, .wall_s = 1800}, {.n_ranks = 1, .wall_s = 3600}};
  bf_record_trial trials[] = {
      {.duration_s = 1500}, {.duration_s = 300, .failed = true}, {.duration_s = 3600}};
  const bf_record record = {.n_sessions = 2, .sessions = sessions, .n_trials = 3, .trials = trials};
  bf_effort effort = bf_effort_of(&record);
  bf_text text = {0};
  assert_true(effort.core_hours == 2.5);
  assert_true(fabs(effort.trials_per_core_hour - 1.2) < 1e-12);
  /* Two workers for half an hour and one for an hour: two hours, of which one and a half worked. */
  assert_true(fabs(effort.utilisation - 0.75) < 1e-12);
  bf_effort_print(&effort, &text);
  assert_string_equal(text.data, "2.5 core-hours, 1.20 trials/core-hour, workers 75 % busy");
  bf_text_release(&text);
}

static void effort_of_no_time_has_no_rates(void **state)
{
  (void)state;
  bf_record_session session = {.n_ranks = 3};
  const bf_record record = {.n_sessions = 1, .sessions = &session};
  bf_effort effort = bf_effort_of(&record);
  bf_text text = {0};
  assert_true(isnan(effort.trials_per_core_hour) && isnan(effort.utilisation));
  bf_effort_print(&effort, &text);
  assert_string_equal(text.data, "0 core-hours");
  bf_text_release(&text);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(effort_counts_every_session_and_the_coordinator),
      cmocka_unit_test(effort_of_no_time_has_no_rates),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
