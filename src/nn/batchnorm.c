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

void bf_norm_start(bf_stage *stage)
{
  memset(stage->norm.sum, 0, stage->n_in * sizeof *stage->norm.sum);
  memset(stage->norm.product, 0, stage->n_in * sizeof *stage->norm.product);
}

void bf_norm_add_sums(bf_stage *stage, const bf_span *span, const bf_slab *x)
{
  stage->kernels->tile->sums(span, stage->n_in, x, stage->norm.sum);
}

void bf_norm_find_mean(bf_stage *stage, size_t n_rows)
{
  for (size_t c = 0; c < stage->n_in; c++)
    stage->used.mean[c] = (float)(stage->norm.sum[c] / (double)n_rows);
}

void bf_norm_add_squares(bf_stage *stage, const bf_span *span, const bf_slab *x)
{
  stage->kernels->tile->squares(span, stage->n_in, x, stage->used.mean, stage->norm.product);
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
    double variance = stage->norm.product[c] / (double)n_rows;
    double inverse = 1.0 / sqrt(variance + eps);
    double mean = (double)stage->used.mean[c];
    double scale = (double)stage->values.weight[c] * inverse;
    stage->used.variance[c] = (float)inverse;
    stage->used.weight[c] = (float)scale;
    stage->used.bias[c] = (float)((double)stage->values.bias[c] - mean * scale);
    stage->values.mean[c] = moved(stage->values.mean[c], stage->norm.sum[c] / (double)n_rows);
    stage->values.variance[c] = moved(stage->values.variance[c], variance * unbiased);
  }
  bf_norm_start(stage);
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
