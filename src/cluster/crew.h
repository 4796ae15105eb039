/* What rank 0 knows of the workers: who is at work, who fell silent, who died, who came back.
 * Room: cluster. */
#ifndef BF_CLUSTER_CREW_H
#define BF_CLUSTER_CREW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

#include "base/bytes.h"
#include "base/status.h"
#include "cluster/pace.h"
#include "cluster/session.h"

/* Messages of tasks that may be on their way to a worker at a time. */
enum { BF_CREW_SENDS = 2 };

/*
 * A worker is given up when its process is gone, or when nothing was heard of it for a lease. One
 * that is heard of again (it was stopped, or its machine was) is told to forget its tasks, and
 * gets new ones when it has answered. What it sent before that is taken in without being counted.
 */
typedef enum bf_standing {
  BF_WORKING,
  BF_SILENT,    /**< given up */
  BF_RETURNING, /**< given up, heard of again and told to forget */
  BF_DEAD,      /**< given up for good: its process is gone */
  BF_STOPPED,   /**< said its last word */
  BF_N_STANDINGS
} bf_standing;

/**
 * Sends stay open until the worker has room for them, and for good if it is lost.
 *
 * A worker answers in order. While results come alone, the oldest task without one is the one that
 * runs; while they may be gathered, any of those it holds may be.
 */
typedef struct bf_worker {
  bf_standing standing;
  double heard_s;      /**< when it gave its last sign of life */
  bool is_cut;         /**< a message from or to it failed */
  bool is_node_silent; /**< (lowest rank of a machine) one of its ranks fell silent, and none was
                          heard of since */
  bool is_full;        /**< its next message has no place, because older ones are still going out */
  bf_pace pace;
  uint64_t n_handed;             /**< tasks handed out */
  uint64_t n_answered;           /**< of those; or given up with the worker */
  uint64_t n_gathering;          /**< the last of those whose result may be gathered was the n-th */
  size_t n_drafted;              /**< tasks in the message that is being made */
  size_t n_sent;                 /**< messages; the next one has place n_sent % BF_CREW_SENDS */
  bf_bytes tasks[BF_CREW_SENDS]; /**< bytes of the open sends, and of the next one */
  MPI_Request requests[BF_CREW_SENDS];
} bf_worker;

typedef struct bf_crew {
  const bf_session *session; /**< borrowed */
  double lease_s;
  bf_bytes lease;           /**< the same as bytes */
  bf_worker *workers;       /**< (size), by rank; of the first, is_node_silent alone */
  bool *is_failed;          /**< (size) its process is gone; it may not be given up yet */
  size_t n[BF_N_STANDINGS]; /**< workers, by standing */
  bool is_due;              /**< somebody is to be given up once the mailbox is empty */
  size_t n_losses;
  double passed_s; /**< when rank 0 was last seen at work itself */
  double looked_s;
} bf_crew;

/** A worker that was given up just now. */
typedef struct bf_loss {
  int rank;
  bool is_dead;     /**< its process is gone, or cannot be seen from here */
  bool is_gathered; /**< which of its tasks it ran is not known */
  size_t n_tasks;   /**< that it held */
} bf_loss;

/** @brief All ranks but 0 are at work and are told the lease. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_crew_init(bf_crew *crew, const bf_session *session, double lease_s);

/** In a session that is not whole what MPI may still use stays. */
void bf_crew_release(bf_crew *crew);

/** To be called again and again: when rank 0 itself was stopped or busy for long, it has heard of
 * nobody meanwhile, and everybody's lease begins anew. */
void bf_crew_pass(bf_crew *crew, double now_s);

/** Something came from @p rank. */
void bf_crew_hear(bf_crew *crew, int rank, double now_s);

/** Looks for dead and silent workers, ten times a second, and sets is_due when there are some. */
void bf_crew_look(bf_crew *crew, double now_s);

/**
 * @brief Gives up one of those that are due. Only to be called after a look that was followed by an
 *        empty mailbox: what a worker sent before it died was taken in then.
 * @return Whether there was one that was at work.
 */
bool bf_crew_give_up(bf_crew *crew, double now_s, bf_loss *loss);

/** Tasks that were handed out to the worker and are not answered. */
size_t bf_worker_n_tasks(const bf_worker *w);

/** Nothing is expected of the worker any more. */
void bf_worker_clear(bf_worker *w);

/** A worker is at work, has fallen silent, ... from now on. */
void bf_crew_set(bf_crew *crew, int rank, bf_standing standing);

/** How many are at work. */
size_t bf_crew_n_at_work(const bf_crew *crew);

/** Whether nobody is at work and nobody is waited for: all are dead, or silent for three leases. */
bool bf_crew_is_lost(const bf_crew *crew, double now_s);

/** BF_ERR_STOPPED: "no worker is left: 2 died, 1 fell silent". */
bf_status bf_crew_report(const bf_crew *crew);

#endif
