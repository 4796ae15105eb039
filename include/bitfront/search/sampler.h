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
 * flips signs). No configuration is asked twice, whatever became of it: a space is exhausted when
 * all its different configurations were asked. What is asked is a function of (seed, options, the
 * order of asks and tells, what was told).
 *
 * Kinds and what they do: docs/samplers.md. A new sampler is one file and one row in sampler.c.
 */
typedef struct bf_sampler bf_sampler;

/** Of sampler tpe: which density is drawn from and compared. */
typedef enum bf_tpe_model {
  BF_TPE_OWN,          /**< ours */
  BF_TPE_MULTIVARIATE, /**< Optuna's multivariate = true: one joint density */
  BF_TPE_INDEPENDENT   /**< Optuna's multivariate = false: a density a parameter */
} bf_tpe_model;

/** Names and defaults are Optuna's where it has the option. */
typedef struct bf_sampler_options {
  uint64_t seed;
  size_t n_objectives; /**< >= 1 */

  bool ordered; /**< brute-force: enumeration order instead of a seeded random order */

  const char *qmc_type; /**< qmc: "sobol" or "halton" */
  bool scramble;        /**< qmc */

  size_t n_startup_trials; /**< tpe, gp: trials before the model is used; 0: 10 (tpe), 6 (gp) */
  size_t n_ei_candidates;  /**< tpe: configurations an ask compares; ours: twice that */
  bf_tpe_model tpe_model;  /**< tpe; job key `multivariate` */
  bool constant_liar;      /**< tpe: running trials count as bad */

  size_t population_size;    /**< nsgaii, nsgaiii: parents */
  double crossover_prob;     /**< nsgaii, nsgaiii: of two parents instead of one */
  double swapping_prob;      /**< nsgaii, nsgaiii: a gene comes from the second parent */
  double mutation_prob;      /**< nsgaii, nsgaiii: of a gene; negative: 1 / genes that matter */
  size_t dividing_parameter; /**< nsgaiii: divisions of an axis; 0: as many directions as parents */
} bf_sampler_options;

/** Seed 0, one objective, and the options that a job has without a word about them. */
bf_sampler_options bf_sampler_defaults(void);

/** Names in table order; *n of them. Borrowed. */
const char *const *bf_sampler_names(size_t *n);

/** The table's spelling of @p name ("BruteForce", "brute_force" and "brute" are "brute-force");
 * NULL if unknown. Borrowed. */
const char *bf_sampler_canonical(const char *name);

/** Whether @p name leaves the choice of a sampler to the caller. */
bool bf_sampler_is_auto(const char *name);

/**
 * @brief A sampler for @p space, whose arrays must outlive it.
 * @return BF_OK; BF_ERR_USAGE for an unknown name, listing those there are, for an option that
 *         makes no sense, or for a sampler that cannot search this space (brute-force: 2^64
 *         configurations or more); BF_ERR_NOMEM.
 */
bf_status bf_sampler_create(const char *name, const bf_space *space,
                            const bf_sampler_options *options, bf_sampler **out);
void bf_sampler_free(bf_sampler *sampler);

/**
 * @brief The configuration of trial @p number, which must be the next one.
 * @param[out] indexes (n_parameters), canonical (bf_space_canonicalise).
 * @param[out] exhausted true when nothing is left to try; @p indexes is untouched then and the
 *             number is not used up.
 * @return BF_OK; BF_ERR_NOMEM: nothing changed, the same can be asked again.
 */
bf_status bf_sampler_ask(bf_sampler *sampler, uint64_t number, uint32_t *indexes, bool *exhausted);

/**
 * @brief Takes up trial @p number, which must be the next one, as it was asked before: for a study
 *        that goes on from its records.
 *
 * The sampler is not asked, so this costs no more than remembering, O(n_parameters). Trials that
 * are restored and told in the order of a first run leave the history that the run left.
 * @param indexes (n_parameters), canonical (bf_space_canonicalise).
 * @return BF_OK; BF_ERR_DATA if an earlier trial has this configuration; BF_ERR_NOMEM; nothing
 *         changed after either.
 */
bf_status bf_sampler_restore(bf_sampler *sampler, uint64_t number, const uint32_t *indexes);

/** The configuration of a trial that was asked or restored, (n_parameters), canonical. Borrowed
 * until the next ask. */
const uint32_t *bf_sampler_indexes(const bf_sampler *sampler, uint64_t number);

/**
 * @brief Ends a pending trial.
 * @param objectives (n_objectives), minimised, finite; NULL when the trial failed.
 * @param violation by how much the constraints are missed in all, >= 0; 0: they are met. Ignored
 *        for a failed trial.
 * @return BF_OK; BF_ERR_NOMEM: the sampler must not be used again.
 */
bf_status bf_sampler_tell(bf_sampler *sampler, uint64_t number, const double *objectives,
                          double violation);

#endif
