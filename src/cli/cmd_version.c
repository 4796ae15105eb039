/* bitfront --version: everything that numbers and rates depend on.
 * Room: cli. */
#include "base/log.h"
#include "cli/command.h"
#include "cli/output.h"
#include "data/h5.h"
#include "nn/kernels.h"

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#elif defined(__GNUC__)
#define COMPILER "gcc " __VERSION__
#else
#define COMPILER "unknown"
#endif

static void print_features(bf_text *text)
{
#if defined(__x86_64__) || defined(__i386__)
#define FEATURE(name)                                                                              \
  if (__builtin_cpu_supports(name))                                                                \
  bf_text_append(text, " " name)
  __builtin_cpu_init();
  FEATURE("sse4.2");
  FEATURE("avx");
  FEATURE("avx2");
  FEATURE("fma");
  FEATURE("avx512f");
  FEATURE("avx512bw");
  FEATURE("avx512vl");
  FEATURE("avx512vnni");
#undef FEATURE
#else
  bf_text_append(text, " (not x86)");
#endif
}

bf_status bf_cmd_version(bf_call *call)
{
  (void)call;
  bf_status status = BF_OK;
  bf_text text = {0};
  bf_isa isa;
  BF_TRY(bf_isa_detect(&isa));
  const char *blis = bf_blis_describe(isa);
  bf_text_printf(&text, "bitfront %s\n", BITFRONT_VERSION);
  bf_text_printf(&text, "MPI       %s\n", bf_mpi_version());
  bf_text_printf(&text, "HDF5      %s\n", bf_h5_version());
  bf_text_printf(&text, "BLIS      %s\n", blis);
  bf_text_printf(&text, "compiler  %s\n", COMPILER);
  bf_text_append(&text, "CPU      ");
  print_features(&text);
  bf_text_printf(&text, "; ISA used: %s\n", bf_isa_name(isa));
  if (strstr(blis, "generic") != NULL)
    bf_warn("BLIS runs its generic kernels, which are slow; BLIS_ARCH_TYPE chooses others");
  BF_TRY(bf_output_print(&text));
done:
  bf_text_release(&text);
  return status;
}
