/* The options of an import, checked and read.
 * Room: data. */
#include "data/import_plan.h"

#include "base/file.h"
#include "base/memory.h"
#include "data/h5.h"
#include "data/manifest.h"
#include "data/scaler.h"

bf_import_options bf_import_defaults(void)
{
  return (bf_import_options){
      .format = "auto", .split = "64,16,20", .scaler = "fit", .classes = "g,q,w,z,t"};
}

static bool holds_text(size_t n, char *const *texts, const char *text)
{
  for (size_t i = 0; i < n; i++)
    if (strcmp(texts[i], text) == 0)
      return true;
  return false;
}

/* The class name of @p n bytes at @p name. */
static bf_status add_class(const char *name, size_t n, bf_import_plan *plan)
{
  if (n == 0 || plan->n_classes == BF_MAX_CLASSES)
    return bf_fail(BF_ERR_USAGE, "classes '%s' must be 2 to %d names with commas between",
                   plan->options->classes, BF_MAX_CLASSES);
  char *copy = bf_alloc(n + 1, 1);
  if (copy == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for a class name");
  memcpy(copy, name, n);
  bool is_twin = holds_text(plan->n_classes, plan->classes, copy);
  plan->classes[plan->n_classes++] = copy;
  if (is_twin)
    return bf_fail(BF_ERR_USAGE, "classes '%s' hold '%s' twice", plan->options->classes, copy);
  return BF_OK;
}

static bf_status parse_classes(bf_import_plan *plan)
{
  bf_status status = BF_OK;
  const char *at = plan->options->classes;
  plan->classes = bf_alloc(BF_MAX_CLASSES, sizeof *plan->classes);
  BF_CHECK_MEMORY(plan->classes);
  for (;;) {
    size_t n = strcspn(at, ",");
    BF_TRY(add_class(at, n, plan));
    if (at[n] == '\0')
      break;
    at += n + 1;
  }
  BF_CHECK(plan->n_classes >= 2, BF_ERR_USAGE, "classes '%s' are fewer than 2",
           plan->options->classes);
done:
  return status;
}

static bf_status parse_scaler(bf_import_plan *plan)
{
  bf_status status = BF_OK;
  const char *scaler = plan->options->scaler;
  size_t n_features = plan->statistics->n_features;
  plan->mean = bf_alloc(n_features, sizeof *plan->mean);
  plan->scale = bf_alloc(n_features, sizeof *plan->scale);
  BF_CHECK_MEMORY(plan->mean);
  BF_CHECK_MEMORY(plan->scale);
  for (size_t j = 0; j < n_features; j++)
    plan->scale[j] = 1;
  plan->fits_scaler = strcmp(scaler, "fit") == 0;
  if (!plan->fits_scaler && strcmp(scaler, "none") != 0)
    BF_TRY(bf_scaler_load(scaler, n_features, plan->mean, plan->scale));
done:
  return status;
}

bf_status bf_import_plan_make(const bf_import_options *options, bf_import_plan *plan)
{
  bf_status status = BF_OK;
  *plan = (bf_import_plan){.options = options};
  BF_CHECK(options->out != NULL && options->out[0] != '\0', BF_ERR_USAGE,
           "no output folder is given (--out)");
  BF_CHECK(!bf_file_exists(options->out), BF_ERR_USAGE,
           "'%s' exists; choose another name or remove it", options->out);
  BF_TRY(bf_format_find(options->format, &plan->format));
  BF_TRY(bf_split_parse(options->split, &plan->split));
  BF_TRY(parse_classes(plan));
  BF_TRY(bf_statistics_load(&plan->statistics));
  BF_TRY(parse_scaler(plan));
done:
  return status;
}

void bf_import_plan_release(bf_import_plan *plan)
{
  bf_statistics_free(plan->statistics);
  bf_h5_free_texts(plan->n_classes, plan->classes);
  free(plan->mean);
  free(plan->scale);
  *plan = (bf_import_plan){0};
}
