/* A look at a study, for people.
 * Room: cli. */
#include <inttypes.h>
#include <math.h>

#include "cli/progress.h"
#include "cli/status_view.h"

/* More of them would push the rest off the screen. */
enum { MOST_RUNNING = 10 };
/* Rank 0 says once a second that it lives. */
static const double long_silence_s = 10;

static void print_label(const char *label, bf_text *text)
{
  bf_text_printf(text, "%-10s ", label);
}

static const char *plural(size_t n)
{
  return n == 1 ? "" : "s";
}

static void print_study(const bf_record *record, bf_text *text)
{
  print_label("study", text);
  bf_text_append(text, record->folder);
  if (record->n_sessions > 1)
    bf_text_printf(text, ", session %zu", record->n_sessions);
  bf_text_append(text, "\n");
  print_label("sampler", text);
  bf_text_printf(text, "%s over ", record->sampler);
  /* What the journal can say of a larger one. */
  if (record->space_size == INT64_MAX)
    bf_text_append(text, "2^63 configurations or more");
  else
    bf_text_printf(text, "%" PRIu64 " configuration%s", record->space_size,
                   plural(record->space_size));
  bf_text_printf(text, ", seed %" PRIu64 "\n", record->seed);
  if (record->is_compat) {
    print_label("figures", text);
    bf_text_append(text, BF_COMPAT_NOTE "\n");
  }
}

static void print_running_state(const bf_look *look, bf_text *text)
{
  bf_text_printf(text, "running on %s (process %" PRId64 ", %zu rank%s) for ", look->host,
                 look->pid, look->record->n_ranks, plural(look->record->n_ranks));
  bf_duration_print(look->wall_s, text);
  if (look->silent_s >= long_silence_s) {
    bf_text_append(text, "; no sign of life for ");
    bf_duration_print(look->silent_s, text);
  }
}

static void print_exit(const bf_look *look, bf_text *text)
{
  if (look->exit_code >= 0)
    bf_text_printf(text, ", exit code %d", look->exit_code);
  bf_text_append(text, ", after ");
  bf_duration_print(look->wall_s, text);
}

static void print_state(const bf_look *look, bf_text *text)
{
  print_label("state", text);
  if (look->state == BF_STUDY_RUNS) {
    print_running_state(look, text);
  } else if (look->state == BF_STUDY_ENDED) {
    bf_text_printf(text, "ended (%s)", bf_record_end(look->record));
    print_exit(look, text);
  } else {
    bf_text_append(text, "interrupted");
    print_exit(look, text);
  }
  if (look->state == BF_STUDY_CUT_OFF || look->exit_code == bf_status_exit_code(BF_ERR_STOPPED))
    bf_text_printf(text, "; go on with: bitfront search --resume --out %s", look->record->folder);
  bf_text_append(text, "\n");
}

static void print_counts(const bf_look *look, bf_text *text)
{
  size_t n_told = look->n_done + look->n_failed;
  size_t n_total = look->record->n_asked_at_most;
  print_label("trials", text);
  bf_text_printf(text, "done %zu failed %zu of %zu (%.1f %%)\n", look->n_done, look->n_failed,
                 n_total, n_total > 0 ? 100 * (double)n_told / (double)n_total : 100.0);
  if (isnan(look->rate))
    return;
  print_label("rate", text);
  bf_text_printf(text, "%.3g trials/s", look->rate);
  if (!isnan(look->eta_s)) {
    bf_text_append(text, ", ETA ");
    bf_duration_print(look->eta_s, text);
  }
  bf_text_append(text, "\n");
}

static void print_running(const bf_look *look, bf_text *text)
{
  size_t n_shown = look->n_running < MOST_RUNNING ? look->n_running : MOST_RUNNING;
  for (size_t i = 0; i < n_shown; i++) {
    const bf_running *running = &look->running[i];
    print_label(i == 0 ? "running" : "", text);
    bf_text_printf(text, "#%" PRIu64 " on rank %d", running->number, running->rank);
    if (running->host != NULL)
      bf_text_printf(text, " (%s)", running->host);
    bf_text_append(text, ", for ");
    bf_duration_print(running->for_s, text);
    bf_text_append(text, "\n");
  }
  if (look->n_running > n_shown) {
    print_label("", text);
    bf_text_printf(text, "and %zu more\n", look->n_running - n_shown);
  }
  if (look->n_waiting == 0)
    return;
  print_label(look->state == BF_STUDY_RUNS ? "next" : "unfinished", text);
  bf_text_printf(text, "%zu trial%s %s\n", look->n_waiting, plural(look->n_waiting),
                 look->state == BF_STUDY_RUNS ? "handed out in advance" : "to be run first");
}

static void print_front(const bf_look *look, bf_text *text)
{
  const bf_record *record = look->record;
  print_label("front", text);
  bf_text_printf(text, "%zu %s%s\n", look->n_front, record->repeats > 1 ? "configuration" : "trial",
                 plural(look->n_front));
  if (isnan(look->volume))
    return;
  print_label("volume", text);
  bf_text_printf(text, "%.4f of the box from worst to best seen:", look->volume);
  for (size_t j = 0; j < record->n_objectives; j++) {
    bf_text_printf(text, "%s %s ", j > 0 ? "," : "", bf_record_objective_name(record, j));
    bf_text_number(text, bf_look_value(record, j, look->worst[j]));
    bf_text_append(text, " .. ");
    bf_text_number(text, bf_look_value(record, j, look->ideal[j]));
  }
  bf_text_append(text, "\n");
}

static void print_best(const bf_look *look, bf_text *text)
{
  print_label("best", text);
  if (look->best == NULL) {
    bf_text_append(text, "none\n");
    return;
  }
  bf_text_printf(text, "trial %" PRIu64 ": %s ", look->best->number,
                 bf_record_objective_name(look->record, 0));
  bf_text_number(text, bf_look_value(look->record, 0, look->ideal[0]));
  bf_text_append(text, "\n");
}

bf_status bf_look_print(const bf_look *look, bf_text *text)
{
  print_study(look->record, text);
  print_state(look, text);
  print_counts(look, text);
  print_running(look, text);
  if (look->record->n_objectives == 1)
    print_best(look, text);
  else
    print_front(look, text);
  if (look->last_failed != NULL) {
    print_label("failed", text);
    bf_text_printf(text, "trial %" PRIu64 ", the last one: %s\n", look->last_failed->number,
                   look->last_failed->reason);
  }
  return bf_text_status(text);
}
