/* A text file line by line, numbered: what the readers of text formats share.
 * Room: data. */
#include "data/text_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

bf_status bf_text_file_open(const char *path, bf_text_file *lines)
{
  FILE *file = fopen(path, "rb");
  if (file == NULL)
    return bf_fail(BF_ERR_DATA, "%s", strerror(errno));
  *lines = (bf_text_file){.file = file};
  return BF_OK;
}

void bf_text_file_close(bf_text_file *lines)
{
  if (lines->file != NULL)
    fclose(lines->file);
  free(lines->line);
  *lines = (bf_text_file){0};
}

static bool is_blank(const char *text)
{
  return text[strspn(text, " \t\r\n")] == '\0';
}

bf_status bf_text_file_next(bf_text_file *lines, char **line)
{
  *line = NULL;
  for (;;) {
    errno = 0;
    ssize_t n = getline(&lines->line, &lines->capacity, lines->file);
    if (n < 0 && errno == ENOMEM)
      return bf_fail(BF_ERR_NOMEM, "out of memory for line %llu", (unsigned long long)lines->n + 1);
    if (n < 0)
      return ferror(lines->file) ? bf_fail(BF_ERR_DATA, "%s", strerror(errno)) : BF_OK;
    lines->n++;
    if (strlen(lines->line) != (size_t)n)
      return bf_fail(BF_ERR_DATA, "line %llu holds a NUL byte", (unsigned long long)lines->n);
    if (!is_blank(lines->line))
      break;
  }
  bool has_mark = lines->n == 1 && strncmp(lines->line, "\xef\xbb\xbf", 3) == 0;
  *line = lines->line + (has_mark ? 3 : 0);
  (*line)[strcspn(*line, "\r\n")] = '\0';
  return BF_OK;
}
