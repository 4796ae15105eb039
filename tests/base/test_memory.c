/* Tests of src/base/memory.c.
 * Room: base. */
#include "unit.h"

#include "base/memory.h"

static void alloc_gives_zeroed_aligned_memory(void **state)
{
  (void)state;
  unsigned char *memory = bf_alloc(37, 3);
  assert_non_null(memory);
  assert_int_equal((uintptr_t)memory % 64, 0);
  for (size_t i = 0; i < (size_t)37 * 3; i++)
    assert_int_equal(memory[i], 0);
  free(memory);
}

static void alloc_of_nothing_gives_an_address(void **state)
{
  (void)state;
  void *memory = bf_alloc(0, 8);
  assert_non_null(memory);
  free(memory);
}

static void alloc_refuses_a_product_that_overflows(void **state)
{
  (void)state;
  assert_null(bf_alloc(SIZE_MAX / 2, 3));
  assert_null(bf_alloc(SIZE_MAX, 1));
}

static void grow_keeps_the_old_part_and_zeroes_the_new(void **state)
{
  (void)state;
  int *numbers = bf_alloc(3, sizeof *numbers);
  assert_non_null(numbers);
  for (int i = 0; i < 3; i++)
    numbers[i] = i + 1;
  numbers = bf_grow(numbers, 3, 1000, sizeof *numbers);
  assert_non_null(numbers);
  for (int i = 0; i < 1000; i++)
    assert_int_equal(numbers[i], i < 3 ? i + 1 : 0);
  free(numbers);
}

static void grow_without_memory_leaves_the_old_block(void **state)
{
  (void)state;
  int *numbers = bf_alloc(1, sizeof *numbers);
  assert_non_null(numbers);
  numbers[0] = 7;
  bf_alloc_fail_after(0);
  assert_null(bf_grow(numbers, 1, 2, sizeof *numbers));
  assert_null(bf_grow(numbers, 1, SIZE_MAX / 2, sizeof *numbers));
  assert_int_equal(numbers[0], 7);
  free(numbers);
}

static void copy_text_copies_and_passes_null_on(void **state)
{
  (void)state;
  char *copy = bf_copy_text("abc");
  assert_string_equal(copy, "abc");
  free(copy);
  assert_null(bf_copy_text(NULL));
}

static void bytes_can_be_written_and_can_fail(void **state)
{
  (void)state;
  unsigned char *memory = bf_alloc_bytes(100);
  void *nothing = bf_alloc_bytes(0);
  assert_non_null(memory);
  assert_non_null(nothing);
  memset(memory, 0xff, 100);
  free(memory);
  free(nothing);
  bf_alloc_fail_after(0);
  assert_null(bf_alloc_bytes(1));
  bf_alloc_fail_after(-1);
}

static void fail_after_fails_the_nth_allocation_once(void **state)
{
  (void)state;
  bf_alloc_fail_after(2);
  void *first = bf_alloc(1, 1);
  void *second = bf_alloc(1, 1);
  void *third = bf_alloc(1, 1);
  void *fourth = bf_alloc(1, 1);
  assert_non_null(first);
  assert_non_null(second);
  assert_null(third);
  assert_non_null(fourth);
  free(first);
  free(second);
  free(fourth);
}

static void fail_after_a_negative_number_is_off(void **state)
{
  (void)state;
  bf_alloc_fail_after(0);
  bf_alloc_fail_after(-1);
  void *memory = bf_alloc(1, 1);
  assert_non_null(memory);
  free(memory);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(alloc_gives_zeroed_aligned_memory),
      cmocka_unit_test(alloc_of_nothing_gives_an_address),
      cmocka_unit_test(alloc_refuses_a_product_that_overflows),
      cmocka_unit_test(grow_keeps_the_old_part_and_zeroes_the_new),
      cmocka_unit_test(grow_without_memory_leaves_the_old_block),
      cmocka_unit_test(copy_text_copies_and_passes_null_on),
      cmocka_unit_test(bytes_can_be_written_and_can_fail),
      cmocka_unit_test(fail_after_fails_the_nth_allocation_once),
      cmocka_unit_test(fail_after_a_negative_number_is_off),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
