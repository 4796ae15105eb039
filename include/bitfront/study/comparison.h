/* Studies of one space side by side: who found what, and how soon.
 * Room: study. */
#ifndef BF_STUDY_COMPARISON_H
#define BF_STUDY_COMPARISON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "base/text.h"
#include "metrics/metric.h"
#include "study/record.h"

/*
 * The joint front is the front of all studies together. Hypervolumes are measured on its scale: in
 * every objective 0 is its best value and 1 its worst one, and the reference point is 1.1. Where
 * all its members agree, 1 is the worst value of any trial (and where all trials agree, everything
 * is 0): so single objectives have a volume, too. Shares are of the volume of the joint front.
 *
 * Volumes are counted over trials in the order of their numbers, which is that of asking and is the
 * same however many ranks a study had. Failed trials and such that miss constraints count as
 * trials.
 */

/** A share of the joint volume that is reached after so many trials. */
typedef struct bf_step {
  size_t n_trials;
  double share;
} bf_step;

/** One study. */
typedef struct bf_compared {
  const bf_record *record; /**< borrowed */
  char *name; /**< last part of the folder's path; all of it where two parts are the same */
  size_t n_failed;
  size_t n_front;
  double trial_s; /**< wall time by trials; NaN without trials */
  double volume;
  double share; /**< of the joint volume, and so below; NaN if there is none */
  size_t n_steps;
  bf_step *steps; /**< (n_steps) where the share grew; owned */
  size_t n_to_95; /**< trials to reach 95 %; 0: never */
  size_t n_to_99;
  bool is_exhaustive; /**< it has metrics of every configuration of the space */
  double true_share;  /**< of the vectors of the true front, those whose configuration it tried; NaN
                           unless a study is exhaustive */
} bf_compared;

/** Who has a vector of the joint front. */
typedef struct bf_finder {
  size_t study;
  size_t candidate;
  size_t vector; /**< place of the vector: members with equal objectives have the same */
} bf_finder;

typedef struct bf_comparison {
  size_t n_studies;
  bf_compared *studies; /**< (n_studies) */
  size_t n_objectives;
  double ideal[BF_N_METRICS]; /**< minimised; what is 0 */
  double nadir[BF_N_METRICS]; /**< minimised; what is 1 */
  double volume;              /**< of the joint front */
  size_t n_vectors;           /**< different vectors of the joint front */
  size_t n_finders;
  bf_finder *finders; /**< (n_finders) by vector (first objective ascending), study, candidate */
  size_t n_complete;  /**< trials of all studies that have metrics */
  double correlation[BF_N_METRICS][BF_N_METRICS]; /**< Spearman's; NaN if one is constant, or was
                                                       measured in fewer than two trials */
} bf_comparison;

/** The reference point, in every objective. */
extern const double bf_comparison_reference;

/**
 * @brief Compares @p n >= 1 studies, which must outlive the comparison.
 * @return BF_OK; BF_ERR_USAGE saying the first difference, if parameters, their values, objectives
 * or constraints are not the same (of studies over different data it warns only); BF_ERR_NOMEM.
 */
bf_status bf_comparison_create(size_t n, bf_record *const *records, bf_comparison **out);
void bf_comparison_free(bf_comparison *comparison);

/** The minimised objectives of a finder (n_objectives). Borrowed. */
const double *bf_comparison_point(const bf_comparison *comparison, const bf_finder *finder);

/**
 * @brief Appends an SVG document: hypervolume over trials, and, for several objectives, the fronts
 * in the first two of them. @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_comparison_svg(const bf_comparison *comparison, bf_text *text);

#endif
