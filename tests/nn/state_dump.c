/* Prints the tensors of PyTorch's checkpoints, a line each: name, dtype, shape, and the bits of
 * every value as float32; see usage below. The status and the trail of a failure are on standard
 * error, and in its last line "peak <KiB>", the most memory that it took. */
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

/* Not getrusage, which counts what the process was before it became this program. */
static void print_peak(void)
{
  char line[256];
  long peak = 0;
  FILE *file = fopen("/proc/self/status", "r");
  while (file != NULL && fgets(line, sizeof line, file) != NULL)
    if (strncmp(line, "VmHWM:", 6) == 0)
      peak = strtol(line + 6, NULL, 10);
  if (file != NULL)
    fclose(file);
  fprintf(stderr, "peak %ld\n", peak);
}

int main(int argc, char **argv)
{
  if (argc < 2) {
    fprintf(stderr,
            "usage: state_dump FILE [COPY]: the tensors of FILE, which are written to COPY\n");
    return bf_status_exit_code(BF_ERR_USAGE);
  }
  int code = dump(argv[1], argc > 2 ? argv[2] : NULL);
  print_peak();
  return code;
}
