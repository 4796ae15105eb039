/* What a study leaves behind, as files and as text for people.
 * Room: study. File formats: docs/formats.md, "Result folder". */
#ifndef BF_STUDY_RESULTS_H
#define BF_STUDY_RESULTS_H

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "study/plan.h"
#include "study/record.h"

/*
 * Everything here is made of the journal, read back by bf_study_open, and of the plan, which says
 * what its configurations mean. A study that was stopped or cut off has results, too: those so far.
 */

/** @brief Writes job.toml, study.json, trials.csv, front.csv, best.json and log.json into the
 * record's folder, each atomically. @return BF_OK; BF_ERR_IO; BF_ERR_NOMEM. */
bf_status bf_results_write(const bf_plan *plan, const bf_record *record);

/** @brief Writes trials.csv at @p path atomically, a row at a time; appends front.csv. Both are
 * sorted by number, header first. Metrics that are whole numbers are exact, others "%.9g".
 * @return BF_OK; BF_ERR_IO; BF_ERR_NOMEM. */
bf_status bf_results_trials_write(const bf_plan *plan, const bf_record *record, const char *path);
bf_status bf_results_front_csv(const bf_plan *plan, const bf_record *record, bf_text *text);

/** The numbers of the configurations on the front, an array. Freed with bf_json_free. */
bf_json *bf_results_front_json(const bf_record *record);

/** The documents study.json and best.json; freed with bf_json_free. */
bf_json *bf_results_study_json(const bf_record *record);
bf_json *bf_results_best_json(const bf_plan *plan, const bf_record *record);

/** @brief Writes log.json at @p path atomically, a row at a time: whole, it would take kilobytes of
 * memory a trial. @return BF_OK; BF_ERR_IO; BF_ERR_NOMEM. */
bf_status bf_results_log_write(const bf_plan *plan, const bf_record *record, const char *path);

/** @brief Appends the table of the best trials (at most 100), as the Python tool prints it, with
 * test accuracy.
 * @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_results_best_table(const bf_plan *plan, const bf_record *record, bf_text *text);

/**
 * @brief Appends why the study ended before its n_trials, if it did, and, if there is no front,
 *        why: a line each. @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_results_end(const bf_plan *plan, const bf_record *record, bf_text *text);

/**
 * @brief Appends search.report.line once a complete trial, in order, with {name} replaced by the
 *        trial's number, parameter (by path) or metric; "(8, 4)" for tied values. Nothing without
 * that key.
 * @return BF_OK; BF_ERR_USAGE for an unknown name; BF_ERR_NOMEM.
 */
bf_status bf_results_report(const bf_plan *plan, const bf_record *record, bf_text *text);

#endif
