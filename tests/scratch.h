/* A scratch folder and a file in it, for a test program that needs no more than one.
 * Room: tests. */
#ifndef BF_TESTS_SCRATCH_H
#define BF_TESTS_SCRATCH_H

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"

static char folder[64];
static char path[96]; /**< of the file, which is not made */

/** Makes the folder. @return 0; -1 if it cannot be made, as cmocka's set-ups. */
static inline int scratch_make(const char *file)
{
  snprintf(folder, sizeof folder, "/tmp/bitfront-scratch-XXXXXX");
  if (mkdtemp(folder) == NULL)
    return -1;
  snprintf(path, sizeof path, "%s/%s", folder, file);
  return 0;
}

/** Removes it and all in it: a tear-down of cmocka. */
static inline int scratch_remove(void **state)
{
  (void)state;
  bf_folder_remove(folder);
  return 0;
}

#endif
