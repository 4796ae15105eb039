/* A start of mpirun as the launcher makes them, to see whether it works on this machine.
 * Room: cluster. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "cluster/launcher_parts.h"
#include "cluster/probe.h"

static const double poll_s = 0.01;
/* mpirun's own time to end its ranks. */
static const double end_s = 1.5;

/** Standard output and error, and the files that take their place. */
typedef struct catcher {
  FILE *files[2];
  int before[2];
} catcher;

static bf_status catch_output(catcher *c)
{
  bf_status status = BF_OK;
  fflush(NULL);
  for (int i = 0; i < 2; i++) {
    c->files[i] = tmpfile();
    BF_CHECK(c->files[i] != NULL, BF_ERR_IO, "cannot make a temporary file: %s", strerror(errno));
    c->before[i] = dup(STDOUT_FILENO + i);
  }
  for (int i = 0; i < 2; i++)
    dup2(fileno(c->files[i]), STDOUT_FILENO + i);
done:
  return status;
}

/* Ours again; mpirun keeps the files. */
static void give_output_back(catcher *c)
{
  for (int i = 0; i < 2; i++) {
    if (c->before[i] < 0)
      continue;
    dup2(c->before[i], STDOUT_FILENO + i);
    close(c->before[i]);
    c->before[i] = -1;
  }
}

static void read_back(FILE *file, bf_text *text)
{
  char piece[4096];
  size_t n;
  rewind(file);
  while ((n = fread(piece, 1, sizeof piece, file)) > 0)
    bf_text_append_bytes(text, piece, n);
}

static bool ends_within(bf_attempt *attempt, double limit_s)
{
  double start_s = bf_clock_s();
  while (waitpid(attempt->mpirun, NULL, WNOHANG) == 0) {
    bf_attempt_learn(attempt, 0);
    if (bf_clock_s() - start_s > limit_s)
      return false;
    bf_sleep(poll_s);
  }
  return true;
}

static void end(bf_attempt *attempt)
{
  kill(attempt->mpirun, SIGTERM);
  if (ends_within(attempt, end_s))
    return;
  kill(-attempt->mpirun, SIGKILL);
  ends_within(attempt, end_s);
}

bf_status bf_probe_mpirun(const bf_launch *launch, double limit_s, bf_launch_probe *out)
{
  bf_status status = BF_OK;
  bf_launch_probe found = {.exit_code = -1};
  catcher c = {.before = {-1, -1}};
  bf_attempt attempt = {.end_fd = -1};
  double start_s = bf_clock_s();
  BF_TRY(catch_output(&c));
  status = bf_attempt_start(launch, 0, false, &attempt);
  give_output_back(&c);
  BF_TRY(status);
  found.has_ended = ends_within(&attempt, limit_s);
  found.seconds = bf_clock_s() - start_s;
  if (!found.has_ended)
    end(&attempt);
  bf_attempt_sweep(&attempt);
  found.exit_code = bf_attempt_end_code(&attempt);
  bf_attempt_release(&attempt);
  read_back(c.files[0], &found.printed);
  read_back(c.files[1], &found.complaint);
  *out = found;
done:
  give_output_back(&c);
  for (int i = 0; i < 2; i++)
    if (c.files[i] != NULL)
      fclose(c.files[i]);
  return status;
}

void bf_launch_probe_release(bf_launch_probe *probe)
{
  bf_text_release(&probe->printed);
  bf_text_release(&probe->complaint);
  *probe = (bf_launch_probe){0};
}
