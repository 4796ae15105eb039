/* A stopping rule: the hypervolume has hardly grown for a while.
 * Room: search. */
#ifndef BF_SEARCH_PLATEAU_H
#define BF_SEARCH_PLATEAU_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/*
 * Two fronts: that of all trials so far, and that of all but the last n. Their hypervolumes share
 * one reference point, in each objective the worst of both fronts and a tenth of the range of both
 * beyond it. The rule holds when the late front has at least (1 - gain) of the volume. Nothing but
 * the sequence of trials counts, so the same trials stop a study at the same one.
 */
typedef struct bf_plateau bf_plateau;

/**
 * @brief The rule for @p n_objectives: stop when the last @p n trials brought less than @p gain.
 * @param n >= 1
 * @param gain 0..1, a share of the hypervolume; 0: nothing at all.
 * @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_plateau_create(size_t n_objectives, size_t n, double gain, bf_plateau **out);
void bf_plateau_free(bf_plateau *plateau);

/**
 * @brief Adds the next trial.
 * @param objectives (n_objectives) minimised, finite; NULL for a trial that failed or misses a
 *        constraint.
 * @param[out] reached whether to stop now; never before some trial of the early ones counted.
 * @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_plateau_add(bf_plateau *plateau, const double *objectives, bool *reached);

#endif
