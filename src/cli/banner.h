/* What a search says about itself before it starts.
 * Room: cli. */
#ifndef BF_CLI_BANNER_H
#define BF_CLI_BANNER_H

#include "base/text.h"
#include "cli/search_setup.h"
#include "cluster/session.h"

/** Appends at most six lines: version and job, ranks, data, space, kernels, results. */
void bf_banner_print(const bf_session *session, const bf_setup *setup, const char *out,
                     bf_text *text);

/** Appends "18 configurations"; "2^64 configurations or more" when they cannot be counted. */
void bf_space_print(const bf_space *space, bf_text *text);

#endif
