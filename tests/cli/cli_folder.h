/* A folder of its own for each test of the cli room, gone afterwards.
 * Tests of the cli room. */
#ifndef BF_TESTS_CLI_FOLDER_H
#define BF_TESTS_CLI_FOLDER_H

#include <unistd.h>

#include "base/file.h"

static char folder[64];

static inline int make_folder(void **state)
{
  (void)state;
  snprintf(folder, sizeof folder, "/tmp/bf-test-cli-%ld", (long)getpid());
  return bf_folder_create(folder) == BF_OK ? 0 : 1;
}

static inline int remove_folder(void **state)
{
  (void)state;
  bf_folder_remove(folder);
  return 0;
}

/* Borrowed until the next call. */
static inline const char *in_folder(const char *name)
{
  static char path[128];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

#endif
