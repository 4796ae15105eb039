/* Keys of the Python tool whose value is one of a few words: which fit, and what is said of others.
 * Room: study. */
#include "study/job_words.h"

#include "base/log.h"
#include "base/suggest.h"

enum { MOST = 6 };

/** Words that the Python tool takes for a key. */
static const struct word_key {
  const char *path;
  const char *fit[MOST];    /**< the first ones mean something here */
  const char *misfit[MOST]; /**< known there; refused, or a warning */
  const char *why;
  bool warns;
} word_keys[] = {
    {.path = "task",
     /* The last one is what a fork's training looks for. */
     .fit = {"classification", "cls", "classfication"},
     .misfit = {"translation", "tran", "language_modeling", "lm"},
     .why = "bitfront searches classifiers only: task = \"cls\""},
    {.path = "accelerator",
     .fit = {"auto", "cpu"},
     .misfit = {"gpu", "cuda", "mps"},
     .why = "no GPU here: runs on the CPU",
     .warns = true},
    {.path = "load_type",
     .fit = {"pt", "pl"},
     .misfit = {"mz", "hf"},
     .why = "such checkpoints are not read; save the net's state_dict with torch.save and load "
            "that, or a Lightning checkpoint (bitfront tells them apart)"},
    {.path = "log_level", .fit = {"debug", "info", "warning", "error", "critical"}},
    {.path = "search.strategy.name", .fit = {"optuna"}},
};

/* "cuda:0" is a kind of "cuda". */
static bool is_in(const char *const *words, const char *given)
{
  char kind[32];
  snprintf(kind, sizeof kind, "%.*s", (int)strcspn(given, ":"), given);
  for (size_t i = 0; i < MOST && words[i] != NULL; i++)
    if (bf_same_name(words[i], kind))
      return true;
  return false;
}

static bf_status fail_unknown(const bf_job *job, const bf_toml *node, const struct word_key *key)
{
  bf_text list = {0};
  size_t n = 0;
  for (; n < MOST && key->fit[n] != NULL; n++)
    bf_text_printf(&list, "%s\"%s\"", n > 0 ? ", " : "", key->fit[n]);
  /* What is let pass with a warning can be had, too. */
  for (size_t i = 0; key->warns && i < MOST && key->misfit[i] != NULL; i++)
    bf_text_printf(&list, ", \"%s\"", key->misfit[i]);
  const char *near = bf_suggest(node->string, key->fit, n);
  bf_status status = bf_text_status(&list);
  if (status == BF_OK)
    status = bf_job_fail(job, node, "'%s' is '%s', expected one of %s%s%s%s", key->path,
                         node->string, bf_text_view(&list), near != NULL ? "; did you mean '" : "",
                         near != NULL ? near : "", near != NULL ? "'?" : "");
  bf_text_release(&list);
  return status;
}

static bf_status check(const bf_job *job, const struct word_key *key)
{
  const bf_toml *node = bf_toml_at(job->tree, key->path);
  if (node == NULL || node->kind == BF_TOML_NULL)
    return BF_OK;
  if (node->kind != BF_TOML_STRING)
    return bf_job_fail(job, node, "'%s' is no string", key->path);
  if (is_in(key->fit, node->string))
    return BF_OK;
  if (!is_in(key->misfit, node->string))
    return fail_unknown(job, node, key);
  if (!key->warns)
    return bf_job_fail(job, node, "%s is '%s': %s", key->path, node->string, key->why);
  bf_warn("%s is '%s': %s", key->path, node->string, key->why);
  return BF_OK;
}

bf_status bf_job_check_words(const bf_job *job)
{
  bf_status status = BF_OK;
  for (size_t i = 0; status == BF_OK && i < sizeof word_keys / sizeof *word_keys; i++)
    /* "mz" is the Python tool's default: only a net that is to be loaded has a kind. */
    if (job->load != NULL || strcmp(word_keys[i].path, "load_type") != 0)
      status = check(job, &word_keys[i]);
  return status;
}

bf_status bf_job_check_training(const bf_job *job, const bf_training *training,
                                const char *optimizer_key, const char *scheduler_key)
{
  const char *keys[] = {optimizer_key, scheduler_key};
  for (size_t i = 0; i < 2; i++) {
    const bf_toml *node = bf_toml_at(job->tree, keys[i]);
    bf_training probe = bf_training_defaults();
    probe.batch_size = 2;
    probe.n_epochs = 1;
    if (i == 0)
      probe.optimizer = training->optimizer;
    else
      probe.scheduler = training->scheduler;
    if (node != NULL && bf_training_check(&probe) != BF_OK)
      return bf_job_fail(job, node, "%s: %s", keys[i], bf_trail());
  }
  return bf_training_check(training);
}
