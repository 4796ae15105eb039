/* Training: mini-batch gradient descent with an optimiser and a schedule.
 * Room: nn. */
#ifndef BF_NN_TRAIN_H
#define BF_NN_TRAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "data/dataset.h"
#include "nn/kernels.h"
#include "nn/net.h"

/** Everything that names a training run. Strings are borrowed; see bf_training_check for their
 * values. */
typedef struct bf_training {
  const char *optimizer; /**< "adam", "adamw" (torch's betas .9/.999, eps 1e-8) or "sgd" */
  const char *scheduler; /**< "constant", "constant_with_warmup", "linear", "cosine" */
  double learning_rate;  /**< > 0 */
  double weight_decay;   /**< >= 0; biases are left out, as the Python tool does */
  size_t n_warmup_steps;
  size_t n_epochs;   /**< >= 1 unless max_steps is given */
  size_t max_steps;  /**< optimiser steps; 0: n_epochs decides; else the rows are cycled */
  size_t batch_size; /**< >= 2; a last batch of one row is dropped (BatchNorm) */
  size_t accumulate; /**< batches a step, >= 1: gradients are averaged; the last step of an epoch
                        takes the batches that are left */
  uint64_t seed;     /**< the trial's: order of the tiles and dropout */
  double momentum;   /**< of sgd, in [0, 1) */
  bool nesterov;     /**< of sgd with a momentum: the step is the one after it */
} bf_training;

/** adam, constant, 1e-3, no decay, no momentum, no warm-up, 1 epoch, batch 128, seed 0. */
bf_training bf_training_defaults(void);

/** @brief Whether names and ranges are right. @return BF_OK; BF_ERR_USAGE with a suggestion. */
bf_status bf_training_check(const bf_training *training);

/** Optimiser steps of the run on @p n_rows rows: the T of the schedules. */
size_t bf_training_n_steps(const bf_training *training, size_t n_rows);

/**
 * @brief The schedule's factor f(t) of the rate before step t (t steps done), W warm-up steps, T in
 * all; in [0, 1]. linear: t/W, then (T-t)/(T-W); cosine: t/W, then (1 + cos(pi (t-W)/(T-W)))/2; T
 * <= W: t/W only. Source: the schedules of Hugging Face's transformers.
 */
double bf_schedule_factor(const char *scheduler, size_t t, size_t n_warmup, size_t n_steps);

/** One training run in progress: buffers, gradients, optimiser state. */
typedef struct bf_trainer bf_trainer;

/**
 * @brief Buffers for training @p net (borrowed, changed by the steps) for @p n_steps optimiser
 * steps.
 * @return BF_OK; BF_ERR_USAGE (bf_training_check); BF_ERR_NOMEM.
 */
bf_status bf_trainer_create(bf_net *net, const bf_training *training, const bf_kernels *kernels,
                            size_t n_steps, bf_trainer **out);
void bf_trainer_free(bf_trainer *trainer);

/**
 * @brief Forward, loss and backward for one batch: adds the gradient to the trainer's, changes no
 * weight (running statistics do change).
 * @param batch at most batch_size rows, at least 2.
 * @param[out] loss mean cross-entropy of the batch (natural log).
 * @return BF_OK; BF_ERR_TRIAL if the loss is not finite.
 */
bf_status bf_trainer_batch(bf_trainer *trainer, bf_tiles batch, double *loss);

/** The gradient added up since the last step, laid out as bf_net.values, (n_trained); drawn weights
 * will pass half of it. Borrowed. */
const float *bf_trainer_gradient(const bf_trainer *trainer);

/** One optimiser step with the mean gradient of the batches since the last one; zeroes the
 * gradient. */
void bf_trainer_step(bf_trainer *trainer);

/** A whole run that stops after every epoch, so that somebody can look at the net. */
typedef struct bf_training_run bf_training_run;

/** What an epoch (or the part of one that ends a run of max_steps) was. */
typedef struct bf_epoch {
  size_t number;  /**< from 1 */
  size_t n_steps; /**< optimiser steps of the run so far */
  double rate;    /**< learning rate of the last of them */
  double loss;    /**< mean training loss of the epoch, while the weights changed */
} bf_epoch;

/**
 * @brief Begins a run over @p rows (borrowed, as is @p net, which the epochs change).
 * @return BF_OK; BF_ERR_USAGE (bf_training_check); BF_ERR_DATA (fewer than 2 rows, rows of another
 * width, a label without an output); BF_ERR_NOMEM.
 */
bf_status bf_training_run_create(bf_net *net, const bf_training *training,
                                 const bf_kernels *kernels, bf_tiles rows, bf_training_run **out);
void bf_training_run_free(bf_training_run *run);

bool bf_training_run_is_over(const bf_training_run *run);

/**
 * @brief The next epoch of a run that is not over: shuffled tiles (stream (seed,
 * BF_PURPOSE_SHUFFLE, epoch)), batches, steps. A last tile that is not full stays the last. The net
 * may be evaluated between two epochs, and must not be changed.
 * @return BF_OK; BF_ERR_TRIAL "loss is nan at epoch 2, step 1043" (both from 1, steps of the whole
 * run); BF_ERR_STOPPED (base/cancel.h). The net is in the middle of the epoch then.
 */
bf_status bf_training_run_epoch(bf_training_run *run, bf_epoch *ended);

/**
 * @brief The whole run at once.
 * @param[out] last_loss mean training loss of the last epoch (or part of one); may be NULL.
 * @return as bf_training_run_create and bf_training_run_epoch.
 */
bf_status bf_train(bf_net *net, const bf_training *training, const bf_kernels *kernels,
                   bf_tiles rows, double *last_loss);

#endif
