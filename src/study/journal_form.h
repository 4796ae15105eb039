/* The lines of a study's journal: Optuna's journal format.
 * Room: study (private). Format: docs/formats.md, "Journal". */
#ifndef BF_STUDY_JOURNAL_FORM_H
#define BF_STUDY_JOURNAL_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "base/text.h"
#include "study/plan.h"
#include "study/study.h"
#include "study/task.h"

/*
 * Three lines a trial: when it is handed out, one that creates it, running, with its parameters;
 * when it is told, its result as an attribute, and its state with the objectives. The parts that
 * all trials share (distributions, names) are printed once, when the form is made. All functions
 * append whole lines; memory that is short shows in bf_text_status.
 */
typedef struct bf_journal_form bf_journal_form;

/** @brief How lines of a study of @p plan (borrowed) look. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_journal_form_create(const bf_plan *plan, bf_journal_form **out);
void bf_journal_form_free(bf_journal_form *form);

/** The first lines: the study, the names of its objectives, what is known since the start
 * (bf_head_json) and the effective job. */
void bf_journal_print_head(const bf_plan *plan, const char *study_name, bf_text *text);

/** What the study is from here on, and its effective job: a resumed study may ask more trials. The
 * last of such lines count. */
void bf_journal_print_job(const bf_plan *plan, bf_text *text);

/** A session begins. @param k 0 for the first. @param start_s date. */
void bf_journal_print_session(size_t k, const bf_run_info *info, double start_s, bf_text *text);

/** A session ends. @param wall_s how long it took. */
void bf_journal_print_end(size_t k, const char *end, int exit_code, double wall_s, bf_text *text);

/** A trial is handed out for the first time. @param seed its own. @param indexes (plan->n_choices)
 * canonical. @param asked_s date. */
void bf_journal_print_ask(const bf_journal_form *form, uint64_t seed, int rank,
                          const uint32_t *indexes, double asked_s, bf_text *text);

/** A trial is handed out again. */
void bf_journal_print_again(uint64_t number, int rank, bf_text *text);

/**
 * A trial is told: with constraints one line with them (<= 0 is met; 1 each for a failed trial),
 * one with the result, one with state and objectives.
 * @param result its metrics, host, times and reason; @p result->failed decides. One that no worker
 *        began (started_s is not above 0, or NaN) ended now. Metrics that are no finite numbers are
 *        left out.
 */
void bf_journal_print_tell(const bf_journal_form *form, int rank, const bf_result *result,
                           bf_text *text);

/** A net was scored on the test split. */
void bf_journal_print_test(const bf_result *result, bf_text *text);

/** What a study is: format, version, seed, sampler, space, objectives, constraints, data, n_trials,
 * repeats. Freed with bf_json_free. */
bf_json *bf_head_json(const bf_plan *plan);

#endif
