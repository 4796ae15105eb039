/* What a search would do, without doing it.
 * Room: cli. */
#ifndef BF_CLI_DRY_RUN_H
#define BF_CLI_DRY_RUN_H

#include "cli/search_setup.h"

/**
 * @brief Appends the plan: space, parameters, layers and shapes, memory, objectives, and the time
 * it would take, from one trial run here and now. Not collective; writes nothing.
 * @return BF_OK; what making an evaluator or running the trial returns.
 */
bf_status bf_dry_run(const bf_session *session, const bf_setup *setup, bf_text *text);

#endif
