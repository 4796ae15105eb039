/* Optimisers: PyTorch's sgd, adam and adamw with their defaults, in float32.
 * Room: nn. Source: Kingma and Ba 2015; Loshchilov and Hutter 2019. */
#include "nn/optimiser.h"

#include <math.h>
#include <string.h>

#include "base/suggest.h"

static const double beta1 = 0.9;
static const double beta2 = 0.999;
static const float eps = 1e-8F;

static void sgd(const bf_update *update, size_t n, float *values, const float *gradient,
                float *first, float *second)
{
  (void)first;
  (void)second;
  float rate = (float)update->rate, decay = (float)update->decay;
  for (size_t i = 0; i < n; i++)
    values[i] -= rate * (gradient[i] + decay * values[i]);
}

/* Adam's step; `decay` times the values is added to the gradient. */
static void move(const bf_update *update, float decay, size_t n, float *values,
                 const float *gradient, float *first, float *second)
{
  double t = (double)update->n_done + 1.0;
  float size = (float)(update->rate / (1.0 - pow(beta1, t)));
  float correction = (float)sqrt(1.0 - pow(beta2, t));
  const float keep1 = (float)beta1, add1 = (float)(1.0 - beta1);
  const float keep2 = (float)beta2, add2 = (float)(1.0 - beta2);
  for (size_t i = 0; i < n; i++) {
    float slope = gradient[i] + decay * values[i];
    first[i] = keep1 * first[i] + add1 * slope;
    second[i] = keep2 * second[i] + add2 * slope * slope;
    values[i] -= size * (first[i] / (sqrtf(second[i]) / correction + eps));
  }
}

static void adam(const bf_update *update, size_t n, float *values, const float *gradient,
                 float *first, float *second)
{
  move(update, (float)update->decay, n, values, gradient, first, second);
}

/* The decay shrinks the values and stays out of the moments. */
static void adamw(const bf_update *update, size_t n, float *values, const float *gradient,
                  float *first, float *second)
{
  float kept = (float)(1.0 - update->rate * update->decay);
  for (size_t i = 0; i < n; i++)
    values[i] *= kept;
  move(update, 0.0F, n, values, gradient, first, second);
}

static const bf_optimiser optimisers[] = {
    {"adam", adam},
    {"adamw", adamw},
    {"sgd", sgd},
};
enum { N_OPTIMISERS = sizeof optimisers / sizeof optimisers[0] };

bf_status bf_optimiser_find(const char *name, const bf_optimiser **out)
{
  const char *names[N_OPTIMISERS];
  for (size_t i = 0; i < N_OPTIMISERS; i++) {
    names[i] = optimisers[i].name;
    if (strcmp(names[i], name) == 0) {
      *out = &optimisers[i];
      return BF_OK;
    }
  }
  const char *near = bf_suggest(name, names, N_OPTIMISERS);
  if (near != NULL)
    return bf_fail(BF_ERR_USAGE, "unknown optimizer '%s', did you mean '%s'?", name, near);
  return bf_fail(BF_ERR_USAGE, "unknown optimizer '%s', expected adam, adamw or sgd", name);
}
