/* Points of a random space and a Gaussian process written out, for tests of sampler gp.
 * Room: search. */
#ifndef BF_TESTS_SEARCH_GP_FIXTURE_H
#define BF_TESTS_SEARCH_GP_FIXTURE_H

#include <math.h>

#include "base/memory.h"
#include "base/random.h"
#include "search/gp_model.h"

/* Axes of all kinds: ordered, not ordered, one that may be absent and its parent, one choice only,
 * and two with too many choices for a table, one of which may be absent. */
enum { GP_PARAMETERS = 8, GP_AXES = 7 };

static const bool gp_matters[3] = {false, true, true};

static const bf_parameter gp_parameters[GP_PARAMETERS] = {
    {.name = "a", .n_choices = 5},
    {.name = "b", .n_choices = 4, .kind = BF_PARAMETER_CHOICE},
    {.name = "one", .n_choices = 1},
    {.name = "parent", .n_choices = 3, .kind = BF_PARAMETER_CHOICE},
    {.name = "child", .n_choices = 6, .parent = 3, .matters = gp_matters},
    {.name = "many", .n_choices = 1000},
    {.name = "names", .n_choices = 100000, .kind = BF_PARAMETER_CHOICE},
    {.name = "child many", .n_choices = 90, .parent = 3, .matters = gp_matters}};

static const bf_space gp_space = {.n_parameters = GP_PARAMETERS, .parameters = gp_parameters};

static inline void gp_draw(bf_random *random, uint32_t *indexes)
{
  for (size_t d = 0; d < GP_PARAMETERS; d++)
    indexes[d] = (uint32_t)bf_random_below(random, gp_parameters[d].n_choices);
  /* Equal names and near numbers are worth a test. */
  indexes[6] %= 3;
  indexes[5] %= 500;
  bf_space_canonicalise(&gp_space, indexes);
}

static const double gp_lengths[GP_AXES] = {0.5, 0.7, 1.3, 0.4, 0.2, 0.9, 0.6};

/** Lengths that differ; @p theta borrows from the caller. */
static inline bf_gp_theta gp_theta(double lengths[GP_AXES])
{
  memcpy(lengths, gp_lengths, sizeof gp_lengths);
  return (bf_gp_theta){.lengths = lengths, .noise = 0.01, .share = 0.4};
}

static inline double gp_matern(double distance, double length)
{
  double s = sqrt(3) * distance / length;
  return (1 + s) * exp(-s);
}

/* Along one parameter, from the definition. */
static inline double gp_alike(size_t d, double length, const uint32_t *a, const uint32_t *b)
{
  const bf_parameter *p = &gp_parameters[d];
  bool has_a = bf_space_matters(&gp_space, a, d);
  bool has_b = bf_space_matters(&gp_space, b, d);
  double x = (double)a[d] / (p->n_choices - 1);
  double y = (double)b[d] / (p->n_choices - 1);
  if (has_a == has_b && (!has_a || a[d] == b[d]))
    return 1;
  if (p->kind == BF_PARAMETER_CHOICE)
    return exp(-0.7 / length);
  if (has_a && has_b)
    return gp_matern(fabs(x - y), length);
  return gp_matern(hypot((has_a ? x : y) - 0.5, 0.5), length);
}

/** The covariance of two configurations, from the definition. */
static inline double gp_covariance(const bf_gp_theta *theta, const uint32_t *a, const uint32_t *b)
{
  double x[GP_AXES];
  size_t n = 0;
  double sum = 0;
  double pairs = 0;
  double product = 1;
  for (size_t d = 0; d < GP_PARAMETERS; d++)
    if (gp_parameters[d].n_choices > 1) {
      x[n] = gp_alike(d, theta->lengths[n], a, b);
      n++;
    }
  for (size_t i = 0; i < n; i++) {
    sum += x[i];
    product *= x[i];
    for (size_t j = 0; j < i; j++)
      pairs += x[i] * x[j];
  }
  return theta->share * sum / GP_AXES +
         (1 - theta->share) * (0.9 * pairs / (GP_AXES * (GP_AXES - 1) / 2.0) + 0.1 * product);
}

#endif
