/* Every kernel in plain loops: slow, obvious, and the oracle of the others.
 * Room: nn. Sums are float64, so what another back end differs by is that one's rounding. */
#include <math.h>

#include "nn/kernels_table.h"

static float clamp_and_round(const bf_grid *grid, float x)
{
  float raised = x < grid->lo ? grid->lo : x; /* in this form NaN stays NaN */
  float clamped = raised > grid->hi ? grid->hi : raised;
  return (clamped + grid->magic) - grid->magic;
}

static void finish(const bf_tail *tail, float x, size_t at)
{
  if (tail->has_relu_grid)
    x = clamp_and_round(&tail->relu_grid, x);
  if (tail->has_relu)
    x = x < 0.0F ? 0.0F : x;
  if (tail->y != NULL)
    tail->y[at] = x;
  if (tail->q != NULL)
    tail->q[at] = tail->has_grid ? clamp_and_round(&tail->grid, x) : x;
}

static float gated(const float *gate, float x, size_t at)
{
  return gate == NULL || gate[at] > 0.0F ? x : 0.0F;
}

static float value_of(const bf_slab *x, size_t width, size_t t, size_t column, size_t lane)
{
  return bf_slab_tile(x, width, t)[column * BF_TILE + lane];
}

static void multiply(const bf_product *p)
{
  for (size_t t = 0; t < p->n_tiles; t++)
    for (size_t o = 0; o < p->n_out; o++)
      for (size_t l = 0; l < BF_TILE; l++) {
        size_t at = (t * p->n_out + o) * BF_TILE + l;
        double sum = p->bias != NULL ? (double)p->bias[o] : 0.0;
        for (size_t i = 0; i < p->n_in; i++)
          sum += (double)p->weight[o * p->out_step + i * p->in_step] *
                 (double)value_of(&p->x, p->n_in, t, i, l);
        finish(&p->tail, gated(p->gate, (float)sum, at), at);
      }
}

/* Sum over all lanes of a column of dy, times a column of x unless that is NULL. */
static double sum_column(const bf_outer *p, size_t o, const bf_slab *x, size_t i)
{
  double sum = 0.0;
  for (size_t t = 0; t < p->n_tiles; t++)
    for (size_t l = 0; l < BF_TILE; l++) {
      double slope = (double)p->dy[(t * p->n_out + o) * BF_TILE + l];
      sum += x != NULL ? slope * (double)value_of(x, p->n_in, t, i, l) : slope;
    }
  return sum;
}

static void weight_gradient(const bf_outer *p)
{
  for (size_t o = 0; o < p->n_out; o++) {
    for (size_t i = 0; i < p->n_in; i++)
      p->dw[o * p->n_in + i] += (float)sum_column(p, o, &p->x, i);
    if (p->db != NULL)
      p->db[o] += (float)sum_column(p, o, NULL, 0);
  }
}

static void affine(const bf_affine *p)
{
  for (size_t t = 0; t < p->n_tiles; t++)
    for (size_t c = 0; c < p->width; c++)
      for (size_t l = 0; l < BF_TILE; l++) {
        size_t at = (t * p->width + c) * BF_TILE + l;
        float x = value_of(&p->x, p->width, t, c, l);
        if (p->scale != NULL)
          x = x * p->scale[c] + p->shift[c];
        finish(&p->tail, gated(p->gate, x, at), at);
      }
}

static bool is_row(const bf_span *span, size_t t, size_t lane)
{
  return (bf_span_lanes(span, t) >> lane & 1) != 0;
}

static void moments(const bf_moments *p)
{
  for (size_t t = 0; t < p->span.n_tiles; t++)
    for (size_t c = 0; c < p->width; c++)
      for (size_t l = 0; l < BF_TILE; l++)
        if (is_row(&p->span, t, l)) {
          double distance = (double)value_of(&p->x, p->width, t, c, l) - (double)p->shift[c];
          p->sum[c] += distance;
          p->square[c] += distance * distance;
        }
}

static void norm_gradient(const bf_norm *p)
{
  for (size_t t = 0; t < p->span.n_tiles; t++)
    for (size_t c = 0; c < p->width; c++)
      for (size_t l = 0; l < BF_TILE; l++) {
        double slope = (double)p->dy[(t * p->width + c) * BF_TILE + l];
        double distance = (double)value_of(&p->x, p->width, t, c, l) - (double)p->mean[c];
        p->dy_sum[c] += slope;
        p->product_sum[c] += slope * distance * (double)p->inverse[c];
      }
}

static void norm_input_gradient(const bf_norm_input *p)
{
  for (size_t t = 0; t < p->span.n_tiles; t++)
    for (size_t c = 0; c < p->width; c++)
      for (size_t l = 0; l < BF_TILE; l++) {
        size_t at = (t * p->width + c) * BF_TILE + l;
        float dx = p->dy[at] * p->a[c] + (value_of(&p->x, p->width, t, c, l) * p->b[c] + p->c[c]);
        p->dx[at] = is_row(&p->span, t, l) ? gated(p->gate, dx, at) : 0.0F;
      }
}

/* Place of the first maximum of a row whose outputs are a tile's column apart. */
static size_t first_maximum(size_t n, const float *outputs)
{
  size_t best = 0;
  for (size_t c = 1; c < n; c++)
    if (outputs[c * BF_TILE] > outputs[best * BF_TILE])
      best = c;
  return best;
}

static double largest_of(size_t n, const float *outputs)
{
  return (double)outputs[first_maximum(n, outputs) * BF_TILE];
}

/* Sum of a row's exponentials. The largest output is taken out of it, so that none overflows. */
static double sum_of(size_t n, const float *outputs)
{
  double largest = largest_of(n, outputs), sum = 0.0;
  for (size_t c = 0; c < n; c++)
    sum += exp((double)outputs[c * BF_TILE] - largest);
  return sum;
}

/* Small beside large outputs, the logarithm is added last. */
static double loss_of(size_t n, const float *outputs, uint8_t label)
{
  double distance = largest_of(n, outputs) - (double)outputs[label * (size_t)BF_TILE];
  return distance + log(sum_of(n, outputs));
}

/* (softmax - one-hot) / rows of one row. */
static void find_gradient(const bf_entropy *p, size_t at, uint8_t label)
{
  double largest = largest_of(p->n_outputs, p->outputs + at);
  double sum = sum_of(p->n_outputs, p->outputs + at);
  for (size_t c = 0; c < p->n_outputs; c++) {
    float output = p->outputs[at + c * BF_TILE];
    double share = exp((double)output - largest) / sum;
    float slope = (float)((share - (c == label ? 1.0 : 0.0)) / p->n_rows);
    p->gradient[at + c * BF_TILE] = p->has_gate && !(output > 0.0F) ? 0.0F : slope;
  }
}

static double cross_entropy(const bf_entropy *p)
{
  double loss = 0.0;
  for (size_t t = 0; t < p->span.n_tiles; t++) {
    const uint8_t *labels = p->labels + (p->order != NULL ? p->order[t] : t) * BF_TILE;
    for (size_t l = 0; l < BF_TILE; l++) {
      size_t at = t * p->n_outputs * BF_TILE + l;
      if (!is_row(&p->span, t, l)) {
        for (size_t c = 0; c < p->n_outputs; c++)
          p->gradient[at + c * BF_TILE] = 0.0F;
        continue;
      }
      loss += loss_of(p->n_outputs, p->outputs + at, labels[l]);
      find_gradient(p, at, labels[l]);
    }
  }
  return loss;
}

static void tally_row(const float *outputs, uint8_t label, bf_tally *tally)
{
  size_t n = tally->n_outputs;
  tally->loss += loss_of(n, outputs, label);
  tally->n_confused[label * n + first_maximum(n, outputs)]++;
  for (size_t c = 0; c < n; c++) {
    tally->is_finite = tally->is_finite && isfinite(outputs[c * BF_TILE]);
    tally->is_alive[c] |= outputs[c * BF_TILE] != 0.0F;
  }
}

static void tally_rows(const bf_span *span, const float *outputs, const uint8_t *labels,
                       bf_tally *tally)
{
  for (size_t t = 0; t < span->n_tiles; t++)
    for (size_t l = 0; l < BF_TILE; l++)
      if (is_row(span, t, l))
        tally_row(outputs + t * tally->n_outputs * BF_TILE + l, labels[t * BF_TILE + l], tally);
}

static void round_values(const bf_grid *grid, size_t n, const float *x, float *y)
{
  for (size_t i = 0; i < n; i++)
    y[i] = clamp_and_round(grid, x[i]);
}

static void adam(const bf_adam *a, size_t n, float *values, const float *gradient, float *first,
                 float *second)
{
  for (size_t i = 0; i < n; i++) {
    float slope = gradient[i] + a->decay * values[i];
    first[i] = a->keep1 * first[i] + a->add1 * slope;
    second[i] = a->keep2 * second[i] + a->add2 * slope * slope;
    values[i] -= a->size * (first[i] / (sqrtf(second[i]) * a->correction + a->eps));
  }
}

const bf_tile_kernels bf_reference_kernels = {
    .multiply = multiply,
    .weight_gradient = weight_gradient,
    .affine = affine,
    .moments = moments,
    .norm_gradient = norm_gradient,
    .norm_input_gradient = norm_input_gradient,
    .cross_entropy = cross_entropy,
    .tally = tally_rows,
    .round = round_values,
    .adam = adam,
};
