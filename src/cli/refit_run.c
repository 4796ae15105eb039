/* A refit from its start to its results.
 * Room: cli. */
#include "cli/refit_run.h"

#include <inttypes.h>

#include "base/log.h"
#include "cli/banner.h"
#include "cli/crowding.h"
#include "cli/display.h"
#include "cli/output.h"
#include "cluster/agenda.h"

/** What the agenda needs. */
typedef struct watched {
  bf_refit *refit;
  bf_display display;
} watched;

static bf_status refit_next(void *context, int rank, bf_bytes *task, bf_next *next)
{
  return bf_refit_next(((watched *)context)->refit, rank, task, next);
}

static bf_status refit_accept(void *context, int rank, const void *result, size_t n)
{
  return bf_refit_accept(((watched *)context)->refit, rank, result, n);
}

static void show(watched *w, bool is_last)
{
  const bf_progress_state state = {.n_done = w->refit->n_done,
                                   .n_failed = w->refit->n_failed,
                                   .n_total = bf_refit_total(w->refit),
                                   .is_counted_only = true};
  bf_display_show(&w->display, &state, is_last);
}

static bf_status refit_lose(void *context, int rank, bool is_suspect)
{
  return bf_refit_lose(((watched *)context)->refit, rank, is_suspect);
}

static bool refit_tick(void *context)
{
  show(context, false);
  return true;
}

static void say_banner(const bf_call *call, const bf_setup *setup, const bf_placement *placement,
                       const bf_refit *refit, const bf_chosen *chosen)
{
  bf_text title = {0};
  bf_text task = {0};
  bf_text text = {0};
  bf_text_printf(&title, "refit %s", refit->study);
  bf_text_printf(&task, "nets     %s; %zu x %zu seed%s x %zu epoch%s", chosen->pick.why,
                 refit->n_nets, refit->n_seeds, refit->n_seeds == 1 ? "" : "s",
                 setup->job->brief.n_epochs, setup->job->brief.n_epochs == 1 ? "" : "s");
  const bf_banner banner = {.title = bf_text_view(&title),
                            .task = bf_text_view(&task),
                            .out = refit->folder,
                            .placement = placement};
  bf_banner_print(call->session, setup, &banner, &text);
  fputs(bf_text_view(&text), stderr);
  bf_text_release(&title);
  bf_text_release(&task);
  bf_text_release(&text);
}

/* Brief and long values of different rows can be compared, but not as if they were of the same. */
static void warn_of_other_data(const bf_record *record, const bf_manifest *manifest)
{
  char hash[17];
  snprintf(hash, sizeof hash, "%016" PRIx64, manifest->hash);
  if (record->data_hash != NULL && strcmp(record->data_hash, hash) != 0)
    bf_warn("data set '%s' is not the one that study '%s' was run on", manifest->folder,
            record->folder);
}

static bf_status start(bf_call *call, const bf_setup *setup, const bf_refit_request *request,
                       const bf_placement *placement, bf_chosen *chosen, bf_refit **refit)
{
  bf_status status = BF_OK;
  BF_TRY(bf_chosen_place(chosen, setup->plan));
  const bf_refit_options options = {.study = request->study,
                                    .rule = chosen->by,
                                    .is_compat = chosen->record->is_compat,
                                    .n_nets = chosen->pick.n,
                                    .nets = chosen->nets,
                                    .n_seeds = request->n_seeds,
                                    .info = {.isa = bf_isa_name(setup->isa),
                                             .backend = bf_kernels_name(setup->kernels),
                                             .n_ranks = bf_session_size(call->session)}};
  BF_TRY(bf_refit_create(setup->plan, request->out, &options, refit));
  say_banner(call, setup, placement, *refit, chosen);
  bf_crowding_warn(placement, setup);
  bf_talk_open(call->talk);
  warn_of_other_data(chosen->record, setup->manifest);
done:
  return status;
}

static bf_status print_results(const bf_refit *refit, const bf_refit_request *request)
{
  bf_status status = BF_OK;
  bf_text text = {0};
  if (request->wants_json)
    return bf_output_print_json(bf_refit_json(refit));
  BF_TRY(bf_refit_table(refit, &text));
  bf_text_printf(&text, "done %zu, failed %zu of %zu in %.2f s; results in %s\n", refit->n_done,
                 refit->n_failed, bf_refit_total(refit), refit->wall_s, refit->folder);
  BF_TRY(bf_output_print(&text));
done:
  bf_text_release(&text);
  return status;
}

static bf_status finish(bf_call *call, bf_refit *refit, const bf_refit_request *request)
{
  bf_status status = BF_OK;
  BF_TRY(bf_refit_finish(refit));
  BF_TRY(print_results(refit, request));
  call->exit_code = bf_refit_exit_code(refit);
done:
  return status;
}

bf_status bf_refit_command_run(bf_call *call, const bf_setup *setup,
                               const bf_refit_request *request, bf_chosen *chosen)
{
  bf_status status = BF_OK;
  bool is_first = bf_session_rank(call->session) == 0;
  watched w = {0};
  const bf_agenda agenda = {.context = &w,
                            .next = refit_next,
                            .accept = refit_accept,
                            .lose = refit_lose,
                            .tick = refit_tick};
  bf_placement placement = {0};
  bf_crowding_gather(call->session, &placement);
  if (is_first)
    status = start(call, setup, request, &placement, chosen, &w.refit);
  BF_TRY(bf_session_agree(call->session, status));
  if (is_first)
    w.display = bf_display_start(request->progress, call->talk);
  BF_TRY(bf_agenda_run(call->session, &agenda, setup->evaluator));
  if (is_first) {
    show(&w, true);
    status = finish(call, w.refit, request);
  }
  BF_TRY(bf_session_agree(call->session, status));
done:
  bf_placement_release(&placement);
  bf_refit_free(w.refit);
  return status;
}
