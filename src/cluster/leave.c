/* Leaving without MPI: what a process does that cannot count on the others any more.
 * Room: cluster. */
#include "cluster/leave.h"

#include <unistd.h>

#include "base/status.h"

/*
 * Ranks of a machine map each other's files, so this process knows those of its job and of no
 * other. Names differ with the release: "vader_segment" up to Open MPI 4, "sm_segment" since.
 */
static void remove_if_shared(char *line)
{
  char *path = strchr(line, '/');
  line[strcspn(line, "\n")] = '\0';
  if (path != NULL &&
      (strstr(path, "/vader_segment.") != NULL || strstr(path, "/sm_segment.") != NULL))
    unlink(path);
}

static void remove_shared_files(void)
{
  char line[4352];
  FILE *maps = fopen("/proc/self/maps", "re");
  if (maps == NULL)
    return;
  while (fgets(line, sizeof line, maps) != NULL)
    remove_if_shared(line);
  fclose(maps);
}

_Noreturn void bf_leave(int exit_code)
{
  remove_shared_files();
  _exit(exit_code);
}
