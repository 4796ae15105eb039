/* Training options: defaults, checks, the number of steps they make.
 * Room: nn. */
#include <math.h>

#include "nn/optimiser.h"
#include "nn/schedule.h"
#include "nn/train.h"
#include "nn/training.h"

/* Larger batches than any data set; keeps buffer sizes far from overflow. */
enum { MAX_BATCH = 1 << 24 };

bf_training bf_training_defaults(void)
{
  return (bf_training){.optimizer = "adam",
                       .scheduler = "constant",
                       .learning_rate = 1e-3,
                       .n_epochs = 1,
                       .batch_size = 128,
                       .accumulate = 1};
}

bf_status bf_training_check(const bf_training *training)
{
  bf_status status;
  const bf_optimiser *optimiser;
  const bf_schedule *schedule;
  BF_TRY(bf_optimiser_find(training->optimizer, &optimiser));
  BF_TRY(bf_schedule_find(training->scheduler, &schedule));
  BF_CHECK(training->learning_rate > 0.0 && isfinite(training->learning_rate), BF_ERR_USAGE,
           "learning_rate is %g, expected more than 0", training->learning_rate);
  BF_CHECK(training->weight_decay >= 0.0 && isfinite(training->weight_decay), BF_ERR_USAGE,
           "weight_decay is %g, expected 0 or more", training->weight_decay);
  BF_CHECK(training->momentum >= 0.0 && training->momentum < 1.0, BF_ERR_USAGE,
           "momentum is %g, expected 0..1, 1 excluded", training->momentum);
  BF_CHECK(training->momentum == 0.0 || optimiser->has_momentum, BF_ERR_USAGE,
           "momentum is %g, but optimizer '%s' has none; it is one of sgd", training->momentum,
           training->optimizer);
  BF_CHECK(training->momentum > 0.0 || !training->nesterov, BF_ERR_USAGE,
           "nesterov looks ahead along a momentum: give a momentum above 0, too");
  BF_CHECK(training->n_epochs >= 1 || training->max_steps >= 1, BF_ERR_USAGE,
           "max_epochs is 0, expected 1 or more");
  BF_CHECK(training->batch_size >= 2 && training->batch_size <= MAX_BATCH, BF_ERR_USAGE,
           "batch_size is %zu, expected 2..%d (one row has no variance)", training->batch_size,
           (int)MAX_BATCH);
  BF_CHECK(training->accumulate >= 1, BF_ERR_USAGE,
           "gradient_accumulation_steps is 0, expected 1 or more");
done:
  return status;
}

size_t bf_training_n_batches(const bf_training *training, size_t n_rows)
{
  size_t n_whole = n_rows / training->batch_size;
  return n_whole + (n_rows % training->batch_size >= 2 ? 1 : 0);
}

size_t bf_training_n_steps(const bf_training *training, size_t n_rows)
{
  if (training->max_steps > 0)
    return training->max_steps;
  size_t n_batches = bf_training_n_batches(training, n_rows);
  size_t n_epoch_steps = (n_batches + training->accumulate - 1) / training->accumulate;
  return training->n_epochs * n_epoch_steps;
}
