/* The peak rate of one core, measured. CMake lets the compiler contract a * b + c in this file.
 * Room: cli. */
#include "cli/peak.h"

#include <stddef.h>

#include "base/clock.h"

/*
 * Two units with a latency of four or five cycles want ten sums under way; twelve and the factor
 * fit the 16 registers of SSE and AVX2. All sums run towards 1, so that none overflows or gets
 * subnormal, and none starts there: gcc sees that it would stay, and drops it.
 */
enum { N_SUMS = 12, N_STEPS = 1 << 20 };

/* X(name, bytes of a vector, attribute of the function) for every ISA. */
#if defined(__x86_64__)
#define LOOPS(X)                                                                                   \
  X(base, 16, )                                                                                    \
  X(avx2, 32, __attribute__((target("avx2,fma"))))                                                 \
  X(avx512, 64, __attribute__((target("avx512f"))))
#else
#define LOOPS(X)                                                                                   \
  X(base, 16, )                                                                                    \
  X(avx2, 16, )                                                                                    \
  X(avx512, 16, )
#endif

#define DEFINE_LOOP(name, n_bytes, attribute)                                                      \
  attribute static float run_##name(void)                                                          \
  {                                                                                                \
    typedef float vector __attribute__((vector_size(n_bytes)));                                    \
    const vector half = (vector){0} + 0.5F;                                                        \
    vector sums[N_SUMS];                                                                           \
    for (int i = 0; i < N_SUMS; i++)                                                               \
      sums[i] = (vector){0} + (float)(i + 2);                                                      \
    for (int step = 0; step < N_STEPS; step++)                                                     \
      for (int i = 0; i < N_SUMS; i++)                                                             \
        sums[i] = sums[i] * half + half;                                                           \
    for (int i = 1; i < N_SUMS; i++)                                                               \
      sums[0] += sums[i];                                                                          \
    return sums[0][0];                                                                             \
  }
LOOPS(DEFINE_LOOP)

static const struct {
  float (*run)(void);
  size_t n_bytes;
} loops[BF_N_ISAS] = {
#define ROW(name, n_bytes, attribute) {run_##name, n_bytes},
    LOOPS(ROW)
#undef ROW
};

double bf_peak_flops(bf_isa isa)
{
  double n_lanes = (double)loops[isa].n_bytes / sizeof(float);
  double start_s = bf_clock_s();
  float sum = loops[isa].run();
  double seconds = bf_clock_s() - start_s;
  /* It is N_SUMS, and asking keeps the loop from being left out. */
  return sum > 0 ? 2.0 * N_SUMS * N_STEPS * n_lanes / seconds : 0;
}
