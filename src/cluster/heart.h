/* A thread of a worker that tells rank 0 it is alive, whatever the worker computes, and that ends
 * the process when rank 0 is gone.
 * Room: cluster. */
#ifndef BF_CLUSTER_HEART_H
#define BF_CLUSTER_HEART_H

#include "base/status.h"

typedef struct bf_heart bf_heart;
struct bf_outbox;

/**
 * @brief Starts the thread. It takes no signals and makes no MPI call until told to beat.
 * @param coordinator pid of rank 0, which is watched from now on: without it nobody would ever
 *        tell this process to end, and a training may take hours. 0: it cannot be seen from here.
 * @return BF_OK; BF_ERR_NOMEM, also when there can be no thread.
 */
bf_status bf_heart_create(int coordinator, bf_heart **out);

/** From now on BF_TAG_BEAT goes to rank 0 every @p interval_s seconds, never a second one before
 * the first is on its way. */
void bf_heart_beat(bf_heart *heart, double interval_s);

/** From now on the heart looks into the worker's outbox, too, about every quarter of a second.
 * NULL: no more, once this has returned. */
void bf_heart_carry(bf_heart *heart, struct bf_outbox *outbox);

/** No beat is sent after this returns. */
void bf_heart_rest(bf_heart *heart);

/** Ends the thread. NULL is fine. */
void bf_heart_free(bf_heart *heart);

#endif
