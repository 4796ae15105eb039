/* NSGA-II and NSGA-III without generations: every trial is a child of the best so far.
 * Room: search. */
#include "base/memory.h"
#include "search/nsga_niches.h"
#include "search/nsga_population.h"
#include "search/nsga_variation.h"
#include "search/sampler_table.h"

/*
 * Steady state, one trial at a time (Deb et al. 2002 and Deb and Jain 2014 replace a generation at
 * once): a result joins the parents as soon as it is told, so no worker waits and no late result
 * is lost. Crossover prefers a second parent whose objectives are like the first's (Ishibuchi and
 * Shibata, GECCO 2003): two configurations far apart on the front seldom have good children.
 * docs/samplers.md has the measurements behind the constants.
 */
enum {
  N_STARTUP = 10,      /* complete trials before there are children */
  N_MATES = 4,         /* the second parent is the nearest of so many */
  PER_ROUND = 6,       /* parents are the best of population_size / PER_ROUND random members */
  MOST_TRIES = 64,     /* mutations of a child that was seen before */
  MOST_PARENTS = 10000 /* a result takes time in proportion */
};

typedef struct nsga_state {
  bf_nsga_population population;
  bf_nsga_niches *niches; /* NULL: nsgaii */
} nsga_state;

static void free_state(void *state)
{
  nsga_state *s = state;
  if (s == NULL)
    return;
  bf_nsga_population_release(&s->population);
  bf_nsga_niches_free(s->niches);
  free(s);
}

static bool is_probability(double p)
{
  return p >= 0 && p <= 1;
}

static bf_status check_options(const bf_sampler *sampler)
{
  bf_status status = BF_OK;
  const bf_sampler_options *o = &sampler->options;
  BF_CHECK(o->population_size >= 2 && o->population_size <= MOST_PARENTS, BF_ERR_USAGE,
           "sampler '%s' cannot keep %zu parents (population_size), it takes 2 to %d",
           sampler->name, o->population_size, MOST_PARENTS);
  BF_CHECK(is_probability(o->crossover_prob), BF_ERR_USAGE,
           "crossover_prob of sampler '%s' is %g, not a probability", sampler->name,
           o->crossover_prob);
  BF_CHECK(is_probability(o->swapping_prob), BF_ERR_USAGE,
           "swapping_prob of sampler '%s' is %g, not a probability", sampler->name,
           o->swapping_prob);
  BF_CHECK(o->mutation_prob < 0 || is_probability(o->mutation_prob), BF_ERR_USAGE,
           "mutation_prob of sampler '%s' is %g, not a probability", sampler->name,
           o->mutation_prob);
done:
  return status;
}

static bf_status create_with(bf_sampler *sampler, bf_nsga_measure measure)
{
  bf_status status = BF_OK;
  const bf_sampler_options *o = &sampler->options;
  nsga_state *s = NULL;
  BF_TRY(check_options(sampler));
  s = bf_alloc(1, sizeof *s);
  BF_CHECK_MEMORY(s);
  sampler->state = s;
  BF_TRY(bf_nsga_population_init(&s->population, o->n_objectives, o->population_size, measure));
done:
  return status;
}

static bf_status create_nsgaii(bf_sampler *sampler)
{
  return create_with(sampler, bf_nsga_crowding);
}

static bf_status create_nsgaiii(bf_sampler *sampler)
{
  bf_status status = BF_OK;
  const bf_sampler_options *o = &sampler->options;
  size_t divisions = o->dividing_parameter;
  BF_TRY(create_with(sampler, bf_nsga_niching));
  if (divisions == 0)
    divisions = bf_nsga_divisions(o->n_objectives, o->population_size);
  BF_CHECK(bf_nsga_n_directions(o->n_objectives, divisions) <= BF_NSGA_MOST_DIRECTIONS,
           BF_ERR_USAGE,
           "dividing_parameter %zu gives sampler '%s' more than %d reference directions for %zu "
           "objectives",
           divisions, sampler->name, BF_NSGA_MOST_DIRECTIONS, o->n_objectives);
  nsga_state *s = sampler->state;
  BF_TRY(bf_nsga_niches_create(o->n_objectives, divisions, o->population_size, &s->niches));
  s->population.niches = s->niches;
done:
  return status;
}

static size_t pick(const bf_sampler *sampler, bf_random *random)
{
  const nsga_state *s = sampler->state;
  size_t n_rounds = sampler->options.population_size / PER_ROUND;
  return bf_nsga_population_pick(&s->population, n_rounds > 2 ? n_rounds : 2, random);
}

/* A second parent, or the first again if no other was found. */
static size_t pick_mate(const bf_sampler *sampler, size_t first, bf_random *random)
{
  const nsga_state *s = sampler->state;
  size_t mate = first;
  double nearest = 0;
  for (int i = 0; i < N_MATES; i++) {
    size_t other = pick(sampler, random);
    double distance = bf_nsga_population_distance(&s->population, first, other);
    if (other != first && (mate == first || distance < nearest)) {
      mate = other;
      nearest = distance;
    }
  }
  return mate;
}

static void breed(const bf_sampler *sampler, bf_random *random, uint32_t *child)
{
  const nsga_state *s = sampler->state;
  const bf_sampler_options *o = &sampler->options;
  size_t first = pick(sampler, random);
  size_t second = first;
  if (bf_random_unit(random) < o->crossover_prob)
    second = pick_mate(sampler, first, random);
  const uint32_t *numbers = s->population.numbers;
  bf_cross(&sampler->space, bf_history_indexes(&sampler->history, numbers[first]),
           bf_history_indexes(&sampler->history, numbers[second]), o->swapping_prob, random, child);
  double n_mutable = (double)bf_n_mutable(&sampler->space, child);
  double probability = o->mutation_prob < 0 ? 1 / n_mutable : o->mutation_prob;
  bf_mutate_each(&sampler->space, probability, random, child);
}

static bf_status ask(bf_sampler *sampler, uint64_t number, uint32_t *indexes)
{
  bf_random random = bf_random_stream(sampler->options.seed, BF_PURPOSE_SAMPLER, number);
  if (sampler->history.n_complete < N_STARTUP) {
    bf_sampler_draw(&sampler->space, &random, indexes);
    return BF_OK;
  }
  breed(sampler, &random, indexes);
  for (int i = 0; i < MOST_TRIES && bf_history_has(&sampler->history, indexes); i++)
    bf_mutate_one(&sampler->space, &random, indexes);
  return BF_OK;
}

static bf_status tell(bf_sampler *sampler, uint64_t number)
{
  nsga_state *s = sampler->state;
  const bf_history *history = &sampler->history;
  if (history->states[number] != BF_TRIAL_COMPLETE)
    return BF_OK;
  return bf_nsga_population_add(&s->population, (uint32_t)number,
                                bf_history_objectives(history, number),
                                history->violations[number]);
}

const bf_sampler_kind bf_sampler_nsgaii = {
    .create = create_nsgaii, .free_state = free_state, .ask = ask, .tell = tell};
const bf_sampler_kind bf_sampler_nsgaiii = {
    .create = create_nsgaiii, .free_state = free_state, .ask = ask, .tell = tell};
