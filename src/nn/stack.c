/* Runs rows through the stages of a net, forward and back.
 * Room: nn. */
#include "nn/stack.h"

#include <stdlib.h>

#include "base/memory.h"

/* Every buffer starts on a cache line, as the kernels like it. */
enum { LINE = 16, STREAMS_PER_BATCH = 64 };

typedef struct buffer_cursor {
  float *memory; /* NULL while only counting */
  size_t n_taken;
} buffer_cursor;

static float *carve(buffer_cursor *cursor, size_t n_rows, size_t width)
{
  float *carved = cursor->memory != NULL ? cursor->memory + cursor->n_taken : NULL;
  cursor->n_taken += (n_rows * width + LINE - 1) / LINE * LINE;
  return carved;
}

static size_t widest(const bf_model *model)
{
  size_t width = model->n_features;
  for (size_t i = 0; i < model->n_layers; i++)
    if (model->layers[i].n_out > width)
      width = model->layers[i].n_out;
  return width;
}

/* Called twice: without memory it only counts. */
static void carve_rows(bf_stack *stack, buffer_cursor *cursor, bool is_training)
{
  const bf_model *model = &stack->net->model;
  if (model->input.format != NULL)
    stack->input = carve(cursor, stack->n_rows, model->n_features);
  for (size_t i = 0; i < model->n_layers; i++) {
    stack->stages[i].kept = carve(cursor, stack->n_rows, model->layers[i].n_in);
    stack->stages[i].y = carve(cursor, stack->n_rows, model->layers[i].n_out);
  }
  for (size_t i = 0; is_training && i < 2; i++)
    stack->slopes[i] = carve(cursor, stack->n_rows, widest(model));
}

static void connect(bf_stack *stack, const bf_kernels *kernels)
{
  const bf_net *net = stack->net;
  bf_layer_values used[BF_MAX_LAYERS] = {{0}}, gradient[BF_MAX_LAYERS] = {{0}};
  bf_model_lay_out(&net->model, stack->used, used);
  if (stack->gradient != NULL)
    bf_model_lay_out(&net->model, stack->gradient, gradient);
  for (size_t i = 0; i < net->model.n_layers; i++) {
    bf_stage *stage = &stack->stages[i];
    stage->layer = &net->model.layers[i];
    stage->kernels = kernels;
    stage->values = net->layers[i];
    stage->used = used[i];
    stage->gradient = gradient[i];
  }
}

bf_status bf_stack_init(bf_stack *stack, const bf_net *net, const bf_kernels *kernels,
                        size_t n_rows, bool is_training)
{
  bf_status status = BF_OK;
  *stack = (bf_stack){.net = net, .n_rows = n_rows};
  buffer_cursor cursor = {0};
  carve_rows(stack, &cursor, is_training);
  stack->rows = bf_alloc(cursor.n_taken, sizeof *stack->rows);
  BF_CHECK_MEMORY(stack->rows);
  cursor = (buffer_cursor){.memory = stack->rows};
  carve_rows(stack, &cursor, is_training);
  stack->used = bf_alloc(net->n_values, sizeof *stack->used);
  BF_CHECK_MEMORY(stack->used);
  if (is_training) {
    stack->gradient = bf_alloc(net->n_trained, sizeof *stack->gradient);
    BF_CHECK_MEMORY(stack->gradient);
  }
  connect(stack, kernels);
done:
  if (status != BF_OK)
    bf_stack_release(stack);
  return status;
}

void bf_stack_release(bf_stack *stack)
{
  free(stack->rows);
  free(stack->used);
  free(stack->gradient);
  *stack = (bf_stack){0};
}

static const bf_layer_operations *operations_of(const bf_stage *stage)
{
  return bf_layer_operations_of(stage->layer->kind);
}

void bf_stack_prepare(bf_stack *stack)
{
  for (size_t i = 0; i < stack->net->model.n_layers; i++) {
    bf_stage *stage = &stack->stages[i];
    if (operations_of(stage)->prepare != NULL)
      operations_of(stage)->prepare(stage);
  }
}

static const float *quantise_input(bf_stack *stack, size_t n, const float *features)
{
  BF_ASSERT(n <= stack->n_rows);
  if (stack->input == NULL)
    return features;
  const bf_model *model = &stack->net->model;
  bf_quantize(&model->input, n, model->n_features, features, stack->input);
  return stack->input;
}

const float *bf_stack_evaluate(bf_stack *stack, size_t n, const float *features)
{
  const float *x = quantise_input(stack, n, features);
  for (size_t i = 0; i < stack->net->model.n_layers; i++) {
    bf_stage *stage = &stack->stages[i];
    operations_of(stage)->evaluate(stage, n, x);
    x = stage->y;
  }
  return x;
}

const float *bf_stack_forward(bf_stack *stack, size_t n, const float *features)
{
  const float *x = quantise_input(stack, n, features);
  for (size_t i = 0; i < stack->net->model.n_layers; i++) {
    bf_stage *stage = &stack->stages[i];
    operations_of(stage)->forward(stage, n, x);
    x = stage->y;
  }
  return x;
}

float *bf_stack_output_gradient(bf_stack *stack)
{
  return stack->slopes[0];
}

void bf_stack_backward(bf_stack *stack, size_t n)
{
  float *dy = stack->slopes[0], *dx = stack->slopes[1];
  for (size_t i = stack->net->model.n_layers; i > 0; i--) {
    bf_stage *stage = &stack->stages[i - 1];
    /* Nobody asks for the gradient by the data. */
    operations_of(stage)->backward(stage, n, dy, i > 1 ? dx : NULL);
    float *turned = dy;
    dy = dx;
    dx = turned;
  }
}

void bf_stack_set_draws(bf_stack *stack, uint64_t seed, uint64_t batch)
{
  for (size_t i = 0; i < stack->net->model.n_layers; i++) {
    stack->stages[i].seed = seed;
    stack->stages[i].draw = batch * STREAMS_PER_BATCH + i;
  }
}
