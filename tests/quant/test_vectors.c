/* Every format against vectors of independent implementations: the Python tool's own functions, and
 * numpy (tests/golden/make_formats.py).
 * Room: tests. */
#include "unit.h"

#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "quant/format.h"

enum { MAX_SETTINGS = 8, MAX_ENTRIES = 4 };

/* Blocks of data lie within rows: the last entry alone. */
static void read_block(const bf_json *value, bool is_data, bf_setting *setting)
{
  int64_t entries[MAX_ENTRIES];
  size_t n = bf_json_size(value);
  assert_in_range(n, 1, MAX_ENTRIES);
  for (size_t i = 0; i < n; i++)
    entries[i] = bf_json_int64(bf_json_at(value, i));
  const int64_t of_row[] = {1, entries[n - 1]};
  assert_ok(is_data ? bf_setting_block(setting, 2, of_row) : bf_setting_block(setting, n, entries));
}

static void read_setting(const char *key, const bf_json *value, bool is_data, bf_setting *setting)
{
  *setting = (bf_setting){.key = key, .is_null = bf_json_kind_of(value) == BF_JSON_NULL};
  if (bf_json_kind_of(value) == BF_JSON_ARRAY)
    read_block(value, is_data, setting);
  else if (bf_json_kind_of(value) == BF_JSON_BOOLEAN)
    setting->kind = BF_VALUE_FLAG, setting->value = bf_json_is_true(value);
  else if (!setting->is_null)
    setting->value = bf_json_int64(value);
}

static bf_quantizer quantizer_of(const bf_json *vector)
{
  bf_quantizer quantizer;
  bf_setting settings[MAX_SETTINGS];
  size_t n = 0;
  bool is_unsigned = false;
  bool is_data = strcmp(bf_json_text(bf_json_get(vector, "role")), "data_in") == 0;
  const bf_json *parameters = bf_json_get(vector, "params");
  for (const char *key = NULL; (key = bf_json_key_after(parameters, key)) != NULL;) {
    const bf_json *value = bf_json_get(parameters, key);
    if (strcmp(key, "is_signed") == 0) {
      is_unsigned = !bf_json_is_true(value);
      continue;
    }
    assert_true(n < MAX_SETTINGS);
    read_setting(key, value, is_data, &settings[n++]);
  }
  const char *format = bf_json_text(bf_json_get(vector, "quantizer"));
  assert_ok(bf_quantizer_init(&quantizer, format, n, settings, is_unsigned));
  return quantizer;
}

/* One element, which may be the text "nan" or "inf". */
static float element(const bf_json *array, size_t i)
{
  const bf_json *item = bf_json_at(array, i);
  if (bf_json_text(item) != NULL)
    return strtof(bf_json_text(item), NULL);
  double value;
  assert_ok(bf_json_double(item, &value));
  return (float)value;
}

static void check_case(const bf_json *vector, const bf_json *input)
{
  bf_quantizer quantizer = quantizer_of(vector);
  const bf_json *shape = bf_json_get(vector, "shape"), *output = bf_json_get(vector, "output");
  size_t n_columns = (size_t)bf_json_int64(bf_json_at(shape, bf_json_size(shape) - 1));
  size_t n = bf_json_size(input);
  float *x = bf_alloc(n, sizeof *x), *y = bf_alloc(n, sizeof *y);
  assert_non_null(x);
  assert_non_null(y);
  assert_int_equal(n, bf_json_size(output));
  for (size_t i = 0; i < n; i++)
    x[i] = element(input, i);
  bf_quantize(&quantizer, n / n_columns, n_columns, x, y);
  bf_quantize(&quantizer, n / n_columns, n_columns, x, x);
  for (size_t i = 0; i < n; i++) {
    float expected = element(output, i);
    if (!(y[i] == expected || (isnan(y[i]) && isnan(expected))))
      fail_msg("case %s, element %zu: %.9g becomes %.9g, expected %.9g",
               bf_json_text(bf_json_get(vector, "id")), i, (double)element(input, i), (double)y[i],
               (double)expected);
  }
  assert_memory_equal(x, y, n * sizeof *x);
  free(x);
  free(y);
}

/* Cases of formats that are known, so that a file may be ahead. */
static size_t check_file(const char *path)
{
  bf_text text = {0};
  bf_json *vectors;
  const bf_json *input = NULL;
  size_t n_checked = 0;
  assert_ok(bf_file_read(path, &text));
  assert_ok(bf_json_parse(bf_text_view(&text), "vectors", &vectors));
  for (size_t i = 0; i < bf_json_size(vectors); i++) {
    const bf_json *vector = bf_json_at(vectors, i);
    const bf_json *own = bf_json_get(vector, "input");
    input = own != NULL ? own : input;
    if (!bf_format_exists(bf_json_text(bf_json_get(vector, "quantizer"))))
      continue;
    check_case(vector, input);
    n_checked++;
  }
  bf_json_free(vectors);
  bf_text_release(&text);
  return n_checked;
}

static void vectors_of_the_python_tool_are_met_exactly(void **state)
{
  (void)state;
  if (!bf_file_exists(BF_SHARED "/data/quantizer_vectors_dev.json"))
    skip();
  assert_true(check_file(BF_SHARED "/data/quantizer_vectors_dev.json") >= 41);
}

static void vectors_of_numpy_are_met_exactly(void **state)
{
  (void)state;
  assert_true(check_file(BF_GOLDEN "/formats.json") >= 100);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(vectors_of_the_python_tool_are_met_exactly),
      cmocka_unit_test(vectors_of_numpy_are_met_exactly),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
