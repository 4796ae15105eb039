/* Messages between rank 0 and a worker: what they are and how they come in and go out.
 * Room: cluster. Byte layout of their contents: docs/formats.md, "Messages". */
#ifndef BF_CLUSTER_MESSAGE_H
#define BF_CLUSTER_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include <mpi.h>

#include "base/bytes.h"
#include "base/status.h"

/** Messages of one sender arrive in the order in which they were sent. */
typedef enum bf_tag {
  BF_TAG_TASK = 1, /**< rank 0 to worker: a bf_task */
  BF_TAG_RESULT,   /**< worker to rank 0: a bf_result */
  BF_TAG_FATAL,    /**< worker to rank 0: a bf_verdict; it runs no more tasks */
  BF_TAG_STOP,     /**< rank 0 to worker: its last message; empty */
  BF_TAG_STOPPED   /**< worker to rank 0: its last message; empty */
} bf_tag;

/** All zero is an empty message; bytes are reused by the next one. */
typedef struct bf_message {
  int rank; /**< of the sender */
  int tag;
  bf_bytes bytes;
} bf_message;

/**
 * @brief Takes in the next message, if one has come; does not wait.
 * @return BF_OK; BF_ERR_NOMEM or BF_ERR_MPI: the message is lost.
 */
bf_status bf_message_poll(bf_message *message, bool *arrived);

/**
 * @brief Starts to send; @p data must stay until the request is done.
 * @return BF_OK; BF_ERR_MPI, also for more than INT_MAX bytes; the request is null then.
 */
bf_status bf_message_post(int rank, bf_tag tag, const void *data, size_t n, MPI_Request *request);

/** @brief Sends and waits by napping until @p data may be changed. @return BF_OK; BF_ERR_MPI. */
bf_status bf_message_send(int rank, bf_tag tag, const void *data, size_t n);

void bf_message_release(bf_message *message);

#endif
