/* BatchNorm: y = gamma (x - mean) / sqrt(variance + eps) + beta, a column at a time.
 * Room: nn. Source: Ioffe and Szegedy 2015, with PyTorch's eps and momentum. */
#include <math.h>
#include <string.h>

#include "nn/stage.h"

static const double eps = 1e-5;
static const double momentum = 0.1;

static void prepare(bf_stage *stage)
{
  for (size_t c = 0; c < stage->n_in; c++) {
    double scale = (double)stage->values.weight[c] / sqrt((double)stage->values.variance[c] + eps);
    stage->used.weight[c] = (float)scale;
    stage->used.bias[c] =
        (float)((double)stage->values.bias[c] - (double)stage->values.mean[c] * scale);
  }
}

/* In training and in evaluation alike: factor and summand have been made before. */
static void forward(bf_stage *stage, const bf_chunk *chunk, const bf_slab *x)
{
  bf_affine affine = {.n_tiles = chunk->span.n_tiles,
                      .width = stage->n_in,
                      .x = *x,
                      .scale = stage->used.weight,
                      .shift = stage->used.bias,
                      .tail = bf_stage_tail(stage, chunk)};
  stage->kernels->tile->affine(&affine);
}

static void clear_sums(bf_stage *stage)
{
  memset(stage->norm.sum, 0, stage->n_in * sizeof *stage->norm.sum);
  memset(stage->norm.product, 0, stage->n_in * sizeof *stage->norm.product);
}

/* One look at the batch is enough if squares are taken of distances from a number near the mean:
 * the mean of the first tile's rows. */
void bf_norm_start(bf_stage *stage, const bf_span *span, const bf_slab *x)
{
  size_t n_left = BF_TILE - span->first;
  const bf_span tile = {1, span->first, span->n_rows < n_left ? span->n_rows : n_left};
  memset(stage->used.mean, 0, stage->n_in * sizeof *stage->used.mean);
  clear_sums(stage);
  bf_norm_add_moments(stage, &tile, x);
  for (size_t c = 0; c < stage->n_in; c++)
    stage->used.mean[c] = (float)(stage->norm.sum[c] / (double)tile.n_rows);
  clear_sums(stage);
}

void bf_norm_add_moments(bf_stage *stage, const bf_span *span, const bf_slab *x)
{
  const bf_moments moments = {.span = *span,
                              .width = stage->n_in,
                              .x = *x,
                              .shift = stage->used.mean,
                              .sum = stage->norm.sum,
                              .square = stage->norm.product};
  stage->kernels->tile->moments(&moments);
}

/* Running value after one more batch. */
static float moved(float running, double batch)
{
  return (float)((1.0 - momentum) * (double)running + momentum * batch);
}

/* Normalises with the biased variance, but the running one is unbiased. */
void bf_norm_find_scale(bf_stage *stage, size_t n_rows)
{
  double unbiased = (double)n_rows / (double)(n_rows - 1);
  for (size_t c = 0; c < stage->n_in; c++) {
    double distance = stage->norm.sum[c] / (double)n_rows;
    double mean = (double)stage->used.mean[c] + distance;
    double variance = stage->norm.product[c] / (double)n_rows - distance * distance;
    variance = variance < 0.0 ? 0.0 : variance; /* by rounding; NaN stays */
    double inverse = 1.0 / sqrt(variance + eps);
    double scale = (double)stage->values.weight[c] * inverse;
    stage->used.mean[c] = (float)mean;
    stage->used.variance[c] = (float)inverse;
    stage->used.weight[c] = (float)scale;
    stage->used.bias[c] = (float)((double)stage->values.bias[c] - mean * scale);
    stage->values.mean[c] = moved(stage->values.mean[c], mean);
    stage->values.variance[c] = moved(stage->values.variance[c], variance * unbiased);
  }
  clear_sums(stage);
}

static void backward(bf_stage *stage, const bf_chunk *chunk, const bf_slab *x,
                     const bf_slopes *slopes)
{
  bf_norm norm = {.span = chunk->span,
                  .width = stage->n_in,
                  .x = *x,
                  .dy = slopes->dy,
                  .mean = stage->used.mean,
                  .inverse = stage->used.variance,
                  .dy_sum = stage->norm.sum,
                  .product_sum = stage->norm.product};
  stage->kernels->tile->norm_gradient(&norm);
}

/* dx = gamma / sd (dy - mean(dy) - x^ mean(dy x^)), x^ = (x - mean) / sd, as a dy + b x + c. */
void bf_norm_finish(bf_stage *stage, size_t n_rows)
{
  for (size_t c = 0; c < stage->n_in; c++) {
    double inverse = (double)stage->used.variance[c];
    double scale = (double)stage->values.weight[c] * inverse;
    double slope = stage->norm.sum[c] / (double)n_rows;
    double product = stage->norm.product[c] / (double)n_rows;
    stage->gradient.bias[c] += (float)stage->norm.sum[c];
    stage->gradient.weight[c] += (float)stage->norm.product[c];
    stage->norm.a[c] = (float)scale;
    stage->norm.b[c] = (float)(-scale * inverse * product);
    stage->norm.c[c] = (float)(scale * ((double)stage->used.mean[c] * inverse * product - slope));
  }
}

void bf_norm_input_slopes(bf_stage *stage, const bf_chunk *chunk, const bf_slab *x,
                          const bf_slopes *slopes)
{
  bf_norm_input input = {.span = chunk->span,
                         .width = stage->n_in,
                         .x = *x,
                         .dy = slopes->dy,
                         .a = stage->norm.a,
                         .b = stage->norm.b,
                         .c = stage->norm.c,
                         .gate = slopes->gate,
                         .dx = slopes->dx};
  stage->kernels->tile->norm_input_gradient(&input);
}

const bf_stage_operations bf_norm_stage = {
    .prepare = prepare, .evaluate = forward, .forward = forward, .backward = backward};
