/* The metrics of a trial: one table, from which columns, objectives and documents are made.
 * Room: metrics. Definitions: docs/formats.md, "metrics". */
#ifndef BF_METRICS_METRIC_H
#define BF_METRICS_METRIC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "nn/evaluate.h"
#include "nn/model.h"
#include "nn/net.h"

typedef enum bf_metric_group {
  BF_METRIC_SOFTWARE, /**< from predictions */
  BF_METRIC_HARDWARE, /**< from shapes and formats */
  BF_METRIC_VOLATILE  /**< measured: differs from run to run */
} bf_metric_group;

/** X(name, group, unit). Order = order of the columns in trials.csv. */
#define BF_METRIC_LIST(X)                                                                          \
  X(loss, BF_METRIC_SOFTWARE, "nats")                                                              \
  X(accuracy, BF_METRIC_SOFTWARE, "share")                                                         \
  X(accuracy_micro, BF_METRIC_SOFTWARE, "share")                                                   \
  X(dead_outputs, BF_METRIC_SOFTWARE, "outputs")                                                   \
  X(bitops, BF_METRIC_HARDWARE, "bit operations a batch")                                          \
  X(bitops_per_row, BF_METRIC_HARDWARE, "bit operations a row")                                    \
  X(flops, BF_METRIC_HARDWARE, "operations a batch")                                               \
  X(macs, BF_METRIC_HARDWARE, "operations a batch")                                                \
  X(average_bitwidth, BF_METRIC_HARDWARE, "bits")                                                  \
  X(average_bitwidth_all, BF_METRIC_HARDWARE, "bits")                                              \
  X(memory_density, BF_METRIC_HARDWARE, "ratio")                                                   \
  X(w_overall_bit, BF_METRIC_HARDWARE, "bits")                                                     \
  X(weight_bits, BF_METRIC_HARDWARE, "bits")                                                       \
  X(bias_bits, BF_METRIC_HARDWARE, "bits")                                                         \
  X(model_size_bytes, BF_METRIC_HARDWARE, "bytes")                                                 \
  X(n_params, BF_METRIC_HARDWARE, "parameters")                                                    \
  X(latency, BF_METRIC_VOLATILE, "seconds a batch")

typedef enum bf_metric {
#define BF_METRIC_ENUM(name, group, unit) BF_METRIC_##name,
  BF_METRIC_LIST(BF_METRIC_ENUM)
#undef BF_METRIC_ENUM
      BF_N_METRICS
} bf_metric;

/** Values by bf_metric; NaN where a metric was not taken. */
typedef struct bf_metrics {
  double value[BF_N_METRICS];
} bf_metrics;

const char *bf_metric_name(bf_metric metric);
bf_metric_group bf_metric_group_of(bf_metric metric);
/** @brief The metric of that name. @return BF_OK; BF_ERR_USAGE with a suggestion. */
bf_status bf_metric_find(const char *name, bf_metric *metric);

/** All NaN. */
bf_metrics bf_metrics_none(void);

/**
 * @brief Means and standard deviations (n - 1) over the complete trials of one configuration.
 *
 * Sums run in the order of @p complete, so the live study and a reader of it get the same bits.
 * @param n of them; 0: everything is NaN; 1: the mean is that trial's, to the last bit.
 * @param[out] sd NaN for fewer than two trials.
 *
 * A metric that one of them lacks is NaN in both.
 */
void bf_metrics_average(size_t n, const bf_metrics *const *complete, bf_metrics *mean,
                        bf_metrics *sd);

/** What the cost metrics need beside the model. */
typedef struct bf_cost_options {
  size_t bitops_batch; /**< rows a batch for bitops, flops and macs, >= 1 */
  double compare_to;   /**< bits, for memory_density; 32 unless the job says otherwise */
} bf_cost_options;

/** Fills in the hardware metrics of @p model (all of BF_METRIC_HARDWARE). Sources: docs/formats.md.
 */
void bf_metrics_cost(const bf_model *model, const bf_cost_options *options, bf_metrics *metrics);

/** Fills in the software metrics from counts. */
void bf_metrics_score(const bf_score *score, bf_metrics *metrics);

/** Sums over batches of a loss and a macro accuracy that each batch has for itself. */
typedef struct bf_batch_sums {
  size_t n;
  double loss;
  double accuracy;
} bf_batch_sums;

/** Adds a batch to the bf_batch_sums at @p sums: bf_batching.take. */
void bf_batch_sums_add(void *sums, const bf_score *batch);

/**
 * @brief Measures `latency`: seconds a forward pass of one batch, the median of 50 samples after a
 * warm-up of 10 passes or a millisecond; a sample is one pass, or the mean of as many as take 20
 * microseconds. Linears of at most 8-bit fixed point run in integers (docs/kernels.md).
 * @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_metrics_latency(const bf_net *net, const bf_kernels *kernels, size_t batch,
                             bf_metrics *metrics);

/** 95 % Wilson score interval of @p n_correct in @p n (Wilson 1927); [0, 1] for n = 0. */
void bf_wilson(size_t n_correct, size_t n, double *lo, double *hi);

#endif
