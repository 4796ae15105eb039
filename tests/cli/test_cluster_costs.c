/* What a trial costs, between the points where it was measured.
 * Tests of src/cli/cluster_costs.c and cluster_job.c. */
#include "unit.h"

#include <math.h>

#include "base/file.h"
#include "cli/cluster_costs.h"
#include "cli/cluster_job.h"

static void assert_near(double found, double expected)
{
  if (!(fabs(found - expected) <= 1e-12))
    fail_msg("%.9g, expected %.9g", found, expected);
}

static void cost_between_points_is_linear_in_logarithms(void **state)
{
  (void)state;
  bf_costs costs = {.grid = {.n_told = 2, .told = {10, 1000}, .n_open = 2, .open = {4, 64}},
                    .log_told = {log(10), log(1000)},
                    .log_open = {log(4), log(64)}};
  for (size_t told = 0; told < 2; told++)
    for (size_t open = 0; open < 2; open++)
      costs.at[told][open] =
          (bf_trial_cost){.ask_s = 1 + (double)told, .accept_s = 3 + 2 * (double)open};
  assert_near(bf_costs_at(&costs, 10, 4).ask_s, 1);
  assert_near(bf_costs_at(&costs, 100, 4).ask_s, 1.5);
  assert_near(bf_costs_at(&costs, 1000, 4).ask_s, 2);
  assert_near(bf_costs_at(&costs, 10, 16).accept_s, 4);
  assert_near(bf_costs_at(&costs, 100, 16).ask_s, 1.5);
  assert_near(bf_costs_at(&costs, 100, 16).accept_s, 4);
  assert_near(bf_costs_at(&costs, 0, 0).ask_s, 1);
  assert_near(bf_costs_at(&costs, 0, 0).accept_s, 3);
  assert_near(bf_costs_at(&costs, SIZE_MAX / 2, SIZE_MAX / 2).ask_s, 2);
  assert_near(bf_costs_at(&costs, SIZE_MAX / 2, SIZE_MAX / 2).accept_s, 5);
}

static void cost_of_one_point_is_that_everywhere(void **state)
{
  (void)state;
  bf_costs costs = {.grid = {.n_told = 1, .told = {10}, .n_open = 1, .open = {4}},
                    .log_told = {log(10)},
                    .log_open = {log(4)},
                    .at = {{{.ask_s = 2, .accept_s = 3}}}};
  assert_near(bf_costs_at(&costs, 1, 1000).ask_s, 2);
  assert_near(bf_costs_at(&costs, 1000, 1).accept_s, 3);
}

/* A model costs more than a draw, and what was made to measure it is gone. */
static void measured_costs_tell_samplers_apart(void **state)
{
  (void)state;
  static const char *const samplers[] = {"random", "tpe"};
  const bf_cost_grid grid = {.n_told = 1, .told = {200}, .n_open = 1, .open = {8}};
  bf_costs costs[2];
  char folder[] = "/tmp/bitfront-costs-XXXXXX";
  assert_non_null(mkdtemp(folder));
  bf_status status = bf_costs_measure(folder, &grid, 2, samplers, costs);
  char *begun = bf_path_join(folder, "begun");
  char *copy = bf_path_join(folder, "copy");
  bool is_tidy = !bf_file_exists(begun) && !bf_file_exists(copy);
  free(begun);
  free(copy);
  bf_folder_remove(folder);
  assert_ok(status);
  assert_true(is_tidy);
  assert_true(costs[0].at[0][0].ask_s > 0 && costs[0].at[0][0].accept_s > 0);
  assert_true(costs[1].at[0][0].ask_s > 2 * costs[0].at[0][0].ask_s);
}

static void unknown_sampler_is_refused(void **state)
{
  (void)state;
  bf_cluster_job job = {0};
  assert_fails(bf_cluster_job_init(&job, "none", 10, 0), BF_ERR_USAGE, "none");
  bf_cluster_job_release(&job);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cost_between_points_is_linear_in_logarithms),
      cmocka_unit_test(cost_of_one_point_is_that_everywhere),
      cmocka_unit_test(measured_costs_tell_samplers_apart),
      cmocka_unit_test(unknown_sampler_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
