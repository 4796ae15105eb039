/* Whether a study on disk can go on with a plan.
 * Room: study. */
#include <inttypes.h>

#include "base/log.h"
#include "base/memory.h"
#include "search/sampler.h"
#include "study/job_keys.h"
#include "study/study.h"

/* Keys that may be others when a study goes on, beside those without a meaning: how much is asked,
 * where things lie, what is done with results. The rows are compared by their hash, samplers by
 * what they are in the end: "auto" is another one for another n_trials. */
static const char sampler_key[] = "search.strategy.setup.sampler";
static const char *const free_keys[] = {
    sampler_key,
    "search.strategy.setup.n_trials",
    "search.strategy.setup.timeout",
    "search.strategy.setup.n_jobs",
    "data",
    "task",
    "log_level",
    "search.report.line",
    "select.by",
};

/* The first differences found, as one line. */
typedef struct differences {
  bf_text text;
  size_t n;
} differences;

enum { MAX_SHOWN = 3 };

static bool is_free(const char *key)
{
  for (size_t i = 0; i < sizeof free_keys / sizeof *free_keys; i++)
    if (strcmp(key, free_keys[i]) == 0)
      return true;
  size_t n;
  const bf_key *keys = bf_job_keys(&n);
  for (size_t i = 0; i < n; i++) {
    size_t length = strlen(keys[i].path);
    if (keys[i].type == BF_KEY_IGNORED && strncmp(key, keys[i].path, length) == 0 &&
        (key[length] == '\0' || key[length] == '.'))
      return true;
  }
  return false;
}

/* A value as TOML, on one line and not too long. */
static void print_value(const bf_toml *value, bf_text *text)
{
  enum { MOST = 60 };
  bf_text printed = {0};
  if (value == NULL) {
    bf_text_append(text, "absent");
    return;
  }
  bf_toml_print_value(value, &printed);
  const char *all = bf_text_view(&printed);
  size_t n = strlen(all);
  bf_text_printf(text, "%.*s%s", (int)(n > MOST ? MOST : n), all, n > MOST ? "..." : "");
  bf_text_release(&printed);
}

static void note(differences *found, const char *key, const bf_toml *was, const bf_toml *is)
{
  if (++found->n > MAX_SHOWN)
    return;
  bf_text_printf(&found->text, "%s%s (was ", found->n > 1 ? ", " : "", key);
  print_value(was, &found->text);
  bf_text_append(&found->text, ", is ");
  print_value(is, &found->text);
  bf_text_append(&found->text, ")");
}

static bool is_equal(const bf_toml *a, const bf_toml *b);

static bool has_equal_items(const bf_toml *a, const bf_toml *b)
{
  bool same = a->n_items == b->n_items;
  for (size_t i = 0; same && i < a->n_items; i++)
    same = is_equal(a->items[i], b->items[i]);
  return same;
}

/* Of leaves and arrays: 1 and 1.0 are equal. */
static bool is_equal(const bf_toml *a, const bf_toml *b)
{
  bool are_numbers = (a->kind == BF_TOML_INTEGER || a->kind == BF_TOML_FLOAT) &&
                     (b->kind == BF_TOML_INTEGER || b->kind == BF_TOML_FLOAT);
  if (are_numbers)
    return a->number == b->number;
  if (a->kind != b->kind)
    return false;
  if (a->kind == BF_TOML_BOOLEAN)
    return a->boolean == b->boolean;
  if (a->kind == BF_TOML_STRING)
    return strcmp(a->string, b->string) == 0;
  return has_equal_items(a, b);
}

/* Every key of @p one against the same key of @p other, which may be NULL. */
static void compare(const bf_toml *was, const bf_toml *is, const char *prefix, differences *found)
{
  const bf_toml *tables[] = {was, is};
  for (size_t t = 0; t < 2; t++)
    for (size_t i = 0; tables[t] != NULL && i < tables[t]->n_items; i++) {
      const char *name = tables[t]->items[i]->key;
      const bf_toml *before = bf_toml_get(was, name);
      const bf_toml *after = bf_toml_get(is, name);
      bf_text key = {0};
      /* What both have is compared once. */
      if (t == 1 && before != NULL)
        continue;
      bf_text_printf(&key, "%s%s%s", prefix, prefix[0] != '\0' ? "." : "", name);
      bool are_tables = (before == NULL || before->kind == BF_TOML_TABLE) &&
                        (after == NULL || after->kind == BF_TOML_TABLE);
      if (are_tables)
        compare(before, after, bf_text_view(&key), found);
      else if (!is_free(bf_text_view(&key)) &&
               (before == NULL || after == NULL || !is_equal(before, after)))
        note(found, bf_text_view(&key), before, after);
      bf_text_release(&key);
    }
}

bf_status bf_study_check_job(const bf_job *job, const bf_record *record)
{
  differences found = {0};
  bf_status status = BF_OK;
  compare(record->job, job->tree, "", &found);
  BF_TRY(bf_text_status(&found.text));
  BF_CHECK(found.n == 0, BF_ERR_USAGE,
           "study '%s' is of another job: %s%s; leave the job file away to go on with the study's "
           "own, or choose another --out",
           record->folder, found.text.data, found.n > MAX_SHOWN ? ", and more" : "");
done:
  bf_text_release(&found.text);
  return status;
}

static bf_status check_data(const bf_plan *plan, const bf_record *record)
{
  char hash[17];
  snprintf(hash, sizeof hash, "%016" PRIx64, plan->manifest->hash);
  if (record->data_hash == NULL || strcmp(record->data_hash, hash) == 0)
    return BF_OK;
  return bf_fail(BF_ERR_DATA,
                 "study '%s' was run on other rows: data set '%s' has hash %s, the study's has %s",
                 record->folder, plan->manifest->folder, hash, record->data_hash);
}

static bf_status check_sampler(const bf_plan *plan, const bf_record *record)
{
  if (strcmp(plan->sampler, record->sampler) == 0)
    return BF_OK;
  return bf_fail(BF_ERR_USAGE,
                 "study '%s' is of another job: %s (was %s, is %s%s); give --sampler %s to go on",
                 record->folder, sampler_key, record->sampler, plan->sampler,
                 bf_sampler_is_auto(plan->job->sampler) ? ", picked for this n_trials" : "",
                 record->sampler);
}

bf_status bf_study_check_resume(const bf_plan *plan, const bf_record *record)
{
  const bf_record_session *last = &record->sessions[record->n_sessions - 1];
  bf_status status = BF_OK;
  BF_TRY(bf_study_check_job(plan->job, record));
  BF_TRY(check_sampler(plan, record));
  BF_TRY(check_data(plan, record));
  if (strcmp(last->version, BITFRONT_VERSION) != 0)
    bf_warn("study '%s' was run by version %s, this is %s: trials may have other numbers",
            record->folder, last->version, BITFRONT_VERSION);
  if (plan->n_trials < record->n_trials + record->n_pending)
    bf_warn("study '%s' has asked %zu trials, more than the %zu of this job: it asks no more until "
            "n_trials is larger again",
            record->folder, record->n_trials + record->n_pending, plan->n_trials);
done:
  return status;
}
