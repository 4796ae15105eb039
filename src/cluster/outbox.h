/* A worker's results on their way to rank 0: alone, or gathered where trials are short.
 * Room: cluster. MPI: point to point. */
#ifndef BF_CLUSTER_OUTBOX_H
#define BF_CLUSTER_OUTBOX_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include <mpi.h>

#include "base/bytes.h"
#include "base/status.h"

/*
 * While one message goes out the next one is gathered. The worker's heart looks into the outbox,
 * too (bf_outbox_nudge): what was gathered must not wait for the end of a slow trial.
 */
typedef struct bf_outbox {
  pthread_mutex_t lock; /**< of what follows */
  bf_bytes gathered;    /**< bundle of results */
  size_t n;             /**< so many */
  double since_s;       /**< when the first of them came in */
  double gather_s;      /**< for so long they may wait */
  bf_bytes going;       /**< the last message */
  MPI_Request request;  /**< of the last message */
} bf_outbox;

void bf_outbox_init(bf_outbox *outbox);

/** What MPI may still read stays, if the last message was not received. */
void bf_outbox_release(bf_outbox *outbox);

/** @brief Puts a result to the others. @param took_s how long it took. @return BF_OK;
 * BF_ERR_NOMEM. */
bf_status bf_outbox_put(bf_outbox *outbox, double took_s, const void *result, size_t n);

/**
 * @brief Whether it is time to send: @p n_left tasks are fewer than results, so that rank 0 should
 * hear of them before the last one is done; or the first of them has waited for @p gather_s; or
 * they are many bytes.
 */
bool bf_outbox_is_due(bf_outbox *outbox, size_t n_left, double gather_s);

/** @brief Starts to send what was gathered, if anything was, as soon as the message before it has
 * gone. @return BF_OK; BF_ERR_MPI. */
bf_status bf_outbox_send(bf_outbox *outbox);

/** @brief Waits by napping until rank 0 gets the last message even if this process ends now.
 * @return BF_OK; BF_ERR_MPI. */
bf_status bf_outbox_part(bf_outbox *outbox);

/** @brief Waits by napping until the last message has gone. @return BF_OK; BF_ERR_MPI. */
bf_status bf_outbox_wait(bf_outbox *outbox);

/** From another thread, now and then: sends what has been there for long. Waits for nobody; what
 * fails is left to the worker. */
void bf_outbox_nudge(bf_outbox *outbox);

#endif
