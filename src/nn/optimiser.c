/* Optimisers: PyTorch's sgd, adam and adamw with their defaults, in float32.
 * Room: nn. Source: Kingma and Ba 2015; Loshchilov and Hutter 2019; for momentum and Nesterov's
 * gradient Sutskever et al. 2013. */
#include "nn/optimiser.h"

#include <math.h>
#include <string.h>

#include "base/suggest.h"

static const double beta1 = 0.9;
static const double beta2 = 0.999;

/* torch.optim.SGD without dampening: its first step has a momentum of zeros, too. Nesterov's step
 * goes where the momentum would go next. */
static void sgd_momentum(const bf_update *update, size_t n, const bf_moving *moving)
{
  float rate = (float)update->rate, decay = (float)update->decay;
  float momentum = (float)update->momentum;
  float now = update->nesterov ? 1.0F : 0.0F, ahead = update->nesterov ? momentum : 1.0F;
  for (size_t i = 0; i < n; i++) {
    float slope = moving->gradient[i] + decay * moving->values[i];
    moving->first[i] = momentum * moving->first[i] + slope;
    moving->values[i] -= rate * (now * slope + ahead * moving->first[i]);
  }
}

static void sgd(const bf_kernels *kernels, const bf_update *update, size_t n,
                const bf_moving *moving)
{
  (void)kernels;
  float rate = (float)update->rate, decay = (float)update->decay;
  if (update->momentum > 0.0) {
    sgd_momentum(update, n, moving);
    return;
  }
  for (size_t i = 0; i < n; i++)
    moving->values[i] -= rate * (moving->gradient[i] + decay * moving->values[i]);
}

/* Adam's step; `decay` times the values is added to the gradient. */
static void move(const bf_kernels *kernels, const bf_update *update, double decay, size_t n,
                 const bf_moving *moving)
{
  double t = (double)update->n_done + 1.0;
  const bf_adam adam = {
      .size = (float)(update->rate / (1.0 - pow(beta1, t))),
      .correction = (float)(1.0 / sqrt(1.0 - pow(beta2, t))),
      .decay = (float)decay,
      .keep1 = (float)beta1,
      .add1 = (float)(1.0 - beta1),
      .keep2 = (float)beta2,
      .add2 = (float)(1.0 - beta2),
      .eps = 1e-8F,
  };
  kernels->tile->adam(&adam, n, moving->values, moving->gradient, moving->first, moving->second);
}

static void adam(const bf_kernels *kernels, const bf_update *update, size_t n,
                 const bf_moving *moving)
{
  move(kernels, update, update->decay, n, moving);
}

/* The decay shrinks the values and stays out of the moments. */
static void adamw(const bf_kernels *kernels, const bf_update *update, size_t n,
                  const bf_moving *moving)
{
  float kept = (float)(1.0 - update->rate * update->decay);
  for (size_t i = 0; i < n; i++)
    moving->values[i] *= kept;
  move(kernels, update, 0.0, n, moving);
}

static const bf_optimiser optimisers[] = {
    {"adam", false, adam},
    {"adamw", false, adamw},
    {"sgd", true, sgd},
};
enum { N_OPTIMISERS = sizeof optimisers / sizeof optimisers[0] };

bf_status bf_optimiser_find(const char *name, const bf_optimiser **out)
{
  const char *names[N_OPTIMISERS];
  for (size_t i = 0; i < N_OPTIMISERS; i++) {
    names[i] = optimisers[i].name;
    if (bf_same_name(names[i], name)) {
      *out = &optimisers[i];
      return BF_OK;
    }
  }
  const char *near = bf_suggest(name, names, N_OPTIMISERS);
  if (near != NULL)
    return bf_fail(BF_ERR_USAGE, "unknown optimizer '%s', did you mean '%s'?", name, near);
  return bf_fail(BF_ERR_USAGE, "unknown optimizer '%s', expected adam, adamw or sgd", name);
}
