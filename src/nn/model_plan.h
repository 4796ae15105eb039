/* What models are built from: the lines of their layers and how their nodes are called.
 * Room: nn, private. */
#ifndef BF_NN_MODEL_PLAN_H
#define BF_NN_MODEL_PLAN_H

#include "nn/model.h"

typedef struct bf_model_plan {
  const char *name;
  const char *prefix; /**< nodes are called <prefix>_0, <prefix>_1, ... */
  size_t n_lines;
  const bf_layer_line *lines; /**< (n_lines), borrowed */
} bf_model_plan;

/** @brief The model of a plan, checked. @return as bf_model_from_layers. */
bf_status bf_model_build(const bf_model_plan *plan, size_t n_features, size_t n_classes,
                         bf_model *out);

#endif
