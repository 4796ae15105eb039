/* TPE: draws near good trials, away from the others (Bergstra et al. 2011).
 * Room: search. */
#include <math.h>

#include "base/memory.h"
#include "search/sampler_table.h"
#include "search/tpe_choice.h"
#include "search/tpe_split.h"

/*
 * With several objectives "good" is a matter of fronts and hypervolume (Ozaki et al. 2022). What
 * tells our own model from Optuna's two: kernels without a width to fit, the same for good and
 * other trials, so that the ratio of the densities compares the neighbourhoods of a candidate and
 * nothing else; and half of the candidates cross good trials. docs/samplers.md has the formulas and
 * the measurements.
 */
enum {
  N_STARTUP = 10,
  MOST_OTHERS = 1024, /* the latest trials that are not good; older ones are forgotten */
  N_YOUNG = 25,       /* trials of full weight */
  MOST_CANDIDATES = 1000
};

typedef struct tpe_state {
  bf_tpe_split split;
  bf_tpe_density good;
  bf_tpe_density bad;
  bf_tpe_choice choice;
  size_t n_others;
  uint32_t *others; /* (n_others) trials that are not good, the oldest first */
} tpe_state;

static void free_state(void *state)
{
  tpe_state *s = state;
  if (s == NULL)
    return;
  bf_tpe_split_release(&s->split);
  bf_tpe_density_release(&s->good);
  bf_tpe_density_release(&s->bad);
  bf_tpe_choice_release(&s->choice);
  free(s->others);
  free(s);
}

static bf_status create(bf_sampler *sampler)
{
  bf_status status = BF_OK;
  const bf_sampler_options *o = &sampler->options;
  tpe_state *s = NULL;
  BF_CHECK(o->n_ei_candidates >= 1 && o->n_ei_candidates <= MOST_CANDIDATES, BF_ERR_USAGE,
           "sampler 'tpe' cannot compare %zu configurations (n_ei_candidates), it takes 1 to %d",
           o->n_ei_candidates, MOST_CANDIDATES);
  s = bf_alloc(1, sizeof *s);
  BF_CHECK_MEMORY(s);
  sampler->state = s;
  BF_TRY(bf_tpe_split_init(&s->split, o->n_objectives));
  BF_TRY(bf_tpe_density_init(&s->good, &sampler->space, BF_TPE_GOOD + 1));
  BF_TRY(bf_tpe_density_init(&s->bad, &sampler->space, MOST_OTHERS + 1));
  s->choice = (bf_tpe_choice){.space = &sampler->space,
                              .history = &sampler->history,
                              .good = &s->good,
                              .bad = &s->bad,
                              .n_draws = o->n_ei_candidates};
  BF_TRY(bf_tpe_choice_init(&s->choice));
  s->others = bf_alloc(MOST_OTHERS, sizeof *s->others);
  BF_CHECK_MEMORY(s->others);
done:
  return status;
}

/* Running trials, which are the youngest, and then complete ones, as many as there is room for. */
static void list_others(const bf_sampler *sampler)
{
  tpe_state *s = sampler->state;
  const bf_history *history = &sampler->history;
  size_t begin = MOST_OTHERS;
  size_t n_pending = sampler->options.constant_liar ? history->n_pending : 0;
  for (size_t i = n_pending; i-- > 0 && begin > 0;)
    s->others[--begin] = history->pending[i];
  for (size_t i = history->n_complete; i-- > 0 && begin > 0;)
    if (!bf_tpe_split_is_good(&s->split, history->complete[i]))
      s->others[--begin] = history->complete[i];
  s->n_others = MOST_OTHERS - begin;
  memmove(s->others, s->others + begin, s->n_others * sizeof *s->others);
}

/* Weights rise evenly from 1 / n to 1 with age but for the youngest, which all weigh 1. */
static double weight_of(size_t i, size_t n)
{
  if (i + N_YOUNG >= n)
    return 1;
  double share = n > N_YOUNG + 1 ? (double)i / (double)(n - N_YOUNG - 1) : 0;
  return 1 / (double)n + share * (1 - 1 / (double)n);
}

static void fill_densities(const bf_sampler *sampler)
{
  tpe_state *s = sampler->state;
  bf_tpe_density_reset(&s->good);
  for (size_t i = 0; i < s->split.n_good; i++)
    bf_tpe_density_add(&s->good, bf_history_indexes(&sampler->history, s->split.good[i]), 1);
  bf_tpe_density_reset(&s->bad);
  for (size_t i = 0; i < s->n_others; i++)
    bf_tpe_density_add(&s->bad, bf_history_indexes(&sampler->history, s->others[i]),
                       weight_of(i, s->n_others));
}

static size_t n_free(const bf_space *space)
{
  size_t n = 0;
  for (size_t d = 0; d < space->n_parameters; d++)
    n += space->parameters[d].n_choices > 1;
  return n;
}

/* One parameter is expected to change in a draw, whatever the number of trials. */
static bf_tpe_kernel own_kernel(const bf_parameter *parameter, size_t n_parameters)
{
  double n_choices = parameter->n_choices;
  bool is_ordered = parameter->kind == BF_PARAMETER_ORDERED;
  return (bf_tpe_kernel){.shape = is_ordered ? BF_TPE_HARMONIC : BF_TPE_SPIKE,
                         .n_choices = parameter->n_choices,
                         .stay = fmax(1 / n_choices, 1 - 1 / (double)n_parameters)};
}

/* Optuna's, in a mixture of @p n kernels with the prior. Normal ones are as wide as its
 * multivariate mode made them until 4.9. */
static bf_tpe_kernel peer_kernel(const bf_parameter *parameter, size_t n_parameters, size_t n)
{
  double n_choices = parameter->n_choices;
  double n_kernels = (double)n;
  double power = -1 / ((double)n_parameters + 4);
  double sigma = 0.2 * n_choices * pow(fmax(n_kernels - 1, 1), power);
  double least = n_choices / fmin(100, 1 + n_kernels);
  bool is_ordered = parameter->kind == BF_PARAMETER_ORDERED;
  return (bf_tpe_kernel){.shape = is_ordered ? BF_TPE_NORMAL : BF_TPE_SPIKE,
                         .n_choices = parameter->n_choices,
                         .stay = (n_kernels + 1) / (n_kernels + n_choices),
                         .sigma = fmin(fmax(sigma, least), n_choices)};
}

static void shape_kernels(const bf_sampler *sampler, bf_tpe_density *density)
{
  bf_tpe_model model = sampler->options.tpe_model;
  const bf_space *space = &sampler->space;
  size_t n_joint = model == BF_TPE_INDEPENDENT ? 1 : n_free(space);
  for (size_t d = 0; d < space->n_parameters; d++)
    density->kernels[d] = model == BF_TPE_OWN
                              ? own_kernel(&space->parameters[d], n_joint)
                              : peer_kernel(&space->parameters[d], n_joint, density->n);
}

static bf_status learn(const bf_sampler *sampler)
{
  tpe_state *s = sampler->state;
  bf_status status = bf_tpe_split_update(&s->split, sampler->history.n_complete);
  if (status != BF_OK)
    return status;
  list_others(sampler);
  fill_densities(sampler);
  shape_kernels(sampler, &s->good);
  shape_kernels(sampler, &s->bad);
  return BF_OK;
}

static bf_status ask(bf_sampler *sampler, uint64_t number, uint32_t *indexes)
{
  tpe_state *s = sampler->state;
  const bf_sampler_options *o = &sampler->options;
  size_t n_startup = o->n_startup_trials > 0 ? o->n_startup_trials : N_STARTUP;
  bf_random random = bf_random_stream(o->seed, BF_PURPOSE_SAMPLER, number);
  if (sampler->history.n_complete < n_startup) {
    bf_sampler_draw(&sampler->space, &random, indexes);
    return BF_OK;
  }
  bf_status status = learn(sampler);
  if (status != BF_OK)
    return status;
  if (o->tpe_model == BF_TPE_INDEPENDENT)
    bf_tpe_choose_apart(&s->choice, &random, indexes);
  else
    bf_tpe_choose_jointly(&s->choice, o->tpe_model == BF_TPE_OWN, &random, indexes);
  return BF_OK;
}

static bf_status tell(bf_sampler *sampler, uint64_t number)
{
  tpe_state *s = sampler->state;
  const bf_history *history = &sampler->history;
  if (history->states[number] != BF_TRIAL_COMPLETE)
    return BF_OK;
  return bf_tpe_split_add(&s->split, (uint32_t)number, bf_history_objectives(history, number),
                          history->violations[number]);
}

const bf_sampler_kind bf_sampler_tpe = {
    .create = create, .free_state = free_state, .ask = ask, .tell = tell};
