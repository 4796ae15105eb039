/* The trials of a journal.
 * Room: study. */
#include <inttypes.h>
#include <time.h>

#include <math.h>

#include "base/memory.h"
#include "study/plan_parts.h"
#include "study/record_parts.h"

/* Room for as many trials as the file will have if it goes on as it began: arrays that grow step by
 * step stand twice in memory while they are copied, and a large study would feel it. */
static size_t choose_capacity(const bf_replay *replay)
{
  enum { ENOUGH = 1024 };
  size_t n = replay->n_asked;
  double per_byte = (double)n / (double)replay->lines->n_bytes;
  double expected = 1.01 * per_byte * (double)replay->lines->n_expected;
  size_t least = bf_grown(n);
  return n >= ENOUGH && expected > (double)least ? (size_t)expected : least;
}

bf_status bf_replay_reserve(bf_replay *replay)
{
  bf_status status = BF_OK;
  bf_record *record = replay->record;
  size_t n = replay->n_asked;
  size_t m = record->n_parameters;
  if (n < replay->capacity)
    return BF_OK;
  size_t capacity = choose_capacity(replay);
  bf_asked *asked = bf_grow(replay->asked, n, capacity, sizeof *asked);
  BF_CHECK_MEMORY(asked);
  replay->asked = asked;
  bf_record_trial *trials = bf_grow(record->trials, n, capacity, sizeof *trials);
  BF_CHECK_MEMORY(trials);
  record->trials = trials;
  uint32_t *indexes = bf_grow(record->indexes, n * m, capacity * m, sizeof *indexes);
  BF_CHECK_MEMORY(indexes);
  record->indexes = indexes;
  size_t *told = bf_grow(record->told, record->n_trials, capacity, sizeof *told);
  BF_CHECK_MEMORY(told);
  record->told = told;
  replay->capacity = capacity;
done:
  return status;
}

/* @p n digits of @p text as a number; -1 if they are none. */
static int read_digits(const char *text, int n)
{
  int value = 0;
  for (int i = 0; i < n; i++) {
    if (text[i] < '0' || text[i] > '9')
      return -1;
    value = 10 * value + (text[i] - '0');
  }
  return value;
}

/* Many dates in a row are of one minute, and the calendar is slow. */
static double minute_of(bf_replay *replay, const char *text)
{
  struct tm date = {.tm_year = read_digits(text, 4) - 1900,
                    .tm_mon = read_digits(text + 5, 2) - 1,
                    .tm_mday = read_digits(text + 8, 2),
                    .tm_hour = read_digits(text + 11, 2),
                    .tm_min = read_digits(text + 14, 2),
                    .tm_isdst = -1};
  if (memcmp(replay->minute, text, BF_MINUTE) != 0) {
    memcpy(replay->minute, text, BF_MINUTE);
    replay->minute_s = (double)mktime(&date);
  }
  return replay->minute_s;
}

bool bf_replay_date(bf_replay *replay, const char *text, size_t n, double *date_s)
{
  static const char form[] = "dddd-dd-ddTdd:dd:dd.dddddd";
  if (n != sizeof form - 1)
    return false;
  for (size_t i = 0; i < n; i++)
    if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
      return false;
  *date_s = minute_of(replay, text) + read_digits(text + BF_MINUTE, 2) +
            1e-6 * read_digits(text + BF_MINUTE + 3, 6);
  return true;
}

/* What is not there makes no difference in this trial. */
static bf_status read_configuration(const bf_record *record, const bf_json *line, uint32_t *indexes)
{
  bf_status status = BF_OK;
  const bf_json *params = NULL;
  size_t n_found = 0;
  BF_TRY(bf_need(line, "", "params", BF_JSON_OBJECT, &params));
  for (size_t i = 0; i < record->n_parameters; i++) {
    const bf_record_parameter *parameter = &record->parameters[i];
    uint64_t index = BF_NO_VALUE;
    if (bf_json_get(params, parameter->name) != NULL) {
      BF_TRY(bf_need_natural(params, "params: ", parameter->name, parameter->n_values - 1, &index));
      n_found++;
    }
    indexes[i] = (uint32_t)index;
  }
  BF_CHECK(n_found == bf_json_size(params), BF_ERR_DATA,
           "params: %zu of %zu parameters are none of the study's", bf_json_size(params) - n_found,
           bf_json_size(params));
done:
  return status;
}

static bf_status read_asked(bf_replay *replay, const bf_json *line, bf_record_trial *trial,
                            bf_asked *asked)
{
  bf_status status = BF_OK;
  const bf_json *attributes = NULL;
  const char *date = NULL;
  uint64_t rank = 0;
  BF_TRY(bf_need_text(line, "", "datetime_start", &date));
  BF_CHECK(bf_replay_date(replay, date, strlen(date), &asked->asked_s), BF_ERR_DATA,
           "'datetime_start' is '%.40s', expected such as 2026-11-22T17:00:00.000000", date);
  BF_TRY(bf_need(line, "", "user_attrs", BF_JSON_OBJECT, &attributes));
  BF_TRY(bf_need_natural(attributes, "user_attrs: ", "seed", INT64_MAX, &trial->seed));
  BF_TRY(bf_need_natural(attributes, "user_attrs: ", "rank", INT32_MAX, &rank));
  trial->rank = (int)rank;
done:
  return status;
}

void bf_replay_blank(const bf_replay *replay, bf_record_trial *trial, bf_asked *asked)
{
  *trial = (bf_record_trial){
      .number = replay->n_asked, .metrics = bf_metrics_none(), .host = "", .reason = ""};
  *asked = (bf_asked){.place = replay->n_handed};
}

void bf_replay_add(bf_replay *replay, const bf_record_trial *trial, const bf_asked *asked)
{
  BF_ASSERT(replay->n_asked < replay->capacity);
  replay->record->trials[replay->n_asked] = *trial;
  replay->asked[replay->n_asked] = *asked;
  replay->n_asked++;
  replay->n_handed++;
}

bf_status bf_replay_ask(bf_replay *replay, const bf_json *line)
{
  bf_status status = BF_OK;
  bf_record *record = replay->record;
  bf_record_trial trial;
  bf_asked asked;
  BF_TRY(bf_replay_reserve(replay));
  bf_replay_blank(replay, &trial, &asked);
  BF_TRY(read_asked(replay, line, &trial, &asked));
  BF_TRY(
      read_configuration(record, line, record->indexes + replay->n_asked * record->n_parameters));
  bf_replay_add(replay, &trial, &asked);
done:
  return status;
}

static bf_status find_trial(const bf_replay *replay, const bf_json *line, uint64_t *number)
{
  bf_status status = bf_need_natural(line, "", "trial_id", INT64_MAX, number);
  if (status == BF_OK && *number >= replay->n_asked)
    return bf_fail(BF_ERR_DATA, "trial %" PRIu64 " was not asked before", *number);
  return status;
}

static bf_status find_open_trial(const bf_replay *replay, const bf_json *line, uint64_t *number)
{
  bf_status status = find_trial(replay, line, number);
  if (status == BF_OK && replay->asked[*number].is_ended)
    return bf_fail(BF_ERR_DATA, "trial %" PRIu64 " has ended before", *number);
  return status;
}

static bf_status read_metrics(const bf_json *result, bf_metrics *metrics)
{
  bf_status status = BF_OK;
  *metrics = bf_metrics_none();
  for (int m = 0; m < BF_N_METRICS; m++) {
    const char *name = bf_metric_name((bf_metric)m);
    if (bf_json_kind_of(bf_json_get(result, name)) > BF_JSON_NULL)
      BF_TRY(bf_need_number(result, "result: ", name, &metrics->value[m]));
  }
done:
  return status;
}

/* Telling may have been cut off behind this line: then it is told again. */
static bf_status read_result(bf_replay *replay, uint64_t number, const bf_json *result)
{
  static const char where[] = "result: ";
  bf_status status = BF_OK;
  bf_record *record = replay->record;
  bf_record_trial *trial = &record->trials[number];
  uint64_t rank = 0;
  BF_CHECK(!replay->asked[number].is_ended, BF_ERR_DATA,
           "trial %" PRIu64 " has a result and ended before", number);
  BF_CHECK(bf_json_kind_of(result) == BF_JSON_OBJECT, BF_ERR_DATA, "'result' is no object");
  BF_TRY(read_metrics(result, &trial->metrics));
  BF_TRY(bf_need_natural(result, where, "rank", INT32_MAX, &rank));
  BF_TRY(bf_need_seconds(result, where, "started_s", &trial->started_s));
  BF_TRY(bf_need_seconds(result, where, "duration_s", &trial->duration_s));
  BF_TRY(bf_need_copy(record, result, where, "host", &trial->host));
  BF_TRY(bf_need_copy(record, result, where, "reason", &trial->reason));
  trial->rank = (int)rank;
  replay->asked[number].is_reported = true;
done:
  return status;
}

static bf_status read_rank(bf_replay *replay, uint64_t number, const bf_json *line)
{
  uint64_t rank = 0;
  bf_status status = bf_need_natural(line, "", "rank", INT32_MAX, &rank);
  if (status == BF_OK && !replay->asked[number].is_ended) {
    replay->record->trials[number].rank = (int)rank;
    replay->asked[number].place = replay->n_handed++;
  }
  return status;
}

bf_status bf_replay_trial_attribute(bf_replay *replay, const bf_json *line)
{
  bf_status status = BF_OK;
  const bf_json *object = NULL;
  uint64_t number = 0;
  BF_TRY(find_trial(replay, line, &number));
  BF_TRY(bf_need(line, "", "user_attr", BF_JSON_OBJECT, &object));
  BF_CHECK(bf_json_size(object) == 1, BF_ERR_DATA, "'user_attr' has %zu members, expected 1",
           bf_json_size(object));
  const bf_json *result = bf_json_get(object, "result");
  if (result != NULL)
    BF_TRY(read_result(replay, number, result));
  if (bf_json_get(object, "rank") != NULL)
    BF_TRY(read_rank(replay, number, object));
done:
  return status;
}

/* For Optuna: they follow from the metrics. */
bf_status bf_replay_constraints(bf_replay *replay, const bf_json *line)
{
  uint64_t number = 0;
  return find_open_trial(replay, line, &number);
}

static bf_status check_complete(const bf_record *record, const bf_record_trial *trial)
{
  double values[BF_N_METRICS];
  double violation = 0;
  bf_status status = BF_OK;
  const bf_goal goal = bf_record_goal(record);
  BF_TRY(bf_goal_objectives(&goal, &trial->metrics, values, NULL));
  BF_TRY(bf_constraints_violation(record->n_constraints, record->constraints, &trial->metrics,
                                  &violation));
done:
  return status == BF_OK
             ? status
             : bf_because(BF_ERR_DATA, "trial %" PRIu64 " is complete, but", trial->number);
}

/* A session that is cut off lasted to the last trial that it told. */
static void extend_session(bf_record *record, const bf_record_trial *trial)
{
  bf_record_session *session = &record->sessions[record->n_sessions - 1];
  double wall_s = trial->started_s + trial->duration_s - session->start_s;
  if (session->end == NULL)
    session->wall_s = fmax(session->wall_s, wall_s);
}

bf_status bf_replay_end(bf_replay *replay, uint64_t number, bool failed)
{
  bf_status status = BF_OK;
  bf_record *record = replay->record;
  bf_record_trial *trial = &record->trials[number];
  if (!failed)
    BF_TRY(check_complete(record, trial));
  trial->failed = failed;
  extend_session(record, trial);
  replay->asked[number].is_ended = true;
  record->told[record->n_trials++] = number;
done:
  return status;
}

bf_status bf_replay_tell(bf_replay *replay, const bf_json *line)
{
  enum { COMPLETE = 1, FAIL = 3 };
  bf_status status = BF_OK;
  uint64_t number = 0;
  uint64_t state = 0;
  BF_TRY(find_open_trial(replay, line, &number));
  BF_CHECK(replay->asked[number].is_reported, BF_ERR_DATA,
           "trial %" PRIu64 " ends without a result", number);
  BF_TRY(bf_need_natural(line, "", "state", FAIL, &state));
  BF_CHECK(state == COMPLETE || state == FAIL, BF_ERR_DATA,
           "'state' is %" PRIu64 ", expected %d or %d", state, COMPLETE, FAIL);
  BF_TRY(bf_replay_end(replay, number, state == FAIL));
done:
  return status;
}

bf_status bf_replay_test(bf_replay *replay, uint64_t number, const bf_json *value)
{
  static const char where[] = "test: ";
  bf_status status = BF_OK;
  uint64_t n_rows = 0;
  uint64_t n_correct = 0;
  double loss = (double)NAN;
  BF_CHECK(number < replay->n_asked && replay->asked[number].is_ended, BF_ERR_DATA,
           "trial %" PRIu64 " is tested, but has not ended before", number);
  bf_record_trial *trial = &replay->record->trials[number];
  trial->test_failed = bf_json_text(bf_json_get(value, "failed")) != NULL;
  trial->tested = false;
  if (trial->test_failed)
    return BF_OK;
  BF_TRY(bf_need_natural(value, where, "rows", INT64_MAX, &n_rows));
  BF_TRY(bf_need_natural(value, where, "correct", n_rows, &n_correct));
  if (bf_json_kind_of(bf_json_get(value, "loss")) > BF_JSON_NULL)
    BF_TRY(bf_need_number(value, where, "loss", &loss));
  BF_CHECK(n_rows > 0, BF_ERR_DATA, "test: 'rows' is 0");
  trial->tested = true;
  trial->n_test_rows = (size_t)n_rows;
  trial->n_test_correct = (size_t)n_correct;
  trial->test_loss = loss;
done:
  return status;
}

static bf_status reserve_pending(bf_record *record, size_t n)
{
  bf_status status = BF_OK;
  record->pending = bf_alloc(n, sizeof *record->pending);
  BF_CHECK_MEMORY(record->pending);
  record->pending_indexes = bf_alloc(n * record->n_parameters, sizeof *record->pending_indexes);
  BF_CHECK_MEMORY(record->pending_indexes);
done:
  return status;
}

static void set_aside(bf_record *record, const bf_record_trial *trial, const bf_asked *asked)
{
  size_t m = record->n_parameters;
  size_t at = record->n_pending++;
  record->pending[at] = (bf_record_pending){.number = trial->number,
                                            .seed = trial->seed,
                                            .rank = trial->rank,
                                            .asked_s = asked->asked_s,
                                            .place = asked->place};
  memcpy(record->pending_indexes + at * m, record->indexes + trial->number * m,
         m * sizeof *record->indexes);
}

/* Places instead of numbers: trials that are pending leave no hole. */
static bf_status number_told(bf_replay *replay)
{
  bf_record *record = replay->record;
  size_t *places = bf_alloc(replay->n_asked, sizeof *places);
  if (places == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for %zu trials", replay->n_asked);
  for (size_t i = 0; i < record->n_trials; i++)
    places[record->trials[i].number] = i;
  for (size_t i = 0; i < record->n_trials; i++)
    record->told[i] = places[record->told[i]];
  free(places);
  return BF_OK;
}

bf_status bf_replay_finish(bf_replay *replay)
{
  bf_status status = BF_OK;
  bf_record *record = replay->record;
  size_t m = record->n_parameters;
  size_t n_kept = 0;
  BF_TRY(reserve_pending(record, replay->n_asked - record->n_trials));
  for (size_t i = 0; i < replay->n_asked; i++) {
    if (!replay->asked[i].is_ended) {
      set_aside(record, &record->trials[i], &replay->asked[i]);
      continue;
    }
    record->trials[n_kept] = record->trials[i];
    memmove(record->indexes + n_kept * m, record->indexes + i * m, m * sizeof *record->indexes);
    n_kept++;
  }
  BF_TRY(number_told(replay));
done:
  return status;
}
