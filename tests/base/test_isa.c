/* Tests of base/isa: what BITFRONT_ISA asks for is taken or refused.
 * Room: base. */
#include "unit.h"

#include <stdlib.h>

#include "base/isa.h"

static void isa_asked_for_is_taken_or_refused(void **state)
{
  (void)state;
  bf_isa best, isa = BF_ISA_AVX2;
  unsetenv("BITFRONT_ISA");
  assert_ok(bf_isa_detect(&best));
  setenv("BITFRONT_ISA", "base", 1);
  assert_ok(bf_isa_detect(&isa));
  assert_int_equal(isa, BF_ISA_BASE);
  setenv("BITFRONT_ISA", "axv2", 1);
  assert_fails(bf_isa_detect(&isa), BF_ERR_USAGE, "BITFRONT_ISA is 'axv2'");
  setenv("BITFRONT_ISA", "avx512", 1);
  if (best < BF_ISA_AVX512)
    assert_fails(bf_isa_detect(&isa), BF_ERR_USAGE, "the best of this CPU is");
  else
    assert_ok(bf_isa_detect(&isa));
  setenv("BITFRONT_ISA", "", 1);
  assert_ok(bf_isa_detect(&isa));
  assert_int_equal(isa, best);
  unsetenv("BITFRONT_ISA");
  assert_string_equal(bf_isa_name(BF_ISA_BASE), "base");
  assert_string_equal(bf_isa_name(BF_ISA_AVX512), "avx512");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(isa_asked_for_is_taken_or_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
