/* The loss: cross-entropy of the softmax of the outputs.
 * Room: nn, private. */
#ifndef BF_NN_LOSS_H
#define BF_NN_LOSS_H

#include <stddef.h>
#include <stdint.h>

/**
 * @brief Sum over the rows of -log softmax(outputs)[label], in float64.
 * @param outputs (n, n_outputs).
 * @param labels (n), below n_outputs.
 * @param[out] gradient (n, n_outputs) of the mean over the rows by the outputs; may be NULL.
 * @return NaN or infinite if an output is.
 */
double bf_cross_entropy(size_t n, size_t n_outputs, const float *outputs, const uint8_t *labels,
                        float *gradient);

/** Place of the first maximum of @p n values. */
size_t bf_first_maximum(size_t n, const float *values);

#endif
