/* MPI for the rest of the program: start, agree, share, end. Works without mpirun as one rank.
 * Room: cluster. */
#ifndef BF_CLUSTER_SESSION_H
#define BF_CLUSTER_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "base/text.h"
#include "data/dataset.h"
#include "data/manifest.h"

/*
 * A process that no launcher started (no PMIx or Open MPI variables around it) is a world of one
 * rank and never calls MPI_Init, which would cost it 0.3 s. Everything below is collective over
 * all ranks unless it says otherwise; no rank leaves a collective phase alone.
 *
 * When a rank is lost, the session is broken: the others may not wait for all any more. Rank 0 goes
 * on alone: what is collective does not communicate then and returns the caller's own status, text
 * or minimum. Other ranks wait until rank 0 ends, and end with it: a rank whose rank 0 is gone (on
 * its machine) ends by itself at any time. bf_agenda_run goes on with the workers that are left.
 */
typedef struct bf_session bf_session;

/** @brief Collective. Starts MPI if a launcher started us. @return BF_OK; BF_ERR_MPI. */
bf_status bf_session_create(int *argc, char ***argv, bf_session **out);

/**
 * @brief Collective. The last call of a program that ends with @p exit_code: ends MPI after
 *        everybody arrived and frees the session. A broken one cannot be ended in order
 *        (MPI_Finalize would wait for the lost rank): then all open files are flushed, the shared
 *        memory that lost ranks left in /dev/shm is removed, and this does not return.
 * @return @p exit_code.
 */
int bf_session_end(bf_session *session, int exit_code);

/** Not collective. */
int bf_session_rank(const bf_session *session);
int bf_session_size(const bf_session *session);

/** Whether a launcher started this process, and MPI runs. Not collective. */
bool bf_session_has_mpi(const bf_session *session);

/** Whether the others go on when a rank dies: mpirun was told so (--enable-recovery; Open
 * MPI 5: --with-ft ulfm). Not collective. */
bool bf_session_survives(const bf_session *session);

/** Machines that the ranks run on. Not collective. */
int bf_session_n_nodes(const bf_session *session);

/** The process of @p rank, the name of its machine (borrowed), and the number of that, from 0 to
 * n_nodes - 1. Not collective. */
int bf_session_pid(const bf_session *session, int rank);
const char *bf_session_host(const bf_session *session, int rank);
int bf_session_node(const bf_session *session, int rank);

/** Whether this rank is the lowest of its machine. Not collective. */
bool bf_session_leads_node(const bf_session *session);

/**
 * @brief Collective. One verdict for all: BF_OK if every rank brings BF_OK, else the status and the
 *        trail of the lowest rank that failed, on every rank.
 */
bf_status bf_session_agree(bf_session *session, bf_status status);

/** @brief Collective. Rank 0's text on all ranks (others' is replaced). @return BF_OK;
 * BF_ERR_NOMEM; BF_ERR_MPI; agreed. */
bf_status bf_session_share_text(bf_session *session, bf_text *text);

/**
 * @brief Collective. @p n bytes of every rank in rank 0's @p all, (size, n) in the order of ranks.
 * @param all rank 0's; NULL elsewhere. Of a broken session rank 0 gets its own only.
 * @return BF_OK; BF_ERR_MPI; agreed.
 */
bf_status bf_session_gather(bf_session *session, const void *mine, size_t n, void *all);

/** @brief Collective. The smallest @p value of all ranks. */
int bf_session_minimum(bf_session *session, int value);

/**
 * @brief Collective. One rank of every node copies the shards to a folder of its own machine, or
 * finds them there (data/staging.h). A node where that fails is warned of; it reads the original.
 * @param folder on every node, the same on every rank.
 * @param[out] staged where this rank's node has them, freed with free(); NULL where it has not.
 * @return BF_OK; BF_ERR_NOMEM; BF_ERR_MPI; agreed.
 */
bf_status bf_session_stage(bf_session *session, const bf_manifest *manifest, const char *folder,
                           char **staged);

/**
 * @brief Collective. One copy of the data set a node, in an MPI-3 shared window, read by its ranks
 * together. A node without room for the window (a small /dev/shm) is warned of; its ranks keep a
 * copy each.
 * @param[out] data a view, valid until the session ends.
 * @return BF_OK; BF_ERR_DATA (a shard); BF_ERR_NOMEM; BF_ERR_MPI; agreed: the same on every rank.
 */
bf_status bf_session_load(bf_session *session, const bf_manifest *manifest, bf_dataset *data);

/** MPI library's own version line, for --version. Not collective. Borrowed. */
const char *bf_mpi_version(void);

/** The release of Open MPI that this process is linked with, for instance 4; 0 if it is another
 * library. Not collective. */
int bf_mpi_major(void);

#endif
