/* The density of configurations around known ones.
 * Room: search. */
#include "search/tpe_density.h"

#include <float.h>
#include <math.h>

#include "base/memory.h"

enum {
  LANES = BF_TPE_LANES,
  MOST_ROWS = 256 /* choices of a parameter whose rates are tabulated */
};

/* Probabilities times these are as large as the number of choices. Their products must be finite:
 * e^640 is. */
static void fill_scales(bf_tpe_density *density)
{
  const double most = 640;
  const bf_space *space = density->space;
  double sum = 0;
  for (size_t d = 0; d < space->n_parameters; d++)
    sum += log(space->parameters[d].n_choices);
  for (size_t d = 0; d < space->n_parameters; d++) {
    double n_choices = space->parameters[d].n_choices;
    density->scales[d] = sum <= most ? n_choices : pow(n_choices, most / sum);
  }
}

/* @return Rates of all parameters. */
static size_t fill_offsets(bf_tpe_density *density)
{
  size_t offset = 0;
  for (size_t d = 0; d < density->space->n_parameters; d++) {
    size_t n_choices = density->space->parameters[d].n_choices;
    density->offsets[d] = offset;
    offset += n_choices <= MOST_ROWS ? (n_choices + 1) * LANES : LANES;
  }
  return offset;
}

bf_status bf_tpe_density_init(bf_tpe_density *density, const bf_space *space, size_t capacity)
{
  bf_status status = BF_OK;
  size_t n_parameters = space->n_parameters;
  *density = (bf_tpe_density){.space = space, .capacity = capacity};
  density->kernels = bf_alloc(n_parameters, sizeof *density->kernels);
  BF_CHECK_MEMORY(density->kernels);
  density->scales = bf_alloc(n_parameters, sizeof *density->scales);
  BF_CHECK_MEMORY(density->scales);
  density->centers = bf_alloc(capacity * n_parameters, sizeof *density->centers);
  BF_CHECK_MEMORY(density->centers);
  density->weights = bf_alloc(capacity, sizeof *density->weights);
  BF_CHECK_MEMORY(density->weights);
  density->offsets = bf_alloc(n_parameters, sizeof *density->offsets);
  BF_CHECK_MEMORY(density->offsets);
  density->rates = bf_alloc(fill_offsets(density), sizeof *density->rates);
  BF_CHECK_MEMORY(density->rates);
  fill_scales(density);
  bf_tpe_density_reset(density);
done:
  return status;
}

void bf_tpe_density_release(bf_tpe_density *density)
{
  free(density->kernels);
  free(density->scales);
  free(density->centers);
  free(density->weights);
  free(density->offsets);
  free(density->rates);
  *density = (bf_tpe_density){0};
}

void bf_tpe_density_reset(bf_tpe_density *density)
{
  for (size_t d = 0; d < density->space->n_parameters; d++)
    density->centers[d] = BF_TPE_NO_CHOICE;
  density->weights[0] = 1;
  density->total = 1;
  density->n = 1;
}

void bf_tpe_density_add(bf_tpe_density *density, const uint32_t *indexes, double weight)
{
  const bf_space *space = density->space;
  BF_ASSERT(density->n < density->capacity);
  uint32_t *centers = density->centers + density->n * space->n_parameters;
  for (size_t d = 0; d < space->n_parameters; d++)
    centers[d] = bf_space_matters(space, indexes, d) ? indexes[d] : BF_TPE_NO_CHOICE;
  density->weights[density->n++] = weight;
  density->total += weight;
}

static uint32_t center_of(const bf_tpe_density *density, size_t k, size_t d)
{
  return density->centers[k * density->space->n_parameters + d];
}

uint32_t bf_tpe_density_draw(const bf_tpe_density *density, size_t k, size_t d, bf_random *random)
{
  return bf_tpe_kernel_draw(&density->kernels[d], center_of(density, k, d), random);
}

/* The factors of one parameter in a kernel around @p center. */
static void rate_center(const bf_tpe_density *density, size_t d, uint32_t center,
                        const uint32_t *choices, double *rates)
{
  uint32_t known[LANES];
  for (size_t i = 0; i < LANES; i++)
    known[i] = choices[i] == BF_TPE_NO_CHOICE ? 0 : choices[i];
  bf_tpe_kernel_rate(&density->kernels[d], center, LANES, known, rates);
  for (size_t i = 0; i < LANES; i++)
    rates[i] = choices[i] == BF_TPE_NO_CHOICE ? 1 : rates[i] * density->scales[d];
}

/* Whether all rates of a parameter are computed before; else they are for every kernel. */
static bool is_tabulated(const bf_tpe_density *density, size_t d)
{
  uint32_t n_choices = density->space->parameters[d].n_choices;
  return n_choices <= MOST_ROWS && n_choices < density->n;
}

/* Row 0 is that of no choice, which is -1 in 32 bits. */
static size_t row_of(uint32_t center)
{
  return (uint32_t)(center + 1);
}

static void tabulate(bf_tpe_density *density, size_t first, size_t end, const uint32_t *choices)
{
  for (size_t d = first; d < end; d++) {
    double *rates = density->rates + density->offsets[d];
    if (!is_tabulated(density, d))
      continue;
    for (uint32_t row = 0; row <= density->space->parameters[d].n_choices; row++)
      rate_center(density, d, row - 1, choices + d * LANES, rates + row * LANES);
  }
}

static const double *rates_of(bf_tpe_density *density, size_t k, size_t d, const uint32_t *choices)
{
  double *rates = density->rates + density->offsets[d];
  uint32_t center = center_of(density, k, d);
  if (is_tabulated(density, d))
    return rates + row_of(center) * LANES;
  rate_center(density, d, center, choices + d * LANES, rates);
  return rates;
}

void bf_tpe_density_rate(bf_tpe_density *density, size_t first, size_t end, const uint32_t *choices,
                         double *values)
{
  double sums[LANES] = {0};
  tabulate(density, first, end, choices);
  for (size_t k = 0; k < density->n; k++) {
    double products[LANES];
    for (size_t i = 0; i < LANES; i++)
      products[i] = density->weights[k];
    for (size_t d = first; d < end; d++) {
      const double *rates = rates_of(density, k, d, choices);
      for (size_t i = 0; i < LANES; i++)
        products[i] *= rates[i];
    }
    for (size_t i = 0; i < LANES; i++)
      sums[i] += products[i];
  }
  /* In a space with hundreds of parameters even the prior may vanish. */
  for (size_t i = 0; i < LANES; i++)
    values[i] = fmax(sums[i] / density->total, DBL_MIN);
}
