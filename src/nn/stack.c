/* Runs rows through the stages of a net, forward and back.
 * Room: nn. */
#include "nn/stack.h"

#include <stdlib.h>

#include "base/memory.h"
#include "nn/stack_plan.h"

enum { STREAMS_PER_BATCH = 64 };

typedef struct buffer_cursor {
  float *memory; /* NULL while only counting */
  size_t n_taken;
} buffer_cursor;

static float *carve(buffer_cursor *cursor, size_t n_tiles, size_t width)
{
  float *carved = cursor->memory != NULL ? cursor->memory + cursor->n_taken : NULL;
  cursor->n_taken += n_tiles * width * BF_TILE;
  return carved;
}

static size_t widest(const bf_stack *stack)
{
  size_t width = 0;
  for (size_t i = 0; i < stack->n_stages; i++) {
    const bf_stage *stage = &stack->stages[i];
    size_t wide = stage->n_in > stage->n_out ? stage->n_in : stage->n_out;
    width = wide > width ? wide : width;
  }
  return width;
}

static bool is_norm(const bf_stage *stage)
{
  return stage->operations == &bf_norm_stage;
}

/* The last stage that waits for the whole batch before it goes on; 0 if none does. */
static size_t last_border(const bf_stack *stack)
{
  size_t border = 0;
  for (size_t i = 1; i < stack->n_stages; i++)
    if (is_norm(&stack->stages[i]))
      border = i;
  return border;
}

/* Products on BLIS and formats that are not fused want rows. */
static bool needs_work(const bf_stage *stage, const bf_kernels *kernels, bool is_training)
{
  bool needs = stage->operations == &bf_quantise_stage;
  int n_passes = is_training ? BF_N_PASSES : BF_PASS_FORWARD + 1;
  for (int pass = 0; stage->operations == &bf_linear_stage && pass < n_passes; pass++)
    needs |= kernels->is_blis(kernels->isa, (bf_pass)pass, stage->n_in, stage->n_out);
  return needs;
}

static void carve_work(bf_stack *stack, const bf_kernels *kernels, buffer_cursor *cursor,
                       bool is_training)
{
  size_t width = 0;
  for (size_t i = 0; i < stack->n_stages; i++) {
    const bf_stage *stage = &stack->stages[i];
    if (needs_work(stage, kernels, is_training) && stage->n_in + stage->n_out > width)
      width = stage->n_in + stage->n_out;
  }
  float *work = carve(cursor, BF_CHUNK_TILES, width);
  for (size_t i = 0; i < stack->n_stages; i++)
    stack->stages[i].work = work;
}

/* A stage's outputs are wanted by the next one only: two buffers take turns. */
static void carve_evaluation(bf_stack *stack, buffer_cursor *cursor)
{
  size_t width = widest(stack);
  float *buffers[2];
  for (size_t i = 0; i < 2; i++)
    buffers[i] = carve(cursor, BF_CHUNK_TILES, width);
  for (size_t i = 0; i < stack->n_stages; i++) {
    bf_stage *stage = &stack->stages[i];
    stage->y = stage->tail.has_grid ? NULL : buffers[i % 2];
    stage->q = stage->tail.has_grid ? buffers[i % 2] : NULL;
  }
}

static void carve_norm(bf_stage *stage, buffer_cursor *cursor)
{
  stage->norm.a = carve(cursor, bf_n_tiles(stage->n_in), 1);
  stage->norm.b = carve(cursor, bf_n_tiles(stage->n_in), 1);
  stage->norm.c = carve(cursor, bf_n_tiles(stage->n_in), 1);
}

static void carve_stage(bf_stage *stage, buffer_cursor *cursor, size_t n_tiles)
{
  if (!stage->tail.has_grid || stage->tail.has_relu)
    stage->y = carve(cursor, n_tiles, stage->n_out);
  if (stage->tail.has_grid)
    stage->q = carve(cursor, n_tiles, stage->n_out);
  if (stage->operations == &bf_dropout_stage)
    stage->kept = carve(cursor, n_tiles, stage->n_out);
}

/* Before the last border, buffers hold a batch. */
static void carve_training(bf_stack *stack, buffer_cursor *cursor)
{
  size_t border = last_border(stack), width = widest(stack);
  for (size_t i = 0; i < stack->n_stages; i++) {
    bf_stage *stage = &stack->stages[i];
    stage->is_whole = i < border;
    carve_stage(stage, cursor, stage->is_whole ? stack->n_tiles : BF_CHUNK_TILES);
    if (is_norm(stage))
      carve_norm(stage, cursor);
    if (is_norm(stage) && i > 0)
      stage->dy = carve(cursor, stack->n_tiles, stage->n_out);
  }
  for (size_t i = 0; i < 2; i++)
    stack->slopes[i] = carve(cursor, BF_CHUNK_TILES, width);
}

/* Called twice: without memory it only counts. */
static void carve_buffers(bf_stack *stack, const bf_kernels *kernels, buffer_cursor *cursor,
                          bool is_training)
{
  carve_work(stack, kernels, cursor, is_training);
  if (is_training)
    carve_training(stack, cursor);
  else
    carve_evaluation(stack, cursor);
}

static void connect(bf_stack *stack, const bf_kernels *kernels)
{
  const bf_net *net = stack->net;
  bf_layer_values used[BF_MAX_LAYERS] = {{0}}, gradient[BF_MAX_LAYERS] = {{0}};
  bf_model_lay_out(&net->model, stack->used, used);
  if (stack->gradient != NULL)
    bf_model_lay_out(&net->model, stack->gradient, gradient);
  double *sums = stack->sums;
  for (size_t i = 0; i < stack->n_stages; i++) {
    bf_stage *stage = &stack->stages[i];
    stage->kernels = kernels;
    if (stage->layer == NULL)
      continue;
    size_t layer = (size_t)(stage->layer - net->model.layers);
    stage->values = net->layers[layer];
    stage->used = used[layer];
    stage->gradient = gradient[layer];
    if (stack->gradient == NULL || !is_norm(stage))
      continue;
    stage->norm.sum = sums;
    stage->norm.product = sums + stage->n_in;
    sums += 2 * stage->n_in;
  }
}

static size_t count_sums(const bf_stack *stack)
{
  size_t n = 0;
  for (size_t i = 0; i < stack->n_stages; i++)
    n += is_norm(&stack->stages[i]) ? 2 * stack->stages[i].n_in : 0;
  return n;
}

static bf_status plan(bf_stack *stack, const bf_net *net, bool in_integers)
{
  bf_status status = BF_OK;
  stack->net = net;
  stack->stages = bf_alloc(bf_stack_most_stages(&net->model), sizeof *stack->stages);
  BF_CHECK_MEMORY(stack->stages);
  stack->n_stages = bf_stack_plan(&net->model, in_integers, stack->stages);
done:
  return status;
}

static bf_status take_memory(bf_stack *stack, const bf_kernels *kernels, bool is_training)
{
  bf_status status = BF_OK;
  buffer_cursor cursor = {0};
  carve_buffers(stack, kernels, &cursor, is_training);
  stack->tiles = bf_alloc(cursor.n_taken, sizeof *stack->tiles);
  BF_CHECK_MEMORY(stack->tiles);
  cursor = (buffer_cursor){.memory = stack->tiles};
  carve_buffers(stack, kernels, &cursor, is_training);
  stack->used = bf_alloc(stack->net->n_values, sizeof *stack->used);
  BF_CHECK_MEMORY(stack->used);
  if (is_training) {
    stack->gradient = bf_alloc(stack->net->n_trained, sizeof *stack->gradient);
    BF_CHECK_MEMORY(stack->gradient);
    stack->sums = bf_alloc(count_sums(stack) + 1, sizeof *stack->sums);
    BF_CHECK_MEMORY(stack->sums);
  }
done:
  return status;
}

static bf_status pack_stages(bf_stack *stack)
{
  bf_status status = BF_OK;
  for (size_t i = 0; i < stack->n_stages && status == BF_OK; i++)
    if (stack->stages[i].operations == &bf_packed_stage)
      status = bf_stage_pack(&stack->stages[i]);
  return status;
}

static bf_status init(bf_stack *stack, const bf_net *net, const bf_kernels *kernels,
                      bool is_training, bool in_integers)
{
  bf_status status;
  BF_TRY(plan(stack, net, in_integers));
  BF_TRY(take_memory(stack, kernels, is_training));
  connect(stack, kernels);
  BF_TRY(pack_stages(stack));
done:
  if (status != BF_OK)
    bf_stack_release(stack);
  return status;
}

bf_status bf_stack_init_evaluation(bf_stack *stack, const bf_net *net, const bf_kernels *kernels,
                                   bool in_integers)
{
  *stack = (bf_stack){.n_tiles = BF_CHUNK_TILES};
  return init(stack, net, kernels, false, in_integers);
}

bf_status bf_stack_init_training(bf_stack *stack, const bf_net *net, const bf_kernels *kernels,
                                 size_t n_tiles)
{
  *stack = (bf_stack){.n_tiles = n_tiles};
  return init(stack, net, kernels, true, false);
}

void bf_stack_release(bf_stack *stack)
{
  for (size_t i = 0; i < stack->n_stages; i++)
    bf_packed_linear_free(stack->stages[i].packed);
  free(stack->stages);
  free(stack->tiles);
  free(stack->used);
  free(stack->gradient);
  free(stack->sums);
  *stack = (bf_stack){0};
}

void bf_stack_prepare(bf_stack *stack)
{
  for (size_t i = 0; i < stack->n_stages; i++) {
    bf_stage *stage = &stack->stages[i];
    if (stage->operations->prepare != NULL)
      stage->operations->prepare(stage);
  }
}

const float *bf_stack_evaluate(bf_stack *stack, const bf_slab *x, size_t n_tiles)
{
  BF_ASSERT(n_tiles <= stack->n_tiles && n_tiles <= BF_CHUNK_TILES);
  bf_chunk chunk = {.span = {.n_tiles = n_tiles, .n_rows = n_tiles * BF_TILE}};
  bf_slab input = *x;
  for (size_t i = 0; i < stack->n_stages; i++) {
    bf_stage *stage = &stack->stages[i];
    stage->operations->evaluate(stage, &chunk, &input);
    input = bf_stage_output(stage, &chunk);
  }
  return input.values;
}

static size_t smaller(size_t a, size_t b)
{
  return a < b ? a : b;
}

size_t bf_batch_n_chunks(const bf_batch *batch)
{
  return (batch->span.n_tiles + BF_CHUNK_TILES - 1) / BF_CHUNK_TILES;
}

bf_chunk bf_batch_chunk(const bf_batch *batch, size_t k)
{
  const bf_span *whole = &batch->span;
  size_t tile = k * BF_CHUNK_TILES;
  size_t n_tiles = smaller(whole->n_tiles - tile, BF_CHUNK_TILES);
  size_t start = k == 0 ? whole->first : tile * BF_TILE;
  size_t end = smaller(whole->first + whole->n_rows, (tile + n_tiles) * BF_TILE);
  return (bf_chunk){.span = {n_tiles, start - tile * BF_TILE, end - start}, .first_tile = tile};
}

/* What stage i reads of a chunk. */
static bf_slab input_of(const bf_stack *stack, size_t i, const bf_batch *batch,
                        const bf_chunk *chunk)
{
  if (i > 0)
    return bf_stage_output(&stack->stages[i - 1], chunk);
  if (batch->order != NULL)
    return (bf_slab){batch->values, batch->order + chunk->first_tile};
  return (bf_slab){batch->values + chunk->first_tile * stack->stages[0].n_in * BF_TILE, NULL};
}

/* Asks for a chunk of the data's tiles from number `tile` of the order on, which may be the next
 * batch's: no prefetcher can guess a random order. */
static void fetch(const bf_stack *stack, const bf_batch *batch, size_t tile)
{
  size_t n = stack->stages[0].n_in * BF_TILE;
  size_t end = batch->order != NULL ? batch->span.n_tiles + batch->n_ahead : 0;
  for (size_t t = tile; t < tile + BF_CHUNK_TILES && t < end; t++)
    for (size_t i = 0; i < n; i += BF_TILE)
      __builtin_prefetch(batch->values + batch->order[t] * n + i);
}

/* A BatchNorm looks at the whole batch before it goes on. */
static void start_norm(bf_stack *stack, size_t i, const bf_batch *batch)
{
  bf_stage *stage = &stack->stages[i];
  for (size_t k = 0; k < bf_batch_n_chunks(batch); k++) {
    bf_chunk chunk = bf_batch_chunk(batch, k);
    bf_slab x = input_of(stack, i, batch, &chunk);
    if (i == 0 && k + 1 < bf_batch_n_chunks(batch))
      fetch(stack, batch, (k + 1) * BF_CHUNK_TILES);
    if (k == 0)
      bf_norm_start(stage, &chunk.span, &x);
    bf_norm_add_moments(stage, &chunk.span, &x);
  }
  bf_norm_find_scale(stage, batch->span.n_rows);
}

static void forward_chunk(bf_stack *stack, size_t first, size_t end, const bf_batch *batch,
                          const bf_chunk *chunk)
{
  for (size_t i = first; i < end; i++) {
    bf_slab x = input_of(stack, i, batch, chunk);
    stack->stages[i].operations->forward(&stack->stages[i], chunk, &x);
  }
}

/* Where the gradient by the values of stage i goes: a BatchNorm behind others keeps it for later.
 */
static float *slopes_of(const bf_stack *stack, size_t i, const bf_chunk *chunk)
{
  const bf_stage *stage = &stack->stages[i];
  if (stage->dy != NULL)
    return stage->dy + chunk->first_tile * stage->n_out * BF_TILE;
  return stack->slopes[i % 2];
}

static bf_slopes slopes_at(const bf_stack *stack, size_t i, const bf_chunk *chunk)
{
  bf_slopes slopes = {.dy = slopes_of(stack, i, chunk)};
  if (i > 0) {
    const bf_stage *before = &stack->stages[i - 1];
    slopes.dx = slopes_of(stack, i - 1, chunk);
    slopes.gate = before->tail.has_relu ? bf_stage_place(before, chunk, before->y) : NULL;
  }
  return slopes;
}

static void backward_chunk(bf_stack *stack, size_t first, size_t end, const bf_batch *batch,
                           const bf_chunk *chunk)
{
  for (size_t i = end; i > first; i--) {
    bf_slab x = input_of(stack, i - 1, batch, chunk);
    bf_slopes slopes = slopes_at(stack, i - 1, chunk);
    stack->stages[i - 1].operations->backward(&stack->stages[i - 1], chunk, &x, &slopes);
  }
}

/* Loss of a chunk, and its gradient by the outputs. */
static double find_loss(bf_stack *stack, const bf_batch *batch, const bf_chunk *chunk)
{
  size_t last = stack->n_stages - 1;
  const bf_stage *stage = &stack->stages[last];
  size_t tile = chunk->first_tile;
  bf_entropy entropy = {
      .span = chunk->span,
      .n_outputs = stage->n_out,
      .outputs = bf_stage_output(stage, chunk).values,
      .labels = batch->labels + (batch->order != NULL ? 0 : tile * BF_TILE),
      .order = batch->order != NULL ? batch->order + tile : NULL,
      .n_rows = (double)batch->span.n_rows,
      .has_gate = stage->tail.has_relu,
      .gradient = slopes_of(stack, last, chunk),
  };
  return stage->kernels->tile->cross_entropy(&entropy);
}

/* The stages from the last border on, there and back, while a chunk is in the cache. */
static double turn_around(bf_stack *stack, size_t first, const bf_batch *batch)
{
  double loss = 0.0;
  for (size_t k = 0; k < bf_batch_n_chunks(batch); k++) {
    bf_chunk chunk = bf_batch_chunk(batch, k);
    if (k + 1 == bf_batch_n_chunks(batch))
      fetch(stack, batch, batch->span.n_tiles);
    forward_chunk(stack, first, stack->n_stages, batch, &chunk);
    loss += find_loss(stack, batch, &chunk);
    backward_chunk(stack, first, stack->n_stages, batch, &chunk);
  }
  return loss;
}

static size_t border_before(const bf_stack *stack, size_t i)
{
  do
    i--;
  while (i > 0 && !is_norm(&stack->stages[i]));
  return i;
}

static size_t border_after(const bf_stack *stack, size_t i)
{
  do
    i++;
  while (i < stack->n_stages && !is_norm(&stack->stages[i]));
  return i;
}

/* From the BatchNorm at `end`, whose sums are complete, back to the one before it. */
static void go_back(bf_stack *stack, size_t first, size_t end, const bf_batch *batch)
{
  for (size_t k = 0; k < bf_batch_n_chunks(batch); k++) {
    bf_chunk chunk = bf_batch_chunk(batch, k);
    bf_slab x = input_of(stack, end, batch, &chunk);
    bf_slopes slopes = slopes_at(stack, end, &chunk);
    bf_norm_input_slopes(&stack->stages[end], &chunk, &x, &slopes);
    backward_chunk(stack, first, end, batch, &chunk);
  }
}

void bf_stack_enter(bf_stack *stack, const bf_batch *batch)
{
  BF_ASSERT(batch->span.n_tiles <= stack->n_tiles);
  size_t border = last_border(stack);
  for (size_t first = 0; first < border; first = border_after(stack, first)) {
    if (is_norm(&stack->stages[first]))
      start_norm(stack, first, batch);
    for (size_t k = 0; k < bf_batch_n_chunks(batch); k++) {
      bf_chunk chunk = bf_batch_chunk(batch, k);
      forward_chunk(stack, first, border_after(stack, first), batch, &chunk);
    }
  }
  if (is_norm(&stack->stages[border]))
    start_norm(stack, border, batch);
}

const float *bf_stack_leave(bf_stack *stack, const bf_batch *batch, const bf_chunk *chunk)
{
  forward_chunk(stack, last_border(stack), stack->n_stages, batch, chunk);
  return bf_stage_output(&stack->stages[stack->n_stages - 1], chunk).values;
}

double bf_stack_train(bf_stack *stack, const bf_batch *batch)
{
  size_t border = last_border(stack);
  bf_stack_enter(stack, batch);
  double loss = turn_around(stack, border, batch);
  for (size_t end = border; end > 0; end = border_before(stack, end)) {
    bf_norm_finish(&stack->stages[end], batch->span.n_rows);
    go_back(stack, border_before(stack, end), end, batch);
  }
  if (is_norm(&stack->stages[0]))
    bf_norm_finish(&stack->stages[0], batch->span.n_rows);
  return loss;
}

void bf_stack_set_draws(bf_stack *stack, uint64_t seed, uint64_t batch)
{
  for (size_t i = 0; i < stack->n_stages; i++) {
    bf_stage *stage = &stack->stages[i];
    stage->seed = seed;
    if (stage->layer != NULL)
      stage->draw = batch * STREAMS_PER_BATCH + (uint64_t)(stage->layer - stack->net->model.layers);
  }
}
