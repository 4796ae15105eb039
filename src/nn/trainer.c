/* One training run in progress: gradients of batches, steps of the optimiser.
 * Room: nn. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/optimiser.h"
#include "nn/trainer.h"

struct bf_trainer {
  bf_net *net; /* borrowed */
  bf_training training;
  const bf_optimiser *optimiser;
  const bf_kernels *kernels;
  size_t n_steps; /* of the whole run */
  size_t n_steps_done;
  size_t n_batches_done;   /* of the whole run */
  size_t n_batches_summed; /* since the last step */
  float *first;            /* (n_trained) moments of the optimiser */
  float *second;
  bf_stack stack;
};

bf_status bf_trainer_create(bf_net *net, const bf_training *training, const bf_kernels *kernels,
                            size_t n_steps, bf_trainer **out)
{
  bf_status status;
  bf_trainer *trainer = NULL;
  BF_TRY(bf_training_check(training));
  trainer = bf_alloc(1, sizeof *trainer);
  BF_CHECK_MEMORY(trainer);
  trainer->net = net;
  trainer->training = *training;
  trainer->n_steps = n_steps;
  trainer->kernels = kernels;
  BF_TRY(bf_optimiser_find(training->optimizer, &trainer->optimiser));
  trainer->first = bf_alloc(net->n_trained, sizeof *trainer->first);
  BF_CHECK_MEMORY(trainer->first);
  trainer->second = bf_alloc(net->n_trained, sizeof *trainer->second);
  BF_CHECK_MEMORY(trainer->second);
  /* A batch may start and end inside a tile. */
  BF_TRY(bf_stack_init_training(&trainer->stack, net, kernels,
                                bf_n_tiles(training->batch_size + BF_TILE - 1)));
  *out = trainer;
  trainer = NULL;
done:
  bf_trainer_free(trainer);
  return status;
}

void bf_trainer_free(bf_trainer *trainer)
{
  if (trainer == NULL)
    return;
  bf_stack_release(&trainer->stack);
  free(trainer->first);
  free(trainer->second);
  free(trainer);
}

bf_status bf_trainer_run(bf_trainer *trainer, const bf_batch *batch, double *loss)
{
  bf_stack *stack = &trainer->stack;
  BF_ASSERT(batch->span.n_rows >= 2);
  bf_stack_set_draws(stack, trainer->training.seed, trainer->n_batches_done);
  /* The weights only change between steps. */
  if (trainer->n_batches_summed == 0)
    bf_stack_prepare(stack);
  double mean = bf_stack_train(stack, batch) / (double)batch->span.n_rows;
  if (!isfinite(mean))
    return bf_fail(BF_ERR_TRIAL, "loss is %s", isnan(mean) ? "nan" : "inf");
  trainer->n_batches_done++;
  trainer->n_batches_summed++;
  *loss = mean;
  return BF_OK;
}

bf_status bf_trainer_batch(bf_trainer *trainer, bf_tiles batch, double *loss)
{
  const bf_batch whole = {
      .values = batch.values,
      .labels = batch.labels,
      .span = {.n_tiles = bf_n_tiles(batch.n), .n_rows = batch.n},
  };
  BF_ASSERT(batch.n_features == trainer->net->model.n_features);
  return bf_trainer_run(trainer, &whole, loss);
}

const float *bf_trainer_gradient(const bf_trainer *trainer)
{
  return trainer->stack.gradient;
}

/* Numbers of the net from `values` on, which lie one after the other. */
static void update_values(bf_trainer *trainer, const bf_update *update, size_t n, float *values)
{
  if (n == 0)
    return;
  size_t at = (size_t)(values - trainer->net->values);
  const bf_moving moving = {values, trainer->stack.gradient + at, trainer->first + at,
                            trainer->second + at};
  trainer->optimiser->step(trainer->kernels, update, n, &moving);
}

/* Biases are spared by the decay. */
static void update_layers(bf_trainer *trainer, const bf_update *for_weights)
{
  const bf_net *net = trainer->net;
  bf_update for_biases = *for_weights;
  for_biases.decay = 0.0;
  for (size_t i = 0; i < net->model.n_layers; i++) {
    bf_layer_shape shape = bf_layer_shape_of(&net->model.layers[i]);
    update_values(trainer, for_weights, shape.n_weight, net->layers[i].weight);
    update_values(trainer, &for_biases, shape.n_bias, net->layers[i].bias);
  }
}

/* Drawn weights pass half of the gradient: the chance of +1 has the slope 1/2. */
static void halve_drawn(bf_trainer *trainer)
{
  const bf_net *net = trainer->net;
  for (size_t i = 0; i < net->model.n_layers; i++) {
    const bf_layer *layer = &net->model.layers[i];
    if (layer->kind != BF_LAYER_LINEAR || !bf_quantizer_is_stochastic(&layer->weight))
      continue;
    float *gradient = trainer->stack.gradient + (net->layers[i].weight - net->values);
    for (size_t j = 0; j < layer->n_in * layer->n_out; j++)
      gradient[j] *= 0.5F;
  }
}

static void average_gradient(bf_trainer *trainer)
{
  float share = 1.0F / (float)trainer->n_batches_summed;
  for (size_t i = 0; i < trainer->net->n_trained; i++)
    trainer->stack.gradient[i] *= share;
}

void bf_trainer_step(bf_trainer *trainer)
{
  const bf_training *training = &trainer->training;
  const bf_net *net = trainer->net;
  double factor = bf_schedule_factor(training->scheduler, trainer->n_steps_done,
                                     training->n_warmup_steps, trainer->n_steps);
  const bf_update update = {.rate = training->learning_rate * factor,
                            .decay = training->weight_decay,
                            .momentum = training->momentum,
                            .nesterov = training->nesterov,
                            .n_done = trainer->n_steps_done};
  if (trainer->n_batches_summed > 1)
    average_gradient(trainer);
  halve_drawn(trainer);
  if (update.decay > 0.0)
    update_layers(trainer, &update);
  else
    update_values(trainer, &update, net->n_trained, net->values);
  memset(trainer->stack.gradient, 0, net->n_trained * sizeof *trainer->stack.gradient);
  trainer->n_batches_summed = 0;
  trainer->n_steps_done++;
}
