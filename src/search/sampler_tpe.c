/* TPE: draws near good trials, away from the others (Bergstra et al. 2011).
 * Room: search. */
#include "base/memory.h"
#include "search/sampler_table.h"
#include "search/tpe_choice.h"
#include "search/tpe_fit.h"

/*
 * With several objectives, good is a matter of fronts and hypervolume (Ozaki et al. 2022). Two
 * things tell our own model from Optuna's: kernels without a width to fit (tpe_fit.h), and half of
 * the candidates cross good trials. docs/samplers.md has the measurements.
 */
enum { N_STARTUP = 10, MOST_DRAWS = 1000 };

typedef struct tpe_state {
  bf_tpe_fit fit;
  bf_tpe_choice choice;
} tpe_state;

static void free_state(void *state)
{
  tpe_state *s = state;
  if (s == NULL)
    return;
  bf_tpe_fit_release(&s->fit);
  bf_tpe_choice_release(&s->choice);
  free(s);
}

static bf_status create(bf_sampler *sampler)
{
  bf_status status = BF_OK;
  const bf_sampler_options *o = &sampler->options;
  tpe_state *s = NULL;
  BF_CHECK(o->n_ei_candidates >= 1 && o->n_ei_candidates <= MOST_DRAWS, BF_ERR_USAGE,
           "sampler 'tpe' cannot compare %zu configurations (n_ei_candidates), it takes 1 to %d",
           o->n_ei_candidates, MOST_DRAWS);
  s = bf_alloc(1, sizeof *s);
  BF_CHECK_MEMORY(s);
  sampler->state = s;
  BF_TRY(bf_tpe_fit_init(&s->fit, &sampler->space, &sampler->history, o));
  BF_TRY(bf_tpe_choice_init(&s->choice, &s->fit));
done:
  return status;
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
  bf_status status = bf_tpe_fit_update(&s->fit);
  if (status != BF_OK)
    return status;
  if (o->tpe_model == BF_TPE_INDEPENDENT)
    bf_tpe_choose_apart(&s->choice, &random, indexes);
  else
    bf_tpe_choose_jointly(&s->choice, &random, indexes);
  return BF_OK;
}

static bf_status tell(bf_sampler *sampler, uint64_t number)
{
  tpe_state *s = sampler->state;
  return bf_tpe_fit_add(&s->fit, (uint32_t)number);
}

const bf_sampler_kind bf_sampler_tpe = {
    .create = create, .free_state = free_state, .ask = ask, .tell = tell};
