/* Every kernel on random numbers, compared with what the plain loops make of them.
 * Room: nn. */
#include "nn/kernels_check_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "nn/kernels_blis.h"

/* No multiple of any block of any kernel, and the span begins and ends in the middle of a tile. */
enum { N_TILES = 5, N_IN = 37, N_OUT = 29, FIRST_LANE = 3, N_ROWS = N_TILES * BF_TILE - 10 };
enum { N_X = N_TILES * N_IN * BF_TILE, N_Y = N_TILES * N_OUT * BF_TILE, N_WEIGHTS = N_IN * N_OUT };
enum { N_CLASSES = 7, N_LOGITS = N_TILES * N_CLASSES * BF_TILE, N_LABELS = N_TILES * BF_TILE };

/** What all kernels are given; tiles are aligned. */
typedef struct numbers {
  _Alignas(64) float x[N_X];
  _Alignas(64) float dy[N_Y];
  _Alignas(64) float gate[N_Y];
  _Alignas(64) float weight[N_WEIGHTS];
  _Alignas(64) float bias[N_OUT];
  _Alignas(64) float logits[N_LOGITS];
  _Alignas(64) uint8_t labels[N_LABELS];
} numbers;

/** What one kernel makes of them, as float64: counts, too. */
enum { MOST_RESULTS = 2 * N_X };
typedef struct results {
  size_t n;
  double values[MOST_RESULTS];
  _Alignas(64) float memory[MOST_RESULTS]; /* where kernels write */
} results;

static const bf_span span = {.n_tiles = N_TILES, .first = FIRST_LANE, .n_rows = N_ROWS};
static const bf_grid grid = {.lo = -2.0F, .hi = 1.875F, .magic = 0x1.8p20F};

static void take_floats(results *r, size_t n, const float *values)
{
  for (size_t i = 0; i < n; i++)
    r->values[r->n++] = (double)values[i];
}

static void take_doubles(results *r, size_t n, const double *values)
{
  memcpy(r->values + r->n, values, n * sizeof *values);
  r->n += n;
}

static void run_multiply(const bf_tile_kernels *kernels, const numbers *given, results *r)
{
  const bf_product product = {.n_tiles = N_TILES,
                              .n_in = N_IN,
                              .n_out = N_OUT,
                              .x = {given->x, NULL},
                              .weight = given->weight,
                              .out_step = N_IN,
                              .in_step = 1,
                              .bias = given->bias,
                              .gate = given->gate,
                              .tail = {.has_relu = true, .y = r->memory}};
  kernels->multiply(&product);
  take_floats(r, N_Y, r->memory);
}

static void run_weight_gradient(const bf_tile_kernels *kernels, const numbers *given, results *r)
{
  float *db = r->memory + N_WEIGHTS;
  memset(r->memory, 0, (N_WEIGHTS + N_OUT) * sizeof *r->memory);
  const bf_outer outer = {.n_tiles = N_TILES,
                          .n_in = N_IN,
                          .n_out = N_OUT,
                          .x = {given->x, NULL},
                          .dy = given->dy,
                          .dw = r->memory,
                          .db = db};
  kernels->weight_gradient(&outer);
  take_floats(r, N_WEIGHTS + N_OUT, r->memory);
}

static void run_affine(const bf_tile_kernels *kernels, const numbers *given, results *r)
{
  const bf_affine affine = {.n_tiles = N_TILES,
                            .width = N_OUT,
                            .x = {given->dy, NULL},
                            .scale = given->weight,
                            .shift = given->bias,
                            .gate = given->gate,
                            .tail = {.y = r->memory}};
  kernels->affine(&affine);
  take_floats(r, N_Y, r->memory);
}

static void run_moments(const bf_tile_kernels *kernels, const numbers *given, results *r)
{
  double sums[2 * N_IN] = {0};
  const bf_moments moments = {.span = span,
                              .width = N_IN,
                              .x = {given->x, NULL},
                              .shift = given->weight,
                              .sum = sums,
                              .square = sums + N_IN};
  kernels->moments(&moments);
  take_doubles(r, 2 * N_IN, sums);
}

/* dy is 0 in lanes that are no rows. */
static const float *row_slopes(const numbers *given, float *slopes)
{
  for (size_t i = 0; i < N_Y; i++) {
    size_t tile = i / (N_OUT * BF_TILE);
    bool is_row = (bf_span_lanes(&span, tile) >> (i % BF_TILE) & 1) != 0;
    slopes[i] = is_row ? given->dy[i] : 0.0F;
  }
  return slopes;
}

static void run_norm_gradient(const bf_tile_kernels *kernels, const numbers *given, results *r)
{
  double sums[2 * N_OUT] = {0};
  const bf_norm norm = {.span = span,
                        .width = N_OUT,
                        .x = {given->gate, NULL},
                        .dy = row_slopes(given, r->memory),
                        .mean = given->bias,
                        .inverse = given->weight,
                        .dy_sum = sums,
                        .product_sum = sums + N_OUT};
  kernels->norm_gradient(&norm);
  take_doubles(r, 2 * N_OUT, sums);
}

static void run_norm_input(const bf_tile_kernels *kernels, const numbers *given, results *r)
{
  const bf_norm_input norm = {.span = span,
                              .width = N_OUT,
                              .x = {given->gate, NULL},
                              .dy = row_slopes(given, r->memory),
                              .a = given->weight,
                              .b = given->weight + N_OUT,
                              .c = given->bias,
                              .gate = given->gate,
                              .dx = r->memory + N_Y};
  kernels->norm_input_gradient(&norm);
  take_floats(r, N_Y, r->memory + N_Y);
}

static void run_cross_entropy(const bf_tile_kernels *kernels, const numbers *given, results *r)
{
  const bf_entropy entropy = {.span = span,
                              .n_outputs = N_CLASSES,
                              .outputs = given->logits,
                              .labels = given->labels,
                              .n_rows = N_ROWS,
                              .gradient = r->memory};
  double loss = kernels->cross_entropy(&entropy);
  take_floats(r, N_LOGITS, r->memory);
  take_doubles(r, 1, &loss);
}

static void run_tally(const bf_tile_kernels *kernels, const numbers *given, results *r)
{
  size_t n_confused[N_CLASSES * N_CLASSES] = {0};
  uint8_t is_alive[N_CLASSES] = {0};
  bf_tally tally = {
      .n_outputs = N_CLASSES, .is_finite = true, .n_confused = n_confused, .is_alive = is_alive};
  kernels->tally(&span, given->logits, given->labels, &tally);
  take_doubles(r, 1, &tally.loss);
  for (size_t i = 0; i < N_CLASSES * N_CLASSES; i++)
    r->values[r->n++] = (double)n_confused[i];
  for (size_t i = 0; i < N_CLASSES; i++)
    r->values[r->n++] = is_alive[i];
}

static void run_round(const bf_tile_kernels *kernels, const numbers *given, results *r)
{
  kernels->round(&grid, N_X, given->x, r->memory);
  take_floats(r, N_X, r->memory);
}

static void run_adam(const bf_tile_kernels *kernels, const numbers *given, results *r)
{
  static const bf_adam adam = {.size = 0.01F,
                               .correction = 1.5F,
                               .decay = 0.01F,
                               .keep1 = 0.9F,
                               .add1 = 0.1F,
                               .keep2 = 0.99F,
                               .add2 = 0.01F,
                               .eps = 1e-8F};
  float *values = r->memory;
  float *first = values + N_WEIGHTS;
  float *second = first + N_WEIGHTS;
  memcpy(values, given->weight, sizeof given->weight);
  memset(first, 0, 2 * N_WEIGHTS * sizeof *first);
  for (int step = 0; step < 3; step++)
    kernels->adam(&adam, N_WEIGHTS, values, given->x, first, second);
  take_floats(r, 3 * (size_t)N_WEIGHTS, r->memory);
}

/** A kernel, and how many numbers its sums have. The products, which BLIS has, too, come first. */
static const struct kernel_case {
  const char *name;
  void (*run)(const bf_tile_kernels *kernels, const numbers *given, results *r);
  size_t n_summed; /* 0: it must be the same */
} cases[] = {
    {"multiply", run_multiply, N_IN},
    {"weight gradient", run_weight_gradient, N_TILES *BF_TILE},
    {"affine", run_affine, 1},
    {"moments", run_moments, N_ROWS},
    {"norm gradient", run_norm_gradient, N_ROWS},
    {"norm input gradient", run_norm_input, 1},
    {"cross-entropy", run_cross_entropy, N_ROWS},
    {"tally", run_tally, N_ROWS},
    {"round", run_round, 0},
    {"adam", run_adam, 3},
};
enum { N_CASES = sizeof cases / sizeof *cases, N_PRODUCTS = 2 };

static void draw(size_t n, float *values, uint64_t index)
{
  bf_random random = bf_random_stream(1, BF_PURPOSE_SYNTH, index);
  for (size_t i = 0; i < n; i++)
    values[i] = (float)(bf_random_unit(&random) * 4 - 2);
}

static void draw_all(numbers *given)
{
  bf_random random = bf_random_stream(1, BF_PURPOSE_SYNTH, 6);
  draw(N_X, given->x, 0);
  draw(N_Y, given->dy, 1);
  draw(N_Y, given->gate, 2);
  draw(N_WEIGHTS, given->weight, 3);
  draw(N_OUT, given->bias, 4);
  draw(N_LOGITS, given->logits, 5);
  for (size_t i = 0; i < N_LABELS; i++)
    given->labels[i] = (uint8_t)bf_random_below(&random, N_CLASSES);
}

static bf_status compare(const char *name, const struct kernel_case *one, const results *expected,
                         const results *got, double *worst)
{
  double allowed = one->n_summed > 0 ? 2e-7 * (double)one->n_summed + 2e-6 : 0;
  for (size_t i = 0; i < expected->n; i++) {
    double a = expected->values[i];
    double b = got->values[i];
    double off = fabs(a - b) / (1 + fabs(a));
    /* A NaN is within no bound. */
    if (!(off <= allowed))
      return bf_fail(BF_ERR_BUG, "%s of %s gives %.9g where the reference gives %.9g", one->name,
                     name, b, a);
    if (allowed > 0)
      *worst = fmax(*worst, off / allowed);
  }
  return BF_OK;
}

/* Memory of a comparison: far too large for a stack. */
typedef struct scratch {
  numbers given;
  results expected;
  results got;
} scratch;

static bf_status compare_some(const char *name, const bf_tile_kernels *kernels, size_t n_cases,
                              double *worst)
{
  bf_status status = BF_OK;
  double found = 0;
  scratch *s = bf_alloc(1, sizeof *s);
  BF_CHECK_MEMORY(s);
  draw_all(&s->given);
  for (size_t i = 0; i < n_cases; i++) {
    s->expected.n = s->got.n = 0;
    cases[i].run(&bf_reference_kernels, &s->given, &s->expected);
    cases[i].run(kernels, &s->given, &s->got);
    BF_TRY(compare(name, &cases[i], &s->expected, &s->got, &found));
  }
  *worst = found;
done:
  free(s);
  return status;
}

bf_status bf_kernels_compare(const char *name, const bf_tile_kernels *kernels, double *worst)
{
  return compare_some(name, kernels, N_CASES, worst);
}

bf_status bf_kernels_check(bf_isa isa, double *worst)
{
  static const bf_tile_kernels *const tables[BF_N_ISAS] = {
    [BF_ISA_BASE] = &bf_tile_kernels_base,
#if defined(__x86_64__)
    [BF_ISA_AVX2] = &bf_tile_kernels_avx2,
    [BF_ISA_AVX512] = &bf_tile_kernels_avx512,
#endif
  };
  return bf_kernels_compare(bf_isa_name(isa), tables[isa], worst);
}

/* As a Linear uses BLIS: raw values first, then gate and tail. */
static void multiply_by_blis(const bf_product *p)
{
  static _Alignas(64) float work[N_X + N_Y];
  static _Alignas(64) float raw[N_Y];
  const bf_affine finish = {
      .n_tiles = p->n_tiles, .width = p->n_out, .x = {raw, NULL}, .gate = p->gate, .tail = p->tail};
  bf_blis_multiply(p, work, raw);
  bf_reference_kernels.affine(&finish);
}

static void find_gradient_by_blis(const bf_outer *p)
{
  static _Alignas(64) float work[N_X + N_Y];
  bf_blis_weight_gradient(p, work);
}

bf_status bf_blis_check(bf_isa isa, double *worst)
{
  static const bf_tile_kernels products = {.multiply = multiply_by_blis,
                                           .weight_gradient = find_gradient_by_blis};
  bf_blis_start(isa);
  return compare_some("BLIS", &products, N_PRODUCTS, worst);
}
