/* The words of an ARFF line: keywords, names, values.
 * Room: data. */
#include "data/arff_cell.h"

#include <string.h>
#include <strings.h>

static bool is_blank(char c)
{
  return c == ' ' || c == '\t';
}

char bf_arff_peek(char **at)
{
  while (is_blank(**at))
    ++*at;
  return **at == '%' ? '\0' : **at;
}

/* A backslash takes the next character as it is. The word gets no longer, so it stays in place. */
static bool take_quoted(char **at, bf_arff_cell *cell)
{
  char quote = **at;
  char *to = *at + 1;
  char *from = to;
  *cell = (bf_arff_cell){.text = to, .is_quoted = true};
  for (; *from != quote; from++) {
    from += *from == '\\';
    if (*from == '\0')
      return false;
    *to++ = *from;
  }
  cell->n = (size_t)(to - cell->text);
  *at = from + 1;
  return true;
}

bool bf_arff_take(char **at, const char *ends, bf_arff_cell *cell)
{
  if (**at == '\'' || **at == '"')
    return take_quoted(at, cell) && strchr(ends, **at) != NULL;
  size_t n = strcspn(*at, ends);
  *cell = (bf_arff_cell){.text = *at, .n = n};
  *at += n;
  return true;
}

bool bf_arff_is_word(const bf_arff_cell *cell, const char *text)
{
  return !cell->is_quoted && cell->n == strlen(text) && strncasecmp(cell->text, text, cell->n) == 0;
}
