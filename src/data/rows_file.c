/* Rows of doubles on disk, written in any order.
 * Room: data. */
#include "data/rows_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"

/* Plain writes rather than a mapping: a full disk is then an error instead of a signal, and the
 * pages do not count as memory of the process. */

bf_status bf_rows_file_open(const char *folder, size_t n_features, bf_rows_file *file)
{
  char *path = bf_path_join(folder, "rows");
  if (path == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for a path");
  int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  bf_status status = BF_OK;
  if (fd < 0)
    status = bf_fail(BF_ERR_IO, "cannot create '%s': %s", path, strerror(errno));
  else
    unlink(path);
  free(path);
  if (status == BF_OK)
    *file = (bf_rows_file){.fd = fd, .n_features = n_features};
  return status;
}

void bf_rows_file_close(bf_rows_file *file)
{
  if (file->fd >= 0)
    close(file->fd);
  file->fd = -1;
}

bf_status bf_rows_file_put(const bf_rows_file *file, size_t position, const double *row)
{
  size_t n_bytes = file->n_features * sizeof *row;
  const char *bytes = (const char *)row;
  off_t at = (off_t)(position * n_bytes);
  for (size_t done = 0; done < n_bytes;) {
    ssize_t n = pwrite(file->fd, bytes + done, n_bytes - done, at + (off_t)done);
    if (n <= 0)
      return bf_fail(BF_ERR_IO, "cannot write rows: %s", strerror(errno));
    done += (size_t)n;
  }
  return BF_OK;
}

bf_status bf_rows_file_get(const bf_rows_file *file, size_t first, size_t n, double *rows)
{
  size_t row_bytes = file->n_features * sizeof *rows;
  char *bytes = (char *)rows;
  off_t at = (off_t)(first * row_bytes);
  for (size_t done = 0; done < n * row_bytes;) {
    ssize_t got = pread(file->fd, bytes + done, n * row_bytes - done, at + (off_t)done);
    if (got <= 0)
      return bf_fail(BF_ERR_IO, "cannot read rows back: %s",
                     got < 0 ? strerror(errno) : "the file is too short");
    done += (size_t)got;
  }
  return BF_OK;
}
