/* Tests of src/nn/pickle.c and pickle_opcodes.c: what protocol 2 says, and what damage is.
 * Oracle: CPython's pickletools. Whole checkpoints are in test_torch.py.
 * Room: nn. */
#include "unit.h"

#include "base/memory.h"
#include "nn/pickle.h"

static const bf_pickle_global names[] = {
    {"collections.OrderedDict", true, 0, 0},
    {"a.b.call", false, 1, 2},
    {NULL, false, 0, 0},
};

/* A string literal has a NUL at its end that is none of the pickle. */
#define READ(code, out) bf_pickle_read((const uint8_t *)(code), sizeof(code) - 1, names, out)

static void numbers_are_read(void **state)
{
  (void)state;
  bf_pickle *pickle = NULL;
  const int64_t expected[] = {255, 65535, -2, 0, -1, 255, INT64_MIN};
  assert_ok(READ("\x80\x02(K\xffM\xff\xffJ\xfe\xff\xff\xff\x8a\x00\x8a\x01\xff\x8a\x02\xff\x00"
                 "\x8b\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80t.",
                 &pickle));
  const bf_pickle_value *root = bf_pickle_root(pickle);
  assert_int_equal(root->kind, BF_PICKLE_TUPLE);
  assert_int_equal(root->n, 7);
  for (size_t i = 0; i < 7; i++) {
    assert_int_equal(root->items[i]->kind, BF_PICKLE_WHOLE);
    assert_true(root->items[i]->whole == expected[i]);
  }
  bf_pickle_free(pickle);
}

static void other_leaves_are_read(void **state)
{
  (void)state;
  bf_pickle *pickle = NULL;
  assert_ok(READ("\x80\x02(G\x3f\xf8\x00\x00\x00\x00\x00\x00X\x02\x00\x00\x00h\x00"
                 "C\x01zN\x88\x89)t.",
                 &pickle));
  bf_pickle_value *const *item = bf_pickle_root(pickle)->items;
  assert_true(item[0]->kind == BF_PICKLE_REAL && item[0]->real == 1.5);
  assert_true(item[1]->kind == BF_PICKLE_TEXT && item[1]->n == 2);
  assert_memory_equal(item[1]->text, "h\0", 2);
  assert_true(item[2]->kind == BF_PICKLE_BYTES && item[2]->n == 1 && *item[2]->text == 'z');
  assert_int_equal(item[3]->kind, BF_PICKLE_NONE);
  assert_true(item[4]->kind == BF_PICKLE_BOOL && item[4]->whole == 1);
  assert_true(item[5]->kind == BF_PICKLE_BOOL && item[5]->whole == 0);
  assert_true(item[6]->kind == BF_PICKLE_TUPLE && item[6]->n == 0);
  bf_pickle_free(pickle);
}

static void dict_gives_the_last_of_a_key(void **state)
{
  (void)state;
  bf_pickle *pickle = NULL;
  assert_ok(READ("}(\x8c\x01"
                 "aK\x01\x8c\x01"
                 "bK\x02u\x8c\x01"
                 "aK\x03s.",
                 &pickle));
  const bf_pickle_value *root = bf_pickle_root(pickle);
  assert_int_equal(root->n, 6);
  assert_int_equal(bf_pickle_get(root, "a")->whole, 3);
  assert_int_equal(bf_pickle_get(root, "b")->whole, 2);
  assert_null(bf_pickle_get(root, "c"));
  assert_null(bf_pickle_get(root->items[1], "a"));
  bf_pickle_free(pickle);
}

static void remembered_values_are_shared(void **state)
{
  (void)state;
  bf_pickle *pickle = NULL;
  assert_ok(READ("](K\x07q\x05h\x05K\x08\x94j\x01\x00\x00\x00"
                 "e.",
                 &pickle));
  const bf_pickle_value *root = bf_pickle_root(pickle);
  assert_int_equal(root->n, 4);
  assert_ptr_equal(root->items[0], root->items[1]);
  assert_ptr_equal(root->items[2], root->items[3]);
  bf_pickle_free(pickle);
}

static void list_may_hold_itself(void **state)
{
  (void)state;
  bf_pickle *pickle = NULL;
  assert_ok(READ("]q\x00h\x00"
                 "ah\x00"
                 "a.",
                 &pickle));
  const bf_pickle_value *root = bf_pickle_root(pickle);
  assert_true(root->n == 2 && root->items[0] == root && root->items[1] == root);
  bf_pickle_free(pickle);
}

static void values_below_a_mark_are_out_of_reach(void **state)
{
  (void)state;
  bf_pickle *pickle = NULL;
  assert_fails(READ("]N(a.", &pickle), BF_ERR_DATA, "takes what is not there");
  assert_null(pickle);
}

static void call_of_a_known_name_is_an_object(void **state)
{
  (void)state;
  bf_pickle *pickle = NULL;
  assert_ok(READ("ca.b\ncall\nK\x01\x85R.", &pickle));
  const bf_pickle_value *root = bf_pickle_root(pickle);
  assert_int_equal(root->kind, BF_PICKLE_OBJECT);
  assert_ptr_equal(root->items[0]->global, &names[1]);
  assert_int_equal(root->items[1]->items[0]->whole, 1);
  bf_pickle_free(pickle);
  assert_ok(READ("\x8c\x03"
                 "a.b\x8c\x04"
                 "call\x93.",
                 &pickle));
  assert_ptr_equal(bf_pickle_root(pickle)->global, &names[1]);
  bf_pickle_free(pickle);
}

static void attributes_of_a_dict_are_no_items(void **state)
{
  (void)state;
  bf_pickle *pickle = NULL;
  assert_ok(READ("ccollections\nOrderedDict\n)R\x8c\x01kK\x01s}\x8c\x01kK\x02s"
                 "b.",
                 &pickle));
  assert_int_equal(bf_pickle_get(bf_pickle_root(pickle), "k")->whole, 1);
  bf_pickle_free(pickle);
}

static void dict_made_of_items_is_refused(void **state)
{
  (void)state;
  bf_pickle *pickle = NULL;
  assert_fails(READ("ccollections\nOrderedDict\n]\x85R.", &pickle), BF_ERR_DATA,
               "makes a dict of something");
  assert_null(pickle);
}

static void unknown_name_is_refused(void **state)
{
  (void)state;
  bf_pickle *pickle = NULL;
  assert_fails(READ("cos\nsystem\n\x8c\x02ls\x85R.", &pickle), BF_ERR_DATA,
               "its pickle names 'os.system'");
  assert_fails(READ("ca\nb.cal\n.", &pickle), BF_ERR_DATA, "'a.b.cal'");
  assert_fails(READ("ca.b\ncalls\n.", &pickle), BF_ERR_DATA, "'a.b.calls'");
  assert_fails(READ("c\n\n.", &pickle), BF_ERR_DATA, "'.'");
  assert_null(pickle);
}

/* All bytes that are no opcode here, among them those of instances, extensions and protocol 0. */
static void unknown_opcode_is_refused(void **state)
{
  (void)state;
  const char known[] = ".(NKMJGXBC)t]ae}suqrhjcRbQ";
  size_t n_unknown = 0;
  for (int code = 0; code < 256; code++) {
    const uint8_t bytes[] = {(uint8_t)code};
    bf_pickle *pickle = NULL;
    assert_int_equal(bf_pickle_read(bytes, 1, names, &pickle), BF_ERR_DATA);
    const bool is_unknown = strstr(bf_trail(), "has the opcode") != NULL;
    n_unknown += is_unknown;
    if (code < 0x80)
      assert_int_equal(is_unknown, code == 0 || strchr(known, code) == NULL);
  }
  assert_int_equal(n_unknown, 256 - 26 - 17);
}

static bf_status read_all_kinds(void)
{
  bf_pickle *pickle = NULL;
  bf_status status = READ("\x80\x02(](K\x01\x8c\x01"
                          "xe}(\x8c\x01kG\x00\x00\x00\x00\x00\x00\x00\x00u\x94h\x00"
                          "ca.b\ncall\n)RNQt.",
                          &pickle);
  bf_pickle_free(pickle);
  return status;
}

static void memory_that_is_short_is_an_error(void **state)
{
  (void)state;
  bf_status status = BF_ERR_NOMEM;
  long n = 0;
  for (; status == BF_ERR_NOMEM && n < 100; n++) {
    bf_alloc_fail_after(n);
    status = read_all_kinds();
  }
  bf_alloc_fail_after(-1);
  assert_ok(status);
  assert_in_range(n, 5, 99);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers_are_read),
      cmocka_unit_test(other_leaves_are_read),
      cmocka_unit_test(dict_gives_the_last_of_a_key),
      cmocka_unit_test(remembered_values_are_shared),
      cmocka_unit_test(list_may_hold_itself),
      cmocka_unit_test(values_below_a_mark_are_out_of_reach),
      cmocka_unit_test(call_of_a_known_name_is_an_object),
      cmocka_unit_test(attributes_of_a_dict_are_no_items),
      cmocka_unit_test(dict_made_of_items_is_refused),
      cmocka_unit_test(unknown_name_is_refused),
      cmocka_unit_test(unknown_opcode_is_refused),
      cmocka_unit_test(memory_that_is_short_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
