/* Checks of folders: HDF5 files, locks, and how long a sync takes.
 * Room: cli. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/volume.h"
#include "cli/selftest.h"
#include "data/h5.h"

/* HDF5. */

enum { N_ROWS = 1000, N_COLUMNS = 16 };

static bf_status write_rows(const char *path, const float *values)
{
  bf_h5 *file = NULL;
  bf_status status = bf_h5_create(path, &file);
  if (status != BF_OK)
    return status;
  status = bf_h5_write_floats(file, "/rows", N_ROWS, N_COLUMNS, values);
  bf_status closed = bf_h5_close(file);
  return status != BF_OK ? status : closed;
}

static bf_status read_rows(const char *path, float *values)
{
  bf_h5 *file = NULL;
  bf_status status = bf_h5_open(path, &file);
  if (status != BF_OK)
    return status;
  status = bf_h5_read_floats(file, "/rows", N_ROWS, N_COLUMNS, values);
  bf_status closed = bf_h5_close(file);
  return status != BF_OK ? status : closed;
}

static bf_status write_and_read(const char *path)
{
  static float written[N_ROWS * N_COLUMNS];
  static float read[N_ROWS * N_COLUMNS];
  bf_status status = BF_OK;
  bool is_same = true;
  for (size_t i = 0; i < N_ROWS * N_COLUMNS; i++)
    written[i] = (float)i * 0.25F;
  BF_TRY(write_rows(path, written));
  BF_TRY(read_rows(path, read));
  for (size_t i = 0; i < N_ROWS * N_COLUMNS; i++)
    is_same = is_same && written[i] == read[i];
  BF_CHECK(is_same, BF_ERR_DATA, "'%s' reads back changed", path);
done:
  return status;
}

/* The name is ours alone: of a folder that hosts share, too. */
static char *own_path(const bf_selftest *test, const char *folder, const char *end)
{
  char name[160];
  int rank = bf_session_rank(test->session);
  snprintf(name, sizeof name, "bitfront-selftest.%s.%d%s", bf_session_host(test->session, rank),
           bf_session_pid(test->session, rank), end);
  return bf_path_join(folder, name);
}

static void check_hdf5_in(const bf_selftest *test, const char *folder, bf_diagnosis *out)
{
  if (!bf_session_leads_node(test->session))
    return;
  char *path = own_path(test, folder, ".h5");
  const char *locking = getenv("HDF5_USE_FILE_LOCKING");
  bool locks = locking != NULL && strcmp(locking, "FALSE") != 0 && strcmp(locking, "0") != 0;
  bf_status status = path == NULL ? bf_fail(BF_ERR_NOMEM, "out of memory") : write_and_read(path);
  if (status == BF_OK)
    bf_diagnosis_ok(out, 0, "written and read back in '%s'", folder);
  else
    bf_diagnosis_fail(out,
                      locks ? "unset HDF5_USE_FILE_LOCKING: this file system may have no locks"
                            : "choose a folder that this user may write to (--dir, TMPDIR)",
                      "%s", bf_trail());
  if (path != NULL)
    unlink(path);
  free(path);
}

void bf_check_hdf5_folder(const bf_selftest *test, bf_diagnosis *out)
{
  check_hdf5_in(test, test->folder, out);
}

void bf_check_hdf5_temporary(const bf_selftest *test, bf_diagnosis *out)
{
  check_hdf5_in(test, test->temporary, out);
}

/* Locks: rank 0 locks a file, as it does its journal, and everybody else must be refused. */

typedef enum refusal { REFUSED, GRANTED, ABSENT, NO_LOCKS } refusal;

static int open_locked(const char *path, int *cause)
{
  int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
    return fd;
  *cause = errno;
  if (fd >= 0) {
    close(fd);
    unlink(path);
  }
  return -1;
}

static refusal try_lock(const char *path, int *cause)
{
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) {
    *cause = errno;
    return ABSENT;
  }
  bool is_granted = flock(fd, LOCK_EX | LOCK_NB) == 0;
  *cause = errno;
  close(fd);
  if (is_granted)
    return GRANTED;
  return *cause == EWOULDBLOCK ? REFUSED : NO_LOCKS;
}

static void judge_lock(const bf_selftest *test, const char *path, bf_diagnosis *out)
{
  static const char no_locks[] =
      "mount it with locks (nfs: nolock off; lustre: -o flock), or never "
      "start two searches with one --out";
  int cause = 0;
  switch (try_lock(path, &cause)) {
  case REFUSED:
    bf_diagnosis_ok(out, 0, "two processes cannot run one study in '%s'", test->folder);
    break;
  case GRANTED:
    bf_diagnosis_warn(out, no_locks, "a lock on a file in '%s' keeps nobody out", test->folder);
    break;
  case ABSENT:
    bf_diagnosis_warn(out,
                      "put data and results into a folder that all hosts share, or data into the "
                      "same place on each",
                      "this host does not see what rank 0 writes into '%s': %s", test->folder,
                      strerror(cause));
    break;
  case NO_LOCKS:
    bf_diagnosis_warn(out, no_locks, "files in '%s' cannot be locked: %s", test->folder,
                      strerror(cause));
    break;
  }
}

void bf_check_locks(const bf_selftest *test, bf_diagnosis *out)
{
  bool is_first = bf_session_rank(test->session) == 0;
  int fd = -1;
  int cause = 0;
  bf_text shared = {0};
  if (is_first) {
    char *path = own_path(test, test->folder, ".lock");
    bf_text_append(&shared, path != NULL ? path : "");
    free(path);
    fd = open_locked(bf_text_view(&shared), &cause);
  }
  /* Shared also when it cannot be made: everybody takes the same steps. */
  bf_status status = bf_session_share_text(test->session, &shared);
  bool has_lock = bf_session_minimum(test->session, is_first ? fd >= 0 : 1) != 0;
  if (status == BF_OK && has_lock && (is_first || bf_session_leads_node(test->session)))
    judge_lock(test, bf_text_view(&shared), out);
  else if (is_first && !has_lock)
    bf_diagnosis_warn(out, "choose a folder with room and locks for --out",
                      "no file in '%s' can be made and locked: %s", test->folder, strerror(cause));
  bf_session_minimum(test->session, 0);
  if (fd >= 0) {
    close(fd);
    unlink(bf_text_view(&shared));
  }
  bf_text_release(&shared);
}

/* Syncs. */

static void check_sync_in(const bf_selftest *test, const char *folder, bool is_for_results,
                          bf_diagnosis *out)
{
  /* The journal is synced every 50 ms; a slower disk makes trials count as done later. */
  static const double slow_s = 0.05;
  static const double little = 1e8;
  enum { N_SYNCS = 16 };
  bf_volume volume = {.kind = "?"};
  double seconds = 0;
  double worst_s = 0;
  if (!bf_session_leads_node(test->session))
    return;
  bf_status status = bf_volume_look(folder, &volume);
  if (status == BF_OK)
    status = bf_volume_time_sync(folder, N_SYNCS, &seconds, &worst_s);
  if (status != BF_OK) {
    bf_diagnosis_fail(out, "choose a folder that this user may write to (--dir, TMPDIR)", "%s",
                      bf_trail());
    return;
  }
  char figure[160];
  snprintf(figure, sizeof figure, "%.2g ms, at most %.2g ms; %s%s, %.1f GB free in '%.60s'",
           1e3 * seconds, 1e3 * worst_s, volume.kind,
           volume.is_network  ? " (network)"
           : volume.is_memory ? " (memory)"
                              : "",
           volume.n_free / 1e9, folder);
  if (seconds > slow_s && is_for_results)
    bf_diagnosis_warn(
        out,
        "put --out on a faster disk; a machine that stops loses the trials of its last "
        "syncs",
        "%s", figure);
  else if (volume.n_free < little)
    bf_diagnosis_warn(out, "make room, or choose another folder", "%s", figure);
  else if (is_for_results && volume.is_memory)
    bf_diagnosis_warn(out,
                      "results kept there are gone when the machine stops; choose a disk for --out",
                      "%s", figure);
  else if (!is_for_results && volume.is_network)
    bf_diagnosis_warn(out, "set TMPDIR to a disk of the host itself", "%s", figure);
  else
    bf_diagnosis_ok(out, seconds, "%s", figure);
}

void bf_check_sync_folder(const bf_selftest *test, bf_diagnosis *out)
{
  check_sync_in(test, test->folder, true, out);
}

void bf_check_sync_temporary(const bf_selftest *test, bf_diagnosis *out)
{
  check_sync_in(test, test->temporary, false, out);
}
