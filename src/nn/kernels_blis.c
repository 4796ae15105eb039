/* Linear kernels on BLIS, and starting it with kernels that fit the CPU.
 * Room: nn. The only door to <blis.h>. */
#include <blis.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "nn/kernels_table.h"

/* A row-major matrix; transposing it swaps the strides. */
typedef struct matrix {
  const float *values;
  inc_t row_stride;
  inc_t column_stride;
} matrix;

static matrix rows_of(const float *values, size_t n_columns)
{
  return (matrix){values, (inc_t)n_columns, 1};
}

static matrix transposed(const float *values, size_t n_columns)
{
  return (matrix){values, 1, (inc_t)n_columns};
}

/* c (m, n) = a (m, k) b (k, n) + beta c. BLIS takes its operands without const. */
static void multiply(size_t m, size_t n, size_t k, matrix a, matrix b, float beta, float *c)
{
  float one = 1.0F;
  union {
    const float *borrowed;
    float *taken;
  } left = {a.values}, right = {b.values};
  bli_sgemm(BLIS_NO_TRANSPOSE, BLIS_NO_TRANSPOSE, (dim_t)m, (dim_t)n, (dim_t)k, &one, left.taken,
            a.row_stride, a.column_stride, right.taken, b.row_stride, b.column_stride, &beta, c,
            (inc_t)n, 1);
}

static void linear_forward(size_t n, size_t in, size_t out, const float *x, const float *w,
                           const float *b, float *y)
{
  for (size_t r = 0; b != NULL && r < n; r++)
    for (size_t o = 0; o < out; o++)
      y[r * out + o] = b[o];
  multiply(n, out, in, rows_of(x, in), transposed(w, in), b != NULL ? 1.0F : 0.0F, y);
}

static void linear_input_gradient(size_t n, size_t in, size_t out, const float *dy, const float *w,
                                  float *dx)
{
  multiply(n, in, out, rows_of(dy, out), rows_of(w, in), 0.0F, dx);
}

/* Blocks of columns, so that the float64 sums need no memory of their own. */
static void add_column_sums(size_t n, size_t width, const float *dy, float *db)
{
  enum { BLOCK = 64 };
  for (size_t first = 0; first < width; first += BLOCK) {
    double sums[BLOCK] = {0.0};
    size_t n_columns = width - first < BLOCK ? width - first : BLOCK;
    for (size_t r = 0; r < n; r++)
      for (size_t c = 0; c < n_columns; c++)
        sums[c] += (double)dy[r * width + first + c];
    for (size_t c = 0; c < n_columns; c++)
      db[first + c] += (float)sums[c];
  }
}

static void linear_weight_gradient(size_t n, size_t in, size_t out, const float *dy, const float *x,
                                   float *dw, float *db)
{
  multiply(out, in, n, transposed(dy, out), rows_of(x, in), 1.0F, dw);
  if (db != NULL)
    add_column_sums(n, out, dy, db);
}

const bf_kernels bf_kernels_blis = {
    .name = "blis",
    .linear_forward = linear_forward,
    .linear_input_gradient = linear_input_gradient,
    .linear_weight_gradient = linear_weight_gradient,
};

#if defined(__x86_64__)
/* BLIS 0.9.0 does not know CPUs newer than itself and would run its generic kernels on them. The
 * haswell ones are taken for AVX-512 too: skx has none for small and skinny shapes, which are most
 * of ours. The library reads the variable once, before anything may ask it for its choice. */
static void choose_kernels(bf_isa isa)
{
  char id[16];
  snprintf(id, sizeof id, "%d", (int)(isa == BF_ISA_BASE ? BLIS_ARCH_GENERIC : BLIS_ARCH_HASWELL));
  setenv("BLIS_ARCH_TYPE", id, 0);
}
#else
static void choose_kernels(bf_isa isa)
{
  (void)isa;
}
#endif

void bf_blis_start(bf_isa isa)
{
  static bool has_started;
  if (has_started)
    return;
  choose_kernels(isa);
  bli_init();
  bli_thread_set_num_threads(1);
  has_started = true;
}

const char *bf_blis_describe(bf_isa isa)
{
  static char text[64];
  bf_blis_start(isa);
  arch_t id = bli_arch_query_id();
  snprintf(text, sizeof text, "%s, %s kernels%s", bli_info_get_version_str(), bli_arch_string(id),
           id == BLIS_ARCH_GENERIC ? " (slow)" : "");
  return text;
}
