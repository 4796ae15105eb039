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

static inline bf_quantizer fixed_point(int64_t width, int64_t frac, bool is_unsigned)
{
  bf_quantizer quantizer = {0};
  const bf_setting settings[] = {{"width", width, false}, {"frac_width", frac, false}};
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

static inline bf_rows view_toy_rows(const toy_rows *toy, size_t first, size_t n)
{
  return (bf_rows){n, TOY_FEATURES, toy->features + first * TOY_FEATURES, toy->labels + first};
}

#endif
