/* Weights, which are arrays of any length, and the table of this ISA's kernels.
 * Room: nn. Compiled once an ISA. The loops are plain: the compiler makes vectors of them. */
#include <math.h>

#include "nn/tile_kernels.h"

static void round_values(const bf_grid *grid, size_t n, const float *x, float *y)
{
  const bf_grid g = *grid;
  for (size_t i = 0; i < n; i++) {
    float raised = x[i] < g.lo ? g.lo : x[i];
    float clamped = raised > g.hi ? g.hi : raised;
    y[i] = (clamped + g.magic) - g.magic;
  }
}

static void adam(const bf_adam *adam_step, size_t n, float *restrict values,
                 const float *restrict gradient, float *restrict first, float *restrict second)
{
  const bf_adam a = *adam_step;
  for (size_t i = 0; i < n; i++) {
    float slope = gradient[i] + a.decay * values[i];
    float m = a.keep1 * first[i] + a.add1 * slope;
    float s = a.keep2 * second[i] + a.add2 * slope * slope;
    first[i] = m;
    second[i] = s;
    values[i] -= a.size * m / (sqrtf(s) * a.correction + a.eps);
  }
}

const bf_tile_kernels BF_OF_ISA(bf_tile_kernels) = {
    .multiply = BF_OF_ISA(bf_tile_multiply),
    .weight_gradient = BF_OF_ISA(bf_tile_weight_gradient),
    .affine = BF_OF_ISA(bf_tile_affine),
    .moments = BF_OF_ISA(bf_tile_moments),
    .norm_gradient = BF_OF_ISA(bf_tile_norm_gradient),
    .norm_input_gradient = BF_OF_ISA(bf_tile_norm_input_gradient),
    .cross_entropy = BF_OF_ISA(bf_tile_cross_entropy),
    .tally = BF_OF_ISA(bf_tile_tally),
    .round = round_values,
    .adam = adam,
};
