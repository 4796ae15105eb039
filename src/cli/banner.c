/* What a search says about itself before it starts.
 * Room: cli. */
#include "cli/banner.h"

#include <inttypes.h>

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
    bf_text_printf(text, "a coordinator and %d worker%s\n", n_ranks - 1, n_ranks == 2 ? "" : "s");
}

void bf_banner_print(const bf_session *session, const bf_setup *setup, const char *out,
                     bf_text *text)
{
  const bf_plan *plan = setup->plan;
  const bf_manifest *manifest = setup->manifest;
  const size_t *n = manifest->n_rows;
  bf_text_printf(text, "bitfront: version %s: search %s\n", BITFRONT_VERSION, setup->job->source);
  print_ranks(session, text);
  bf_text_printf(text,
                 "data     %s: %zu %s rows (train %zu, val %zu, test %zu), hash %016" PRIx64 "\n",
                 manifest->folder, n[BF_TRAIN] + n[BF_VAL] + n[BF_TEST], manifest->kind,
                 n[BF_TRAIN], n[BF_VAL], n[BF_TEST], manifest->hash);
  bf_text_append(text, "space    ");
  bf_space_print(&plan->space, text);
  bf_text_printf(text, ", %zu parameters; %s, %zu trials\n", plan->n_choices, plan->sampler,
                 plan->n_trials);
  const char *backend = bf_kernels_name(setup->kernels);
  bf_text_printf(text, "kernels  %s, ISA %s", backend, bf_isa_name(setup->isa));
  if (strcmp(backend, "reference") != 0)
    bf_text_printf(text, "; BLIS %s", bf_blis_describe(setup->isa));
  bf_text_printf(text, "\nresults  %s\n", out);
}
