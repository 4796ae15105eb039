/* trials.csv: the trials.
 * Room: study. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>

#include "base/memory.h"
#include "study/record_parts.h"

/* A column of fixed meaning. Its reader says whether the cell makes sense. */
typedef struct field {
  const char *name;
  const char *expected;
  bool is_needed;
  bool (*read)(const char *cell, bf_record_trial *trial);
} field;

static bool parse_natural(const char *cell, uint64_t *out)
{
  if (cell[0] == '\0' || cell[strspn(cell, "0123456789")] != '\0')
    return false;
  errno = 0;
  *out = strtoull(cell, NULL, 10);
  return errno == 0;
}

/* What "%.9g" prints; nothing is NaN. */
static bool parse_double(const char *cell, double *out)
{
  char *end = NULL;
  *out = cell[0] != '\0' ? strtod(cell, &end) : (double)NAN;
  return cell[0] == '\0' || (*end == '\0' && cell[strspn(cell, " \t")] == cell[0]);
}

static bool read_number(const char *cell, bf_record_trial *trial)
{
  return parse_natural(cell, &trial->number);
}

static bool read_state(const char *cell, bf_record_trial *trial)
{
  trial->failed = strcmp(cell, "FAIL") == 0;
  return trial->failed || strcmp(cell, "COMPLETE") == 0;
}

static bool read_seed(const char *cell, bf_record_trial *trial)
{
  return parse_natural(cell, &trial->seed);
}

static bool read_on_front(const char *cell, bf_record_trial *trial)
{
  trial->on_front = strcmp(cell, "1") == 0;
  return trial->on_front || strcmp(cell, "0") == 0;
}

static bool read_violation(const char *cell, bf_record_trial *trial)
{
  if (cell[0] == '\0')
    return true;
  return parse_double(cell, &trial->violation) && trial->violation >= 0;
}

static bool read_rank(const char *cell, bf_record_trial *trial)
{
  uint64_t rank = 0;
  bool is_sound = parse_natural(cell, &rank) && rank <= INT32_MAX;
  trial->rank = is_sound ? (int)rank : -1;
  return is_sound;
}

static bool read_started(const char *cell, bf_record_trial *trial)
{
  return parse_double(cell, &trial->started_s);
}

static bool read_duration(const char *cell, bf_record_trial *trial)
{
  return parse_double(cell, &trial->duration_s);
}

static bool read_reason(const char *cell, bf_record_trial *trial)
{
  trial->reason = cell;
  return true;
}

static const field fields[] = {
    {"number", "a whole number", true, read_number},
    {"state", "COMPLETE or FAIL", true, read_state},
    {"seed", "a whole number", false, read_seed},
    {"on_front", "1 or 0", false, read_on_front},
    {"violation", "a number of at least 0", false, read_violation},
    {"rank", "a whole number", false, read_rank},
    {"started_s", "a number", false, read_started},
    {"duration_s", "a number", false, read_duration},
    {"reason", "a text", false, read_reason},
};
enum { N_FIELDS = sizeof fields / sizeof *fields };

/* Where everything is; n_columns of the table where it is not. */
typedef struct columns {
  size_t field[N_FIELDS];
  size_t metric[BF_N_METRICS];
  size_t *parameter; /* (n_parameters) */
} columns;

static bf_status need_column(const bf_record *record, const char *name, size_t *column)
{
  *column = bf_csv_column(record->table, name);
  if (*column < record->table->n_columns)
    return BF_OK;
  return bf_fail(BF_ERR_DATA, "trials.csv:%zu: no column '%s'", record->table->lines[0], name);
}

static bf_status find_columns(const bf_record *record, columns *found)
{
  bf_status status = BF_OK;
  const bf_csv *table = record->table;
  found->parameter = bf_alloc(record->n_parameters, sizeof *found->parameter);
  BF_CHECK_MEMORY(found->parameter);
  for (size_t i = 0; i < N_FIELDS; i++) {
    found->field[i] = bf_csv_column(table, fields[i].name);
    if (fields[i].is_needed)
      BF_TRY(need_column(record, fields[i].name, &found->field[i]));
  }
  for (int m = 0; m < BF_N_METRICS; m++)
    found->metric[m] = bf_csv_column(table, bf_metric_name((bf_metric)m));
  for (size_t i = 0; i < record->n_terms; i++) {
    bf_metric metric = record->terms[i].metric;
    BF_TRY(need_column(record, bf_metric_name(metric), &found->metric[metric]));
  }
  for (size_t i = 0; i < record->n_parameters; i++)
    BF_TRY(need_column(record, record->parameters[i].name, &found->parameter[i]));
done:
  return status;
}

static bf_status fail_cell(const bf_record *record, size_t row, size_t column, const char *expected)
{
  return bf_fail(BF_ERR_DATA, "trials.csv:%zu: column '%s' is '%.40s', expected %s",
                 bf_csv_line(record->table, row), bf_csv_name(record->table, column),
                 bf_csv_cell(record->table, row, column), expected);
}

static bf_status read_fields(bf_record *record, const columns *where, size_t row)
{
  bf_record_trial *trial = &record->trials[row];
  for (size_t i = 0; i < N_FIELDS; i++) {
    size_t column = where->field[i];
    if (column < record->table->n_columns &&
        !fields[i].read(bf_csv_cell(record->table, row, column), trial))
      return fail_cell(record, row, column, fields[i].expected);
  }
  if (row > 0 && trial->number <= trial[-1].number)
    return bf_fail(BF_ERR_DATA, "trials.csv:%zu: trial %" PRIu64 " stands behind trial %" PRIu64,
                   bf_csv_line(record->table, row), trial->number, trial[-1].number);
  return BF_OK;
}

static bf_status read_metrics(bf_record *record, const columns *where, size_t row)
{
  bf_record_trial *trial = &record->trials[row];
  for (int m = 0; m < BF_N_METRICS; m++) {
    size_t column = where->metric[m];
    if (column < record->table->n_columns &&
        !parse_double(bf_csv_cell(record->table, row, column), &trial->metrics.value[m]))
      return fail_cell(record, row, column, "a number");
  }
  for (size_t i = 0; i < record->n_terms && !trial->failed; i++)
    if (!isfinite(trial->metrics.value[record->terms[i].metric]))
      return fail_cell(record, row, where->metric[record->terms[i].metric],
                       "a number, as the trial is complete");
  return BF_OK;
}

static bf_status read_configuration(bf_record *record, const columns *where, size_t row)
{
  for (size_t d = 0; d < record->n_parameters; d++) {
    const bf_record_parameter *parameter = &record->parameters[d];
    const char *cell = bf_csv_cell(record->table, row, where->parameter[d]);
    size_t index = 0;
    while (index < parameter->n_values && strcmp(parameter->texts[index], cell) != 0)
      index++;
    if (index == parameter->n_values && cell[0] != '\0')
      return fail_cell(record, row, where->parameter[d], "a value that study.json has");
    record->indexes[row * record->n_parameters + d] =
        index < parameter->n_values ? (uint32_t)index : BF_NO_VALUE;
  }
  return BF_OK;
}

static bf_status read_row(bf_record *record, const columns *where, size_t row)
{
  bf_status status = BF_OK;
  record->trials[row] = (bf_record_trial){.metrics = bf_metrics_none(),
                                          .started_s = (double)NAN,
                                          .duration_s = (double)NAN,
                                          .rank = -1,
                                          .reason = ""};
  BF_TRY(read_fields(record, where, row));
  BF_TRY(read_metrics(record, where, row));
  BF_TRY(read_configuration(record, where, row));
done:
  return status;
}

/* A file cut between two rows still makes sense, so the rows are counted. */
static bf_status check_count(const bf_record *record)
{
  double n_done = 0;
  double n_failed = 0;
  if (bf_json_double(bf_json_get(record->document, "done"), &n_done) != BF_OK ||
      bf_json_double(bf_json_get(record->document, "failed"), &n_failed) != BF_OK)
    return bf_because(BF_ERR_DATA, "study.json: 'done' and 'failed'");
  if ((double)record->table->n_rows != n_done + n_failed)
    return bf_fail(BF_ERR_DATA, "trials.csv has %zu trials, study.json says %.0f",
                   record->table->n_rows, n_done + n_failed);
  return BF_OK;
}

bf_status bf_record_read_trials(bf_record *record)
{
  bf_status status = BF_OK;
  columns where = {.parameter = NULL};
  size_t n = record->table->n_rows;
  BF_TRY(check_count(record));
  BF_TRY(find_columns(record, &where));
  record->trials = bf_alloc(n, sizeof *record->trials);
  record->indexes = bf_alloc(n * record->n_parameters, sizeof *record->indexes);
  BF_CHECK_MEMORY(record->trials);
  BF_CHECK_MEMORY(record->indexes);
  record->n_trials = n;
  for (size_t row = 0; row < n; row++)
    BF_TRY(read_row(record, &where, row));
done:
  free(where.parameter);
  return status;
}
