/* What to try next, given models that are up to date.
 * Room: search. */
#include "search/gp_choice.h"

#include "base/memory.h"
#include "search/gp_math.h"
#include "search/gp_scale.h"

enum {
  HALF = BF_GP_POOL / 2, /* of the pool descends from trials, the rest from the best of those */
  N_ELITE = 8,           /* so many best */
  MOST_TRIES = 4,        /* for a candidate; many are seen when a space is nearly used up */
  MOST_REFINED = 5       /* tiles of candidates; with more the gain is noise */
};

bf_status bf_gp_choice_init(bf_gp_choice *choice, const bf_space *space, const bf_history *history,
                            const bf_gp_loops *loops, size_t n_targets)
{
  bf_status status = BF_OK;
  *choice = (bf_gp_choice){0};
  BF_TRY(bf_gp_pool_init(&choice->pool, space, history));
  BF_TRY(bf_gp_gain_init(&choice->gain, loops, n_targets));
  choice->means = bf_alloc(BF_GP_POOL * n_targets, sizeof *choice->means);
  BF_CHECK_MEMORY(choice->means);
  choice->sds = bf_alloc(BF_GP_POOL * n_targets, sizeof *choice->sds);
  BF_CHECK_MEMORY(choice->sds);
done:
  return status;
}

void bf_gp_choice_release(bf_gp_choice *choice)
{
  bf_gp_pool_release(&choice->pool);
  bf_gp_gain_release(&choice->gain);
  free(choice->means);
  free(choice->sds);
}

/* The normal distribution function, to 0.01, by a logistic one. */
static float chance_below(double z)
{
  return (float)(1 / (1 + bf_gp_exp(-1.702 * (z > -300 ? z : -300))));
}

static float chance_of(float mean, float sd)
{
  double spread = (double)sd > 1e-6 ? (double)sd : 1e-6;
  return chance_below((BF_GP_FEASIBLE / 2 - (double)mean) / spread);
}

typedef struct tile {
  size_t n; /* at most BF_GP_TILE */
  uint32_t places[BF_GP_TILE];
  const uint32_t *indexes[BF_GP_TILE];
} tile;

static void add_to_tile(tile *t, const bf_gp_choice *choice, size_t i)
{
  t->places[t->n] = (uint32_t)i;
  t->indexes[t->n++] = bf_gp_pool_at(&choice->pool, i);
}

/* A candidate that most likely breaks constraints gains nothing; where nothing would be gained
 * anyhow, it comes further behind. */
static void score_tile(bf_gp_choice *choice, const tile *t)
{
  size_t n_targets = choice->n_targets;
  for (size_t j = 0; j < t->n; j++) {
    size_t i = t->places[j];
    bf_gp_score *score = &choice->scores[i];
    *score = choice->gain.loops->gain(&choice->gain.front, choice->means + i * n_targets,
                                      choice->sds + i * n_targets);
    if (choice->violation == NULL)
      continue;
    score->gain *= choice->chances[i];
    score->slack -= 1 - choice->chances[i];
  }
}

/* Means and upper bounds, and the score that they allow at best. */
static void predict_tile(bf_gp_choice *choice, const tile *t)
{
  float means[BF_GP_TILE];
  float sds[BF_GP_TILE];
  size_t n_targets = choice->n_targets;
  for (size_t m = 0; m < n_targets; m++) {
    bf_gp_model_predict(choice->targets[m], t->n, t->indexes, means, sds);
    for (size_t j = 0; j < t->n; j++) {
      choice->means[t->places[j] * n_targets + m] = means[j];
      choice->sds[t->places[j] * n_targets + m] = sds[j];
    }
  }
  if (choice->violation != NULL)
    bf_gp_model_predict(choice->violation, t->n, t->indexes, means, sds);
  for (size_t j = 0; choice->violation != NULL && j < t->n; j++) {
    choice->misses[t->places[j]] = means[j];
    choice->chances[t->places[j]] = chance_of(means[j], sds[j]);
  }
  score_tile(choice, t);
}

static void refine_tile(bf_gp_choice *choice, const tile *t)
{
  float sds[BF_GP_TILE];
  for (size_t m = 0; m < choice->n_targets; m++) {
    bf_gp_model_sds(choice->targets[m], t->n, t->indexes, sds);
    for (size_t j = 0; j < t->n; j++)
      choice->sds[t->places[j] * choice->n_targets + m] = sds[j];
  }
  for (size_t j = 0; j < t->n; j++)
    choice->is_refined[t->places[j]] = true;
  if (choice->violation != NULL)
    bf_gp_model_sds(choice->violation, t->n, t->indexes, sds);
  for (size_t j = 0; choice->violation != NULL && j < t->n; j++)
    choice->chances[t->places[j]] = chance_of(choice->misses[t->places[j]], sds[j]);
  score_tile(choice, t);
}

static void predict_from(bf_gp_choice *choice, size_t first)
{
  for (size_t i = first; i < choice->pool.n;) {
    tile t = {0};
    while (t.n < BF_GP_TILE && i < choice->pool.n)
      add_to_tile(&t, choice, i++);
    predict_tile(choice, &t);
  }
}

static bool is_better(const bf_gp_score *a, const bf_gp_score *b)
{
  return a->gain > b->gain || (a->gain == b->gain && a->slack > b->slack);
}

/* Puts the places of the best n candidates that are not refined in front of the order, by
 * insertion. @return How many there are, at most n. */
static size_t find_first(bf_gp_choice *choice, size_t n)
{
  const bf_gp_score *scores = choice->scores;
  size_t n_sorted = 0;
  for (uint32_t i = 0; i < choice->pool.n; i++) {
    if (choice->is_refined[i] ||
        (n_sorted == n && !is_better(&scores[i], &scores[choice->order[n - 1]])))
      continue;
    size_t at = n_sorted < n ? n_sorted++ : n - 1;
    for (; at > 0 && is_better(&scores[i], &scores[choice->order[at - 1]]); at--)
      choice->order[at] = choice->order[at - 1];
    choice->order[at] = i;
  }
  return n_sorted;
}

/* The front, or the eight least dominated if it is smaller. @return How many of the order. */
static size_t count_parents(const bf_gp_standing *standing, const uint32_t *order)
{
  enum { LEAST = 8 };
  size_t n = 0;
  while (n < standing->n && (n < LEAST || standing->n_better[order[n]] == 0))
    n++;
  return n;
}

static const uint32_t *pick_trial(const bf_gp_choice *choice, size_t n, const uint32_t *order,
                                  bf_random *random)
{
  const bf_history *history = choice->pool.history;
  return bf_history_indexes(history, history->complete[order[bf_gp_pick(random, (uint32_t)n)]]);
}

static const uint32_t *pick_elite(const bf_gp_choice *choice, size_t n, bf_random *random)
{
  return bf_gp_pool_at(&choice->pool, choice->order[bf_gp_pick(random, (uint32_t)n)]);
}

/* Every tenth is random; half of the others have two parents. */
static void fill_from_trials(bf_gp_choice *choice, bf_gp_standing *standing, bf_random *random)
{
  const uint32_t *order = bf_gp_standing_sort(standing);
  size_t n = count_parents(standing, order);
  for (int i = 0; choice->pool.n < HALF && i < MOST_TRIES * HALF; i++) {
    uint32_t kind = bf_gp_pick(random, 20);
    const uint32_t *mother = pick_trial(choice, n, order, random);
    if (kind < 2)
      bf_gp_pool_add_random(&choice->pool, random);
    else if (kind < 11)
      bf_gp_pool_add_child(&choice->pool, mother, NULL, random);
    else
      bf_gp_pool_add_child(&choice->pool, mother, pick_trial(choice, n, order, random), random);
  }
}

/* Three of ten have two parents. */
static void fill_from_elite(bf_gp_choice *choice, bf_random *random)
{
  size_t n = find_first(choice, N_ELITE);
  for (int i = 0; n > 0 && choice->pool.n < BF_GP_POOL && i < MOST_TRIES * HALF; i++) {
    const uint32_t *mother = pick_elite(choice, n, random);
    bool is_crossed = bf_gp_pick(random, 10) < 3;
    bf_gp_pool_add_child(&choice->pool, mother, is_crossed ? pick_elite(choice, n, random) : NULL,
                         random);
  }
}

/* Scores by upper bounds are upper bounds of scores: a tile at a time is refined until none that is
 * left can be better, or enough are. The pool is not empty. */
static size_t find_best(bf_gp_choice *choice)
{
  const bf_gp_score *scores = choice->scores;
  size_t best = BF_GP_POOL;
  for (int i = 0; i < MOST_REFINED; i++) {
    tile t = {0};
    size_t n = find_first(choice, BF_GP_TILE);
    if (n == 0 || (best < BF_GP_POOL && !is_better(&scores[choice->order[0]], &scores[best])))
      break;
    for (size_t j = 0; j < n; j++)
      add_to_tile(&t, choice, choice->order[j]);
    refine_tile(choice, &t);
    for (size_t j = 0; j < n; j++)
      if (best == BF_GP_POOL || is_better(&scores[choice->order[j]], &scores[best]))
        best = choice->order[j];
  }
  return best;
}

bool bf_gp_choose(bf_gp_choice *choice, bf_gp_standing *standing, bf_random *random,
                  uint32_t *indexes)
{
  bf_gp_pool *pool = &choice->pool;
  memset(choice->is_refined, 0, sizeof choice->is_refined);
  if (bf_gp_pool_start(pool)) {
    predict_from(choice, 0);
  } else {
    fill_from_trials(choice, standing, random);
    predict_from(choice, 0);
    size_t n_first = pool->n;
    fill_from_elite(choice, random);
    predict_from(choice, n_first);
  }
  if (pool->n == 0)
    return false;
  memcpy(indexes, bf_gp_pool_at(pool, find_best(choice)),
         pool->space->n_parameters * sizeof *indexes);
  return true;
}
