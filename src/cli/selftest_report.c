/* What the checks of a new machine found, for people and for programs.
 * Room: cli. */
#include "cli/selftest.h"

static const char *const names[BF_N_HEALTHS] = {
    [BF_HEALTH_NONE] = "-",
    [BF_HEALTH_OK] = "ok",
    [BF_HEALTH_WARNING] = "warning",
    [BF_HEALTH_FAILED] = "failed",
};

void bf_report_add(bf_report *report, const char *name, const bf_diagnosis *diagnosis)
{
  if (report->n >= BF_MOST_LINES)
    return;
  bf_report_line *line = &report->lines[report->n++];
  *line = (bf_report_line){.diagnosis = *diagnosis, .n_like = 1};
  snprintf(line->name, sizeof line->name, "%s", name);
}

bf_health bf_report_worst(const bf_report *report)
{
  int32_t worst = BF_HEALTH_NONE;
  for (size_t i = 0; i < report->n; i++)
    worst = report->lines[i].diagnosis.health > worst ? report->lines[i].diagnosis.health : worst;
  return (bf_health)worst;
}

static size_t count(const bf_report *report, bf_health health)
{
  size_t n = 0;
  for (size_t i = 0; i < report->n; i++)
    n += report->lines[i].diagnosis.health == (int32_t)health;
  return n;
}

/* Whose diagnosis it is, where it is not everybody's: a figure has a size where ranks differ. */
static void print_place(const bf_report *report, const bf_report_line *line, bf_text *text)
{
  bool is_bad = line->diagnosis.health > (int32_t)BF_HEALTH_OK;
  if (report->n_ranks <= 1 || line->host[0] == '\0' ||
      (!is_bad && (report->n_hosts <= 1 || line->diagnosis.size == 0)))
    return;
  bf_text_printf(text, " (rank %d on %s", line->rank, line->host);
  if (is_bad && line->n_like > 1)
    bf_text_printf(text, ", and %d other%s", line->n_like - 1, line->n_like == 2 ? "" : "s");
  bf_text_append(text, ")");
}

void bf_report_print(const bf_report *report, bf_text *text)
{
  size_t n_warnings = count(report, BF_HEALTH_WARNING);
  size_t n_failed = count(report, BF_HEALTH_FAILED);
  for (size_t i = 0; i < report->n; i++) {
    const bf_report_line *line = &report->lines[i];
    bf_text_printf(text, "%-7s  %-14s  %s", names[line->diagnosis.health], line->name,
                   line->diagnosis.figure);
    print_place(report, line, text);
    bf_text_append(text, "\n");
    if (line->diagnosis.advice[0] != '\0')
      bf_text_printf(text, "%-7s  %-14s  -> %s\n", "", "", line->diagnosis.advice);
  }
  bf_text_printf(text, "%zu checks: %zu ok, %zu warning%s, %zu failed\n", report->n,
                 count(report, BF_HEALTH_OK), n_warnings, n_warnings == 1 ? "" : "s", n_failed);
}

static bf_json *line_json(const bf_report_line *line)
{
  bf_json *json = bf_json_object();
  bf_json_set(json, "check", bf_json_string(line->name));
  bf_json_set(json, "health", bf_json_string(names[line->diagnosis.health]));
  bf_json_set(json, "figure", bf_json_string(line->diagnosis.figure));
  bf_json_set(json, "advice", bf_json_string(line->diagnosis.advice));
  bf_json_set(json, "rank", bf_json_integer(line->rank));
  bf_json_set(json, "host", bf_json_string(line->host));
  bf_json_set(json, "alike", bf_json_integer(line->n_like));
  return json;
}

bf_json *bf_report_json(const bf_report *report)
{
  bf_json *lines = bf_json_array();
  for (size_t i = 0; i < report->n; i++)
    bf_json_push(lines, line_json(&report->lines[i]));
  bf_json *json = bf_json_object();
  bf_json_set(json, "version", bf_json_string(BITFRONT_VERSION));
  bf_json_set(json, "ranks", bf_json_integer(report->n_ranks));
  bf_json_set(json, "hosts", bf_json_integer(report->n_hosts));
  bf_json_set(json, "worst", bf_json_string(names[bf_report_worst(report)]));
  bf_json_set(json, "checks", lines);
  return json;
}

static void copy(char *to, size_t n_bytes, const bf_json *text)
{
  const char *from = bf_json_text(text);
  snprintf(to, n_bytes, "%s", from != NULL ? from : "");
}

static bf_status read_line(const bf_json *json, bf_report_line *out)
{
  bf_report_line line = {.rank = (int)bf_json_int64(bf_json_get(json, "rank")),
                         .n_like = (int)bf_json_int64(bf_json_get(json, "alike"))};
  const char *health = bf_json_text(bf_json_get(json, "health"));
  for (int k = BF_HEALTH_OK; health != NULL && k < BF_N_HEALTHS; k++)
    if (strcmp(health, names[k]) == 0)
      line.diagnosis.health = k;
  if (line.diagnosis.health == (int32_t)BF_HEALTH_NONE)
    return bf_fail(BF_ERR_DATA, "a check without its outcome");
  copy(line.name, sizeof line.name, bf_json_get(json, "check"));
  copy(line.diagnosis.figure, sizeof line.diagnosis.figure, bf_json_get(json, "figure"));
  copy(line.diagnosis.advice, sizeof line.diagnosis.advice, bf_json_get(json, "advice"));
  copy(line.host, sizeof line.host, bf_json_get(json, "host"));
  *out = line;
  return BF_OK;
}

bf_status bf_report_read(const bf_json *json, bf_report *report)
{
  bf_status status = BF_OK;
  const bf_json *lines = bf_json_get(json, "checks");
  BF_CHECK(bf_json_size(lines) > 0, BF_ERR_DATA, "a report without checks");
  report->n_ranks = (int)bf_json_int64(bf_json_get(json, "ranks"));
  report->n_hosts = (int)bf_json_int64(bf_json_get(json, "hosts"));
  for (size_t i = 0; i < bf_json_size(lines) && report->n < BF_MOST_LINES; i++) {
    BF_TRY(read_line(bf_json_at(lines, i), &report->lines[report->n]));
    report->n++;
  }
done:
  return status;
}
