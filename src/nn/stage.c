/* What all stages share: where their outputs are, and the stages that only finish values.
 * Room: nn. */
#include "nn/stage.h"

bf_tail bf_stage_tail(const bf_stage *stage, const bf_chunk *chunk)
{
  bf_tail tail = stage->tail;
  tail.y = bf_stage_place(stage, chunk, stage->y);
  tail.q = bf_stage_place(stage, chunk, stage->q);
  return tail;
}

bf_slab bf_stage_output(const bf_stage *stage, const bf_chunk *chunk)
{
  return (bf_slab){bf_stage_place(stage, chunk, stage->q != NULL ? stage->q : stage->y), NULL};
}

/* The tail of x. */
static void finish(const bf_stage *stage, const bf_chunk *chunk, bf_slab x, const bf_tail *tail)
{
  bf_affine affine = {.n_tiles = chunk->span.n_tiles, .width = stage->n_out, .x = x, .tail = *tail};
  stage->kernels->tile->affine(&affine);
}

void bf_stage_finish(const bf_stage *stage, const bf_chunk *chunk, const bf_tail *tail)
{
  finish(stage, chunk, (bf_slab){bf_tail_raw(tail), NULL}, tail);
}

void bf_stage_pass_slopes(const bf_stage *stage, const bf_chunk *chunk, const bf_slopes *slopes)
{
  bf_affine pass = {.n_tiles = chunk->span.n_tiles,
                    .width = stage->n_in,
                    .x = {slopes->dy, NULL},
                    .gate = slopes->gate,
                    .tail = {.y = slopes->dx}};
  if (slopes->dx != NULL)
    stage->kernels->tile->affine(&pass);
}

static void pass(bf_stage *stage, const bf_chunk *chunk, const bf_slab *x)
{
  bf_tail tail = bf_stage_tail(stage, chunk);
  finish(stage, chunk, *x, &tail);
}

static void pass_back(bf_stage *stage, const bf_chunk *chunk, const bf_slab *x,
                      const bf_slopes *slopes)
{
  (void)x;
  bf_stage_pass_slopes(stage, chunk, slopes);
}

const bf_stage_operations bf_pass_stage = {
    .evaluate = pass, .forward = pass, .backward = pass_back};

/* Blocks lie within rows: a tile is turned into rows and back. Where every value stands alone, its
 * order makes no difference. The gradient is straight-through. */
static void quantise(bf_stage *stage, const bf_chunk *chunk, const bf_slab *x)
{
  size_t width = stage->n_in;
  bool is_local = bf_quantizer_is_local(stage->quantizer);
  float *y = bf_stage_place(stage, chunk, stage->y);
  for (size_t t = 0; t < chunk->span.n_tiles; t++, y += width * BF_TILE) {
    const float *tile = bf_slab_tile(x, width, t);
    if (is_local) {
      bf_quantize(stage->quantizer, 1, width * BF_TILE, tile, y);
      continue;
    }
    bf_tiles_get(0, BF_TILE, width, tile, stage->work);
    bf_quantize_rows(stage->quantizer, BF_TILE, width, stage->work, stage->work);
    bf_tiles_put(0, BF_TILE, width, stage->work, y);
  }
}

const bf_stage_operations bf_quantise_stage = {
    .evaluate = quantise, .forward = quantise, .backward = pass_back};
