/* A failure as bytes: how one rank's status and trail reach another.
 * Room: cluster. */
#ifndef BF_CLUSTER_VERDICT_H
#define BF_CLUSTER_VERDICT_H

#include <stdint.h>

#include "base/status.h"

/** A plain value without pointers, so that telling of a failure takes no memory. */
typedef struct bf_verdict {
  int32_t status;
  char trail[1024];
} bf_verdict;

/** The @p status together with this thread's trail. */
bf_verdict bf_verdict_of(bf_status status);

/** @brief Makes the trail this thread's. @return the verdict's status; BF_ERR_BUG if it is none. */
bf_status bf_verdict_adopt(const bf_verdict *verdict);

#endif
