/* Opening a checkpoint of whatever kind its content says it is.
 * Room: nn. */
#include <stdio.h>
#include <string.h>

#include "nn/checkpoint.h"

/* Whether the file begins as HDF5 does. One that cannot be read does, too: loading says why. */
static bool is_ours(const char *path)
{
  static const unsigned char signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1A, '\n'};
  unsigned char head[sizeof signature];
  FILE *file = fopen(path, "rb");
  size_t n = file != NULL ? fread(head, 1, sizeof head, file) : 0;
  bool is_hdf5 =
      n == 0 || (n == sizeof signature && memcmp(head, signature, sizeof signature) == 0);
  if (file != NULL)
    fclose(file);
  return is_hdf5;
}

bf_status bf_checkpoint_open(const char *path, const bf_model *model, bf_net **out)
{
  (void)model;
  if (is_ours(path))
    return bf_checkpoint_load(path, out);
  return bf_fail(BF_ERR_DATA, "cannot load checkpoint '%s': it is no HDF5 file of bitfront", path);
}
