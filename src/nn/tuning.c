/* Tile kernels against BLIS, shape by shape.
 * Room: nn. */
#include "nn/tuning.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/median.h"
#include "base/memory.h"
#include "base/random.h"
#include "nn/kernels_blis.h"
#include "nn/stack.h"

static const char *const names[BF_N_PASSES] = {
    [BF_PASS_FORWARD] = "forward", [BF_PASS_INPUT] = "input", [BF_PASS_WEIGHT] = "weight"};

const char *bf_pass_name(bf_pass pass)
{
  return names[pass];
}

/** A Linear's arrays, in one block. */
typedef struct workload {
  const bf_tile_kernels *tile;
  size_t n_in;
  size_t n_out;
  float *memory;
  float *x; /* (chunk, n_in, 16) */
  float *y; /* (chunk, n_out, 16) */
  float *weight;
  float *bias;
  float *work;
} workload;

static bf_status workload_init(workload *load, bf_isa isa, size_t n_in, size_t n_out)
{
  const bf_kernels *kernels;
  bf_status status;
  size_t n_rows = (size_t)BF_CHUNK_TILES * BF_TILE;
  size_t n_weights = (n_in * n_out + BF_TILE - 1) / BF_TILE * BF_TILE;
  size_t n = 2 * n_rows * (n_in + n_out) + n_weights + n_out;
  *load = (workload){.n_in = n_in, .n_out = n_out};
  BF_TRY(bf_kernels_find("blis", isa, &kernels));
  load->tile = kernels->tile;
  load->memory = bf_alloc(n, sizeof *load->memory);
  BF_CHECK_MEMORY(load->memory);
  load->x = load->memory;
  load->y = load->x + n_rows * n_in;
  load->work = load->y + n_rows * n_out;
  load->weight = load->work + n_rows * (n_in + n_out);
  load->bias = load->weight + n_weights;
  bf_random random = bf_random_stream(0, BF_PURPOSE_SYNTH, 0);
  for (size_t i = 0; i < n; i++)
    load->memory[i] = (float)bf_random_unit(&random) - 0.5F;
done:
  return status;
}

static bf_product forward_of(const workload *load)
{
  return (bf_product){.n_tiles = BF_CHUNK_TILES,
                      .n_in = load->n_in,
                      .n_out = load->n_out,
                      .x = {load->x, NULL},
                      .weight = load->weight,
                      .out_step = load->n_in,
                      .in_step = 1,
                      .bias = load->bias,
                      .tail = {.has_relu = true, .y = load->y}};
}

static bf_product backward_of(const workload *load)
{
  return (bf_product){.n_tiles = BF_CHUNK_TILES,
                      .n_in = load->n_out,
                      .n_out = load->n_in,
                      .x = {load->y, NULL},
                      .weight = load->weight,
                      .out_step = 1,
                      .in_step = load->n_in,
                      .tail = {.y = load->x}};
}

static void multiply(const workload *load, const bf_product *product, bool on_blis)
{
  if (!on_blis) {
    load->tile->multiply(product);
    return;
  }
  bf_blis_multiply(product, load->work, product->tail.y);
  const bf_affine finish = {.n_tiles = product->n_tiles,
                            .width = product->n_out,
                            .x = {product->tail.y, NULL},
                            .tail = product->tail};
  load->tile->affine(&finish);
}

static void outer(const workload *load, bool on_blis)
{
  const bf_outer product = {.n_tiles = BF_CHUNK_TILES,
                            .n_in = load->n_in,
                            .n_out = load->n_out,
                            .x = {load->x, NULL},
                            .dy = load->y,
                            .dw = load->weight,
                            .db = load->bias};
  if (on_blis)
    bf_blis_weight_gradient(&product, load->work);
  else
    load->tile->weight_gradient(&product);
}

static void run(const workload *load, bf_pass pass, bool on_blis)
{
  if (pass == BF_PASS_WEIGHT) {
    outer(load, on_blis);
    return;
  }
  const bf_product product = pass == BF_PASS_FORWARD ? forward_of(load) : backward_of(load);
  multiply(load, &product, on_blis);
}

static double time_pass(const workload *load, bf_pass pass, bool on_blis)
{
  /* About a millisecond a round. */
  size_t n_repeats = 1 + (1U << 17) / (load->n_in * load->n_out);
  double start_s = bf_clock_s();
  for (size_t i = 0; i < n_repeats; i++)
    run(load, pass, on_blis);
  return (bf_clock_s() - start_s) / (double)n_repeats;
}

bf_status bf_tune_shape(bf_isa isa, size_t n_in, size_t n_out, size_t n_rounds, bf_tuning *tuning)
{
  bf_status status;
  workload load = {0};
  double *seconds = bf_alloc(2 * n_rounds, sizeof *seconds);
  BF_CHECK_MEMORY(seconds);
  BF_TRY(workload_init(&load, isa, n_in, n_out));
  for (int pass = 0; pass < BF_N_PASSES; pass++) {
    for (size_t i = 0; i < n_rounds; i++) {
      seconds[i] = time_pass(&load, (bf_pass)pass, false);
      seconds[n_rounds + i] = time_pass(&load, (bf_pass)pass, true);
    }
    tuning->tile_s[pass] = bf_median(n_rounds, seconds);
    tuning->blis_s[pass] = bf_median(n_rounds, seconds + n_rounds);
  }
done:
  free(load.memory);
  free(seconds);
  return status;
}
