/* Products and element-wise kernels: the reference by hand, every ISA and BLIS against the
 * reference, the table of back ends. Room: tests. */
#include "kernel_cases.h"

#include "nn/kernels_blis.h"

/* ---- What follows a layer ---- */

enum { HAS_RELU_GRID = 1, HAS_RELU = 2, HAS_GRID = 4, HAS_Y = 8, HAS_Q = 16, N_TAILS = 32 };
enum { GRIDS = HAS_RELU_GRID | HAS_GRID };

/* A tail of those flags with new memory for n outputs. Grids that are not wanted are there, too. */
static bf_tail make_tail(unsigned flags, size_t n)
{
  return (bf_tail){
      .has_relu = (flags & HAS_RELU) != 0,
      .has_relu_grid = (flags & HAS_RELU_GRID) != 0,
      .has_grid = (flags & HAS_GRID) != 0,
      .relu_grid = grid_of(6, 2),
      .grid = grid_of(5, 1),
      .y = (flags & HAS_Y) != 0 ? take(n, sizeof(float)) : NULL,
      .q = (flags & HAS_Q) != 0 ? take(n, sizeof(float)) : NULL,
  };
}

/* Real sums may lie on another side of a border between two numbers of a grid. */
static unsigned tail_for(number_kind kind, unsigned flags)
{
  return kind == REAL ? flags & ~(unsigned)GRIDS : flags;
}

static bool tails_agree(number_kind kind, double tolerance, size_t n, const bf_tail *expected,
                        const bf_tail *got)
{
  return (got->y == NULL || agree("y", kind, tolerance, n, expected->y, got->y)) &&
         (got->q == NULL || agree("q", kind, tolerance, n, expected->q, got->q));
}

static bool tails_repeat(size_t n, const bf_tail *once, const bf_tail *again)
{
  size_t n_bytes = n * sizeof(float);
  return (once->y == NULL || repeats("y", n_bytes, once->y, again->y)) &&
         (once->q == NULL || repeats("q", n_bytes, once->q, again->q));
}

/* ---- One case of each kernel ---- */

typedef struct product_case {
  number_kind kind;
  size_t n_tiles, n_in, n_out;
  bool is_transposed, has_order, has_bias, has_gate;
  unsigned tail;
} product_case;

static bf_product draw_product(bf_random *random, const product_case *c)
{
  size_t n = c->n_tiles * c->n_out * BF_TILE;
  return (bf_product){
      .n_tiles = c->n_tiles,
      .n_in = c->n_in,
      .n_out = c->n_out,
      .x = draw_slab(random, c->kind, c->n_tiles, c->n_in, c->has_order),
      .weight = draw_numbers(random, c->kind, c->n_in * c->n_out),
      .out_step = c->is_transposed ? 1 : c->n_in,
      .in_step = c->is_transposed ? c->n_out : 1,
      .bias = c->has_bias ? draw_numbers(random, c->kind, c->n_out) : NULL,
      .gate = c->has_gate ? draw_numbers(random, WILD, n) : NULL,
  };
}

static bool product_agrees(const bf_tile_kernels *kernels, const product_case *c)
{
  clear_scene();
  bf_random random = bf_random_stream(c->n_in * 1000 + c->n_out, BF_PURPOSE_SYNTH, c->n_tiles);
  size_t n = c->n_tiles * c->n_out * BF_TILE;
  unsigned flags = tail_for(c->kind, c->tail);
  bf_product expected = draw_product(&random, c), once = expected, again = expected;
  expected.tail = make_tail(flags, n);
  once.tail = make_tail(flags, n);
  again.tail = make_tail(flags, n);
  bf_reference_kernels.multiply(&expected);
  kernels->multiply(&once);
  kernels->multiply(&again);
  return tails_agree(c->kind, sum_tolerance(c->n_in), n, &expected.tail, &once.tail) &&
         tails_repeat(n, &once.tail, &again.tail) && is_within_bounds();
}

typedef struct outer_case {
  number_kind kind;
  size_t n_tiles, n_in, n_out;
  bool has_order, has_db;
} outer_case;

/* Gradients that are added to: the same start every time. */
static void start_outer(bf_outer *outer, bool has_db)
{
  bf_random random = bf_random_stream(1, BF_PURPOSE_SYNTH, 0);
  outer->dw = draw_numbers(&random, EXACT, outer->n_in * outer->n_out);
  outer->db = has_db ? draw_numbers(&random, EXACT, outer->n_out) : NULL;
}

static bool outer_agrees(const bf_tile_kernels *kernels, const outer_case *c)
{
  clear_scene();
  bf_random random = bf_random_stream(c->n_in * 1000 + c->n_out, BF_PURPOSE_SYNTH, c->n_tiles);
  bf_outer expected = {
      .n_tiles = c->n_tiles,
      .n_in = c->n_in,
      .n_out = c->n_out,
      .x = draw_slab(&random, c->kind, c->n_tiles, c->n_in, c->has_order),
      .dy = draw_numbers(&random, c->kind, c->n_tiles * c->n_out * BF_TILE),
  };
  bf_outer once = expected, again = expected;
  start_outer(&expected, c->has_db);
  start_outer(&once, c->has_db);
  start_outer(&again, c->has_db);
  bf_reference_kernels.weight_gradient(&expected);
  kernels->weight_gradient(&once);
  kernels->weight_gradient(&again);
  double tolerance = sum_tolerance(c->n_tiles * BF_TILE);
  size_t n = c->n_in * c->n_out, n_db = c->has_db ? c->n_out : 0;
  return agree("dw", c->kind, tolerance, n, expected.dw, once.dw) &&
         agree("db", c->kind, tolerance, n_db, expected.db, once.db) &&
         repeats("dw", n * sizeof(float), once.dw, again.dw) &&
         repeats("db", n_db * sizeof(float), once.db, again.db) && is_within_bounds();
}

typedef struct affine_case {
  number_kind kind;
  size_t n_tiles, width;
  bool has_order, has_scale, has_gate, is_in_place;
  unsigned tail;
} affine_case;

/* In place, x is where the tail writes first. */
static bf_tail run_affine(const bf_tile_kernels *kernels, bf_affine p, const affine_case *c)
{
  size_t n = c->n_tiles * c->width * BF_TILE;
  p.tail = make_tail(tail_for(c->kind, c->tail), n);
  float *place = p.tail.y != NULL ? p.tail.y : p.tail.q;
  if (c->is_in_place && place != NULL) {
    memcpy(place, p.x.values, n * sizeof *place);
    p.x.values = place;
  }
  kernels->affine(&p);
  return p.tail;
}

static bool affine_agrees(const bf_tile_kernels *kernels, const affine_case *c)
{
  clear_scene();
  bf_random random = bf_random_stream(c->width, BF_PURPOSE_SYNTH, c->n_tiles);
  size_t n = c->n_tiles * c->width * BF_TILE;
  const bf_affine p = {
      .n_tiles = c->n_tiles,
      .width = c->width,
      .x = draw_slab(&random, c->kind, c->n_tiles, c->width, c->has_order && !c->is_in_place),
      .scale = c->has_scale ? draw_numbers(&random, c->kind, c->width) : NULL,
      .shift = c->has_scale ? draw_numbers(&random, c->kind, c->width) : NULL,
      .gate = c->has_gate ? draw_numbers(&random, WILD, n) : NULL,
  };
  bf_tail expected = run_affine(&bf_reference_kernels, p, c);
  bf_tail once = run_affine(kernels, p, c), again = run_affine(kernels, p, c);
  return tails_agree(c->kind, sum_tolerance(1), n, &expected, &once) &&
         tails_repeat(n, &once, &again) && is_within_bounds();
}

/* ---- Subjects ---- */

/* As a Linear uses BLIS: raw values first, then gate and tail. */
static void multiply_by_blis(const bf_product *p)
{
  size_t n = p->n_tiles * p->n_out * BF_TILE;
  float *work = take(p->n_tiles * (p->n_in + p->n_out) * BF_TILE, sizeof *work);
  float *raw = take(n, sizeof *raw);
  const bf_affine finish = {
      .n_tiles = p->n_tiles, .width = p->n_out, .x = {raw, NULL}, .gate = p->gate, .tail = p->tail};
  bf_blis_multiply(p, work, raw);
  bf_reference_kernels.affine(&finish);
}

static void find_gradient_by_blis(const bf_outer *p)
{
  float *work = take(p->n_tiles * (p->n_in + p->n_out) * BF_TILE, sizeof *work);
  bf_blis_weight_gradient(p, work);
}

static const bf_tile_kernels blis_products = {.multiply = multiply_by_blis,
                                              .weight_gradient = find_gradient_by_blis};

enum { MOST_SUBJECTS = BF_N_ISAS + 1 };

/* Who multiplies: the ISAs, then BLIS. */
static size_t find_multipliers(subject subjects[MOST_SUBJECTS])
{
  size_t n = find_subjects(subjects);
  kernels_called("blis");
  subjects[n] = (subject){"blis", &blis_products};
  return n + 1;
}

static void must_multiply(const product_case *c)
{
  subject subjects[MOST_SUBJECTS];
  size_t n = find_multipliers(subjects);
  for (size_t i = 0; i < n; i++)
    if (!product_agrees(subjects[i].kernels, c))
      fail_msg("%s: %zu tiles, %zu -> %zu, tail %u: %s", subjects[i].name, c->n_tiles, c->n_in,
               c->n_out, c->tail, complaint);
}

static void must_find_gradient(const outer_case *c)
{
  subject subjects[MOST_SUBJECTS];
  size_t n = find_multipliers(subjects);
  for (size_t i = 0; i < n; i++)
    if (!outer_agrees(subjects[i].kernels, c))
      fail_msg("%s: %zu tiles, %zu -> %zu: %s", subjects[i].name, c->n_tiles, c->n_in, c->n_out,
               complaint);
}

static void must_be_affine(const affine_case *c)
{
  subject subjects[BF_N_ISAS];
  size_t n = find_subjects(subjects);
  for (size_t i = 0; i < n; i++)
    if (!affine_agrees(subjects[i].kernels, c))
      fail_msg("%s: %zu tiles, width %zu, tail %u: %s", subjects[i].name, c->n_tiles, c->width,
               c->tail, complaint);
}

/* ---- The reference by hand ---- */

/* Two rows, as tiles: lanes 0 and 1. */
static float *tile_of(size_t width, const float *rows)
{
  float *tile = take(width * BF_TILE, sizeof *tile);
  memset(tile, 0, width * BF_TILE * sizeof *tile);
  bf_tiles_put(0, 2, width, rows, tile);
  return tile;
}

static void reference_computes_the_formulas(void **state)
{
  (void)state;
  const float x[] = {1, 2, 3, 4}, w[] = {10, 20, 30, 40, 50, 60}, b[] = {1, 2, 3};
  const float dy[] = {1, 2, 3, 4, 5, 6};
  float y[6], dx[4], dw[6] = {0, 0, 0, 0, 0, 1}, db[3] = {0, 0, 1};
  clear_scene();
  const bf_product forward = {1, 2, 3,    {tile_of(2, x), NULL}, w, 2,
                              1, b, NULL, {.y = tile_of(3, dy)}};
  const bf_product back = {1, 3,    2,    {tile_of(3, dy), NULL}, w, 1,
                           2, NULL, NULL, {.y = tile_of(2, x)}};
  const bf_outer outer = {1, 2, 3, {tile_of(2, x), NULL}, tile_of(3, dy), dw, db};
  bf_reference_kernels.multiply(&forward);
  bf_reference_kernels.multiply(&back);
  bf_reference_kernels.weight_gradient(&outer);
  bf_tiles_get(0, 2, 3, forward.tail.y, y);
  bf_tiles_get(0, 2, 2, back.tail.y, dx);
  const float expected_y[] = {51, 112, 173, 111, 252, 393};
  const float expected_dx[] = {220, 280, 490, 640};
  const float expected_dw[] = {13, 18, 17, 24, 21, 31};
  const float expected_db[] = {5, 7, 10};
  assert_memory_equal(y, expected_y, sizeof y);
  assert_memory_equal(dx, expected_dx, sizeof dx);
  assert_memory_equal(dw, expected_dw, sizeof dw);
  assert_memory_equal(db, expected_db, sizeof db);
}

/* Numbers of one column through an affine of the reference; y and q come back. */
static void finish_column(bf_affine p, const float x[BF_TILE], float y[BF_TILE], float q[BF_TILE])
{
  p.n_tiles = p.width = 1;
  p.x.values = x;
  p.tail.y = y;
  p.tail.q = q;
  bf_reference_kernels.affine(&p);
}

static void reference_finishes_in_the_order_grid_relu_grid(void **state)
{
  (void)state;
  const float x[BF_TILE] = {-1.0F, 0.0F, 0.125F, 0.375F, 0.4F, 100.0F, -100.0F, 1.25F};
  const float gate[BF_TILE] = {1, 1, 1, 1, -1, 1, 1, 0};
  const float scale[] = {2.0F}, shift[] = {0.25F};
  float y[BF_TILE], q[BF_TILE];
  /* Quarters from -8 to 7.75, then nothing below 0, then halves from -8 to 7.5. */
  const bf_tail tail = {true, true, true, grid_of(6, 2), grid_of(5, 1), NULL, NULL};
  finish_column((bf_affine){.tail = tail}, x, y, q);
  const float rounded[8] = {0, 0, 0, 0.5F, 0.5F, 7.75F, 0, 1.25F};
  const float rounded_again[8] = {0, 0, 0, 0.5F, 0.5F, 7.5F, 0, 1.0F};
  assert_memory_equal(y, rounded, sizeof rounded);
  assert_memory_equal(q, rounded_again, sizeof rounded_again);
  finish_column((bf_affine){.scale = scale, .shift = shift, .gate = gate}, x, y, q);
  const float scaled[8] = {-1.75F, 0.25F, 0.5F, 1.0F, 0, 200.25F, -199.75F, 0};
  assert_memory_equal(y, scaled, sizeof scaled);
  assert_memory_equal(q, scaled, sizeof scaled);
}

/* ---- Every kernel against the reference ---- */

static void multiply_agrees_for_every_tail_bias_and_gate(void **state)
{
  (void)state;
  for (unsigned i = 0; i < N_TAILS * 8U; i++)
    for (int kind = 0; kind < N_NUMBER_KINDS; kind++) {
      const product_case c = {.kind = (number_kind)kind,
                              .n_tiles = 1 + i % 5,
                              .n_in = 7,
                              .n_out = 1 + i % 13,
                              .is_transposed = (i & 1) != 0,
                              .has_bias = (i & 2) != 0,
                              .has_gate = (i & 4) != 0,
                              .has_order = i % 3 == 0,
                              .tail = i / 8};
      must_multiply(&c);
    }
}

static void affine_agrees_for_every_tail_scale_and_gate(void **state)
{
  (void)state;
  for (unsigned i = 0; i < N_TAILS * 8U; i++)
    for (int kind = 0; kind < N_NUMBER_KINDS; kind++) {
      const affine_case c = {.kind = (number_kind)kind,
                             .n_tiles = 1 + i % 5,
                             .width = 1 + i % 13,
                             .has_scale = (i & 1) != 0,
                             .has_gate = (i & 2) != 0,
                             .is_in_place = (i & 4) != 0,
                             .has_order = i % 3 == 0,
                             .tail = i / 8};
      must_be_affine(&c);
    }
}

/* All that is not a size is drawn. */
static void check_shape(bf_random *random, size_t n_tiles, size_t n_in, size_t n_out)
{
  uint32_t bits = bf_random_u32(random);
  number_kind kind = (number_kind)bf_random_below(random, N_NUMBER_KINDS);
  const product_case product = {kind,
                                n_tiles,
                                n_in,
                                n_out,
                                (bits & 1) != 0,
                                (bits & 2) != 0,
                                (bits & 4) != 0,
                                (bits & 8) != 0,
                                HAS_Y | (unsigned)bf_random_below(random, N_TAILS)};
  const outer_case outer = {kind, n_tiles, n_in, n_out, (bits & 2) != 0, (bits & 4) != 0};
  must_multiply(&product);
  must_find_gradient(&outer);
}

static void products_agree_for_widths_up_to_80(void **state)
{
  (void)state;
  bf_random random = bf_random_stream(1, BF_PURPOSE_SPLIT, 0);
  for (size_t width = 1; width <= 80; width++) {
    check_shape(&random, 1 + width % 9, width, 1 + width * 7 % 20);
    check_shape(&random, 1 + width % 9, 1 + width * 5 % 11, width);
    check_shape(&random, 1 + (size_t)bf_random_below(&random, 3), width, width);
  }
}

static void products_agree_for_wide_and_odd_shapes(void **state)
{
  (void)state;
  static const size_t shapes[][3] = {{1, 1, 1},   {9, 1, 1},   {9, 16, 5},  {1, 512, 512},
                                     {2, 5, 512}, {3, 512, 5}, {4, 257, 3}, {5, 2, 511},
                                     {7, 64, 64}, {2, 300, 97}};
  bf_random random = bf_random_stream(2, BF_PURPOSE_SPLIT, 0);
  for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
    check_shape(&random, shapes[i][0], shapes[i][1], shapes[i][2]);
}

static void affine_agrees_for_widths_up_to_512(void **state)
{
  (void)state;
  bf_random random = bf_random_stream(3, BF_PURPOSE_SPLIT, 0);
  for (size_t width = 1; width <= 512; width += width < 80 ? 1 : 27) {
    uint32_t bits = bf_random_u32(&random);
    const affine_case c = {(number_kind)bf_random_below(&random, N_NUMBER_KINDS),
                           1 + width % 9,
                           width,
                           (bits & 1) != 0,
                           (bits & 2) != 0,
                           (bits & 4) != 0,
                           (bits & 8) != 0,
                           HAS_Y | (bits >> 4 & (N_TAILS - 1))};
    must_be_affine(&c);
  }
}

/* ---- NaN and infinity ---- */

/* Lane 5 of all columns of a tile and no other lane is NaN. */
static bool is_nan_in_lane_5(size_t n_tiles, size_t width, const float *values)
{
  for (size_t i = 0; values != NULL && i < n_tiles * width * BF_TILE; i++)
    if (isnan(values[i]) != (i % BF_TILE == 5))
      return false;
  return true;
}

static void check_nan(const bf_tile_kernels *kernels, unsigned flags)
{
  enum { TILES = 5, IN = 3, OUT = 8 };
  clear_scene();
  bf_random random = bf_random_stream(4, BF_PURPOSE_SYNTH, 0);
  const product_case c = {.n_tiles = TILES, .n_in = IN, .n_out = OUT};
  bf_product product = draw_product(&random, &c);
  float *x = draw_numbers(&random, EXACT, (size_t)TILES * IN * BF_TILE);
  for (size_t t = 0; t < TILES; t++)
    x[bf_tile_place(IN, t * BF_TILE + 5, t % IN)] = NAN;
  product.x.values = x;
  product.tail = make_tail(flags, (size_t)TILES * OUT * BF_TILE);
  kernels->multiply(&product);
  assert_true(is_nan_in_lane_5(TILES, OUT, product.tail.y));
  assert_true(is_nan_in_lane_5(TILES, OUT, product.tail.q));
}

static void nan_reaches_the_outputs_of_every_tail(void **state)
{
  (void)state;
  subject subjects[MOST_SUBJECTS];
  size_t n = find_multipliers(subjects);
  for (unsigned flags = 0; flags < N_TAILS; flags++) {
    check_nan(&bf_reference_kernels, flags);
    for (size_t i = 0; i < n; i++)
      check_nan(subjects[i].kernels, flags);
  }
}

static void infinity_stays_infinite_or_becomes_nan(void **state)
{
  (void)state;
  subject subjects[MOST_SUBJECTS + 1];
  size_t n = find_multipliers(subjects);
  subjects[n] = (subject){"reference", &bf_reference_kernels};
  for (size_t i = 0; i <= n; i++) {
    clear_scene();
    const float x[] = {INFINITY, 0, INFINITY, 1}, w[] = {1, 1, 0, 1, -1, 1};
    const float dy[] = {INFINITY, 0, INFINITY, 1, 1, 1};
    float dw[6] = {0}, db[3] = {0};
    bf_product product = {1, 2,    3,    {tile_of(2, x), NULL}, w, 2,
                          1, NULL, NULL, {.y = tile_of(3, dy)}};
    bf_outer outer = {1, 2, 3, {tile_of(2, x), NULL}, tile_of(3, dy), dw, db};
    subjects[i].kernels->multiply(&product);
    const float *y = product.tail.y;
    assert_true(y[0] == INFINITY && isnan(y[BF_TILE]) && y[2 * (size_t)BF_TILE] == -INFINITY);
    subjects[i].kernels->weight_gradient(&outer);
    assert_true(dw[0] == INFINITY && isnan(dw[1]) && isnan(dw[2]) && dw[3] == 1.0F);
    assert_true(db[0] == INFINITY && db[1] == 1.0F && db[2] == INFINITY);
  }
}

/* ---- The checkers find what is wrong ---- */

static void multiply_a_bit_off(const bf_product *p)
{
  bf_reference_kernels.multiply(p);
  float *last = &p->tail.y[p->n_tiles * p->n_out * BF_TILE - 1];
  *last = nextafterf(*last, INFINITY);
}

static void multiply_too_far(const bf_product *p)
{
  bf_reference_kernels.multiply(p);
  p->tail.y[p->n_tiles * p->n_out * BF_TILE] = 0.0F;
}

static void multiply_in_another_order(const bf_product *p)
{
  bf_product wrong = *p;
  wrong.x.order = NULL;
  bf_reference_kernels.multiply(&wrong);
}

/* The largest of (x, 0) in the order that loses NaN. */
static void multiply_without_nan(const bf_product *p)
{
  bf_reference_kernels.multiply(p);
  for (size_t i = 0; i < p->n_tiles * p->n_out * BF_TILE; i++)
    p->tail.y[i] = p->tail.y[i] > 0.0F ? p->tail.y[i] : 0.0F;
}

static void multiply_rounding_half_up(const bf_product *p)
{
  bf_product plain = *p;
  plain.tail.has_grid = false;
  bf_reference_kernels.multiply(&plain);
  for (size_t i = 0; i < p->n_tiles * p->n_out * BF_TILE; i++) {
    float rounded = floorf(p->tail.q[i] * 2.0F + 0.5F) / 2.0F;
    p->tail.q[i] = fminf(fmaxf(rounded, p->tail.grid.lo), p->tail.grid.hi);
  }
}

static void outer_without_last_tile(const bf_outer *p)
{
  bf_outer wrong = *p;
  wrong.n_tiles--;
  bf_reference_kernels.weight_gradient(&wrong);
}

static void faults_are_found(void **state)
{
  (void)state;
  static const struct {
    void (*multiply)(const bf_product *p);
    number_kind kind;
    unsigned tail;
    const char *words;
  } faults[] = {
      {multiply_a_bit_off, EXACT, HAS_Y, "y["},
      {multiply_too_far, EXACT, HAS_Y, "behind the end"},
      {multiply_in_another_order, REAL, HAS_Y, "y["},
      {multiply_without_nan, WILD, HAS_Y | HAS_RELU, "nan"},
      {multiply_rounding_half_up, EXACT, HAS_Y | HAS_Q | HAS_GRID, "q["},
  };
  for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
    const bf_tile_kernels wrong = {.multiply = faults[i].multiply};
    const product_case c = {.kind = faults[i].kind,
                            .n_tiles = 3,
                            .n_in = 9,
                            .n_out = 7,
                            .has_order = true,
                            .tail = faults[i].tail};
    assert_true(product_agrees(&bf_reference_kernels, &c));
    assert_false(product_agrees(&wrong, &c));
    assert_non_null(strstr(complaint, faults[i].words));
  }
  const bf_tile_kernels wrong = {.weight_gradient = outer_without_last_tile};
  const outer_case c = {.kind = REAL, .n_tiles = 3, .n_in = 9, .n_out = 7, .has_db = true};
  assert_false(outer_agrees(&wrong, &c));
}

/* ---- The table ---- */

static void backends_are_found_by_name(void **state)
{
  (void)state;
  static const char *const names[] = {"auto", "blis", "reference"};
  const bf_kernels *kernels = NULL;
  for (int isa = 0; isa < BF_N_ISAS; isa++)
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
      assert_ok(bf_kernels_find(names[i], (bf_isa)isa, &kernels));
      assert_string_equal(bf_kernels_name(kernels), names[i]);
      assert_int_equal(kernels->isa, isa);
      assert_true((kernels->tile == &bf_reference_kernels) == (i == 2));
    }
  kernels = NULL;
  assert_fails(bf_kernels_find("bliss", BF_ISA_BASE, &kernels), BF_ERR_USAGE,
               "did you mean 'blis'?");
  assert_fails(bf_kernels_find("tiles", BF_ISA_BASE, &kernels), BF_ERR_USAGE,
               "expected auto, blis or reference");
  assert_null(kernels);
}

static void backends_know_which_products_are_for_blis(void **state)
{
  (void)state;
  for (int pass = 0; pass < BF_N_PASSES; pass++)
    for (size_t width = 1; width <= 512; width *= 2) {
      const bf_kernels *blis = kernels_called("blis"), *reference = kernels_called("reference");
      assert_true(blis->is_blis(blis->isa, (bf_pass)pass, width, width));
      assert_false(reference->is_blis(reference->isa, (bf_pass)pass, width, width));
    }
}

static void blis_says_which_kernels_it_runs(void **state)
{
  (void)state;
  bf_isa isa;
  assert_ok(bf_isa_detect(&isa));
  const char *text = bf_blis_describe(isa);
  assert_non_null(strstr(text, " kernels"));
  /* Set by us, or by the user to the same end. */
  const char *type = getenv("BLIS_ARCH_TYPE");
  if (isa != BF_ISA_BASE && type != NULL && strcmp(type, "3") == 0)
    assert_non_null(strstr(text, "haswell kernels"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reference_computes_the_formulas),
      cmocka_unit_test(reference_finishes_in_the_order_grid_relu_grid),
      cmocka_unit_test(multiply_agrees_for_every_tail_bias_and_gate),
      cmocka_unit_test(affine_agrees_for_every_tail_scale_and_gate),
      cmocka_unit_test(products_agree_for_widths_up_to_80),
      cmocka_unit_test(products_agree_for_wide_and_odd_shapes),
      cmocka_unit_test(affine_agrees_for_widths_up_to_512),
      cmocka_unit_test(nan_reaches_the_outputs_of_every_tail),
      cmocka_unit_test(infinity_stays_infinite_or_becomes_nan),
      cmocka_unit_test(faults_are_found),
      cmocka_unit_test(blis_says_which_kernels_it_runs),
      cmocka_unit_test(backends_are_found_by_name),
      cmocka_unit_test(backends_know_which_products_are_for_blis),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
