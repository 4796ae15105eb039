/* Which stages a model's layers make.
 * Room: nn, private. */
#ifndef BF_NN_STACK_PLAN_H
#define BF_NN_STACK_PLAN_H

#include "nn/stage.h"

/** Most stages that the model can make: a layer makes at most two, and the input two more. */
static inline size_t bf_stack_most_stages(const bf_model *model)
{
  return 2 * model->n_layers + 2;
}

/**
 * @brief Fuses ReLUs and quantisers into the stages before them, where kernels can.
 * @param in_integers Linears that fit are packed ones, which quantise their input themselves.
 * @param[out] stages (bf_stack_most_stages), all zero: operations, layer, widths, quantizer, tail's
 * flags and grids are set. They borrow from @p model.
 * @return their number.
 */
size_t bf_stack_plan(const bf_model *model, bool in_integers, bf_stage *stages);

#endif
