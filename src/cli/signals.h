/* What the outside wants of a running search, said by signals.
 * Room: cli. */
#ifndef BF_CLI_SIGNALS_H
#define BF_CLI_SIGNALS_H

#include <stdbool.h>

/** The stronger the later. */
typedef enum bf_wish {
  BF_WISH_NONE,
  BF_WISH_FINISH, /**< SIGUSR1: take in what runs, then end */
  BF_WISH_LIMIT,  /**< SIGALRM: the time limit; end now */
  BF_WISH_LEAVE   /**< SIGTERM, SIGINT, SIGHUP: end now */
} bf_wish;

/** On every rank, before anything else: mpirun hands SIGUSR1 to all of them, and it must not kill.
 */
void bf_signals_start(void);

/** Where a search is coordinated: from now on SIGTERM, SIGINT and SIGHUP are wishes, too, and
 * cancel a training of this process. A second one of a kind does what it does without us, unless
 * @p has_launcher: scancel signals the launcher, mpirun and rank 0, and the first two hand on to
 * rank 0 what it has, and a launcher ends a rank 0 that does not leave. What is ignored (nohup)
 * stays ignored. */
void bf_signals_watch(bool has_launcher);

/**
 * Where a search is worked on: SIGTERM, SIGINT and SIGHUP end this process 5 s later, a second one
 * of a kind at once. mpirun and srun hand them to all ranks; did one die of it, mpirun would kill
 * rank 0 before that has written anything. Until then rank 0 has told the others to end.
 */
void bf_signals_outlive(void);

/** SIGALRM comes after @p seconds, > 0. */
void bf_signals_alarm(double seconds);

/** The strongest wish so far. */
bf_wish bf_signals_wish(void);

#endif
