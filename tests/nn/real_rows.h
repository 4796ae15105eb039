/* The real rows of ../shared, standardised, for tests of nets.
 * Room: tests. */
#ifndef BF_TESTS_NN_REAL_ROWS_H
#define BF_TESTS_NN_REAL_ROWS_H

#include "nets.h"

enum { REAL_FEATURES = 16, REAL_CLASSES = 5, REAL_MOST_ROWS = 512 };

typedef struct real_rows {
  size_t n;
  float features[REAL_MOST_ROWS * REAL_FEATURES];
  uint8_t labels[REAL_MOST_ROWS];
} real_rows;

/** Reads the rows; false if ../shared is not there. */
static inline bool read_real_rows(real_rows *rows)
{
  static const char letters[] = "gqwzt";
  const char *path = BF_SHARED "/data/jsc_real_rows.csv";
  if (!bf_file_exists(path))
    return false;
  bf_json *statistics = read_json(BF_SOURCE "/data/jsc_statistics.json");
  double mean[REAL_FEATURES], scale[REAL_FEATURES];
  const bf_json *scaler = bf_json_get(statistics, "scaler");
  assert_ok(bf_json_doubles(scaler, "mean", REAL_FEATURES, mean));
  assert_ok(bf_json_doubles(scaler, "scale", REAL_FEATURES, scale));
  bf_json_free(statistics);
  bf_text text = {0};
  assert_ok(bf_file_read(path, &text));
  rows->n = 0;
  const char *line = strchr(bf_text_view(&text), '\n');
  for (; line != NULL && line[1] != '\0'; line = strchr(line + 1, '\n')) {
    char *next = (char *)(uintptr_t)(line + 1);
    for (size_t c = 0; c < REAL_FEATURES; c++) {
      double value = strtod(next, &next);
      rows->features[rows->n * REAL_FEATURES + c] = (float)((value - mean[c]) / scale[c]);
      next++;
    }
    rows->labels[rows->n++] = (uint8_t)(strchr(letters, *next) - letters);
  }
  bf_text_release(&text);
  return true;
}

static inline bf_tiles view_real_rows(const real_rows *rows, size_t first, size_t n)
{
  return tiled(n, REAL_FEATURES, rows->features + first * REAL_FEATURES, rows->labels + first);
}

#endif
