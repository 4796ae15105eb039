/* The matrix kernels of a Linear layer, as a table of back ends.
 * Room: nn. */
#ifndef BF_NN_KERNELS_H
#define BF_NN_KERNELS_H

#include <stddef.h>

#include "base/isa.h"
#include "base/status.h"

/*
 * Shapes: x (n, in), y and dy (n, out), w and dw (out, in), b and db (out), all row-major float32.
 * "reference" is the plain loops: slow, obvious, and the oracle of every other back end.
 * Results depend on shapes, back end and ISA only.
 */
typedef struct bf_kernels {
  const char *name;
  /** y = x w^T + b; @p b may be NULL. */
  void (*linear_forward)(size_t n, size_t in, size_t out, const float *x, const float *w,
                         const float *b, float *y);
  /** dx = dy w. */
  void (*linear_input_gradient)(size_t n, size_t in, size_t out, const float *dy, const float *w,
                                float *dx);
  /** dw += dy^T x and, unless @p db is NULL, db += column sums of dy. */
  void (*linear_weight_gradient)(size_t n, size_t in, size_t out, const float *dy, const float *x,
                                 float *dw, float *db);
} bf_kernels;

/**
 * @brief The back end called "auto" (blis), "blis" or "reference".
 *
 * The first call that names blis starts the library with one thread and the kernels that fit @p isa
 * (Debian's 0.9.0 does not know new CPUs and would take its slow generic ones), unless
 * BLIS_ARCH_TYPE is set already; a later call with another ISA changes nothing.
 * @return BF_OK; BF_ERR_USAGE for another name.
 */
bf_status bf_kernels_find(const char *name, bf_isa isa, const bf_kernels **out);

/** BLIS version and the kernels it runs, for --version and the banner: "0.9.0, haswell kernels".
 * Starts BLIS. Borrowed. */
const char *bf_blis_describe(bf_isa isa);

#endif
