/* Fitting a Gaussian process.
 * Room: search. */
#include "search/gp_fit.h"

#include "search/gp_math.h"

/*
 * A coordinate search from where the last fit ended needs no gradients, and each step is a factor
 * of at most 128 points. A search that goes on from the last one may take one pass: fits come
 * often.
 */
enum { FEW_POINTS = 30, PASSES_OF_FEW = 3, PASSES = 1 };

typedef struct range {
  double start;
  double step; /* a factor, or a summand of the share */
  double least;
  double most;
  double spread; /* of the prior of its logarithm; 0: none */
} range;

static const range length_range = {.5, .6, .02, 30, 1.5};
static const range noise_range = {1e-3, .3, 1e-4, .5, 3};
static const range share_range = {.3, .15, 0, .96, 0};

void bf_gp_theta_start(bf_gp_theta *theta, size_t n_axes)
{
  for (size_t d = 0; d < n_axes; d++)
    theta->lengths[d] = length_range.start;
  theta->noise = noise_range.start;
  theta->share = share_range.start;
}

static double clamp(const range *r, double x)
{
  return x < r->least ? r->least : x > r->most ? r->most : x;
}

static double ln_prior(const range *r, double x)
{
  double u = bf_gp_ln(x / r->start) / r->spread;
  return -0.5 * u * u;
}

static double ln_posterior(bf_gp_model *model, const double *z)
{
  const bf_gp_theta *theta = &model->kernel.theta;
  bf_gp_model_factor(model);
  bf_gp_model_learn(model, z);
  double sum = bf_gp_model_ln_likelihood(model) + ln_prior(&noise_range, theta->noise);
  for (size_t d = 0; d < model->kernel.axes->n; d++)
    sum += ln_prior(&length_range, theta->lengths[d]);
  return sum;
}

/* Coordinates are the lengths, then the noise and the share. */
static void set(bf_gp_model *model, size_t coordinate, double x)
{
  size_t n = model->kernel.axes->n;
  if (coordinate < n)
    bf_gp_kernel_set_length(&model->kernel, coordinate, x);
  else if (coordinate == n)
    model->kernel.theta.noise = x;
  else
    model->kernel.theta.share = x;
}

static double get(const bf_gp_model *model, size_t coordinate)
{
  const bf_gp_theta *theta = &model->kernel.theta;
  size_t n = model->kernel.axes->n;
  return coordinate < n    ? theta->lengths[coordinate]
         : coordinate == n ? theta->noise
                           : theta->share;
}

/* Moves a coordinate to x if that is better than @p best. @return The better. */
static double try_move(bf_gp_model *model, const double *z, size_t coordinate, double x,
                       double best)
{
  double old = get(model, coordinate);
  if (x == old)
    return best;
  set(model, coordinate, x);
  double found = ln_posterior(model, z);
  if (found > best)
    return found;
  set(model, coordinate, old);
  return best;
}

static double search_coordinate(bf_gp_model *model, const double *z, size_t coordinate, double best)
{
  size_t n = model->kernel.axes->n;
  double x = get(model, coordinate);
  bool is_share = coordinate > n;
  const range *r = coordinate < n ? &length_range : is_share ? &share_range : &noise_range;
  double better =
      try_move(model, z, coordinate, clamp(r, is_share ? x - r->step : x * r->step), best);
  if (better > best)
    return better;
  return try_move(model, z, coordinate, clamp(r, is_share ? x + r->step : x / r->step), best);
}

void bf_gp_fit(bf_gp_model *workshop, const bf_history *history, size_t n, const uint32_t *numbers,
               const double *z, bf_gp_theta *theta)
{
  size_t n_axes = workshop->kernel.axes->n;
  bf_gp_model_cut(workshop, 0);
  bf_gp_model_set_theta(workshop, theta);
  for (size_t i = 0; i < n; i++)
    bf_gp_kernel_add(&workshop->kernel, bf_history_indexes(history, numbers[i]));
  double best = ln_posterior(workshop, z);
  for (int pass = 0; pass < (n < FEW_POINTS ? PASSES_OF_FEW : PASSES); pass++)
    for (size_t i = 0; i < n_axes + 2; i++)
      best = search_coordinate(workshop, z, i, best);
  for (size_t d = 0; d < n_axes; d++)
    theta->lengths[d] = workshop->kernel.theta.lengths[d];
  theta->noise = workshop->kernel.theta.noise;
  theta->share = workshop->kernel.theta.share;
}
