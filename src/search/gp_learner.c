/* What a study knows.
 * Room: search. */
#include "search/gp_learner.h"

#include "base/memory.h"
#include "search/gp_fit.h"

static bf_status make_models(bf_gp_learner *learner)
{
  bf_status status = BF_OK;
  size_t n = learner->n_objectives + 1;
  learner->models = bf_alloc(n, sizeof *learner->models);
  BF_CHECK_MEMORY(learner->models);
  learner->thetas = bf_alloc(n, sizeof *learner->thetas);
  BF_CHECK_MEMORY(learner->thetas);
  for (size_t m = 0; m < n; m++) {
    BF_TRY(bf_gp_model_init(&learner->models[m], &learner->axes, learner->loops, BF_GP_CAPACITY));
    learner->thetas[m].lengths = bf_alloc(learner->axes.n, sizeof(double));
    BF_CHECK_MEMORY(learner->thetas[m].lengths);
    bf_gp_theta_start(&learner->thetas[m], learner->axes.n);
  }
  BF_TRY(bf_gp_model_init(&learner->workshop, &learner->axes, learner->loops, BF_GP_FIT_POINTS));
done:
  return status;
}

bf_status bf_gp_learner_init(bf_gp_learner *learner, const bf_space *space, size_t n_objectives,
                             size_t n_first)
{
  bf_status status = BF_OK;
  *learner = (bf_gp_learner){.n_objectives = n_objectives, .n_first = n_first, .is_stale = true};
  bf_gp_standing_init(&learner->standing, n_objectives);
  BF_TRY(bf_gp_loops_find(&learner->loops));
  BF_TRY(bf_gp_axes_init(&learner->axes, space));
  BF_TRY(bf_gp_scale_init(&learner->scale, n_objectives));
  BF_TRY(make_models(learner));
done:
  return status;
}

void bf_gp_learner_release(bf_gp_learner *learner)
{
  for (size_t m = 0; learner->models != NULL && m <= learner->n_objectives; m++)
    bf_gp_model_release(&learner->models[m]);
  for (size_t m = 0; learner->thetas != NULL && m <= learner->n_objectives; m++)
    free(learner->thetas[m].lengths);
  free(learner->models);
  free(learner->thetas);
  bf_gp_model_release(&learner->workshop);
  bf_gp_scale_release(&learner->scale);
  bf_gp_standing_release(&learner->standing);
  bf_gp_axes_release(&learner->axes);
  *learner = (bf_gp_learner){0};
}

bool bf_gp_learner_has_feasible(const bf_gp_learner *learner)
{
  return learner->standing.n_violating < learner->standing.n;
}

bool bf_gp_learner_has_violating(const bf_gp_learner *learner)
{
  return learner->standing.n_violating > 0;
}

double bf_gp_learner_value(const bf_gp_learner *learner, const bf_history *history, size_t m,
                           uint32_t number)
{
  return m < learner->n_objectives ? bf_gp_scale_objective(&learner->scale, history, number, m)
                                   : bf_gp_scale_violation(&learner->scale, history, number);
}

/* Constraints that all trials met so far teach nothing. */
static bool is_used(const bf_gp_learner *learner, size_t m)
{
  return m < learner->n_objectives || bf_gp_learner_has_violating(learner);
}

/* Seldom at last: what a trial more can teach goes down with their number. */
static bool is_fit_due(const bf_gp_learner *learner, const bf_history *history)
{
  enum { LEAST = 2, PART = 12 };
  size_t wait = learner->n_fitted / PART;
  if (learner->n_fitted == 0)
    return history->n_complete >= learner->n_first;
  return history->n_complete >= learner->n_fitted + (wait > LEAST ? wait : LEAST);
}

static void fit(bf_gp_learner *learner, const bf_history *history)
{
  uint32_t numbers[BF_GP_FIT_POINTS];
  double z[BF_GP_FIT_POINTS];
  size_t n = history->n_complete < BF_GP_FIT_POINTS ? history->n_complete : BF_GP_FIT_POINTS;
  bf_gp_scale_spread(&learner->scale, &learner->standing, &learner->points, history);
  bf_gp_scale_update(&learner->scale, &learner->standing, history);
  bf_gp_choose_points(&learner->standing, history, n, numbers);
  for (size_t m = 0; m <= learner->n_objectives; m++) {
    if (!is_used(learner, m))
      continue;
    for (size_t i = 0; i < n; i++)
      z[i] = bf_gp_learner_value(learner, history, m, numbers[i]);
    bf_gp_fit(&learner->workshop, history, n, numbers, z, &learner->thetas[m]);
  }
  learner->n_fitted = history->n_complete;
}

bf_status bf_gp_learner_tell(bf_gp_learner *learner, const bf_history *history)
{
  if (history->n_complete == learner->standing.n)
    return BF_OK;
  bf_status status = bf_gp_standing_reserve(&learner->standing, history->n_complete);
  if (status != BF_OK)
    return status;
  bf_gp_standing_update(&learner->standing, history);
  bool is_due = is_fit_due(learner, history);
  if (bf_gp_points_update(&learner->points, &learner->standing, history, is_due))
    learner->is_stale = true;
  if (is_due)
    fit(learner, history);
  return BF_OK;
}

static void rebuild(bf_gp_model *model, const bf_gp_theta *theta, const bf_gp_points *points,
                    const bf_history *history)
{
  bf_gp_model_cut(model, 0);
  bf_gp_model_set_theta(model, theta);
  for (size_t i = 0; i < points->n; i++)
    bf_gp_kernel_add(&model->kernel, bf_history_indexes(history, points->numbers[i]));
  bf_gp_model_factor(model);
}

/* A model that is not stale has the first n_learnt of the points. */
static void refresh(bf_gp_learner *learner, const bf_history *history, size_t m)
{
  double z[BF_GP_POINTS + BF_GP_MORE_POINTS];
  const bf_gp_points *points = &learner->points;
  bf_gp_model *model = &learner->models[m];
  if (learner->is_stale || model->n_learnt == 0)
    rebuild(model, &learner->thetas[m], points, history);
  else
    bf_gp_model_cut(model, model->n_learnt);
  for (size_t i = model->kernel.n; i < points->n; i++)
    bf_gp_model_append(model, bf_history_indexes(history, points->numbers[i]));
  for (size_t i = 0; i < points->n; i++)
    z[i] = bf_gp_learner_value(learner, history, m, points->numbers[i]);
  bf_gp_model_learn(model, z);
  for (size_t i = bf_gp_learner_first_pending(history); i < history->n_pending; i++)
    bf_gp_model_append(model, bf_history_indexes(history, history->pending[i]));
}

void bf_gp_learner_refresh(bf_gp_learner *learner, const bf_history *history)
{
  bf_gp_scale_update(&learner->scale, &learner->standing, history);
  for (size_t m = 0; m <= learner->n_objectives; m++)
    if (is_used(learner, m))
      refresh(learner, history, m);
  learner->is_stale = false;
}

size_t bf_gp_learner_first_pending(const bf_history *history)
{
  return history->n_pending > BF_GP_PENDING ? history->n_pending - BF_GP_PENDING : 0;
}
