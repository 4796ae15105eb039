/* A refit from its start to its results.
 * Room: cli. */
#ifndef BF_CLI_REFIT_RUN_H
#define BF_CLI_REFIT_RUN_H

#include "cli/chosen.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/search_setup.h"

/** What rank 0 was asked for. */
typedef struct bf_refit_request {
  const char *study; /**< folder */
  const char *out;
  size_t n_seeds;
  bf_progress_style progress;
  bool wants_json;
} bf_refit_request;

/**
 * @brief Collective. Makes the folder, says the banner, trains, writes and prints results.
 * @param setup of the refit's job.
 * @param request rank 0's; not read elsewhere. @param chosen likewise.
 * @return BF_OK (call->exit_code is 0 or 3 on rank 0) or a failure; agreed.
 */
bf_status bf_refit_command_run(bf_call *call, const bf_setup *setup,
                               const bf_refit_request *request, bf_chosen *chosen);

#endif
