/* What travels between rank 0 and the workers: a task out, a result back.
 * Room: study. Byte layout: docs/formats.md, "Messages". */
#ifndef BF_STUDY_TASK_H
#define BF_STUDY_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "metrics/metric.h"

typedef enum bf_task_kind {
  BF_TASK_TRIAL, /**< run a trial */
  BF_TASK_TEST   /**< score a finished net on the test split */
} bf_task_kind;

/** Arrays are owned (bf_task_release). */
typedef struct bf_task {
  bf_task_kind kind;
  uint64_t number;
  uint64_t seed;
  size_t n_indexes;
  uint32_t *indexes; /**< (n_indexes) the configuration */
  size_t n_values;
  float *values; /**< (n_values) the net's numbers, of a TEST; laid out as bf_net.values */
} bf_task;

/** What a worker found out. Arrays and strings are owned (bf_result_release). */
typedef struct bf_result {
  bf_task_kind kind;
  uint64_t number;
  bool failed;
  char *reason;       /**< why it failed; "" otherwise */
  bf_metrics metrics; /**< of a TRIAL */
  size_t n_test_rows; /**< of a TEST */
  size_t n_test_correct;
  double test_loss;
  char *host;
  double started_s;  /**< date, seconds since 1970 */
  double duration_s; /**< seconds */
  size_t n_values;
  float *values; /**< (n_values) the trained net of a TRIAL; none for the null runner */
} bf_result;

/** @brief Appends the message. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_task_encode(const bf_task *task, bf_bytes *bytes);
bf_status bf_result_encode(const bf_result *result, bf_bytes *bytes);

/** @brief Reads a whole message. @return BF_OK; BF_ERR_DATA (cut short, another version, left-over
 * bytes); BF_ERR_NOMEM. */
bf_status bf_task_decode(const void *data, size_t n, bf_task *task);
bf_status bf_result_decode(const void *data, size_t n, bf_result *result);

/** So many workers may die running a task before it is taken for the reason. */
enum { BF_MAX_DEATHS = 2 };

/** @brief The result, in the place of its workers, of a task that they died of: a failure.
 * @param[out] out released with bf_result_release. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_result_poisonous(bf_task_kind kind, uint64_t number, bf_result *out);

void bf_task_release(bf_task *task);
void bf_result_release(bf_result *result);

#endif
