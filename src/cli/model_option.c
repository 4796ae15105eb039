/* --model and --job: which net a checkpoint without a layer list is of.
 * Room: cli. */
#include "cli/model_option.h"

#include "cli/job_file.h"

bool bf_model_option_is_given(const bf_model_option *option)
{
  return option->name != NULL || option->job != NULL;
}

static bf_status model_of_job(const char *path, size_t n_features, size_t n_classes, bf_model *out)
{
  /* No rows are read, so that any folder will do. */
  const bf_overrides overrides = {.data_before = "."};
  bf_status status;
  bf_job *job = NULL;
  BF_TRY(bf_job_read(path, &overrides, &job));
  BF_TRY(bf_job_model(job, n_features, n_classes, out));
done:
  bf_job_free(job);
  return status;
}

bf_status bf_model_option_make(const bf_model_option *option, size_t n_features, size_t n_classes,
                               bf_model *out)
{
  if (option->name != NULL && option->job != NULL)
    return bf_fail(BF_ERR_USAGE, "options '--model' and '--job' both name a net; give one of them");
  if (option->name != NULL)
    return bf_model_zoo(option->name, n_features, n_classes, out);
  if (option->job != NULL)
    return model_of_job(option->job, n_features, n_classes, out);
  return bf_fail(BF_ERR_USAGE, "no net is named: give --model or --job");
}
