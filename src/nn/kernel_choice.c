/* The table of shapes that BLIS computes.
 * Room: nn. Made by `bitfront bench engine --tune`; figures: docs/kernels.md. */
#include "nn/kernel_choice.h"

#include "nn/model.h"

enum { NEVER = BF_MAX_WIDTH + 1 };

/* The least width of both sides of a Linear from which on BLIS is faster. */
static const size_t least[BF_N_ISAS][BF_N_PASSES] = {
    [BF_ISA_BASE] = {NEVER, NEVER, NEVER},
    [BF_ISA_AVX2] = {NEVER, NEVER, NEVER},
    [BF_ISA_AVX512] = {NEVER, NEVER, NEVER},
};

bool bf_choice_is_blis(bf_isa isa, bf_pass pass, size_t n_in, size_t n_out)
{
  return n_in >= least[isa][pass] && n_out >= least[isa][pass];
}
