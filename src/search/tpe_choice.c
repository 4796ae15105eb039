/* Candidates of sampler tpe.
 * Room: search. */
#include "search/tpe_choice.h"

#include "base/memory.h"

enum { LANES = BF_TPE_LANES };

bf_status bf_tpe_choice_init(bf_tpe_choice *choice, bf_tpe_fit *fit)
{
  bf_status status = BF_OK;
  size_t n_parameters = fit->space->n_parameters;
  bool is_own = fit->options->tpe_model == BF_TPE_OWN;
  *choice = (bf_tpe_choice){.fit = fit, .n_drawn = (1 + is_own) * fit->options->n_ei_candidates};
  choice->drafts = bf_alloc((choice->n_drawn + 1) * n_parameters, sizeof *choice->drafts);
  BF_CHECK_MEMORY(choice->drafts);
  choice->ratings = bf_alloc(choice->n_drawn * n_parameters, sizeof *choice->ratings);
  BF_CHECK_MEMORY(choice->ratings);
  choice->choices = bf_alloc(n_parameters * LANES, sizeof *choice->choices);
  BF_CHECK_MEMORY(choice->choices);
done:
  return status;
}

void bf_tpe_choice_release(bf_tpe_choice *choice)
{
  free(choice->drafts);
  free(choice->ratings);
  free(choice->choices);
  *choice = (bf_tpe_choice){0};
}

static uint32_t *draft_at(const bf_tpe_choice *choice, size_t i)
{
  return choice->drafts + i * choice->fit->space->n_parameters;
}

/* All good trials, and the prior, are equally likely. */
static size_t pick_kernel(const bf_tpe_choice *choice, bf_random *random)
{
  return (size_t)bf_random_below(random, choice->fit->good.n);
}

/* A canonical configuration around one kernel, or every parameter around another one. */
static void draw(const bf_tpe_choice *choice, bool crosses, bf_random *random, uint32_t *draft)
{
  size_t k = pick_kernel(choice, random);
  for (size_t d = 0; d < choice->fit->space->n_parameters; d++) {
    draft[d] = 0;
    if (!bf_space_matters(choice->fit->space, draft, d))
      continue;
    if (crosses)
      k = pick_kernel(choice, random);
    draft[d] = bf_tpe_density_draw(&choice->fit->good, k, d, random);
  }
}

/* Lays LANES drafts side by side; those beyond the last are copies of it. */
static void lay_out(bf_tpe_choice *choice, size_t first, size_t n)
{
  for (size_t i = 0; i < LANES; i++) {
    const uint32_t *draft = draft_at(choice, first + i < n ? first + i : n - 1);
    for (size_t d = 0; d < choice->fit->space->n_parameters; d++)
      choice->choices[d * LANES + i] =
          bf_space_matters(choice->fit->space, draft, d) ? draft[d] : BF_TPE_NO_CHOICE;
  }
}

/* Rates parameters first .. end - 1 of what is laid out. */
static void rate_lanes(bf_tpe_choice *choice, size_t first, size_t end, double *ratings)
{
  double good[LANES];
  double bad[LANES];
  bf_tpe_density_rate(&choice->fit->good, first, end, choice->choices, good);
  bf_tpe_density_rate(&choice->fit->bad, first, end, choice->choices, bad);
  for (size_t i = 0; i < LANES; i++)
    ratings[i] = good[i] / bad[i];
}

/* @return The best of n > 0 drafts. */
static size_t best_draft(bf_tpe_choice *choice, size_t n)
{
  size_t best = 0;
  double most = -1;
  for (size_t first = 0; first < n; first += LANES) {
    double ratings[LANES];
    lay_out(choice, first, n);
    rate_lanes(choice, 0, choice->fit->space->n_parameters, ratings);
    for (size_t i = 0; i < LANES && first + i < n; i++)
      if (ratings[i] > most) {
        most = ratings[i];
        best = first + i;
      }
  }
  return best;
}

void bf_tpe_choose_jointly(bf_tpe_choice *choice, bf_random *random, uint32_t *indexes)
{
  size_t n = 0;
  for (size_t i = 0; i < choice->n_drawn; i++) {
    draw(choice, i >= choice->fit->options->n_ei_candidates, random, draft_at(choice, n));
    n += !bf_history_has(choice->fit->history, draft_at(choice, n));
  }
  /* If all were seen, the last draw is where the first draft should be. */
  size_t best = n > 0 ? best_draft(choice, n) : 0;
  memcpy(indexes, draft_at(choice, best), choice->fit->space->n_parameters * sizeof *indexes);
}

static double *rating_at(const bf_tpe_choice *choice, size_t i, size_t d)
{
  return choice->ratings + i * choice->fit->space->n_parameters + d;
}

/* Rates the choices of parameter d in drafts first .. first + LANES - 1. */
static void rate_choices(bf_tpe_choice *choice, size_t first, size_t d)
{
  double ratings[LANES];
  for (size_t i = 0; i < LANES; i++) {
    size_t draft = first + i < choice->n_drawn ? first + i : choice->n_drawn - 1;
    choice->choices[d * LANES + i] = draft_at(choice, draft)[d];
  }
  rate_lanes(choice, d, d + 1, ratings);
  for (size_t i = 0; i < LANES && first + i < choice->n_drawn; i++)
    *rating_at(choice, first + i, d) = ratings[i];
}

/* Draft i gets the i-th draw of every parameter, as if all of them mattered. */
static void draw_apart(bf_tpe_choice *choice, bf_random *random)
{
  const bf_tpe_density *good = &choice->fit->good;
  for (size_t d = 0; d < choice->fit->space->n_parameters; d++) {
    for (size_t i = 0; i < choice->n_drawn; i++)
      draft_at(choice, i)[d] = bf_tpe_density_draw(good, pick_kernel(choice, random), d, random);
    for (size_t first = 0; first < choice->n_drawn; first += LANES)
      rate_choices(choice, first, d);
  }
}

static size_t best_draw(const bf_tpe_choice *choice, size_t d)
{
  size_t best = 0;
  for (size_t i = 1; i < choice->n_drawn; i++)
    if (*rating_at(choice, i, d) > *rating_at(choice, best, d))
      best = i;
  return best;
}

/* Exchanges the best draw of every parameter with its first one. */
static void put_best_first(bf_tpe_choice *choice)
{
  for (size_t d = 0; d < choice->fit->space->n_parameters; d++) {
    size_t best = best_draw(choice, d);
    uint32_t index = draft_at(choice, best)[d];
    double rating = *rating_at(choice, best, d);
    draft_at(choice, best)[d] = draft_at(choice, 0)[d];
    *rating_at(choice, best, d) = *rating_at(choice, 0, d);
    draft_at(choice, 0)[d] = index;
    *rating_at(choice, 0, d) = rating;
  }
}

/* The first draft with the choice of draft i for parameter d, canonical. */
static void deviate(const bf_tpe_choice *choice, size_t i, size_t d, uint32_t *indexes)
{
  memcpy(indexes, draft_at(choice, 0), choice->fit->space->n_parameters * sizeof *indexes);
  indexes[d] = draft_at(choice, i)[d];
  bf_space_canonicalise(choice->fit->space, indexes);
}

/* How much worse the choice of draft i is than that of the first; 0 if it makes no difference. */
static double relative_rating(const bf_tpe_choice *choice, size_t i, size_t d)
{
  const uint32_t *first = draft_at(choice, 0);
  bool differs =
      first[d] != draft_at(choice, i)[d] && bf_space_matters(choice->fit->space, first, d);
  return differs ? *rating_at(choice, i, d) / *rating_at(choice, 0, d) : 0;
}

void bf_tpe_choose_apart(bf_tpe_choice *choice, bf_random *random, uint32_t *indexes)
{
  double most = 0;
  uint32_t *draft = draft_at(choice, choice->n_drawn);
  draw_apart(choice, random);
  put_best_first(choice);
  memcpy(indexes, draft_at(choice, 0), choice->fit->space->n_parameters * sizeof *indexes);
  bf_space_canonicalise(choice->fit->space, indexes);
  if (!bf_history_has(choice->fit->history, indexes))
    return;
  for (size_t d = 0; d < choice->fit->space->n_parameters; d++)
    for (size_t i = 1; i < choice->n_drawn; i++) {
      double rating = relative_rating(choice, i, d);
      if (rating <= most)
        continue;
      deviate(choice, i, d, draft);
      if (bf_history_has(choice->fit->history, draft))
        continue;
      most = rating;
      memcpy(indexes, draft, choice->fit->space->n_parameters * sizeof *indexes);
    }
}
