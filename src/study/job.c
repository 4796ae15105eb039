/* The job file: every key that has a meaning, checked and typed.
 * Room: study. */
#include "study/job.h"

#include <stdarg.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/suggest.h"
#include "study/job_keys.h"
#include "study/job_words.h"
#include "study/seeds.h"

/* One walk over the tree. */
typedef struct walk {
  bf_job *job;
  bf_text ignored; /* names of the keys without a meaning here */
} walk;

BF_PRINTF(3, 0)
static bf_status fail_at(const bf_job *job, const bf_toml *node, const char *format,
                         va_list arguments)
{
  bf_text line = {0};
  if (node->line > 0)
    bf_text_printf(&line, "%s:%d:%d: ", job->source, node->line, node->column);
  else
    bf_text_printf(&line, "%s: ", job->source);
  bf_text_vprintf(&line, format, arguments);
  bf_status status = bf_fail(BF_ERR_USAGE, "%s", bf_text_view(&line));
  bf_text_release(&line);
  return status;
}

bf_status bf_job_fail(const bf_job *job, const bf_toml *node, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  bf_status status = fail_at(job, node, format, arguments);
  va_end(arguments);
  return status;
}

bf_status bf_job_unknown(const bf_job *job, const bf_toml *node, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  bf_status status = fail_at(job, node, format, arguments);
  va_end(arguments);
  if (!job->lenient)
    return status;
  bf_warn("%s", bf_trail());
  return BF_OK;
}

static const bf_key *find_key(const char *path)
{
  size_t n;
  const bf_key *keys = bf_job_keys(&n);
  for (size_t i = 0; i < n; i++)
    if (strcmp(keys[i].path, path) == 0)
      return &keys[i];
  return NULL;
}

/* Whether some key lies under the table at @p path. */
static bool is_section(const char *path)
{
  size_t n;
  size_t length = strlen(path);
  const bf_key *keys = bf_job_keys(&n);
  for (size_t i = 0; i < n; i++)
    if (strncmp(keys[i].path, path, length) == 0 && keys[i].path[length] == '.')
      return true;
  return false;
}

static bf_status store_count(const bf_job *job, const bf_key *key, const bf_toml *value, size_t *to)
{
  if (value->kind != BF_TOML_INTEGER)
    return bf_job_fail(job, value, "'%s' is no whole number", key->path);
  if (key->type == BF_KEY_STEPS && value->integer == -1)
    return BF_OK;
  if ((double)value->integer < key->lo || (double)value->integer > key->hi)
    return bf_job_fail(job, value, "'%s' is %lld, expected %.15g..%.15g", key->path,
                       (long long)value->integer, key->lo, key->hi);
  *to = (size_t)value->integer;
  return BF_OK;
}

static bf_status store_number(const bf_job *job, const bf_key *key, const bf_toml *value,
                              double *to)
{
  if (value->kind != BF_TOML_INTEGER && value->kind != BF_TOML_FLOAT)
    return bf_job_fail(job, value, "'%s' is no number", key->path);
  if (!(value->number >= key->lo && value->number <= key->hi))
    return bf_job_fail(job, value, "'%s' is %g, expected %g..%g", key->path, value->number, key->lo,
                       key->hi);
  *to = value->number;
  return BF_OK;
}

static bf_status store(const bf_job *job, const bf_key *key, const bf_toml *value, char *to)
{
  /* Null is "not given", as in the Python tool. */
  if (value->kind == BF_TOML_NULL && key->type != BF_KEY_TREE)
    return BF_OK;
  switch (key->type) {
  case BF_KEY_COUNT:
  case BF_KEY_STEPS:
    return store_count(job, key, value, (size_t *)(void *)to);
  case BF_KEY_NUMBER:
    return store_number(job, key, value, (double *)(void *)to);
  case BF_KEY_FLAG:
    if (value->kind != BF_TOML_BOOLEAN)
      return bf_job_fail(job, value, "'%s' is neither true nor false", key->path);
    *(bool *)(void *)to = value->boolean;
    return BF_OK;
  case BF_KEY_TEXT:
    if (value->kind != BF_TOML_STRING)
      return bf_job_fail(job, value, "'%s' is no string", key->path);
    *(const char **)(void *)to = value->string;
    return BF_OK;
  case BF_KEY_TREE:
    *(const bf_toml **)(void *)to = value;
    return BF_OK;
  case BF_KEY_IGNORED:
    break;
  }
  return BF_OK;
}

/* The key of the same table that is nearest to the last part of @p path. */
static const char *suggest_key(const char *path)
{
  enum { MOST = 64 };
  const char *names[MOST];
  size_t n_names = 0;
  size_t n;
  const bf_key *keys = bf_job_keys(&n);
  const char *dot = strrchr(path, '.');
  size_t n_parent = dot != NULL ? (size_t)(dot - path) + 1 : 0;
  for (size_t i = 0; i < n && n_names < MOST; i++)
    if (strncmp(keys[i].path, path, n_parent) == 0 && strchr(keys[i].path + n_parent, '.') == NULL)
      names[n_names++] = keys[i].path + n_parent;
  return bf_suggest(path + n_parent, names, n_names);
}

static bf_status unknown_key(const bf_job *job, const bf_toml *node, const char *path)
{
  const char *near = suggest_key(path);
  if (near != NULL)
    return bf_job_unknown(job, node, "unknown key '%s'; did you mean '%s'?", path, near);
  return bf_job_unknown(job, node, "unknown key '%s'%s", path,
                        job->lenient ? "" : "; --lenient ignores such keys");
}

static bf_status read_table(walk *w, const bf_toml *table, const char *prefix);

static bf_status read_child(walk *w, const bf_toml *child, const char *path)
{
  if (child->kind == BF_TOML_TABLE && is_section(path))
    return read_table(w, child, path);
  const bf_key *key = find_key(path);
  if (key == NULL && child->kind == BF_TOML_NULL && is_section(path))
    return BF_OK;
  if (key == NULL && child->kind != BF_TOML_TABLE && is_section(path))
    return bf_job_fail(w->job, child, "'%s' is a value, expected a table", path);
  if (key == NULL)
    return unknown_key(w->job, child, path);
  if (key->type == BF_KEY_IGNORED)
    bf_text_printf(&w->ignored, "%s%s", w->ignored.length > 0 ? ", " : "", path);
  return store(w->job, key, child, (char *)w->job + key->offset);
}

static bf_status read_table(walk *w, const bf_toml *table, const char *prefix)
{
  bf_status status = BF_OK;
  bf_text path = {0};
  for (size_t i = 0; i < table->n_items; i++) {
    const bf_toml *child = table->items[i];
    bf_text_reset(&path);
    bf_text_printf(&path, "%s%s%s", prefix, prefix[0] != '\0' ? "." : "", child->key);
    BF_TRY(bf_text_status(&path));
    BF_TRY(read_child(w, child, bf_text_view(&path)));
  }
done:
  bf_text_release(&path);
  return status;
}

static const char *const runner_names[BF_N_RUNNERS] = {
    [BF_RUNNER_EVALUATION] = "basic_evaluation",
    [BF_RUNNER_TRAIN] = "basic_train",
    [BF_RUNNER_NULL] = "null",
};

/* Runners are the sub-tables that are there, empty ones too, in file order. */
static void find_runners(bf_job *job)
{
  const bf_toml *table = bf_toml_at(job->tree, "search.strategy.sw_runner");
  for (size_t i = 0; table != NULL && i < table->n_items; i++)
    for (int runner = 0; runner < BF_N_RUNNERS; runner++)
      if (table->items[i]->kind != BF_TOML_NULL &&
          strcmp(table->items[i]->key, runner_names[runner]) == 0)
        job->runners[job->n_runners++] = (bf_runner)runner;
}

static void set_defaults(bf_job *job)
{
  job->backend = "auto";
  job->batch_size = 128;
  job->eval_mode = true;
  job->compare_to = 32;
  job->sampler = "auto";
  job->options = bf_sampler_defaults();
  job->repeats = 1;
  job->plateau_gain = 0.001;
  job->null_slow_factor = 20;
  job->evaluation_loader = "val_dataloader";
  job->brief_loader = "val_dataloader";
  job->brief = bf_training_defaults();
  /* The Python tool's defaults for `train`, its cosine schedule included. */
  job->training = bf_training_defaults();
  job->training.scheduler = "cosine";
  job->training.learning_rate = 1e-5;
  job->training.n_epochs = 20;
}

/* Optuna's switch between its two models; ours is a third. */
static bf_status find_tpe_model(bf_job *job)
{
  const bf_toml *multivariate = job->tpe_multivariate;
  if (multivariate == NULL)
    return BF_OK;
  if (multivariate->kind != BF_TOML_BOOLEAN)
    return bf_job_fail(job, multivariate,
                       "'search.strategy.setup.multivariate' is neither true "
                       "nor false");
  job->options.tpe_model = multivariate->boolean ? BF_TPE_MULTIVARIATE : BF_TPE_INDEPENDENT;
  return BF_OK;
}

/* The Python tool's runs: one batch of a study, 2002 of its Lab 3. */
static size_t compat_rows(const bf_job *job)
{
  enum { LAB3_BATCHES = 2002 };
  return (job->eval_mode ? 1 : LAB3_BATCHES) * job->batch_size;
}

static bool is_given(const bf_job *job, const char *path)
{
  const bf_toml *value = bf_toml_at(job->tree, path);
  return value != NULL && value->kind != BF_TOML_NULL;
}

/* The Python tool's `train` has an sgd with these; its searches have a plain one. */
static void find_momentum(bf_job *job)
{
  bf_training *training = &job->training;
  if (!bf_same_name(training->optimizer, "sgd"))
    return;
  if (!is_given(job, "momentum"))
    training->momentum = 0.9;
  if (!is_given(job, "nesterov"))
    training->nesterov = training->momentum > 0;
  if (!is_given(job, "weight_decay"))
    training->weight_decay = 5e-4;
}

/* The Python tool would go on with a study there; to start a new one in silence is no answer. */
static void warn_of_pickles(const bf_job *job)
{
  if (is_given(job, "search.strategy.setup.pkl_ckpt"))
    bf_warn("pickled studies (search.strategy.setup.pkl_ckpt) are not read; 'bitfront search "
            "--resume --out DIR' goes on with a study of bitfront's own");
}

/* Values that follow from others. */
static void derive(bf_job *job)
{
  if (job->compat && job->evaluation_rows == 0)
    job->evaluation_rows = compat_rows(job);
  find_momentum(job);
  job->brief.batch_size = job->batch_size;
  job->training.batch_size = job->batch_size;
  job->training.seed = job->seed;
  job->options.seed = job->seed;
  if (job->bitops_batch == 0)
    job->bitops_batch = job->batch_size;
  if (job->latency_batch == 0)
    job->latency_batch = job->batch_size;
  job->wants_latency = is_given(job, "search.strategy.hw_runner.latency") ||
                       is_given(job, "search.strategy.metrics.latency") ||
                       is_given(job, "search.strategy.constraints.latency");
}

bf_status bf_job_create(bf_toml *tree, const char *source, bool lenient, bf_job **out)
{
  bf_status status = BF_OK;
  bf_job *job = bf_alloc(1, sizeof *job);
  walk w = {.job = job};
  if (job == NULL) {
    bf_toml_free(tree);
    BF_CHECK_MEMORY(job);
  }
  job->tree = tree;
  job->lenient = lenient;
  job->source = bf_copy_text(source);
  BF_CHECK_MEMORY(job->source);
  set_defaults(job);
  BF_TRY(bf_seeds_wrap(tree));
  BF_TRY(read_table(&w, tree, ""));
  BF_TRY(bf_job_check_words(job));
  BF_TRY(find_tpe_model(job));
  warn_of_pickles(job);
  find_runners(job);
  derive(job);
  BF_TRY(bf_text_status(&w.ignored));
  job->ignored = w.ignored.data;
  w.ignored = (bf_text){0};
  *out = job;
  job = NULL;
done:
  bf_text_release(&w.ignored);
  bf_job_free(job);
  return status;
}

void bf_job_free(bf_job *job)
{
  if (job == NULL)
    return;
  bf_toml_free(job->tree);
  free(job->source);
  free(job->ignored);
  free(job);
}
