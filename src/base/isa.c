/* What the CPU can do, and what the user lets it.
 * Room: base. */
#include "base/isa.h"

#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"

static const char *const names[BF_N_ISAS] = {
    [BF_ISA_BASE] = "base", [BF_ISA_AVX2] = "avx2", [BF_ISA_AVX512] = "avx512"};

const char *bf_isa_name(bf_isa isa)
{
  return names[isa];
}

/* The compiler's test covers what the operating system saves as well. */
static bf_isa best_isa(void)
{
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
    return BF_ISA_BASE;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return BF_ISA_AVX512;
  return BF_ISA_AVX2;
#else
  return BF_ISA_BASE;
#endif
}

bool bf_isa_find(const char *name, bf_isa *isa)
{
  for (size_t i = 0; i < BF_N_ISAS; i++)
    if (strcmp(names[i], name) == 0) {
      *isa = (bf_isa)i;
      return true;
    }
  return false;
}

static bf_status fail_unknown(const char *name)
{
  const char *near = bf_suggest(name, names, BF_N_ISAS);
  if (near != NULL)
    return bf_fail(BF_ERR_USAGE, "BITFRONT_ISA is '%s', did you mean '%s'?", name, near);
  return bf_fail(BF_ERR_USAGE, "BITFRONT_ISA is '%s', expected base, avx2 or avx512", name);
}

bf_status bf_isa_detect(bf_isa *isa)
{
  bf_isa best = best_isa();
  bf_isa found = best;
  const char *asked = getenv("BITFRONT_ISA");
  if (asked != NULL && asked[0] != '\0' && !bf_isa_find(asked, &found))
    return fail_unknown(asked);
  if (found > best)
    return bf_fail(BF_ERR_USAGE, "BITFRONT_ISA is '%s', but the best of this CPU is '%s'", asked,
                   names[best]);
  *isa = found;
  return BF_OK;
}
