/* Quasi-Monte Carlo: points that fill the space more evenly than random ones.
 * Room: search. */
#include "base/memory.h"
#include "search/halton.h"
#include "search/sampler_table.h"
#include "search/sobol.h"

/*
 * Trial k takes point k, whatever became of the trials before it; where choices are few, some
 * points fall on a configuration that was asked before, and the frame draws another.
 *
 * Dimensions beyond a sequence's own go on with groups of Sobol' dimensions, each with an order of
 * its own (bf_sobol_shuffle). Parameters with one choice take no dimension.
 */
typedef struct qmc {
  size_t n_dimensions;
  size_t n_halton;   /* the first so many */
  bf_halton *halton; /* (n_halton) */
  bf_sobol *sobol;   /* (n_dimensions - n_halton) */
} qmc;

static void free_state(void *state)
{
  qmc *self = state;
  if (self == NULL)
    return;
  for (size_t d = 0; self->halton != NULL && d < self->n_halton; d++)
    bf_halton_release(&self->halton[d]);
  free(self->halton);
  free(self->sobol);
  free(self);
}

static size_t count_dimensions(const bf_space *space)
{
  size_t n = 0;
  for (size_t d = 0; d < space->n_parameters; d++)
    n += space->parameters[d].n_choices > 1;
  return n;
}

static bf_random stream_of(const bf_sampler *sampler, uint64_t dimension)
{
  return bf_random_stream(sampler->options.seed, BF_PURPOSE_SCRAMBLE, dimension);
}

/* The sequence that dimension @p d beyond the first BF_SOBOL_DIMENSIONS shares its order with; 0:
 * the plain order. */
static size_t group_of(const qmc *self, size_t d)
{
  bool goes_on = self->n_halton > 0;
  return (d - self->n_halton) / BF_SOBOL_DIMENSIONS + goes_on;
}

static bf_status fill_dimensions(const bf_sampler *sampler, qmc *self)
{
  bool scrambles = sampler->options.scramble;
  for (size_t d = 0; d < self->n_dimensions; d++) {
    bf_random random = stream_of(sampler, d);
    if (d < self->n_halton) {
      bf_status status = bf_halton_init(d, scrambles ? &random : NULL, &self->halton[d]);
      if (status != BF_OK)
        return status;
      continue;
    }
    bf_sobol *sobol = &self->sobol[d - self->n_halton];
    *sobol = bf_sobol_of((d - self->n_halton) % BF_SOBOL_DIMENSIONS);
    if (scrambles)
      bf_sobol_scramble(&random, sobol);
  }
  return BF_OK;
}

static bf_status create(bf_sampler *sampler)
{
  bf_status status = BF_OK;
  const char *type = sampler->options.qmc_type;
  bool is_halton = type != NULL && strcmp(type, "halton") == 0;
  BF_CHECK(type == NULL || is_halton || strcmp(type, "sobol") == 0, BF_ERR_USAGE,
           "option 'qmc_type' of sampler 'qmc' is '%s', expected sobol or halton", type);
  qmc *self = sampler->state = bf_alloc(1, sizeof *self);
  BF_CHECK_MEMORY(self);
  size_t n = self->n_dimensions = count_dimensions(&sampler->space);
  if (is_halton)
    self->n_halton = n < BF_HALTON_DIMENSIONS ? n : BF_HALTON_DIMENSIONS;
  self->halton = bf_alloc(self->n_halton, sizeof *self->halton);
  BF_CHECK_MEMORY(self->halton);
  self->sobol = bf_alloc(n - self->n_halton, sizeof *self->sobol);
  BF_CHECK_MEMORY(self->sobol);
  BF_TRY(fill_dimensions(sampler, self));
done:
  return status;
}

/* Index floor(u C) for coordinate u of dimension @p d; @p number is in the order of its group. */
static uint32_t index_at(const qmc *self, size_t d, uint32_t number, uint32_t n_choices)
{
  if (d < self->n_halton)
    return (uint32_t)(bf_halton_at(&self->halton[d], number) * n_choices);
  uint64_t coordinate = bf_sobol_at(&self->sobol[d - self->n_halton], number);
  return (uint32_t)(coordinate * n_choices >> BF_SOBOL_BITS);
}

static bf_status ask(bf_sampler *sampler, uint64_t number, uint32_t *indexes)
{
  const qmc *self = sampler->state;
  uint32_t here = (uint32_t)number;
  size_t group = 0;
  for (size_t p = 0, d = 0; p < sampler->space.n_parameters; p++) {
    uint32_t n_choices = sampler->space.parameters[p].n_choices;
    indexes[p] = 0;
    if (n_choices == 1)
      continue;
    if (d >= self->n_halton && group_of(self, d) != group) {
      group = group_of(self, d);
      bf_random random = stream_of(sampler, UINT64_MAX - group);
      here = bf_sobol_shuffle((uint32_t)number, bf_random_u64(&random));
    }
    indexes[p] = index_at(self, d++, here, n_choices);
  }
  return BF_OK;
}

const bf_sampler_kind bf_sampler_qmc = {.create = create, .free_state = free_state, .ask = ask};
