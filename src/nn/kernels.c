/* The table of back ends.
 * Room: nn. */
#include <string.h>

#include "base/suggest.h"
#include "nn/kernel_choice.h"
#include "nn/kernels_blis.h"

static bool always(bf_isa isa, bf_pass pass, size_t n_in, size_t n_out)
{
  (void)isa, (void)pass, (void)n_in, (void)n_out;
  return true;
}

static bool never(bf_isa isa, bf_pass pass, size_t n_in, size_t n_out)
{
  (void)isa, (void)pass, (void)n_in, (void)n_out;
  return false;
}

/* Elsewhere there is one ISA, and its kernels are called base. */
#define TILE_BASE bf_tile_kernels_base
#if defined(__x86_64__)
#define TILE_AVX2   bf_tile_kernels_avx2
#define TILE_AVX512 bf_tile_kernels_avx512
#else
#define TILE_AVX2   bf_tile_kernels_base
#define TILE_AVX512 bf_tile_kernels_base
#endif

static const bf_kernels backends[] = {
    {"auto", BF_ISA_BASE, &TILE_BASE, bf_choice_is_blis},
    {"auto", BF_ISA_AVX2, &TILE_AVX2, bf_choice_is_blis},
    {"auto", BF_ISA_AVX512, &TILE_AVX512, bf_choice_is_blis},
    {"blis", BF_ISA_BASE, &TILE_BASE, always},
    {"blis", BF_ISA_AVX2, &TILE_AVX2, always},
    {"blis", BF_ISA_AVX512, &TILE_AVX512, always},
    {"reference", BF_ISA_BASE, &bf_reference_kernels, never},
    {"reference", BF_ISA_AVX2, &bf_reference_kernels, never},
    {"reference", BF_ISA_AVX512, &bf_reference_kernels, never},
};
enum { N_BACKENDS = sizeof backends / sizeof backends[0], N_NAMES = N_BACKENDS / BF_N_ISAS };

bf_status bf_kernels_find(const char *name, bf_isa isa, const bf_kernels **out)
{
  const char *names[N_NAMES];
  for (size_t i = 0; i < N_BACKENDS; i++) {
    const bf_kernels *kernels = &backends[i];
    names[i / BF_N_ISAS] = kernels->name;
    if (kernels->isa != isa || strcmp(kernels->name, name) != 0)
      continue;
    if (kernels->is_blis != never)
      bf_blis_start(isa);
    *out = kernels;
    return BF_OK;
  }
  const char *near = bf_suggest(name, names, N_NAMES);
  if (near != NULL)
    return bf_fail(BF_ERR_USAGE, "unknown backend '%s', did you mean '%s'?", name, near);
  return bf_fail(BF_ERR_USAGE, "unknown backend '%s', expected auto, blis or reference", name);
}

const char *bf_kernels_name(const bf_kernels *kernels)
{
  return kernels->name;
}
