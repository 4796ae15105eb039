/* The tile kernels of one ISA; what each does is said in nn/kernels_table.h.
 * Room: nn, private. */
#ifndef BF_NN_TILE_KERNELS_H
#define BF_NN_TILE_KERNELS_H

#include "nn/kernels_table.h"
#include "nn/vector.h"

void BF_OF_ISA(bf_tile_multiply)(const bf_product *p);
void BF_OF_ISA(bf_tile_weight_gradient)(const bf_outer *p);
void BF_OF_ISA(bf_tile_affine)(const bf_affine *p);
void BF_OF_ISA(bf_tile_moments)(const bf_moments *p);
void BF_OF_ISA(bf_tile_norm_gradient)(const bf_norm *p);
void BF_OF_ISA(bf_tile_norm_input_gradient)(const bf_norm_input *p);
double BF_OF_ISA(bf_tile_cross_entropy)(const bf_entropy *p);
void BF_OF_ISA(bf_tile_tally)(const bf_span *span, const float *outputs, const uint8_t *labels,
                              bf_tally *tally);

#endif
