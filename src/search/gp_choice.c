/* What to try next, given models that are up to date.
 * Room: search. */
#include "search/gp_choice.h"

#include "base/memory.h"
#include "search/gp_math.h"
#include "search/gp_scale.h"

bf_status bf_gp_choice_init(bf_gp_choice *choice, const bf_space *space, const bf_history *history,
                            const bf_gp_loops *loops, size_t n_targets, size_t capacity)
{
  bf_status status = BF_OK;
  *choice = (bf_gp_choice){0};
  BF_TRY(bf_gp_pool_init(&choice->pool, space, history));
  BF_TRY(bf_gp_gain_init(&choice->gain, loops, n_targets));
  choice->means = bf_alloc(BF_GP_POOL * n_targets, sizeof *choice->means);
  BF_CHECK_MEMORY(choice->means);
  choice->sds = bf_alloc(BF_GP_POOL * n_targets, sizeof *choice->sds);
  BF_CHECK_MEMORY(choice->sds);
  choice->chances = bf_alloc(BF_GP_POOL, sizeof *choice->chances);
  BF_CHECK_MEMORY(choice->chances);
  choice->tile = bf_alloc((capacity + BF_GP_LANES) * BF_GP_TILE, sizeof *choice->tile);
  BF_CHECK_MEMORY(choice->tile);
  choice->k = bf_alloc(capacity + BF_GP_LANES, sizeof *choice->k);
  BF_CHECK_MEMORY(choice->k);
done:
  return status;
}

void bf_gp_choice_release(bf_gp_choice *choice)
{
  bf_gp_pool_release(&choice->pool);
  bf_gp_gain_release(&choice->gain);
  free(choice->means);
  free(choice->sds);
  free(choice->chances);
  free(choice->tile);
  free(choice->k);
  *choice = (bf_gp_choice){0};
}

/* The normal distribution function, as near as a logistic one comes (0.01). */
static float chance_below(double z)
{
  return (float)(1 / (1 + bf_gp_exp(-1.702 * (z > -300 ? z : -300))));
}

static void predict(bf_gp_choice *choice, size_t i)
{
  const uint32_t *indexes = bf_gp_pool_at(&choice->pool, i);
  for (size_t m = 0; m < choice->n_targets; m++) {
    bf_gp_model *model = choice->targets[m];
    choice->means[i * choice->n_targets + m] = bf_gp_model_mean(model, indexes, choice->k);
    choice->sds[i * choice->n_targets + m] = bf_gp_model_sd_bound(model, choice->k);
  }
  if (choice->violation == NULL)
    return;
  double mean = (double)bf_gp_model_mean(choice->violation, indexes, choice->k);
  double sd = (double)bf_gp_model_sd_bound(choice->violation, choice->k);
  choice->chances[i] = chance_below((BF_GP_FEASIBLE / 2 - mean) / (sd > 1e-6 ? sd : 1e-6));
}

/* A candidate that most likely breaks constraints gains nothing; one that would gain nothing anyhow
 * comes further behind. */
static void weigh(bf_gp_choice *choice, size_t i)
{
  bf_gp_score *score = &choice->scores[i];
  if (choice->violation == NULL)
    return;
  score->gain *= choice->chances[i];
  score->slack -= 1 - choice->chances[i];
}

static void score(bf_gp_choice *choice, size_t first, size_t n)
{
  size_t at = first * choice->n_targets;
  choice->gain.loops->gain(&choice->gain.front, n, choice->means + at, choice->sds + at,
                           choice->scores + first);
  for (size_t i = first; i < first + n; i++)
    weigh(choice, i);
}

static bool is_better(const bf_gp_score *a, const bf_gp_score *b)
{
  return a->gain > b->gain || (a->gain == b->gain && a->slack > b->slack);
}

/* Puts the best @p n of the pool in front of the order. */
static void sort(bf_gp_choice *choice, size_t n)
{
  size_t n_sorted = 0;
  for (size_t i = 0; i < choice->pool.n; i++) {
    size_t at = n_sorted < n ? n_sorted++ : n;
    if (at == n && !is_better(&choice->scores[i], &choice->scores[choice->order[n - 1]]))
      continue;
    at = at == n ? n - 1 : at;
    for (; at > 0 && is_better(&choice->scores[i], &choice->scores[choice->order[at - 1]]); at--)
      choice->order[at] = choice->order[at - 1];
    choice->order[at] = (uint32_t)i;
  }
}

static void judge(bf_gp_choice *choice, size_t first)
{
  for (size_t i = first; i < choice->pool.n; i++)
    predict(choice, i);
  score(choice, first, choice->pool.n - first);
}

/* Tries again as often as is needed, but for a space that is nearly used up. */
enum { MOST_TRIES = 4 };

static const uint32_t *pick(const bf_history *history, size_t n, const uint32_t *numbers,
                            bf_random *random)
{
  return bf_history_indexes(history, numbers[bf_random_below(random, n)]);
}

static void fill_from_trials(bf_gp_choice *choice, size_t n_parents, const uint32_t *parents,
                             bf_random *random)
{
  bf_gp_pool *pool = &choice->pool;
  for (int i = 0; pool->n < BF_GP_POOL / 2 && i < MOST_TRIES * BF_GP_POOL / 2; i++) {
    if (bf_random_below(random, 10) == 0) {
      bf_gp_pool_add_random(pool, random);
      continue;
    }
    const uint32_t *mother = pick(pool->history, n_parents, parents, random);
    bool is_crossed = bf_random_below(random, 2) == 0;
    bf_gp_pool_add_child(
        pool, mother, is_crossed ? pick(pool->history, n_parents, parents, random) : NULL, random);
  }
}

static const uint32_t *pick_elite(const bf_gp_choice *choice, size_t n, bf_random *random)
{
  return bf_gp_pool_at(&choice->pool, choice->order[bf_random_below(random, n)]);
}

static void fill_from_pool(bf_gp_choice *choice, bf_random *random)
{
  size_t n = choice->pool.n < BF_GP_ELITE ? choice->pool.n : BF_GP_ELITE;
  for (int i = 0; n > 0 && choice->pool.n < BF_GP_POOL && i < MOST_TRIES * BF_GP_POOL / 2; i++) {
    const uint32_t *mother = pick_elite(choice, n, random);
    bool is_crossed = bf_random_below(random, 10) < 3;
    bf_gp_pool_add_child(&choice->pool, mother, is_crossed ? pick_elite(choice, n, random) : NULL,
                         random);
  }
}

/* The exact standard deviations of finalists first .. first + n - 1 under a model. */
static void compute_sds(bf_gp_choice *choice, bf_gp_model *model, size_t first, size_t n,
                        float *sds)
{
  for (size_t j = 0; j < n; j++) {
    bf_gp_model_mean(model, bf_gp_pool_at(&choice->pool, choice->order[first + j]), choice->k);
    for (size_t i = 0; i < model->factor.n; i++)
      choice->tile[i * BF_GP_TILE + j] = choice->k[i];
  }
  bf_gp_model_sds(model, choice->tile, sds);
}

static void refine(bf_gp_choice *choice, size_t first, size_t n)
{
  _Alignas(64) float sds[BF_GP_TILE];
  for (size_t m = 0; m < choice->n_targets; m++) {
    compute_sds(choice, choice->targets[m], first, n, sds);
    for (size_t j = 0; j < n; j++)
      choice->sds[choice->order[first + j] * choice->n_targets + m] = sds[j];
  }
  for (size_t j = 0; j < n; j++)
    score(choice, choice->order[first + j], 1);
}

static size_t find_best(const bf_gp_choice *choice, size_t n)
{
  size_t best = choice->order[0];
  for (size_t j = 1; j < n; j++)
    if (is_better(&choice->scores[choice->order[j]], &choice->scores[best]))
      best = choice->order[j];
  return best;
}

static size_t smaller(size_t a, size_t b)
{
  return a < b ? a : b;
}

bool bf_gp_choose(bf_gp_choice *choice, size_t n_parents, const uint32_t *parents,
                  bf_random *random, uint32_t *indexes)
{
  bf_gp_pool *pool = &choice->pool;
  fill_from_trials(choice, n_parents, parents, random);
  judge(choice, 0);
  size_t n_first = pool->n;
  sort(choice, BF_GP_ELITE);
  fill_from_pool(choice, random);
  judge(choice, n_first);
  size_t n_finalists = smaller(pool->n, BF_GP_FINALISTS);
  if (n_finalists == 0)
    return false;
  sort(choice, n_finalists);
  for (size_t first = 0; first < n_finalists; first += BF_GP_TILE)
    refine(choice, first, smaller(BF_GP_TILE, n_finalists - first));
  memcpy(indexes, bf_gp_pool_at(pool, find_best(choice, n_finalists)),
         pool->space->n_parameters * sizeof *indexes);
  return true;
}
