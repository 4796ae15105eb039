/* The table of shapes that BLIS computes.
 * Room: nn. Made by `bitfront bench engine --tune`; figures: docs/kernels.md. */
#include "nn/kernel_choice.h"

#include "nn/model.h"

enum { NEVER = BF_MAX_WIDTH + 1 };

/* The least width of both sides of a Linear from which on BLIS is faster, for outputs, input
 * gradients and weight gradients. No CPU with AVX-512 was at hand: its row is that of AVX2. */
static const size_t least[BF_N_ISAS][BF_N_PASSES] = {
    [BF_ISA_BASE] = {NEVER, 1024, 256},
    [BF_ISA_AVX2] = {NEVER, 768, 256},
    [BF_ISA_AVX512] = {NEVER, 768, 256},
};

bool bf_choice_is_blis(bf_isa isa, bf_pass pass, size_t n_in, size_t n_out)
{
  return n_in >= least[isa][pass] && n_out >= least[isa][pass];
}
