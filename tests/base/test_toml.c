/* Tests of src/base/toml.cpp and src/base/toml_tree.c.
 * Room: base. */
#include "unit.h"

#include <math.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/toml.h"

static bf_toml *parsed(const char *text)
{
  bf_toml *root = NULL;
  assert_ok(bf_toml_parse(text, "test", &root));
  assert_non_null(root);
  return root;
}

/* "key:kind(children);" in tree order: the shape of a tree, with the scalars' values. */
static void describe(const bf_toml *node, bf_text *text)
{
  static const char *const kinds[] = {"null", "bool", "int", "float", "string", "array", "table"};
  bf_text_printf(text, "%s:%s", node->key != NULL ? node->key : "", kinds[node->kind]);
  if (node->kind == BF_TOML_BOOLEAN)
    bf_text_printf(text, "=%d", node->boolean);
  if (node->kind == BF_TOML_INTEGER || node->kind == BF_TOML_FLOAT)
    bf_text_printf(text, "=%lld/%a", (long long)node->integer, node->number);
  if (node->kind == BF_TOML_STRING)
    bf_text_printf(text, "=%s", node->string);
  if (node->kind >= BF_TOML_ARRAY) {
    bf_text_append(text, "(");
    for (size_t i = 0; i < node->n_items; i++)
      describe(node->items[i], text);
    bf_text_append(text, ")");
  }
  bf_text_append(text, ";");
}

static void assert_same_tree(const bf_toml *a, const bf_toml *b)
{
  bf_text shape_a = {0};
  bf_text shape_b = {0};
  describe(a, &shape_a);
  describe(b, &shape_b);
  assert_string_equal(shape_a.data, shape_b.data);
  bf_text_release(&shape_a);
  bf_text_release(&shape_b);
}

/* The keys of a table, joined by spaces, are @p expected. */
static void assert_keys(const bf_toml *table, const char *expected)
{
  bf_text keys = {0};
  assert_non_null(table);
  for (size_t i = 0; i < table->n_items; i++)
    bf_text_printf(&keys, "%s%s", i > 0 ? " " : "", table->items[i]->key);
  assert_string_equal(bf_text_view(&keys), expected);
  bf_text_release(&keys);
}

static void assert_prints(const bf_toml *root, const char *expected)
{
  bf_text text = {0};
  bf_toml_print(root, &text);
  assert_ok(bf_text_status(&text));
  assert_string_equal(bf_text_view(&text), expected);
  bf_text_release(&text);
}

static void assert_survives_printing(const char *text)
{
  bf_text printed = {0};
  bf_toml *root = parsed(text);
  bf_toml_print(root, &printed);
  bf_toml *again = parsed(bf_text_view(&printed));
  assert_same_tree(root, again);
  bf_toml_free(root);
  bf_toml_free(again);
  bf_text_release(&printed);
}

static void parse_reads_every_kind(void **state)
{
  (void)state;
  bf_toml *root = parsed("n = \"NA\"\nb = true\ni = -5\nf = 1e-2\ns = 'x'\na = [1, \"NA\"]\n[t]\n");
  bf_text shape = {0};
  describe(root, &shape);
  assert_string_equal(shape.data,
                      ":table(n:null;b:bool=1;i:int=-5/-0x1.4p+2;f:float=0/0x1.47ae147ae147bp-7;"
                      "s:string=x;a:array(:int=1/0x1p+0;:null;);t:table(););");
  bf_text_release(&shape);
  bf_toml_free(root);
}

static void parse_turns_na_into_null_at_any_depth(void **state)
{
  (void)state;
  bf_toml *root = parsed("[a.b]\nc = [[\"NA\"], {d = 'NA'}, \"NAN\"]\n");
  const bf_toml *c = bf_toml_at(root, "a.b.c");
  assert_int_equal(c->items[0]->items[0]->kind, BF_TOML_NULL);
  assert_int_equal(bf_toml_get(c->items[1], "d")->kind, BF_TOML_NULL);
  assert_int_equal(c->items[2]->kind, BF_TOML_STRING);
  bf_toml_free(root);
}

static void parse_keeps_the_order_of_the_file(void **state)
{
  (void)state;
  bf_toml *root = parsed("z = 1\nb.c.d = 2\na = { y = 1, x = 2 }\nb.a = 3\n"
                         "[q.w.e]\nk = 1\n[q]\nm = 1\n[m.a]\n[[q.arr]]\n[[q.arr]]\n[q.w.a]\n");
  assert_keys(root, "z b a q m");
  assert_keys(bf_toml_at(root, "b"), "c a");
  assert_keys(bf_toml_at(root, "a"), "y x");
  assert_keys(bf_toml_at(root, "q"), "w m arr");
  assert_keys(bf_toml_at(root, "q.w"), "e a");
  assert_int_equal(bf_toml_at(root, "q.arr")->n_items, 2);
  bf_toml_free(root);
}

static void parse_gives_the_position_of_keys_and_elements(void **state)
{
  (void)state;
  bf_toml *root = parsed("a = 1\n[t]\n  key = [10,\n 20]\n");
  const bf_toml *key = bf_toml_at(root, "t.key");
  assert_int_equal(key->line, 3);
  assert_int_equal(key->column, 3);
  assert_int_equal(key->items[1]->line, 4);
  assert_int_equal(key->items[1]->column, 2);
  assert_int_equal(bf_toml_get(root, "t")->line, 2);
  bf_toml_free(root);
}

static void assert_refused(const char *text, const char *words)
{
  bf_toml *root = NULL;
  assert_fails(bf_toml_parse(text, "job.toml", &root), BF_ERR_USAGE, words);
  assert_null(root);
}

static void parse_names_the_place_of_a_mistake(void **state)
{
  (void)state;
  assert_refused("a = 1\nb = \n", "job.toml:2:5: ");
  assert_refused("a = 1\na = 2\n", "job.toml:2:");
  assert_refused("a = \"open\n", "job.toml:1:");
  assert_refused("a = \"\xff\"\n", "job.toml:1:");
  assert_refused("a = 99999999999999999999\n", "job.toml:1:");
}

static void parse_refuses_dates_and_nul_bytes(void **state)
{
  (void)state;
  assert_refused("a = 1\nb = 2024-01-31\n", "job.toml:2:5: dates");
  assert_refused("a = [12:00:00]\n", "job.toml:1:6: dates");
  assert_refused("a = 2024-01-31T12:00:00Z\n", "job.toml:1:5: dates");
  assert_refused("a = \"x\\u0000y\"\n", "job.toml:1:5: a text cannot hold a NUL");
  assert_refused("\"x\\u0000y\" = 1\n", "job.toml:1:1: a text cannot hold a NUL");
}

/* @p start, @p n times @p open, then as often @p close. */
static void repeat(bf_text *text, const char *start, const char *open, const char *close, int n)
{
  bf_text_reset(text);
  bf_text_append(text, start);
  for (int i = 0; i < n; i++)
    bf_text_append(text, open);
  for (int i = 0; i < n; i++)
    bf_text_append(text, close);
}

static void parse_refuses_nesting_deeper_than_64(void **state)
{
  (void)state;
  bf_text text = {0};
  repeat(&text, "a = ", "[", "]", 64);
  bf_toml_free(parsed(text.data));
  repeat(&text, "a = ", "[", "]", 65);
  assert_refused(text.data, "deeper than 64");
  repeat(&text, "a = ", "[", "]", 100000);
  assert_refused(text.data, "job.toml:1:");
  repeat(&text, "\na", ".a", "", 100000);
  bf_text_append(&text, " = 1\n");
  assert_refused(text.data, "job.toml:2:1: a key has more than 64 parts");
  bf_text_release(&text);
}

static void parse_takes_many_dots_that_are_no_key(void **state)
{
  (void)state;
  bf_text text = {0};
  repeat(&text, "# ", " .", "", 100);
  bf_text_append(&text, "\na = [0.5");
  for (int i = 0; i < 100; i++)
    bf_text_append(&text, ", 0.5");
  bf_text_append(&text, "]\nb = \"");
  for (int i = 0; i < 100; i++)
    bf_text_append(&text, ".");
  bf_text_append(&text, "\"\n");
  bf_toml_free(parsed(text.data));
  bf_text_release(&text);
}

static void get_and_at_give_null_for_what_is_absent(void **state)
{
  (void)state;
  bf_toml *root = parsed("a = 1\n[t.u]\nv = 2\n");
  assert_int_equal(bf_toml_at(root, "t.u.v")->integer, 2);
  assert_null(bf_toml_at(root, "t.u.w"));
  assert_null(bf_toml_at(root, "t.x.v"));
  assert_null(bf_toml_at(root, "a.b"));
  assert_null(bf_toml_at(root, ""));
  assert_null(bf_toml_at(NULL, "a"));
  assert_null(bf_toml_get(root, "aa"));
  assert_null(bf_toml_get(bf_toml_get(root, "a"), "b"));
  assert_null(bf_toml_get(NULL, "a"));
  bf_toml_free(root);
}

static void set_replaces_in_place_and_adds_at_the_end(void **state)
{
  (void)state;
  bf_toml *root = parsed("a = 1\nb = 2\n[t]\nc = 3\n");
  assert_ok(bf_toml_set(root, "a", "[1, 2]"));
  assert_ok(bf_toml_set(root, "t.c", "random"));
  assert_ok(bf_toml_set(root, "t.d", "1e-3"));
  assert_ok(bf_toml_set(root, "u.v.\"x y\"", "true"));
  assert_ok(bf_toml_set(root, "new", "\"quoted\""));
  assert_prints(root, "a = [1, 2]\nb = 2\nnew = \"quoted\"\n\n[t]\nc = \"random\"\nd = 0.001\n"
                      "\n[u.v]\n\"x y\" = true\n");
  assert_int_equal(bf_toml_at(root, "u.v")->line, 0);
  assert_int_equal(bf_toml_get(root, "a")->line, 0);
  assert_int_equal(bf_toml_get(root, "b")->line, 2);
  bf_toml_free(root);
}

static void set_takes_what_is_no_value_as_a_string(void **state)
{
  (void)state;
  static const char *const strings[] = {
      "brute-force", "a b", "2024-01-31", "1\nw = 2", "\"open", "", "a\"b", "1, 2", "C:\\x"};
  bf_toml *root = parsed("");
  for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
    assert_ok(bf_toml_set(root, "k", strings[i]));
    assert_int_equal(bf_toml_get(root, "k")->kind, BF_TOML_STRING);
    assert_string_equal(bf_toml_get(root, "k")->string, strings[i]);
  }
  assert_ok(bf_toml_set(root, "k", "NA"));
  assert_int_equal(bf_toml_get(root, "k")->kind, BF_TOML_NULL);
  bf_toml_free(root);
}

static void set_string_never_reads_toml(void **state)
{
  (void)state;
  bf_toml *root = parsed("");
  assert_ok(bf_toml_set_string(root, "t.k", "25"));
  assert_string_equal(bf_toml_at(root, "t.k")->string, "25");
  assert_ok(bf_toml_set_string(root, "t.k", "line\n\"two\"\t\x01"));
  assert_string_equal(bf_toml_at(root, "t.k")->string, "line\n\"two\"\t\x01");
  assert_ok(bf_toml_set_string(root, "t.k", "NA"));
  assert_int_equal(bf_toml_at(root, "t.k")->kind, BF_TOML_NULL);
  assert_fails(bf_toml_set_string(root, "t.k", "caf\xe9"), BF_ERR_USAGE, "t.k:1:");
  assert_int_equal(bf_toml_at(root, "t.k")->kind, BF_TOML_NULL);
  bf_toml_free(root);
}

static void set_refuses_bad_paths_and_leaves_the_tree(void **state)
{
  (void)state;
  static const char *const paths[] = {
      "", ".", "a.", "a b", "a]\n[b", "a]\nb = 1 #", "a]\nb = 1\nc = 2 #", "[a]", "\"a"};
  bf_toml *root = parsed("a = 1\n[t.u]\nv = 2\n");
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
    assert_fails(bf_toml_set(root, paths[i], "1"), BF_ERR_USAGE, "is no dotted key");
  assert_fails(bf_toml_set(root, "a.b", "1"), BF_ERR_USAGE, "'a' is a value, not a table");
  assert_fails(bf_toml_set(root, "t.u.v.w.x", "1"), BF_ERR_USAGE, "'v' is a value, not a table");
  assert_prints(root, "a = 1\n\n[t.u]\nv = 2\n");
  bf_toml_free(root);
}

static void set_replaces_a_table_by_a_value_and_back(void **state)
{
  (void)state;
  bf_toml *root = parsed("[t]\na = 1\n");
  assert_ok(bf_toml_set(root, "t", "{b = 2, c = {}}"));
  assert_prints(root, "[t]\nb = 2\n\n[t.c]\n");
  assert_ok(bf_toml_set(root, "t", "5"));
  assert_prints(root, "t = 5\n");
  bf_toml_free(root);
}

static void set_reports_every_lack_of_memory(void **state)
{
  (void)state;
  static const char *const values[] = {"[1, \"NA\", {x = 'y'}]", "plain word"};
  for (size_t i = 0; i < 2; i++) {
    bf_status status = BF_ERR_NOMEM;
    long n = 0;
    for (; status != BF_OK; n++) {
      bf_toml *root = parsed("a = 1\n[t]\nb = 2\n");
      bf_alloc_fail_after(n);
      status = bf_toml_set(root, "t.u.v", values[i]);
      bf_alloc_fail_after(-1);
      assert_true(status == BF_OK || status == BF_ERR_NOMEM);
      if (status != BF_OK)
        assert_prints(root, "a = 1\n\n[t]\nb = 2\n");
      bf_toml_free(root);
    }
    assert_true(n > 8);
  }
}

static void parse_reports_every_lack_of_memory(void **state)
{
  (void)state;
  bf_status status = BF_ERR_NOMEM;
  long n = 0;
  for (; status != BF_OK; n++) {
    bf_toml *root = NULL;
    bf_alloc_fail_after(n);
    status = bf_toml_parse("a = [1, 'x']\n[t.u]\nb = 'NA'\n", "test", &root);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    assert_true((status == BF_OK) == (root != NULL));
    bf_toml_free(root);
  }
  assert_true(n > 10);
}

static void print_writes_floats_that_read_back(void **state)
{
  (void)state;
  static const struct {
    double value;
    const char *printed;
  } cases[] = {{1, "1.0"},
               {0.1, "0.1"},
               {-0.0, "-0.0"},
               {1e22, "1e+22"},
               {1.0 / 3, "0.3333333333333333"},
               {0.1 + 0.2, "0.30000000000000004"},
               {5e-324, "4.94065645841247e-324"},
               {(double)INFINITY, "inf"},
               {-(double)INFINITY, "-inf"},
               {(double)NAN, "nan"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bf_toml number = {.kind = BF_TOML_FLOAT, .key = (char[]){"f"}, .number = cases[i].value};
    bf_toml root = {.kind = BF_TOML_TABLE, .items = (bf_toml *[]){&number}, .n_items = 1};
    bf_text text = {0};
    bf_text expected = {0};
    bf_toml_print(&root, &text);
    bf_text_printf(&expected, "f = %s\n", cases[i].printed);
    assert_string_equal(text.data, expected.data);
    bf_toml *again = parsed(text.data);
    double read = bf_toml_get(again, "f")->number;
    assert_true(isnan(read) ? isnan(cases[i].value) : read == cases[i].value);
    bf_toml_free(again);
    bf_text_release(&text);
    bf_text_release(&expected);
  }
}

static void print_survives_parsing(void **state)
{
  (void)state;
  assert_survives_printing("");
  assert_survives_printing("[a]\n[b]\n[b.c]\n[d.e.f]\n");
  assert_survives_printing("s = \"q\\\"b\\\\n\\n\\t\\u0001\\u007f\\u00e9\"\n'' = 1\n'a.b' = 2\n");
  assert_survives_printing("a.b.c = 1\nd = 2\na.e = 3\n[f.g]\nh = 1\n[f]\ni = 2\n");
  assert_survives_printing("a = [[], [1, [2.5]], {b = {}, c = ['NA']}]\n[[t]]\nx = 1\n[[t]]\n");
  assert_survives_printing("i = 9223372036854775807\nj = -9223372036854775808\nb = false\n");
}

static void print_quotes_the_keys_that_need_it(void **state)
{
  (void)state;
  bf_toml *root = parsed("'a b' = 1\n\"\" = 2\nok_-1 = 3\n['x.y'.\"z\\\"\"]\nk = 4\n");
  assert_prints(root, "\"a b\" = 1\n\"\" = 2\nok_-1 = 3\n\n[\"x.y\".\"z\\\"\"]\nk = 4\n");
  bf_toml_free(root);
}

static void job_files_keep_their_order_and_survive_printing(void **state)
{
  (void)state;
  static const char *const files[] = {BF_SOURCE "/jobs/jsc_toy_by_type.toml",
                                      BF_SOURCE "/jobs/jsc_lab4_train.toml"};
  for (size_t i = 0; i < 2; i++) {
    bf_text text = {0};
    assert_ok(bf_file_read(files[i], &text));
    assert_survives_printing(text.data);
    bf_text_release(&text);
  }
  bf_text text = {0};
  assert_ok(bf_file_read(files[0], &text));
  bf_toml *root = parsed(text.data);
  assert_keys(root,
              "model dataset task max_epochs batch_size learning_rate accelerator project seed "
              "log_every_n_steps load_type passes search");
  assert_keys(bf_toml_at(root, "search"), "search_space strategy");
  assert_keys(bf_toml_at(root, "search.search_space.seed"), "default linear seq_blocks_2");
  assert_keys(bf_toml_at(root, "search.search_space.seed.seq_blocks_2.config"),
              "name data_in_width data_in_frac_width weight_width weight_frac_width bias_width "
              "bias_frac_width");
  assert_keys(bf_toml_at(root, "search.strategy"),
              "name eval_mode sw_runner hw_runner setup metrics");
  assert_keys(bf_toml_at(root, "search.strategy.metrics"), "accuracy average_bitwidth");
  assert_keys(bf_toml_at(root, "search.strategy.metrics.accuracy"), "scale direction");
  assert_true(bf_toml_at(root, "learning_rate")->number == 1e-2);
  bf_toml_free(root);
  bf_text_release(&text);
}

static void wrap_makes_an_array_of_a_value_under_its_key(void **state)
{
  (void)state;
  bf_text text = {0};
  bf_toml *root = parsed("a = 1\nb = [2]\n");
  assert_ok(bf_toml_wrap(root->items[0]));
  assert_ok(bf_toml_wrap(root->items[1]));
  assert_int_equal(root->items[0]->line, 1);
  bf_toml_print(root, &text);
  assert_string_equal(bf_text_view(&text), "a = [1]\nb = [[2]]\n");
  bf_text_release(&text);
  bf_toml_free(root);
}

static void remove_takes_one_child_and_leaves_room(void **state)
{
  (void)state;
  bf_text text = {0};
  bf_toml *root = parsed("a = 1\nb = 2\nc = 3\nd = 4\ne = 5\n");
  bf_toml_remove(root, "b");
  bf_toml_remove(root, "b");
  bf_toml_remove(root, "zz");
  assert_ok(bf_toml_set(root, "f", "6"));
  assert_ok(bf_toml_set(root, "g", "7"));
  bf_toml_print(root, &text);
  assert_string_equal(bf_text_view(&text), "a = 1\nc = 3\nd = 4\ne = 5\nf = 6\ng = 7\n");
  bf_text_release(&text);
  bf_toml_free(root);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(parse_reads_every_kind),
      cmocka_unit_test(parse_turns_na_into_null_at_any_depth),
      cmocka_unit_test(parse_keeps_the_order_of_the_file),
      cmocka_unit_test(parse_gives_the_position_of_keys_and_elements),
      cmocka_unit_test(parse_names_the_place_of_a_mistake),
      cmocka_unit_test(parse_refuses_dates_and_nul_bytes),
      cmocka_unit_test(parse_refuses_nesting_deeper_than_64),
      cmocka_unit_test(parse_takes_many_dots_that_are_no_key),
      cmocka_unit_test(get_and_at_give_null_for_what_is_absent),
      cmocka_unit_test(set_replaces_in_place_and_adds_at_the_end),
      cmocka_unit_test(set_takes_what_is_no_value_as_a_string),
      cmocka_unit_test(set_string_never_reads_toml),
      cmocka_unit_test(set_refuses_bad_paths_and_leaves_the_tree),
      cmocka_unit_test(set_replaces_a_table_by_a_value_and_back),
      cmocka_unit_test(set_reports_every_lack_of_memory),
      cmocka_unit_test(parse_reports_every_lack_of_memory),
      cmocka_unit_test(print_writes_floats_that_read_back),
      cmocka_unit_test(print_survives_parsing),
      cmocka_unit_test(print_quotes_the_keys_that_need_it),
      cmocka_unit_test(wrap_makes_an_array_of_a_value_under_its_key),
      cmocka_unit_test(remove_takes_one_child_and_leaves_room),
      cmocka_unit_test(job_files_keep_their_order_and_survive_printing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
