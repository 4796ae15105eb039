/* A search from its start to its results.
 * Room: cli. */
#ifndef BF_CLI_SEARCH_RUN_H
#define BF_CLI_SEARCH_RUN_H

#include "cli/command.h"
#include "cli/progress.h"
#include "cli/search_setup.h"

/** What rank 0 was asked for. */
typedef struct bf_search_request {
  const char *out;
  bf_progress_style progress;
  bool wants_json;
} bf_search_request;

/**
 * @brief Collective. Makes the result folder, says the banner, searches, writes and prints results.
 * @param request rank 0's; NULL elsewhere.
 * @return BF_OK (call->exit_code is 0 or 3 on rank 0) or a failure; agreed.
 */
bf_status bf_search_command_run(bf_call *call, const bf_setup *setup,
                                const bf_search_request *request);

#endif
