/* Softmax, cross-entropy and counting on tiles.
 * Room: nn. Compiled once an ISA. */
#include <math.h>

#include "nn/tile_kernels.h"

/* exp(x) for x <= 0, to 2e-7 of it. x = n ln 2 + r with |r| <= ln 2 / 2; exp(r) = 1 + r + r^2 p(r),
 * p fitted for the least relative error. Below -87 it is exp(-87); NaN stays NaN. */
INLINE vec exponential(vec x)
{
  const vec magic = splat(0x1.8p23F);
  x = larger(splat(-87.0F), x);
  vec shifted = x * splat(0x1.715476p0F) + magic;
  vec n = shifted - magic;
  vec r = (x - n * splat(0x1.62e4p-1F)) - n * splat(0x1.7f7d1cp-20F);
  vec p = splat(0x1.6c69fp-10F);
  p = p * r + splat(0x1.120b28p-7F);
  p = p * r + splat(0x1.5555bap-5F);
  p = p * r + splat(0x1.5554dep-3F);
  p = p * r + splat(0.5F);
  p = p * (r * r) + (r + splat(1.0F));
  lanes power = ((lanes)shifted + splat_lanes(127)) << 23;
  return p * (vec)power;
}

/* Double numbers, half as many to a register. */
enum { HALF = LANES / 2 };
typedef float half __attribute__((vector_size(HALF * sizeof(float))));
typedef double wide __attribute__((vector_size(HALF * sizeof(double))));
typedef int64_t wide_lanes __attribute__((vector_size(HALF * sizeof(int64_t))));

INLINE wide load_wide(const float *from)
{
  half x;
  memcpy(&x, from, sizeof x);
  return __builtin_convertvector(x, wide);
}

INLINE wide splat_wide(double x)
{
  return x - (wide){0};
}

/* As exponential(), to 1e-15, from -700 on. */
INLINE wide exponential_wide(wide x)
{
  static const double terms[] = {
      2.5179704519967883e-08, 2.763604309471026e-07, 2.7557347912706675e-06, 2.480148697450504e-05,
      0.00019841269425336085, 0.0013888888938703807, 0.008333333333616967,   0.04166666666658659,
      0.16666666666666527,    0.5000000000000008};
  const wide magic = splat_wide(0x1.8p52);
  wide_lanes low = x < splat_wide(-700.0);
  x = (wide)((low & (wide_lanes)splat_wide(-700.0)) | (~low & (wide_lanes)x));
  wide shifted = x * splat_wide(0x1.71547652b82fep0) + magic;
  wide n = shifted - magic;
  wide r = (x - n * splat_wide(0x1.62e42fefa38p-1)) - n * splat_wide(0x1.ef35793c7673p-45);
  wide p = splat_wide(terms[0]);
  for (size_t i = 1; i < sizeof terms / sizeof terms[0]; i++)
    p = p * r + splat_wide(terms[i]);
  p = p * (r * r) + (r + splat_wide(1.0));
  wide_lanes power = ((wide_lanes)shifted + ((wide_lanes){0} + 1023)) << 52;
  return p * (wide)power;
}

/* The logarithm of a product of sums, taken seldom: a sum is at most the number of outputs, so that
 * a product of 32 of them is far from overflow. A lane adds up for itself. */
enum { PRODUCT_TILES = 32 };

typedef struct logarithms {
  double product[BF_TILE];
  double rest[BF_TILE];
  double summed; /* logarithms of products before */
  size_t n;
} logarithms;

static logarithms no_logarithms(void)
{
  logarithms none = {.n = 0};
  for (size_t l = 0; l < BF_TILE; l++)
    none.product[l] = 1.0;
  return none;
}

static void take_logarithms(logarithms *all)
{
  for (size_t l = 0; l < BF_TILE; l++) {
    all->summed += log(all->product[l]);
    all->product[l] = 1.0;
  }
  all->n = 0;
}

/* Adds log(sum) + rest; lanes that are no rows have 1 and 0. */
INLINE void add_logarithms(logarithms *all, const double *sum, const double *rest)
{
  for (size_t l = 0; l < BF_TILE; l++) {
    all->product[l] *= sum[l];
    all->rest[l] += rest[l];
  }
  if (++all->n == PRODUCT_TILES)
    take_logarithms(all);
}

static double sum_logarithms(logarithms *all)
{
  take_logarithms(all);
  for (size_t l = 0; l < BF_TILE; l++)
    all->summed += all->rest[l];
  return all->summed;
}

/* Lanes that are no rows count nothing. */
static void leave_out(uint32_t bits, double *sum, double *rest)
{
  for (size_t l = 0; l < BF_TILE; l++)
    if ((bits >> l & 1) == 0) {
      sum[l] = 1.0;
      rest[l] = 0.0;
    }
}

INLINE lanes load_labels(const uint8_t *labels)
{
#if defined(BF_TILE_AVX512)
  return (lanes)_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)labels));
#elif defined(BF_TILE_AVX2)
  return (lanes)_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)labels));
#else
  lanes all;
  for (size_t l = 0; l < LANES; l++)
    all[l] = labels[l];
  return all;
#endif
}

INLINE vec largest(const float *outputs, size_t n_outputs)
{
  vec best = load(outputs);
  for (size_t c = 1; c < n_outputs; c++)
    best = larger(load(outputs + c * BF_TILE), best);
  return best;
}

/* Gradient of one vector of rows; writes their sums of exponentials and distances of the label's
 * output from the largest. */
INLINE void entropy_vector(const bf_entropy *p, vec scale, size_t at, const uint8_t *labels,
                           float *sums, float *distances)
{
  const float *outputs = p->outputs + at;
  float *gradient = p->gradient + at;
  vec best = largest(outputs, p->n_outputs), sum = {0}, picked = best;
  lanes label = load_labels(labels), number = {0};
  for (size_t c = 0; c < p->n_outputs; c++, number += 1) {
    vec output = load(outputs + c * BF_TILE);
    vec share = exponential(output - best);
    picked = choose(label == number, output, picked);
    store(gradient + c * BF_TILE, share);
    sum += share;
  }
  vec inverse = scale / sum;
  number = (lanes){0};
  for (size_t c = 0; c < p->n_outputs; c++, number += 1) {
    vec slope = load(gradient + c * BF_TILE) * inverse - keep(label == number, scale);
    if (p->has_gate)
      slope = keep(load(outputs + c * BF_TILE) > (vec){0}, slope);
    store(gradient + c * BF_TILE, slope);
  }
  store(sums, sum);
  store(distances, best - picked);
}

static void clear_lanes(uint32_t bits, size_t n_outputs, float *gradient)
{
  for (size_t c = 0; c < n_outputs; c++)
    for (size_t l = 0; l < BF_TILE; l++)
      if ((bits >> l & 1) == 0)
        gradient[c * BF_TILE + l] = 0.0F;
}

double BF_OF_ISA(bf_tile_cross_entropy)(const bf_entropy *p)
{
  const bf_entropy own = *p;
  const vec scale = splat((float)(1.0 / own.n_rows));
  logarithms all = no_logarithms();
  for (size_t t = 0; t < own.span.n_tiles; t++) {
    _Alignas(64) float sums[BF_TILE], distances[BF_TILE];
    _Alignas(64) double sum[BF_TILE], rest[BF_TILE];
    size_t at = t * own.n_outputs * BF_TILE;
    uint32_t bits = bf_span_lanes(&own.span, t);
    const uint8_t *labels = own.labels + (own.order != NULL ? own.order[t] : t) * BF_TILE;
    for (size_t v = 0; v < BF_TILE; v += LANES)
      entropy_vector(&own, scale, at + v, labels + v, sums + v, distances + v);
    for (size_t l = 0; l < BF_TILE; l++) {
      sum[l] = (double)sums[l];
      rest[l] = (double)distances[l];
    }
    if (bits != BF_ALL_LANES) {
      leave_out(bits, sum, rest);
      clear_lanes(bits, own.n_outputs, own.gradient + at);
    }
    add_logarithms(&all, sum, rest);
  }
  return sum_logarithms(&all);
}

/* The first maximum of each row, its place, and the label's output. */
INLINE void predict(const float *outputs, size_t n_outputs, const uint8_t *labels, float *best,
                    float *picked, int32_t *predicted, vec *zeros)
{
  lanes label = load_labels(labels), place = {0}, number = {0};
  vec most = load(outputs), own = most;
  *zeros += most * (vec){0};
  for (size_t c = 1; c < n_outputs; c++) {
    vec output = load(outputs + c * BF_TILE);
    number += 1;
    lanes above = output > most;
    most = choose(above, output, most);
    place = (lanes)choose(above, (vec)number, (vec)place);
    own = choose(label == number, output, own);
    *zeros += output * (vec){0}; /* NaN if it is not finite */
  }
  store(best, most);
  store(picked, own);
  memcpy(predicted, &place, sizeof place);
}

INLINE bool is_zero(vec x)
{
  for (size_t l = 0; l < LANES; l++)
    if (!(x[l] == 0.0F))
      return false;
  return true;
}

static bool has_life(const float *column, uint32_t bits)
{
  for (size_t l = 0; l < BF_TILE; l++)
    if ((bits >> l & 1) != 0 && column[l] != 0.0F)
      return true;
  return false;
}

/* Sums of exponentials and distances of the label's output from the largest, in float64. */
INLINE void sum_wide(const float *outputs, size_t n_outputs, const float *best, const float *picked,
                     double *sum, double *rest)
{
  for (size_t h = 0; h < BF_TILE / HALF; h++) {
    wide most = load_wide(best + h * HALF), part = {0};
    for (size_t c = 0; c < n_outputs; c++)
      part += exponential_wide(load_wide(outputs + c * BF_TILE + h * HALF) - most);
    wide distance = most - load_wide(picked + h * HALF);
    memcpy(sum + h * HALF, &part, sizeof part);
    memcpy(rest + h * HALF, &distance, sizeof distance);
  }
}

static void count(uint32_t bits, const uint8_t *labels, const int32_t *predicted, bf_tally *tally)
{
  size_t n = tally->n_outputs;
  for (size_t l = 0; l < BF_TILE; l++)
    if (bits >> l & 1)
      tally->n_confused[labels[l] * n + (size_t)predicted[l]]++;
}

void BF_OF_ISA(bf_tile_tally)(const bf_span *span, const float *outputs, const uint8_t *labels,
                              bf_tally *tally)
{
  size_t n_outputs = tally->n_outputs;
  logarithms all = no_logarithms();
  vec zeros = {0};
  for (size_t t = 0; t < span->n_tiles; t++, outputs += n_outputs * BF_TILE, labels += BF_TILE) {
    _Alignas(64) float best[BF_TILE], picked[BF_TILE];
    _Alignas(64) double sum[BF_TILE], rest[BF_TILE];
    int32_t predicted[BF_TILE];
    uint32_t bits = bf_span_lanes(span, t);
    for (size_t v = 0; v < BF_TILE; v += LANES)
      predict(outputs + v, n_outputs, labels + v, best + v, picked + v, predicted + v, &zeros);
    sum_wide(outputs, n_outputs, best, picked, sum, rest);
    if (bits != BF_ALL_LANES)
      leave_out(bits, sum, rest);
    add_logarithms(&all, sum, rest);
    count(bits, labels, predicted, tally);
    for (size_t c = 0; c < n_outputs; c++)
      if (!tally->is_alive[c])
        tally->is_alive[c] = has_life(outputs + c * BF_TILE, bits);
  }
  tally->loss += sum_logarithms(&all);
  tally->is_finite = tally->is_finite && is_zero(zeros);
}
