/* Counter-based random streams (Philox 4x32-10): a draw depends on names, never on history
 * elsewhere. Room: base. */
#ifndef BF_BASE_RANDOM_H
#define BF_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/*
 * A stream is named by (seed, purpose, index). Two streams with different names are independent,
 * so trial 7 draws the same numbers whichever rank runs it and whatever ran before. The purpose is
 * part of the name on disk, as it were: never renumber, or old studies cannot be re-run.
 */
typedef enum bf_purpose {
  BF_PURPOSE_TRIAL_SEED = 1,  /**< index: trial number; the seed of everything in the trial */
  BF_PURPOSE_INIT = 2,        /**< index: layer; initial weights */
  BF_PURPOSE_SHUFFLE = 3,     /**< index: epoch; order of the training rows */
  BF_PURPOSE_DROPOUT = 4,     /**< index: step * 64 + layer */
  BF_PURPOSE_SAMPLER = 5,     /**< index: trial number; what a sampler draws for it */
  BF_PURPOSE_ENUMERATION = 6, /**< index: 0; keys of the brute-force permutation */
  BF_PURPOSE_SYNTH = 7,       /**< index: row; the synthetic set */
  BF_PURPOSE_SPLIT = 8,       /**< index: class, or 255 for the row order */
  BF_PURPOSE_UNSEEN = 9,      /**< index: trial number; in place of a configuration seen before */
  BF_PURPOSE_SCRAMBLE = 10,   /**< index: dimension; of a low-discrepancy sequence */
  BF_PURPOSE_MODEL = 11,      /**< index: trial number; what a sampler's model draws beside */
  BF_PURPOSE_LENGTH = 12,     /**< index: trial number; how long it takes in a simulation */
  BF_PURPOSE_BATCHES = 13,    /**< index: 0; rows scored in batches of the Python tool's kind */
  BF_PURPOSE_BINARY = 14,     /**< index: step * 64 + layer; stochastic binary weights */
} bf_purpose;

typedef struct bf_random {
  uint64_t seed;
  uint64_t index;
  uint32_t purpose;
  uint32_t block;    /**< counter of the next block of four words */
  uint32_t words[4]; /**< the current block */
  uint32_t n_left;   /**< unused words of it */
} bf_random;

/** The start of stream (@p seed, @p purpose, @p index). A stream holds 2^34 words. */
bf_random bf_random_stream(uint64_t seed, bf_purpose purpose, uint64_t index);

uint32_t bf_random_u32(bf_random *random);
uint64_t bf_random_u64(bf_random *random);

/** Uniform in [0, 1), 53 bits. */
double bf_random_unit(bf_random *random);

/** Uniform in [0, @p n), without modulo bias; @p n > 0. */
uint64_t bf_random_below(bf_random *random, uint64_t n);

/** Standard normal (Box-Muller, one value of each pair; Box and Muller 1958). */
double bf_random_normal(bf_random *random);

/** A uniformly random order of 0 .. @p n - 1 in @p order (Fisher-Yates from the end). */
void bf_random_permutation(bf_random *random, size_t n, uint32_t *order);

/** The seed of trial @p number: 53 bits, so that it survives JSON and CSV readers. */
uint64_t bf_trial_seed(uint64_t study_seed, uint64_t number);

#endif
