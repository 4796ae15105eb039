/* The options of an import, checked and read.
 * Room: data. */
#ifndef BF_DATA_IMPORT_PLAN_H
#define BF_DATA_IMPORT_PLAN_H

#include "data/import.h"
#include "data/source.h"
#include "data/split.h"
#include "data/statistics.h"

typedef struct bf_import_plan {
  const bf_import_options *options; /**< borrowed */
  bf_statistics *statistics;        /**< for the names of the features */
  size_t n_classes;
  char **classes;
  const bf_format *format; /**< NULL: by content */
  bf_split_plan split;
  bool fits_scaler;
  double *mean;  /**< (n_features); 0 until fitted */
  double *scale; /**< (n_features); 1 until fitted */
} bf_import_plan;

/** @brief Checks the options, before anything is read or written. @param[out] plan released with
 * bf_import_plan_release, also after a failure. @return BF_OK; BF_ERR_USAGE; BF_ERR_DATA (scaler
 * file); BF_ERR_NOMEM. */
bf_status bf_import_plan_make(const bf_import_options *options, bf_import_plan *plan);
void bf_import_plan_release(bf_import_plan *plan);

#endif
