/* How busy one rank 0 keeps 16 to 4,096 workers, and where it cannot any more.
 * Room: cli. */
#ifndef BF_CLI_CLUSTER_SCALE_H
#define BF_CLI_CLUSTER_SCALE_H

#include <stddef.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/cluster_costs.h"

/** What a search of many workers costs; seconds. */
typedef struct bf_scale_costs {
  size_t n_samplers;
  const bf_costs *costs; /**< (n_samplers) borrowed */
  double message_s;      /**< of rank 0, through shared memory */
  double tcp_message_s;  /**< the same through TCP */
  double bundled_s;      /**< through TCP, for each trial where many travel in one message */
  double worker_s;
  double nap_late_s;
  double spread; /**< of the trials' lengths */
} bf_scale_costs;

typedef struct bf_scale bf_scale;

/** @brief Simulates it all. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_scale_run(const bf_scale_costs *costs, bf_scale **out);
void bf_scale_free(bf_scale *scale);

bf_status bf_scale_print(const bf_scale *scale, bf_text *text);
bf_json *bf_scale_json(const bf_scale *scale);

#endif
