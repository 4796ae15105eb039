/* bitfront run: a command on ranks of mpirun, watched, and a search started again when it is lost.
 * Room: cli. */
#include <errno.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/program.h"
#include "cluster/launcher.h"

static const char description[] =
    "Runs 'bitfront search' or 'bitfront refit' on N ranks of Open MPI's mpirun, with settings\n"
    "that suit it, and watches it. A search of which rank 0 or mpirun is lost, or which hangs,\n"
    "is ended with all its processes and goes on from its journal. Lost workers are replaced by\n"
    "the others. The exit code is that of the command; 4 if it was lost and can be resumed.\n"
    "'-- selftest' checks the machines that ranks would run on.\n"
    "SIGTERM, SIGINT and SIGHUP make a search write and leave, SIGUSR1 lets it finish the\n"
    "trials that run.\n";

/** What the command line says. */
typedef struct request {
  bf_launch launch;
  bf_list extra;
  uint64_t n_retries;
  char program[4096];
  bool wants_help;
} request;

/* mpirun's slots count where it knows of other machines; here it would count half the cores. */
static size_t default_ranks(const bf_launch *launch)
{
  long n_cores = sysconf(_SC_NPROCESSORS_ONLN);
  if (launch->hostfile != NULL || getenv("SLURM_JOB_ID") != NULL)
    return 0;
  return n_cores > 0 ? (size_t)n_cores : 1;
}

static bf_status check_command(const bf_launch *launch)
{
  static const char *const names[] = {"search", "refit", "selftest", "--help"};
  for (size_t i = 0; launch->n_arguments > 0 && i < sizeof names / sizeof *names; i++)
    if (strcmp(launch->arguments[0], names[i]) == 0)
      return BF_OK;
  if (launch->n_arguments == 0)
    return bf_fail(BF_ERR_USAGE, "'-- search ...' is missing; see 'bitfront run --help'");
  return bf_fail(BF_ERR_USAGE,
                 "'run' starts 'search', 'refit' or 'selftest', not '%s'; call it directly",
                 launch->arguments[0]);
}

static bf_status read_request(bf_call *call, request *out)
{
  bf_status status = BF_OK;
  bf_arguments arguments;
  bf_launch *launch = &out->launch;
  const bf_option options[] = {
      {"-n", "N", "ranks (the cores of this machine; the slots of a hostfile or SLURM job)",
       bf_read_count, &launch->n_ranks},
      {"--hostfile", "FILE", "machines, for mpirun", bf_read_text, &launch->hostfile},
      {"--mpirun", "ARGUMENT", "one more argument for mpirun; may be repeated", bf_read_list,
       &out->extra},
      {"--retries", "N", "restarts in a row without a finished trial (3)", bf_read_natural,
       &out->n_retries},
      {"--stall", "S", "seconds after which a silent search is lost (60)", bf_read_positive,
       &launch->stall_s},
      {"--start-timeout", "S", "seconds within which a search must start (120)", bf_read_positive,
       &launch->start_timeout_s},
  };
  const bf_usage usage = {"run", "[-n N] [options] -- search ...", description,
                          sizeof options / sizeof *options, options};
  size_t n_own = 0;
  while (n_own < call->n && strcmp(call->arguments[n_own], "--") != 0)
    n_own++;
  BF_TRY(bf_options_read(&usage, n_own, call->arguments, &arguments));
  out->wants_help = arguments.wants_help;
  if (arguments.wants_help)
    return bf_usage_show(&usage);
  BF_CHECK(arguments.n == 0, BF_ERR_USAGE,
           "unexpected argument '%s'; the command stands behind '--': bitfront run -n N -- search "
           "...",
           arguments.items[0]);
  launch->n_arguments = call->n - (n_own < call->n ? n_own + 1 : n_own);
  launch->arguments = (const char *const *)call->arguments + (call->n - launch->n_arguments);
  BF_TRY(check_command(launch));
  BF_CHECK(launch->hostfile == NULL || access(launch->hostfile, R_OK) == 0, BF_ERR_USAGE,
           "cannot read the hosts in '%s': %s", launch->hostfile, strerror(errno));
  launch->n_extra = out->extra.n;
  launch->extra = out->extra.items;
  launch->n_retries = (size_t)out->n_retries;
  if (launch->n_ranks == 0)
    launch->n_ranks = default_ranks(launch);
done:
  return status;
}

/* What came of it; a line of our own only where rank 0 did not say its. */
static bf_status launch(bf_call *call, const request *asked)
{
  bf_text why = {0};
  bf_talk_open(call->talk);
  /* What the ranks left of a bar when they were lost. */
  const char *progress = asked->launch.progress;
  call->talk->is_mid_line = progress != NULL && strcmp(progress, "bar") == 0;
  bf_status status = bf_launch_run(&asked->launch, &call->exit_code, &why);
  if (status == BF_OK && why.length > 0)
    bf_talk_failure(call->talk, why.data);
  bf_text_release(&why);
  return status;
}

bf_status bf_cmd_run(bf_call *call)
{
  bf_status status = BF_OK;
  request asked = {.n_retries = 3, .launch = {.stall_s = 60, .start_timeout_s = 120}};
  BF_TRY(read_request(call, &asked));
  if (asked.wants_help)
    goto done;
  BF_CHECK(bf_mpi_major() > 0, BF_ERR_USAGE,
           "'run' needs Open MPI, where ranks outlive a lost one, and this is %s: use its 'mpiexec "
           "-n N bitfront search ...', and '--resume' after a loss",
           bf_mpi_version());
  BF_CHECK(bf_session_size(call->session) == 1 && getenv("OMPI_COMM_WORLD_SIZE") == NULL,
           BF_ERR_USAGE, "'run' starts mpirun itself: call it without");
  BF_TRY(bf_program_find(asked.program, sizeof asked.program));
  asked.launch.program = asked.program;
  /* The ranks do not see the terminal. */
  if (strcmp(asked.launch.arguments[0], "selftest") != 0)
    asked.launch.progress = isatty(STDERR_FILENO) == 1 ? "bar" : "lines";
  status = launch(call, &asked);
done:
  bf_list_release(&asked.extra);
  return status;
}
