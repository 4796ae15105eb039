/* A search from its start to its results.
 * Room: cli. */
#include "cli/search_run.h"

#include "cli/banner.h"
#include "cli/chosen.h"
#include "cli/display.h"
#include "cli/output.h"
#include "cli/pick_text.h"
#include "cluster/search.h"
#include "study/results.h"
#include "study/study.h"

static void show(const bf_study *study, bf_display *display, bool is_last)
{
  const bf_progress_state state = {.n_done = study->n_done,
                                   .n_failed = study->n_failed,
                                   .n_total = bf_study_total(study),
                                   .n_front = bf_front_size(study->front)};
  bf_display_show(display, &state, is_last);
}

static void tick(const bf_study *study, void *context)
{
  show(study, context, false);
}

static bf_status start(bf_call *call, const bf_setup *setup, const bf_search_request *request,
                       bf_study **study)
{
  bf_status status = BF_OK;
  bf_text banner = {0};
  const bf_run_info info = {.isa = bf_isa_name(setup->isa),
                            .backend = bf_kernels_name(setup->kernels),
                            .n_ranks = bf_session_size(call->session)};
  BF_TRY(bf_study_create(setup->plan, request->out, &info, study));
  bf_search_banner_print(call->session, setup, request->out, &banner);
  fputs(bf_text_view(&banner), stderr);
  bf_talk_open(call->talk);
done:
  bf_text_release(&banner);
  return status;
}

/* The rule of [select], applied to what is on disk. A front on which nothing suits it is no failure
 * of the search. */
static bf_status print_choice(const bf_study *study, bf_text *text)
{
  bf_chosen chosen = {0};
  bf_status status = bf_chosen_read(study->folder, NULL, NULL, &chosen);
  if (status == BF_OK)
    status = bf_pick_print(chosen.record, &chosen.pick, chosen.by, text);
  bf_chosen_release(&chosen);
  if (status != BF_ERR_USAGE)
    return status;
  bf_text_printf(text, "no choice: %s\n", bf_trail());
  return bf_text_status(text);
}

static bf_status print_results(const bf_study *study, const bf_search_request *request)
{
  bf_status status = BF_OK;
  bf_text text = {0};
  if (request->wants_json)
    return bf_output_print_json(bf_results_study_json(study));
  BF_TRY(bf_results_report(study, &text));
  bf_text_append(&text, "Best trial(s):\n");
  BF_TRY(bf_results_best_table(study, &text));
  if (study->plan->job->select_by != NULL)
    BF_TRY(print_choice(study, &text));
  BF_TRY(bf_results_end(study, &text));
  size_t n_told = study->n_done + study->n_failed;
  bf_text_printf(&text, "done %zu, failed %zu of %zu in %.2f s, %.1f trials/s; results in %s\n",
                 study->n_done, study->n_failed, bf_study_total(study), study->wall_s,
                 study->wall_s > 0 ? (double)n_told / study->wall_s : 0.0, study->folder);
  BF_TRY(bf_output_print(&text));
done:
  bf_text_release(&text);
  return status;
}

static bf_status finish(bf_call *call, bf_study *study, const bf_search_request *request)
{
  bf_status status = BF_OK;
  BF_TRY(bf_study_finish(study));
  BF_TRY(print_results(study, request));
  call->exit_code = bf_study_exit_code(study);
done:
  return status;
}

bf_status bf_search_command_run(bf_call *call, const bf_setup *setup,
                                const bf_search_request *request)
{
  bf_status status = BF_OK;
  bf_study *study = NULL;
  bf_display display = {0};
  if (request != NULL)
    status = start(call, setup, request, &study);
  BF_TRY(bf_session_agree(call->session, status));
  if (request != NULL)
    display = bf_display_start(request->progress, call->talk);
  BF_TRY(bf_search_run(call->session, study, setup->evaluator, tick, &display));
  if (request != NULL) {
    show(study, &display, true);
    status = finish(call, study, request);
  }
  BF_TRY(bf_session_agree(call->session, status));
done:
  bf_study_free(study);
  return status;
}
