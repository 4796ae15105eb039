/* A net of a file, whatever program made it, and where it comes from.
 * Room: cli. */
#include "cli/net_file.h"

#include <string.h>

#include "nn/state_net.h"

bf_status bf_net_file_read(const char *path, bf_net_file *file)
{
  bf_status status = bf_checkpoint_read(path, &file->ours);
  if (status != BF_OK)
    return status;
  file->net = file->ours->net;
  file->origin = file->ours->origin;
  return BF_OK;
}

bf_status bf_net_file_take(const char *path, const bf_state *state, const bf_model *model,
                           bf_net_file *file)
{
  bf_status status;
  const char *slash = strrchr(path, '/');
  BF_TRY(bf_state_to_net(state, model, &file->net));
  bf_text_printf(&file->source, "%s '%s'", state->kind, slash != NULL ? slash + 1 : path);
  BF_TRY(bf_text_status(&file->source));
  file->origin = (bf_origin){.data_kind = "unknown", .trial = -1, .source = file->source.data};
done:
  return status;
}

void bf_net_file_release(bf_net_file *file)
{
  if (file->ours == NULL)
    bf_net_free(file->net);
  bf_checkpoint_free(file->ours);
  bf_text_release(&file->source);
  *file = (bf_net_file){0};
}
