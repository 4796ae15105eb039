/* A data set in this process's own memory, for commands that run on one rank.
 * Room: cli. */
#include "cli/local_data.h"

#include "base/memory.h"

bf_status bf_local_data_load(const char *folder, bf_local_data *out)
{
  bf_status status = BF_OK;
  bf_local_data made = {0};
  BF_TRY(bf_manifest_load(folder, &made.manifest));
  made.block = bf_alloc(bf_dataset_bytes(made.manifest), 1);
  BF_CHECK_MEMORY(made.block);
  BF_TRY(bf_dataset_read(made.manifest, made.block, 0, 1));
  made.data = bf_dataset_view(made.manifest, made.block);
  *out = made;
  made = (bf_local_data){0};
done:
  bf_local_data_release(&made);
  return status;
}

void bf_local_data_release(bf_local_data *data)
{
  bf_manifest_free(data->manifest);
  free(data->block);
  *data = (bf_local_data){0};
}

bf_status bf_local_data_rows(const bf_local_data *data, bf_split split, bf_tiles *rows)
{
  if (data->data.split[split].n == 0)
    return bf_fail(BF_ERR_DATA, "split '%s' of data set '%s' has no rows", bf_split_name(split),
                   data->manifest->folder);
  *rows = data->data.split[split];
  return BF_OK;
}
