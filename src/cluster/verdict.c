/* A failure as bytes: how one rank's status and trail reach another.
 * Room: cluster. */
#include "cluster/verdict.h"

bf_verdict bf_verdict_of(bf_status status)
{
  bf_verdict verdict = {.status = (int32_t)status};
  snprintf(verdict.trail, sizeof verdict.trail, "%s", bf_trail());
  return verdict;
}

bf_status bf_verdict_adopt(const bf_verdict *verdict)
{
  if (verdict->status < (int32_t)BF_OK || verdict->status > (int32_t)BF_ERR_BUG)
    return bf_fail(BF_ERR_BUG, "status %d is none of ours", (int)verdict->status);
  if (verdict->status == (int32_t)BF_OK)
    return BF_OK;
  char trail[sizeof verdict->trail];
  snprintf(trail, sizeof trail, "%.*s", (int)(sizeof trail - 1), verdict->trail);
  bf_trail_set(trail);
  return (bf_status)verdict->status;
}
