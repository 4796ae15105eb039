/* Nets and rows for tests of the nn room, and JSON files that must be sound.
 * Room: tests. */
#ifndef BF_TESTS_NN_NETS_H
#define BF_TESTS_NN_NETS_H

#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/random.h"
#include "data/dataset.h"
#include "nn/evaluate.h"
#include "nn/kernels.h"
#include "nn/net.h"

static inline bf_json *read_json(const char *path)
{
  bf_text text = {0};
  bf_json *json = NULL;
  assert_ok(bf_file_read(path, &text));
  assert_ok(bf_json_parse(bf_text_view(&text), path, &json));
  bf_text_release(&text);
  return json;
}

static inline const bf_kernels *kernels_called(const char *name)
{
  const bf_kernels *kernels = NULL;
  bf_isa isa;
  assert_ok(bf_isa_detect(&isa));
  assert_ok(bf_kernels_find(name, isa, &kernels));
  return kernels;
}

enum { MOST_BACKENDS = BF_N_ISAS + 1 };

/** Every back end but the reference, "auto" for each ISA of this CPU; returns their number. */
static inline size_t find_backends(const bf_kernels *backends[MOST_BACKENDS])
{
  bf_isa best;
  size_t n = 0;
  assert_ok(bf_isa_detect(&best));
  backends[n++] = kernels_called("blis");
  for (size_t isa = 0; isa <= (size_t)best; isa++)
    assert_ok(bf_kernels_find("auto", (bf_isa)isa, &backends[n++]));
  return n;
}

static inline bf_quantizer fixed_point(int64_t width, int64_t frac, bool is_unsigned)
{
  bf_quantizer quantizer = {0};
  const bf_setting settings[] = {{.key = "width", .value = width},
                                 {.key = "frac_width", .value = frac}};
  assert_ok(bf_quantizer_init(&quantizer, "integer", 2, settings, is_unsigned));
  return quantizer;
}

static inline bf_model zoo_model(const char *name)
{
  bf_model model;
  assert_ok(bf_model_zoo(name, 16, 5, &model));
  return model;
}

/** All Linear layers of the model at fixed point (8, 4). */
static inline void quantise_model(bf_model *model)
{
  for (size_t i = 0; i < model->n_layers; i++)
    if (model->layers[i].kind == BF_LAYER_LINEAR)
      model->layers[i].data_in = model->layers[i].weight = model->layers[i].bias =
          fixed_point(8, 4, false);
}

static inline bf_net *initialised_net(const bf_model *model, uint64_t seed)
{
  bf_net *net = NULL;
  assert_ok(bf_net_create(model, &net));
  bf_net_init(net, seed);
  return net;
}

enum { TOY_ROWS = 600, TOY_FEATURES = 16, TOY_CLASSES = 5 };

/**
 * Row-major rows (n, width) in tiles. The memory is part of a ring of 32 MB: it stays for a while,
 * and nobody frees it.
 */
static inline bf_tiles tiled(size_t n, size_t width, const float *rows, const uint8_t *labels)
{
  enum { RING = 1 << 23 };
  static _Alignas(64) float ring[RING];
  static size_t n_taken;
  size_t n_padded = bf_n_tiles(n) * BF_TILE;
  size_t n_wanted = n_padded * (width + 1);
  assert_true(n_wanted <= RING);
  if (n_taken + n_wanted > RING)
    n_taken = 0;
  float *values = ring + n_taken;
  uint8_t *own = (uint8_t *)(values + n_padded * width);
  n_taken += n_wanted;
  memset(values, 0, n_wanted * sizeof *values);
  bf_tiles_put(0, n, width, rows, values);
  if (labels != NULL)
    memcpy(own, labels, n);
  return (bf_tiles){n, width, values, own};
}

/** Outputs of a forward pass as rows (n, outputs). */
static inline void forward_rows(bf_forward *forward, bf_tiles rows, size_t n_outputs,
                                float *outputs)
{
  bf_tiles_get(0, rows.n, n_outputs, bf_forward_run(forward, rows), outputs);
}

/** Rows whose class shows: one cloud a class, at distance 2 from the others' centres. */
typedef struct toy_rows {
  float features[TOY_ROWS * TOY_FEATURES];
  uint8_t labels[TOY_ROWS];
} toy_rows;

static inline void draw_toy_rows(toy_rows *toy)
{
  bf_random random = bf_random_stream(3, BF_PURPOSE_SYNTH, 0);
  for (size_t r = 0; r < TOY_ROWS; r++) {
    toy->labels[r] = (uint8_t)(r % TOY_CLASSES);
    for (size_t c = 0; c < TOY_FEATURES; c++)
      toy->features[r * TOY_FEATURES + c] =
          (float)(bf_random_normal(&random) + (c % TOY_CLASSES == toy->labels[r] ? 2.0 : 0.0));
  }
}

static inline bf_tiles view_toy_rows(const toy_rows *toy, size_t first, size_t n)
{
  return tiled(n, TOY_FEATURES, toy->features + first * TOY_FEATURES, toy->labels + first);
}

#endif
