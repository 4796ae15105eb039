/* Whether a process lives and since when, asked of this machine's kernel.
 * Room: base. */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { STAT_BYTES = 512 };

/* /proc/PID/stat from its third field, the state, on: behind the name, which stands in brackets and
 * may hold any byte itself. NULL if it cannot be read. */
static const char *read_stat(int64_t pid, char line[STAT_BYTES])
{
  char path[64];
  snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return NULL;
  ssize_t n = read(file, line, STAT_BYTES - 1);
  close(file);
  line[n > 0 ? n : 0] = '\0';
  const char *name_end = strrchr(line, ')');
  return name_end != NULL && name_end[1] == ' ' ? name_end + 2 : NULL;
}

/* A killed process stays until its parent asks for it, and one that is stopped does not ask. */
static bool has_ended(int64_t pid)
{
  char line[STAT_BYTES];
  const char *state = read_stat(pid, line);
  return state != NULL && (*state == 'Z' || *state == 'X');
}

bool bf_process_lives(int64_t pid)
{
  /* Other numbers mean groups of processes to kill(2). */
  if (pid <= 0 || pid > INT32_MAX)
    return false;
  if (kill((pid_t)pid, 0) != 0 && errno == ESRCH)
    return false;
  return !has_ended(pid);
}

double bf_process_age_s(int64_t pid)
{
  /* Its start is the 22nd field, in ticks since the machine's. */
  enum { FIELDS_BEFORE = 19 };
  char line[STAT_BYTES];
  struct timespec now;
  const char *field = read_stat(pid, line);
  for (int i = 0; i < FIELDS_BEFORE && field != NULL; i++) {
    field = strchr(field, ' ');
    field = field != NULL ? field + 1 : NULL;
  }
  if (field == NULL || clock_gettime(CLOCK_BOOTTIME, &now) != 0)
    return (double)NAN;
  double start_s = strtod(field, NULL) / (double)sysconf(_SC_CLK_TCK);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec - start_s;
}
