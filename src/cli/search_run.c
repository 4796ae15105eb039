/* A search from its start to its results.
 * Room: cli. */
#include "cli/search_run.h"

#include <math.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/banner.h"
#include "cli/chosen.h"
#include "cli/crowding.h"
#include "cli/display.h"
#include "cli/output.h"
#include "cli/pick_text.h"
#include "cli/signals.h"
#include "cli/time_limit.h"
#include "cluster/search.h"
#include "study/effort.h"
#include "study/results.h"
#include "study/run_file.h"
#include "study/study.h"

/** A search on its way. */
typedef struct search {
  bf_call *call;
  const bf_search_request *request;
  bf_study *study; /* rank 0's */
  size_t n_before; /* trials told before this run */
  size_t n_done;   /* in the end, and so are the next two */
  size_t n_failed;
  size_t n_total;
  bf_display display;
  bf_time_limit limit;
  bf_run_file run;
  double next_beat_s;
} search;

static const double beat_s = 1;

static void show(search *s, bool is_last)
{
  bf_progress_state state = {.n_before = s->n_before,
                             .n_total = bf_study_total(s->study),
                             .n_front = bf_front_size(s->study->front)};
  bf_study_shown(s->study, &state.n_done, &state.n_failed);
  bf_display_show(&s->display, &state, is_last);
}

/* Whoever watches from outside knows by this that we live. That it cannot be written on a full disk
 * says nothing that the journal does not say better. */
static void beat_now(search *s)
{
  s->next_beat_s = bf_clock_s() + beat_s;
  s->run.n_told = (int64_t)(s->study->n_done + s->study->n_failed - s->n_before);
  bf_run_file_write(s->request->out, &s->run);
}

static void beat(search *s)
{
  if (bf_clock_s() >= s->next_beat_s)
    beat_now(s);
}

/* @return Whether to go on; false: leave at once. */
static bool obey(search *s)
{
  bf_wish wish = bf_signals_wish();
  if (wish == BF_WISH_FINISH || wish == BF_WISH_LEAVE)
    bf_study_stop(s->study, BF_END_SIGNAL);
  else if (wish == BF_WISH_LIMIT || bf_time_limit_is_near(&s->limit, s->study->longest_s))
    bf_study_stop(s->study, BF_END_LIMIT);
  return wish < BF_WISH_LIMIT;
}

static bool tick(const bf_study *study, void *context)
{
  (void)study;
  search *s = context;
  show(s, false);
  beat(s);
  return obey(s);
}

/* The numbers of a trial are those of its kernels. A study whose second session had to do with
 * others goes back to those of its first where it can. */
static void warn_of_isa(const bf_record *record, bf_isa isa)
{
  const char *before = record->sessions[0].isa;
  if (strcmp(before, bf_isa_name(isa)) != 0)
    bf_warn(
        "study '%s' was begun with ISA %s, this run has %s: its trials may differ in their last "
        "digits",
        record->folder, before, bf_isa_name(isa));
}

static bf_status go_on(search *s, const bf_setup *setup, const bf_run_info *info)
{
  bf_status status = BF_OK;
  const bf_record *record = s->request->record;
  BF_TRY(bf_study_check_resume(setup->plan, record));
  warn_of_isa(record, setup->isa);
  BF_TRY(bf_study_resume(setup->plan, record, info, &s->study));
  s->n_before = record->n_trials;
done:
  return status;
}

static bf_status start(search *s, const bf_setup *setup, const bf_placement *placement,
                       bf_search_request *request)
{
  bf_status status = BF_OK;
  bf_text banner = {0};
  const bf_run_info info = {.isa = bf_isa_name(setup->isa),
                            .backend = bf_kernels_name(setup->kernels),
                            .n_ranks = bf_session_size(s->call->session)};
  s->request = request;
  if (request->record != NULL)
    BF_TRY(go_on(s, setup, &info));
  else
    BF_TRY(bf_study_create(setup->plan, request->out, &info, &s->study));
  bf_search_banner_print(s->call->session, setup, placement, request->out, &banner);
  if (request->record != NULL)
    bf_text_printf(&banner, "resumed  %zu of %zu trials are done; %zu unfinished trial%s first\n",
                   s->n_before, bf_study_total(s->study), s->study->tasks.n,
                   s->study->tasks.n == 1 ? " comes" : "s come");
  bf_record_free(request->record);
  request->record = NULL;
  fputs(bf_text_view(&banner), stderr);
  bf_crowding_warn(placement, setup);
  bf_talk_open(s->call->talk);
  s->display = bf_display_start(request->progress, s->call->talk);
  s->limit = bf_time_limit_start(request->limit_s);
  s->run = bf_run_file_start();
  s->run.is_busy = info.n_ranks == 1;
  beat(s);
  bf_signals_watch(s->run.run[0] != '\0');
  if (isfinite(bf_time_limit_left(&s->limit)))
    bf_signals_alarm(bf_time_limit_left(&s->limit));
  /* Before the first trial, which may take hours. */
  obey(s);
done:
  bf_text_release(&banner);
  return status;
}

/* The rule of [select], applied to what is on disk. A front on which nothing suits it is no failure
 * of the search. */
static bf_status print_choice(const bf_record *record, bf_text *text)
{
  bf_pick pick = {0};
  const char *by = NULL;
  bf_status status = bf_choose(record, NULL, NULL, &by, &pick);
  if (status == BF_OK)
    status = bf_pick_print(record, &pick, by, text);
  bf_pick_release(&pick);
  if (status != BF_ERR_USAGE)
    return status;
  bf_text_printf(text, "no choice: %s\n", bf_trail());
  return bf_text_status(text);
}

/* Of all sessions together, as everything else that is printed. */
static void print_end(const search *s, const bf_record *record, bf_text *text)
{
  const bf_effort effort = bf_effort_of(record);
  bf_text_append(text, "cost: ");
  bf_effort_print(&effort, text);
  bf_text_printf(text, "\ndone %zu, failed %zu of %zu in %.2f s, %.1f trials/s; results in %s\n",
                 s->n_done, s->n_failed, s->n_total, record->wall_s,
                 record->wall_s > 0 ? (double)record->n_trials / record->wall_s : 0.0,
                 record->folder);
}

static bf_status print_results(const search *s, const bf_plan *plan, const bf_record *record)
{
  bf_status status = BF_OK;
  bf_text text = {0};
  if (s->request->wants_json)
    return bf_output_print_json(bf_results_study_json(record));
  BF_TRY(bf_results_report(plan, record, &text));
  if (record->is_compat)
    bf_text_append(&text, BF_COMPAT_NOTE "\n");
  bf_text_append(&text, "Best trial(s):\n");
  BF_TRY(bf_results_best_table(plan, record, &text));
  if (plan->job->select_by != NULL)
    BF_TRY(print_choice(record, &text));
  BF_TRY(bf_results_end(plan, record, &text));
  print_end(s, record, &text);
  BF_TRY(bf_output_print(&text));
done:
  bf_text_release(&text);
  return status;
}

/* A large study and its record would not fit into memory together. */
static void forget_study(search *s)
{
  s->n_done = s->study->n_done;
  s->n_failed = s->study->n_failed;
  s->n_total = bf_study_total(s->study);
  bf_study_free(s->study);
  s->study = NULL;
}

/* Everything but the nets is made of the journal, as another program would read it. */
static bf_status finish(search *s, const bf_plan *plan)
{
  bf_status status = BF_OK;
  bf_record *record = NULL;
  BF_TRY(bf_study_close(s->study));
  show(s, true);
  /* A study of a million trials takes its time. */
  s->run.is_busy = true;
  beat_now(s);
  s->call->exit_code = bf_study_exit_code(s->study);
  forget_study(s);
  BF_TRY(bf_study_open(s->request->out, &record));
  BF_TRY(bf_results_write(plan, record));
  /* A launcher goes on with it: there is one result on standard output, at the end. */
  if (!s->run.wants_restart || s->run.run[0] == '\0')
    BF_TRY(print_results(s, plan, record));
done:
  bf_record_free(record);
  return status;
}

/* Being cancelled and having no workers are ways to stop; the study says what it has. */
static bf_status settle(search *s, bf_status served)
{
  if (served != BF_ERR_STOPPED)
    return served;
  if (s->study->stop == BF_END_NONE && bf_signals_wish() < BF_WISH_LIMIT) {
    bf_warn("%s", bf_trail());
    bf_study_stop(s->study, BF_END_WORKERS);
    s->run.wants_restart = true;
  }
  obey(s);
  return BF_OK;
}

/* The completion marker: the last thing a search does. */
static void say_end(search *s, bf_status status)
{
  s->run.exit_code = status == BF_OK ? s->call->exit_code : bf_status_exit_code(status);
  bf_run_file_write(s->request->out, &s->run);
}

bf_status bf_search_command_run(bf_call *call, const bf_setup *setup, bf_search_request *request)
{
  bf_status status = BF_OK;
  search s = {.call = call};
  bool is_first = request != NULL;
  bf_placement placement = {0};
  bf_crowding_gather(call->session, &placement);
  if (is_first)
    status = start(&s, setup, &placement, request);
  else
    bf_signals_outlive();
  BF_TRY(bf_session_agree(call->session, status));
  status = bf_search_run(call->session, s.study, setup->evaluator, tick, &s,
                         is_first ? request->lease_s : 0);
  if (is_first) {
    status = settle(&s, status);
    if (status == BF_OK)
      status = finish(&s, setup->plan);
    say_end(&s, status);
  }
  BF_TRY(bf_session_agree(call->session, status));
done:
  bf_placement_release(&placement);
  bf_study_free(s.study);
  return status;
}
