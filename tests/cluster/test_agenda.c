/* Agendas that are no study: every call gets its context, nobody needs to look, a failure ends it
 * for all. What the loop does with many tasks is tested in test_search.c.
 * Room: cluster (tests). Runs with any number of ranks. */
#include "mpi_unit.h"

#include "cluster/agenda.h"

enum { N_TASKS = 20 };

/* The agenda of a case: numbers to be squared. The second half waits for the first. */
typedef struct squares {
  int64_t first; /* number of the first task */
  int64_t n_asked;
  int64_t n_told;
  int64_t sum;
  int64_t fails_at; /* n-th result; -1: never */
  int64_t n_ticks;
  int64_t leaves_at; /* n-th tick; 0: never */
} squares;

static bf_status next_square(void *context, int rank, bf_bytes *task, bf_next *next)
{
  squares *s = context;
  assert_true((rank == 0) == (bf_session_size(world) == 1));
  *next = s->n_told == N_TASKS ? BF_NEXT_DONE : BF_NEXT_WAIT;
  bool may_ask = s->n_asked < N_TASKS / 2 || s->n_told >= N_TASKS / 2;
  if (s->n_asked == N_TASKS || !may_ask)
    return BF_OK;
  *next = BF_NEXT_TASK;
  bf_bytes_put_i64(task, s->first + s->n_asked++);
  return bf_bytes_status(task);
}

static bf_status accept_square(void *context, int rank, const void *result, size_t n)
{
  squares *s = context;
  bf_reader reader = bf_reader_view(result, n);
  int64_t square = 0;
  assert_true((rank == 0) == (bf_session_size(world) == 1));
  assert_ok(bf_reader_i64(&reader, &square));
  if (s->n_told == s->fails_at)
    return bf_fail(BF_ERR_IO, "no place for %lld", (long long)s->n_told);
  s->sum += square;
  s->n_told++;
  return BF_OK;
}

static bf_status lose_nobody(void *context, int rank, bool is_suspect)
{
  (void)context;
  fail_msg("rank %d was given up (%d)", rank, is_suspect);
  return BF_OK;
}

static bool count_tick(void *context)
{
  squares *s = context;
  return ++s->n_ticks != s->leaves_at;
}

bf_status bf_evaluator_run(bf_evaluator *evaluator, const void *task, size_t n, bf_bytes *result)
{
  (void)evaluator;
  bf_reader reader = bf_reader_view(task, n);
  int64_t number = 0;
  assert_ok(bf_reader_i64(&reader, &number));
  bf_bytes_put_i64(result, number * number);
  return bf_bytes_status(result);
}

static bool is_first(void)
{
  return bf_session_rank(world) == 0;
}

/* Other ranks bring no agenda. */
static bf_status work_off(squares *s, bool watched)
{
  const bf_agenda agenda = {.context = s,
                            .next = next_square,
                            .accept = accept_square,
                            .lose = lose_nobody,
                            .tick = watched ? count_tick : NULL};
  bf_trail_set("");
  return bf_agenda_run(world, is_first() ? &agenda : NULL, NULL);
}

static void agendas_in_turn_keep_their_contexts(void **state)
{
  (void)state;
  squares low = {.first = 0, .fails_at = -1};
  squares high = {.first = 100, .fails_at = -1};
  assert_ok(work_off(&low, true));
  assert_ok(work_off(&high, true));
  if (!is_first())
    return;
  assert_int_equal(low.sum, 2470);
  assert_int_equal(high.sum, 2470 + 20 * 10000 + 200 * 190);
  assert_true(low.n_ticks >= N_TASKS && high.n_ticks >= N_TASKS);
}

static void agenda_that_nobody_looks_at_is_worked_off(void **state)
{
  (void)state;
  squares s = {.first = 1, .fails_at = -1};
  assert_ok(work_off(&s, false));
  assert_int_equal(s.sum, is_first() ? 2870 : 0);
  assert_int_equal(s.n_ticks, 0);
}

static void agenda_that_fails_fails_everywhere(void **state)
{
  (void)state;
  squares s = {.fails_at = 13};
  assert_true(work_off(&s, true) == BF_ERR_IO);
  assert_string_equal(bf_trail(), "no place for 13");
  s = (squares){.fails_at = -1};
  assert_ok(work_off(&s, true));
}

/* Several ranks that leave end without MPI: test_lost_workers.py. */
static void agenda_that_leaves_alone_ends_at_once(void **state)
{
  (void)state;
  squares s = {.first = 1, .fails_at = -1, .leaves_at = 7};
  if (bf_session_size(world) > 1)
    skip();
  assert_ok(work_off(&s, true));
  assert_int_equal(s.n_told, 7);
}

static int run(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agendas_in_turn_keep_their_contexts),
      cmocka_unit_test(agenda_that_nobody_looks_at_is_worked_off),
      cmocka_unit_test(agenda_that_fails_fails_everywhere),
      cmocka_unit_test(agenda_that_leaves_alone_ends_at_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
  return mpi_unit_main(argc, argv, run);
}
