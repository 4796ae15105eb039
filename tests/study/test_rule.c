/* Tests of src/study/rule*.c: reading rules, and what they choose of a study written by hand.
 * Room: study. */
#include "unit.h"

#include <math.h>

#include "record_fixture.h"
#include "study/rule.h"

/* Accuracy up, bitops down; trial 3 is dominated, trial 7 breaks the constraint, trial 8 failed,
 * the others run. */
#define HEAD "number state a/width b/data_in accuracy loss bitops latency\n"
#define TABLE                                                                                      \
  HEAD "0 COMPLETE 2  x     0.50 1.3 100 -\n"                                                      \
       "3 COMPLETE 4  x     0.55 1.2 500 0.5\n"                                                    \
       "4 COMPLETE 2  [8,4] 0.68 1.0 200 -\n"                                                      \
       "6 COMPLETE 4  [8,4] 0.70 0.9 400 0.25\n"                                                   \
       "7 COMPLETE NA x     0.90 0.5 50  -\n"                                                      \
       "8 FAIL     NA [8,4] -    -   -   -\n"
#define DOCUMENT                                                                                   \
  "{\"format\": 1, \"seed\": 1, \"sampler\": \"random\", \"n_trials\": 9, \"repeats\": 1, "        \
  "\"constraints\": {\"loss\": \">= 0.7\"}, " RECORD_SPACE ", " RECORD_OBJECTIVES "}"
#define SUM                                                                                        \
  "\"objectives\": [{\"name\": \"sum_scaled_metrics\", \"direction\": \"maximize\", \"scale\": 1," \
  " \"terms\": [{\"name\": \"accuracy\", \"scale\": 1.0}]}]"

static bf_record *open_study(const char *document, const char *table)
{
  bf_record *record = NULL;
  write_study(document, table, "seed = 1\n");
  assert_ok(bf_study_open(record_folder, &record));
  return record;
}

static bf_status apply(const bf_record *record, const char *text, bf_pick *pick)
{
  bf_rule rule;
  bf_status status = bf_rule_parse(text, &rule);
  return status == BF_OK ? bf_rule_apply(&rule, record, pick) : status;
}

/* Expects trial @p number and, unless it is negative, runner-up @p second. */
static void check(const bf_record *record, const char *rule, uint64_t number, int64_t second,
                  const char *why, const char *runner_up_why)
{
  bf_pick pick = {0};
  assert_ok(apply(record, rule, &pick));
  assert_int_equal(pick.n, 1);
  assert_int_equal(record->candidates[pick.chosen[0]].number, number);
  assert_string_equal(pick.why, why);
  assert_int_equal(pick.has_runner_up, second >= 0);
  if (second >= 0) {
    assert_int_equal(record->candidates[pick.runner_up].number, (uint64_t)second);
    assert_string_equal(pick.runner_up_why, runner_up_why);
  }
  bf_pick_release(&pick);
}

static void rules_choose_from_the_front(void **state)
{
  (void)state;
  bf_record *record = open_study(DOCUMENT, TABLE);
  /* Scaled: (1, 0), (.1, 1/3), (0, 1); x + y = 1 is the line. */
  check(record, "knee", 4, 0,
        "largest distance, 0.401, from the line through trials 6 and 0 (front of 3)", "distance 0");
  /* Own: .1 x .1; .9 x 2/3; .1 x 1/3. */
  check(record, "hypervolume", 4, 0,
        "largest hypervolume of its own, 0.6 of the front's 0.81 (front of 3)",
        "0.0333 of its own");
  check(record, "accuracy=0.7, bitops=0.3", 4, 6,
        "largest weighted score, 0.83 of 1, with accuracy 0.7, bitops 0.3 (front of 3)",
        "weighted score 0.7");
  check(record, "accuracy=2", 6, 4,
        "largest weighted score, 1 of 1, with accuracy 2, bitops 0 (front of 3)",
        "weighted score 0.9");
  bf_record_free(record);
}

static void best_looks_at_all_that_is_feasible(void **state)
{
  (void)state;
  bf_record *record = open_study(DOCUMENT, TABLE);
  check(record, "min bitops where accuracy >= 0.55", 4, 6,
        "smallest bitops, 200, of the 3 trials with accuracy >= 0.55", "bitops 400");
  check(record, " max accuracy  where bitops<=400 and loss > 0.95 and loss<1.3", 4, -1,
        "largest accuracy, 0.68, of the 1 trial with bitops <= 400 and loss > 0.95 and loss < 1.3",
        NULL);
  check(record, "max bitops", 3, 6, "largest bitops, 500, of the 4 trials to choose from",
        "bitops 400");
  check(record, "min latency", 6, 3, "smallest latency, 0.25, of the 2 trials to choose from",
        "latency 0.5");
  check(record, "max bitops where accuracy < 0.51e0 and bitops >= -1e3", 0, -1,
        "largest bitops, 100, of the 1 trial with accuracy < 0.51 and bitops >= -1000", NULL);
  bf_record_free(record);
}

static void front_is_every_member(void **state)
{
  (void)state;
  bf_record *record = open_study(DOCUMENT, TABLE);
  bf_pick pick = {0};
  assert_ok(apply(record, "front", &pick));
  assert_int_equal(pick.n, 3);
  static const uint64_t numbers[] = {0, 4, 6};
  for (size_t i = 0; i < 3; i++)
    assert_int_equal(record->candidates[pick.chosen[i]].number, numbers[i]);
  assert_false(pick.has_runner_up);
  assert_string_equal(pick.why, "the whole front, 3 trials");
  bf_pick_release(&pick);
  bf_record_free(record);
}

static void front_of_one_is_chosen_without_a_measure(void **state)
{
  (void)state;
  bf_record *record = open_study(DOCUMENT, HEAD "5 COMPLETE 2 x 0.5 1 9 -\n");
  static const char *const rules[] = {"knee", "hypervolume", "bitops=1"};
  for (size_t i = 0; i < 3; i++)
    check(record, rules[i], 5, -1, "the only trial on the front", NULL);
  bf_record_free(record);
}

static void front_of_equals_is_chosen_by_number(void **state)
{
  (void)state;
  bf_record *record = open_study(DOCUMENT, HEAD "5 COMPLETE 2 x 0.5 1 9 -\n"
                                                "6 COMPLETE 4 x 0.5 1 9 -\n");
  static const char *const rules[] = {"knee", "hypervolume", "bitops=1"};
  for (size_t i = 0; i < 3; i++)
    check(record, rules[i], 5, 6, "the first of 2 trials with the same objectives",
          "the same objectives");
  bf_record_free(record);
}

static void single_objective_has_a_best_and_a_second(void **state)
{
  (void)state;
  char *document = replaced(DOCUMENT, RECORD_OBJECTIVES, SUM);
  bf_record *record = open_study(document, TABLE);
  static const char *const rules[] = {"knee", "hypervolume"};
  for (size_t i = 0; i < 2; i++)
    check(record, rules[i], 6, 4, "best sum_scaled_metrics, 0.7, the only objective, of 4 trials",
          "sum_scaled_metrics 0.68");
  bf_record_free(record);
  free(document);
}

static void assert_refused(const char *rule, const char *words)
{
  bf_rule parsed;
  assert_fails(bf_rule_parse(rule, &parsed), BF_ERR_USAGE, words);
  assert_null(strchr(bf_trail(), '\n'));
}

static void rules_that_make_no_sense_are_refused_with_a_hint(void **state)
{
  (void)state;
  assert_refused("", "rule '': expected knee, hypervolume, front, weights such as");
  assert_refused("kne", "did you mean 'knee'?");
  assert_refused("knee please", "rule 'knee please': expected nothing more, found 'please'");
  assert_refused("min", "rule 'min': expected a metric at its end");
  assert_refused("min acuracy", "unknown metric 'acuracy', did you mean 'accuracy'?");
  assert_refused("min loss when x", "expected 'where', found 'when'");
  assert_refused("min loss where", "expected a metric at its end");
  assert_refused("min loss where <", "expected a metric, found '<'");
  assert_refused("min loss where bitops", "expected '>=', '<=', '>' or '<' at its end");
  assert_refused("min loss where bitops == 3", "expected '>=', '<=', '>' or '<', found '=='");
  assert_refused("min loss where bitops <= many", "expected a number, found 'many'");
  assert_refused("min loss where bitops <= nan", "expected a number, found 'nan'");
  assert_refused("min loss where bitops <= "
                 "0.0000000000000000000000000000000000000000000000000000000000000000000001e70",
                 "expected a number, found '0.0000");
  assert_refused("min loss where bitops <= 1 or loss > 1", "expected 'and' or the end, found 'or'");
  assert_refused("min loss where bitops <= 1 and", "expected a metric at its end");
  assert_refused("accuracy=", "expected a number at its end");
  assert_refused("accuracy=-1", "the weight of 'accuracy' is -1, expected at least 0");
  assert_refused("accuracy=0", "the weights add up to 0");
  assert_refused("accuracy=1e308, loss=1e308", "the weights add up to inf");
  assert_refused("accuracy=1 bitops=1", "expected a comma, found 'bitops'");
  assert_refused("accuracy=1, accuracy=1", "'accuracy' has two weights");
  assert_refused("accuracy=1,", "expected a metric at its end");
  assert_refused("acc=1", "unknown metric 'acc'");
  assert_refused("accuracy==1", "expected '=', found '=='");
  assert_refused("min loss where loss>0 and loss>0 and loss>0 and loss>0 and loss>0 and loss>0 and "
                 "loss>0 and loss>0 and loss>0 and loss>0 and loss>0 and loss>0 and loss>0 and "
                 "loss>0 and loss>0 and loss>0 and loss>0",
                 "more than 16 conditions");
}

/* Texts of all lengths and letters end in a rule or a line, never in a crash. */
static void any_text_is_read_or_refused(void **state)
{
  (void)state;
  static const char *const pieces[] = {"knee", "min", "loss", "where", ">=", "1",  "and", ",",
                                       "=",    "==",  "\xff", "'",     "-",  "%s", " ",   "front"};
  for (size_t i = 0; i < 16 * 16 * 16; i++) {
    bf_rule rule;
    char text[32];
    snprintf(text, sizeof text, "%s%s %s", pieces[i % 16], pieces[i / 16 % 16], pieces[i / 256]);
    bf_status status = bf_rule_parse(text, &rule);
    assert_true(status == BF_OK || status == BF_ERR_USAGE);
  }
}

static void assert_nothing(const bf_record *record, const char *rule, const char *words)
{
  bf_pick pick = {0};
  assert_fails(apply(record, rule, &pick), BF_ERR_USAGE, words);
  assert_null(pick.chosen);
}

static void conditions_that_none_meets_say_how_near_it_is(void **state)
{
  (void)state;
  bf_record *record = open_study(DOCUMENT, TABLE);
  assert_nothing(record, "min loss where accuracy >= 0.8 and bitops < 100",
                 "has accuracy >= 0.8 and bitops < 100; accuracy goes up to 0.7, bitops goes down "
                 "to 100");
  assert_nothing(record, "min loss where flops <= 8", "flops was not measured");
  assert_nothing(record, "min flops", "has metric 'flops'");
  assert_nothing(record, "loss=1", "a weight on 'loss', which is no objective of '");
  bf_record_free(record);
}

static void study_without_a_choice_says_why(void **state)
{
  (void)state;
  bf_record *record = open_study(DOCUMENT, HEAD "8 FAIL NA x - - - -\n");
  assert_nothing(record, "knee", "nothing to choose: no trial of '");
  assert_nothing(record, "min loss", "is complete");
  bf_record_free(record);
  record = open_study(DOCUMENT, HEAD "7 COMPLETE NA x 0.90 0.5 50 -\n");
  assert_nothing(record, "knee", "meets its constraints");
  bf_record_free(record);
}

static void rule_reports_every_lack_of_memory(void **state)
{
  (void)state;
  bf_record *record = open_study(DOCUMENT, TABLE);
  static const char *const rules[] = {"knee", "hypervolume", "bitops=1", "min loss", "front"};
  for (size_t i = 0; i < 5; i++) {
    bf_status status = BF_ERR_NOMEM;
    long n = 0;
    for (; status != BF_OK; n++) {
      bf_pick pick = {0};
      bf_alloc_fail_after(n);
      status = apply(record, rules[i], &pick);
      bf_alloc_fail_after(-1);
      assert_true(status == BF_OK || status == BF_ERR_NOMEM);
      assert_true((pick.chosen != NULL) == (status == BF_OK));
      bf_pick_release(&pick);
    }
    assert_true(n > 5);
  }
  bf_record_free(record);
}

#define CASE(function)                                                                             \
  cmocka_unit_test_setup_teardown(function, make_record_folder, remove_record_folder)

int main(void)
{
  const struct CMUnitTest tests[] = {
      CASE(rules_choose_from_the_front),
      CASE(best_looks_at_all_that_is_feasible),
      CASE(front_is_every_member),
      CASE(front_of_one_is_chosen_without_a_measure),
      CASE(front_of_equals_is_chosen_by_number),
      CASE(single_objective_has_a_best_and_a_second),
      CASE(conditions_that_none_meets_say_how_near_it_is),
      CASE(study_without_a_choice_says_why),
      CASE(rule_reports_every_lack_of_memory),
      cmocka_unit_test(rules_that_make_no_sense_are_refused_with_a_hint),
      cmocka_unit_test(any_text_is_read_or_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
