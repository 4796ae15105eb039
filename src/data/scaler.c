/* The scaler: fitting, reading, applying.
 * Room: data. */
#include "data/scaler.h"

#include <float.h>
#include <math.h>

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"

enum { BLOCK_VALUES = 1 << 18 };

/* Sums of (x - centre)^power per column; Neumaier's sum: error is what rounding lost. */
typedef struct sums {
  const double *centre; /* NULL: 0 */
  int power;
  double *sum;
  double *error;
} sums;

static void add(double value, double *sum, double *error)
{
  double total = *sum + value;
  *error += fabs(*sum) >= fabs(value) ? (*sum - total) + value : (value - total) + *sum;
  *sum = total;
}

static void add_rows(const sums *into, size_t n, size_t n_features, const double *rows)
{
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n_features; j++) {
      double value = rows[i * n_features + j] - (into->centre != NULL ? into->centre[j] : 0);
      add(into->power == 2 ? value * value : value, &into->sum[j], &into->error[j]);
    }
}

/* Means of (x - centre)^power over the first @p n rows, in @p out. */
static bf_status average(const bf_rows_file *rows, size_t n, const double *centre, int power,
                         double *out)
{
  bf_status status = BF_OK;
  size_t n_features = rows->n_features;
  size_t block_rows = BLOCK_VALUES / n_features;
  double *block = bf_alloc(block_rows * n_features, sizeof *block);
  sums into = {.centre = centre, .power = power};
  into.sum = bf_alloc(n_features, sizeof *into.sum);
  into.error = bf_alloc(n_features, sizeof *into.error);
  BF_CHECK_MEMORY(block);
  BF_CHECK_MEMORY(into.sum);
  BF_CHECK_MEMORY(into.error);
  for (size_t first = 0; first < n; first += block_rows) {
    size_t n_now = n - first < block_rows ? n - first : block_rows;
    BF_TRY(bf_rows_file_get(rows, first, n_now, block));
    add_rows(&into, n_now, n_features, block);
  }
  for (size_t j = 0; j < n_features; j++)
    out[j] = (into.sum[j] + into.error[j]) / (double)n;
done:
  free(into.error);
  free(into.sum);
  free(block);
  return status;
}

/* sklearn's _is_constant_feature. */
static bool is_constant(double mean, double variance, size_t n)
{
  double rows = (double)n;
  double bound = rows * mean * DBL_EPSILON;
  return variance <= rows * DBL_EPSILON * variance + bound * bound;
}

bf_status bf_scaler_fit(const bf_rows_file *rows, size_t n, double *mean, double *scale)
{
  bf_status status = BF_OK;
  size_t n_features = rows->n_features;
  double *means = bf_alloc(n_features, sizeof *means);
  double *variances = bf_alloc(n_features, sizeof *variances);
  BF_CHECK_MEMORY(means);
  BF_CHECK_MEMORY(variances);
  BF_TRY(average(rows, n, NULL, 1, means));
  BF_TRY(average(rows, n, means, 2, variances));
  for (size_t j = 0; j < n_features; j++) {
    mean[j] = means[j];
    scale[j] = is_constant(means[j], variances[j], n) ? 1 : sqrt(variances[j]);
  }
done:
  free(variances);
  free(means);
  return status;
}

bf_status bf_scaler_load(const char *path, size_t n_features, double *mean, double *scale)
{
  bf_status status = BF_OK;
  bf_text text = {0};
  bf_json *root = NULL;
  double *numbers = bf_alloc(2 * n_features, sizeof *numbers);
  BF_CHECK_MEMORY(numbers);
  BF_TRY(bf_file_read(path, &text));
  BF_TRY(bf_json_parse(bf_text_view(&text), path, &root));
  const bf_json *scaler = bf_json_get(root, "scaler");
  BF_CHECK(scaler != NULL, BF_ERR_DATA, "it has no member 'scaler' holding 'mean' and 'scale'");
  BF_TRY(bf_json_doubles(scaler, "mean", n_features, numbers));
  BF_TRY(bf_json_doubles(scaler, "scale", n_features, numbers + n_features));
  for (size_t j = 0; j < n_features; j++)
    BF_CHECK(numbers[n_features + j] > 0, BF_ERR_DATA, "element %zu of 'scale' is %g, expected > 0",
             j, numbers[n_features + j]);
  memcpy(mean, numbers, n_features * sizeof *mean);
  memcpy(scale, numbers + n_features, n_features * sizeof *scale);
done:
  bf_json_free(root);
  bf_text_release(&text);
  free(numbers);
  return status == BF_OK ? BF_OK : bf_because(status, "cannot read scaler '%s'", path);
}

void bf_scaler_apply(size_t n, size_t n_features, const double *mean, const double *scale,
                     const double *rows, float *out)
{
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n_features; j++)
      out[i * n_features + j] = (float)((rows[i * n_features + j] - mean[j]) / scale[j]);
}
