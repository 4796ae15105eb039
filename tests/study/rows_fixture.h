/* A data set in memory that a net can learn in a few steps.
 * Tests of the study room. */
#ifndef BF_TESTS_STUDY_ROWS_FIXTURE_H
#define BF_TESTS_STUDY_ROWS_FIXTURE_H

#include "base/random.h"
#include "data/dataset.h"
#include "data/tiles.h"

enum { N_ROWS = 400, N_PARTS = 3 };

/* Rows whose class shows in one feature: a net can learn them in a few steps. */
static _Alignas(64) float values[N_PARTS][N_ROWS * 16]; /* each part is whole tiles */
static uint8_t labels[N_PARTS][N_ROWS];
static bf_dataset dataset = {.n_classes = 5};

static int make_rows(void **state)
{
  (void)state;
  for (int part = 0; part < N_PARTS; part++) {
    bf_random random = bf_random_stream(5, BF_PURPOSE_SYNTH, (uint64_t)part);
    for (int row = 0; row < N_ROWS; row++) {
      labels[part][row] = (uint8_t)bf_random_below(&random, 5);
      for (int f = 0; f < 16; f++)
        values[part][bf_tile_place(16, (size_t)row, (size_t)f)] = (float)bf_random_normal(&random);
      values[part][bf_tile_place(16, (size_t)row, labels[part][row])] += 3;
    }
    dataset.split[part] =
        (bf_tiles){.n = N_ROWS, .n_features = 16, .values = values[part], .labels = labels[part]};
  }
  return 0;
}

#endif
