/* BatchNorm: y = gamma (x - mean) / sqrt(variance + eps) + beta, a column at a time.
 * Room: nn. Source: Ioffe and Szegedy 2015, with PyTorch's eps and momentum. */
#include <math.h>

#include "nn/stage.h"

static const double eps = 1e-5;
static const double momentum = 0.1;

/* Columns are taken in blocks so that their float64 sums need no memory of their own. */
enum { BLOCK = 64 };

typedef struct block {
  size_t first;
  size_t n_columns;
} block;

static block block_at(size_t first, size_t width)
{
  return (block){first, width - first < BLOCK ? width - first : BLOCK};
}

static bf_layer_shape shape(const bf_layer *layer)
{
  return (bf_layer_shape){layer->n_in, layer->n_in, layer->n_in};
}

static void prepare(bf_stage *stage)
{
  for (size_t c = 0; c < stage->layer->n_in; c++) {
    double scale = (double)stage->values.weight[c] / sqrt((double)stage->values.variance[c] + eps);
    stage->used.weight[c] = (float)scale;
    stage->used.bias[c] =
        (float)((double)stage->values.bias[c] - (double)stage->values.mean[c] * scale);
  }
}

static void evaluate(bf_stage *stage, size_t n, const float *x)
{
  size_t width = stage->layer->n_in;
  const float *scale = stage->used.weight, *shift = stage->used.bias;
  for (size_t r = 0; r < n; r++) {
    const float *from = x + r * width;
    float *to = stage->y + r * width;
    for (size_t c = 0; c < width; c++)
      to[c] = from[c] * scale[c] + shift[c];
  }
}

/* Mean and biased variance of the columns of a block, in two passes. */
static void find_moments(size_t n, size_t width, const float *x, double *mean, double *variance,
                         block columns)
{
  for (size_t c = 0; c < columns.n_columns; c++)
    mean[c] = variance[c] = 0.0;
  for (size_t r = 0; r < n; r++)
    for (size_t c = 0; c < columns.n_columns; c++)
      mean[c] += (double)x[r * width + columns.first + c];
  for (size_t c = 0; c < columns.n_columns; c++)
    mean[c] /= (double)n;
  for (size_t r = 0; r < n; r++)
    for (size_t c = 0; c < columns.n_columns; c++) {
      double distance = (double)x[r * width + columns.first + c] - mean[c];
      variance[c] += distance * distance;
    }
  for (size_t c = 0; c < columns.n_columns; c++)
    variance[c] /= (double)n;
}

/* Running value after one more batch. */
static float moved(float running, double batch)
{
  return (float)((1.0 - momentum) * (double)running + momentum * batch);
}

static void normalise(bf_stage *stage, size_t n, const float *x)
{
  size_t width = stage->layer->n_in;
  const float *mean = stage->used.mean, *inverse = stage->used.variance;
  const float *gamma = stage->values.weight, *beta = stage->values.bias;
  for (size_t r = 0; r < n; r++) {
    const float *from = x + r * width;
    float *kept = stage->kept + r * width;
    float *to = stage->y + r * width;
    for (size_t c = 0; c < width; c++) {
      kept[c] = (from[c] - mean[c]) * inverse[c];
      to[c] = kept[c] * gamma[c] + beta[c];
    }
  }
}

/* Normalises with the biased variance, but the running one is unbiased. */
static void forward(bf_stage *stage, size_t n, const float *x)
{
  size_t width = stage->layer->n_in;
  double unbiased = (double)n / (double)(n - 1);
  for (size_t first = 0; first < width; first += BLOCK) {
    double mean[BLOCK], variance[BLOCK];
    block columns = block_at(first, width);
    find_moments(n, width, x, mean, variance, columns);
    for (size_t c = 0; c < columns.n_columns; c++) {
      size_t at = first + c;
      stage->used.mean[at] = (float)mean[c];
      stage->used.variance[at] = (float)(1.0 / sqrt(variance[c] + eps));
      stage->values.mean[at] = moved(stage->values.mean[at], mean[c]);
      stage->values.variance[at] = moved(stage->values.variance[at], variance[c] * unbiased);
    }
  }
  normalise(stage, n, x);
}

/* Sums over the rows of dy and of dy times the normalised x: the gradients of beta and gamma. */
static void find_sums(const bf_stage *stage, size_t n, const float *dy, double *of_dy,
                      double *of_product, block columns)
{
  size_t width = stage->layer->n_in;
  for (size_t c = 0; c < columns.n_columns; c++)
    of_dy[c] = of_product[c] = 0.0;
  for (size_t r = 0; r < n; r++) {
    const float *slope = dy + r * width + columns.first;
    const float *kept = stage->kept + r * width + columns.first;
    for (size_t c = 0; c < columns.n_columns; c++) {
      of_dy[c] += (double)slope[c];
      of_product[c] += (double)slope[c] * (double)kept[c];
    }
  }
}

/* dx = gamma / sd (dy - mean(dy) - x^ mean(dy x^)), x^ being the normalised x. */
static void find_input_gradient(const bf_stage *stage, size_t n, const float *dy, float *dx,
                                block columns, const double *of_dy, const double *of_product)
{
  size_t width = stage->layer->n_in;
  float scale[BLOCK], mean[BLOCK], product[BLOCK];
  for (size_t c = 0; c < columns.n_columns; c++) {
    size_t at = columns.first + c;
    scale[c] = stage->values.weight[at] * stage->used.variance[at];
    mean[c] = (float)(of_dy[c] / (double)n);
    product[c] = (float)(of_product[c] / (double)n);
  }
  for (size_t r = 0; r < n; r++) {
    const float *slope = dy + r * width + columns.first;
    const float *kept = stage->kept + r * width + columns.first;
    float *to = dx + r * width + columns.first;
    for (size_t c = 0; c < columns.n_columns; c++)
      to[c] = scale[c] * (slope[c] - mean[c] - kept[c] * product[c]);
  }
}

static void backward(bf_stage *stage, size_t n, const float *dy, float *dx)
{
  size_t width = stage->layer->n_in;
  for (size_t first = 0; first < width; first += BLOCK) {
    double of_dy[BLOCK], of_product[BLOCK];
    block columns = block_at(first, width);
    find_sums(stage, n, dy, of_dy, of_product, columns);
    for (size_t c = 0; c < columns.n_columns; c++) {
      stage->gradient.bias[first + c] += (float)of_dy[c];
      stage->gradient.weight[first + c] += (float)of_product[c];
    }
    if (dx != NULL)
      find_input_gradient(stage, n, dy, dx, columns, of_dy, of_product);
  }
}

const bf_layer_operations bf_batchnorm_operations = {.name = "batchnorm",
                                                     .shape = shape,
                                                     .prepare = prepare,
                                                     .evaluate = evaluate,
                                                     .forward = forward,
                                                     .backward = backward};
