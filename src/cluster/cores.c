/* The cores of a machine, and those that a process may run on.
 * Room: cluster. The only door to <hwloc.h>. */
#include "cluster/cores.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hwloc.h>

int bf_cpu_set_count(const bf_cpu_set *set)
{
  int n = 0;
  for (size_t i = 0; i < BF_CPU_WORDS; i++)
    n += __builtin_popcountll(set->words[i]);
  return n;
}

bool bf_cpu_set_holds(const bf_cpu_set *outer, const bf_cpu_set *inner)
{
  for (size_t i = 0; i < BF_CPU_WORDS; i++)
    if ((inner->words[i] & ~outer->words[i]) != 0)
      return false;
  return true;
}

bf_status bf_cores_allowed(bf_cpu_set *out)
{
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0)
    return bf_fail(BF_ERR_IO, "cannot learn the CPUs of this process: %s", strerror(errno));
  *out = (bf_cpu_set){{0}};
  for (size_t cpu = 0; cpu < BF_MOST_CPUS && cpu < CPU_SETSIZE; cpu++)
    if (CPU_ISSET(cpu, &set))
      out->words[cpu / 64] |= UINT64_C(1) << (cpu % 64);
  return BF_OK;
}

bf_status bf_cores_find(bf_cores *out)
{
  hwloc_topology_t topology;
  bf_status status = BF_OK;
  if (hwloc_topology_init(&topology) != 0)
    return bf_fail(BF_ERR_IO, "hwloc does not start: %s", strerror(errno));
  /* Not caches, devices and whatever else takes time to find. */
  hwloc_topology_set_all_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_NONE);
  hwloc_topology_set_type_filter(topology, HWLOC_OBJ_CORE, HWLOC_TYPE_FILTER_KEEP_ALL);
  BF_CHECK(hwloc_topology_load(topology) == 0, BF_ERR_IO, "hwloc cannot read this machine: %s",
           strerror(errno));
  int n_cpus = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PU);
  int n_cores = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE);
  BF_CHECK(n_cpus > 0, BF_ERR_IO, "hwloc finds no CPU on this machine");
  /* Some virtual machines do not say what a core is. */
  *out = (bf_cores){.n_cpus = n_cpus, .n_cores = n_cores > 0 ? n_cores : n_cpus};
done:
  hwloc_topology_destroy(topology);
  return status;
}

/* Control groups. */

/** A line of /proc/self/cgroup, "4:cpu,cpuacct:/job/step"; v2 has one without controllers. */
typedef struct group {
  bool is_v2;
  char path[1024];
} group;

static bool names_cpu(const char *controllers)
{
  for (const char *at = controllers; (at = strstr(at, "cpu")) != NULL; at += 3)
    if ((at == controllers || at[-1] == ',') && (at[3] == '\0' || at[3] == ','))
      return true;
  return false;
}

/* @return Whether the line is of a group that may limit CPU time. */
static bool parse_group(char *line, group *out)
{
  char *controllers = strchr(line, ':');
  char *path = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
  if (path == NULL)
    return false;
  *controllers++ = '\0';
  *path++ = '\0';
  path[strcspn(path, "\n")] = '\0';
  out->is_v2 = controllers[0] == '\0';
  int n = snprintf(out->path, sizeof out->path, "%s", path);
  return (out->is_v2 || names_cpu(controllers)) && n >= 0 && (size_t)n < sizeof out->path;
}

static bool read_words(const char *folder, const char *path, const char *name, char text[64])
{
  char file_name[1280];
  snprintf(file_name, sizeof file_name, "%s%s/%s", folder, path, name);
  FILE *file = fopen(file_name, "r");
  if (file == NULL)
    return false;
  bool has_text = fgets(text, 64, file) != NULL;
  fclose(file);
  return has_text;
}

/* CPUs of one group; 0: it has no limit, or says nothing. */
static double limit_of(const group *g)
{
  static const char *const v1[] = {"/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"};
  static const char *const v2[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
  char text[64];
  for (size_t i = 0; i < 2; i++) {
    char *end = text;
    double quota = 0;
    double period = 0;
    if (g->is_v2 && read_words(v2[i], g->path, "cpu.max", text)) {
      quota = strtod(text, &end); /* "max 100000": none */
      period = strtod(end, NULL);
    } else if (!g->is_v2 && read_words(v1[i], g->path, "cpu.cfs_quota_us", text)) {
      quota = strtod(text, NULL); /* -1: none */
      if (read_words(v1[i], g->path, "cpu.cfs_period_us", text))
        period = strtod(text, NULL);
    }
    if (quota > 0 && period > 0)
      return quota / period;
  }
  return 0;
}

static double least(double a, double b)
{
  return a == 0 || (b > 0 && b < a) ? b : a;
}

/* A group is limited by itself and all above it. In a container the path may be the host's, of
 * which only the root is seen, and that is the container. */
static double limit_up_to_root(group *g)
{
  double limit = limit_of(g);
  while (g->path[0] != '\0') {
    char *slash = strrchr(g->path, '/');
    *(slash != NULL ? slash : g->path) = '\0';
    limit = least(limit, limit_of(g));
  }
  return limit;
}

double bf_cores_limit(void)
{
  char line[1100];
  double limit = 0;
  FILE *file = fopen("/proc/self/cgroup", "r");
  if (file == NULL)
    return 0;
  while (fgets(line, sizeof line, file) != NULL) {
    group g;
    if (parse_group(line, &g))
      limit = least(limit, limit_up_to_root(&g));
  }
  fclose(file);
  return limit;
}
