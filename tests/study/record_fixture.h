/* Studies on disk, written by hand: two parameters, two objectives, a failed trial.
 * Tests of the study room. */
#ifndef BF_TESTS_RECORD_FIXTURE_H
#define BF_TESTS_RECORD_FIXTURE_H

#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "study/record.h"

#define RECORD_SPACE                                                                               \
  "\"space\": {\"size\": 6, \"parameters\": ["                                                     \
  "{\"name\": \"a/width\", \"kind\": \"ordered\", \"values\": [2, 4, null]}, "                     \
  "{\"name\": \"b/data_in\", \"kind\": \"choice\", \"values\": [[8, 4], \"x\"]}]}"
#define RECORD_OBJECTIVES                                                                          \
  "\"objectives\": [{\"name\": \"accuracy\", \"direction\": \"maximize\", \"scale\": 1.0}, "       \
  "{\"name\": \"bitops\", \"direction\": \"minimize\", \"scale\": 0.5}]"
#define RECORD_HEAD                                                                                \
  "{\"format\": 1, \"version\": \"0\", \"seed\": 9007199254740993, \"sampler\": \"random\", "      \
  "\"n_trials\": 9, \"repeats\": 1, " RECORD_SPACE ", " RECORD_OBJECTIVES                          \
  ", \"constraints\": {}, \"data\": {\"hash\": \"00ff\"}}"
#define RECORD_JOB "seed = 7\n[select]\nby = \"knee\"\n"

/*
 * Trials, a row each, in the order in which they were told. Cells stand between blanks; "-" is what
 * is absent. Columns: number, state (COMPLETE, FAIL), the parameters by the text of their values,
 * metrics, and seed, rank, host, started_s, duration_s, reason, which may be left out. A number
 * that no row has, below one that a row has, was asked and not told.
 */
#define RECORD_TABLE                                                                               \
  "number state    a/width b/data_in loss accuracy bitops rank started_s duration_s reason "       \
  "latency\n"                                                                                      \
  "0      COMPLETE 2       [8,4]     0.9  0.5      100    1    1000.5    2          -      -\n"    \
  "1      FAIL     NA      x         -    -        -      2    1001      1          died   -\n"    \
  "2      COMPLETE 4       [8,4]     0.7  0.6      200    1    1002      4          -      -\n"    \
  "3      COMPLETE NA      -         0.8  0.55     300    2    1003      1          -      -\n"    \
  "4      COMPLETE 4       x         0.5  0.75     400    2    1004      1          -      0.25\n"

#define OURS(op) "{\"op_code\":" #op ",\"worker_id\":\"bitfront\","
#define STUDY_ATTRIBUTE(key, value)                                                                \
  OURS(2) "\"study_id\":0,\"user_attr\":{\"" key "\":" value "}}\n"
#define RECORD_SESSION                                                                             \
  STUDY_ATTRIBUTE("session:0", "{\"version\":\"0\",\"isa\":\"base\",\"backend\":\"reference\","    \
                               "\"ranks\":3,\"host\":\"h\",\"pid\":77,\"start_s\":1000}")
#define RECORD_END STUDY_ATTRIBUTE("end:0", "{\"reason\":\"n_trials\",\"exit\":3,\"wall_s\":10}")

static char record_folder[64];

static int make_record_folder(void **state)
{
  (void)state;
  snprintf(record_folder, sizeof record_folder, "/tmp/bitfront-record-XXXXXX");
  return mkdtemp(record_folder) != NULL ? 0 : -1;
}

static int remove_record_folder(void **state)
{
  (void)state;
  bf_folder_remove(record_folder);
  return 0;
}

/* Not synced, as bf_file_write would, and not written over, which ext4 syncs: there are thousands.
 */
static inline void write_bytes(const char *name, const char *bytes, size_t n)
{
  char *path = bf_path_join(record_folder, name);
  unlink(path);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, n, file), n);
  assert_int_equal(fclose(file), 0);
  free(path);
}

static inline void write_file(const char *name, const char *text)
{
  write_bytes(name, text, strlen(text));
}

/* The text of the next cell, and what follows it; an empty one at the end of the row. */
typedef struct cell {
  char text[64];
  const char *rest;
} cell;

static inline cell next_cell(const char *at)
{
  cell next;
  at += strspn(at, " ");
  size_t n = strcspn(at, " \n");
  snprintf(next.text, sizeof next.text, "%.*s", (int)n, at);
  next.rest = at + n;
  return next;
}

/* The cell of @p row, which begins there, under the head @p column of @p table. */
static inline cell cell_under(const char *table, const char *row, const char *column)
{
  cell head = next_cell(table);
  cell under = next_cell(row);
  while (head.text[0] != '\0' && strcmp(head.text, column) != 0) {
    head = next_cell(head.rest);
    under = next_cell(under.rest);
  }
  if (head.text[0] == '\0' || strcmp(under.text, "-") == 0)
    under.text[0] = '\0';
  return under;
}

static inline const char *next_row(const char *row)
{
  return row + strcspn(row, "\n") + 1;
}

/* The row of trial @p number; NULL. */
static inline const char *row_of(const char *table, size_t number)
{
  for (const char *row = next_row(table); *row != '\0'; row = next_row(row))
    if (strtoul(row, NULL, 10) == number)
      return row;
  return NULL;
}

static inline void print_cell(const char *key, cell under, const char *otherwise, bf_text *text)
{
  bf_text_printf(text, "\"%s\":%s,", key, under.text[0] != '\0' ? under.text : otherwise);
}

static inline void print_index(const char *path, cell under, const char *const *values,
                               bf_text *text)
{
  for (size_t i = 0; values[i] != NULL; i++)
    if (strcmp(values[i], under.text) == 0)
      bf_text_printf(text, "%s\"%s\":%zu", text->data[text->length - 1] == '{' ? "" : ",", path, i);
}

static inline void print_ask(const char *table, size_t number, bf_text *text)
{
  static const char *const widths[] = {"2", "4", "NA", NULL};
  static const char *const data_in[] = {"[8,4]", "x", NULL};
  const char *row = row_of(table, number);
  bf_text_append(text, OURS(4) "\"study_id\":0,\"datetime_start\":\"2026-11-22T17:00:00.250000\","
                               "\"distributions\":{},\"params\":{");
  if (row != NULL) {
    print_index("a/width", cell_under(table, row, "a/width"), widths, text);
    print_index("b/data_in", cell_under(table, row, "b/data_in"), data_in, text);
  }
  bf_text_printf(text, "},\"user_attrs\":{\"seed\":%zu,\"rank\":1,\"config\":{}},", 11 + number);
  bf_text_append(text, "\"system_attrs\":{}}\n");
}

static inline void print_tell(const char *table, const char *row, bf_text *text)
{
  size_t number = strtoul(row, NULL, 10);
  bool complete = strcmp(cell_under(table, row, "state").text, "COMPLETE") == 0;
  bf_text_printf(text, OURS(8) "\"trial_id\":%zu,\"user_attr\":{\"result\":{", number);
  for (int m = 0; m < BF_N_METRICS; m++) {
    cell under = cell_under(table, row, bf_metric_name((bf_metric)m));
    if (under.text[0] != '\0')
      print_cell(bf_metric_name((bf_metric)m), under, "", text);
  }
  print_cell("rank", cell_under(table, row, "rank"), "1", text);
  print_cell("started_s", cell_under(table, row, "started_s"), "1000", text);
  print_cell("duration_s", cell_under(table, row, "duration_s"), "1", text);
  bf_text_printf(text, "\"host\":\"h\",\"reason\":\"%s\"}}}\n",
                 cell_under(table, row, "reason").text);
  bf_text_printf(text, OURS(6) "\"trial_id\":%zu,\"state\":%d,\"values\":null,", number,
                 complete ? 1 : 3);
  bf_text_append(text, "\"datetime_complete\":\"2026-11-22T17:00:01.000000\"}\n");
}

/* The lines of the trials of a table. */
static inline void print_trials(const char *table, bf_text *text)
{
  size_t n_asked = 0;
  for (const char *row = next_row(table); *row != '\0'; row = next_row(row)) {
    while (n_asked <= strtoul(row, NULL, 10))
      print_ask(table, n_asked++, text);
    print_tell(table, row, text);
  }
}

/* The first lines of a journal, up to its session. */
static inline void print_begin(const char *head, const char *job, bf_text *text)
{
  bf_text_append(text, OURS(0) "\"study_name\":\"s\",\"directions\":[2,1]}\n");
  bf_text_append(text, OURS(3) "\"study_id\":0,\"system_attr\":"
                               "{\"study:metric_names\":[\"accuracy\",\"bitops\"]}}\n");
  bf_text_printf(text, STUDY_ATTRIBUTE("bitfront", "%s"), head);
  bf_text_append(text, OURS(2) "\"study_id\":0,\"user_attr\":{\"job\":\"");
  for (; *job != '\0'; job++)
    bf_text_printf(text, strchr("\n\"", *job) == NULL ? "%c" : "\\u%04x", *job);
  bf_text_append(text, "\"}}\n" RECORD_SESSION);
}

/* A whole journal; freed with free(). */
static inline char *make_journal(const char *head, const char *table, const char *job)
{
  bf_text text = {0};
  print_begin(head, job, &text);
  print_trials(table, &text);
  bf_text_append(&text, RECORD_END);
  assert_ok(bf_text_status(&text));
  return text.data;
}

static inline void write_study(const char *head, const char *table, const char *job)
{
  char *journal = make_journal(head, table, job);
  write_file(BF_JOURNAL_NAME, journal);
  free(journal);
}

/* @p text with the first @p from replaced by @p to; freed with free(). */
static inline char *replaced(const char *text, const char *from, const char *to)
{
  bf_text result = {0};
  const char *at = strstr(text, from);
  assert_non_null(at);
  bf_text_append_bytes(&result, text, (size_t)(at - text));
  bf_text_append(&result, to);
  bf_text_append(&result, at + strlen(from));
  return result.data;
}

#endif
