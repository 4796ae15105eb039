/* One training run in progress: gradients of batches, steps of the optimiser.
 * Room: nn. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/loss.h"
#include "nn/optimiser.h"
#include "nn/stack.h"
#include "nn/train.h"

struct bf_trainer {
  bf_net *net; /* borrowed */
  bf_training training;
  const bf_optimiser *optimiser;
  size_t n_steps; /* of the whole run */
  size_t n_steps_done;
  size_t n_batches_done;   /* of the whole run */
  size_t n_batches_summed; /* since the last step */
  float *first;            /* (n_trained) moments of the optimiser */
  float *second;
  float *rows; /* (batch_size, n_features) */
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
  BF_TRY(bf_optimiser_find(training->optimizer, &trainer->optimiser));
  trainer->first = bf_alloc(net->n_trained, sizeof *trainer->first);
  BF_CHECK_MEMORY(trainer->first);
  trainer->second = bf_alloc(net->n_trained, sizeof *trainer->second);
  BF_CHECK_MEMORY(trainer->second);
  trainer->rows = bf_alloc(training->batch_size * net->model.n_features, sizeof *trainer->rows);
  BF_CHECK_MEMORY(trainer->rows);
  BF_TRY(bf_stack_init(&trainer->stack, net, kernels, training->batch_size, true));
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
  free(trainer->rows);
  free(trainer->first);
  free(trainer->second);
  free(trainer);
}

bf_status bf_trainer_batch(bf_trainer *trainer, bf_tiles batch, double *loss)
{
  bf_stack *stack = &trainer->stack;
  size_t n_outputs = bf_model_n_outputs(&trainer->net->model);
  BF_ASSERT(batch.n >= 2 && batch.n_features == trainer->net->model.n_features);
  /* The weights only change between steps. */
  if (trainer->n_batches_summed == 0)
    bf_stack_prepare(stack);
  bf_stack_set_draws(stack, trainer->training.seed, trainer->n_batches_done);
  bf_tiles_get(0, batch.n, batch.n_features, batch.values, trainer->rows);
  const float *outputs = bf_stack_forward(stack, batch.n, trainer->rows);
  double mean =
      bf_cross_entropy(batch.n, n_outputs, outputs, batch.labels, bf_stack_output_gradient(stack)) /
      (double)batch.n;
  if (!isfinite(mean))
    return bf_fail(BF_ERR_TRIAL, "loss is %s", isnan(mean) ? "nan" : "inf");
  bf_stack_backward(stack, batch.n);
  trainer->n_batches_done++;
  trainer->n_batches_summed++;
  *loss = mean;
  return BF_OK;
}

const float *bf_trainer_gradient(const bf_trainer *trainer)
{
  return trainer->stack.gradient;
}

/* One array of a layer; NULL where it has none. */
static void update_array(bf_trainer *trainer, const bf_update *update, size_t n, float *values)
{
  if (values == NULL)
    return;
  size_t at = (size_t)(values - trainer->net->values);
  trainer->optimiser->step(update, n, values, trainer->stack.gradient + at, trainer->first + at,
                           trainer->second + at);
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
  bf_update for_weights = {training->learning_rate * factor, training->weight_decay,
                           trainer->n_steps_done};
  bf_update for_biases = for_weights;
  for_biases.decay = 0.0;
  if (trainer->n_batches_summed > 1)
    average_gradient(trainer);
  for (size_t i = 0; i < net->model.n_layers; i++) {
    bf_layer_shape shape = bf_layer_shape_of(&net->model.layers[i]);
    update_array(trainer, &for_weights, shape.n_weight, net->layers[i].weight);
    update_array(trainer, &for_biases, shape.n_bias, net->layers[i].bias);
  }
  memset(trainer->stack.gradient, 0, net->n_trained * sizeof *trainer->stack.gradient);
  trainer->n_batches_summed = 0;
  trainer->n_steps_done++;
}
