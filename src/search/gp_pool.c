/* The candidates of an ask.
 * Room: search. */
#include "search/gp_pool.h"

#include "base/memory.h"
#include "search/gp_math.h"

bf_status bf_gp_pool_init(bf_gp_pool *pool, const bf_space *space, const bf_history *history)
{
  bf_status status = BF_OK;
  *pool = (bf_gp_pool){.space = space, .history = history, .size = bf_space_size(space)};
  pool->indexes = bf_alloc((BF_GP_POOL + 1) * space->n_parameters, sizeof *pool->indexes);
  BF_CHECK_MEMORY(pool->indexes);
done:
  return status;
}

void bf_gp_pool_release(bf_gp_pool *pool)
{
  free(pool->indexes);
  *pool = (bf_gp_pool){0};
}

const uint32_t *bf_gp_pool_at(const bf_gp_pool *pool, size_t i)
{
  return pool->indexes + i * pool->space->n_parameters;
}

/* Where the next configuration is made. */
static uint32_t *nursery(const bf_gp_pool *pool)
{
  return pool->indexes + pool->n * pool->space->n_parameters;
}

static size_t hash(const uint32_t *indexes, size_t n)
{
  uint64_t h = 0x9e3779b97f4a7c15u;
  for (size_t d = 0; d < n; d++)
    h = (h ^ indexes[d] ^ (h >> 29)) * 0xbf58476d1ce4e5b9u;
  return (size_t)(h >> 40);
}

/* The slot that holds the configuration or is free for it. */
static uint16_t *find_slot(bf_gp_pool *pool, const uint32_t *indexes)
{
  size_t n = pool->space->n_parameters;
  size_t slot = hash(indexes, n) % BF_GP_POOL_SLOTS;
  while (pool->slots[slot] != 0 &&
         memcmp(bf_gp_pool_at(pool, pool->slots[slot] - 1U), indexes, n * sizeof *indexes) != 0)
    slot = (slot + 1) % BF_GP_POOL_SLOTS;
  return &pool->slots[slot];
}

/* Takes in what the nursery holds, if it is new. */
static void adopt(bf_gp_pool *pool)
{
  uint32_t *child = nursery(pool);
  bf_space_canonicalise(pool->space, child);
  uint16_t *slot = find_slot(pool, child);
  if (*slot == 0 && !bf_history_has(pool->history, child))
    *slot = (uint16_t)++pool->n;
}

bool bf_gp_pool_start(bf_gp_pool *pool)
{
  enum { MOST_SCANNED = 1 << 16 };
  pool->n = 0;
  memset(pool->slots, 0, sizeof pool->slots);
  if (pool->size > MOST_SCANNED || pool->size - pool->history->n > BF_GP_POOL)
    return false;
  for (uint64_t code = 0; code < pool->size; code++) {
    bf_space_decode(pool->space, code, nursery(pool));
    if (!bf_history_has(pool->history, nursery(pool)))
      pool->n++;
  }
  return true;
}

static uint32_t draw(const bf_gp_pool *pool, size_t d, bf_random *random)
{
  return (uint32_t)bf_random_below(random, pool->space->parameters[d].n_choices);
}

void bf_gp_pool_add_random(bf_gp_pool *pool, bf_random *random)
{
  for (size_t d = 0; d < pool->space->n_parameters; d++)
    nursery(pool)[d] = draw(pool, d, random);
  adopt(pool);
}

/* A step to a neighbour; with many choices, of any length up to an eighth of them, all orders of
 * magnitude alike. */
static uint32_t draw_step(uint32_t n_choices, bf_random *random)
{
  if (n_choices < 16)
    return 1;
  return (uint32_t)bf_gp_exp(bf_random_unit(random) * bf_gp_ln(n_choices / 8.0));
}

static uint32_t draw_neighbour(uint32_t x, uint32_t n_choices, bf_random *random)
{
  uint32_t step = draw_step(n_choices, random);
  bool is_up = bf_random_below(random, 2) == 0;
  bool fits = is_up ? n_choices - 1 - x >= step : x >= step;
  return is_up == fits ? x + step : x - step;
}

static uint32_t draw_other(uint32_t x, uint32_t n_choices, bf_random *random)
{
  uint32_t other = (uint32_t)bf_random_below(random, n_choices - 1);
  return other + (other >= x);
}

static void mutate(const bf_parameter *parameter, uint32_t *x, bf_random *random)
{
  if (parameter->n_choices < 2)
    return;
  bool is_near = parameter->kind == BF_PARAMETER_ORDERED && bf_random_below(random, 2) == 0;
  *x = is_near ? draw_neighbour(*x, parameter->n_choices, random)
               : draw_other(*x, parameter->n_choices, random);
}

/* Genes that can mutate. */
static size_t count_free(const bf_space *space, const uint32_t *indexes)
{
  size_t n = 0;
  for (size_t d = 0; d < space->n_parameters; d++)
    n += space->parameters[d].n_choices > 1 && bf_space_matters(space, indexes, d);
  return n;
}

static size_t find_free(const bf_space *space, const uint32_t *indexes, size_t nth)
{
  size_t d = 0;
  while (space->parameters[d].n_choices < 2 || !bf_space_matters(space, indexes, d) || nth-- > 0)
    d++;
  return d;
}

/* Gene d of the child, whose genes before it are made. Where it makes a difference for the first
 * time its parent's 0 means nothing, and it is drawn. */
static void make_gene(const bf_gp_pool *pool, const uint32_t *parent, size_t d, bool mutates,
                      bf_random *random)
{
  uint32_t *child = nursery(pool);
  child[d] = parent[d];
  if (!bf_space_matters(pool->space, child, d))
    return;
  if (!bf_space_matters(pool->space, parent, d))
    child[d] = draw(pool, d, random);
  else if (mutates)
    mutate(&pool->space->parameters[d], &child[d], random);
}

/* True once in n, near enough. */
static bool is_hit(uint32_t one_in_n, bf_random *random)
{
  return bf_random_u32(random) < one_in_n;
}

void bf_gp_pool_add_child(bf_gp_pool *pool, const uint32_t *mother, const uint32_t *father,
                          bf_random *random)
{
  const bf_space *space = pool->space;
  size_t n_free = count_free(space, mother);
  if (n_free == 0)
    return;
  uint32_t one_in_n = (uint32_t)(UINT32_MAX / n_free);
  uint64_t coins = 0;
  /* A child of two may differ from both as it is. */
  size_t first = father == NULL ? find_free(space, mother, (size_t)bf_random_below(random, n_free))
                                : space->n_parameters;
  for (size_t d = 0; d < space->n_parameters; d++) {
    if (father != NULL && d % 64 == 0)
      coins = bf_random_u64(random);
    bool is_fathers = (coins >> d % 64 & 1) != 0;
    bool mutates = is_hit(one_in_n, random) || d == first;
    make_gene(pool, is_fathers ? father : mother, d, mutates, random);
  }
  adopt(pool);
}
