/* Tables of objectives, read strictly: a table that is not what it says would judge samplers
 * wrongly. Room: cli. */
#include "cli/problem_table.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>

#include "base/memory.h"

enum { MOST_PARAMETERS = 1000, MOST_OBJECTIVES = 100 };

/* Where reading has come to. */
typedef struct cursor {
  const char *at;
  const char *end;
  size_t line;
  const char *source;
} cursor;

static bool is_blank(char c)
{
  return c == ' ' || c == '\t' || c == '\r';
}

/* The next word of the line; "" at the end of the line. What does not fit is cut, and a mark at its
 * end keeps it from being a number. */
static void read_word(cursor *in, size_t capacity, char *word)
{
  while (in->at < in->end && is_blank(*in->at))
    in->at++;
  const char *begin = in->at;
  while (in->at < in->end && *in->at != '\n' && !is_blank(*in->at))
    in->at++;
  size_t n = (size_t)(in->at - begin);
  size_t most = capacity - 4;
  snprintf(word, capacity, "%.*s%s", (int)(n < most ? n : most), begin, n > most ? "..." : "");
}

static bf_status fail(const cursor *in, const char *word, const char *expected)
{
  if (word[0] == '\0')
    return bf_fail(BF_ERR_DATA, "table '%s', line %zu: ends where %s is expected", in->source,
                   in->line, expected);
  return bf_fail(BF_ERR_DATA, "table '%s', line %zu: '%s' is not %s", in->source, in->line, word,
                 expected);
}

static bf_status read_count(cursor *in, size_t most, const char *what, size_t *count)
{
  char word[32];
  read_word(in, sizeof word, word);
  errno = 0;
  unsigned long long value = strtoull(word, NULL, 10);
  if (word[0] == '\0' || word[strspn(word, "0123456789")] != '\0')
    return fail(in, word, what);
  if (errno != 0 || value < 1 || value > most)
    return bf_fail(BF_ERR_DATA, "table '%s', line %zu: %s is %s, expected 1 .. %zu", in->source,
                   in->line, what, word, most);
  *count = (size_t)value;
  return BF_OK;
}

static bf_status read_objective(cursor *in, double *objective)
{
  char word[64];
  char *end = NULL;
  read_word(in, sizeof word, word);
  double value = strtod(word, &end);
  bool is_plain = word[0] != '\0' && word[strspn(word, "0123456789.eE+-")] == '\0';
  if (!is_plain || *end != '\0' || !isfinite(value))
    return fail(in, word, "a number");
  *objective = value;
  return BF_OK;
}

/* To the start of the next line. */
static bf_status end_line(cursor *in)
{
  char word[32];
  read_word(in, sizeof word, word);
  if (word[0] != '\0')
    return fail(in, word, "the end of the line");
  if (in->at < in->end) {
    in->at++;
    in->line++;
  }
  return BF_OK;
}

static bf_status read_header(cursor *in, bf_problem_table *table)
{
  bf_status status;
  size_t n_left = (size_t)(in->end - in->at);
  BF_TRY(read_count(in, MOST_PARAMETERS, "the number of parameters", &table->n_parameters));
  table->n_choices = bf_alloc(table->n_parameters, sizeof *table->n_choices);
  BF_CHECK_MEMORY(table->n_choices);
  table->n_rows = 1;
  for (size_t d = 0; d < table->n_parameters; d++) {
    size_t count = 1;
    BF_TRY(read_count(in, UINT32_MAX, "a number of choices", &count));
    table->n_choices[d] = (uint32_t)count;
    /* A number and its separator take two bytes, so that a short text promises no huge table. */
    BF_CHECK(count <= n_left / 2 / table->n_rows, BF_ERR_DATA,
             "table '%s', line %zu: promises more rows than the text can hold", in->source,
             in->line);
    table->n_rows *= count;
  }
  BF_TRY(read_count(in, MOST_OBJECTIVES, "the number of objectives", &table->n_objectives));
  BF_TRY(end_line(in));
done:
  return status;
}

static bf_status read_rows(cursor *in, bf_problem_table *table)
{
  bf_status status = BF_OK;
  table->objectives = bf_alloc(table->n_rows, table->n_objectives * sizeof(double));
  BF_CHECK_MEMORY(table->objectives);
  double *objective = table->objectives;
  for (size_t row = 0; row < table->n_rows; row++) {
    BF_CHECK(in->at < in->end, BF_ERR_DATA,
             "table '%s' ends after line %zu with %zu rows, line 1 promises %zu", in->source,
             in->line - 1, row, table->n_rows);
    for (size_t j = 0; j < table->n_objectives; j++)
      BF_TRY(read_objective(in, objective++));
    BF_TRY(end_line(in));
  }
  while (status == BF_OK && in->at < in->end)
    status = end_line(in);
done:
  return status;
}

/* Behind a NUL, readers of numbers would see nothing. */
static bf_status check_text(const cursor *in)
{
  const char *nul = memchr(in->at, '\0', (size_t)(in->end - in->at));
  if (nul == NULL)
    return BF_OK;
  size_t line = 1;
  for (const char *at = in->at; at < nul; at++)
    line += *at == '\n';
  return bf_fail(BF_ERR_DATA, "table '%s', line %zu: a NUL byte, expected text", in->source, line);
}

bf_status bf_problem_table_parse(const char *text, size_t length, const char *source,
                                 bf_problem_table *table)
{
  bf_status status;
  bf_problem_table found = {0};
  cursor in = {.at = text, .end = text + length, .line = 1, .source = source};
  BF_TRY(check_text(&in));
  BF_TRY(read_header(&in, &found));
  BF_TRY(read_rows(&in, &found));
  *table = found;
done:
  if (status != BF_OK)
    bf_problem_table_release(&found);
  return status;
}

void bf_problem_table_release(bf_problem_table *table)
{
  free(table->n_choices);
  free(table->objectives);
  *table = (bf_problem_table){0};
}
