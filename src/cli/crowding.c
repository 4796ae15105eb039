/* Where the ranks of a search run, and warnings when they are in each other's way.
 * Room: cli. */
#include "cli/crowding.h"

#include "base/log.h"
#include "nn/kernels_check.h"

void bf_crowding_gather(bf_session *session, bf_placement *out)
{
  if (bf_placement_gather(session, out) != BF_OK && bf_session_rank(session) == 0)
    bf_warn("it is not known where ranks run: %s", bf_trail());
}

/* What does without BLIS does not start it either. */
static int count_threads(const bf_setup *setup)
{
  bool has_blis = strcmp(bf_kernels_name(setup->kernels), "reference") != 0;
  return has_blis ? bf_blis_n_threads(setup->isa) : 1;
}

void bf_crowding_warn(const bf_placement *placement, const bf_setup *setup)
{
  int n_threads = count_threads(setup);
  bf_text what = {0};
  bf_text advice = {0};
  for (bf_crowd crowd = BF_CROWD_BOUND; crowd < BF_N_CROWDS; crowd++) {
    bf_text_reset(&what);
    bf_text_reset(&advice);
    if (bf_placement_complain(placement, crowd, n_threads, &what, &advice))
      bf_warn("%s: %s", bf_text_view(&what), bf_text_view(&advice));
  }
  bf_text_release(&what);
  bf_text_release(&advice);
}
