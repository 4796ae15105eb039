/* What the checks of a new machine have in common.
 * Room: cli. A new check is a function, and a row in the table of selftest.c. */
#ifndef BF_CLI_SELFTEST_H
#define BF_CLI_SELFTEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "cluster/session.h"

typedef enum bf_health {
  BF_HEALTH_NONE, /**< this rank had nothing to look at */
  BF_HEALTH_OK,
  BF_HEALTH_WARNING,
  BF_HEALTH_FAILED,
  BF_N_HEALTHS
} bf_health;

enum { BF_FIGURE_BYTES = 256, BF_ADVICE_BYTES = 384 };

/** What a check found on one rank. A plain value: it travels as bytes. */
typedef struct bf_diagnosis {
  int32_t health;
  double size;       /**< of diagnoses that are equally bad the one of the largest size is shown */
  int32_t is_of_all; /**< it is rank 0's word about all ranks, and says itself whom it means */
  char figure[BF_FIGURE_BYTES]; /**< what was measured, or what is wrong */
  char advice[BF_ADVICE_BYTES]; /**< what to do; "" */
} bf_diagnosis;

/** What the checks look at. */
typedef struct bf_selftest {
  bf_session *session;
  const char *folder; /**< for results */
  const char *temporary;
} bf_selftest;

/** Called by all ranks at once; those that have nothing to look at leave @p out as it was. */
typedef void (*bf_check_run)(const bf_selftest *test, bf_diagnosis *out);

/** Says what was found. */
void bf_diagnosis_ok(bf_diagnosis *out, double size, const char *format, ...) BF_PRINTF(3, 4);
void bf_diagnosis_warn(bf_diagnosis *out, const char *advice, const char *format, ...)
    BF_PRINTF(3, 4);
void bf_diagnosis_fail(bf_diagnosis *out, const char *advice, const char *format, ...)
    BF_PRINTF(3, 4);

/* The checks. */

void bf_check_mpi(const bf_selftest *test, bf_diagnosis *out);
void bf_check_messages(const bf_selftest *test, bf_diagnosis *out);
void bf_check_window(const bf_selftest *test, bf_diagnosis *out);
void bf_check_cores(const bf_selftest *test, bf_diagnosis *out);
void bf_check_threads(const bf_selftest *test, bf_diagnosis *out);
void bf_check_kernels(const bf_selftest *test, bf_diagnosis *out);
void bf_check_blis(const bf_selftest *test, bf_diagnosis *out);
void bf_check_hdf5(const bf_selftest *test, bf_diagnosis *out);
void bf_check_clock(const bf_selftest *test, bf_diagnosis *out);
void bf_check_dates(const bf_selftest *test, bf_diagnosis *out);
void bf_check_hdf5_folder(const bf_selftest *test, bf_diagnosis *out);
void bf_check_hdf5_temporary(const bf_selftest *test, bf_diagnosis *out);
void bf_check_locks(const bf_selftest *test, bf_diagnosis *out);
void bf_check_sync_folder(const bf_selftest *test, bf_diagnosis *out);
void bf_check_sync_temporary(const bf_selftest *test, bf_diagnosis *out);

/** One line of the report. Texts are in it. */
typedef struct bf_report_line {
  char name[24];
  bf_diagnosis diagnosis;
  int rank;      /**< that found it */
  char host[72]; /**< its host; "" of a diagnosis about all ranks */
  int n_like;    /**< ranks that found something as bad */
} bf_report_line;

enum { BF_MOST_LINES = 24 };

/** The report, of rank 0. */
typedef struct bf_report {
  int n_ranks;
  int n_hosts;
  size_t n;
  bf_report_line lines[BF_MOST_LINES];
} bf_report;

/**
 * @brief Collective. Runs every check of the table that this session can, and appends what was
 *        found to rank 0's report.
 * @return BF_OK, whatever was found; BF_ERR_MPI; BF_ERR_NOMEM; agreed.
 */
bf_status bf_selftest_run(const bf_selftest *test, bf_report *report);

/**
 * @brief Starts `selftest` on some ranks of mpirun and appends what they found, after a line about
 *        the start itself. Not collective.
 * @param[out] has_run whether they found something; else the caller looks itself.
 * @return BF_OK, whatever was found; BF_ERR_IO; BF_ERR_NOMEM.
 */
bf_status bf_selftest_launch(const bf_selftest *test, bf_report *report, bool *has_run);

/** Appends a line, of this process. */
void bf_report_add(bf_report *report, const char *name, const bf_diagnosis *diagnosis);

void bf_report_print(const bf_report *report, bf_text *text);
bf_json *bf_report_json(const bf_report *report);
/** @brief Appends the lines of such a document. @return BF_OK; BF_ERR_DATA. */
bf_status bf_report_read(const bf_json *json, bf_report *report);
bf_health bf_report_worst(const bf_report *report);

#endif
