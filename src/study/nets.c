/* Trained nets on disk.
 * Room: study. */
#include "study/nets.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "nn/checkpoint.h"
#include "study/study_parts.h"

void bf_study_checkpoint_print(uint64_t number, bf_text *text)
{
  bf_text_printf(text, "checkpoints/trial-%06" PRIu64 ".h5", number);
}

bf_status bf_study_checkpoint_path(const char *folder, uint64_t number, char **path)
{
  bf_status status = BF_OK;
  char *joined = NULL;
  bf_text name = {0};
  bf_study_checkpoint_print(number, &name);
  BF_TRY(bf_text_status(&name));
  joined = bf_path_join(folder, name.data);
  BF_CHECK_MEMORY(joined);
  *path = joined;
done:
  bf_text_release(&name);
  return status;
}

bf_status bf_trained_save(const bf_trained *trained, const bf_plan *plan, const char *folder,
                          const char *name)
{
  const bf_origin origin = {.data_kind = plan->manifest->kind,
                            .data_hash = plan->manifest->hash,
                            .seed = trained->seed,
                            .trial = (int64_t)trained->number,
                            .n_classes = plan->manifest->n_classes,
                            .classes = plan->manifest->classes};
  bf_status status = BF_OK;
  bf_net *net = NULL;
  char *path = bf_path_join(folder, name);
  bf_model *model = bf_alloc(1, sizeof *model);
  BF_CHECK_MEMORY(path);
  BF_CHECK_MEMORY(model);
  BF_TRY(bf_plan_configure(plan, trained->indexes, model));
  BF_TRY(bf_net_create(model, &net));
  BF_CHECK(net->n_values == trained->n_values, BF_ERR_DATA,
           "result of trial %" PRIu64 " holds %zu values, the net has %zu", trained->number,
           trained->n_values, net->n_values);
  memcpy(net->values, trained->values, net->n_values * sizeof *net->values);
  BF_TRY(bf_checkpoint_save(path, net, &origin));
done:
  free(path);
  bf_net_free(net);
  free(model);
  return status;
}

bf_status bf_study_save_net(const bf_study *study, const bf_trial *trial)
{
  const bf_finding *found = trial->found;
  if (found == NULL || found->n_values == 0)
    return BF_OK;
  const bf_trained trained = {.number = trial->number,
                              .seed = bf_study_seed(study, trial->number),
                              .indexes = bf_study_indexes(study, trial->number),
                              .n_values = found->n_values,
                              .values = found->values};
  bf_text name = {0};
  bf_study_checkpoint_print(trial->number, &name);
  bf_status status = bf_text_status(&name);
  if (status == BF_OK)
    status = bf_trained_save(&trained, study->plan, study->folder, name.data);
  bf_text_release(&name);
  return status;
}

void bf_study_forget_net(bf_trial *trial)
{
  if (trial->found == NULL)
    return;
  free(trial->found->values);
  trial->found->values = NULL;
  trial->found->n_values = 0;
}

bf_status bf_study_drop_net(const bf_study *study, bf_trial *trial)
{
  char *path = NULL;
  if (trial->found == NULL || trial->found->n_values == 0)
    return BF_OK;
  bf_status status = bf_study_checkpoint_path(study->folder, trial->number, &path);
  if (status != BF_OK)
    return status;
  unlink(path);
  free(path);
  bf_study_forget_net(trial);
  return BF_OK;
}
