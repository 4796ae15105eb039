/* Expected hypervolume gain: what a candidate is worth.
 * Room: search, private. */
#ifndef BF_SEARCH_GP_GAIN_H
#define BF_SEARCH_GP_GAIN_H

#include "base/random.h"
#include "search/gp_loops.h"

/*
 * The hypervolume that points y dominate below a reference r is, but for a factor, the mean over
 * directions l of the positive unit sphere of max over y of s_l(y)^M, with s_l(y) = min over
 * objectives of max(r - y_m, 0) / l_m (Deng and Zhang 2019; Zhang and Golovin 2020). So the gain
 * of a candidate is the mean over directions, and over its posterior, of
 *   max(0, s_l(candidate)^M - (best s_l so far)^M).
 * Both means are taken over a few random directions and normals, which all candidates of an ask
 * share, and these have their negatives among them.
 */

/** How many of each. */
typedef struct bf_gp_effort {
  size_t n_directions; /**< a multiple of BF_GP_TILE */
  size_t n_draws;      /**< of normals, even */
} bf_gp_effort;

/** One objective has one direction only, and so many more normals for the same effort. */
bf_gp_effort bf_gp_effort_of(size_t n_targets);

typedef struct bf_gp_gain {
  const bf_gp_loops *loops; /**< borrowed */
  bf_gp_front front;
  float *memory;
  float *weights; /**< parts of the memory, as in the front */
  float *draws;
  float *reached;
  float *volumes;
} bf_gp_gain;

/** @brief For at most @p n_targets objectives. @return BF_OK; BF_ERR_NOMEM; release in either case.
 */
bf_status bf_gp_gain_init(bf_gp_gain *gain, const bf_gp_loops *loops, size_t n_targets);
void bf_gp_gain_release(bf_gp_gain *gain);

/** Starts an ask: draws directions and normals; nothing is reached yet. */
void bf_gp_gain_start(bf_gp_gain *gain, size_t n_targets, bf_random *random);

/** Sets the reference, in every objective, and how wide the posterior is taken to be. */
void bf_gp_gain_aim(bf_gp_gain *gain, float reference, float spread);

/** Reaches the point @p z, (n_targets). */
void bf_gp_gain_reach(bf_gp_gain *gain, const float *z);

/** After the last point and before the first score. */
void bf_gp_gain_ready(bf_gp_gain *gain);

#endif
