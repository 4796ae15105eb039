/* Sweeping up after an attempt: processes, files of shared memory, mpirun's session folder.
 * Room: cluster. */
#include <ctype.h>
#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "cluster/launcher_parts.h"
#include "cluster/session.h"

static const char shared_memory[] = "/dev/shm";

/* Reads /proc/<pid>/<name>; an empty text if the process is gone or not to be looked into. */
static void read_proc(pid_t pid, const char *name, bf_text *text)
{
  char path[64];
  snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, name);
  bf_text_reset(text);
  if (bf_file_read(path, text) != BF_OK)
    bf_text_reset(text);
}

/* Visits the processes of our user, but not this one; stops when @p visit returns false. */
static void each_process(bool (*visit)(pid_t pid, bf_text *scratch, void *context), void *context)
{
  bf_text scratch = {0};
  struct stat info;
  char path[288];
  bool goes_on = true;
  DIR *folder = opendir("/proc");
  for (struct dirent *entry; goes_on && folder != NULL && (entry = readdir(folder)) != NULL;) {
    pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
    snprintf(path, sizeof path, "/proc/%s", entry->d_name);
    if (pid > 0 && pid != getpid() && stat(path, &info) == 0 && info.st_uid == geteuid())
      goes_on = visit(pid, &scratch, context);
  }
  if (folder != NULL)
    closedir(folder);
  bf_text_release(&scratch);
}

typedef struct hunt {
  const char *variable; /**< "BITFRONT_RUN=..." */
  size_t n_found;
} hunt;

static bool kill_if_ours(pid_t pid, bf_text *scratch, void *context)
{
  hunt *h = context;
  read_proc(pid, "environ", scratch);
  const char *text = bf_text_view(scratch);
  for (size_t at = 0; at < scratch->length; at += strlen(text + at) + 1)
    if (strcmp(text + at, h->variable) == 0) {
      h->n_found++;
      kill(pid, SIGKILL);
      break;
    }
  return true;
}

/* Killed processes take a moment to go; one that the kernel holds is not waited for. */
static void kill_processes(const bf_attempt *attempt)
{
  enum { N_LOOKS = 100 };
  char variable[BF_RUN_TEXT + 16];
  snprintf(variable, sizeof variable, "BITFRONT_RUN=%s", attempt->run);
  for (int look = 0; look < N_LOOKS; look++) {
    hunt h = {.variable = variable};
    each_process(kill_if_ours, &h);
    if (h.n_found == 0)
      return;
    bf_sleep(0.02);
  }
}

typedef struct search_map {
  const char *path;
  bool is_mapped;
} search_map;

static bool look_at_maps(pid_t pid, bf_text *scratch, void *context)
{
  search_map *search = context;
  read_proc(pid, "maps", scratch);
  search->is_mapped |= strstr(bf_text_view(scratch), search->path) != NULL;
  return !search->is_mapped;
}

static bool is_mapped(const char *path)
{
  search_map search = {.path = path};
  each_process(look_at_maps, &search);
  return search.is_mapped;
}

/* vader_segment.<host>.<user>.<job>.<rank>, osc_sm.<host>.<job>...; the job is a hexadecimal number
 * whose upper half is the attempt's. */
static bool is_of_job(const char *name, uint32_t family)
{
  static const char *const kinds[] = {"vader_segment.", "sm_segment.", "osc_sm.", "osc_rdma."};
  bool is_kind = false;
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    is_kind |= strncmp(name, kinds[i], strlen(kinds[i])) == 0;
  for (const char *dot = strchr(name, '.'); is_kind && dot != NULL; dot = strchr(dot + 1, '.')) {
    char *end = NULL;
    unsigned long job = isxdigit((unsigned char)dot[1]) ? strtoul(dot + 1, &end, 16) : 0;
    if (end != NULL && (*end == '.' || *end == '\0') && job >> 16 == family)
      return true;
  }
  return false;
}

static void remove_shared_memory(const bf_attempt *attempt)
{
  struct stat info;
  char path[288];
  DIR *folder = attempt->family != 0 ? opendir(shared_memory) : NULL;
  if (folder == NULL)
    return;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    snprintf(path, sizeof path, "%s/%s", shared_memory, entry->d_name);
    if (is_of_job(entry->d_name, attempt->family) && lstat(path, &info) == 0 &&
        S_ISREG(info.st_mode) && info.st_uid == geteuid() &&
        (double)info.st_mtime >= attempt->start_date_s - 1 && !is_mapped(path))
      unlink(path);
  }
  closedir(folder);
}

/* <temporary folder>/ompi.<host>.<user>/pid.<mpirun>, where mpirun keeps what it knows; from Open
 * MPI 5 on <temporary folder>/prterun.<host>.<mpirun>.<user>. */
static void print_session(const bf_attempt *attempt, bf_text *path)
{
  static const char *const variables[] = {"OMPI_MCA_orte_tmpdir_base", "TMPDIR", "TEMP", "TMP"};
  const char *base = NULL;
  char host[256] = "";
  if (gethostname(host, sizeof host - 1) != 0)
    host[0] = '\0';
  for (size_t i = 0; base == NULL && i < sizeof variables / sizeof *variables; i++)
    base = getenv(variables[i]);
  base = base != NULL ? base : "/tmp";
  int n_host = (int)strcspn(host, ".");
  unsigned long user = (unsigned long)geteuid();
  long mpirun = (long)attempt->mpirun;
  if (bf_mpi_major() >= 5)
    bf_text_printf(path, "%s/prterun.%.*s.%ld.%lu", base, n_host, host, mpirun, user);
  else
    bf_text_printf(path, "%s/ompi.%.*s.%lu/pid.%ld", base, n_host, host, user, mpirun);
}

/* Open MPI 5 writes its job number nowhere, but a rank maps sm_segment.<host>.<user>.<job>.<rank>.
 */
static uint32_t find_family(pid_t rank)
{
  bf_text maps = {0};
  uint32_t family = 0;
  read_proc(rank, "maps", &maps);
  const char *name = strstr(bf_text_view(&maps), "/sm_segment.");
  const char *end = name != NULL ? name + strcspn(name, "\n") : NULL;
  for (int n_dots = 0; name != NULL && n_dots < 2 && end > name;)
    n_dots += *--end == '.';
  if (name != NULL && end > name)
    family = (uint32_t)(strtoul(end + 1, NULL, 16) >> 16);
  bf_text_release(&maps);
  return family;
}

void bf_attempt_learn(bf_attempt *attempt, pid_t rank)
{
  bf_text path = {0};
  bf_text text = {0};
  if (attempt->family != 0)
    return;
  print_session(attempt, &path);
  bf_text_append(&path, "/contact.txt");
  /* "<job of mpirun>.0;tcp://..." */
  if (bf_text_status(&path) == BF_OK && bf_file_exists(path.data) &&
      bf_file_read(path.data, &text) == BF_OK)
    attempt->family = (uint32_t)(strtoul(bf_text_view(&text), NULL, 10) >> 16);
  else if (rank > 0 && bf_mpi_major() >= 5)
    attempt->family = find_family(rank);
  bf_text_release(&text);
  bf_text_release(&path);
}

static void remove_session(const bf_attempt *attempt)
{
  bf_text path = {0};
  print_session(attempt, &path);
  if (bf_text_status(&path) == BF_OK && bf_file_exists(path.data)) {
    bf_folder_remove(path.data);
    /* The folder of all sessions of a user goes with the last one. */
    *strrchr(path.data, '/') = '\0';
    if (bf_mpi_major() < 5)
      rmdir(path.data);
  }
  bf_text_release(&path);
}

void bf_attempt_sweep(const bf_attempt *attempt)
{
  kill_processes(attempt);
  remove_shared_memory(attempt);
  remove_session(attempt);
}
