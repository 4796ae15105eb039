/* Opening a checkpoint of whatever kind its content says it is.
 * Room: nn. */
#include "base/file.h"
#include "nn/checkpoint.h"
#include "nn/safetensors.h"
#include "nn/state_net.h"

/* A new kind is one row. */
static const struct kind {
  bool (*applies)(const char *path);
  bf_status (*read)(const char *path, bf_state **out);
} kinds[] = {
    {bf_torch_applies, bf_torch_read},
    {bf_safetensors_applies, bf_safetensors_read},
};

bool bf_checkpoint_is_ours(const char *path)
{
  static const unsigned char signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1A, '\n'};
  unsigned char head[sizeof signature];
  size_t n = bf_file_head(path, head, sizeof head);
  return n == 0 || (n == sizeof head && memcmp(head, signature, sizeof head) == 0);
}

static const struct kind *kind_of(const char *path)
{
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (kinds[i].applies(path))
      return &kinds[i];
  return NULL;
}

static bf_status read_foreign(const char *path, bf_state **out)
{
  bf_status status;
  const struct kind *kind = kind_of(path);
  BF_CHECK(kind != NULL, BF_ERR_DATA,
           "its content is of no kind that is known: an HDF5 file of bitfront, a ZIP file of "
           "PyTorch or Lightning (.ckpt, .pt, .pth), safetensors");
  BF_TRY(kind->read(path, out));
done:
  return status;
}

static bf_status explain(bf_status status, const char *path)
{
  return status == BF_OK ? status : bf_because(status, "cannot load checkpoint '%s'", path);
}

bf_status bf_checkpoint_read_foreign(const char *path, bf_state **out)
{
  return explain(read_foreign(path, out), path);
}

static bf_status open_foreign(const char *path, const bf_model *model, bf_net **out)
{
  bf_status status;
  bf_state *state = NULL;
  BF_TRY(read_foreign(path, &state));
  BF_CHECK(model != NULL, BF_ERR_USAGE,
           "a %s does not say which net it is of: give --model or --job", state->kind);
  BF_TRY(bf_state_to_net(state, model, out));
done:
  bf_state_free(state);
  return explain(status, path);
}

bf_status bf_checkpoint_open(const char *path, const bf_model *model, bf_net **out)
{
  return bf_checkpoint_is_ours(path) ? bf_checkpoint_load(path, out)
                                     : open_foreign(path, model, out);
}
