/* The parts of making a plan that have a file of their own.
 * Room: study (private). */
#ifndef BF_STUDY_PLAN_PARTS_H
#define BF_STUDY_PLAN_PARTS_H

#include "study/plan.h"
#include "study/seeds.h"

/** @brief Reads [search.strategy.metrics] into the plan's terms and objectives. @return BF_OK;
 * BF_ERR_USAGE. */
bf_status bf_plan_find_objectives(bf_plan *plan);

/** What is optimised, of a plan or of a study that is read back. */
typedef struct bf_goal {
  size_t n_terms;
  const bf_objective *terms; /**< (n_terms) borrowed */
  bool is_summed;
  bool sum_maximize;
} bf_goal;

/** What the plan optimises. Borrows its terms. */
bf_goal bf_plan_goal(const bf_plan *plan);

/** The name of objective @p j, "sum_scaled_metrics" for a sum, and whether it is maximised. */
const char *bf_goal_name(const bf_goal *goal, size_t j);
bool bf_goal_is_maximised(const bf_goal *goal, size_t j);

/** @brief bf_plan_objectives of a goal. @return BF_OK; BF_ERR_TRIAL. */
bf_status bf_goal_objectives(const bf_goal *goal, const bf_metrics *metrics, double *values,
                             double *minimised);

/**
 * @brief A plan that is only good for bf_plan_configure: the choices of formats for @p model.
 * @param seeds tables of choices (arrays), as those of search.search_space.seed.
 * @return BF_OK; BF_ERR_USAGE with file, line and column: unknown nodes, keys, formats;
 * BF_ERR_NOMEM.
 */
bf_status bf_plan_of_seeds(const bf_job *job, const bf_model *model, const bf_toml *seeds,
                           bf_seed_by by, bf_plan **out);

/** @brief Makes the space of the plan's choices. @return BF_OK; BF_ERR_USAGE; BF_ERR_NOMEM. */
bf_status bf_plan_find_parameters(bf_plan *plan);

/** @brief Reads [search.strategy.constraints]. @return BF_OK; BF_ERR_USAGE. */
bf_status bf_plan_find_constraints(bf_plan *plan);

/** Reads "<= 1200" into all but the metric. @return Whether it is an operator and a number. */
bool bf_constraint_parse(const char *text, bf_constraint *out);

/** @brief bf_plan_violation of @p n constraints. @return BF_OK; BF_ERR_TRIAL. */
bf_status bf_constraints_violation(size_t n, const bf_constraint *constraints,
                                   const bf_metrics *metrics, double *violation);

/** @brief Finds the sampler ("auto" becomes one), its options and the number of trials; needs
 * space and objectives. @return BF_OK; BF_ERR_USAGE; BF_ERR_NOMEM. */
bf_status bf_plan_find_sampler(bf_plan *plan);

/** @brief Whether the job's runners fit each other, the space and the checkpoint. @return BF_OK;
 * BF_ERR_USAGE. */
bf_status bf_plan_check_runners(const bf_plan *plan);

/** @brief Whether every {name} of search.report.line is known. @return BF_OK; BF_ERR_USAGE. */
bf_status bf_report_check(const bf_plan *plan);

#endif
