/* What travels between rank 0 and the workers.
 * Room: study. */
#include "study/task.h"

#include "base/clock.h"
#include "base/memory.h"

/* First field of every message; raised when the layout changes. */
enum { VERSION = 1 };

bf_status bf_task_encode(const bf_task *task, bf_bytes *bytes)
{
  bf_bytes_put_i64(bytes, VERSION);
  bf_bytes_put_i64(bytes, task->kind);
  bf_bytes_put_i64(bytes, (int64_t)task->number);
  bf_bytes_put_i64(bytes, (int64_t)task->seed);
  bf_bytes_put_i64(bytes, (int64_t)task->n_indexes);
  for (size_t i = 0; i < task->n_indexes; i++)
    bf_bytes_put_i64(bytes, task->indexes[i]);
  bf_bytes_put_floats(bytes, task->values, task->n_values);
  return bf_bytes_status(bytes);
}

bf_status bf_result_encode(const bf_result *result, bf_bytes *bytes)
{
  bf_bytes_put_i64(bytes, VERSION);
  bf_bytes_put_i64(bytes, result->kind);
  bf_bytes_put_i64(bytes, (int64_t)result->number);
  bf_bytes_put_i64(bytes, result->failed);
  bf_bytes_put_text(bytes, result->reason);
  bf_bytes_put_i64(bytes, BF_N_METRICS);
  for (int i = 0; i < BF_N_METRICS; i++)
    bf_bytes_put_f64(bytes, result->metrics.value[i]);
  bf_bytes_put_i64(bytes, (int64_t)result->n_test_rows);
  bf_bytes_put_i64(bytes, (int64_t)result->n_test_correct);
  bf_bytes_put_f64(bytes, result->test_loss);
  bf_bytes_put_text(bytes, result->host);
  bf_bytes_put_f64(bytes, result->started_s);
  bf_bytes_put_f64(bytes, result->duration_s);
  bf_bytes_put_floats(bytes, result->values, result->n_values);
  return bf_bytes_status(bytes);
}

/* A whole number in 0..@p most. */
static bf_status take_count(bf_reader *reader, const char *what, uint64_t most, uint64_t *value)
{
  int64_t number = 0;
  bf_status status = bf_reader_i64(reader, &number);
  if (status != BF_OK)
    return status;
  if (number < 0 || (uint64_t)number > most)
    return bf_fail(BF_ERR_DATA, "message has %s %lld, expected 0..%llu", what, (long long)number,
                   (unsigned long long)most);
  *value = (uint64_t)number;
  return BF_OK;
}

/* Version, kind and number: the start of both messages. */
static bf_status take_head(bf_reader *reader, bf_task_kind *kind, uint64_t *number)
{
  uint64_t version = 0;
  uint64_t kind_number = 0;
  bf_status status = BF_OK;
  BF_TRY(take_count(reader, "version", INT64_MAX, &version));
  BF_CHECK(version == VERSION, BF_ERR_DATA, "message has version %llu, expected %d",
           (unsigned long long)version, VERSION);
  BF_TRY(take_count(reader, "kind", BF_TASK_TEST, &kind_number));
  BF_TRY(take_count(reader, "number", INT64_MAX, number));
  *kind = (bf_task_kind)kind_number;
done:
  return status;
}

/* Counted float values; what is left of the message bounds the count before memory is taken. */
static bf_status take_values(bf_reader *reader, size_t *n_out, float **out)
{
  bf_reader ahead = *reader;
  uint64_t n = 0;
  bf_status status = take_count(&ahead, "value count", reader->length / sizeof **out, &n);
  if (status != BF_OK)
    return status;
  float *values = bf_alloc((size_t)n, sizeof *values);
  if (values == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for %llu values", (unsigned long long)n);
  status = bf_reader_floats(reader, values, (size_t)n);
  if (status != BF_OK) {
    free(values);
    return status;
  }
  *n_out = (size_t)n;
  *out = values;
  return BF_OK;
}

static bf_status take_indexes(bf_reader *reader, bf_task *task)
{
  uint64_t n = 0;
  bf_status status = BF_OK;
  BF_TRY(take_count(reader, "index count", reader->length / sizeof(int64_t), &n));
  task->indexes = bf_alloc((size_t)n, sizeof *task->indexes);
  BF_CHECK_MEMORY(task->indexes);
  task->n_indexes = (size_t)n;
  for (size_t i = 0; i < task->n_indexes; i++) {
    uint64_t index = 0;
    BF_TRY(take_count(reader, "index", UINT32_MAX, &index));
    task->indexes[i] = (uint32_t)index;
  }
done:
  return status;
}

static bf_status check_end(const bf_reader *reader)
{
  if (reader->at != reader->length)
    return bf_fail(BF_ERR_DATA, "message has %zu bytes left over", reader->length - reader->at);
  return BF_OK;
}

bf_status bf_task_decode(const void *data, size_t n, bf_task *out)
{
  bf_reader reader = bf_reader_view(data, n);
  bf_task task = {0};
  bf_status status = BF_OK;
  BF_TRY(take_head(&reader, &task.kind, &task.number));
  BF_TRY(take_count(&reader, "seed", INT64_MAX, &task.seed));
  BF_TRY(take_indexes(&reader, &task));
  BF_TRY(take_values(&reader, &task.n_values, &task.values));
  BF_TRY(check_end(&reader));
  *out = task;
  task = (bf_task){0};
done:
  bf_task_release(&task);
  return status;
}

static bf_status take_metrics(bf_reader *reader, bf_metrics *metrics)
{
  uint64_t n = 0;
  bf_status status = BF_OK;
  BF_TRY(take_count(reader, "metric count", BF_N_METRICS, &n));
  BF_CHECK(n == BF_N_METRICS, BF_ERR_DATA, "message has %llu metrics, expected %d",
           (unsigned long long)n, BF_N_METRICS);
  for (int i = 0; i < BF_N_METRICS; i++)
    BF_TRY(bf_reader_f64(reader, &metrics->value[i]));
done:
  return status;
}

static bf_status take_test(bf_reader *reader, bf_result *result)
{
  uint64_t n_rows = 0;
  uint64_t n_correct = 0;
  bf_status status = BF_OK;
  BF_TRY(take_count(reader, "test rows", INT64_MAX, &n_rows));
  BF_TRY(take_count(reader, "correct test rows", n_rows, &n_correct));
  BF_TRY(bf_reader_f64(reader, &result->test_loss));
  result->n_test_rows = (size_t)n_rows;
  result->n_test_correct = (size_t)n_correct;
done:
  return status;
}

bf_status bf_result_decode(const void *data, size_t n, bf_result *out)
{
  bf_reader reader = bf_reader_view(data, n);
  bf_result result = {0};
  uint64_t failed = 0;
  bf_status status = BF_OK;
  BF_TRY(take_head(&reader, &result.kind, &result.number));
  BF_TRY(take_count(&reader, "failure flag", 1, &failed));
  result.failed = failed == 1;
  BF_TRY(bf_reader_text(&reader, &result.reason));
  BF_TRY(take_metrics(&reader, &result.metrics));
  BF_TRY(take_test(&reader, &result));
  BF_TRY(bf_reader_text(&reader, &result.host));
  BF_TRY(bf_reader_f64(&reader, &result.started_s));
  BF_TRY(bf_reader_f64(&reader, &result.duration_s));
  BF_TRY(take_values(&reader, &result.n_values, &result.values));
  BF_TRY(check_end(&reader));
  *out = result;
  result = (bf_result){0};
done:
  bf_result_release(&result);
  return status;
}

bf_status bf_result_poisonous(bf_task_kind kind, uint64_t number, bf_result *out)
{
  bf_status status = BF_OK;
  bf_result result = {.kind = kind,
                      .number = number,
                      .failed = true,
                      .metrics = bf_metrics_none(),
                      .started_s = bf_date_s()};
  result.host = bf_copy_text("");
  BF_CHECK_MEMORY(result.host);
  result.reason = bf_copy_text("poisonous: its worker died, and so did the next one");
  BF_CHECK_MEMORY(result.reason);
  *out = result;
  result = (bf_result){0};
done:
  bf_result_release(&result);
  return status;
}

void bf_task_release(bf_task *task)
{
  free(task->indexes);
  free(task->values);
  *task = (bf_task){0};
}

void bf_result_release(bf_result *result)
{
  free(result->reason);
  free(result->host);
  free(result->values);
  *result = (bf_result){0};
}
