/* A file system without locks, as Lustre is that was mounted without them: preloaded, it makes
 * flock fail with the error that $NO_FLOCK names, ENOSYS if none. Room: cli (tests). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

int flock(int fd, int operation)
{
  const char *name = getenv("NO_FLOCK");
  (void)fd;
  (void)operation;
  errno = name != NULL && strcmp(name, "ENOLCK") == 0 ? ENOLCK : ENOSYS;
  return -1;
}
