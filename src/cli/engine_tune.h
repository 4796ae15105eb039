/* `bench engine --tune`: which Linears BLIS computes faster.
 * Room: cli. */
#ifndef BF_CLI_ENGINE_TUNE_H
#define BF_CLI_ENGINE_TUNE_H

#include "base/isa.h"
#include "base/text.h"

/** @brief Times tile kernels and BLIS for a series of widths and appends a table, and the row of
 * src/nn/kernel_choice.c that follows from it. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_engine_tune(bf_isa isa, bf_text *text);

#endif
