/* bitfront selftest: whether a new machine has what a search needs, and what to do about it.
 * Room: cli. */
#include "cli/command.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/selftest.h"

static const char description[] =
    "Tries in some seconds what a search needs of a machine, one line a check: ok, warning or\n"
    "failed, a figure, and on trouble what to do. Called alone it starts mpirun itself, with\n"
    "the settings of 'bitfront run': on three ranks, or in a SLURM job on all it has. Under\n"
    "mpirun or srun it checks those ranks and the hosts they are on; 'bitfront run --hostfile\n"
    "FILE -- selftest' starts that. Exit code 0, or 1 if a check failed; warnings are no "
    "failure.\n";

typedef struct command_line {
  const char *folder;
  bool wants_json;
  bool wants_help;
} command_line;

static bf_status read_line(bf_call *call, command_line *line)
{
  bf_status status = BF_OK;
  bf_arguments arguments;
  const bf_option options[] = {
      {"--dir", "DIR", "folder that results will be in (the current one)", bf_read_text,
       &line->folder},
      {"--json", NULL, "print the report for programs", bf_read_switch, &line->wants_json},
  };
  const bf_usage usage = {"selftest", "[--dir DIR] [--json]", description,
                          sizeof options / sizeof *options, options};
  BF_TRY(bf_options_read(&usage, call->n, call->arguments, &arguments));
  line->wants_help = arguments.wants_help;
  if (arguments.wants_help)
    return bf_session_rank(call->session) == 0 ? bf_usage_show(&usage) : BF_OK;
  BF_TRY(bf_arguments_check(&usage, &arguments, 0, 0, "nothing"));
done:
  return status;
}

static bf_status print_report(const bf_report *report, bool wants_json)
{
  bf_text text = {0};
  if (wants_json)
    return bf_output_print_json(bf_report_json(report));
  bf_report_print(report, &text);
  bf_status status = bf_output_print(&text);
  bf_text_release(&text);
  return status;
}

/* A lone process looks itself when no ranks did. */
static bf_status check_all(const bf_selftest *test, bf_report *report)
{
  bf_status status = BF_OK;
  bool is_done = false;
  if (!bf_session_has_mpi(test->session))
    BF_TRY(bf_selftest_launch(test, report, &is_done));
  if (!is_done)
    BF_TRY(bf_selftest_run(test, report));
done:
  return status;
}

/* Every rank reads the same command line, and comes to the same end. */
bf_status bf_cmd_selftest(bf_call *call)
{
  bf_status status = BF_OK;
  command_line line = {.folder = "."};
  const char *temporary = getenv("TMPDIR");
  bf_report report = {.n_ranks = 1, .n_hosts = 1};
  BF_TRY(read_line(call, &line));
  if (line.wants_help)
    goto done;
  const bf_selftest test = {.session = call->session,
                            .folder = line.folder,
                            .temporary =
                                temporary != NULL && temporary[0] != '\0' ? temporary : "/tmp"};
  BF_TRY(check_all(&test, &report));
  if (bf_session_rank(call->session) == 0) {
    status = print_report(&report, line.wants_json);
    call->exit_code = bf_report_worst(&report) == BF_HEALTH_FAILED ? 1 : 0;
  }
  BF_TRY(bf_session_agree(call->session, status));
done:
  return status;
}
