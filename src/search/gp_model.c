/* A Gaussian process over configurations.
 * Room: search. */
#include "search/gp_model.h"

#include "base/memory.h"
#include "search/gp_math.h"

/* Values that are all equal have no variance; with this one the model still tells what is unknown
 * from what is known. */
static const double least_variance = 1e-8;

/* Points that an upper bound looks at: the best ones are first, and candidates are near them. */
enum { N_FIRST = 64 };

bf_status bf_gp_model_init(bf_gp_model *model, const bf_gp_axes *axes, const bf_gp_loops *loops,
                           size_t capacity)
{
  bf_status status = BF_OK;
  *model = (bf_gp_model){.factor = {.capacity = capacity}};
  BF_TRY(bf_gp_kernel_init(&model->kernel, axes, loops, capacity));
  model->factor.u = bf_alloc(capacity * capacity, sizeof *model->factor.u);
  BF_CHECK_MEMORY(model->factor.u);
  model->factor.inverse = bf_alloc(capacity, sizeof *model->factor.inverse);
  BF_CHECK_MEMORY(model->factor.inverse);
  model->alpha = bf_alloc(capacity, sizeof *model->alpha);
  BF_CHECK_MEMORY(model->alpha);
  model->ones = bf_alloc(capacity, sizeof *model->ones);
  BF_CHECK_MEMORY(model->ones);
  model->whitened = bf_alloc(capacity, sizeof *model->whitened);
  BF_CHECK_MEMORY(model->whitened);
  model->right = bf_alloc(capacity, sizeof *model->right);
  BF_CHECK_MEMORY(model->right);
  model->k = bf_alloc(capacity, sizeof *model->k);
  BF_CHECK_MEMORY(model->k);
  model->tile = bf_alloc(capacity * BF_GP_TILE, sizeof *model->tile);
  BF_CHECK_MEMORY(model->tile);
done:
  return status;
}

void bf_gp_model_release(bf_gp_model *model)
{
  bf_gp_kernel_release(&model->kernel);
  free(model->factor.u);
  free(model->factor.inverse);
  free(model->alpha);
  free(model->ones);
  free(model->whitened);
  free(model->right);
  free(model->k);
  free(model->tile);
  *model = (bf_gp_model){0};
}

void bf_gp_model_set_theta(bf_gp_model *model, const bf_gp_theta *theta)
{
  bf_gp_kernel *kernel = &model->kernel;
  kernel->theta.noise = theta->noise;
  kernel->theta.share = theta->share;
  for (size_t d = 0; d < kernel->axes->n; d++)
    bf_gp_kernel_set_length(kernel, d, theta->lengths[d]);
}

/* Row i of the covariance from its diagonal's panel on, with zeros to the end of the last one. */
static void fill_row(bf_gp_model *model, size_t i)
{
  bf_gp_factor *factor = &model->factor;
  size_t first = i / BF_GP_TILE * BF_GP_TILE;
  bf_gp_kernel_point_row(&model->kernel, i, first, model->k);
  model->k[i] += (float)model->kernel.theta.noise;
  for (size_t j = first; j < model->kernel.n; j += BF_GP_TILE)
    memcpy(bf_gp_factor_at(factor, i, j), model->k + j, BF_GP_TILE * sizeof *model->k);
}

void bf_gp_model_factor(bf_gp_model *model)
{
  bf_gp_factor *factor = &model->factor;
  size_t n = model->kernel.n;
  for (size_t i = 0; i < n; i++)
    fill_row(model, i);
  for (size_t i = n; i % BF_GP_TILE != 0; i++)
    memset(bf_gp_factor_at(factor, i, n - n % BF_GP_TILE), 0, BF_GP_TILE * sizeof *factor->u);
  factor->n = n;
  factor->floor = (float)model->kernel.theta.noise;
  model->kernel.loops->factor(factor);
}

void bf_gp_model_append(bf_gp_model *model, const uint32_t *indexes)
{
  bf_gp_factor *factor = &model->factor;
  size_t n = factor->n;
  BF_ASSERT(n == model->kernel.n);
  bf_gp_kernel_row(&model->kernel, indexes, 0, model->k);
  bf_gp_kernel_add(&model->kernel, indexes);
  model->kernel.loops->forward(factor, model->k, model->right);
  float noise = (float)model->kernel.theta.noise;
  float pivot = 1 + noise;
  for (size_t i = 0; i < n; i++) {
    pivot -= model->right[i] * model->right[i];
    *bf_gp_factor_at(factor, i, n) = model->right[i];
  }
  factor->inverse[n] = 1 / sqrtf(pivot > noise ? pivot : noise);
  factor->n = n + 1;
}

void bf_gp_model_cut(bf_gp_model *model, size_t n)
{
  bf_gp_kernel_cut(&model->kernel, n);
  model->factor.n = n;
}

static double product(const bf_gp_model *model, const float *a, const float *b)
{
  return (double)model->kernel.loops->dot(model->factor.n, a, b);
}

void bf_gp_model_learn(bf_gp_model *model, const double *z)
{
  const bf_gp_loops *loops = model->kernel.loops;
  size_t n = model->factor.n;
  BF_ASSERT(n == model->kernel.n && n > 0);
  model->n_learnt = n;
  for (size_t i = 0; i < n; i++)
    model->right[i] = 1;
  loops->forward(&model->factor, model->right, model->ones);
  for (size_t i = 0; i < n; i++)
    model->right[i] = (float)z[i];
  loops->forward(&model->factor, model->right, model->whitened);
  model->mean =
      product(model, model->ones, model->whitened) / product(model, model->ones, model->ones);
  for (size_t i = 0; i < n; i++)
    model->whitened[i] -= (float)model->mean * model->ones[i];
  model->variance = product(model, model->whitened, model->whitened) / (double)n;
  if (model->variance < least_variance)
    model->variance = least_variance;
  loops->backward(&model->factor, model->whitened, model->alpha, model->tile);
}

double bf_gp_model_ln_likelihood(const bf_gp_model *model)
{
  double sum = -0.5 * (double)model->n_learnt * bf_gp_ln(model->variance);
  for (size_t i = 0; i < model->n_learnt; i++)
    sum += bf_gp_ln((double)model->factor.inverse[i]);
  return sum;
}

float bf_gp_model_mean(bf_gp_model *model, const uint32_t *indexes)
{
  bf_gp_kernel_row(&model->kernel, indexes, 0, model->k);
  return (float)model->mean + model->kernel.loops->dot(model->n_learnt, model->alpha, model->k);
}

static float sd_of(const bf_gp_model *model, float explained)
{
  float left = 1 - explained;
  return left > 0 ? sqrtf((float)model->variance * left) : 0;
}

static float smaller(float a, float b)
{
  return a < b ? a : b;
}

/* Column j of the tile becomes the first n of k. */
static void fill_column(bf_gp_model *model, size_t j, size_t n)
{
  for (size_t i = 0; i < n; i++)
    model->tile[i * BF_GP_TILE + j] = model->k[i];
}

void bf_gp_model_predict(bf_gp_model *model, size_t n, const uint32_t *const *indexes, float *means,
                         float *sds)
{
  _Alignas(64) float explained[BF_GP_TILE];
  bf_gp_factor first = model->factor;
  float noise = (float)model->kernel.theta.noise;
  first.n = first.n < N_FIRST ? first.n : N_FIRST;
  for (size_t j = 0; j < n; j++) {
    means[j] = bf_gp_model_mean(model, indexes[j]);
    float nearest = model->kernel.loops->largest(model->factor.n, model->k);
    sds[j] = sd_of(model, nearest * nearest / (1 + noise));
    fill_column(model, j, first.n);
  }
  model->kernel.loops->lengths(&first, model->tile, explained);
  for (size_t j = 0; j < n; j++)
    sds[j] = smaller(sds[j], sd_of(model, explained[j]));
}

void bf_gp_model_sds(bf_gp_model *model, size_t n, const uint32_t *const *indexes, float *sds)
{
  _Alignas(64) float explained[BF_GP_TILE];
  for (size_t j = 0; j < n; j++) {
    bf_gp_kernel_row(&model->kernel, indexes[j], 0, model->k);
    fill_column(model, j, model->factor.n);
  }
  model->kernel.loops->lengths(&model->factor, model->tile, explained);
  for (size_t j = 0; j < n; j++)
    sds[j] = sd_of(model, explained[j]);
}
