/* Tests of data/scaler and the rows file under it.
 * Room: data. Golden: tests/golden/scaler.json, made by make_scaler.py. */
#include "unit.h"

#include "data/scaler.h"

#include <math.h>

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "folder.h"

enum { N = 60, N_FEATURES = 7 };

static bf_json *golden(void)
{
  bf_text text = {0};
  bf_json *root = NULL;
  assert_ok(bf_file_read(BF_GOLDEN "/scaler.json", &text));
  assert_ok(bf_json_parse(bf_text_view(&text), "scaler.json", &root));
  bf_text_release(&text);
  return root;
}

/* A rows file of the golden rows, written from the last to the first. */
static bf_rows_file golden_rows(const bf_json *root)
{
  bf_rows_file file = {.fd = -1};
  const bf_json *rows = bf_json_get(root, "rows");
  assert_int_equal(bf_json_size(rows), N);
  assert_ok(bf_rows_file_open(folder_path(), N_FEATURES, &file));
  for (size_t i = N; i > 0; i--) {
    double row[N_FEATURES];
    for (size_t j = 0; j < N_FEATURES; j++)
      assert_ok(bf_json_double(bf_json_at(bf_json_at(rows, i - 1), j), &row[j]));
    assert_ok(bf_rows_file_put(&file, i - 1, row));
  }
  return file;
}

static void assert_near(double value, double expected, double unit)
{
  if (!(fabs(value - expected) <= 1e-13 * fmax(fabs(expected), unit)))
    fail_msg("%.17g is not %.17g", value, expected);
}

static void fit_agrees_with_numpy(void **state)
{
  (void)state;
  double mean[N_FEATURES];
  double scale[N_FEATURES];
  double expected_mean[N_FEATURES];
  double expected_scale[N_FEATURES];
  bf_json *root = golden();
  bf_rows_file file = golden_rows(root);
  assert_int_equal(folder_count(folder_path()), 0);
  assert_ok(bf_scaler_fit(&file, N, mean, scale));
  assert_ok(bf_json_doubles(root, "mean", N_FEATURES, expected_mean));
  assert_ok(bf_json_doubles(root, "scale", N_FEATURES, expected_scale));
  for (size_t j = 0; j < N_FEATURES; j++) {
    assert_near(mean[j], expected_mean[j], expected_scale[j]);
    assert_near(scale[j], expected_scale[j], 0);
  }
  assert_true(scale[3] == 1 && scale[6] == 1);
  bf_rows_file_close(&file);
  bf_json_free(root);
}

static void fit_uses_the_first_rows_only(void **state)
{
  (void)state;
  double mean[1];
  double scale[1];
  const double rows[] = {1, 3, 1e6};
  bf_rows_file file = {.fd = -1};
  assert_ok(bf_rows_file_open(folder_path(), 1, &file));
  for (size_t i = 0; i < 3; i++)
    assert_ok(bf_rows_file_put(&file, i, &rows[i]));
  assert_ok(bf_scaler_fit(&file, 2, mean, scale));
  assert_true(mean[0] == 2 && scale[0] == 1);
  assert_fails(bf_scaler_fit(&file, 4, mean, scale), BF_ERR_IO, "too short");
  bf_rows_file_close(&file);
}

static void fit_loses_nothing_to_large_values(void **state)
{
  (void)state;
  double mean[1];
  double scale[1];
  const double rows[] = {1e16, 1, 1, -1e16};
  bf_rows_file file = {.fd = -1};
  assert_ok(bf_rows_file_open(folder_path(), 1, &file));
  for (size_t i = 0; i < 4; i++)
    assert_ok(bf_rows_file_put(&file, i, &rows[i]));
  assert_ok(bf_scaler_fit(&file, 4, mean, scale));
  assert_true(mean[0] == 0.5);
  bf_rows_file_close(&file);
}

static void apply_divides_in_double(void **state)
{
  (void)state;
  const double mean[] = {1, 1e8};
  const double scale[] = {4, 0.5};
  const double rows[] = {3, 1e8 + 0.25, -1, 1e8 - 1};
  float out[4];
  bf_scaler_apply(2, 2, mean, scale, rows, out);
  assert_true(out[0] == 0.5F && out[1] == 0.5F && out[2] == -0.5F && out[3] == -2);
}

static void file_of_scaler_is_read(void **state)
{
  (void)state;
  double mean[2] = {0, 0};
  double scale[2] = {0, 0};
  const char *path = folder_write(
      "s.json", "{\"x\": 1, \"scaler\": {\"mean\": [1, -2.5], \"scale\": [0.5, 3e2]}}");
  assert_ok(bf_scaler_load(path, 2, mean, scale));
  assert_true(mean[0] == 1 && mean[1] == -2.5 && scale[0] == 0.5 && scale[1] == 300);
}

static void file_of_scaler_wrong_is_refused(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    const char *words;
  } cases[] = {
      {"{", "cannot read scaler"},
      {"{}", "no member 'scaler'"},
      {"{\"scaler\": {\"mean\": [1, 2]}}", "scale"},
      {"{\"scaler\": {\"mean\": [1], \"scale\": [1, 1]}}", "'mean' has 1 values, expected 2"},
      {"{\"scaler\": {\"mean\": [1, \"x\"], \"scale\": [1, 1]}}", "mean"},
      {"{\"scaler\": {\"mean\": [1, 2], \"scale\": [1, 0]}}", "element 1 of 'scale' is 0"},
      {"{\"scaler\": {\"mean\": [1, 2], \"scale\": [-1, 1]}}", "element 0 of 'scale' is -1"},
      {"{\"scaler\": {\"mean\": [1e999, 2], \"scale\": [1, 1]}}", "cannot read scaler"},
  };
  double mean[2] = {7, 7};
  double scale[2] = {7, 7};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    assert_fails(bf_scaler_load(folder_write("s.json", cases[i].text), 2, mean, scale), BF_ERR_DATA,
                 cases[i].words);
  assert_fails(bf_scaler_load(folder_file("none.json"), 2, mean, scale), BF_ERR_USAGE, "none.json");
  assert_true(mean[0] == 7 && mean[1] == 7 && scale[0] == 7 && scale[1] == 7);
}

static void fit_without_memory_fails_cleanly(void **state)
{
  (void)state;
  double mean[N_FEATURES] = {5};
  double scale[N_FEATURES] = {5};
  bf_json *root = golden();
  bf_rows_file file = golden_rows(root);
  bf_status status = BF_ERR_NOMEM;
  for (long i = 0; status != BF_OK; i++) {
    bf_alloc_fail_after(i);
    status = bf_scaler_fit(&file, N, mean, scale);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || (status == BF_ERR_NOMEM && mean[0] == 5 && scale[0] == 5));
  }
  bf_rows_file_close(&file);
  bf_json_free(root);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(fit_agrees_with_numpy),
      TEST(fit_uses_the_first_rows_only),
      TEST(fit_loses_nothing_to_large_values),
      TEST(apply_divides_in_double),
      TEST(file_of_scaler_is_read),
      TEST(file_of_scaler_wrong_is_refused),
      TEST(fit_without_memory_fails_cleanly),
  };
  return cmocka_run_group_tests_name("data.scaler", tests, NULL, NULL);
}
