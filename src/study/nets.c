/* The nets that a study keeps.
 * Room: study. */
#include "study/nets.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "nn/checkpoint.h"

void bf_study_checkpoint_print(uint64_t number, bf_text *text)
{
  bf_text_printf(text, "checkpoints/trial-%06" PRIu64 ".h5", number);
}

static bf_status checkpoint_path(const bf_study *study, uint64_t number, char **path)
{
  bf_text name = {0};
  bf_study_checkpoint_print(number, &name);
  *path = bf_path_join(study->folder, bf_text_view(&name));
  bf_status status = bf_text_status(&name);
  bf_text_release(&name);
  return *path != NULL ? status : bf_fail(BF_ERR_NOMEM, "out of memory for a path");
}

bf_status bf_study_save_net(const bf_study *study, const bf_trial *trial)
{
  const bf_manifest *manifest = study->plan->manifest;
  bf_origin origin = {.data_kind = manifest->kind,
                      .data_hash = manifest->hash,
                      .seed = trial->seed,
                      .trial = (int64_t)trial->number};
  bf_status status = BF_OK;
  bf_net *net = NULL;
  char *path = NULL;
  bf_model *model = NULL;
  if (trial->n_values == 0)
    return BF_OK;
  model = bf_alloc(1, sizeof *model);
  BF_CHECK_MEMORY(model);
  BF_TRY(bf_plan_configure(study->plan, bf_study_indexes(study, trial->number), model));
  BF_TRY(bf_net_create(model, &net));
  BF_CHECK(net->n_values == trial->n_values, BF_ERR_DATA,
           "result of trial %" PRIu64 " holds %zu values, the net has %zu", trial->number,
           trial->n_values, net->n_values);
  memcpy(net->values, trial->values, net->n_values * sizeof *net->values);
  BF_TRY(checkpoint_path(study, trial->number, &path));
  BF_TRY(bf_checkpoint_save(path, net, &origin));
done:
  free(path);
  bf_net_free(net);
  free(model);
  return status;
}

bf_status bf_study_drop_net(const bf_study *study, bf_trial *trial)
{
  char *path = NULL;
  if (trial->values == NULL)
    return BF_OK;
  bf_status status = checkpoint_path(study, trial->number, &path);
  if (status != BF_OK)
    return status;
  unlink(path);
  free(path);
  free(trial->values);
  trial->values = NULL;
  trial->n_values = 0;
  return BF_OK;
}
