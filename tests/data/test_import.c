/* Tests of data/import from source to loaded set: rows kept, places, scaler, shards, failures.
 * Room: data. */
#include "unit.h"

#include "data/import.h"

#include <math.h>

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "data/dataset.h"
#include "data/statistics.h"
#include "folder.h"

enum { N_FEATURES = 16, N_CLASSES = 5, ID = 15 };

/* A set that was made, in memory. */
typedef struct made {
  bf_manifest *manifest;
  void *block;
  bf_dataset dataset;
} made;

static made load(const char *folder)
{
  made set = {0};
  assert_ok(bf_manifest_load(folder, &set.manifest));
  set.block = bf_alloc(bf_dataset_bytes(set.manifest), 1);
  assert_non_null(set.block);
  assert_ok(bf_dataset_read(set.manifest, set.block, 0, 1));
  assert_ok(bf_manifest_verify(set.manifest));
  set.dataset = bf_dataset_view(set.manifest, set.block);
  return set;
}

static void drop(made *set)
{
  bf_manifest_free(set->manifest);
  free(set->block);
}

/* Feature @p j of row @p id as the CSV has it; the last feature is the row's number. */
static double value_of(size_t id, size_t j)
{
  return j == ID ? (double)id : (double)((id * 37 + j * 11) % 101) / 8 - 3;
}

static void print_header(bf_text *text)
{
  bf_statistics *statistics = NULL;
  assert_ok(bf_statistics_load(&statistics));
  for (size_t j = 0; j < N_FEATURES; j++)
    bf_text_printf(text, "%s,", statistics->features[j]);
  bf_text_append(text, "class\n");
  bf_statistics_free(statistics);
}

static void print_row(bf_text *text, size_t id)
{
  for (size_t j = 0; j < N_FEATURES; j++)
    bf_text_printf(text, "%.17g,", value_of(id, j));
  bf_text_printf(text, "%c\n", "gqwzt"[id % N_CLASSES]);
}

/* Rows first .. first + n - 1; then @p more, as it is. */
static const char *write_rows(const char *name, size_t first, size_t n, const char *more)
{
  bf_text text = {0};
  print_header(&text);
  for (size_t i = 0; i < n; i++)
    print_row(&text, first + i);
  bf_text_append(&text, more);
  const char *path = folder_write(name, bf_text_view(&text));
  bf_text_release(&text);
  return path;
}

static bf_import_options options_to(const char *out)
{
  bf_import_options options = bf_import_defaults();
  options.out = folder_file(out);
  options.seed = 5;
  return options;
}

static bf_status import_one(const char *path, const bf_import_options *options)
{
  return bf_import(1, &path, options);
}

/* Each of the rows 0 .. n-1 is in the set once, unscaled, with its label. */
static void assert_holds_rows(const made *set, size_t n)
{
  uint8_t *seen = calloc(n, 1);
  size_t n_rows = 0;
  assert_non_null(seen);
  for (size_t s = 0; s < BF_N_SPLITS; s++) {
    const bf_tiles *rows = &set->dataset.split[s];
    n_rows += rows->n;
    for (size_t i = 0; i < rows->n; i++) {
      float row[N_FEATURES];
      bf_tiles_get(i, 1, N_FEATURES, rows->values, row);
      size_t id = (size_t)row[ID];
      assert_true(id < n && !seen[id]);
      seen[id] = 1;
      assert_int_equal(rows->labels[i], id % N_CLASSES);
      for (size_t j = 0; j < N_FEATURES; j++)
        assert_true(row[j] == (float)value_of(id, j));
    }
  }
  assert_int_equal(n_rows, n);
  free(seen);
}

static void rows_arrive_once_with_their_labels(void **state)
{
  (void)state;
  bf_import_options options = options_to("set");
  options.scaler = "none";
  assert_ok(import_one(write_rows("a.csv", 0, 300, ""), &options));
  made set = load(options.out);
  assert_holds_rows(&set, 300);
  assert_int_equal(set.manifest->n_rows[BF_TRAIN], 192);
  assert_int_equal(set.manifest->n_rows[BF_VAL], 48);
  assert_int_equal(set.manifest->n_rows[BF_TEST], 60);
  assert_string_equal(set.manifest->kind, "real");
  assert_string_equal(set.manifest->source, "a.csv");
  assert_string_equal(set.manifest->split, "64,16,20");
  assert_true(set.manifest->seed == 5 && set.manifest->scaler_scale[3] == 1);
  uint64_t hash = 0;
  assert_ok(bf_file_hash(folder_file("a.csv"), &hash));
  assert_true(set.manifest->source_hash == hash);
  assert_int_equal(folder_count(folder_path()), 2);
  drop(&set);
}

static void duplicates_are_left_out(void **state)
{
  (void)state;
  bf_text more = {0};
  bf_import_options options = options_to("set");
  options.scaler = "none";
  options.split = "100,0,0";
  for (size_t i = 0; i < 200; i++)
    print_row(&more, i % 7);
  assert_ok(import_one(write_rows("a.csv", 0, 50, bf_text_view(&more)), &options));
  made set = load(options.out);
  assert_holds_rows(&set, 50);
  drop(&set);
  bf_text_release(&more);
}

static void same_features_with_another_label_are_kept(void **state)
{
  (void)state;
  bf_import_options options = options_to("set");
  options.split = "100,0,0";
  const char *more = "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,g\n"
                     "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,q\n"
                     "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16.0,g\n";
  assert_ok(import_one(write_rows("a.csv", 0, 0, more), &options));
  made set = load(options.out);
  assert_int_equal(set.manifest->n_rows[BF_TRAIN], 2);
  drop(&set);
}

static void row_not_finite_is_an_error_or_dropped(void **state)
{
  (void)state;
  bf_import_options options = options_to("set");
  options.scaler = "none";
  const char *more = "1,2,nan,4,5,6,7,8,9,10,11,12,13,14,15,16,g\n"
                     "1,2,nan,4,5,6,7,8,9,10,11,12,13,14,15,16,g\n"
                     "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,-inf,g\n";
  const char *path = write_rows("a.csv", 0, 20, more);
  assert_fails(import_one(path, &options), BF_ERR_DATA, "line 22: feature 'c1_b1_mmdt' is nan");
  assert_fails(import_one(path, &options), BF_ERR_DATA, "--drop-nan");
  assert_int_equal(folder_count(folder_path()), 1);
  options.drop_nan = true;
  assert_ok(import_one(path, &options));
  made set = load(options.out);
  assert_holds_rows(&set, 20);
  drop(&set);
  options = options_to("other");
  options.drop_nan = true;
  assert_fails(import_one(write_rows("b.csv", 0, 0, more), &options), BF_ERR_DATA,
               "all 3 rows hold NaN or infinity");
}

static void assert_standard(const bf_tiles *rows, size_t n)
{
  for (size_t j = 0; j < N_FEATURES; j++) {
    double sum = 0;
    double squares = 0;
    for (size_t i = 0; i < n; i++) {
      double x = (double)rows->values[bf_tile_place(N_FEATURES, i, j)];
      sum += x;
      squares += x * x;
    }
    assert_true(fabs(sum / (double)n) < 1e-6 && fabs(squares / (double)n - 1) < 1e-6);
  }
}

static void scaler_is_fitted_on_train(void **state)
{
  (void)state;
  bf_import_options options = options_to("set");
  assert_ok(import_one(write_rows("a.csv", 0, 500, ""), &options));
  made set = load(options.out);
  assert_standard(&set.dataset.split[BF_TRAIN], set.manifest->n_rows[BF_TRAIN]);
  drop(&set);
}

static void sklearn_split_has_its_order_and_scaler(void **state)
{
  (void)state;
  static const size_t order[10] = {8, 1, 5, 0, 7, 2, 9, 4, 3, 6};
  bf_import_options options = options_to("set");
  options.split = "sklearn:42";
  assert_ok(import_one(write_rows("a.csv", 0, 10, ""), &options));
  made set = load(options.out);
  const double mean = set.manifest->scaler_mean[ID];
  const double scale = set.manifest->scaler_scale[ID];
  /* Mean and deviation of the last eight numbers of the order. */
  assert_true(fabs(mean - 36.0 / 8) < 1e-12 && fabs(scale - sqrt(220.0 / 8 - 4.5 * 4.5)) < 1e-12);
  for (size_t k = 0; k < 10; k++) {
    bf_split split = k < 2 ? BF_TEST : k < 9 ? BF_TRAIN : BF_VAL;
    size_t i = k < 2 ? k : k < 9 ? k - 2 : 0;
    float value = set.dataset.split[split].values[bf_tile_place(N_FEATURES, i, ID)];
    assert_true(value == (float)(((double)order[k] - mean) / scale));
  }
  drop(&set);
}

static void scaler_file_is_applied(void **state)
{
  (void)state;
  bf_text text = {0};
  bf_import_options options = options_to("set");
  bf_text_append(&text, "{\"scaler\": {\"mean\": [0");
  for (size_t j = 1; j < N_FEATURES; j++)
    bf_text_printf(&text, ",%zu", j);
  bf_text_append(&text, "], \"scale\": [1");
  for (size_t j = 1; j < N_FEATURES; j++)
    bf_text_append(&text, ",4");
  bf_text_append(&text, "]}}");
  options.scaler = folder_write("scaler.json", bf_text_view(&text));
  options.split = "0,0,100";
  assert_ok(import_one(write_rows("a.csv", 0, 8, ""), &options));
  made set = load(options.out);
  assert_int_equal(set.manifest->n_rows[BF_TEST], 8);
  assert_true(set.manifest->scaler_mean[3] == 3 && set.manifest->scaler_scale[3] == 4);
  for (size_t i = 0; i < 8; i++) {
    float row[N_FEATURES];
    bf_tiles_get(i, 1, N_FEATURES, set.dataset.split[BF_TEST].values, row);
    size_t id = (size_t)(row[ID] * 4 + 15);
    assert_true(row[3] == (float)((value_of(id, 3) - 3) / 4));
  }
  drop(&set);
  bf_text_release(&text);
}

static size_t n_shards_with(const char *out, size_t n_shards, size_t shard_rows)
{
  bf_import_options options = options_to(out);
  options.scaler = "none";
  options.n_shards = n_shards;
  options.shard_rows = shard_rows;
  assert_ok(import_one(folder_file("a.csv"), &options));
  made set = load(options.out);
  size_t n = set.manifest->n_shards;
  assert_holds_rows(&set, 100);
  assert_int_equal(folder_count(options.out), n + 1);
  drop(&set);
  return n;
}

static void shards_are_as_many_as_asked_for(void **state)
{
  (void)state;
  write_rows("a.csv", 0, 100, "");
  /* 65 training, 15 validation, 20 test rows: 20 rows a class cut at 13 and 16. */
  assert_int_equal(n_shards_with("a", 0, 0), 8 + 2 + 3);
  assert_int_equal(n_shards_with("b", 1, 0), 3);
  assert_int_equal(n_shards_with("c", 2, 0), 2 + 1 + 1);
  assert_int_equal(n_shards_with("d", 1000, 0), 100);
  assert_int_equal(n_shards_with("e", 3, 10), 7 + 2 + 2);
}

static void files_are_the_same_every_time(void **state)
{
  (void)state;
  static const char *const names[] = {"manifest.h5", "train-00000.h5", "val-00001.h5",
                                      "test-00000.h5"};
  write_rows("a.csv", 0, 200, "");
  for (size_t i = 0; i < 2; i++) {
    bf_import_options options = options_to(i == 0 ? "first" : "second");
    assert_ok(import_one(folder_file("a.csv"), &options));
  }
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    char path[64];
    uint64_t hashes[2] = {0, 1};
    snprintf(path, sizeof path, "first/%s", names[i]);
    assert_ok(bf_file_hash(folder_file(path), &hashes[0]));
    snprintf(path, sizeof path, "second/%s", names[i]);
    assert_ok(bf_file_hash(folder_file(path), &hashes[1]));
    assert_true(hashes[0] == hashes[1]);
  }
}

static void several_sources_are_one_set(void **state)
{
  (void)state;
  char first[512];
  char second[512];
  uint64_t hashes[2] = {0};
  snprintf(first, sizeof first, "%s", write_rows("a.csv", 0, 30, ""));
  snprintf(second, sizeof second, "%s", write_rows("b.csv", 20, 30, ""));
  const char *const sources[] = {first, second};
  bf_import_options options = options_to("set");
  options.scaler = "none";
  assert_ok(bf_import(2, sources, &options));
  made set = load(options.out);
  assert_holds_rows(&set, 50);
  assert_string_equal(set.manifest->source, "a.csv,b.csv");
  assert_ok(bf_file_hash(first, &hashes[0]));
  assert_ok(bf_file_hash(second, &hashes[1]));
  uint64_t chain = bf_hash(&hashes[1], 8, bf_hash(&hashes[0], 8, 0));
  assert_true(set.manifest->source_hash == chain);
  drop(&set);
}

static void options_wrong_are_refused_before_reading(void **state)
{
  (void)state;
  const char *path = folder_file("none.csv");
  bf_import_options options = options_to("set");
  assert_fails(bf_import(0, NULL, &options), BF_ERR_USAGE, "no source");
  options.split = "64,16";
  assert_fails(import_one(path, &options), BF_ERR_USAGE, "split '64,16'");
  options = options_to("set");
  options.format = "xls";
  assert_fails(import_one(path, &options), BF_ERR_USAGE, "unknown format 'xls'");
  options = options_to("set");
  options.classes = "g";
  assert_fails(import_one(path, &options), BF_ERR_USAGE, "classes 'g' are fewer than 2");
  options.classes = "g,q,g";
  assert_fails(import_one(path, &options), BF_ERR_USAGE, "hold 'g' twice");
  options.classes = "g,,q";
  assert_fails(import_one(path, &options), BF_ERR_USAGE, "classes 'g,,q'");
  options = options_to("set");
  options.scaler = "none.json";
  assert_fails(import_one(path, &options), BF_ERR_USAGE, "none.json");
  options = options_to("set");
  options.out = folder_path();
  assert_fails(import_one(path, &options), BF_ERR_USAGE, "exists");
  options.out = NULL;
  assert_fails(import_one(path, &options), BF_ERR_USAGE, "--out");
  assert_fails(bf_synth(0, -1, &options), BF_ERR_USAGE, "at least 1 row");
  assert_fails(bf_synth(1, 1.5, &options), BF_ERR_USAGE, "label noise 1.5");
  assert_int_equal(folder_count(folder_path()), 0);
}

static void failures_leave_nothing_behind(void **state)
{
  (void)state;
  bf_import_options options = options_to("set");
  assert_fails(import_one(folder_file("none.csv"), &options), BF_ERR_DATA, "No such file");
  assert_fails(import_one(write_rows("a.csv", 0, 0, ""), &options), BF_ERR_DATA, "holds no rows");
  assert_fails(import_one(write_rows("a.csv", 0, 9, "1,2\n"), &options), BF_ERR_DATA,
               "line 11 has 2 cells");
  options.split = "0,0,100";
  assert_fails(import_one(write_rows("a.csv", 0, 9, ""), &options), BF_ERR_USAGE,
               "--scaler none or --scaler FILE");
  options.scaler = "none";
  const char *huge = "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,1e300,g\n";
  assert_fails(import_one(write_rows("a.csv", 0, 9, huge), &options), BF_ERR_DATA,
               "'multiplicity' is too large for float32");
  options.out = folder_file("no/such/set");
  assert_fails(import_one(write_rows("a.csv", 0, 9, ""), &options), BF_ERR_IO, "cannot create");
  assert_int_equal(folder_count(folder_path()), 1);
}

static void synthetic_set_has_all_its_rows(void **state)
{
  (void)state;
  bf_import_options options = options_to("set/");
  assert_ok(bf_synth(3000, -1, &options));
  made set = load(folder_file("set"));
  const size_t *n_rows = set.manifest->n_rows;
  assert_int_equal(n_rows[BF_TRAIN] + n_rows[BF_VAL] + n_rows[BF_TEST], 3000);
  assert_string_equal(set.manifest->kind, "synthetic");
  assert_string_equal(set.manifest->source, "jsc_statistics.json");
  assert_true(set.manifest->source_hash == 0);
  assert_standard(&set.dataset.split[BF_TRAIN], n_rows[BF_TRAIN]);
  assert_int_equal(folder_count(folder_path()), 1);
  drop(&set);
}

static void real_rows_are_imported(void **state)
{
  (void)state;
  const char *path = BF_SHARED "/data/jsc_real_rows.csv";
  bf_import_options options = options_to("set");
  if (!bf_file_exists(path))
    skip();
  options.split = "0,0,100";
  options.scaler = BF_SHARED "/data/jsc_statistics.json";
  assert_ok(import_one(path, &options));
  made set = load(options.out);
  assert_int_equal(set.manifest->n_rows[BF_TEST], 501);
  drop(&set);
}

/* The first allocations one by one, then in steps: reading the statistics alone takes thousands. */
static void import_without_memory_leaves_nothing(void **state)
{
  (void)state;
  const char *path = write_rows("a.csv", 0, 20, "");
  bf_import_options options = options_to("set");
  bf_status status = BF_ERR_NOMEM;
  options.n_shards = 1;
  for (long i = 0; status != BF_OK; i += i < 100 ? 1 : 23) {
    bf_alloc_fail_after(i);
    status = import_one(path, &options);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    assert_int_equal(folder_count(folder_path()), status == BF_OK ? 2 : 1);
  }
  made set = load(options.out);
  drop(&set);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(rows_arrive_once_with_their_labels),
      TEST(duplicates_are_left_out),
      TEST(same_features_with_another_label_are_kept),
      TEST(row_not_finite_is_an_error_or_dropped),
      TEST(scaler_is_fitted_on_train),
      TEST(sklearn_split_has_its_order_and_scaler),
      TEST(scaler_file_is_applied),
      TEST(shards_are_as_many_as_asked_for),
      TEST(files_are_the_same_every_time),
      TEST(several_sources_are_one_set),
      TEST(options_wrong_are_refused_before_reading),
      TEST(failures_leave_nothing_behind),
      TEST(synthetic_set_has_all_its_rows),
      TEST(real_rows_are_imported),
      TEST(import_without_memory_leaves_nothing),
  };
  return cmocka_run_group_tests_name("data.import", tests, NULL, NULL);
}
