/* Problems with known fronts that samplers are compared on.
 * Room: cli. */
#ifndef BF_CLI_SAMPLER_PROBLEMS_H
#define BF_CLI_SAMPLER_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "search/space.h"

typedef struct bf_problem bf_problem;

/** Objectives of a configuration: minimised, scaled where the problem says so. */
typedef void (*bf_problem_evaluate)(const bf_problem *problem, const uint32_t *indexes,
                                    double *objectives);

/** All zero is valid and empty. */
struct bf_problem {
  const char *name; /**< borrowed */
  bf_space space;
  bf_parameter *parameters; /**< of the space */
  size_t n_objectives;
  double *reference; /**< (n_objectives) of hypervolumes */
  bf_problem_evaluate evaluate;
  double *rows;     /**< (space size, n_objectives) of a table; NULL: by formula */
  size_t n_optimal; /**< configurations that no other dominates */
  size_t n_front;   /**< different objective vectors of these */
  double *front;    /**< (n_front, n_objectives) lexicographically ascending */
  double volume;    /**< hypervolume of the front */
};

/**
 * @brief A built-in problem, or a table (problem_table.h) read from a file.
 *
 * Objectives of tables are scaled by their true front, (f - lowest) / (highest - lowest) of it, and
 * their reference is 1.1 everywhere.
 * @param name of a problem, or a path; borrowed for the life of the problem.
 * @param kind of all its parameters.
 * @return BF_OK; BF_ERR_USAGE if it is neither, listing the problems; BF_ERR_DATA for a bad table;
 *         BF_ERR_NOMEM.
 */
bf_status bf_problem_open(const char *name, bf_parameter_kind kind, bf_problem *problem);
void bf_problem_release(bf_problem *problem);

/** Whether @p objectives is a vector of the front; *at says which then. */
bool bf_problem_finds(const bf_problem *problem, const double *objectives, size_t *at);

#endif
