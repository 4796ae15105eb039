/* Gaussian processes: a model an objective, and the configuration of the largest expected gain.
 * Room: search. */
#include "base/memory.h"
#include "search/gp_choice.h"
#include "search/gp_fit.h"
#include "search/gp_math.h"
#include "search/gp_scale.h"
#include "search/sampler_table.h"

/*
 * An ask has two steps. The first brings the models up to date and changes the state; what it does
 * depends on the order of asks and tells alone. The second proposes, changes nothing and has a
 * random stream a trial. All memory is taken before the first.
 */

enum {
  N_START = 6,       /* trials of a Latin hypercube; ten did worse */
  MOST_PENDING = 64, /* that the models know of */
  CAPACITY = BF_GP_POINTS + BF_GP_MORE_POINTS + MOST_PENDING, /* a multiple of BF_GP_TILE */
};

typedef struct gp {
  const bf_gp_loops *loops;
  bf_gp_axes axes;
  bf_gp_standing standing;
  bf_gp_points points;
  bf_gp_scale scale;
  size_t n_models;     /* an objective each and, last, the violation */
  bf_gp_model *models; /* (n_models) */
  bf_gp_theta *thetas; /* (n_models) */
  size_t n_fitted;     /* complete trials at the last fit */
  bf_gp_model workshop;
  bf_gp_choice choice;
  bf_gp_model **targets; /* (n_objectives) of the ask */
  float *z;              /* (n_objectives) */
  uint32_t *parents;     /* (standing.capacity) */
  size_t n_parents_room;
} gp;

static void free_state(void *state)
{
  gp *g = state;
  if (g == NULL)
    return;
  bf_gp_axes_release(&g->axes);
  bf_gp_standing_release(&g->standing);
  bf_gp_scale_release(&g->scale);
  for (size_t m = 0; g->models != NULL && m < g->n_models; m++)
    bf_gp_model_release(&g->models[m]);
  for (size_t m = 0; g->thetas != NULL && m < g->n_models; m++)
    free(g->thetas[m].lengths);
  free(g->models);
  free(g->thetas);
  bf_gp_model_release(&g->workshop);
  bf_gp_choice_release(&g->choice);
  free(g->targets);
  free(g->z);
  free(g->parents);
  free(g);
}

static bf_status make_models(gp *g, size_t n_models)
{
  bf_status status = BF_OK;
  g->n_models = n_models;
  g->models = bf_alloc(n_models, sizeof *g->models);
  BF_CHECK_MEMORY(g->models);
  g->thetas = bf_alloc(n_models, sizeof *g->thetas);
  BF_CHECK_MEMORY(g->thetas);
  for (size_t m = 0; m < n_models; m++) {
    BF_TRY(bf_gp_model_init(&g->models[m], &g->axes, g->loops, CAPACITY));
    g->thetas[m].lengths = bf_alloc(g->axes.n, sizeof(double));
    BF_CHECK_MEMORY(g->thetas[m].lengths);
    bf_gp_theta_start(&g->thetas[m], g->axes.n);
    bf_gp_model_set_theta(&g->models[m], &g->thetas[m]);
  }
done:
  return status;
}

static bf_status create(bf_sampler *sampler)
{
  bf_status status = BF_OK;
  size_t n_objectives = sampler->options.n_objectives;
  gp *g = bf_alloc(1, sizeof *g);
  BF_CHECK_MEMORY(g);
  sampler->state = g;
  BF_TRY(bf_gp_loops_find(&g->loops));
  BF_TRY(bf_gp_axes_init(&g->axes, &sampler->space));
  BF_TRY(bf_gp_scale_init(&g->scale, n_objectives));
  BF_TRY(make_models(g, n_objectives + 1));
  BF_TRY(bf_gp_model_init(&g->workshop, &g->axes, g->loops, BF_GP_FIT_POINTS));
  BF_TRY(bf_gp_choice_init(&g->choice, &sampler->space, &sampler->history, g->loops, n_objectives));
  g->targets = bf_alloc(n_objectives, sizeof *g->targets);
  BF_CHECK_MEMORY(g->targets);
  g->z = bf_alloc(n_objectives, sizeof *g->z);
  BF_CHECK_MEMORY(g->z);
done:
  return status;
}

static bf_status reserve(gp *g, size_t n_trials)
{
  bf_status status = BF_OK;
  BF_TRY(bf_gp_standing_reserve(&g->standing, n_trials));
  if (g->n_parents_room < g->standing.capacity) {
    uint32_t *parents = bf_grow(g->parents, 0, g->standing.capacity, sizeof *parents);
    BF_CHECK_MEMORY(parents);
    g->parents = parents;
    g->n_parents_room = g->standing.capacity;
  }
done:
  return status;
}

/* The value that model m learns from a complete trial. */
static double value_of(const gp *g, const bf_history *history, size_t m, uint32_t number)
{
  return m + 1 < g->n_models ? bf_gp_scale_objective(&g->scale, history, number, m)
                             : bf_gp_scale_violation(&g->scale, history, number);
}

/* Constraints that all trials met so far teach nothing. */
static bool is_used(const gp *g, size_t m)
{
  return m + 1 < g->n_models || g->standing.n_violating > 0;
}

static void fit(gp *g, const bf_history *history, size_t m, size_t n, const uint32_t *numbers)
{
  double z[BF_GP_FIT_POINTS];
  for (size_t i = 0; i < n; i++)
    z[i] = value_of(g, history, m, numbers[i]);
  bf_gp_fit(&g->workshop, history, n, numbers, z, &g->thetas[m]);
  bf_gp_model_set_theta(&g->models[m], &g->thetas[m]);
}

static void fit_all(gp *g, const bf_history *history)
{
  uint32_t numbers[BF_GP_FIT_POINTS];
  size_t n = history->n_complete < BF_GP_FIT_POINTS ? history->n_complete : BF_GP_FIT_POINTS;
  bf_gp_choose_points(&g->standing, history, n, numbers);
  for (size_t m = 0; m < g->n_models; m++)
    if (is_used(g, m))
      fit(g, history, m, n, numbers);
  g->n_fitted = history->n_complete;
}

static bool is_fit_due(const gp *g, const bf_history *history)
{
  size_t wait = g->n_fitted / 12 > 2 ? g->n_fitted / 12 : 2;
  return history->n_complete >= g->n_fitted + wait;
}

/* The model's factor holds the first n_learnt of the points if they did not change. */
static void learn(gp *g, const bf_history *history, size_t m, bool anew)
{
  bf_gp_model *model = &g->models[m];
  double z[BF_GP_POINTS + BF_GP_MORE_POINTS];
  bf_gp_model_cut(model, anew ? 0 : model->n_learnt);
  for (size_t i = model->kernel.n; i < g->points.n; i++) {
    const uint32_t *indexes = bf_history_indexes(history, g->points.numbers[i]);
    if (anew)
      bf_gp_kernel_add(&model->kernel, indexes);
    else
      bf_gp_model_append(model, indexes);
  }
  if (anew)
    bf_gp_model_factor(model);
  for (size_t i = 0; i < g->points.n; i++)
    z[i] = value_of(g, history, m, g->points.numbers[i]);
  bf_gp_model_learn(model, z);
}

static void update(gp *g, const bf_history *history)
{
  bool is_due = is_fit_due(g, history);
  bool anew = bf_gp_points_update(&g->points, &g->standing, history, is_due);
  if (is_due)
    bf_gp_scale_spread(&g->scale, &g->standing, &g->points, history);
  bf_gp_scale_update(&g->scale, &g->standing, history);
  if (is_due)
    fit_all(g, history);
  for (size_t m = 0; m < g->n_models; m++)
    if (is_used(g, m))
      learn(g, history, m, anew);
}

/* What is pending, or the newest of it if there is much: the models become surer where it is. */
static size_t append_pending(gp *g, const bf_history *history)
{
  size_t first = history->n_pending > MOST_PENDING ? history->n_pending - MOST_PENDING : 0;
  for (size_t m = 0; m < g->n_models; m++)
    for (size_t i = first; is_used(g, m) && i < history->n_pending; i++)
      bf_gp_model_append(&g->models[m], bf_history_indexes(history, history->pending[i]));
  return first;
}

static bool has_feasible(const gp *g)
{
  return g->standing.n_violating < g->standing.n;
}

/* As long as nothing meets the constraints, what they are missed by is the only objective. */
static void set_targets(gp *g)
{
  bf_gp_choice *choice = &g->choice;
  size_t last = g->n_models - 1;
  choice->targets = g->targets;
  choice->n_targets = has_feasible(g) ? last : 1;
  for (size_t m = 0; m < choice->n_targets; m++)
    g->targets[m] = &g->models[has_feasible(g) ? m : last];
  choice->violation = has_feasible(g) && is_used(g, last) ? &g->models[last] : NULL;
}

static void reach_trials(gp *g, const bf_history *history)
{
  size_t first = has_feasible(g) ? 0 : g->n_models - 1;
  for (size_t i = 0; i < g->standing.n; i++) {
    if (g->standing.n_better[i] > 0)
      continue;
    for (size_t m = 0; m < g->choice.n_targets; m++)
      g->z[m] = (float)value_of(g, history, first + m, history->complete[i]);
    bf_gp_gain_reach(&g->choice.gain, g->z);
  }
}

/* What is pending counts as done, with its predicted result. */
static void reach_pending(gp *g, const bf_history *history, size_t first)
{
  for (size_t i = first; i < history->n_pending; i++) {
    const uint32_t *indexes = bf_history_indexes(history, history->pending[i]);
    for (size_t m = 0; m < g->choice.n_targets; m++)
      g->z[m] = bf_gp_model_mean(g->targets[m], indexes);
    bf_gp_gain_reach(&g->choice.gain, g->z);
  }
}

/* The front, or the eight least dominated if it is smaller. */
static size_t find_parents(gp *g, const bf_history *history)
{
  enum { LEAST = 8 };
  const uint32_t *order = bf_gp_standing_sort(&g->standing);
  size_t n = 0;
  while (n < g->standing.n && (n < LEAST || g->standing.n_better[order[n]] == 0)) {
    g->parents[n] = history->complete[order[n]];
    n++;
  }
  return n;
}

/* Some asks look far beyond the front and take the models for three times as unsure as they say:
 * without them the ends of a front, or parts that are not connected, are never found. */
static void aim(bf_gp_gain *gain, uint64_t number)
{
  enum { EARLY = 100, PERIOD = 4, LATE_PERIOD = 16 };
  uint64_t period = number < EARLY ? PERIOD : LATE_PERIOD;
  bool explores = number % period == period - 1;
  bf_gp_gain_aim(gain, explores ? 3.0F : 1.1F, explores ? 3.0F : 1.0F);
}

static void propose(bf_sampler *sampler, uint64_t number, uint32_t *indexes)
{
  gp *g = sampler->state;
  const bf_history *history = &sampler->history;
  bf_random draws = bf_random_stream(sampler->options.seed, BF_PURPOSE_MODEL, number);
  bf_random random = bf_random_stream(sampler->options.seed, BF_PURPOSE_SAMPLER, number);
  set_targets(g);
  bf_gp_gain_start(&g->choice.gain, g->choice.n_targets, &draws);
  aim(&g->choice.gain, number);
  size_t first = append_pending(g, history);
  reach_trials(g, history);
  reach_pending(g, history, first);
  bf_gp_gain_ready(&g->choice.gain);
  size_t n_parents = find_parents(g, history);
  if (!bf_gp_choose(&g->choice, n_parents, g->parents, &random, indexes))
    bf_sampler_draw_unseen(sampler, &random, indexes);
}

/* A Latin hypercube (McKay, Beckman and Conover 1979): of each parameter's n_start parts of equal
 * size every one is tried once. */
static void propose_start(bf_sampler *sampler, uint64_t number, size_t n_start, uint32_t *indexes)
{
  bf_random common = bf_random_stream(sampler->options.seed, BF_PURPOSE_MODEL, 0);
  bf_random own = bf_random_stream(sampler->options.seed, BF_PURPOSE_SAMPLER, number);
  for (size_t d = 0; d < sampler->space.n_parameters; d++) {
    uint32_t n_choices = sampler->space.parameters[d].n_choices;
    bf_enumeration order = bf_enumeration_of(n_start, bf_random_u64(&common));
    uint64_t part = bf_enumeration_at(&order, number);
    indexes[d] = (uint32_t)((part * n_choices + bf_random_below(&own, n_choices)) / n_start);
  }
}

static bf_status ask(bf_sampler *sampler, uint64_t number, uint32_t *indexes)
{
  gp *g = sampler->state;
  size_t n_start = sampler->options.n_startup_trials;
  bf_status status = reserve(g, (size_t)number + 1);
  if (status != BF_OK)
    return status;
  n_start = n_start > 0 ? n_start : N_START;
  if (number < n_start) {
    propose_start(sampler, number, n_start, indexes);
  } else if (sampler->history.n_complete == 0) {
    bf_random random = bf_random_stream(sampler->options.seed, BF_PURPOSE_SAMPLER, number);
    bf_sampler_draw_unseen(sampler, &random, indexes);
  } else {
    update(g, &sampler->history);
    propose(sampler, number, indexes);
  }
  return BF_OK;
}

/* An ask has made room for all trials there are, but a restored one was not asked. */
static bf_status tell(bf_sampler *sampler, uint64_t number)
{
  gp *g = sampler->state;
  bf_status status = reserve(g, sampler->history.n);
  (void)number;
  if (status == BF_OK)
    bf_gp_standing_update(&g->standing, &sampler->history);
  return status;
}

const bf_sampler_kind bf_sampler_gp = {
    .create = create, .free_state = free_state, .ask = ask, .tell = tell};
