/* The lines of a journal, and what is known of the study itself.
 * Room: study. */
#include <inttypes.h>
#include <math.h>

#include "base/memory.h"
#include "study/record_parts.h"

/* The worker_id of our lines. Others write their notes into the same file. */
static const char ours[] = "bitfront";

static bf_status read_head(bf_replay *replay, uint64_t number, const bf_json *value)
{
  (void)number;
  return bf_record_read_head(replay->record, value);
}

/* The last one counts: a resumed study may be asked more. */
static bf_status read_job(bf_replay *replay, uint64_t number, const bf_json *value)
{
  (void)number;
  bf_record *record = replay->record;
  bf_toml *job = NULL;
  if (bf_json_text(value) == NULL)
    return bf_fail(BF_ERR_DATA, "'job' is no text");
  bf_status status = bf_toml_parse(bf_json_text(value), "job", &job);
  if (status != BF_OK)
    return status == BF_ERR_USAGE ? bf_because(BF_ERR_DATA, "the study's job") : status;
  bf_toml_free(record->job);
  record->job = job;
  const bf_toml *by = bf_toml_at(job, "select.by");
  if (by != NULL && by->kind != BF_TOML_STRING)
    return bf_fail(BF_ERR_DATA, "job:%d:%d: 'select.by' is no text", by->line, by->column);
  record->select_by = by != NULL ? by->string : NULL;
  return BF_OK;
}

static bf_status parse_session(bf_record *record, const bf_json *value, bf_record_session *session)
{
  bf_status status = BF_OK;
  uint64_t n_ranks = 0;
  uint64_t pid = 0;
  BF_TRY(bf_need_copy(record, value, "", "version", &session->version));
  BF_TRY(bf_need_copy(record, value, "", "isa", &session->isa));
  BF_TRY(bf_need_copy(record, value, "", "backend", &session->backend));
  BF_TRY(bf_need_copy(record, value, "", "host", &session->host));
  BF_TRY(bf_need_natural(value, "", "ranks", INT32_MAX, &n_ranks));
  BF_TRY(bf_need_natural(value, "", "pid", INT32_MAX, &pid));
  BF_TRY(bf_need_seconds(value, "", "start_s", &session->start_s));
  session->n_ranks = (size_t)n_ranks;
  session->pid = (int64_t)pid;
done:
  return status;
}

/* There is room for the next power of two. */
static bf_status reserve_session(bf_record *record)
{
  size_t n = record->n_sessions;
  if ((n & (n - 1)) != 0)
    return BF_OK;
  bf_record_session *grown = bf_grow(record->sessions, n, n > 0 ? 2 * n : 1, sizeof *grown);
  if (grown == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for %zu sessions", n + 1);
  record->sessions = grown;
  return BF_OK;
}

static bf_status read_session(bf_replay *replay, uint64_t number, const bf_json *value)
{
  bf_record *record = replay->record;
  bf_record_session session = {.version = NULL};
  if (number != record->n_sessions)
    return bf_fail(BF_ERR_DATA, "session %" PRIu64 " follows %zu others", number,
                   record->n_sessions);
  bf_status status = parse_session(record, value, &session);
  if (status != BF_OK)
    return status;
  status = reserve_session(record);
  if (status == BF_OK)
    record->sessions[record->n_sessions++] = session;
  return status;
}

static bf_status read_end(bf_replay *replay, uint64_t number, const bf_json *value)
{
  bf_status status = BF_OK;
  bf_record *record = replay->record;
  uint64_t exit_code = 0;
  BF_CHECK(number + 1 == record->n_sessions, BF_ERR_DATA,
           "session %" PRIu64 " ends, the last of %zu has not", number, record->n_sessions);
  bf_record_session *session = &record->sessions[number];
  BF_CHECK(session->end == NULL, BF_ERR_DATA, "session %" PRIu64 " ends twice", number);
  BF_TRY(bf_need_natural(value, "", "exit", UINT8_MAX, &exit_code));
  BF_TRY(bf_need_seconds(value, "", "wall_s", &session->wall_s));
  BF_TRY(bf_need_copy(record, value, "", "reason", &session->end));
  session->exit_code = (int)exit_code;
done:
  return status;
}

/* Attributes of the study. A key that ends in a colon is followed by a number. */
static const struct {
  const char *key;
  bf_status (*read)(bf_replay *replay, uint64_t number, const bf_json *value);
} attributes[] = {
    {"bitfront", read_head}, {"job", read_job},         {"session:", read_session},
    {"end:", read_end},      {"test:", bf_replay_test},
};
enum { N_ATTRIBUTES = sizeof attributes / sizeof *attributes };

/* Those of later versions, which are nothing to us, are N_ATTRIBUTES. */
static size_t find_attribute(const char *key)
{
  for (size_t i = 0; i < N_ATTRIBUTES; i++) {
    size_t n = strlen(attributes[i].key);
    bool is_numbered = attributes[i].key[n - 1] == ':';
    if (strncmp(key, attributes[i].key, n) == 0 && (is_numbered || key[n] == '\0'))
      return i;
  }
  return N_ATTRIBUTES;
}

/* The digits at the end of "test:12"; 0 of a key without. */
static bf_status read_key_number(const char *key, uint64_t *number)
{
  const char *digits = strchr(key, ':');
  *number = 0;
  if (digits == NULL)
    return BF_OK;
  size_t n = strlen(++digits);
  /* Eighteen digits always fit. */
  if (n == 0 || n > 18 || strspn(digits, "0123456789") != n)
    return bf_fail(BF_ERR_DATA, "attribute '%.40s' has no number", key);
  *number = strtoull(digits, NULL, 10);
  return BF_OK;
}

static bf_status check_study(const bf_json *line)
{
  uint64_t id = 0;
  return bf_need_natural(line, "", "study_id", 0, &id);
}

static bf_status read_study_attribute(bf_replay *replay, const bf_json *line)
{
  bf_status status = BF_OK;
  const bf_json *object = NULL;
  uint64_t number = 0;
  BF_TRY(check_study(line));
  BF_TRY(bf_need(line, "", "user_attr", BF_JSON_OBJECT, &object));
  BF_CHECK(bf_json_size(object) == 1, BF_ERR_DATA, "'user_attr' has %zu members, expected 1",
           bf_json_size(object));
  const char *key = bf_json_key_after(object, NULL);
  size_t i = find_attribute(key);
  if (i == N_ATTRIBUTES)
    return BF_OK;
  BF_TRY(read_key_number(key, &number));
  BF_TRY(attributes[i].read(replay, number, bf_json_get(object, key)));
done:
  return status;
}

static bf_status read_system_attribute(bf_replay *replay, const bf_json *line)
{
  (void)replay;
  return check_study(line);
}

static bf_status create_study(bf_replay *replay, const bf_json *line)
{
  const char *name = NULL;
  if (replay->is_created)
    return bf_fail(BF_ERR_DATA, "a second study begins");
  replay->is_created = true;
  return bf_need_text(line, "", "study_name", &name);
}

static bf_status ask(bf_replay *replay, const bf_json *line)
{
  const bf_record *record = replay->record;
  bf_status status = check_study(line);
  if (status != BF_OK)
    return status;
  if (record->document == NULL || record->n_sessions == 0)
    return bf_fail(BF_ERR_DATA, "a trial stands before what is searched and who searches it");
  return bf_replay_ask(replay, line);
}

static bf_status refuse_deletion(bf_replay *replay, const bf_json *line)
{
  (void)replay;
  (void)line;
  return bf_fail(BF_ERR_DATA, "it deletes the study; without this line it is as it was");
}

static bf_status refuse_trial(bf_replay *replay, const bf_json *line)
{
  (void)replay;
  (void)line;
  return bf_fail(BF_ERR_DATA, "another program made a trial, and trials are told by their place; "
                              "without its lines the study is as it was");
}

static bf_status refuse_operation(bf_replay *replay, const bf_json *line)
{
  (void)replay;
  return bf_fail(BF_ERR_DATA, "op_code %" PRId64 " is none that bitfront writes",
                 bf_json_int64(bf_json_get(line, "op_code")));
}

/* Notes of other programs; what they say about our trials does not count. */
static bf_status ignore(bf_replay *replay, const bf_json *line)
{
  (void)replay;
  (void)line;
  return BF_OK;
}

/* By op_code. */
static const struct {
  bf_status (*of_ours)(bf_replay *replay, const bf_json *line);
  bf_status (*of_others)(bf_replay *replay, const bf_json *line);
} operations[] = {
    [0] = {create_study, ignore},              /* the study */
    [1] = {refuse_deletion, refuse_deletion},  /* its end */
    [2] = {read_study_attribute, ignore},      /* what it is, sessions, tests */
    [3] = {read_system_attribute, ignore},     /* names of objectives */
    [4] = {ask, refuse_trial},                 /* a trial */
    [5] = {refuse_operation, ignore},          /* a parameter */
    [6] = {bf_replay_tell, ignore},            /* how a trial ended */
    [7] = {refuse_operation, ignore},          /* a value on the way */
    [8] = {bf_replay_trial_attribute, ignore}, /* who has it, its result */
    [9] = {bf_replay_constraints, ignore},     /* its constraints */
    [10] = {refuse_operation, ignore},         /* trials that do not count */
};
enum { N_OPERATIONS = sizeof operations / sizeof *operations };

static bf_status read_line(bf_replay *replay, const bf_json *line)
{
  bf_status status = BF_OK;
  uint64_t operation = 0;
  const char *worker = NULL;
  BF_CHECK(bf_json_kind_of(line) == BF_JSON_OBJECT, BF_ERR_DATA, "it is no JSON object");
  BF_TRY(bf_need_natural(line, "", "op_code", N_OPERATIONS - 1, &operation));
  BF_TRY(bf_need_text(line, "", "worker_id", &worker));
  bool is_ours = strcmp(worker, ours) == 0;
  BF_CHECK(replay->is_created || (is_ours && operation == 0), BF_ERR_DATA,
           "the file does not begin with a study of bitfront");
  BF_TRY(is_ours ? operations[operation].of_ours(replay, line)
                 : operations[operation].of_others(replay, line));
done:
  return status;
}

static bf_status parse_line(bf_replay *replay, const char *text, size_t n)
{
  bf_status status = BF_OK;
  bf_json *line = NULL;
  /* What a disk gives back for what it never wrote. */
  BF_CHECK(memchr(text, '\0', n) == NULL, BF_ERR_DATA, "it holds a NUL byte");
  BF_TRY(bf_json_parse_line(text, n, &line));
  BF_TRY(read_line(replay, line));
done:
  bf_json_free(line);
  return status;
}

static bf_status take_line(bf_replay *replay, const char *text, size_t n)
{
  bool is_taken = false;
  bf_status status = bf_replay_quick(replay, text, n, &is_taken);
  return status != BF_OK || is_taken ? status : parse_line(replay, text, n);
}

static bf_status check_whole(const bf_record *record)
{
  if (record->document == NULL)
    return bf_fail(BF_ERR_DATA, "it ends before it says what is searched");
  if (record->job == NULL)
    return bf_fail(BF_ERR_DATA, "it ends before the study's job");
  if (record->n_sessions == 0)
    return bf_fail(BF_ERR_DATA, "it ends before the study's first session");
  return BF_OK;
}

bf_status bf_replay_run(bf_replay *replay, bf_lines *lines)
{
  bf_status status = BF_OK;
  const char *text = NULL;
  size_t n = 0;
  size_t number = 0;
  do {
    number++;
    BF_TRY(bf_lines_next(lines, &text, &n));
    if (text != NULL)
      BF_TRY(take_line(replay, text, n));
  } while (text != NULL);
  BF_CHECK(replay->is_created, BF_ERR_DATA, "it holds no study");
  BF_TRY(check_whole(replay->record));
done:
  return status == BF_ERR_DATA ? bf_because(status, BF_JOURNAL_NAME ":%zu", number) : status;
}
