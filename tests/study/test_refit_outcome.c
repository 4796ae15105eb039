/* What a refit tells: means, intervals, the order of the nets. Tests of src/study/refit_outcome.c,
 * refit_json.c and refit_text.c. */
#include "unit.h"

#include "refit_fixture.h"

static void means_and_intervals_are_those_of_paper_and_pencil(void **state)
{
  (void)state;
  fixture f;
  start(&f, &plain, 3);
  run(&f, 1);
  assert_int_equal(f.refit->n_done, 9);
  assert_int_equal(bf_refit_exit_code(f.refit), 0);
  bf_json *json = read_json();
  /* By mean validation loss: 0.62, 0.72, 0.95; test rows and the study said otherwise. */
  assert_int_equal(trial_at(json, 0), 4);
  assert_int_equal(trial_at(json, 1), 12);
  assert_int_equal(trial_at(json, 2), 30);
  /* Trial 12: loss 0.71, 0.72, 0.73: sd 0.01, half 4.302653 * 0.01 / sqrt(3) = 0.02484138. */
  assert_true(is_near(number_at(json, 1, "val", "loss", "mean"), 0.72));
  assert_true(is_near(number_at(json, 1, "val", "loss", "sd"), 0.01));
  assert_true(is_near(number_at(json, 1, "val", "loss", "lo"), 0.69515862));
  assert_true(is_near(number_at(json, 1, "value", "hi", NULL), 0.74484138));
  /* Its test rows: 375, 370, 365 of 500, losses twice those above. */
  assert_true(is_near(number_at(json, 1, "test", "accuracy", "mean"), 0.74));
  assert_true(is_near(number_at(json, 1, "test", "accuracy", "lo"), 0.71515862));
  assert_true(is_near(number_at(json, 1, "test", "loss", "mean"), 1.44));
  assert_true(is_near(number_at(json, 1, "test", "loss", "hi"), 1.48968276));
  assert_true(is_near(number_at(json, 1, "hardware", "weight_bits", NULL), 0));
  assert_true(is_near(number_at(json, 2, "hardware", "weight_bits", NULL), 200));
  /* Brief 1.1, 0.9, 0.5 against long 0.62, 0.72, 0.95: the order turned round. */
  double spearman = 0;
  assert_ok(bf_json_double(bf_json_get(json, "spearman"), &spearman));
  assert_true(spearman == -1);
  const bf_json *net = bf_json_at(bf_json_get(json, "nets"), 0);
  assert_string_equal(bf_json_text(bf_json_get(net, "checkpoint")),
                      "checkpoints/trial-000004-seed-0.h5");
  assert_string_equal(bf_json_text(bf_json_get(bf_json_get(json, "criterion"), "name")), "loss");
  bf_json_free(json);
  stop(&f);
}

static void one_seed_has_wilson_intervals_of_shares_and_no_others(void **state)
{
  (void)state;
  fixture f;
  double lo;
  double hi;
  start(&f, &plain, 1);
  run(&f, 2);
  bf_json *json = read_json();
  assert_int_equal(trial_at(json, 1), 12);
  bf_wilson(375, N_TEST, &lo, &hi);
  assert_true(is_near(number_at(json, 1, "test", "accuracy", "mean"), 0.75));
  assert_true(is_near(number_at(json, 1, "test", "accuracy", "lo"), lo));
  assert_true(is_near(number_at(json, 1, "test", "accuracy", "hi"), hi));
  bf_wilson(750, N_VAL, &lo, &hi);
  assert_true(is_near(number_at(json, 1, "val", "accuracy_micro", "lo"), lo));
  assert_true(is_near(number_at(json, 1, "val", "accuracy_micro", "hi"), hi));
  assert_true(isnan(number_at(json, 1, "val", "accuracy_micro", "sd")));
  assert_true(is_near(number_at(json, 1, "val", "loss", "mean"), 0.71));
  assert_true(isnan(number_at(json, 1, "val", "loss", "lo")));
  assert_true(isnan(number_at(json, 1, "test", "loss", "hi")));
  bf_json_free(json);
  stop(&f);
}

static void nothing_trained_is_said(void **state)
{
  (void)state;
  fixture f;
  findings none = plain;
  bf_text table = {0};
  for (size_t i = 0; i < N_NETS; i++)
    none.loss[i][0] = -1;
  start(&f, &none, 1);
  run(&f, 1);
  bf_json *json = read_json();
  double value;
  assert_true(bf_json_double(bf_json_get(json, "best"), &value) == BF_ERR_DATA);
  assert_true(bf_json_double(bf_json_get(json, "spearman"), &value) == BF_ERR_DATA);
  bf_json_free(json);
  assert_ok(bf_refit_table(f.refit, &table));
  assert_non_null(strstr(table.data, "no net could be trained"));
  bf_text_release(&table);
  stop(&f);
}

static void data_without_test_rows_gives_no_test_scores(void **state)
{
  (void)state;
  fixture f;
  fixture_manifest.n_rows[BF_TEST] = 0;
  bf_log_set_sink(keep_line, NULL);
  start(&f, &plain, 2);
  bf_log_set_sink(NULL, NULL);
  assert_string_equal(last_line, "data set 'D' has no test rows: there will be no test scores");
  run(&f, 2);
  assert_int_equal(f.refit->n_done, 6);
  bf_json *json = read_json();
  assert_true(isnan(number_at(json, 0, "test", "accuracy", "mean")));
  assert_true(is_near(number_at(json, 0, "val", "loss", "mean"), 0.62));
  bf_json_free(json);
  stop(&f);
}

#define SUM                                                                                        \
  "[search.strategy.setup]\nsampler = \"brute-force\"\nsum_scaled_metrics = true\n"                \
  "direction = \"maximize\"\n[search.strategy.metrics]\naccuracy_micro.scale = 1.0\n"              \
  "weight_bits.scale = -0.002\n"
#define HARDWARE                                                                                   \
  "[search.strategy.setup]\nsampler = \"brute-force\"\nsum_scaled_metrics = false\n"               \
  "[search.strategy.metrics]\nweight_bits.scale = 1\nweight_bits.direction = \"minimize\"\n"

static void criterion_is_the_jobs_or_accuracy(void **state)
{
  (void)state;
  static const struct {
    const char *tail;
    const char *name;
    size_t best;
  } cases[] = {
      /* 0.74, 0.8 - 0.2, 0.63 - 0.4 */
      {SUM, "sum_scaled_metrics", 12},
      {HARDWARE, "accuracy_micro", 4},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[2048];
    fixture f;
    snprintf(text, sizeof text, "%s%s%s%s", JOB_HEAD, SPACE, BRIEF, cases[i].tail);
    start_job(&f, text, &plain, 3);
    run(&f, 1);
    bf_json *json = read_json();
    assert_string_equal(bf_json_text(bf_json_get(bf_json_get(json, "criterion"), "name")),
                        cases[i].name);
    assert_int_equal(trial_at(json, 0), cases[i].best);
    bf_json_free(json);
    stop(&f);
    bf_folder_remove(folder);
    assert_int_equal(make_folder(NULL), 0);
  }
}

static void equal_nets_keep_their_order_and_have_no_correlation(void **state)
{
  (void)state;
  fixture f;
  findings equal = plain;
  bf_text table = {0};
  for (size_t i = 0; i < N_NETS; i++)
    equal.loss[i][0] = 0.5;
  start(&f, &equal, 1);
  run(&f, 1);
  bf_json *json = read_json();
  for (size_t i = 0; i < N_NETS; i++)
    assert_int_equal(trial_at(json, i), numbers[i]);
  bf_json_free(json);
  assert_ok(bf_refit_table(f.refit, &table));
  assert_non_null(strstr(table.data, "no order to compare"));
  bf_text_release(&table);
  stop(&f);
}

static void table_and_warning_say_what_people_need(void **state)
{
  (void)state;
  fixture f;
  bf_text table = {0};
  start(&f, &plain, 3);
  bf_log_set_sink(keep_line, NULL);
  run(&f, 1);
  bf_log_set_sink(NULL, NULL);
  assert_non_null(strstr(last_line, "1 of 9 trained nets have outputs that are 0"));
  assert_ok(bf_refit_table(f.refit, &table));
  assert_non_null(
      strstr(table.data, "configuration: seq_blocks_2/channel_multiplier, seq_blocks_2/weight\n"));
  assert_non_null(
      strstr(table.data, "|     4 | 2 [4, 2]      |    3 |     1.1000 | 0.6200 [0.5703"));
  assert_non_null(strstr(table.data, "Spearman -1.000"));
  assert_non_null(strstr(table.data, "/a/checkpoints/trial-000004-seed-0.h5"));
  bf_text_release(&table);
  stop(&f);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      IN_FOLDER(means_and_intervals_are_those_of_paper_and_pencil),
      IN_FOLDER(one_seed_has_wilson_intervals_of_shares_and_no_others),
      IN_FOLDER(nothing_trained_is_said),
      IN_FOLDER(data_without_test_rows_gives_no_test_scores),
      IN_FOLDER(criterion_is_the_jobs_or_accuracy),
      IN_FOLDER(equal_nets_keep_their_order_and_have_no_correlation),
      IN_FOLDER(table_and_warning_say_what_people_need),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
