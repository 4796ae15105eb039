/* Models: the zoo, layer lists, widening, nodes.
 * Room: tests. */
#include "nets.h"

#include "nn/model.h"

/* Widths of a model as "16-16-5": the features and the outputs of every Linear. */
static const char *widths_of(const bf_model *model)
{
  static char text[128];
  int length = snprintf(text, sizeof text, "%zu", model->n_features);
  for (size_t i = 0; i < model->n_layers; i++)
    if (model->layers[i].kind == BF_LAYER_LINEAR)
      length +=
          snprintf(text + length, sizeof text - (size_t)length, "-%zu", model->layers[i].n_out);
  return text;
}

/* Kinds of the layers by their first letters. */
static const char *kinds_of(const bf_model *model)
{
  static char text[BF_MAX_LAYERS + 1];
  for (size_t i = 0; i < model->n_layers; i++)
    text[i] = bf_layer_kind_name(model->layers[i].kind)[0];
  text[model->n_layers] = '\0';
  return text;
}

static void assert_chained(const bf_model *model)
{
  size_t width = model->n_features;
  for (size_t i = 0; i < model->n_layers; i++) {
    assert_int_equal(model->layers[i].n_in, width);
    width = model->layers[i].n_out;
  }
  assert_int_equal(width, bf_model_n_outputs(model));
}

static void zoo_nets_have_their_layers(void **state)
{
  (void)state;
  static const struct {
    const char *name, *kinds, *widths, *second_node;
  } nets[] = {
      {"jsc-tiny", "brlr", "16-5", "seq_blocks_1"},
      {"jsc-toy", "brlbrlbrlbr", "16-8-8-5", "seq_blocks_1"},
      {"jsc-s", "brlbrlrlrlrlbr", "16-64-32-32-32-5", "module_list_1"},
      {"jsc-lab4", "brlrlrlr", "16-16-16-5", "seq_blocks_1"},
      {"jsc-lab4-doubled", "brlrlrlr", "16-32-32-5", "seq_blocks_1"},
      {"jsc-lab4-nonuniform", "brlrlrlr", "16-32-64-5", "seq_blocks_1"},
      {"test-net", "brlbrlbrlbrlbr", "16-32-16-8-5", "seq_blocks_1"},
      {"jsc-trt", "brlbrlbrdlbrlbr", "16-32-48-16-5", "seq_blocks_1"},
  };
  size_t n;
  const char *const *names = bf_model_zoo_names(&n);
  assert_int_equal(n, sizeof nets / sizeof nets[0]);
  for (size_t i = 0; i < n; i++) {
    bf_model model = zoo_model(nets[i].name);
    assert_string_equal(names[i], nets[i].name);
    assert_string_equal(model.name, nets[i].name);
    assert_string_equal(kinds_of(&model), nets[i].kinds);
    assert_string_equal(widths_of(&model), nets[i].widths);
    assert_string_equal(model.layers[1].node, nets[i].second_node);
    assert_chained(&model);
  }
}

static void zoo_details_are_as_in_the_python_tool(void **state)
{
  (void)state;
  bf_model trt = zoo_model("jsc-trt"), lab4 = zoo_model("jsc-lab4");
  assert_true(trt.layers[8].kind == BF_LAYER_DROPOUT && trt.layers[8].drop == 0.5);
  assert_true(lab4.layers[2].has_bias);
  assert_false(lab4.layers[1].has_bias);
  assert_null(lab4.layers[2].weight.format);
  assert_null(lab4.input.format);
}

static void zoo_aliases_name_the_same_net(void **state)
{
  (void)state;
  assert_string_equal(zoo_model("JSC_Three_Linear_Layers").name, "jsc-lab4");
  assert_string_equal(zoo_model("jsc-three-linear-layers").name, "jsc-lab4");
  assert_string_equal(zoo_model("JSC_Tiny").name, "jsc-tiny");
}

static void zoo_nets_follow_the_shape_of_the_data(void **state)
{
  (void)state;
  bf_model model;
  assert_ok(bf_model_zoo("jsc-toy", 7, 3, &model));
  assert_string_equal(widths_of(&model), "7-8-8-3");
  assert_chained(&model);
  assert_int_equal(model.n_classes, 3);
}

static void zoo_name_unknown_is_refused_with_the_list(void **state)
{
  (void)state;
  bf_model model = {.n_layers = 77};
  assert_fails(bf_model_zoo("jsc-tinny", 16, 5, &model), BF_ERR_USAGE, "did you mean 'jsc-tiny'?");
  assert_fails(bf_model_zoo("resnet18", 16, 5, &model), BF_ERR_USAGE, "jsc-lab4-doubled");
  assert_fails(bf_model_zoo("jsc-tiny", 0, 5, &model), BF_ERR_USAGE, "0 features");
  assert_fails(bf_model_zoo("jsc-tiny", 16, BF_MAX_WIDTH + 1, &model), BF_ERR_USAGE, "classes");
  assert_int_equal(model.n_layers, 77);
}

static void layer_list_becomes_a_model(void **state)
{
  (void)state;
  const bf_layer_line lines[] = {{.kind = BF_LAYER_BATCHNORM},
                                 {.kind = BF_LAYER_LINEAR, .out = 9, .no_bias = true},
                                 {.kind = BF_LAYER_DROPOUT, .drop = 0.25},
                                 {.kind = BF_LAYER_LINEAR}};
  bf_model model;
  assert_ok(bf_model_from_layers(4, lines, 6, 3, &model));
  assert_string_equal(model.name, "layers");
  assert_string_equal(widths_of(&model), "6-9-3");
  assert_string_equal(model.layers[3].node, "seq_blocks_3");
  assert_false(model.layers[1].has_bias);
  assert_true(model.layers[3].has_bias);
  assert_true(model.layers[2].drop == 0.25);
}

static void layer_lists_wrong_are_refused(void **state)
{
  (void)state;
  static const bf_layer_line relu[] = {{.kind = BF_LAYER_RELU}};
  static const bf_layer_line other[] = {{.kind = BF_LAYER_LINEAR, .out = 4}};
  static const bf_layer_line wide[] = {{.kind = BF_LAYER_LINEAR, .out = BF_MAX_WIDTH + 1}};
  static const bf_layer_line drop[] = {{.kind = BF_LAYER_DROPOUT, .drop = 1.0}};
  static const bf_layer_line nan[] = {{.kind = BF_LAYER_DROPOUT, .drop = (double)NAN}};
  static const bf_layer_line many[BF_MAX_LAYERS + 1] = {{.kind = BF_LAYER_LINEAR}};
  static const struct {
    size_t n;
    const bf_layer_line *lines;
    const char *words;
  } cases[] = {{0, NULL, "needs a linear layer"},
               {1, relu, "needs a linear layer"},
               {1, other, "4 outputs, the data have 5 classes"},
               {1, wide, "expected 1..65536"},
               {1, drop, "chance to drop is 1"},
               {1, nan, "chance to drop is"},
               {BF_MAX_LAYERS + 1, many, "at most 64 layers"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    bf_model model = {.n_layers = 77};
    assert_fails(bf_model_from_layers(cases[i].n, cases[i].lines, 16, 5, &model), BF_ERR_USAGE,
                 cases[i].words);
    assert_int_equal(model.n_layers, 77);
  }
}

static void widening_carries_inputs_and_batchnorms_along(void **state)
{
  (void)state;
  bf_model model = zoo_model("jsc-trt");
  size_t multipliers[BF_MAX_LAYERS];
  for (size_t i = 0; i < BF_MAX_LAYERS; i++)
    multipliers[i] = 1;
  multipliers[2] = 2;
  multipliers[5] = 3;
  multipliers[12] = 4;
  assert_ok(bf_model_widen(&model, multipliers));
  assert_string_equal(widths_of(&model), "16-64-144-16-20");
  assert_chained(&model);
  assert_int_equal(model.layers[3].n_in, 64);
  assert_int_equal(model.layers[8].n_out, 144);
  assert_int_equal(bf_model_n_outputs(&model), 20);
  assert_int_equal(model.n_classes, 5);
}

static void widening_wrong_changes_nothing(void **state)
{
  (void)state;
  static const struct {
    size_t multipliers[4];
    const char *words;
  } cases[] = {{{1, 1, 0, 1}, "multiplier is 0"},
               {{1, 2, 1, 1}, "on a relu layer"},
               {{1, 1, SIZE_MAX, 1}, "at most 65536"},
               {{1, 1, 13108, 1}, "at most 65536"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    bf_model model = zoo_model("jsc-tiny");
    assert_fails(bf_model_widen(&model, cases[i].multipliers), BF_ERR_USAGE, cases[i].words);
    assert_string_equal(widths_of(&model), "16-5");
  }
}

static void layers_are_found_by_node(void **state)
{
  (void)state;
  bf_model model = zoo_model("jsc-s");
  assert_ptr_equal(bf_model_layer(&model, "module_list_4"), &model.layers[4]);
  assert_null(bf_model_layer(&model, "seq_blocks_4"));
  assert_null(bf_model_layer(&model, "module_list_14"));
}

static void layer_kinds_are_found_by_name(void **state)
{
  (void)state;
  bf_layer_kind kind = BF_LAYER_DROPOUT;
  for (int i = 0; i < BF_N_LAYER_KINDS; i++) {
    assert_ok(bf_layer_kind_find(bf_layer_kind_name((bf_layer_kind)i), &kind));
    assert_int_equal(kind, i);
  }
  assert_fails(bf_layer_kind_find("linar", &kind), BF_ERR_USAGE, "did you mean 'linear'?");
  assert_fails(bf_layer_kind_find("conv2d", &kind), BF_ERR_USAGE, "unknown layer type 'conv2d'");
  assert_int_equal(kind, BF_LAYER_DROPOUT);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(zoo_nets_have_their_layers),
      cmocka_unit_test(zoo_details_are_as_in_the_python_tool),
      cmocka_unit_test(zoo_aliases_name_the_same_net),
      cmocka_unit_test(zoo_nets_follow_the_shape_of_the_data),
      cmocka_unit_test(zoo_name_unknown_is_refused_with_the_list),
      cmocka_unit_test(layer_list_becomes_a_model),
      cmocka_unit_test(layer_lists_wrong_are_refused),
      cmocka_unit_test(widening_carries_inputs_and_batchnorms_along),
      cmocka_unit_test(widening_wrong_changes_nothing),
      cmocka_unit_test(layers_are_found_by_node),
      cmocka_unit_test(layer_kinds_are_found_by_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
