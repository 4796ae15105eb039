/* Samplers: which configuration to try next, given what is known and what is still running.
 * Room: search. */
#ifndef BF_SEARCH_SAMPLER_H
#define BF_SEARCH_SAMPLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "search/space.h"

/*
 * Ask and tell. Trials are numbered 0, 1, 2, ... in the order of asking; a trial is pending from
 * its ask until its tell, and tells come in any order. All objectives are minimised (the caller
 * flips signs). A new sampler is one file and one row in sampler.c.
 */
typedef struct bf_sampler bf_sampler;

typedef struct bf_sampler_options {
  uint64_t seed;
  size_t n_objectives; /**< >= 1 */
  bool ordered;        /**< brute-force: enumeration order instead of a seeded random order */
} bf_sampler_options;

/** Names in table order; *n of them. Borrowed. */
const char *const *bf_sampler_names(size_t *n);

/** The table's spelling of @p name ("BruteForce", "brute_force" and "brute" are "brute-force");
 * NULL if unknown. Borrowed. */
const char *bf_sampler_canonical(const char *name);

/**
 * @brief A sampler for @p space, whose arrays must outlive it.
 * @return BF_OK; BF_ERR_USAGE for an unknown name, listing those there are, or for a sampler that
 *         cannot search this space (brute-force: 2^64 configurations or more); BF_ERR_NOMEM.
 */
bf_status bf_sampler_create(const char *name, const bf_space *space,
                            const bf_sampler_options *options, bf_sampler **out);
void bf_sampler_free(bf_sampler *sampler);

/**
 * @brief The configuration of trial @p number, which must be the next one.
 * @param[out] indexes (n_parameters).
 * @param[out] exhausted true when nothing is left to try; @p indexes is untouched then and the
 *             number is not used up.
 * @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_sampler_ask(bf_sampler *sampler, uint64_t number, uint32_t *indexes, bool *exhausted);

/**
 * @brief Ends a pending trial.
 * @param objectives (n_objectives), minimised; NULL when the trial failed.
 * @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_sampler_tell(bf_sampler *sampler, uint64_t number, const uint32_t *indexes,
                          const double *objectives);

#endif
