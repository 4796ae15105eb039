/* Nets from state dicts and back: names, shapes, numbers that no net may have.
 * Tests of src/nn/state_net.c, state_names.c and checkpoint_open.c. */
#include "nets.h"

#include "base/memory.h"
#include "nn/checkpoint.h"
#include "nn/safetensors.h"
#include "nn/state_net.h"
#include "scratch.h"

static int make_folder(void **state)
{
  (void)state;
  return scratch_make("net.safetensors");
}

/* A net whose numbers all differ. */
static bf_net *counted_net(const char *name)
{
  bf_model model = zoo_model(name);
  bf_net *net = initialised_net(&model, 1);
  for (size_t i = 0; i < net->n_values; i++)
    net->values[i] = 1.0F + (float)i / 1024.0F;
  return net;
}

static bf_state *state_of(const char *name)
{
  bf_net *net = counted_net(name);
  bf_state *tensors;
  assert_ok(bf_state_of_net(net, &tensors));
  bf_net_free(net);
  return tensors;
}

/* Gives tensor @p i another name, "<start><name without its first @p n_cut bytes>". */
static void rename_tensor(bf_state *tensors, size_t i, const char *start, size_t n_cut)
{
  char *name = tensors->tensors[i].name;
  char renamed[96];
  snprintf(renamed, sizeof renamed, "%s%s", start, name + n_cut);
  free(name);
  tensors->tensors[i].name = bf_copy_text(renamed);
}

static void nets_of_the_zoo_come_back(void **state)
{
  (void)state;
  size_t n;
  const char *const *names = bf_model_zoo_names(&n);
  for (size_t i = 0; i < n; i++) {
    bf_net *net = counted_net(names[i]), *back;
    bf_state *tensors;
    assert_ok(bf_state_of_net(net, &tensors));
    assert_string_equal(bf_state_zoo_net(tensors), names[i]);
    assert_ok(bf_state_to_net(tensors, &net->model, &back));
    assert_memory_equal(net->values, back->values, net->n_values * sizeof(float));
    bf_state_free(tensors);
    bf_net_free(net);
    bf_net_free(back);
  }
}

static void tensors_have_the_names_and_the_order_of_pytorch(void **state)
{
  (void)state;
  static const char *const expected[] = {"seq_blocks.0.weight",
                                         "seq_blocks.0.bias",
                                         "seq_blocks.0.running_mean",
                                         "seq_blocks.0.running_var",
                                         "seq_blocks.0.num_batches_tracked",
                                         "seq_blocks.2.weight",
                                         "seq_blocks.2.bias"};
  bf_state *tensors = state_of("jsc-tiny");
  assert_int_equal(tensors->n_tensors, 7);
  for (size_t i = 0; i < 7; i++)
    assert_string_equal(tensors->tensors[i].name, expected[i]);
  assert_int_equal(tensors->tensors[4].dtype, BF_DTYPE_I64);
  assert_int_equal(tensors->tensors[4].n_dims, 0);
  assert_int_equal(tensors->tensors[5].shape[0], 5);
  assert_int_equal(tensors->tensors[5].shape[1], 16);
  bf_state_free(tensors);
  tensors = state_of("jsc-s");
  assert_string_equal(tensors->tensors[0].name, "module_list.0.weight");
  bf_state_free(tensors);
}

/* What is in front of "seq_blocks." (11 bytes) or instead of it. */
static void names_are_understood_with_and_without_prefixes(void **state)
{
  (void)state;
  static const struct {
    const char *start;
    size_t n_cut;
    bool is_known;
  } cases[] = {
      {"", 0, true},
      {"model.", 0, true},
      {"module.", 0, true},
      {"model.module.", 0, true},
      {"module.model.", 0, true},
      {"wrapper.model.", 0, true},
      {"my_model.", 0, true},
      {"model._orig_mod.", 0, true},
      {"module_list.", 11, true},
      {"", 11, true},
      {"model.", 11, true},
      {"net.", 0, false},
      {"wrapper.net.model.", 0, false},
      {"layers.", 11, false},
      {"0", 11, false},
      {"+", 11, false},
      {" ", 11, false},
      {"1000000", 11, false},
  };
  bf_model model = zoo_model("jsc-tiny");
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    bf_state *tensors = state_of("jsc-tiny");
    bf_net *net = NULL;
    for (size_t i = 0; i < tensors->n_tensors; i++)
      rename_tensor(tensors, i, cases[c].start, cases[c].n_cut);
    bf_status status = bf_state_to_net(tensors, &model, &net);
    assert_int_equal(status, cases[c].is_known ? BF_OK : BF_ERR_DATA);
    bf_net_free(net);
    bf_state_free(tensors);
  }
}

static void counters_need_not_be_there(void **state)
{
  (void)state;
  bf_state *tensors = state_of("jsc-tiny"), *fewer;
  bf_model model = zoo_model("jsc-tiny");
  bf_net *net;
  assert_ok(bf_state_create("test", &fewer));
  for (size_t i = 0; i < tensors->n_tensors; i++) {
    const bf_state_tensor *tensor = &tensors->tensors[i];
    float *values;
    if (i == 4)
      continue;
    assert_ok(
        bf_state_add(fewer, tensor->name, BF_DTYPE_F16, tensor->n_dims, tensor->shape, &values));
    memcpy(values, tensor->values, tensor->n_values * sizeof *values);
  }
  assert_ok(bf_state_to_net(fewer, &model, &net));
  bf_net_free(net);
  bf_state_free(tensors);
  bf_state_free(fewer);
}

static void what_does_not_fit_is_listed(void **state)
{
  (void)state;
  const size_t shape[] = {7, 2};
  bf_state *tensors = state_of("jsc-tiny");
  bf_model model = zoo_model("jsc-tiny");
  bf_net *net = NULL;
  rename_tensor(tensors, 6, "seq_blocks.3", 12);
  tensors->tensors[5].shape[0] = 4;
  tensors->tensors[5].shape[1] = 20;
  assert_ok(bf_state_add(tensors, "loss\n.weight", BF_DTYPE_F32, 2, shape, NULL));
  assert_ok(bf_state_add(tensors, "seq_blocks.0.weight", BF_DTYPE_F32, 0, NULL, NULL));
  assert_fails(bf_state_to_net(tensors, &model, &net), BF_ERR_DATA,
               "not those of net 'jsc-tiny'; missing: 'seq_blocks.2.bias' (5); unexpected: "
               "'seq_blocks.3.bias' (5), 'loss?.weight' (7, 2), 'seq_blocks.0.weight' (); wrong "
               "shape: 'seq_blocks.2.weight' (4, 20) instead of (5, 16)");
  assert_null(net);
  bf_state_free(tensors);
}

/* PyTorch would not take it either. */
static void number_of_dimensions_counts(void **state)
{
  (void)state;
  bf_state *tensors = state_of("jsc-tiny");
  bf_model model = zoo_model("jsc-tiny");
  bf_net *net = NULL;
  tensors->tensors[6].n_dims = 2;
  tensors->tensors[6].shape[1] = 1;
  assert_fails(bf_state_to_net(tensors, &model, &net), BF_ERR_DATA,
               "'seq_blocks.2.bias' (5, 1) instead of (5)");
  bf_state_free(tensors);
}

static void long_lists_are_cut_and_counted(void **state)
{
  (void)state;
  bf_state *tensors;
  bf_model model = zoo_model("test-net");
  bf_net *net = NULL;
  assert_ok(bf_state_create("test", &tensors));
  assert_fails(bf_state_to_net(tensors, &model, &net), BF_ERR_DATA, " and 19 more");
  for (size_t i = 0; i < 1000; i++)
    assert_ok(bf_state_add(tensors,
                           "an unexpected name that is rather long, and then some more of it",
                           BF_DTYPE_F32, 0, NULL, NULL));
  assert_fails(bf_state_to_net(tensors, &model, &net), BF_ERR_DATA, " and 996 more");
  bf_state_free(tensors);
}

static void other_nets_of_the_zoo_are_recognised(void **state)
{
  (void)state;
  bf_state *tensors = state_of("jsc-lab4");
  bf_model model = zoo_model("jsc-tiny");
  bf_net *net = NULL;
  assert_fails(bf_state_to_net(tensors, &model, &net), BF_ERR_DATA,
               "they are those of 'jsc-lab4' with 16 features and 5 classes");
  bf_state_free(tensors);
}

static void bias_belongs_to_the_model(void **state)
{
  (void)state;
  bf_state *tensors = state_of("jsc-tiny");
  bf_model model = zoo_model("jsc-tiny");
  bf_net *net = NULL;
  model.layers[2].has_bias = false;
  assert_fails(bf_state_to_net(tensors, &model, &net), BF_ERR_DATA,
               "unexpected: 'seq_blocks.2.bias' (5)");
  bf_state_free(tensors);
}

static void numbers_that_no_net_has_are_refused(void **state)
{
  (void)state;
  static const struct {
    size_t tensor;
    size_t at;
    float value;
    const char *words;
  } cases[] = {
      {3, 2, -0.5F, "tensor 'seq_blocks.0.running_var': it holds -0.5 at place 2"},
      {2, 15, HUGE_VALF, "tensor 'seq_blocks.0.running_mean': it holds inf at place 15"},
      {5, 79, -HUGE_VALF, "tensor 'seq_blocks.2.weight': it holds -inf at place 79"},
      {6, 0, (float)NAN, "tensor 'seq_blocks.2.bias': it holds"},
  };
  bf_model model = zoo_model("jsc-tiny");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bf_state *tensors = state_of("jsc-tiny");
    bf_net *net = NULL;
    tensors->tensors[cases[i].tensor].values[cases[i].at] = cases[i].value;
    assert_fails(bf_state_to_net(tensors, &model, &net), BF_ERR_DATA, cases[i].words);
    assert_null(net);
    bf_state_free(tensors);
  }
}

static void weights_of_whole_numbers_are_refused(void **state)
{
  (void)state;
  bf_state *tensors = state_of("jsc-tiny");
  bf_model model = zoo_model("jsc-tiny");
  bf_net *net = NULL;
  tensors->tensors[5].dtype = BF_DTYPE_I8;
  assert_fails(bf_state_to_net(tensors, &model, &net), BF_ERR_DATA,
               "tensor 'seq_blocks.2.weight': it holds int8, expected floating point");
  bf_state_free(tensors);
}

static void widths_are_those_of_the_first_and_the_last_layer(void **state)
{
  (void)state;
  size_t n_features, n_outputs;
  bf_state *tensors = state_of("jsc-lab4-nonuniform");
  assert_ok(bf_state_widths(tensors, &n_features, &n_outputs));
  assert_int_equal(n_features, 16);
  assert_int_equal(n_outputs, 5);
  bf_state_free(tensors);
  const size_t none[] = {0, (size_t)1 << 60};
  assert_ok(bf_state_create("test", &tensors));
  assert_fails(bf_state_widths(tensors, &n_features, &n_outputs), BF_ERR_DATA, "no tensor");
  assert_ok(bf_state_add(tensors, "0.weight", BF_DTYPE_F32, 2, none, NULL));
  assert_fails(bf_state_widths(tensors, &n_features, &n_outputs), BF_ERR_DATA,
               "takes 1152921504606846976 values and its last gives 0");
  assert_null(bf_state_zoo_net(tensors));
  bf_state_free(tensors);
}

static void files_open_by_their_content(void **state)
{
  (void)state;
  const bf_origin origin = {.data_kind = "unknown", .trial = -1};
  bf_state *tensors = state_of("jsc-toy");
  bf_model model = zoo_model("jsc-toy");
  bf_net *ours = counted_net("jsc-toy"), *net = NULL;
  assert_ok(bf_safetensors_write(path, tensors));
  assert_false(bf_checkpoint_is_ours(path));
  assert_fails(bf_checkpoint_open(path, NULL, NULL, &net), BF_ERR_USAGE, "give --model or --job");
  assert_ok(bf_checkpoint_open(path, &model, NULL, &net));
  assert_memory_equal(net->values, ours->values, net->n_values * sizeof(float));
  bf_net_free(net);
  assert_ok(bf_checkpoint_save(path, ours, &origin));
  assert_true(bf_checkpoint_is_ours(path));
  assert_ok(bf_checkpoint_open(path, NULL, NULL, &net));
  assert_memory_equal(net->values, ours->values, net->n_values * sizeof(float));
  bf_net_free(net);
  net = NULL;
  assert_ok(bf_file_write(path, "a text\n", 7));
  assert_fails(bf_checkpoint_open(path, &model, NULL, &net), BF_ERR_DATA,
               "of no kind that is known");
  assert_fails(bf_checkpoint_open("/dev/zero", &model, NULL, &net), BF_ERR_DATA, "/dev/zero");
  assert_fails(bf_checkpoint_open("/nonexistent", &model, NULL, &net), BF_ERR_DATA, "No such file");
  assert_null(net);
  bf_state_free(tensors);
  bf_net_free(ours);
}

static void nets_survive_lack_of_memory(void **state)
{
  (void)state;
  bf_net *net = counted_net("jsc-tiny"), *back = NULL;
  bf_state *tensors = NULL;
  bf_status status = BF_ERR_NOMEM;
  for (long n = 0; status != BF_OK; n++) {
    assert_null(tensors);
    bf_alloc_fail_after(n);
    status = bf_state_of_net(net, &tensors);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
  }
  status = BF_ERR_NOMEM;
  for (long n = 0; status != BF_OK; n++) {
    assert_null(back);
    bf_alloc_fail_after(n);
    status = bf_state_to_net(tensors, &net->model, &back);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
  }
  assert_memory_equal(net->values, back->values, net->n_values * sizeof(float));
  bf_state_free(tensors);
  bf_net_free(net);
  bf_net_free(back);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nets_of_the_zoo_come_back),
      cmocka_unit_test(tensors_have_the_names_and_the_order_of_pytorch),
      cmocka_unit_test(names_are_understood_with_and_without_prefixes),
      cmocka_unit_test(counters_need_not_be_there),
      cmocka_unit_test(what_does_not_fit_is_listed),
      cmocka_unit_test(number_of_dimensions_counts),
      cmocka_unit_test(long_lists_are_cut_and_counted),
      cmocka_unit_test(other_nets_of_the_zoo_are_recognised),
      cmocka_unit_test(bias_belongs_to_the_model),
      cmocka_unit_test(numbers_that_no_net_has_are_refused),
      cmocka_unit_test(weights_of_whole_numbers_are_refused),
      cmocka_unit_test(widths_are_those_of_the_first_and_the_last_layer),
      cmocka_unit_test(files_open_by_their_content),
      cmocka_unit_test(nets_survive_lack_of_memory),
  };
  return cmocka_run_group_tests(tests, make_folder, scratch_remove);
}
