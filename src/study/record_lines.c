/* The lines of a journal, which may be larger than memory.
 * Room: study. */
#include <errno.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "study/record_parts.h"

enum { BLOCK = 1 << 20, LONGEST = 64 << 20 };

bf_status bf_lines_open(bf_lines *lines, const char *path)
{
  struct stat info;
  if (stat(path, &info) != 0)
    return bf_fail(BF_ERR_DATA, "%s", strerror(errno));
  /* A pipe would keep us waiting. */
  if (!S_ISREG(info.st_mode))
    return bf_fail(BF_ERR_DATA, "it is no regular file");
  FILE *file = fopen(path, "rb");
  if (file == NULL)
    return bf_fail(BF_ERR_DATA, "%s", strerror(errno));
  uint64_t n_stored = 512 * (uint64_t)info.st_blocks;
  uint64_t n_bytes = (uint64_t)info.st_size;
  *lines = (bf_lines){.file = file, .n_expected = n_bytes < n_stored ? n_bytes : n_stored};
  return BF_OK;
}

/* Room for another block: what was given goes, then the buffer grows. */
static bf_status make_room(bf_lines *lines)
{
  size_t n_left = lines->end - lines->first;
  if (n_left > LONGEST)
    return bf_fail(BF_ERR_DATA, "it is longer than %d MiB", LONGEST >> 20);
  if (lines->first > 0)
    memmove(lines->buffer, lines->buffer + lines->first, n_left);
  lines->first = 0;
  lines->end = n_left;
  if (lines->capacity - n_left >= BLOCK)
    return BF_OK;
  size_t capacity = 2 * lines->capacity + BLOCK;
  char *buffer = bf_grow(lines->buffer, n_left, capacity, 1);
  if (buffer == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for a line of %zu bytes", n_left);
  lines->buffer = buffer;
  lines->capacity = capacity;
  return BF_OK;
}

/* @param[out] n_read 0 at the end of the file. */
static bf_status fill(bf_lines *lines, size_t *n_read)
{
  bf_status status = make_room(lines);
  if (status != BF_OK)
    return status;
  *n_read = fread(lines->buffer + lines->end, 1, BLOCK, lines->file);
  lines->end += *n_read;
  if (*n_read == 0 && ferror(lines->file))
    return bf_fail(BF_ERR_DATA, "%s", strerror(errno));
  return BF_OK;
}

bf_status bf_lines_next(bf_lines *lines, const char **line, size_t *n)
{
  const char *found = NULL;
  size_t n_seen = 0;
  for (;;) {
    size_t n_left = lines->end - lines->first;
    if (n_left > n_seen)
      found = memchr(lines->buffer + lines->first + n_seen, '\n', n_left - n_seen);
    if (found != NULL)
      break;
    size_t n_read = 0;
    bf_status status = fill(lines, &n_read);
    if (status != BF_OK)
      return status;
    if (n_read == 0) {
      *line = NULL;
      return BF_OK;
    }
    n_seen = n_left;
  }
  *line = lines->buffer + lines->first;
  *n = (size_t)(found - *line);
  lines->first += *n + 1;
  lines->n_bytes += *n + 1;
  lines->n_lines++;
  return BF_OK;
}

bool bf_lines_is_torn(const bf_lines *lines)
{
  return lines->end > lines->first;
}

void bf_lines_close(bf_lines *lines)
{
  if (lines->file != NULL)
    fclose(lines->file);
  free(lines->buffer);
  *lines = (bf_lines){.file = NULL};
}
