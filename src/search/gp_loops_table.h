/* The loops of each ISA that there are some for.
 * Room: search, private. */
#ifndef BF_SEARCH_GP_LOOPS_TABLE_H
#define BF_SEARCH_GP_LOOPS_TABLE_H

#include "search/gp_loops.h"

#if defined(BF_GP_AVX2)
#define BF_GP_LOOPS bf_gp_loops_avx2
#else
#define BF_GP_LOOPS bf_gp_loops_base
#endif

extern const bf_gp_loops bf_gp_loops_base;
extern const bf_gp_loops bf_gp_loops_avx2;

#endif
