/* Starting mpirun: its command line, its environment, its ties to the launcher.
 * Room: cluster. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "cluster/launcher_parts.h"
#include "cluster/session.h"

bool bf_launch_has(const bf_launch *launch, const char *name, const char **value)
{
  bool found = false;
  size_t n_name = strlen(name);
  for (size_t i = 0; i < launch->n_arguments && strcmp(launch->arguments[i], "--") != 0; i++) {
    const char *argument = launch->arguments[i];
    if (strncmp(argument, name, n_name) != 0)
      continue;
    bool is_joined = argument[n_name] == '=';
    bool has_next = i + 1 < launch->n_arguments;
    if (!is_joined && argument[n_name] != '\0')
      continue;
    found = true;
    if (value != NULL && (is_joined || has_next))
      *value = is_joined ? argument + n_name + 1 : launch->arguments[i + 1];
  }
  return found;
}

/* Whether mpirun may start ranks on other machines: then it chooses the network. */
static bool may_leave_host(const bf_launch *launch)
{
  static const char *const options[] = {"--host",       "-host",      "-H",       "--machinefile",
                                        "-machinefile", "--hostfile", "-hostfile"};
  const char *n_nodes = getenv("SLURM_JOB_NUM_NODES");
  if (launch->hostfile != NULL || (n_nodes != NULL && strcmp(n_nodes, "1") != 0))
    return true;
  for (size_t i = 0; i < launch->n_extra; i++)
    for (size_t k = 0; k < sizeof options / sizeof *options; k++)
      if (strcmp(launch->extra[i], options[k]) == 0)
        return true;
  return false;
}

extern char **environ;

/** A growing list of borrowed texts that ends in NULL. */
typedef struct command {
  size_t n;
  char **items;
  bf_text variables; /**< names of those that ranks get, each with a zero behind it */
  char n_ranks[32];
  bool is_local;
} command;

/* execvp takes char *, and changes nothing. */
static void add(command *line, const char *text)
{
  const union {
    const char *in;
    char *out;
  } view = {.in = text};
  line->items[line->n++] = view.out;
}

static void add_all(command *line, size_t n, const char *const *texts)
{
  for (size_t i = 0; i < n; i++)
    add(line, texts[i]);
}

/* What ranks of other machines are to know as well; Open MPI takes its own variables there. */
static bool is_for_ranks(const char *variable)
{
  static const char *const starts[] = {"BITFRONT_", "BLIS_", "OMP_", "HDF5_", "LD_LIBRARY_PATH="};
  for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
    if (strncmp(variable, starts[i], strlen(starts[i])) == 0)
      return true;
  return false;
}

/* Their names, each with a zero behind it. */
static bf_status find_variables(command *line, size_t *n)
{
  *n = 0;
  for (char **variable = environ; *variable != NULL; variable++)
    if (is_for_ranks(*variable)) {
      bf_text_append_bytes(&line->variables, *variable, strcspn(*variable, "="));
      bf_text_append_bytes(&line->variables, "", 1);
      ++*n;
    }
  return bf_text_status(&line->variables);
}

static void add_variables(command *line)
{
  const bf_text *names = &line->variables;
  for (size_t at = 0; at < names->length; at += strlen(names->data + at) + 1)
    add_all(line, 2, (const char *const[]){"-x", names->data + at});
}

static bf_status make_command(const bf_launch *launch, bool resumes, command *line)
{
  /* No -q: in recovery mode mpirun says nothing about how ranks end, but, for instance, that it
   * cannot read a hostfile. */
  enum { N_OTHER = 24 };
  bf_status status = BF_OK;
  size_t n_variables = 0;
  BF_TRY(find_variables(line, &n_variables));
  size_t n_most = launch->n_extra + launch->n_arguments + 2 * n_variables + N_OTHER;
  line->items = bf_alloc(n_most, sizeof *line->items);
  BF_CHECK_MEMORY(line->items);
  line->is_local = !may_leave_host(launch);
  snprintf(line->n_ranks, sizeof line->n_ranks, "%zu", launch->n_ranks);
  add(line, "mpirun");
  if (bf_mpi_major() >= 5)
    add_all(line, 2, (const char *const[]){"--with-ft", "ulfm"});
  else
    add(line, "--enable-recovery");
  add_variables(line);
  if (line->is_local)
    add_all(line, 2, (const char *const[]){"-x", "PMIX_OUTPUT_STDERR_FD=2"});
  if (launch->n_ranks > 0)
    add_all(line, 2, (const char *const[]){"-n", line->n_ranks});
  if (launch->hostfile != NULL)
    add_all(line, 2, (const char *const[]){"--hostfile", launch->hostfile});
  add_all(line, launch->n_extra, launch->extra);
  add(line, launch->program);
  /* Ours right behind the command: what the user wrote may end in "--" and names. */
  add(line, launch->arguments[0]);
  if (resumes && !bf_launch_has(launch, "--resume", NULL))
    add(line, "--resume");
  if (launch->progress != NULL && !bf_launch_has(launch, "--progress", NULL))
    add_all(line, 2, (const char *const[]){"--progress", launch->progress});
  for (size_t i = 1; i < launch->n_arguments; i++)
    add(line, launch->arguments[i]);
done:
  return status;
}

/* Open MPI's messages about lost ranks are addressed to its authors ("PMIX ERROR: BAD-PARAM in
 * file ..."). The ranks, which have other files open under that number, are told to use 2. */
static void silence_pmix(void)
{
  char number[16];
  int fd = open("/dev/null", O_WRONLY);
  int high = fd >= 0 ? fcntl(fd, F_DUPFD, 10) : -1;
  if (fd >= 0)
    close(fd);
  if (high < 0)
    return;
  snprintf(number, sizeof number, "%d", high);
  setenv("PMIX_OUTPUT_STDERR_FD", number, 0);
}

bool bf_launch_uses_ssh(void)
{
  static const char *const others[] = {"OMPI_MCA_plm_rsh_agent", "OMPI_MCA_orte_rsh_agent",
                                       "SGE_ROOT", "SLURM_JOB_ID"};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (getenv(others[i]) != NULL)
      return false;
  return true;
}

/* The same as jobs/mpi_env.sh; what is set already stays. */
static void set_environment(bool is_local)
{
  enum { ALWAYS, AS_ROOT, ON_ONE_HOST, OVER_SSH, N_WHEN };
  static const struct {
    const char *name;
    const char *value;
    int when;
  } defaults[] = {
      {"OMPI_ALLOW_RUN_AS_ROOT", "1", AS_ROOT},
      {"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", AS_ROOT},
      {"OMPI_MCA_rmaps_base_oversubscribe", "1", ALWAYS},
      {"OMPI_MCA_hwloc_base_binding_policy", "none", ALWAYS},
      {"PRTE_MCA_rmaps_default_mapping_policy", ":oversubscribe", ALWAYS},
      {"PRTE_MCA_hwloc_default_binding_policy", "none", ALWAYS},
      {"OMPI_MCA_mpi_yield_when_idle", "1", ALWAYS},
      {"OMPI_MCA_pml", "ob1", ON_ONE_HOST},
      {"OMPI_MCA_btl", "self,vader", ON_ONE_HOST},
      /* An ssh that ends badly, because its host died for instance, ends the whole job, in recovery
       * mode, too. With -f it ends well as soon as the other side began. It asks nobody anything,
       * and does not stay for a host that is gone. */
      {"OMPI_MCA_plm_rsh_args",
       "-f -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=20", OVER_SSH},
      /* Daemons that lost their mpirun without a word end, with their ranks, after one minute
       * rather than eight: nobody else could tell them to. */
      {"OMPI_MCA_oob_tcp_keepalive_time", "30", OVER_SSH},
      {"OMPI_MCA_oob_tcp_keepalive_intvl", "6", OVER_SSH},
      {"OMPI_MCA_oob_tcp_keepalive_probes", "5", OVER_SSH},
  };
  const bool holds[N_WHEN] = {[ALWAYS] = true,
                              [AS_ROOT] = geteuid() == 0,
                              [ON_ONE_HOST] = is_local,
                              [OVER_SSH] = !is_local && bf_launch_uses_ssh()};
  for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
    if (holds[defaults[i].when])
      setenv(defaults[i].name, defaults[i].value, 0);
  if (is_local)
    silence_pmix();
}

/* In the new process: becomes mpirun, or tells why it cannot. */
_Noreturn static void become_mpirun(const command *line, pid_t launcher, int error_fd)
{
  setpgid(0, 0);
  signal(SIGPIPE, SIG_DFL);
  /* A launcher that was killed cannot clean up: mpirun does, when it gets this. */
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != launcher)
    _exit(1);
  /* The job is read from a file, and mpirun must not read the terminal from the background. */
  int nothing = open("/dev/null", O_RDONLY);
  if (nothing >= 0)
    dup2(nothing, STDIN_FILENO);
  if (nothing > STDERR_FILENO)
    close(nothing);
  set_environment(line->is_local);
  execvp(line->items[0], line->items);
  int cause = errno;
  ssize_t n = write(error_fd, &cause, sizeof cause);
  (void)n;
  _exit(127);
}

static bf_status fork_mpirun(const command *line, bf_attempt *attempt)
{
  bf_status status = BF_OK;
  int cause = 0;
  int ends[2] = {-1, -1};
  pid_t launcher = getpid();
  BF_CHECK(pipe(ends) == 0, BF_ERR_IO, "cannot make a pipe: %s", strerror(errno));
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  pid_t child = fork();
  if (child == 0)
    become_mpirun(line, launcher, ends[1]);
  BF_CHECK(child > 0, BF_ERR_IO, "cannot start a process: %s", strerror(errno));
  close(ends[1]);
  ends[1] = -1;
  ssize_t n;
  while ((n = read(ends[0], &cause, sizeof cause)) < 0 && errno == EINTR) {
  }
  if (n == (ssize_t)sizeof cause) {
    waitpid(child, NULL, 0);
    status =
        bf_fail(BF_ERR_MPI, "cannot start mpirun: %s; is Open MPI installed?", strerror(cause));
    goto done;
  }
  attempt->mpirun = child;
done:
  for (int i = 0; i < 2; i++)
    if (ends[i] >= 0)
      close(ends[i]);
  return status;
}

bf_status bf_nameless_file(const char *text, int *fd)
{
  FILE *file = tmpfile();
  *fd = file != NULL ? fcntl(fileno(file), F_DUPFD_CLOEXEC, 3) : -1;
  int cause = errno;
  if (file != NULL)
    fclose(file);
  if (*fd < 0)
    return bf_fail(BF_ERR_IO, "cannot make a temporary file: %s", strerror(cause));
  if (dprintf(*fd, "%s", text) >= 0)
    return BF_OK;
  cause = errno;
  close(*fd);
  *fd = -1;
  return bf_fail(BF_ERR_IO, "cannot write a temporary file: %s", strerror(cause));
}

static bf_status open_nameless_end_file(const char *text, bf_attempt *attempt)
{
  char path[64];
  bf_status status = bf_nameless_file(text, &attempt->end_fd);
  snprintf(path, sizeof path, "/proc/%ld/fd/%d", (long)getpid(), attempt->end_fd);
  setenv("BITFRONT_RUN_END", path, 1);
  return status;
}

/* "<folder of the result folder>/.bitfront-end-XXXXXX": all hosts are to see that one. NULL: it is
 * not known. */
static char *name_end_file(const bf_launch *launch)
{
  const char *out = NULL;
  char *copy = bf_launch_has(launch, "--out", &out) && out != NULL ? strdup(out) : NULL;
  char *path = copy != NULL ? bf_path_join(dirname(copy), ".bitfront-end-XXXXXX") : NULL;
  free(copy);
  return path;
}

static bf_status open_end_file(const bf_launch *launch, bf_attempt *attempt)
{
  char text[BF_RUN_TEXT + 2];
  snprintf(text, sizeof text, "%s\n", attempt->run);
  char *path = may_leave_host(launch) ? name_end_file(launch) : NULL;
  int fd = path != NULL ? mkstemp(path) : -1;
  bool is_there = fd >= 0 && dprintf(fd, "%s", text) >= 0;
  if (fd >= 0)
    close(fd);
  if (!is_there) {
    if (fd >= 0)
      unlink(path);
    free(path);
    return open_nameless_end_file(text, attempt);
  }
  attempt->end_path = path;
  setenv("BITFRONT_RUN_END", path, 1);
  return BF_OK;
}

/* Opened anew each time: only so does a network file system look for what others wrote. */
int bf_attempt_end_code(const bf_attempt *attempt)
{
  if (attempt->end_path == NULL)
    return bf_run_end_read(attempt->end_fd, attempt->run);
  int fd = open(attempt->end_path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return -1;
  int exit_code = bf_run_end_read(fd, attempt->run);
  close(fd);
  return exit_code;
}

static void name_run(bf_attempt *attempt, size_t n_before)
{
  char host[64] = "";
  if (gethostname(host, sizeof host - 1) != 0)
    host[0] = '\0';
  snprintf(attempt->run, sizeof attempt->run, "%s-%ld-%.3f-%zu", host, (long)getpid(),
           attempt->start_date_s, n_before);
  setenv("BITFRONT_RUN", attempt->run, 1);
}

bf_status bf_attempt_start(const bf_launch *launch, size_t n_before, bool resumes,
                           bf_attempt *attempt)
{
  bf_status status = BF_OK;
  command line = {0};
  *attempt = (bf_attempt){.end_fd = -1, .start_date_s = bf_date_s()};
  name_run(attempt, n_before);
  BF_TRY(open_end_file(launch, attempt));
  BF_TRY(make_command(launch, resumes, &line));
  BF_TRY(fork_mpirun(&line, attempt));
done:
  bf_text_release(&line.variables);
  free(line.items);
  if (status != BF_OK)
    bf_attempt_release(attempt);
  return status;
}

void bf_attempt_release(bf_attempt *attempt)
{
  if (attempt->end_fd >= 0)
    close(attempt->end_fd);
  attempt->end_fd = -1;
  if (attempt->end_path != NULL)
    unlink(attempt->end_path);
  free(attempt->end_path);
  attempt->end_path = NULL;
}
