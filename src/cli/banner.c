/* What a search or a refit says about itself before it starts.
 * Room: cli. */
#include "cli/banner.h"

#include <inttypes.h>

#include "study/record.h"

void bf_space_print(const bf_space *space, bf_text *text)
{
  uint64_t size = bf_space_size(space);
  if (size == UINT64_MAX)
    bf_text_append(text, "2^64 configurations or more");
  else
    bf_text_printf(text, "%" PRIu64 " configuration%s", size, size == 1 ? "" : "s");
}

static void print_ranks(const bf_session *session, bf_text *text)
{
  int n_ranks = bf_session_size(session);
  int n_nodes = bf_session_n_nodes(session);
  bf_text_printf(text, "ranks    %d on %d host%s: ", n_ranks, n_nodes, n_nodes == 1 ? "" : "s");
  if (n_ranks == 1)
    bf_text_append(text, "everything in one process\n");
  else
    bf_text_printf(
        text, "a coordinator and %d worker%s%s\n", n_ranks - 1, n_ranks == 2 ? "" : "s",
        bf_session_survives(session) ? "" : "; one that dies ends the job (see bitfront run)");
}

static void print_data(const bf_setup *setup, bf_text *text)
{
  const bf_manifest *manifest = setup->manifest;
  const size_t *n = manifest->n_rows;
  bf_text_printf(text, "data     %s: %zu %s rows (train %zu, val %zu, test %zu), hash %016" PRIx64,
                 manifest->folder, n[BF_TRAIN] + n[BF_VAL] + n[BF_TEST], manifest->kind,
                 n[BF_TRAIN], n[BF_VAL], n[BF_TEST], manifest->hash);
  if (setup->staged != NULL)
    bf_text_printf(text, "; staged in %s", setup->staged);
  bf_text_append(text, "\n");
}

static void print_cores(const bf_session *session, const bf_placement *placement, bf_text *text)
{
  if (placement->n_hosts == 0 || bf_session_size(session) == 1)
    return;
  bf_text_append(text, "cores    ");
  bf_placement_print(placement, text);
  bf_text_append(text, "\n");
}

static void print_kernels(const bf_session *session, const bf_setup *setup, bf_text *text)
{
  const char *backend = bf_kernels_name(setup->kernels);
  bf_text_printf(text, "kernels  %s, ISA %s", backend, bf_isa_name(setup->isa));
  if (setup->weakest >= 0)
    bf_text_printf(text, ", the most that '%s' has (others: %s)",
                   bf_session_host(session, setup->weakest), bf_isa_name(setup->best));
  if (strcmp(backend, "reference") != 0)
    bf_text_printf(text, "; BLIS %s", bf_blis_describe(setup->isa));
  bf_text_append(text, "\n");
}

void bf_banner_print(const bf_session *session, const bf_setup *setup, const bf_banner *banner,
                     bf_text *text)
{
  bf_text_printf(text, "bitfront: version %s: %s\n", BITFRONT_VERSION, banner->title);
  print_ranks(session, text);
  print_cores(session, banner->placement, text);
  print_data(setup, text);
  bf_text_printf(text, "%s\n", banner->task);
  if (setup->job->compat)
    bf_text_append(text, "figures  " BF_COMPAT_NOTE "\n");
  print_kernels(session, setup, text);
  bf_text_printf(text, "results  %s\n", banner->out);
}

void bf_search_banner_print(const bf_session *session, const bf_setup *setup,
                            const bf_placement *placement, const char *out, bf_text *text)
{
  const bf_plan *plan = setup->plan;
  bf_text title = {0};
  bf_text task = {0};
  bf_text_printf(&title, "search %s", setup->job->source);
  bf_text_append(&task, "space    ");
  bf_space_print(&plan->space, &task);
  bf_text_printf(&task, ", %zu parameters; %s, %zu trials", plan->n_choices, plan->sampler,
                 plan->n_trials);
  const bf_banner banner = {.title = bf_text_view(&title),
                            .task = bf_text_view(&task),
                            .out = out,
                            .placement = placement};
  bf_banner_print(session, setup, &banner, text);
  bf_text_release(&title);
  bf_text_release(&task);
}
