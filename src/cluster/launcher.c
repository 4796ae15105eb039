/* The launcher: watches a search, and starts it again when it is lost.
 * Room: cluster. */
#include "cluster/launcher.h"

#include <math.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/process.h"
#include "cluster/launcher_parts.h"
#include "study/record.h"

static const double poll_s = 0.05;
/* A step takes far less. */
static const double pause_s = 1;

/* Signals. */

static volatile sig_atomic_t n_leave;
static volatile sig_atomic_t n_finish;

static void ask_to_leave(int number)
{
  (void)number;
  n_leave = 1;
}

static void ask_to_finish(int number)
{
  (void)number;
  n_finish = 1;
}

/** SIGPIPE: a reader of our talk that left is no reason to end. SIGCHLD: the parent may have set it
 * so that nobody can be waited for. */
static const struct {
  int number;
  void (*handler)(int);
  bool stays_ignored; /**< nohup */
} handlers[] = {
    {SIGTERM, ask_to_leave, true},  {SIGINT, ask_to_leave, true}, {SIGHUP, ask_to_leave, true},
    {SIGUSR1, ask_to_finish, true}, {SIGPIPE, SIG_IGN, false},    {SIGCHLD, SIG_DFL, false},
};
enum { N_HANDLERS = sizeof handlers / sizeof *handlers };

static void take_signals(struct sigaction *before)
{
  n_leave = 0;
  n_finish = 0;
  for (size_t i = 0; i < N_HANDLERS; i++) {
    struct sigaction action = {.sa_handler = handlers[i].handler, .sa_flags = SA_RESTART};
    sigaction(handlers[i].number, NULL, &before[i]);
    if (before[i].sa_handler != SIG_IGN || !handlers[i].stays_ignored)
      sigaction(handlers[i].number, &action, NULL);
  }
}

static void give_signals_back(const struct sigaction *before)
{
  for (size_t i = 0; i < N_HANDLERS; i++)
    sigaction(handlers[i].number, &before[i], NULL);
}

/* An attempt. */

typedef enum phase {
  PHASE_WATCH,
  PHASE_LEAVE, /**< rank 0 was asked to leave at once */
  PHASE_GRACE, /**< rank 0 has ended; mpirun follows by itself if it can */
  PHASE_END,   /**< mpirun was asked to end, with all its ranks */
  PHASE_KILL,
  PHASE_GONE, /**< mpirun was killed and will not go: the kernel holds it */
  N_PHASES
} phase;

/** What follows a phase that lasted too long. */
static const struct {
  double limit_s;
  phase next;
} phases[N_PHASES] = {
    [PHASE_WATCH] = {HUGE_VAL, PHASE_WATCH}, [PHASE_LEAVE] = {10, PHASE_END},
    [PHASE_GRACE] = {2, PHASE_END},          [PHASE_END] = {5, PHASE_KILL},
    [PHASE_KILL] = {5, PHASE_GONE},          [PHASE_GONE] = {HUGE_VAL, PHASE_GONE},
};

typedef struct watch {
  const bf_launch *launch;
  const char *folder; /**< of a search that is watched; NULL: nothing is known until it ends */
  bf_attempt attempt;
  phase phase;
  double stepped_s; /**< when it was last looked at, on bf_clock_s as all times here */
  double start_s;
  double phase_s; /**< since when */
  bool has_ended; /**< mpirun, with this: */
  int wait_status;
  bool serves; /**< rank 0 wrote run.json: */
  bf_run_file run;
  double renewed_s; /**< when it was last seen to change */
  int exit_code;    /**< of rank 0; -1: it has not told any */
  bool is_passed;   /**< USR1 was */
  char loss[96];    /**< why the search is lost; "" */
} watch;

static void enter(watch *w, phase next)
{
  w->phase = next;
  w->phase_s = bf_clock_s();
  if (next == PHASE_LEAVE) {
    kill((pid_t)w->run.pid, SIGTERM);
    /* It may have been stopped. */
    kill((pid_t)w->run.pid, SIGCONT);
  } else if (next == PHASE_END)
    kill(w->attempt.mpirun, SIGTERM);
  else if (next == PHASE_KILL)
    kill(-w->attempt.mpirun, SIGKILL);
}

static bool is_here(const bf_run_file *run)
{
  return strcmp(run->host, bf_run_file_start().host) == 0;
}

static bool rank_0_is_gone(const watch *w)
{
  return w->serves && is_here(&w->run) && !bf_process_lives(w->run.pid);
}

static void look_at_run_file(watch *w)
{
  bf_run_file run;
  if (w->folder == NULL || bf_run_file_read(w->folder, &run) != BF_OK ||
      strcmp(run.run, w->attempt.run) != 0)
    return;
  if (!w->serves || run.date_s != w->run.date_s)
    w->renewed_s = bf_clock_s();
  w->serves = true;
  w->run = run;
  if (run.exit_code >= 0)
    w->exit_code = run.exit_code;
}

static void look(watch *w)
{
  look_at_run_file(w);
  if (w->exit_code < 0)
    w->exit_code = bf_attempt_end_code(&w->attempt);
  bf_attempt_learn(&w->attempt, w->serves && is_here(&w->run) ? (pid_t)w->run.pid : 0);
}

static void lose(watch *w, const char *format, ...) BF_PRINTF(2, 3);
static void lose(watch *w, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(w->loss, sizeof w->loss, format, arguments);
  va_end(arguments);
  if (!w->has_ended)
    enter(w, PHASE_END);
}

/* While it is watched, or rank 0 leaves. */
static void judge(watch *w, bool is_gone)
{
  const bf_launch *launch = w->launch;
  double now_s = bf_clock_s();
  if (w->exit_code >= 0)
    enter(w, PHASE_GRACE);
  else if (is_gone)
    lose(w, "rank 0 was lost (process %lld is gone)", (long long)w->run.pid);
  else if (w->serves && !w->run.is_busy && now_s - w->renewed_s > launch->stall_s)
    lose(w, "rank 0 was lost (silent for %g s)", launch->stall_s);
  else if (w->folder != NULL && !w->serves && now_s - w->start_s > launch->start_timeout_s)
    lose(w, "the search did not start within %g s", launch->start_timeout_s);
}

/* Rank 0 is asked itself where that can be done: of Open MPI 4.1 it would hear a second later, and
 * have one second then. Nothing runs yet that could be finished before it serves. */
static void pass_signals(watch *w)
{
  if (w->phase != PHASE_WATCH)
    return;
  if (!w->serves && (n_leave || n_finish)) {
    lose(w, "stopped by a signal");
  } else if (n_leave) {
    enter(w, is_here(&w->run) ? PHASE_LEAVE : PHASE_END);
  } else if (n_finish && !w->is_passed) {
    w->is_passed = true;
    kill(w->attempt.mpirun, SIGUSR1);
  }
}

/* SLURM, a batch system or a virtual machine may stop this process together with all ranks. What
 * none of them could use is nobody's silence. */
static void forgive_pause(watch *w)
{
  double now_s = bf_clock_s();
  double away_s = now_s - w->stepped_s;
  w->stepped_s = now_s;
  if (away_s < pause_s)
    return;
  w->start_s += away_s;
  w->phase_s += away_s;
  w->renewed_s += away_s;
}

static void step(watch *w)
{
  forgive_pause(w);
  /* Asked before rank 0's word is looked for: what is gone has said all. */
  bool is_gone = rank_0_is_gone(w);
  w->has_ended = waitpid(w->attempt.mpirun, &w->wait_status, WNOHANG) == w->attempt.mpirun;
  look(w);
  if (w->has_ended)
    return;
  pass_signals(w);
  if (w->phase == PHASE_WATCH || w->phase == PHASE_LEAVE)
    judge(w, is_gone);
  if (bf_clock_s() - w->phase_s > phases[w->phase].limit_s)
    enter(w, phases[w->phase].next);
}

/* The end of an attempt. */

/* A command that mpirun, or a rank before MPI started, refused in so many words: the same again
 * would be refused again. */
static bool is_refused(const watch *w)
{
  static const int codes[] = {1, 2, 3, 4, 5, 70};
  bool is_known = false;
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
    is_known |= WIFEXITED(w->wait_status) && WEXITSTATUS(w->wait_status) == codes[i];
  return w->has_ended && !w->serves && w->loss[0] == '\0' && is_known;
}

/* Rank 0's own word counts, but for one: that it could not go on. It may also have been woken and
 * told to leave because it was given up. */
static bool is_told(const watch *w)
{
  return w->exit_code >= 0 && (w->exit_code != 4 || (w->loss[0] == '\0' && !w->run.wants_restart));
}

static void say_loss(watch *w)
{
  int code = WIFEXITED(w->wait_status) ? WEXITSTATUS(w->wait_status) : 0;
  if (w->loss[0] != '\0')
    return;
  if (w->exit_code == 4)
    lose(w, "no worker was left");
  else if (!w->has_ended)
    lose(w, "mpirun cannot be killed");
  else if (WIFSIGNALED(w->wait_status))
    lose(w, "mpirun was lost (signal %d)", WTERMSIG(w->wait_status));
  else if (code > 128 && code <= 128 + SIGRTMAX)
    lose(w, "rank 0 was lost (signal %d)", code - 128);
  else
    lose(w, "mpirun ended with code %d, but rank 0 did not say how it ended", code);
}

static bf_status run_attempt(watch *w, size_t n_before, bool resumes)
{
  bf_status status = bf_attempt_start(w->launch, n_before, resumes, &w->attempt);
  if (status != BF_OK)
    return status;
  w->start_s = w->phase_s = w->stepped_s = bf_clock_s();
  while (!w->has_ended && w->phase != PHASE_GONE) {
    bf_sleep(poll_s);
    step(w);
  }
  bf_attempt_sweep(&w->attempt);
  look(w);
  bf_attempt_release(&w->attempt);
  return BF_OK;
}

/* All attempts. */

typedef struct campaign {
  const bf_launch *asked;
  bf_launch launch; /**< the same, on hosts that answer */
  char hostfile[64];
  int hosts_fd;       /**< of these hosts; -1 */
  const char *folder; /**< as in watch */
  char *journal;      /**< its path; NULL */
  bool may_resume;    /**< what is in the folder is ours, or was to be resumed anyway */
  double start_date_s;
  size_t n_attempts;
  size_t n_losses; /**< in a row */
} campaign;

static bool has_journal(const campaign *c)
{
  return c->journal != NULL && c->may_resume && bf_file_exists(c->journal);
}

/* Hosts may answer only to an ssh that is called as the user says (another port, another key). */
static bool has_own_ssh(const bf_launch *launch)
{
  bool is_told = getenv("OMPI_MCA_plm_rsh_args") != NULL;
  for (size_t i = 0; i < launch->n_extra; i++)
    is_told |= strstr(launch->extra[i], "_rsh_") != NULL;
  return is_told;
}

/* mpirun starts on all hosts or on none, and one that died is mostly why it is to start again. */
static void leave_out_dead_hosts(campaign *c)
{
  bf_text living = {0};
  if (c->asked->hostfile == NULL || !bf_launch_uses_ssh() || has_own_ssh(c->asked))
    return;
  if (c->hosts_fd >= 0)
    close(c->hosts_fd);
  c->hosts_fd = -1;
  bool is_read = bf_hosts_living(c->asked->hostfile, &living) == BF_OK;
  if (is_read && living.length == 0)
    bf_info("bitfront run: no host of '%s' answers to ssh", c->asked->hostfile);
  bool is_known =
      is_read && living.length > 0 && bf_nameless_file(living.data, &c->hosts_fd) == BF_OK;
  snprintf(c->hostfile, sizeof c->hostfile, "/proc/%ld/fd/%d", (long)getpid(), c->hosts_fd);
  c->launch.hostfile = is_known ? c->hostfile : c->asked->hostfile;
  bf_text_release(&living);
}

/* Whether there is another attempt after one that was lost. */
static bool goes_on(campaign *c, const watch *w)
{
  c->may_resume |= w->serves;
  if (w->run.n_told > 0)
    c->n_losses = 0;
  if (c->folder == NULL || n_leave || n_finish || c->n_losses >= c->launch.n_retries)
    return false;
  c->n_losses++;
  bf_info("bitfront run: %s; %s, restart %zu of %zu", w->loss,
          has_journal(c) ? "going on from the journal" : "starting again", c->n_losses,
          c->launch.n_retries);
  leave_out_dead_hosts(c);
  /* Which took its time. */
  return !n_leave && !n_finish;
}

static void give_up(const campaign *c, const watch *w, int *exit_code, bf_text *why)
{
  *exit_code = has_journal(c) ? 4 : 1;
  bf_text_append(why, w->loss);
  if (c->n_losses > 0)
    bf_text_printf(why, ", after %zu restart%s", c->n_losses, c->n_losses == 1 ? "" : "s");
  if (has_journal(c))
    bf_text_printf(why, "; search --resume goes on with '%s'", c->folder);
}

/* A search that is started again would take its whole time again. */
static void pass_time_limit(const campaign *c)
{
  char date[64];
  const char *seconds = NULL;
  if (c->n_attempts == 0 || !bf_launch_has(c->asked, "--time-limit", &seconds) || seconds == NULL)
    return;
  snprintf(date, sizeof date, "%.3f", c->start_date_s + strtod(seconds, NULL));
  setenv("BITFRONT_END_TIME", date, 1);
}

static bf_status run_all(campaign *c, int *exit_code, bf_text *why)
{
  for (;;) {
    watch w = {.launch = &c->launch, .folder = c->folder, .exit_code = -1};
    pass_time_limit(c);
    bf_status status = run_attempt(&w, c->n_attempts, c->n_attempts > 0 && c->may_resume);
    if (status != BF_OK)
      return status;
    c->n_attempts++;
    if (is_told(&w)) {
      *exit_code = w.exit_code;
      return BF_OK;
    }
    /* What was begun once is refused for another reason: a host that does not answer. */
    if (c->n_attempts == 1 && is_refused(&w)) {
      *exit_code = WEXITSTATUS(w.wait_status);
      bf_text_printf(why, "mpirun ended with code %d before '%s' began", *exit_code,
                     c->asked->arguments[0]);
      return bf_text_status(why);
    }
    say_loss(&w);
    if (!goes_on(c, &w)) {
      give_up(c, &w, exit_code, why);
      return bf_text_status(why);
    }
  }
}

bf_status bf_launch_run(const bf_launch *launch, int *exit_code, bf_text *why)
{
  bf_status status = BF_OK;
  struct sigaction before[N_HANDLERS];
  campaign c = {.asked = launch, .launch = *launch, .hosts_fd = -1, .start_date_s = bf_date_s()};
  bool searches = strcmp(launch->arguments[0], "search") == 0 &&
                  !bf_launch_has(launch, "--help", NULL) &&
                  !bf_launch_has(launch, "--dry-run", NULL);
  take_signals(before);
  if (searches && bf_launch_has(launch, "--out", &c.folder) && c.folder != NULL) {
    c.journal = bf_path_join(c.folder, BF_JOURNAL_NAME);
    BF_CHECK_MEMORY(c.journal);
    c.may_resume = bf_launch_has(launch, "--resume", NULL) || !bf_file_exists(c.folder);
  }
  status = run_all(&c, exit_code, why);
done:
  if (c.hosts_fd >= 0)
    close(c.hosts_fd);
  free(c.journal);
  give_signals_back(before);
  return status;
}
