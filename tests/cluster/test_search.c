/* The search loop over a study and an evaluator made here: every task answered once, nobody held
 * up, every failure told to all. Room: cluster (tests). Runs with any number of ranks. */
#include "mpi_unit.h"

#include "base/clock.h"
#include "base/memory.h"
#include "cluster/search.h"

enum { MAX_TASKS = 2000 };

/* What a case wants of the study (rank 0) and of the evaluator (the others). */
typedef struct script {
  int64_t n_tasks;
  int64_t n_first;         /* tasks of the first phase; the others wait until all those are told */
  size_t task_bytes;       /* padding */
  size_t result_bytes;     /* padding */
  bool grows;              /* result k is k * result_bytes longer */
  double task_s;           /* every task takes this long */
  int64_t slow_task;       /* takes 0.8 s */
  int64_t next_fails_at;   /* task number; -1: never */
  int64_t accept_fails_at; /* n-th result */
  int64_t run_fails_at;    /* task number */
  int64_t memory_ends_at;  /* n-th result: rank 0's next allocation fails after it */
} script;

/* The real ones are a study and an evaluator; the loop only passes them on. */
static struct {
  script script;
  int64_t n_asked;
  int64_t n_told;
  int64_t told_as[MAX_TASKS]; /* n-th answer, or -1 */
  double told_s[MAX_TASKS];   /* when */
  int64_t n_by_rank[64];
  int64_t n_ticks;
} fake;

bf_status bf_study_next(bf_study *study, int rank, bf_bytes *task, bf_next *next)
{
  (void)study;
  const script *s = &fake.script;
  assert_true((rank == 0) == (bf_session_size(world) == 1));
  if (fake.n_asked == s->next_fails_at)
    return bf_fail(BF_ERR_NOMEM, "no memory to ask");
  *next = BF_NEXT_WAIT;
  if (fake.n_asked == s->n_tasks) {
    if (fake.n_told == s->n_tasks)
      *next = BF_NEXT_DONE;
    return BF_OK;
  }
  if (fake.n_asked == s->n_first && fake.n_told < s->n_first)
    return BF_OK;
  *next = BF_NEXT_TASK;
  bf_bytes_put_i64(task, fake.n_asked++);
  for (size_t i = 0; i < s->task_bytes; i += 8)
    bf_bytes_put_i64(task, (int64_t)i);
  return bf_bytes_status(task);
}

bf_status bf_study_accept(bf_study *study, int rank, const void *result, size_t n)
{
  (void)study;
  bf_reader reader = bf_reader_view(result, n);
  int64_t number = -1;
  assert_ok(bf_reader_i64(&reader, &number));
  assert_in_range(number, 0, fake.n_asked - 1);
  assert_int_equal(fake.told_as[number], -1);
  assert_true(fake.script.grows || n >= 8 + fake.script.result_bytes);
  if (fake.n_told == fake.script.accept_fails_at)
    return bf_fail(BF_ERR_IO, "the disk is full");
  if (fake.n_told == fake.script.memory_ends_at)
    bf_alloc_fail_after(0);
  fake.told_s[number] = bf_clock_s();
  fake.told_as[number] = fake.n_told++;
  fake.n_by_rank[rank]++;
  return BF_OK;
}

bf_status bf_evaluator_run(bf_evaluator *evaluator, const void *task, size_t n, bf_bytes *result)
{
  (void)evaluator;
  const script *s = &fake.script;
  bf_reader reader = bf_reader_view(task, n);
  int64_t number = -1;
  assert_ok(bf_reader_i64(&reader, &number));
  assert_true(n >= 8 + s->task_bytes);
  if (number == s->run_fails_at)
    return bf_fail(BF_ERR_DATA, "task %lld is no message of ours", (long long)number);
  bf_sleep(s->task_s);
  if (number == s->slow_task)
    bf_sleep(0.8);
  bf_bytes_put_i64(result, number);
  size_t n_padding = s->result_bytes * (s->grows ? (size_t)number : 1);
  for (size_t i = 0; i < n_padding; i += 8)
    bf_bytes_put_i64(result, (int64_t)i);
  return bf_bytes_status(result);
}

void bf_study_hold(bf_study *study)
{
  (void)study;
}

bf_status bf_study_commit(bf_study *study)
{
  (void)study;
  return BF_OK;
}

bf_status bf_study_lose(bf_study *study, int rank, bool is_suspect)
{
  (void)study;
  fail_msg("rank %d was given up (%d)", rank, is_suspect);
  return BF_OK;
}

static bool count_tick(const bf_study *study, void *context)
{
  assert_ptr_equal(context, &fake);
  assert_null(study);
  fake.n_ticks++;
  return true;
}

static script script_of(int64_t n_tasks)
{
  return (script){.n_tasks = n_tasks,
                  .n_first = -1,
                  .slow_task = -1,
                  .next_fails_at = -1,
                  .accept_fails_at = -1,
                  .run_fails_at = -1,
                  .memory_ends_at = -1};
}

static bf_status play(script wanted)
{
  memset(&fake, 0, sizeof fake);
  fake.script = wanted;
  for (size_t i = 0; i < MAX_TASKS; i++)
    fake.told_as[i] = -1;
  bf_trail_set("");
  bf_status status = bf_search_run(world, NULL, NULL, count_tick, &fake, 0);
  bf_alloc_fail_after(-1);
  return status;
}

static bool is_first(void)
{
  return bf_session_rank(world) == 0;
}

static void assert_all_told(void)
{
  if (!is_first())
    return;
  assert_int_equal(fake.n_told, fake.script.n_tasks);
  for (int64_t i = 0; i < fake.script.n_tasks; i++)
    assert_true(fake.told_as[i] >= 0);
}

static void search_answers_every_task_once(void **state)
{
  (void)state;
  assert_ok(play(script_of(MAX_TASKS)));
  assert_all_told();
  if (is_first())
    assert_true(fake.n_ticks >= MAX_TASKS);
}

static void search_of_nothing_ends_at_once(void **state)
{
  (void)state;
  assert_ok(play(script_of(0)));
  assert_int_equal(fake.n_told, 0);
}

static void search_with_fewer_tasks_than_workers_ends(void **state)
{
  (void)state;
  assert_ok(play(script_of(1)));
  assert_all_told();
}

static void search_gives_work_to_all_workers_and_none_to_rank_0(void **state)
{
  (void)state;
  int size = bf_session_size(world);
  assert_ok(play(script_of(MAX_TASKS)));
  if (!is_first() || size == 1)
    return;
  assert_int_equal(fake.n_by_rank[0], 0);
  for (int rank = 1; rank < size; rank++)
    assert_true(fake.n_by_rank[rank] > 0);
}

static void search_with_a_task_a_worker_gives_everybody_one(void **state)
{
  (void)state;
  int size = bf_session_size(world);
  script s = script_of(size > 1 ? size - 1 : 1);
  s.task_s = 0.05;
  assert_ok(play(s));
  assert_all_told();
  for (int rank = 1; is_first() && rank < size; rank++)
    assert_int_equal(fake.n_by_rank[rank], 1);
}

static void search_hands_out_what_results_make_possible(void **state)
{
  (void)state;
  script s = script_of(60);
  s.n_first = 50;
  assert_ok(play(s));
  assert_all_told();
  if (is_first())
    for (int64_t i = 0; i < 60; i++)
      assert_true((fake.told_as[i] < 50) == (i < 50));
}

/* Both directions wait for the receiver when messages are as large as these. */
static void search_with_large_messages_does_not_lock_up(void **state)
{
  (void)state;
  script s = script_of(40);
  s.task_bytes = 1 << 20;
  s.result_bytes = 1 << 20;
  assert_ok(play(s));
  assert_all_told();
}

/* A 1 MB task on its way to the busy worker must not keep rank 0 from the others either. */
static void search_slow_task_holds_nobody_up(void **state)
{
  (void)state;
  for (size_t large = 0; large < 2; large++) {
    script s = script_of(100);
    s.slow_task = 0;
    s.task_bytes = large << 20;
    double start_s = bf_clock_s();
    assert_ok(play(s));
    assert_all_told();
    if (!is_first() || bf_session_size(world) < 3)
      continue;
    /* Only the one queued behind it, and those handed out once it ended, may come later. */
    assert_true(fake.told_as[0] >= 98);
    assert_true(bf_clock_s() - start_s < 4);
  }
}

/* They were gathered for a message that is not full. */
static void search_short_tasks_are_told_while_a_slow_one_runs(void **state)
{
  (void)state;
  enum { SLOW = 1490 };
  if (bf_session_size(world) != 2)
    skip();
  script s = script_of(MAX_TASKS);
  s.slow_task = SLOW;
  assert_ok(play(s));
  assert_all_told();
  for (size_t i = 0; is_first() && i < SLOW; i++)
    assert_true(fake.told_s[SLOW] - fake.told_s[i] > 0.3);
}

static void search_with_failing_worker_fails_everywhere(void **state)
{
  (void)state;
  script s = script_of(100);
  s.run_fails_at = 6;
  assert_true(play(s) == BF_ERR_DATA);
  assert_string_equal(bf_trail(), "task 6 is no message of ours");
  assert_ok(play(script_of(20)));
  assert_all_told();
}

/* Some of it was done, and not told yet. */
static void search_with_failing_worker_takes_in_what_was_done_before(void **state)
{
  (void)state;
  if (bf_session_size(world) > 2)
    skip();
  for (int64_t at = 1000; at < 1005; at++) {
    script s = script_of(MAX_TASKS);
    s.run_fails_at = at;
    assert_true(play(s) == BF_ERR_DATA);
    assert_int_equal(fake.n_told, is_first() ? at : 0);
  }
}

static void search_with_failing_accept_fails_everywhere(void **state)
{
  (void)state;
  script s = script_of(100);
  s.accept_fails_at = 7;
  s.result_bytes = 1 << 16;
  assert_true(play(s) == BF_ERR_IO);
  assert_string_equal(bf_trail(), "the disk is full");
  assert_ok(play(script_of(20)));
  assert_all_told();
}

static void search_with_failing_ask_fails_everywhere(void **state)
{
  (void)state;
  for (int64_t at = 0; at < 3; at++) {
    script s = script_of(5);
    s.next_fails_at = at;
    assert_true(play(s) == BF_ERR_NOMEM);
    assert_string_equal(bf_trail(), "no memory to ask");
  }
}

/* Results that grow need new memory each; the one that finds none is received and lost. By then
 * every worker has done some, so that there is memory for all messages that go out. */
static void search_without_memory_for_a_message_fails_everywhere(void **state)
{
  (void)state;
  script s = script_of(60);
  s.result_bytes = 1 << 14;
  s.grows = true;
  s.task_s = 2e-3;
  s.memory_ends_at = 40;
  if (bf_session_size(world) == 1)
    skip();
  bf_status status = play(s);
  assert_true(status == BF_ERR_NOMEM);
  assert_non_null(strstr(bf_trail(), "a message of"));
  assert_ok(play(script_of(20)));
  assert_all_told();
}

static int run(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(search_answers_every_task_once),
      cmocka_unit_test(search_of_nothing_ends_at_once),
      cmocka_unit_test(search_with_fewer_tasks_than_workers_ends),
      cmocka_unit_test(search_gives_work_to_all_workers_and_none_to_rank_0),
      cmocka_unit_test(search_with_a_task_a_worker_gives_everybody_one),
      cmocka_unit_test(search_hands_out_what_results_make_possible),
      cmocka_unit_test(search_with_large_messages_does_not_lock_up),
      cmocka_unit_test(search_slow_task_holds_nobody_up),
      cmocka_unit_test(search_short_tasks_are_told_while_a_slow_one_runs),
      cmocka_unit_test(search_with_failing_worker_fails_everywhere),
      cmocka_unit_test(search_with_failing_worker_takes_in_what_was_done_before),
      cmocka_unit_test(search_with_failing_accept_fails_everywhere),
      cmocka_unit_test(search_with_failing_ask_fails_everywhere),
      cmocka_unit_test(search_without_memory_for_a_message_fails_everywhere),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
  return mpi_unit_main(argc, argv, run);
}
