/* Which loops this CPU runs.
 * Room: search. */
#include "base/isa.h"
#include "search/gp_loops_table.h"

/* Wider registers than AVX2's would hold two vectors and give the same numbers; no machine with
 * AVX-512 was at hand to see whether that pays. */
bf_status bf_gp_loops_find(const bf_gp_loops **loops)
{
  bf_isa isa;
  bf_status status = bf_isa_detect(&isa);
  if (status != BF_OK)
    return status;
  *loops = &bf_gp_loops_base;
#if defined(__x86_64__)
  if (isa >= BF_ISA_AVX2)
    *loops = &bf_gp_loops_avx2;
#endif
  return BF_OK;
}
