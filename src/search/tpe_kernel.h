/* Kernels of one parameter: probabilities of its choices, given that a trial had one of them.
 * Room: search, private. */
#ifndef BF_SEARCH_TPE_KERNEL_H
#define BF_SEARCH_TPE_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "base/random.h"

typedef enum bf_tpe_shape {
  /** The same choice with probability `stay`, all others alike (Aitchison and Aitken 1976). */
  BF_TPE_SPIKE,
  /** The same choice with probability `stay`; the others in inverse proportion to their distance
   * plus `offset`. So steps of every scale above that are alike. */
  BF_TPE_HARMONIC,
  /** A normal distribution around the choice, `sigma` wide, integrated over unit bins and cut at
   * the ends. */
  BF_TPE_NORMAL
} bf_tpe_shape;

typedef struct bf_tpe_kernel {
  bf_tpe_shape shape;
  uint32_t n_choices;
  double stay;
  double offset; /**< >= 0 */
  double sigma;  /**< at most n_choices */
} bf_tpe_kernel;

/** In place of a choice that does not matter. A kernel around it knows nothing: all choices are
 * alike; with BF_TPE_NORMAL the distribution is around the middle and as wide as the range. */
#define BF_TPE_NO_CHOICE UINT32_MAX

/**
 * @brief Probabilities of choices in the kernel around @p center; those of all choices add up to 1.
 * @param      center a choice or BF_TPE_NO_CHOICE.
 * @param      choices (n)
 * @param[out] probabilities (n)
 */
void bf_tpe_kernel_rate(const bf_tpe_kernel *kernel, uint32_t center, size_t n,
                        const uint32_t *choices, double *probabilities);

/** A choice, drawn from the kernel around @p center. */
uint32_t bf_tpe_kernel_draw(const bf_tpe_kernel *kernel, uint32_t center, bf_random *random);

#endif
