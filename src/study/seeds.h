/* The seed tables of a search space in one form.
 * Room: study (private). */
#ifndef BF_STUDY_SEEDS_H
#define BF_STUDY_SEEDS_H

#include "base/toml.h"

/** @brief Makes an array of every choice of search.search_space.seed.<node>.config that stands
 * alone: `weight_width = 8` becomes `[8]`. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_seeds_wrap(bf_toml *tree);

#endif
