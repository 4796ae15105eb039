/* The plan of a search: what can be sampled, what a sample means, what is optimised.
 * Room: study. A function of (job, manifest) alone, so every rank makes its own. */
#ifndef BF_STUDY_PLAN_H
#define BF_STUDY_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "data/manifest.h"
#include "metrics/metric.h"
#include "nn/model.h"
#include "search/space.h"
#include "study/job.h"

typedef enum bf_tensor {
  BF_TENSOR_DATA_IN,
  BF_TENSOR_WEIGHT,
  BF_TENSOR_BIAS,
  BF_N_TENSORS
} bf_tensor;

/** What a parameter of the space sets. */
typedef enum bf_slot {
  BF_SLOT_NAME,      /**< the node's number format, or NA */
  BF_SLOT_SETTING,   /**< one parameter of one tensor's format: weight_width */
  BF_SLOT_TIED,      /**< all parameters of one tensor's format: weight = [8, 6] */
  BF_SLOT_MULTIPLIER /**< channel_multiplier */
} bf_slot;

/** The node "x": the net's input. Other nodes are layer indexes. */
enum { BF_NODE_INPUT = BF_MAX_LAYERS };

/** One parameter of the space and what its choices mean. */
typedef struct bf_choice {
  char *path;  /**< owned: "seq_blocks_2/weight_width" */
  size_t node; /**< layer index, or BF_NODE_INPUT */
  bf_slot slot;
  bf_tensor tensor;      /**< of SETTING and TIED */
  const char *key;       /**< of SETTING: "width"; borrowed from the job */
  const bf_toml *values; /**< array of choices; borrowed from the job */
  const bf_toml *kind;   /**< "ordered" or "choice" of the job; NULL: as the values suggest */
  bool *matters;         /**< (choices of the node's format) under which; NULL: always. Owned */
} bf_choice;

/** One metric that counts, in the order of names. */
typedef struct bf_objective {
  bf_metric metric;
  double scale;
  bool maximize; /**< of the scaled value */
} bf_objective;

/** A bound on a metric. */
typedef struct bf_constraint {
  bf_metric metric;
  bool is_upper; /**< "<=", else ">=" */
  double bound;
} bf_constraint;

typedef struct bf_plan {
  const bf_job *job;           /**< borrowed */
  const bf_manifest *manifest; /**< borrowed */
  bf_model model;              /**< the net before any choice */
  const char *sampler;         /**< canonical name; never "auto" */
  size_t n_trials;             /**< trials asked at most: a multiple of the job's repeats */
  bool exhausts;               /**< these try every configuration */
  size_t n_choices;
  bf_choice *choices;       /**< (n_choices), nodes in net order, keys in file order */
  bf_parameter *parameters; /**< (n_choices), as the sampler sees them */
  bf_space space;           /**< over parameters */
  bool widens;              /**< some choice changes shapes */
  size_t n_terms;
  bf_objective terms[BF_N_METRICS]; /**< the metrics of [search.strategy.metrics] */
  size_t n_objectives;              /**< n_terms, or 1 when they are summed */
  bool sum_maximize;                /**< direction of the sum */
  size_t n_constraints;
  bf_constraint constraints[BF_N_METRICS];
  bf_sampler_options options; /**< the job's, with everything the sampler must know */
} bf_plan;

/**
 * @brief Makes the plan of a search; both arguments must outlive it.
 * @return BF_OK; BF_ERR_USAGE with file, line and column: unknown model, node, format, metric,
 * sampler; a width, multiplier or choice out of range; an empty array; runners that do not fit;
 * BF_ERR_NOMEM.
 */
bf_status bf_plan_create(const bf_job *job, const bf_manifest *manifest, bf_plan **out);
void bf_plan_free(bf_plan *plan);

/**
 * @brief The net of a configuration: shapes and number formats.
 * @param indexes (n_choices).
 * @return BF_OK; BF_ERR_USAGE if values do not fit each other.
 */
bf_status bf_plan_configure(const bf_plan *plan, const uint32_t *indexes, bf_model *out);

/** "data_in", "weight", "bias": how job files begin the names of a tensor's parameters. */
const char *bf_tensor_name(bf_tensor tensor);

/** One past the last choice of the node that choice @p first belongs to: a node's choices are
 * neighbours. */
size_t bf_plan_node_end(const bf_plan *plan, size_t first);

/** The name of that node, as in the job: "seq_blocks_2", "x" for the input. */
const char *bf_plan_node_name(const bf_plan *plan, size_t first);

/** The value of choice @p i at @p index. Borrowed. */
const bf_toml *bf_plan_value(const bf_plan *plan, size_t i, uint32_t index);

/**
 * @brief Objective vector of a trial.
 * @param[out] values (n_objectives), as the user sees them: scaled, or their sum.
 * @param[out] minimised (n_objectives), with signs flipped where larger is better; may be NULL.
 * @return BF_OK; BF_ERR_TRIAL naming a metric that is not finite.
 */
bf_status bf_plan_objectives(const bf_plan *plan, const bf_metrics *metrics, double *values,
                             double *minimised);

/**
 * @brief By how much a trial misses the constraints: the sum over those it misses of
 *        |metric - bound| / |bound| (of |metric| if the bound is 0); 0 when all are met.
 * @return BF_OK; BF_ERR_TRIAL naming a metric that is not finite.
 */
bf_status bf_plan_violation(const bf_plan *plan, const bf_metrics *metrics, double *violation);

/** Whether choice @p i makes a difference beside the other @p indexes, (n_choices). */
bool bf_plan_matters(const bf_plan *plan, const uint32_t *indexes, size_t i);

/** A rough estimate of a trial's seconds on one core, from rows and multiplications alone: the same
 * on every machine. */
double bf_plan_trial_s(const bf_plan *plan);

#endif
