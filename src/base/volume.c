/* The file system behind a folder: what it is, what is free, how fast it syncs.
 * Room: base. */
#include "base/volume.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/median.h"

/* Numbers of statfs(2), some of which no header of the C library has. */
static const struct {
  unsigned long number;
  const char *name;
  bool is_network;
  bool is_memory;
} kinds[] = {
    {0xef53, "ext4", false, false},        {0x58465342, "xfs", false, false},
    {0x9123683e, "btrfs", false, false},   {0x2fc12fc1, "zfs", false, false},
    {0x794c7630, "overlay", false, false}, {0xf2f52010, "f2fs", false, false},
    {0x01021994, "tmpfs", false, true},    {0x858458f6, "ramfs", false, true},
    {0x6969, "nfs", true, false},          {0x0bd00bd0, "lustre", true, false},
    {0x47504653, "gpfs", true, false},     {0x19830326, "beegfs", true, false},
    {0x00c36400, "ceph", true, false},     {0xff534d42, "cifs", true, false},
    {0xfe534d42, "smb2", true, false},     {0x517b, "smb", true, false},
    {0x5346414f, "afs", true, false},      {0x01021997, "9p", true, false},
    {0x65735546, "fuse", true, false},     {0xaad7aaea, "panfs", true, false},
    {0x20030528, "orangefs", true, false}, {0x7461636f, "ocfs2", true, false},
    {0x01161970, "gfs2", true, false},
};

bf_status bf_volume_look(const char *folder, bf_volume *out)
{
  struct statfs info;
  if (statfs(folder, &info) != 0)
    return bf_fail(BF_ERR_IO, "cannot look at folder '%s': %s", folder, strerror(errno));
  bf_volume found = {.n_free = (double)info.f_bavail * (double)info.f_frsize};
  /* The type of f_type is signed on some machines. */
  unsigned long number = (unsigned long)info.f_type & 0xffffffffUL;
  snprintf(found.kind, sizeof found.kind, "0x%lx", number);
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (kinds[i].number == number) {
      snprintf(found.kind, sizeof found.kind, "%s", kinds[i].name);
      found.is_network = kinds[i].is_network;
      found.is_memory = kinds[i].is_memory;
    }
  *out = found;
  return BF_OK;
}

enum { MOST_SYNCS = 64, RECORD_BYTES = 2048 };
static const double most_s = 0.5;

static bf_status time_syncs(int fd, const char *path, size_t n, double *seconds, double *worst_s)
{
  char record[RECORD_BYTES];
  double each[MOST_SYNCS];
  size_t n_timed = 0;
  double start_s = bf_clock_s();
  double worst = 0;
  memset(record, 'x', sizeof record);
  while (n_timed < n && n_timed < MOST_SYNCS && (n_timed < 3 || bf_clock_s() - start_s < most_s)) {
    double before_s = bf_clock_s();
    if (write(fd, record, sizeof record) != (ssize_t)sizeof record)
      return bf_fail(BF_ERR_IO, "cannot write '%s': %s", path, strerror(errno));
    if (fdatasync(fd) != 0)
      return bf_fail(BF_ERR_IO, "cannot sync '%s': %s", path, strerror(errno));
    each[n_timed] = bf_clock_s() - before_s;
    worst = each[n_timed] > worst ? each[n_timed] : worst;
    n_timed++;
  }
  *seconds = n_timed > 0 ? bf_median(n_timed, each) : 0;
  *worst_s = worst;
  return BF_OK;
}

bf_status bf_volume_time_sync(const char *folder, size_t n, double *seconds, double *worst_s)
{
  bf_status status = BF_OK;
  /* Processes of other hosts, with our number, may do the same in a folder that hosts share. */
  char *path = bf_path_join(folder, "bitfront-sync-XXXXXX");
  int fd = -1;
  if (path == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory");
  fd = mkstemp(path);
  BF_CHECK(fd >= 0, BF_ERR_IO, "cannot write '%s': %s", path, strerror(errno));
  status = time_syncs(fd, path, n, seconds, worst_s);
done:
  if (fd >= 0) {
    close(fd);
    unlink(path);
  }
  free(path);
  return status;
}
