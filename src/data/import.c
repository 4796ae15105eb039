/* From any source of rows to a folder of shards.
 * Room: data. */
#include "data/import.h"

#include <math.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/import_plan.h"
#include "data/manifest_write.h"
#include "data/rows_file.h"
#include "data/scaler.h"
#include "data/shard.h"
#include "data/survey.h"

enum { DEFAULT_SHARDS = 8, BLOCK_VALUES = 1 << 18 };

/* An import under way. The rows go source -> survey -> assignment -> rows file -> shards. */
typedef struct import {
  bf_import_plan plan;
  bf_request request;
  size_t n_paths;
  char **paths; /* the sources, and those that belong to them */
  bf_source source;
  bf_survey survey;
  bf_assignment assignment;
  bf_rows_file rows;
  uint8_t *labels;       /* (kept rows) by position */
  bf_manifest *manifest; /* its folder is the temporary one */
  bool has_folder;
} import;

static void release(import *self)
{
  bf_source_end(&self->source);
  bf_rows_file_close(&self->rows);
  if (self->has_folder)
    bf_folder_remove(self->manifest->folder);
  bf_manifest_free(self->manifest);
  free(self->labels);
  free(self->assignment.position);
  bf_survey_release(&self->survey);
  bf_source_free_paths(self->n_paths, self->paths);
  bf_import_plan_release(&self->plan);
}

static bf_status copy_names(size_t n, const char *const *names, size_t *n_out, char ***out)
{
  bf_status status = BF_OK;
  *out = bf_alloc(n, sizeof **out);
  BF_CHECK_MEMORY(*out);
  *n_out = n;
  for (size_t i = 0; i < n; i++) {
    (*out)[i] = bf_copy_text(names[i]);
    BF_CHECK_MEMORY((*out)[i]);
  }
done:
  return status;
}

/* "a.csv,b.csv": names without folders, so that the result does not depend on where they lay. */
static char *join_base_names(size_t n, const char *const *paths)
{
  bf_text names = {0};
  for (size_t i = 0; i < n; i++) {
    const char *slash = strrchr(paths[i], '/');
    bf_text_printf(&names, "%s%s", i > 0 ? "," : "", slash != NULL ? slash + 1 : paths[i]);
  }
  if (bf_text_status(&names) != BF_OK)
    bf_text_release(&names);
  return names.data;
}

/* "<out>.tmp.<pid>", trailing slashes of out dropped. */
static char *temporary_name(const char *out)
{
  bf_text name = {0};
  size_t n = strlen(out);
  while (n > 1 && out[n - 1] == '/')
    n--;
  bf_text_printf(&name, "%.*s.tmp.%ld", (int)n, out, (long)getpid());
  return name.data;
}

/* The manifest with everything that is known before a row is read. */
static bf_status start_manifest(import *self, const char *kind)
{
  bf_status status = BF_OK;
  const bf_request *request = &self->request;
  bf_manifest *manifest = bf_alloc(1, sizeof *manifest);
  BF_CHECK_MEMORY(manifest);
  self->manifest = manifest;
  manifest->folder = temporary_name(self->plan.options->out);
  manifest->split = bf_copy_text(self->plan.options->split);
  manifest->source = join_base_names(request->n_paths, request->paths);
  manifest->kind = bf_copy_text(kind);
  manifest->seed = (int64_t)self->plan.options->seed;
  manifest->scaler_mean = bf_alloc(request->n_features, sizeof(double));
  manifest->scaler_scale = bf_alloc(request->n_features, sizeof(double));
  BF_CHECK_MEMORY(manifest->folder);
  BF_CHECK_MEMORY(manifest->split);
  BF_CHECK_MEMORY(manifest->source);
  BF_CHECK_MEMORY(manifest->kind);
  BF_CHECK_MEMORY(manifest->scaler_mean);
  BF_CHECK_MEMORY(manifest->scaler_scale);
  memcpy(manifest->scaler_mean, self->plan.mean, request->n_features * sizeof(double));
  memcpy(manifest->scaler_scale, self->plan.scale, request->n_features * sizeof(double));
  BF_TRY(copy_names(request->n_features, request->features, &manifest->n_features,
                    &manifest->features));
  BF_TRY(
      copy_names(request->n_classes, request->classes, &manifest->n_classes, &manifest->classes));
done:
  return status;
}

/* One source: its hash. More: the hashes of their hashes, chained. */
static bf_status hash_sources(const bf_request *request, uint64_t *hash)
{
  bf_status status = BF_OK;
  uint64_t chain = 0;
  for (size_t i = 0; i < request->n_paths; i++) {
    uint64_t one;
    BF_TRY(bf_file_hash(request->paths[i], &one));
    chain = request->n_paths == 1 ? one : bf_hash(&one, sizeof one, chain);
  }
  *hash = chain;
done:
  return status;
}

static bf_status scatter_block(import *self, const bf_block *block, size_t *row, size_t *kept)
{
  const bf_survey *survey = &self->survey;
  for (size_t i = 0; i < block->n; i++, (*row)++) {
    if (*row == survey->n_rows)
      return bf_fail(BF_ERR_DATA, "the sources grew while they were read");
    if (survey->is_dropped[*row])
      continue;
    size_t position = self->assignment.position[*kept];
    self->labels[position] = survey->labels[(*kept)++];
    bf_status status =
        bf_rows_file_put(&self->rows, position, block->features + i * block->n_features);
    if (status != BF_OK)
      return status;
  }
  return BF_OK;
}

/* The second pass: every kept row to its place. */
static bf_status scatter(import *self)
{
  bf_status status = BF_OK;
  bf_block block = {0};
  size_t row = 0;
  size_t kept = 0;
  self->labels = bf_alloc(self->survey.n_kept, 1);
  BF_CHECK_MEMORY(self->labels);
  BF_TRY(bf_rows_file_open(self->manifest->folder, self->request.n_features, &self->rows));
  BF_TRY(bf_block_init(self->request.n_features, &block));
  for (;;) {
    BF_TRY(bf_source_next(&self->source, &block));
    if (block.n == 0)
      break;
    BF_TRY(scatter_block(self, &block, &row, &kept));
  }
  BF_CHECK(row == self->survey.n_rows, BF_ERR_DATA, "the sources shrank while they were read");
done:
  bf_block_release(&block);
  return status;
}

static bf_status fit_scaler(import *self)
{
  const size_t *n_rows = self->assignment.n_rows;
  size_t n = n_rows[BF_TRAIN] + (self->plan.split.is_sklearn ? n_rows[BF_VAL] : 0);
  if (!self->plan.fits_scaler)
    return BF_OK;
  if (n == 0)
    return bf_fail(BF_ERR_USAGE,
                   "split '%s' leaves no training row to fit the scaler on; give "
                   "--scaler none or --scaler FILE",
                   self->plan.options->split);
  return bf_scaler_fit(&self->rows, n, self->manifest->scaler_mean, self->manifest->scaler_scale);
}

static bf_status check_finite(const bf_manifest *manifest, size_t n, const float *features)
{
  for (size_t i = 0; i < n * manifest->n_features; i++)
    if (!isfinite(features[i]))
      return bf_fail(BF_ERR_DATA, "a value of feature '%s' is too large for float32 once scaled",
                     manifest->features[i % manifest->n_features]);
  return BF_OK;
}

/* Rows from @p first on, over all splits, standardised. */
static bf_status read_scaled(const import *self, size_t first, size_t n, float *features)
{
  bf_status status = BF_OK;
  const bf_manifest *manifest = self->manifest;
  size_t n_features = manifest->n_features;
  size_t block_rows = BLOCK_VALUES / n_features;
  double *block = bf_alloc(block_rows * n_features, sizeof *block);
  BF_CHECK_MEMORY(block);
  for (size_t i = 0; i < n; i += block_rows) {
    size_t n_now = n - i < block_rows ? n - i : block_rows;
    BF_TRY(bf_rows_file_get(&self->rows, first + i, n_now, block));
    bf_scaler_apply(n_now, n_features, manifest->scaler_mean, manifest->scaler_scale, block,
                    features + i * n_features);
  }
  BF_TRY(check_finite(manifest, n, features));
done:
  free(block);
  return status;
}

static bf_status write_shard(const import *self, bf_shard *shard, size_t first)
{
  bf_status status = BF_OK;
  size_t n_features = self->manifest->n_features;
  float *features = bf_alloc(shard->n_rows * n_features, sizeof *features);
  BF_CHECK_MEMORY(features);
  BF_TRY(read_scaled(self, first, shard->n_rows, features));
  bf_rows rows = {.n = shard->n_rows,
                  .n_features = n_features,
                  .features = features,
                  .labels = self->labels + first};
  BF_TRY(bf_shard_write(self->manifest, shard, &rows));
done:
  free(features);
  return status;
}

static size_t divide_up(size_t n, size_t by)
{
  return n / by + (n % by != 0);
}

static size_t choose_shard_rows(const bf_import_options *options, const size_t n_rows[BF_N_SPLITS])
{
  size_t largest = 0;
  for (size_t s = 0; s < BF_N_SPLITS; s++)
    largest = n_rows[s] > largest ? n_rows[s] : largest;
  if (options->shard_rows > 0)
    return options->shard_rows;
  return divide_up(largest, options->n_shards > 0 ? options->n_shards : DEFAULT_SHARDS);
}

static bf_status plan_shards(bf_manifest *manifest, size_t shard_rows)
{
  bf_status status = BF_OK;
  size_t n_shards = 0;
  for (size_t s = 0; s < BF_N_SPLITS; s++)
    n_shards += divide_up(manifest->n_rows[s], shard_rows);
  manifest->shards = bf_alloc(n_shards, sizeof *manifest->shards);
  BF_CHECK_MEMORY(manifest->shards);
  for (size_t s = 0; s < BF_N_SPLITS; s++)
    for (size_t first = 0; first < manifest->n_rows[s]; first += shard_rows) {
      size_t left = manifest->n_rows[s] - first;
      bf_shard *shard = &manifest->shards[manifest->n_shards];
      *shard = (bf_shard){.split = (bf_split)s,
                          .first_row = first,
                          .n_rows = left < shard_rows ? left : shard_rows};
      shard->file = bf_shard_name(shard->split, first / shard_rows);
      BF_CHECK_MEMORY(shard->file);
      manifest->n_shards++;
    }
done:
  return status;
}

static bf_status write_set(import *self)
{
  bf_status status = BF_OK;
  bf_manifest *manifest = self->manifest;
  size_t first = 0;
  memcpy(manifest->n_rows, self->assignment.n_rows, sizeof manifest->n_rows);
  BF_TRY(plan_shards(manifest, choose_shard_rows(self->plan.options, manifest->n_rows)));
  for (size_t i = 0; i < manifest->n_shards; i++) {
    BF_TRY(write_shard(self, &manifest->shards[i], first));
    first += manifest->shards[i].n_rows;
  }
  BF_TRY(bf_manifest_write(manifest));
done:
  return status;
}

static bf_status publish(import *self)
{
  bf_status status = bf_file_publish(self->manifest->folder, self->plan.options->out);
  self->has_folder = status != BF_OK;
  return status;
}

static void tell(const import *self)
{
  const size_t *n_rows = self->manifest->n_rows;
  bf_info("read %zu rows, left out %zu duplicates and %zu with NaN or infinity",
          self->survey.n_rows, self->survey.n_duplicates, self->survey.n_not_finite);
  bf_info("wrote '%s': train %zu, val %zu, test %zu rows in %zu shards", self->plan.options->out,
          n_rows[BF_TRAIN], n_rows[BF_VAL], n_rows[BF_TEST], self->manifest->n_shards);
}

static bf_status run(import *self, const bf_format *format, const char *kind)
{
  bf_status status = BF_OK;
  self->source = bf_source_begin(&self->request, format);
  BF_TRY(start_manifest(self, kind));
  BF_TRY(bf_folder_create(self->manifest->folder));
  self->has_folder = true;
  BF_TRY(bf_source_probe(&self->request, format));
  BF_TRY(bf_survey_make(&self->source, self->plan.options->drop_nan, &self->survey));
  if (format != &bf_format_synth)
    BF_TRY(hash_sources(&self->request, &self->manifest->source_hash));
  BF_TRY(bf_split_assign(&self->plan.split, self->plan.options->seed, self->survey.n_kept,
                         self->survey.labels, &self->assignment));
  BF_TRY(scatter(self));
  BF_TRY(fit_scaler(self));
  BF_TRY(write_set(self));
  BF_TRY(publish(self));
  tell(self);
done:
  return status;
}

static bf_status start(import *self, const bf_import_options *options, size_t n_paths,
                       const char *const *paths)
{
  bf_status status = bf_import_plan_make(options, &self->plan);
  if (status != BF_OK)
    return status;
  self->request = (bf_request){.n_features = self->plan.statistics->n_features,
                               .features = (const char *const *)self->plan.statistics->features,
                               .n_classes = self->plan.n_classes,
                               .classes = (const char *const *)self->plan.classes,
                               .n_paths = n_paths,
                               .paths = paths};
  return BF_OK;
}

bf_status bf_import(size_t n_sources, const char *const *sources, const bf_import_options *options)
{
  bf_status status = BF_OK;
import self = {.has_folder = false };
  self.rows.fd = -1;
  BF_CHECK(n_sources > 0, BF_ERR_USAGE, "no source file is given");
  BF_TRY(start(&self, options, n_sources, sources));
  BF_TRY(bf_source_paths(&self.request, self.plan.format, &self.n_paths, &self.paths));
  self.request.n_paths = self.n_paths;
  self.request.paths = (const char *const *)self.paths;
  BF_TRY(run(&self, self.plan.format, "real"));
done:
  release(&self);
  return status;
}

bf_status bf_synth(size_t n_rows, double label_noise, const bf_import_options *options)
{
  bf_status status = BF_OK;
  static const char *const source[] = {"jsc_statistics.json"};
import self = {.has_folder = false };
  self.rows.fd = -1;
  BF_CHECK(n_rows > 0, BF_ERR_USAGE, "a synthetic set needs at least 1 row");
  BF_CHECK(label_noise <= 1, BF_ERR_USAGE, "label noise %g is above 1", label_noise);
  BF_TRY(start(&self, options, 1, source));
  self.request.n_rows = n_rows;
  self.request.seed = options->seed;
  self.request.label_noise = label_noise < 0 ? self.plan.statistics->label_noise : label_noise;
  BF_TRY(run(&self, &bf_format_synth, "synthetic"));
done:
  release(&self);
  return status;
}
