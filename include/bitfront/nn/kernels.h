/* The back ends of the engine: who computes, and what runs on this CPU.
 * Room: nn. */
#ifndef BF_NN_KERNELS_H
#define BF_NN_KERNELS_H

#include "base/isa.h"
#include "base/status.h"

/** A table of kernels; what is in it is private to the room. */
typedef struct bf_kernels bf_kernels;

/**
 * @brief The back end called "auto", "blis" or "reference", for CPUs of @p isa.
 *
 * "reference" is plain loops: slow, obvious, and the oracle of the others. "auto" computes small
 * layers with tile kernels and large ones with BLIS, by a table of shapes and ISAs
 * (docs/kernels.md); "blis" computes every Linear with it. Results depend on shapes, back end and
 * ISA only.
 *
 * The first call that needs BLIS starts the library with one thread and the kernels that fit @p isa
 * (Debian's 0.9.0 does not know new CPUs and would take its slow generic ones), unless
 * BLIS_ARCH_TYPE is set already; a later call with another ISA changes nothing there.
 * @return BF_OK; BF_ERR_USAGE for another name.
 */
bf_status bf_kernels_find(const char *name, bf_isa isa, const bf_kernels **out);

/** "auto", "blis" or "reference". Borrowed. */
const char *bf_kernels_name(const bf_kernels *kernels);

/** BLIS version and the kernels it runs, for --version and the banner: "0.9.0, haswell kernels".
 * Starts BLIS. Borrowed. */
const char *bf_blis_describe(bf_isa isa);

#endif
