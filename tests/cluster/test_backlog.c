/* Whether rank 0 keeps up with its mail.
 * Room: cluster (tests). */
#include "unit.h"

#include "cluster/backlog.h"

/* Rank 0 takes a result every @p each_s for @p seconds and never finds its mailbox empty. */
static void keep_busy(bf_backlog *backlog, double from_s, double seconds, double each_s)
{
  size_t n = (size_t)(seconds / each_s + 0.5);
  for (size_t i = 1; i <= n; i++)
    bf_backlog_take(backlog, from_s + (double)i * each_s, 1);
}

static void backlog_of_nothing_is_none(void **state)
{
  (void)state;
  bf_backlog backlog = {0};
  bf_backlog_clear(&backlog, 0);
  assert_false(bf_backlog_is_behind(&backlog, 0));
  assert_false(bf_backlog_is_behind(&backlog, 0.5));
}

static void backlog_is_seen_after_50_ms_of_mail(void **state)
{
  (void)state;
  bf_backlog backlog = {0};
  bf_backlog_clear(&backlog, 10);
  keep_busy(&backlog, 10, 0.045, 20e-6);
  assert_false(bf_backlog_is_behind(&backlog, 10.045));
  keep_busy(&backlog, 10.045, 0.01, 20e-6);
  assert_true(bf_backlog_is_behind(&backlog, 10.055));
}

static void backlog_with_an_empty_look_in_between_is_none(void **state)
{
  (void)state;
  bf_backlog backlog = {0};
  for (int i = 0; i < 20; i++) {
    bf_backlog_clear(&backlog, 0.04 * i);
    keep_busy(&backlog, 0.04 * i, 0.039, 20e-6);
  }
  assert_false(bf_backlog_is_behind(&backlog, 0.8));
}

/* Nor after a pause in which rank 0 did nothing at all. */
static void backlog_of_a_slow_sampler_is_none(void **state)
{
  (void)state;
  bf_backlog backlog = {0};
  bf_backlog_clear(&backlog, 0);
  keep_busy(&backlog, 0, 2, 300e-6);
  assert_false(bf_backlog_is_behind(&backlog, 2));
  bf_backlog_clear(&backlog, 2);
  bf_backlog_take(&backlog, 9, 64);
  assert_false(bf_backlog_is_behind(&backlog, 9));
}

static void backlog_counts_every_result_of_a_bundle(void **state)
{
  (void)state;
  bf_backlog backlog = {0};
  bf_backlog_clear(&backlog, 0);
  for (int i = 1; i <= 100; i++)
    bf_backlog_take(&backlog, 1e-3 * i, 8);
  assert_true(bf_backlog_is_behind(&backlog, 0.1));
}

static void backlog_is_remembered_for_a_second(void **state)
{
  (void)state;
  bf_backlog backlog = {0};
  bf_backlog_clear(&backlog, 0);
  keep_busy(&backlog, 0, 0.1, 20e-6);
  bf_backlog_clear(&backlog, 0.1001);
  assert_true(bf_backlog_is_behind(&backlog, 1));
  assert_false(bf_backlog_is_behind(&backlog, 1.2));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(backlog_of_nothing_is_none),
      cmocka_unit_test(backlog_is_seen_after_50_ms_of_mail),
      cmocka_unit_test(backlog_with_an_empty_look_in_between_is_none),
      cmocka_unit_test(backlog_of_a_slow_sampler_is_none),
      cmocka_unit_test(backlog_counts_every_result_of_a_bundle),
      cmocka_unit_test(backlog_is_remembered_for_a_second),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
