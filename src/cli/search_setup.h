/* Everything a search stands on, made on all ranks in step.
 * Room: cli. */
#ifndef BF_CLI_SEARCH_SETUP_H
#define BF_CLI_SEARCH_SETUP_H

#include "base/status.h"
#include "cluster/session.h"
#include "data/dataset.h"
#include "nn/kernels.h"
#include "study/evaluator.h"
#include "study/plan.h"

/** All zero is an empty one. */
typedef struct bf_setup {
  bf_job *job;
  bf_manifest *manifest;
  bf_plan *plan;
  bf_isa isa;  /**< the lowest of all ranks */
  bf_isa best; /**< the highest that a rank has */
  int weakest; /**< the lowest rank that has no more than isa, if that is why isa is below best; -1
                */
  const bf_kernels *kernels;
  char *staged; /**< folder of this machine that the shards were read from; NULL: the set's own */
  bf_dataset data;
  bf_evaluator *evaluator; /**< NULL on a coordinator */
} bf_setup;

/** How a set-up is wanted. */
typedef struct bf_setup_wish {
  bf_isa most;       /**< the highest ISA, whatever the CPUs have; ranks' may differ */
  const char *stage; /**< rank 0's: folder of every machine's own to copy the shards to; NULL */
} bf_setup_wish;

/**
 * @brief Collective. From rank 0's job to a set-up on every rank: data loaded once a node, an
 * evaluator on every rank that works.
 * @param job rank 0's, taken over, also on failure; NULL elsewhere.
 * @param out released with bf_setup_release, also on failure.
 * @return BF_OK, or the failure of the lowest rank that has one; agreed.
 */
bf_status bf_setup_create(bf_session *session, bf_job *job, const bf_setup_wish *wish,
                          bf_setup *out);
void bf_setup_release(bf_setup *setup);

#endif
