/* The table of kernel back ends.
 * Room: nn. */
#include <string.h>

#include "base/suggest.h"
#include "nn/kernels_table.h"

static const struct {
  const char *name;
  const bf_kernels *kernels;
  void (*start)(bf_isa isa); /* NULL: nothing to start */
} backends[] = {
    {"auto", &bf_kernels_blis, bf_blis_start},
    {"blis", &bf_kernels_blis, bf_blis_start},
    {"reference", &bf_kernels_reference, NULL},
};
enum { N_BACKENDS = sizeof backends / sizeof backends[0] };

bf_status bf_kernels_find(const char *name, bf_isa isa, const bf_kernels **out)
{
  const char *names[N_BACKENDS];
  for (size_t i = 0; i < N_BACKENDS; i++) {
    names[i] = backends[i].name;
    if (strcmp(names[i], name) != 0)
      continue;
    if (backends[i].start != NULL)
      backends[i].start(isa);
    *out = backends[i].kernels;
    return BF_OK;
  }
  const char *near = bf_suggest(name, names, N_BACKENDS);
  if (near != NULL)
    return bf_fail(BF_ERR_USAGE, "unknown backend '%s', did you mean '%s'?", name, near);
  return bf_fail(BF_ERR_USAGE, "unknown backend '%s', expected auto, blis or reference", name);
}
