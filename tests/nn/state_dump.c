/* Prints the tensors of PyTorch's checkpoints, a line each: name, dtype, shape, and the bits of
 * every value as float32. state_dump FILE            BF_STATUS and the trail on standard error if
 * it cannot be read state_dump FILE OUT        ... and writes them to OUT state_dump - the same of
 * file after file, named by lines of standard input; a line
 *                              "<status> <trail>" before each */
#include <stdio.h>
#include <string.h>

#include "nn/state.h"

static void print_tensor(const bf_state_tensor *tensor)
{
  printf("%s %s (", tensor->name, bf_dtype_name(tensor->dtype));
  for (size_t i = 0; i < tensor->n_dims; i++)
    printf("%s%zu", i > 0 ? "," : "", tensor->shape[i]);
  printf(")");
  for (size_t i = 0; i < tensor->n_values; i++) {
    uint32_t bits;
    memcpy(&bits, &tensor->values[i], sizeof bits);
    printf(" %08x", (unsigned)bits);
  }
  printf("\n");
}

static void print_state(const bf_state *state)
{
  printf("# %s", state->kind);
  for (size_t i = 0; i < state->n_notes; i++)
    printf(", %s %s", state->notes[i].name, state->notes[i].text);
  printf("\n");
  for (size_t i = 0; i < state->n_tensors; i++)
    print_tensor(&state->tensors[i]);
}

static int dump(const char *path, const char *out)
{
  bf_state *state = NULL;
  bf_status status = bf_torch_read(path, &state);
  if (status == BF_OK && out != NULL)
    status = bf_torch_write(out, state);
  if (status == BF_OK)
    print_state(state);
  else
    fprintf(stderr, "%s %s\n", bf_status_name(status), bf_trail());
  bf_state_free(state);
  return bf_status_exit_code(status);
}

int main(int argc, char **argv)
{
  if (argc < 2)
    return bf_status_exit_code(BF_ERR_USAGE);
  return dump(argv[1], argc > 2 ? argv[2] : NULL);
}
