/* A look at a study from outside: whether it runs, how fast, what it has found.
 * Room: cli. */
#ifndef BF_CLI_STATUS_LOOK_H
#define BF_CLI_STATUS_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "study/record.h"
#include "study/run_file.h"

typedef enum bf_study_state {
  BF_STUDY_RUNS,
  BF_STUDY_ENDED,  /**< by itself, or because it was asked to */
  BF_STUDY_CUT_OFF /**< its rank 0 is gone and did not say why, or failed */
} bf_study_state;

/** A trial that a worker runs. Who was given two tasks runs the older one. */
typedef struct bf_running {
  uint64_t number;
  int rank;
  const char *host; /**< where that rank ended a trial before; NULL: unknown. Borrowed */
  double for_s;     /**< since it was asked, or since that rank ended another one */
} bf_running;

/** All zero is an empty one. */
typedef struct bf_look {
  const bf_record *record; /**< borrowed */
  double now_s;            /**< date of the look */
  bf_study_state state;
  const char *host; /**< of rank 0; borrowed from the record, or the look's own */
  int64_t pid;      /**< of rank 0 */
  int exit_code;    /**< -1: none is known */
  double silent_s;  /**< since rank 0 gave its last sign of life; NaN without run.json */
  double wall_s;    /**< of all sessions, until now if it runs */
  size_t n_done;
  size_t n_failed;
  double rate;  /**< trials a second of late; NaN unless it runs and told some */
  double eta_s; /**< until all trials are told at that rate; NaN */
  const bf_record_trial *last_failed; /**< NULL */
  size_t n_running;
  bf_running *running;      /**< (n_running) numbers ascending; owned */
  size_t n_waiting;         /**< trials handed out in advance, or, if it does not run, unfinished */
  size_t n_front;           /**< candidates on it */
  const bf_candidate *best; /**< for one objective: the first of the best; NULL */
  double ideal[BF_N_METRICS]; /**< minimised: best and worst value of each objective that any */
  double worst[BF_N_METRICS]; /**< candidate has which meets the constraints */
  double volume; /**< share of the box between these two that the front dominates; NaN for one
                      objective, or while all have the same values */
  bf_run_file run;
} bf_look;

/** Seconds after which a rank 0 on another host that gives no sign of life counts as gone. */
extern const double bf_look_patience_s;

/**
 * @brief Looks at a study that was read, as it is now.
 *
 * Whether rank 0 lives is asked of this host's kernel if it is here, else of the age of run.json.
 * The rate is that of the last minute, or of the last 16 trials if these took longer, in this
 * session.
 * @param record must outlive the look.
 * @param out    released with bf_look_release; it may not be moved meanwhile.
 * @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_look_take(const bf_record *record, bf_look *out);
void bf_look_release(bf_look *look);

/** The value of objective @p j that a minimised one stands for. */
double bf_look_value(const bf_record *record, size_t j, double minimised);

#endif
