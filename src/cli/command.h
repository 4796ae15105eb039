/* The commands of bitfront: a table, from which calls and the help page are made.
 * Room: cli. A new command is one file and one row in command.c. */
#ifndef BF_CLI_COMMAND_H
#define BF_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "cli/talk.h"
#include "cluster/session.h"

/** What a command is called with. */
typedef struct bf_call {
  bf_session *session;
  bf_talk *talk; /**< rank 0's */
  size_t n;      /**< arguments after the command's name */
  char **arguments;
  int exit_code; /**< of a success; 0 unless the command sets it */
} bf_call;

/** @return BF_OK; anything else is printed on rank 0 and decides the exit code. */
typedef bf_status (*bf_command_run)(bf_call *call);

bf_status bf_cmd_search(bf_call *call);
bf_status bf_cmd_refit(bf_call *call);
bf_status bf_cmd_run(bf_call *call);
bf_status bf_cmd_train(bf_call *call);
bf_status bf_cmd_transform(bf_call *call);
bf_status bf_cmd_eval(bf_call *call);
bf_status bf_cmd_status(bf_call *call);
bf_status bf_cmd_select(bf_call *call);
bf_status bf_cmd_compare(bf_call *call);
bf_status bf_cmd_data_synth(bf_call *call);
bf_status bf_cmd_data_import(bf_call *call);
bf_status bf_cmd_data_info(bf_call *call);
bf_status bf_cmd_data_verify(bf_call *call);
bf_status bf_cmd_checkpoint_info(bf_call *call);
bf_status bf_cmd_checkpoint_convert(bf_call *call);
bf_status bf_cmd_quantize(bf_call *call);
bf_status bf_cmd_bench_cluster(bf_call *call);
bf_status bf_cmd_bench_engine(bf_call *call);
bf_status bf_cmd_bench_sampler(bf_call *call);
bf_status bf_cmd_selftest(bf_call *call);
bf_status bf_cmd_info(bf_call *call);
bf_status bf_cmd_version(bf_call *call);
bf_status bf_cmd_help(bf_call *call);

/**
 * @brief Runs the command that the arguments name.
 *
 * MPI: called by all ranks with the same arguments. `search`, `refit`, `selftest` and `bench
 * cluster` are collective; all other commands run on rank 0, while the other ranks return BF_OK at
 * once.
 * @param call n and arguments are the whole command line after the program's name; they are cut
 * for the command.
 * @return the command's; BF_ERR_USAGE for an unknown one, with a suggestion.
 */
bf_status bf_command_dispatch(bf_call *call);

#endif
