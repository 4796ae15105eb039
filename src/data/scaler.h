/* The scaler: mean and scale of each feature; stored value = (x - mean) / scale.
 * Room: data. */
#ifndef BF_DATA_SCALER_H
#define BF_DATA_SCALER_H

#include "data/rows_file.h"

/**
 * @brief Mean and population standard deviation of the first @p n rows of @p rows.
 *
 * Two passes with compensated sums, so the order of the rows does not show. A column that is
 * constant up to rounding gets scale 1, by sklearn's rule.
 * @param[out] mean,scale (n_features)
 * @return BF_OK; BF_ERR_IO; BF_ERR_NOMEM. Oracle: numpy.
 */
bf_status bf_scaler_fit(const bf_rows_file *rows, size_t n, double *mean, double *scale);

/** @brief Reads {"scaler": {"mean": [..], "scale": [..]}} of @p n_features finite numbers, scales
 * above 0. @return BF_OK; BF_ERR_USAGE (file); BF_ERR_DATA; BF_ERR_NOMEM. */
bf_status bf_scaler_load(const char *path, size_t n_features, double *mean, double *scale);

/** float32((x - mean) / scale) of @p n rows, computed in double. */
void bf_scaler_apply(size_t n, size_t n_features, const double *mean, const double *scale,
                     const double *rows, float *out);

#endif
