/* The synthetic set: a Gaussian copula per class, described in data/README.md.
 * Room: data. */
#include "data/source.h"

#include <math.h>

#include "base/memory.h"
#include "base/random.h"
#include "data/statistics.h"

typedef struct synth {
  const bf_request *request;
  bf_statistics *statistics;
  size_t *classes; /* (request's classes) index in the statistics */
  double *factors; /* (statistics' classes, n_independent, n_independent) lower triangular */
  double *normals; /* (n_independent) */
  double *row;     /* (n_features + 1) the row and its label, as they are hashed */
  size_t i;        /* next row */
} synth;

static void synth_close(void *reader)
{
  synth *self = reader;
  bf_statistics_free(self->statistics);
  free(self->classes);
  free(self->factors);
  free(self->normals);
  free(self->row);
  free(self);
}

/* The lower triangular Cholesky factor. */
static bf_status factorise(size_t n, const double *matrix, double *factor)
{
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j <= i; j++) {
      double sum = matrix[i * n + j];
      for (size_t k = 0; k < j; k++)
        sum -= factor[i * n + k] * factor[j * n + k];
      if (i == j && !(sum > 0))
        return bf_fail(BF_ERR_DATA, "a correlation matrix is not positive definite");
      factor[i * n + j] = i == j ? sqrt(sum) : sum / factor[j * n + j];
    }
  return BF_OK;
}

static bf_status map_classes(synth *self)
{
  const bf_request *request = self->request;
  const bf_statistics *statistics = self->statistics;
  for (size_t c = 0; c < request->n_classes; c++) {
    self->classes[c] = bf_column_find(request->classes[c], statistics->n_classes,
                                      (const char *const *)statistics->classes);
    if (self->classes[c] == statistics->n_classes)
      return bf_fail(BF_ERR_USAGE, "the statistics hold no class '%s'", request->classes[c]);
  }
  return BF_OK;
}

static bf_status synth_open(const bf_request *request, size_t i, void **reader)
{
  bf_status status = BF_OK;
  synth *self = bf_alloc(1, sizeof *self);
  (void)i;
  BF_CHECK_MEMORY(self);
  self->request = request;
  BF_TRY(bf_statistics_load(&self->statistics));
  size_t n = self->statistics->n_independent;
  size_t n_classes = self->statistics->n_classes;
  self->classes = bf_alloc(request->n_classes, sizeof *self->classes);
  self->factors = bf_alloc(n_classes * n * n, sizeof *self->factors);
  self->normals = bf_alloc(n, sizeof *self->normals);
  self->row = bf_alloc(request->n_features + 1, sizeof *self->row);
  BF_CHECK_MEMORY(self->classes);
  BF_CHECK_MEMORY(self->factors);
  BF_CHECK_MEMORY(self->normals);
  BF_CHECK_MEMORY(self->row);
  BF_TRY(map_classes(self));
  for (size_t c = 0; c < n_classes; c++)
    BF_TRY(factorise(n, self->statistics->correlations + c * n * n, self->factors + c * n * n));
  *reader = self;
  self = NULL;
done:
  if (self != NULL)
    synth_close(self);
  return status;
}

/* The piecewise linear inverse of the quantiles at @p probability. */
static double inverse(const bf_statistics *statistics, const double *quantiles, double probability)
{
  const double *at = statistics->probabilities;
  size_t low = 0;
  size_t high = statistics->n_probabilities - 1;
  while (high - low > 1) {
    size_t middle = (low + high) / 2;
    if (at[middle] <= probability)
      low = middle;
    else
      high = middle;
  }
  double share = (probability - at[low]) / (at[high] - at[low]);
  return quantiles[low] + share * (quantiles[high] - quantiles[low]);
}

static void draw_features(const synth *self, bf_random *random, size_t class, double *row)
{
  const bf_statistics *statistics = self->statistics;
  size_t n = statistics->n_independent;
  const double *factor = self->factors + class * n * n;
  for (size_t i = 0; i < n; i++)
    self->normals[i] = bf_random_normal(random);
  for (size_t i = 0; i < n; i++) {
    double z = 0;
    for (size_t k = 0; k <= i; k++)
      z += factor[i * n + k] * self->normals[k];
    const double *quantiles = statistics->quantiles + (class * n + i) * statistics->n_probabilities;
    row[statistics->independent[i]] = inverse(statistics, quantiles, 0.5 * erfc(-z / sqrt(2.0)));
  }
}

static void apply_identities(const bf_statistics *statistics, double *row)
{
  for (size_t i = 0; i < statistics->n_features; i++) {
    const bf_identity *identity = &statistics->identities[i];
    if (identity->origin == BF_ORIGIN_COPY)
      row[i] = row[identity->a];
    if (identity->origin == BF_ORIGIN_RATIO)
      row[i] = row[identity->a] / row[identity->b];
    if (identity->is_rounded)
      row[i] = rint(row[i]);
  }
}

static bf_status synth_next(void *reader, bf_block *block)
{
  synth *self = reader;
  const bf_request *request = self->request;
  size_t n_features = request->n_features;
  for (; block->n < block->capacity && self->i < request->n_rows; block->n++, self->i++) {
    bf_random random = bf_random_stream(request->seed, BF_PURPOSE_SYNTH, self->i);
    uint64_t label = bf_random_below(&random, request->n_classes);
    draw_features(self, &random, self->classes[label], self->row);
    apply_identities(self->statistics, self->row);
    if (bf_random_unit(&random) < request->label_noise)
      label = bf_random_below(&random, request->n_classes);
    self->row[n_features] = (double)label;
    memcpy(block->features + block->n * n_features, self->row, n_features * sizeof(double));
    block->labels[block->n] = (uint8_t)label;
    block->hashes[block->n] = bf_hash_wide(self->row, (n_features + 1) * sizeof(double));
    block->places[block->n] = self->i;
  }
  return BF_OK;
}

const bf_format bf_format_synth = {
    .name = "synth", .place = "row", .open = synth_open, .next = synth_next, .close = synth_close};
