/* Checks of what computes: the tile kernels, BLIS, HDF5's library, the clock.
 * Room: cli. */
#include <math.h>

#include "base/clock.h"
#include "base/isa.h"
#include "cli/selftest.h"
#include "data/h5.h"
#include "nn/kernels.h"
#include "nn/kernels_check.h"

static const char wrong_numbers[] =
    "do not search here: BITFRONT_ISA=base or --backend reference may do; a virtual machine or "
    "emulator may lie about its CPU";

void bf_check_kernels(const bf_selftest *test, bf_diagnosis *out)
{
  (void)test;
  bf_text isas = {0};
  double worst = 0;
  bf_isa best;
  if (bf_isa_detect(&best) != BF_OK) {
    bf_diagnosis_fail(out, "unset BITFRONT_ISA, or name an instruction set that every CPU has",
                      "%s", bf_trail());
    return;
  }
  for (bf_isa isa = BF_ISA_BASE; isa <= best; isa++) {
    double one = 0;
    if (bf_kernels_check(isa, &one) != BF_OK) {
      bf_diagnosis_fail(out, wrong_numbers, "%s", bf_trail());
      goto done;
    }
    worst = fmax(worst, one);
    bf_text_printf(&isas, "%s%s", isas.length > 0 ? ", " : "", bf_isa_name(isa));
  }
  /* Of mixed CPUs the lowest decides, so that is the one to be shown. */
  bf_diagnosis_ok(out, -(double)best, "%s: within %.0f %% of what may differ from plain loops",
                  bf_text_view(&isas), 100 * worst);
done:
  bf_text_release(&isas);
}

void bf_check_blis(const bf_selftest *test, bf_diagnosis *out)
{
  (void)test;
  bf_isa isa;
  double worst = 0;
  /* What is wrong with the ISA the kernels said. */
  if (bf_isa_detect(&isa) != BF_OK)
    return;
  if (bf_blis_check(isa, &worst) != BF_OK)
    bf_diagnosis_fail(out, wrong_numbers, "%s", bf_trail());
  else if (bf_blis_is_generic(isa) && isa > BF_ISA_BASE)
    bf_diagnosis_warn(out, "unset BLIS_ARCH_TYPE, or name kernels that fit this CPU",
                      "%s: large layers are computed several times slower", bf_blis_describe(isa));
  else if (bf_blis_is_generic(isa))
    bf_diagnosis_warn(out, "use a CPU with AVX2, or unset BITFRONT_ISA",
                      "%s: no faster ones for ISA %s", bf_blis_describe(isa), bf_isa_name(isa));
  else
    bf_diagnosis_ok(out, 0, "%s, within %.0f %% of what may differ", bf_blis_describe(isa),
                    100 * worst);
}

void bf_check_hdf5(const bf_selftest *test, bf_diagnosis *out)
{
  if (bf_session_leads_node(test->session))
    bf_diagnosis_ok(out, 0, "%s, %s", bf_h5_version(),
                    bf_h5_is_thread_safe() ? "thread-safe"
                                           : "not thread-safe, which nothing needs");
}

/* The finest step seen, and whether it ever went back, over many looks. */
void bf_check_clock(const bf_selftest *test, bf_diagnosis *out)
{
  (void)test;
  enum { N_LOOKS = 20000 };
  static const double coarse_s = 1e-5;
  double finest_s = HUGE_VAL;
  double start_s = bf_clock_s();
  double before_s = start_s;
  bool went_back = false;
  for (int i = 0; i < N_LOOKS; i++) {
    double now_s = bf_clock_s();
    went_back |= now_s < before_s;
    if (now_s > before_s)
      finest_s = fmin(finest_s, now_s - before_s);
    before_s = now_s;
  }
  double look_s = (before_s - start_s) / N_LOOKS;
  if (went_back)
    bf_diagnosis_fail(out, "change the clock source (/sys/devices/system/clocksource)",
                      "the monotonic clock goes back");
  else if (finest_s > coarse_s || look_s > coarse_s)
    bf_diagnosis_warn(out,
                      "latencies will be coarse; choose the clock source tsc "
                      "(/sys/devices/system/clocksource)",
                      "a look at the clock takes %.2f us, its steps are %.2f us", 1e6 * look_s,
                      1e6 * finest_s);
  else
    bf_diagnosis_ok(out, finest_s, "monotonic, steps of %.0f ns, %.0f ns a look", 1e9 * finest_s,
                    1e9 * look_s);
}
