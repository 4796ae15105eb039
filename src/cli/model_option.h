/* --model and --job: which net a checkpoint without a layer list is of.
 * Room: cli. */
#ifndef BF_CLI_MODEL_OPTION_H
#define BF_CLI_MODEL_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "nn/model.h"

/** At most one of them; both NULL: not said. Borrowed. */
typedef struct bf_model_option {
  const char *name; /**< of the zoo */
  const char *job;  /**< path of a job file */
} bf_model_option;

bool bf_model_option_is_given(const bf_model_option *option);

/**
 * @brief The net for data of this shape.
 * @return BF_OK; BF_ERR_USAGE: nothing or both are given, an unknown net, what is wrong with the
 * job; BF_ERR_NOMEM.
 */
bf_status bf_model_option_make(const bf_model_option *option, size_t n_features, size_t n_classes,
                               bf_model *out);

#endif
