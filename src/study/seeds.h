/* The seed tables of a search space: one form for all, which is whose, and what none can rule.
 * Room: study (private). */
#ifndef BF_STUDY_SEEDS_H
#define BF_STUDY_SEEDS_H

#include <stdbool.h>

#include "base/toml.h"
#include "nn/model.h"
#include "study/job.h"

/** @brief Makes an array of every choice of search.search_space.seed.<node>.config that stands
 * alone: `weight_width = 8` becomes `[8]`. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_seeds_wrap(bf_toml *tree);

/** @brief The same for passes.quantize.<node>.config, whose values all are the only choice: an
 * array is wrapped, too, so that this must be done once. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_passes_wrap(bf_toml *tree);

/** How the table of a layer is found. */
typedef enum bf_seed_by {
  BF_SEED_BY_NAME,  /**< its key is the layer's node */
  BF_SEED_BY_TYPE,  /**< its key is the layer's type */
  BF_SEED_BY_REGEX, /**< its key matches the layer's node (base/pattern.h); the first one counts */
} bf_seed_by;

/** Whether there is such a way: "name", "type", "regex_name". */
bool bf_seed_by_find(const char *name, bf_seed_by *by);

/** The layer's own table; NULL if it has none. What is no pattern matches nothing. */
const bf_toml *bf_seed_find(const bf_toml *seeds, bf_seed_by by, const bf_layer *layer);

/**
 * @brief Checks that every key of @p seeds is one that can rule something in @p model: a node, a
 *        type of layer (one that only the Python tool has, too), "x", "default", or with
 *        BF_SEED_BY_REGEX a pattern that matches a node.
 * @return BF_OK; BF_ERR_USAGE with file, line and column: another key (a warning if the job is
 *         lenient), a value that is neither a table nor null.
 */
bf_status bf_seeds_check(const bf_job *job, const bf_model *model, const bf_toml *seeds,
                         bf_seed_by by);

#endif
