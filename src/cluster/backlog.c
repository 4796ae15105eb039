/* Whether rank 0 keeps up with its mail.
 * Room: cluster. */
#include "cluster/backlog.h"

static const double patience_s = 0.05;
static const double longest_result_s = 200e-6;
static const double memory_s = 1;

void bf_backlog_clear(bf_backlog *backlog, double now_s)
{
  backlog->empty_s = now_s;
  backlog->n_taken = 0;
}

void bf_backlog_take(bf_backlog *backlog, double now_s, size_t n_results)
{
  double busy_s = now_s - backlog->empty_s;
  backlog->n_taken += n_results;
  if (busy_s <= patience_s || (double)backlog->n_taken * longest_result_s < busy_s)
    return;
  backlog->behind_s = now_s;
  backlog->was_behind = true;
}

bool bf_backlog_is_behind(const bf_backlog *backlog, double now_s)
{
  return backlog->was_behind && now_s - backlog->behind_s < memory_s;
}
