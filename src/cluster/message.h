/* Messages between rank 0 and a worker: what they are and how they come in and go out.
 * Room: cluster. Byte layout of their contents: docs/formats.md, "Messages". */
#ifndef BF_CLUSTER_MESSAGE_H
#define BF_CLUSTER_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include <mpi.h>

#include "base/bytes.h"
#include "base/status.h"

/*
 * Messages of one sender arrive in the order in which they were sent; only a beat may overtake.
 * All functions may be called from any thread, one at a time goes into MPI, and none waits inside
 * it: a peer that dies or stops in the middle of a transfer holds up nobody.
 */
typedef enum bf_tag {
  BF_TAG_LEASE = 1, /**< rank 0 to worker: its first message; a float64 in s */
  BF_TAG_TASK,      /**< rank 0 to worker: a bundle of tasks */
  BF_TAG_FORGET,    /**< rank 0 to worker: your tasks are others' now; empty */
  BF_TAG_STOP,      /**< rank 0 to worker: its last message; one byte: whether a rank is lost */
  BF_TAG_RESULT,    /**< worker to rank 0: a bundle of results */
  BF_TAG_FATAL,     /**< worker to rank 0: a bf_verdict; it runs no more tasks */
  BF_TAG_BEAT,      /**< worker to rank 0: it is alive; empty */
  BF_TAG_FORGOTTEN, /**< worker to rank 0: it holds no task; empty */
  BF_TAG_STOPPED,   /**< worker to rank 0: its last message; empty */
  BF_TAG_BROKEN     /**< never sent: a message of this rank began to come and did not arrive */
} bf_tag;

/** All zero is an empty message; bytes are reused by the next one. */
typedef struct bf_message {
  int rank; /**< of the sender */
  int tag;
  bf_bytes bytes;
} bf_message;

/** A message that has begun to come. */
typedef struct bf_arrival {
  bf_message message;
  MPI_Request request;
  bool is_dropped; /**< there was no memory for it */
  bool is_beat;    /**< may overtake, and be overtaken */
  bool is_behind;  /**< another of the same sender is ahead of it */
} bf_arrival;

/** Where messages come in; those that are on their way do not keep others from being read. */
typedef struct bf_mailbox {
  int source;           /**< whose messages: a rank, or MPI_ANY_SOURCE */
  bf_arrival *arrivals; /**< (capacity), the first n_open in the order of their coming */
  size_t capacity;
  size_t n_open;
  unsigned *n_ahead; /**< (n_ranks) by sender: how many of the arrivals are its, beats apart */
} bf_mailbox;

/** @brief For messages of @p source, or, with MPI_ANY_SOURCE, of @p n_ranks ranks. @return BF_OK;
 * BF_ERR_NOMEM. */
bf_status bf_mailbox_init(bf_mailbox *mailbox, int source, size_t n_ranks);

/** What is still coming in is abandoned: its memory stays, since MPI may yet write to it. */
void bf_mailbox_release(bf_mailbox *mailbox);

/**
 * @brief Takes in the next message, if one has come; does not wait.
 * @return BF_OK; BF_ERR_NOMEM or BF_ERR_MPI: the message is lost.
 */
bf_status bf_message_poll(bf_mailbox *mailbox, bf_message *message, bool *arrived);

/**
 * @brief Starts to send; @p data must stay until the request is done.
 * @return BF_OK; BF_ERR_MPI, also for more than INT_MAX bytes; the request is null then.
 */
bf_status bf_message_post(int rank, bf_tag tag, const void *data, size_t n, MPI_Request *request);

/** @brief Starts to send and never asks again; @p data must stay for good. @return As post. */
bf_status bf_message_shout(int rank, bf_tag tag, const void *data, size_t n);

/** Whether the send is over, well or not. The request is null then. */
bool bf_message_is_sent(MPI_Request *request);

/** Whether MPI does not know that @p rank has failed. */
bool bf_message_has_reader(int rank);

/** @brief Waits by napping until the send is over; the request is null then. @return BF_OK;
 * BF_ERR_MPI. */
bf_status bf_message_wait(MPI_Request *request);

/** @brief Sends and waits by napping until @p data may be changed. @return BF_OK; BF_ERR_MPI. */
bf_status bf_message_send(int rank, bf_tag tag, const void *data, size_t n);

void bf_message_release(bf_message *message);

#endif
