/* Linear kernels on BLIS, and starting it with kernels that fit the CPU.
 * Room: nn. The only door to <blis.h>. BLIS multiplies row-major matrices: tiles are turned into
 * rows on the way in and back on the way out, which large layers do not notice. */
#include <blis.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/kernels_blis.h"
#include "nn/kernels_check.h"

/* A matrix by the steps between its rows and columns. */
typedef struct matrix {
  const float *values;
  size_t row_step;
  size_t column_step;
} matrix;

/* c (m, n) row-major = a (m, k) b (k, n) + beta c. BLIS takes its operands without const. */
static void multiply_matrices(size_t m, size_t n, size_t k, matrix a, matrix b, float beta,
                              float *c)
{
  float one = 1.0F;
  union {
    const float *borrowed;
    float *taken;
  } left = {a.values}, right = {b.values};
  bli_sgemm(BLIS_NO_TRANSPOSE, BLIS_NO_TRANSPOSE, (dim_t)m, (dim_t)n, (dim_t)k, &one, left.taken,
            (inc_t)a.row_step, (inc_t)a.column_step, right.taken, (inc_t)b.row_step,
            (inc_t)b.column_step, &beta, c, (inc_t)n, 1);
}

/* Tiles of a slab as rows (16 n_tiles, width). */
static void get_rows(const bf_slab *x, size_t n_tiles, size_t width, float *rows)
{
  for (size_t t = 0; t < n_tiles; t++)
    bf_tiles_get(0, BF_TILE, width, bf_slab_tile(x, width, t), rows + t * BF_TILE * width);
}

void bf_blis_multiply(const bf_product *p, float *work, float *y)
{
  size_t n_rows = p->n_tiles * BF_TILE;
  float *rows = work;
  float *results = work + n_rows * p->n_in;
  get_rows(&p->x, p->n_tiles, p->n_in, rows);
  for (size_t r = 0; p->bias != NULL && r < n_rows; r++)
    memcpy(results + r * p->n_out, p->bias, p->n_out * sizeof *results);
  multiply_matrices(n_rows, p->n_out, p->n_in, (matrix){rows, p->n_in, 1},
                    (matrix){p->weight, p->in_step, p->out_step}, p->bias != NULL ? 1.0F : 0.0F,
                    results);
  bf_tiles_put(0, n_rows, p->n_out, results, y);
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

void bf_blis_weight_gradient(const bf_outer *p, float *work)
{
  size_t n_rows = p->n_tiles * BF_TILE;
  float *rows = work;
  float *slopes = work + n_rows * p->n_in;
  get_rows(&p->x, p->n_tiles, p->n_in, rows);
  get_rows(&(bf_slab){p->dy, NULL}, p->n_tiles, p->n_out, slopes);
  multiply_matrices(p->n_out, p->n_in, n_rows, (matrix){slopes, 1, p->n_out},
                    (matrix){rows, p->n_in, 1}, 1.0F, p->dw);
  if (p->db != NULL)
    add_column_sums(n_rows, p->n_out, slopes, p->db);
}

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

bool bf_blis_is_generic(bf_isa isa)
{
  bf_blis_start(isa);
  return bli_arch_query_id() == BLIS_ARCH_GENERIC;
}

/* What was set for the loops one by one counts more than the number of threads; -1: it was not. */
int bf_blis_n_threads(bf_isa isa)
{
  bf_blis_start(isa);
  const dim_t ways[] = {bli_thread_get_jc_nt(), bli_thread_get_pc_nt(), bli_thread_get_ic_nt(),
                        bli_thread_get_jr_nt(), bli_thread_get_ir_nt()};
  dim_t n = 1;
  bool has_threads = bli_info_get_enable_openmp() != 0 || bli_info_get_enable_pthreads() != 0;
  for (size_t i = 0; i < sizeof ways / sizeof *ways && has_threads; i++)
    n *= ways[i] > 1 ? ways[i] : 1;
  return (int)n;
}
