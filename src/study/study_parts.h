/* What the files of a running study share.
 * Room: study (private). */
#ifndef BF_STUDY_STUDY_PARTS_H
#define BF_STUDY_STUDY_PARTS_H

#include "study/study.h"

/** What a configuration is worth. */
typedef struct bf_appraisal {
  bool counts; /**< it has objectives; it may still miss constraints */
  double minimised[BF_N_METRICS];
  double violation; /**< 0: constraints are met */
  bool entered;     /**< it is on the front now (bf_study_offer) */
} bf_appraisal;

/** Trials of a configuration. */
size_t bf_study_repeats(const bf_study *study);

/** The seed of trial @p number. */
uint64_t bf_study_seed(const bf_study *study, uint64_t number);

/** What a trial found, for metrics and a net to be put in. @return NULL when memory is short. */
bf_finding *bf_study_find(bf_trial *trial);

/** Frees what was found by trials that nobody will ask for again: their configuration is not on the
 * front, the sampler was told of it, and the stopping rule has judged it. */
void bf_study_forget(bf_study *study);

/** As bf_study_forget, of a configuration that was pushed off the front. */
void bf_study_forget_dropped(bf_study *study, uint64_t leader);

/** A study with nothing on disk yet. @return BF_OK; BF_ERR_USAGE (sampler); BF_ERR_NOMEM. */
bf_status bf_study_begin(const bf_plan *plan, const char *folder, bf_study **out);

/** Room for one more trial. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_study_reserve(bf_study *study);

/** What was printed to study->line goes into the journal, now or with others (bf_study_hold).
 * @return BF_OK; BF_ERR_IO; BF_ERR_NOMEM. */
bf_status bf_study_write_down(bf_study *study);

/** Whether trials leave trained nets at all: the null runner trains none. */
bool bf_study_has_nets(const bf_study *study);

/** Whether the net of a trial on the front is still to be scored on the test split, which a data
 * set may be without. */
bool bf_study_wants_test(const bf_study *study, const bf_trial *trial);

/** Trial @p place of all trials of front configurations. */
bf_trial *bf_study_front_trial(const bf_study *study, size_t place);

/** Whether all trials of the configuration were asked and told. */
bool bf_study_is_settled(const bf_study *study, uint64_t leader);

bf_appraisal bf_study_appraise(const bf_study *study, uint64_t leader);

/** Offers a settled configuration to the front. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_study_offer(bf_study *study, uint64_t leader, bf_appraisal *appraisal);

/** Tells the sampler of a settled configuration. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_study_teach(bf_study *study, uint64_t leader, const bf_appraisal *appraisal);

/** With in_flight: tells the sampler, in the order of numbers, all that it may know by the next
 * ask. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_study_teach_in_order(bf_study *study);

/** Trials whose results the next ask may know. */
size_t bf_study_n_visible(const bf_study *study);

/** Moves n_prefix on and shows the stopping rule what is new. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_study_judge(bf_study *study);

#endif
