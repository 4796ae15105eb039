/* Tests of src/study/open_tasks.c. */
#include "unit.h"

#include "base/memory.h"
#include "base/random.h"
#include "study/open_tasks.h"

static void give(bf_open_tasks *tasks, uint64_t number, int rank)
{
  assert_ok(bf_open_tasks_add(tasks, BF_TASK_TRIAL, number, rank));
}

static void task_is_answered_once_whoever_had_it(void **state)
{
  (void)state;
  bf_open_tasks tasks = {0};
  give(&tasks, 3, 1);
  assert_ok(bf_open_tasks_add(&tasks, BF_TASK_TEST, 3, 2));
  assert_true(bf_open_tasks_finish(&tasks, BF_TASK_TEST, 3));
  assert_false(bf_open_tasks_finish(&tasks, BF_TASK_TEST, 3));
  assert_false(bf_open_tasks_finish(&tasks, BF_TASK_TRIAL, 4));
  assert_true(bf_open_tasks_finish(&tasks, BF_TASK_TRIAL, 3));
  assert_int_equal(tasks.n, 0);
  bf_open_tasks_release(&tasks);
}

static void lost_tasks_wait_and_are_taken_in_their_order(void **state)
{
  (void)state;
  bf_open_tasks tasks = {0};
  bf_open_task task = {0};
  for (uint64_t number = 0; number < 6; number++)
    give(&tasks, number, (int)(number % 2));
  assert_int_equal(bf_open_tasks_lose(&tasks, 7, &task), 0);
  assert_false(bf_open_tasks_take(&tasks, 1, &task));
  assert_int_equal(bf_open_tasks_lose(&tasks, 0, &task), 3);
  assert_int_equal(task.number, 0);
  assert_int_equal(tasks.n_waiting, 3);
  for (uint64_t number = 0; number < 6; number += 2) {
    assert_true(bf_open_tasks_take(&tasks, 1, &task));
    assert_int_equal(task.number, number);
    assert_int_equal(task.rank, 1);
  }
  assert_false(bf_open_tasks_take(&tasks, 1, &task));
  assert_int_equal(tasks.n, 6);
  /* What rank 1 had before comes before what it took over. */
  assert_int_equal(bf_open_tasks_lose(&tasks, 1, &task), 6);
  assert_int_equal(task.number, 1);
  bf_open_tasks_release(&tasks);
}

static void task_that_waits_may_be_answered_by_who_lost_it(void **state)
{
  (void)state;
  bf_open_tasks tasks = {0};
  bf_open_task task;
  give(&tasks, 0, 1);
  give(&tasks, 1, BF_NO_RANK);
  bf_open_tasks_lose(&tasks, 1, NULL);
  assert_int_equal(tasks.n_waiting, 2);
  assert_true(bf_open_tasks_finish(&tasks, BF_TASK_TRIAL, 0));
  assert_int_equal(tasks.n_waiting, 1);
  assert_true(bf_open_tasks_take(&tasks, 2, &task));
  assert_int_equal(task.number, 1);
  assert_int_equal(tasks.n_waiting, 0);
  bf_open_tasks_release(&tasks);
}

/* Numbers all over, so that some of their searches meet. */
static uint64_t number_of(uint64_t i)
{
  return i * i * 2654435761u;
}

/* Thousands of open tasks, answered in any order: each is found, and no other. */
static void every_task_of_many_is_found(void **state)
{
  (void)state;
  enum { N = 5000 };
  static uint32_t order[N];
  bf_open_tasks tasks = {0};
  bf_random random = bf_random_stream(1, BF_PURPOSE_SAMPLER, 0);
  bf_random_permutation(&random, N, order);
  for (size_t i = 0; i < N; i++) {
    assert_ok(bf_open_tasks_add(&tasks, BF_TASK_TRIAL, number_of(order[i]), 1 + (int)(i % 64)));
    assert_ok(bf_open_tasks_add(&tasks, BF_TASK_TEST, number_of(order[i]), 1));
  }
  bf_random_permutation(&random, N, order);
  for (size_t i = 0; i < N; i++) {
    assert_true(bf_open_tasks_finish(&tasks, BF_TASK_TRIAL, number_of(order[i])));
    assert_false(bf_open_tasks_finish(&tasks, BF_TASK_TRIAL, number_of(order[i])));
    assert_false(bf_open_tasks_finish(&tasks, BF_TASK_TRIAL, number_of(order[i]) + 1));
    assert_int_equal(tasks.n, 2 * N - 1 - i);
    /* Places that got free are used again. */
    if (i % 3 == 0) {
      give(&tasks, 3 * number_of(N) + i, 2);
      assert_true(bf_open_tasks_finish(&tasks, BF_TASK_TRIAL, 3 * number_of(N) + i));
    }
  }
  assert_int_equal(bf_open_tasks_lose(&tasks, 1, NULL), N);
  assert_int_equal(tasks.n_waiting, N);
  bf_open_tasks_release(&tasks);
}

static void list_without_memory_stays_as_it_was(void **state)
{
  (void)state;
  bf_open_tasks tasks = {0};
  uint64_t number = 0;
  /* The list grows by two pieces; the second one of its second growth is not to be had. */
  bf_alloc_fail_after(3);
  while (bf_open_tasks_add(&tasks, BF_TASK_TRIAL, number, 1) == BF_OK)
    number++;
  bf_alloc_fail_after(-1);
  assert_true(number > 0 && number < 1000);
  assert_int_equal(tasks.n, number);
  give(&tasks, number, 1);
  for (uint64_t i = 0; i <= number; i++)
    assert_true(bf_open_tasks_finish(&tasks, BF_TASK_TRIAL, i));
  bf_open_tasks_release(&tasks);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(task_is_answered_once_whoever_had_it),
      cmocka_unit_test(lost_tasks_wait_and_are_taken_in_their_order),
      cmocka_unit_test(task_that_waits_may_be_answered_by_who_lost_it),
      cmocka_unit_test(every_task_of_many_is_found),
      cmocka_unit_test(list_without_memory_stays_as_it_was),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
