/* What sampler tpe has learned.
 * Room: search. */
#include "search/tpe_fit.h"

#include <math.h>

#include "base/memory.h"

enum { N_YOUNG = 25 }; /* trials of full weight */

bf_status bf_tpe_fit_init(bf_tpe_fit *fit, const bf_space *space, const bf_history *history,
                          const bf_sampler_options *options)
{
  bf_status status = BF_OK;
  *fit = (bf_tpe_fit){.space = space, .history = history, .options = options};
  BF_TRY(bf_tpe_split_init(&fit->split, options->n_objectives));
  BF_TRY(bf_tpe_density_init(&fit->good, space, BF_TPE_GOOD + 1));
  BF_TRY(bf_tpe_density_init(&fit->bad, space, BF_TPE_OTHERS + 1));
  fit->others = bf_alloc(BF_TPE_OTHERS, sizeof *fit->others);
  BF_CHECK_MEMORY(fit->others);
done:
  return status;
}

void bf_tpe_fit_release(bf_tpe_fit *fit)
{
  bf_tpe_split_release(&fit->split);
  bf_tpe_density_release(&fit->good);
  bf_tpe_density_release(&fit->bad);
  free(fit->others);
  *fit = (bf_tpe_fit){0};
}

bf_status bf_tpe_fit_add(bf_tpe_fit *fit, uint32_t number)
{
  if (fit->history->states[number] != BF_TRIAL_COMPLETE)
    return BF_OK;
  return bf_tpe_split_add(&fit->split, number, bf_history_objectives(fit->history, number),
                          fit->history->violations[number]);
}

/* Running trials, which are the youngest, and then complete ones, as many as there is room for. */
static void list_others(bf_tpe_fit *fit)
{
  const bf_history *history = fit->history;
  size_t begin = BF_TPE_OTHERS;
  size_t n_pending = fit->options->constant_liar ? history->n_pending : 0;
  for (size_t i = n_pending; i-- > 0 && begin > 0;)
    fit->others[--begin] = history->pending[i];
  for (size_t i = history->n_complete; i-- > 0 && begin > 0;)
    if (!bf_tpe_split_is_good(&fit->split, history->complete[i]))
      fit->others[--begin] = history->complete[i];
  fit->n_others = BF_TPE_OTHERS - begin;
  memmove(fit->others, fit->others + begin, fit->n_others * sizeof *fit->others);
}

static double weight_of(size_t i, size_t n)
{
  if (i + N_YOUNG >= n)
    return 1;
  double share = n > N_YOUNG + 1 ? (double)i / (double)(n - N_YOUNG - 1) : 0;
  return 1 / (double)n + share * (1 - 1 / (double)n);
}

static void fill_densities(bf_tpe_fit *fit)
{
  bf_tpe_density_reset(&fit->good);
  for (size_t i = 0; i < fit->split.n_good; i++)
    bf_tpe_density_add(&fit->good, bf_history_indexes(fit->history, fit->split.good[i]), 1);
  bf_tpe_density_reset(&fit->bad);
  for (size_t i = 0; i < fit->n_others; i++)
    bf_tpe_density_add(&fit->bad, bf_history_indexes(fit->history, fit->others[i]),
                       weight_of(i, fit->n_others));
}

static size_t n_free(const bf_space *space)
{
  size_t n = 0;
  for (size_t d = 0; d < space->n_parameters; d++)
    n += space->parameters[d].n_choices > 1;
  return n;
}

/* The longest distance that makes no difference, in units of the mean distance of kernels. */
static const double blur = 1.0 / 16;

/* One parameter is expected to change in a draw, whatever the number of trials. */
static bf_tpe_kernel own_kernel(const bf_parameter *parameter, size_t n_parameters, size_t n_good)
{
  double n_choices = parameter->n_choices;
  bool is_ordered = parameter->kind == BF_PARAMETER_ORDERED;
  return (bf_tpe_kernel){.shape = is_ordered ? BF_TPE_HARMONIC : BF_TPE_SPIKE,
                         .n_choices = parameter->n_choices,
                         .stay = fmax(1 / n_choices, 1 - 1 / (double)n_parameters),
                         .offset = blur * n_choices / (double)n_good};
}

/* Normal kernels are as wide as Optuna's multivariate mode made them until 4.9. Its other rule,
 * gaps between trials, gives little but its least width on a grid, where most gaps are 0. */
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

static void shape_kernels(const bf_tpe_fit *fit, const bf_tpe_density *density)
{
  const bf_space *space = fit->space;
  bf_tpe_model model = fit->options->tpe_model;
  size_t n_joint = model == BF_TPE_INDEPENDENT ? 1 : n_free(space);
  for (size_t d = 0; d < space->n_parameters; d++) {
    const bf_parameter *parameter = &space->parameters[d];
    density->kernels[d] = model == BF_TPE_OWN ? own_kernel(parameter, n_joint, fit->good.n)
                                              : peer_kernel(parameter, n_joint, density->n);
  }
}

bf_status bf_tpe_fit_update(bf_tpe_fit *fit)
{
  bf_status status = bf_tpe_split_update(&fit->split, fit->history->n_complete);
  if (status != BF_OK)
    return status;
  list_others(fit);
  fill_densities(fit);
  shape_kernels(fit, &fit->good);
  shape_kernels(fit, &fit->bad);
  return BF_OK;
}
