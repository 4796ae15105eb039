/* Gaussian processes: a model an objective, and the configuration of the largest expected gain.
 * Room: search. */
#include "base/memory.h"
#include "search/gp_choice.h"
#include "search/gp_learner.h"
#include "search/sampler_table.h"

/* Trials of a Latin hypercube before the models are asked; ten did worse. */
enum { N_START = 6 };

typedef struct gp {
  bf_gp_learner learner;
  bf_gp_choice choice;
  bf_gp_model **targets; /* (n_objectives) of the ask */
  float *z;              /* (n_objectives) */
} gp;

static void free_state(void *state)
{
  gp *g = state;
  if (g == NULL)
    return;
  bf_gp_learner_release(&g->learner);
  bf_gp_choice_release(&g->choice);
  free(g->targets);
  free(g->z);
  free(g);
}

static size_t count_start(const bf_sampler *sampler)
{
  size_t n = sampler->options.n_startup_trials;
  return n > 0 ? n : N_START;
}

static bf_status create(bf_sampler *sampler)
{
  bf_status status = BF_OK;
  size_t n_objectives = sampler->options.n_objectives;
  gp *g = bf_alloc(1, sizeof *g);
  BF_CHECK_MEMORY(g);
  sampler->state = g;
  BF_TRY(bf_gp_learner_init(&g->learner, &sampler->space, n_objectives, count_start(sampler)));
  BF_TRY(bf_gp_choice_init(&g->choice, &sampler->space, &sampler->history, g->learner.loops,
                           n_objectives));
  g->targets = bf_alloc(n_objectives, sizeof(bf_gp_model *));
  BF_CHECK_MEMORY(g->targets);
  g->z = bf_alloc(n_objectives, sizeof *g->z);
  BF_CHECK_MEMORY(g->z);
done:
  return status;
}

/* As long as nothing meets the constraints, what they are missed by is the only objective.
 * @return Number of the first model among the targets. */
static size_t set_targets(gp *g)
{
  bf_gp_learner *learner = &g->learner;
  bf_gp_choice *choice = &g->choice;
  bf_gp_model *violation = &learner->models[learner->n_objectives];
  bool has_feasible = bf_gp_learner_has_feasible(learner);
  size_t first = has_feasible ? 0 : learner->n_objectives;
  choice->targets = g->targets;
  choice->n_targets = has_feasible ? learner->n_objectives : 1;
  for (size_t m = 0; m < choice->n_targets; m++)
    g->targets[m] = &learner->models[first + m];
  choice->violation = has_feasible && bf_gp_learner_has_violating(learner) ? violation : NULL;
  return first;
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

static void reach_front(gp *g, const bf_history *history, size_t first)
{
  const bf_gp_standing *standing = &g->learner.standing;
  for (size_t i = 0; i < standing->n; i++) {
    if (standing->n_better[i] > 0)
      continue;
    for (size_t m = 0; m < g->choice.n_targets; m++)
      g->z[m] = (float)bf_gp_learner_value(&g->learner, history, first + m, history->complete[i]);
    bf_gp_gain_reach(&g->choice.gain, g->z);
  }
}

/* What is pending counts as done, with its predicted result. */
static void reach_pending(gp *g, const bf_history *history)
{
  for (size_t i = bf_gp_learner_first_pending(history); i < history->n_pending; i++) {
    const uint32_t *indexes = bf_history_indexes(history, history->pending[i]);
    for (size_t m = 0; m < g->choice.n_targets; m++)
      g->z[m] = bf_gp_model_mean(g->targets[m], indexes);
    bf_gp_gain_reach(&g->choice.gain, g->z);
  }
}

/* Two streams a trial: one for what candidates are measured by, one for the candidates. */
static void propose(bf_sampler *sampler, uint64_t number, uint32_t *indexes)
{
  gp *g = sampler->state;
  const bf_history *history = &sampler->history;
  bf_random draws = bf_random_stream(sampler->options.seed, BF_PURPOSE_MODEL, number);
  bf_random random = bf_random_stream(sampler->options.seed, BF_PURPOSE_SAMPLER, number);
  size_t first = set_targets(g);
  bf_gp_gain_start(&g->choice.gain, g->choice.n_targets, &draws);
  aim(&g->choice.gain, number);
  reach_front(g, history, first);
  reach_pending(g, history);
  bf_gp_gain_ready(&g->choice.gain);
  if (!bf_gp_choose(&g->choice, &g->learner.standing, &random, indexes))
    bf_sampler_draw_unseen(sampler, &random, indexes);
}

/* A Latin hypercube (McKay, Beckman and Conover 1979): of the n parts of each parameter, of equal
 * size, every one is tried once, in an order of its own. */
static void propose_start(const bf_sampler *sampler, uint64_t number, uint32_t *indexes)
{
  bf_random common = bf_random_stream(sampler->options.seed, BF_PURPOSE_MODEL, 0);
  bf_random own = bf_random_stream(sampler->options.seed, BF_PURPOSE_SAMPLER, number);
  uint64_t n = count_start(sampler);
  for (size_t d = 0; d < sampler->space.n_parameters; d++) {
    uint32_t n_choices = sampler->space.parameters[d].n_choices;
    bf_enumeration order = bf_enumeration_of(n, bf_random_u64(&common));
    uint64_t part = bf_enumeration_at(&order, number);
    indexes[d] = (uint32_t)((part * n_choices + bf_random_below(&own, n_choices)) / n);
  }
}

/* Needs no memory. */
static bf_status ask(bf_sampler *sampler, uint64_t number, uint32_t *indexes)
{
  gp *g = sampler->state;
  if (number < count_start(sampler)) {
    propose_start(sampler, number, indexes);
  } else if (sampler->history.n_complete == 0) {
    bf_random random = bf_random_stream(sampler->options.seed, BF_PURPOSE_SAMPLER, number);
    bf_sampler_draw_unseen(sampler, &random, indexes);
  } else {
    bf_gp_learner_refresh(&g->learner, &sampler->history);
    propose(sampler, number, indexes);
  }
  return BF_OK;
}

static bf_status tell(bf_sampler *sampler, uint64_t number)
{
  gp *g = sampler->state;
  (void)number;
  return bf_gp_learner_tell(&g->learner, &sampler->history);
}

const bf_sampler_kind bf_sampler_gp = {
    .create = create, .free_state = free_state, .ask = ask, .tell = tell};
