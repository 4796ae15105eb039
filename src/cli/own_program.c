/* Where this program is.
 * Room: cli. */
#include "cli/own_program.h"

#include <unistd.h>

bf_status bf_own_program(char *path, size_t n_bytes)
{
  ssize_t n = readlink("/proc/self/exe", path, n_bytes - 1);
  if (n <= 0 || (size_t)n >= n_bytes - 1)
    return bf_fail(BF_ERR_IO, "cannot find the program itself: no /proc/self/exe");
  path[n] = '\0';
  /* mpirun --enable-recovery would wait for ever for a program that is not there. */
  if (access(path, X_OK) != 0)
    return bf_fail(BF_ERR_IO, "cannot start '%s': it was removed or replaced", path);
  return BF_OK;
}
