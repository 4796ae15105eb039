/* bitfront: start, run one command, say what failed, end with the documented exit code.
 * Room: cli. */
#include "cli/command.h"
#include "cli/signals.h"

#include "study/run_file.h"

static int run(bf_session *session, int argc, char **argv)
{
  bf_talk talk;
  bool is_first = bf_session_rank(session) == 0;
  if (is_first)
    bf_talk_start(&talk);
  bf_call call = {
      .session = session,
      .talk = is_first ? &talk : NULL,
      .n = argc > 0 ? (size_t)argc - 1 : 0,
      .arguments = argv + 1,
  };
  bf_status status = bf_command_dispatch(&call);
  /* mpirun's own exit code is that of rank 0, unless another rank's is bad too. */
  if (!is_first)
    return 0;
  if (status == BF_OK)
    bf_talk_open(&talk);
  else
    bf_talk_failure(&talk, bf_trail());
  bf_talk_end(&talk);
  return status == BF_OK ? call.exit_code : bf_status_exit_code(status);
}

int main(int argc, char **argv)
{
  bf_session *session = NULL;
  bf_signals_start();
  bf_status status = bf_session_create(&argc, &argv, &session);
  if (status != BF_OK) {
    fprintf(stderr, "bitfront: %s\n", bf_trail());
    return bf_status_exit_code(status);
  }
  int exit_code = run(session, argc, argv);
  if (bf_session_rank(session) == 0)
    bf_run_end_write(exit_code);
  return bf_session_end(session, exit_code);
}
