/* Memory of this process.
 * Tests of the study room. */
#ifndef BF_TESTS_STUDY_RESIDENT_H
#define BF_TESTS_STUDY_RESIDENT_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A line of /proc/self/status, in bytes. */
static inline double status_bytes(const char *name)
{
  char line[256];
  double kib = 0;
  FILE *file = fopen("/proc/self/status", "r");
  while (file != NULL && fgets(line, sizeof line, file) != NULL)
    if (strncmp(line, name, strlen(name)) == 0)
      sscanf(line + strlen(name), ": %lf", &kib);
  if (file != NULL)
    fclose(file);
  return 1024 * kib;
}

static inline double resident_bytes(void)
{
  return status_bytes("VmRSS");
}

/* Since the process began, or since forget_most_resident. */
static inline double most_resident_bytes(void)
{
  return status_bytes("VmHWM");
}

/* @return Whether the kernel lets us. */
static inline bool forget_most_resident(void)
{
  FILE *file = fopen("/proc/self/clear_refs", "w");
  bool is_written = file != NULL && fputs("5", file) >= 0;
  return file != NULL && fclose(file) == 0 && is_written;
}

#endif
