/* Messages: what is encoded comes back, and damaged ones are refused.
 * Tests of src/study/task.c. */
#include "unit.h"

#include "base/memory.h"
#include "base/random.h"
#include "study/task.h"

static bf_task sample_task(void)
{
  static uint32_t indexes[] = {0, 3, 4000000000U};
  static float values[] = {1.5F, -2.25F};
  return (bf_task){.kind = BF_TASK_TEST,
                   .number = 12,
                   .seed = 99,
                   .n_indexes = 3,
                   .indexes = indexes,
                   .n_values = 2,
                   .values = values};
}

static bf_result sample_result(void)
{
  static char reason[] = "loss is nan";
  static char host[] = "node1";
  static float values[] = {0.5F};
  bf_result result = {.kind = BF_TASK_TRIAL,
                      .number = 7,
                      .failed = true,
                      .reason = reason,
                      .metrics = bf_metrics_none(),
                      .n_test_rows = 10,
                      .n_test_correct = 9,
                      .test_loss = 0.25,
                      .host = host,
                      .started_s = 1e9,
                      .duration_s = 0.5,
                      .n_values = 1,
                      .values = values};
  result.metrics.value[BF_METRIC_loss] = 0.125;
  return result;
}

static void task_comes_back_as_it_was(void **state)
{
  (void)state;
  bf_task task = sample_task();
  bf_task back = {0};
  bf_bytes bytes = {0};
  assert_ok(bf_task_encode(&task, &bytes));
  assert_ok(bf_task_decode(bytes.data, bytes.length, &back));
  assert_int_equal(back.kind, BF_TASK_TEST);
  assert_int_equal(back.number, 12);
  assert_int_equal(back.seed, 99);
  assert_int_equal(back.n_indexes, 3);
  assert_memory_equal(back.indexes, task.indexes, 3 * sizeof(uint32_t));
  assert_int_equal(back.n_values, 2);
  assert_memory_equal(back.values, task.values, 2 * sizeof(float));
  bf_task_release(&back);
  bf_bytes_release(&bytes);
}

static void result_comes_back_as_it_was(void **state)
{
  (void)state;
  bf_result result = sample_result();
  bf_result back = {0};
  bf_bytes bytes = {0};
  assert_ok(bf_result_encode(&result, &bytes));
  assert_ok(bf_result_decode(bytes.data, bytes.length, &back));
  assert_true(back.failed);
  assert_int_equal(back.number, 7);
  assert_string_equal(back.reason, "loss is nan");
  assert_string_equal(back.host, "node1");
  assert_true(back.metrics.value[BF_METRIC_loss] == 0.125);
  assert_true(back.metrics.value[BF_METRIC_accuracy] != back.metrics.value[BF_METRIC_accuracy]);
  assert_int_equal(back.n_test_correct, 9);
  assert_true(back.test_loss == 0.25 && back.started_s == 1e9 && back.duration_s == 0.5);
  assert_true(back.n_values == 1 && back.values[0] == 0.5F);
  bf_result_release(&back);
  bf_bytes_release(&bytes);
}

static void message_cut_anywhere_is_refused(void **state)
{
  (void)state;
  bf_task task = sample_task();
  bf_result result = sample_result();
  bf_bytes tasks = {0};
  bf_bytes results = {0};
  assert_ok(bf_task_encode(&task, &tasks));
  assert_ok(bf_result_encode(&result, &results));
  for (size_t n = 0; n < tasks.length; n++) {
    bf_task back = {0};
    assert_int_equal(bf_task_decode(tasks.data, n, &back), BF_ERR_DATA);
    assert_null(back.indexes);
  }
  for (size_t n = 0; n < results.length; n++) {
    bf_result back = {0};
    assert_int_equal(bf_result_decode(results.data, n, &back), BF_ERR_DATA);
    assert_null(back.reason);
  }
  bf_bytes_put_i64(&tasks, 0);
  bf_task back = {0};
  assert_fails(bf_task_decode(tasks.data, tasks.length, &back), BF_ERR_DATA, "left over");
  bf_bytes_release(&tasks);
  bf_bytes_release(&results);
}

static void message_with_flipped_bytes_never_crashes(void **state)
{
  (void)state;
  bf_result result = sample_result();
  bf_bytes bytes = {0};
  bf_random random = bf_random_stream(1, BF_PURPOSE_SAMPLER, 0);
  assert_ok(bf_result_encode(&result, &bytes));
  for (int round = 0; round < 20000; round++) {
    bf_result back = {0};
    size_t at = (size_t)bf_random_below(&random, bytes.length);
    uint8_t kept = bytes.data[at];
    bytes.data[at] = (uint8_t)bf_random_u32(&random);
    bf_status status = bf_result_decode(bytes.data, bytes.length, &back);
    assert_true(status == BF_OK || status == BF_ERR_DATA);
    bf_result_release(&back);
    bytes.data[at] = kept;
  }
  bf_bytes_release(&bytes);
}

static void result_without_memory_fails_cleanly(void **state)
{
  (void)state;
  bf_result result = sample_result();
  bf_bytes bytes = {0};
  bf_status status = BF_ERR_NOMEM;
  assert_ok(bf_result_encode(&result, &bytes));
  for (long n = 0; status != BF_OK; n++) {
    bf_result back = {0};
    bf_alloc_fail_after(n);
    status = bf_result_decode(bytes.data, bytes.length, &back);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    bf_result_release(&back);
    assert_true(n < 100);
  }
  bf_bytes_release(&bytes);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(task_comes_back_as_it_was),
      cmocka_unit_test(result_comes_back_as_it_was),
      cmocka_unit_test(message_cut_anywhere_is_refused),
      cmocka_unit_test(message_with_flipped_bytes_never_crashes),
      cmocka_unit_test(result_without_memory_fails_cleanly),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
