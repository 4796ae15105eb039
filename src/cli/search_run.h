/* A search from its start to its results.
 * Room: cli. */
#ifndef BF_CLI_SEARCH_RUN_H
#define BF_CLI_SEARCH_RUN_H

#include "cli/command.h"
#include "cli/progress.h"
#include "cli/search_setup.h"
#include "study/record.h"

/** What rank 0 was asked for. */
typedef struct bf_search_request {
  const char *out;
  bf_record *record; /**< the study to go on with; NULL: a new one */
  double lease_s;    /**< bf_agenda.lease_s; 0: its default */
  double limit_s;    /**< --time-limit; 0: none */
  bf_progress_style progress;
  bool wants_json;
} bf_search_request;

/**
 * @brief Collective. Makes or continues the result folder, says the banner, searches, writes and
 *        prints results: also those so far, when it is told to stop.
 * @param request rank 0's; NULL elsewhere. Its record is freed when it is no longer needed.
 * @return BF_OK (call->exit_code is 0, 3 or 4 on rank 0) or a failure; agreed.
 */
bf_status bf_search_command_run(bf_call *call, const bf_setup *setup, bf_search_request *request);

#endif
