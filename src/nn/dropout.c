/* Dropout: in training, y = x / (1 - drop) or 0, drawn anew for every batch; in evaluation, y = x.
 * Room: nn. */
#include "nn/stage.h"

/* Every lane draws, in the order of the tiles, so that the number of chunks does not matter. */
static void draw(bf_stage *stage, const bf_chunk *chunk, float *kept)
{
  double drop = stage->layer->drop;
  uint64_t n_dropping = (uint64_t)(drop * 0x1p32);
  float factor = (float)(1.0 / (1.0 - drop));
  if (chunk->first_tile == 0)
    stage->random = bf_random_stream(stage->seed, BF_PURPOSE_DROPOUT, stage->draw);
  for (size_t i = 0; i < chunk->span.n_tiles * stage->n_out * BF_TILE; i++)
    kept[i] = bf_random_u32(&stage->random) < n_dropping ? 0.0F : factor;
}

static void forward(bf_stage *stage, const bf_chunk *chunk, const bf_slab *x)
{
  bf_tail tail = bf_stage_tail(stage, chunk);
  float *kept = bf_stage_place(stage, chunk, stage->kept);
  float *y = bf_tail_raw(&tail);
  size_t n = stage->n_out * BF_TILE;
  draw(stage, chunk, kept);
  for (size_t t = 0; t < chunk->span.n_tiles; t++) {
    const float *tile = bf_slab_tile(x, stage->n_in, t);
    for (size_t i = 0; i < n; i++)
      y[t * n + i] = tile[i] * kept[t * n + i];
  }
  bf_stage_finish(stage, chunk, &tail);
}

static void backward(bf_stage *stage, const bf_chunk *chunk, const bf_slab *x,
                     const bf_slopes *slopes)
{
  (void)x;
  const float *kept = bf_stage_place(stage, chunk, stage->kept);
  if (slopes->dx == NULL)
    return;
  for (size_t i = 0; i < chunk->span.n_tiles * stage->n_out * BF_TILE; i++)
    slopes->dx[i] = slopes->dy[i] * kept[i];
  bf_slopes raw = {slopes->dx, slopes->dx, slopes->gate};
  bf_stage_pass_slopes(stage, chunk, &raw);
}

static void evaluate(bf_stage *stage, const bf_chunk *chunk, const bf_slab *x)
{
  bf_pass_stage.evaluate(stage, chunk, x);
}

const bf_stage_operations bf_dropout_stage = {
    .evaluate = evaluate, .forward = forward, .backward = backward};
