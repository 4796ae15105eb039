/* Checkpoints: round trips, what is refused, damaged files.
 * Room: tests. */
#include "nets.h"

#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "data/h5.h"
#include "nn/checkpoint.h"
#include "scratch.h"

enum { SEAL_BYTES = 32 };

static const bf_origin origin = {
    .data_kind = "synthetic", .data_hash = 0xfedcba9876543210U, .seed = 99, .trial = 12};

static int make_folder(void **state)
{
  (void)state;
  return scratch_make("net.h5");
}

static bf_quantizer of_blocks(const char *format, bf_block block, bool is_unsigned)
{
  bf_quantizer quantizer;
  const bf_setting settings[] = {
      {.key = "width", .value = 6},
      {.key = strcmp(format, "block_fp") == 0 ? "exponent_bias" : "exponent_bias_width",
       .value = 5},
      {.key = "block_size", .kind = BF_VALUE_BLOCK, .block = block}};
  assert_ok(bf_quantizer_init(&quantizer, format, 3, settings, is_unsigned));
  return quantizer;
}

/* Every kind of layer, with and without formats, running statistics that are no defaults. */
static bf_net *rich_net(void)
{
  bf_model model = zoo_model("jsc-trt");
  quantise_model(&model);
  model.layers[4].data_in = fixed_point(5, -2, true);
  model.layers[5].weight = (bf_quantizer){0};
  model.input = fixed_point(9, 3, false);
  model.layers[9].has_bias = false;
  model.layers[1].data_in = of_blocks("block_log", (bf_block){0, 8}, true);
  model.layers[9].weight = of_blocks("block_fp", (bf_block){4, 3}, false);
  bf_net *net = initialised_net(&model, 31);
  for (size_t i = net->n_trained; i < net->n_values; i++)
    net->values[i] = 0.5F + (float)i / 1000.0F;
  return net;
}

static void assert_same_net(const bf_net *a, const bf_net *b)
{
  assert_memory_equal(a->values, b->values, a->n_values * sizeof(float));
  assert_int_equal(a->n_values, b->n_values);
  assert_int_equal(a->n_trained, b->n_trained);
  assert_string_equal(a->model.name, b->model.name);
  assert_int_equal(a->model.n_features, b->model.n_features);
  assert_int_equal(a->model.n_classes, b->model.n_classes);
  assert_int_equal(a->model.n_layers, b->model.n_layers);
  assert_memory_equal(&a->model.input, &b->model.input, sizeof a->model.input);
  for (size_t i = 0; i < a->model.n_layers; i++) {
    const bf_layer *one = &a->model.layers[i], *other = &b->model.layers[i];
    assert_int_equal(one->kind, other->kind);
    assert_string_equal(one->node, other->node);
    assert_int_equal(one->n_in, other->n_in);
    assert_int_equal(one->n_out, other->n_out);
    assert_int_equal(one->has_bias, other->has_bias);
    assert_true(one->drop == other->drop);
    assert_memory_equal(&one->data_in, &other->data_in, sizeof one->data_in);
    assert_memory_equal(&one->weight, &other->weight, sizeof one->weight);
    assert_memory_equal(&one->bias, &other->bias, sizeof one->bias);
  }
}

static void checkpoint_loaded_is_the_net_saved(void **state)
{
  (void)state;
  bf_net *net = rich_net(), *loaded;
  assert_ok(bf_checkpoint_save(path, net, &origin));
  assert_ok(bf_checkpoint_load(path, &loaded));
  assert_same_net(net, loaded);
  bf_net_free(net);
  bf_net_free(loaded);
}

static void checkpoints_of_the_zoo_load(void **state)
{
  (void)state;
  size_t n;
  const char *const *names = bf_model_zoo_names(&n);
  for (size_t i = 0; i < n; i++) {
    bf_model model = zoo_model(names[i]);
    bf_net *net = initialised_net(&model, i), *loaded;
    assert_ok(bf_checkpoint_save(path, net, &origin));
    assert_ok(bf_checkpoint_load(path, &loaded));
    assert_same_net(net, loaded);
    bf_net_free(net);
    bf_net_free(loaded);
  }
}

static void checkpoint_says_where_it_comes_from(void **state)
{
  (void)state;
  bf_net *net = rich_net();
  bf_h5 *file;
  char *kind, *hash;
  int64_t seed, trial, format;
  assert_ok(bf_checkpoint_save(path, net, &origin));
  assert_ok(bf_h5_open(path, &file));
  assert_ok(bf_h5_get_text(file, "/", "data_kind", &kind));
  assert_ok(bf_h5_get_text(file, "/", "data_hash", &hash));
  assert_ok(bf_h5_get_i64(file, "/", "seed", &seed));
  assert_ok(bf_h5_get_i64(file, "/", "trial", &trial));
  assert_ok(bf_h5_get_i64(file, "/", "format", &format));
  assert_string_equal(kind, "synthetic");
  assert_string_equal(hash, "fedcba9876543210");
  assert_true(seed == 99 && trial == 12 && format == 1);
  free(kind);
  free(hash);
  assert_ok(bf_h5_close(file));
  bf_net_free(net);
}

static void checkpoint_is_read_with_its_origin(void **state)
{
  (void)state;
  bf_origin given = origin;
  char letters[][2] = {"g", "q", "w", "z", "t"};
  bf_net *net = rich_net();
  bf_checkpoint *read;
  assert_ok(bf_checkpoint_save(path, net, &given));
  assert_ok(bf_checkpoint_read(path, &read));
  assert_same_net(net, read->net);
  assert_string_equal(read->origin.data_kind, "synthetic");
  assert_true(read->origin.data_hash == 0xfedcba9876543210U);
  assert_true(read->origin.seed == 99 && read->origin.trial == 12);
  assert_null(read->origin.source);
  assert_null(read->origin.classes);
  bf_checkpoint_free(read);
  given.source = "PyTorch state dict 'a.pt'";
  given.seed = UINT64_MAX;
  given.n_classes = 5;
  given.classes = (char *[]){letters[0], letters[1], letters[2], letters[3], letters[4]};
  assert_ok(bf_checkpoint_save(path, net, &given));
  assert_ok(bf_checkpoint_read(path, &read));
  assert_int_equal(read->origin.n_classes, 5);
  assert_string_equal(read->origin.classes[4], "t");
  assert_string_equal(read->origin.source, given.source);
  assert_true(read->origin.seed == UINT64_MAX);
  bf_checkpoint_free(read);
  given.n_classes = 4;
  assert_ok(bf_checkpoint_save(path, net, &given));
  assert_fails(bf_checkpoint_read(path, &read), BF_ERR_DATA, "'classes' has 4 names for 5 classes");
  bf_net_free(net);
}

static void checkpoints_of_one_net_have_the_same_bytes(void **state)
{
  (void)state;
  bf_net *net = rich_net();
  uint64_t first, second;
  assert_ok(bf_checkpoint_save(path, net, &origin));
  assert_ok(bf_file_hash(path, &first));
  assert_ok(bf_checkpoint_save(path, net, &origin));
  assert_ok(bf_file_hash(path, &second));
  assert_true(first == second);
  bf_net_free(net);
}

static void checkpoint_that_cannot_be_written_leaves_nothing(void **state)
{
  (void)state;
  bf_net *net = rich_net();
  assert_fails(bf_checkpoint_save("/nonexistent/net.h5", net, &origin), BF_ERR_IO,
               "cannot save checkpoint '/nonexistent/net.h5'");
  bf_net_free(net);
}

static void files_that_are_no_checkpoints_are_refused(void **state)
{
  (void)state;
  bf_net *net = NULL;
  assert_fails(bf_checkpoint_load("/nonexistent/net.h5", &net), BF_ERR_DATA,
               "cannot load checkpoint '/nonexistent/net.h5'");
  assert_fails(bf_checkpoint_load(folder, &net), BF_ERR_DATA, "is no regular file");
  assert_ok(bf_file_write(path, "just text\n", 10));
  assert_fails(bf_checkpoint_load(path, &net), BF_ERR_DATA, "cannot open HDF5 file");
  assert_ok(bf_file_write(path, "", 0));
  assert_fails(bf_checkpoint_load(path, &net), BF_ERR_DATA, "cannot load checkpoint");
  assert_null(net);
}

/* A well-formed file with one thing wrong: BN16, Linear 16-5. */
typedef struct forgery {
  const char *what; /* the thing that is wrong */
  const char *words;
} forgery;

static bool is(const forgery *forged, const char *what)
{
  return strcmp(forged->what, what) == 0;
}

static void forge_root(bf_h5 *file, const forgery *forged)
{
  static const char *const twins[] = {"bn", "bn"};
  static const char *const evil[] = {"bn", "../fc"};
  static const char *const good[] = {"bn", "fc"};
  static const char *many[BF_MAX_LAYERS + 1];
  for (size_t i = 0; i <= BF_MAX_LAYERS; i++)
    many[i] = "bn";
  const char *const *nodes = is(forged, "twins")       ? twins
                             : is(forged, "evil node") ? evil
                             : is(forged, "many")      ? many
                                                       : good;
  size_t n = is(forged, "none") ? 0 : is(forged, "many") ? BF_MAX_LAYERS + 1 : 2;
  if (!is(forged, "no format"))
    assert_ok(bf_h5_set_i64(file, "/", "format", is(forged, "format 2") ? 2 : 1));
  assert_ok(bf_h5_set_text(file, "/", "model",
                           is(forged, "long name")
                               ? "a name of forty-eight bytes or more: too long to keep"
                               : "hand-made"));
  assert_ok(bf_h5_set_i64(file, "/", "n_features", is(forged, "features") ? 15 : 16));
  assert_ok(bf_h5_set_i64(file, "/", "n_classes", is(forged, "classes") ? 6 : 5));
  assert_ok(bf_h5_set_texts(file, "/", "nodes", n, nodes));
}

static void forge_batchnorm(bf_h5 *file, const forgery *forged)
{
  static const float ones[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  float variance[16], mean[16];
  memcpy(variance, ones, sizeof ones);
  memcpy(mean, ones, sizeof ones);
  variance[5] = is(forged, "variance") ? -1.0F : 1.0F;
  mean[15] = is(forged, "nan") ? NAN : is(forged, "infinity") ? INFINITY : 1.0F;
  const double drop = 1.5;
  assert_ok(bf_h5_make_group(file, "/bn"));
  assert_ok(bf_h5_set_text(file, "/bn", "kind",
                           is(forged, "kind")   ? "conv2d"
                           : is(forged, "drop") ? "dropout"
                                                : "batchnorm"));
  assert_ok(bf_h5_set_doubles(file, "/bn", "drop", 1, &drop));
  assert_ok(bf_h5_set_i64(file, "/bn", "n_in", 16));
  assert_ok(bf_h5_set_i64(file, "/bn", "n_out", is(forged, "bn width") ? 17 : 16));
  assert_ok(bf_h5_write_floats(file, "/bn/weight", 16, 0, ones));
  assert_ok(bf_h5_write_floats(file, "/bn/bias", 16, 0, ones));
  assert_ok(bf_h5_write_floats(file, "/bn/running_mean", 16, 0, mean));
  if (!is(forged, "absent"))
    assert_ok(bf_h5_write_floats(file, "/bn/running_var", 16, 0, variance));
}

static void forge_linear(bf_h5 *file, const forgery *forged)
{
  static const float zeros[17 * 5];
  bool is_huge = is(forged, "huge"), is_wide = is(forged, "too wide");
  assert_ok(bf_h5_make_group(file, "/fc"));
  if (is(forged, "kind is a number"))
    assert_ok(bf_h5_set_i64(file, "/fc", "kind", 2));
  else
    assert_ok(bf_h5_set_text(file, "/fc", "kind", "linear"));
  assert_ok(bf_h5_set_i64(file, "/fc", "n_in", is(forged, "gap") ? 17 : 16));
  assert_ok(bf_h5_set_i64(file, "/fc", "n_out", is_huge ? 65536 : is_wide ? INT64_MAX : 5));
  if (is(forged, "unknown format"))
    assert_ok(bf_h5_set_text(file, "/fc", "weight_name", "posit"));
  if (is(forged, "width") || is(forged, "no frac")) {
    assert_ok(bf_h5_set_text(file, "/fc", "weight_name", "integer"));
    assert_ok(bf_h5_set_i64(file, "/fc", "weight_width", is(forged, "width") ? 64 : 8));
  }
  if (is(forged, "width"))
    assert_ok(bf_h5_set_i64(file, "/fc", "weight_frac_width", 4));
  assert_ok(bf_h5_write_floats(file, "/fc/weight", 5, is(forged, "shape") ? 17 : 16, zeros));
  assert_ok(bf_h5_write_floats(file, "/fc/bias", 5, 0, zeros));
}

static bf_status load_forged(const forgery *forged, bf_net **net)
{
  bf_h5 *file;
  unlink(path);
  assert_ok(bf_h5_create(path, &file));
  forge_root(file, forged);
  forge_batchnorm(file, forged);
  forge_linear(file, forged);
  assert_ok(bf_h5_close(file));
  return bf_checkpoint_load(path, net);
}

static void files_forged_are_refused(void **state)
{
  (void)state;
  static const forgery forgeries[] = {
      {"no format", "lacks attribute 'format'"},
      {"format 2", "its format is 2, this program reads 1"},
      {"long name", "name is too long"},
      {"features", "layer 'bn' takes 16 values, but gets 15"},
      {"classes", "5 outputs for 6 classes"},
      {"twins", "two layers are called 'bn'"},
      {"evil node", "a name that is none"},
      {"none", "0 layers"},
      {"many", "65 layers"},
      {"kind", "unknown layer type 'conv2d'"},
      {"kind is a number", "'kind'"},
      {"drop", "no chance"},
      {"bn width", "changes the width"},
      {"variance", "holds -1 at place 5"},
      {"nan", "nan at place 15"},
      {"infinity", "inf at place 15"},
      {"absent", "running_var"},
      {"gap", "layer 'fc' takes 17 values, but gets 16"},
      {"huge", "too short"},
      {"too wide", "expected 1..65536"},
      {"unknown format", "unknown number format 'posit'"},
      {"width", "width is 64"},
      {"no frac", "weight_frac_width"},
      {"shape", "17 columns, expected 16"},
  };
  bf_net *net = NULL;
  for (size_t i = 0; i < sizeof forgeries / sizeof forgeries[0]; i++) {
    assert_fails(load_forged(&forgeries[i], &net), BF_ERR_DATA, forgeries[i].words);
    assert_null(net);
  }
  const forgery nothing = {"nothing", ""};
  assert_ok(load_forged(&nothing, &net));
  assert_int_equal(net->n_trained, 117);
  bf_net_free(net);
}

/* The bytes of a small checkpoint. */
static bf_text saved_bytes(void)
{
  bf_model model = zoo_model("jsc-tiny");
  quantise_model(&model);
  bf_net *net = initialised_net(&model, 1);
  bf_text bytes = {0};
  assert_ok(bf_checkpoint_save(path, net, &origin));
  assert_ok(bf_file_read(path, &bytes));
  bf_net_free(net);
  return bytes;
}

static void file_damaged_anywhere_is_refused(void **state)
{
  (void)state;
  bf_text bytes = saved_bytes();
  bf_random random = bf_random_stream(1, BF_PURPOSE_SYNTH, 0);
  bf_net *net = NULL;
  for (size_t i = 0; i < 300; i++) {
    size_t at = (size_t)bf_random_below(&random, bytes.length);
    char flip = (char)(1 << bf_random_below(&random, 8));
    bytes.data[at] = (char)(bytes.data[at] ^ flip);
    assert_ok(bf_file_write(path, bytes.data, bytes.length));
    assert_int_equal(bf_checkpoint_load(path, &net), BF_ERR_DATA);
    bytes.data[at] = (char)(bytes.data[at] ^ flip);
  }
  for (size_t i = 0; i < 100; i++) {
    size_t length = (size_t)bf_random_below(&random, bytes.length);
    assert_ok(bf_file_write(path, bytes.data, length));
    assert_int_equal(bf_checkpoint_load(path, &net), BF_ERR_DATA);
  }
  /* A file that HDF5 finds whole, but without its seal. */
  assert_ok(bf_file_write(path, bytes.data, bytes.length - SEAL_BYTES));
  assert_fails(bf_checkpoint_load(path, &net), BF_ERR_DATA, "it has no seal");
  assert_null(net);
  bf_text_release(&bytes);
}

/* Where HDF5 keeps the texts. */
static size_t find_heap(const bf_text *bytes)
{
  size_t at = 0;
  while (at + 4 < bytes->length && memcmp(bytes->data + at, "GCOL", 4) != 0)
    at++;
  return at;
}

static void seal_again(bf_text *bytes)
{
  char seal[SEAL_BYTES + 1];
  size_t n_body = bytes->length - SEAL_BYTES;
  snprintf(seal, sizeof seal, "bitfront xxh64 %016llx\n",
           (unsigned long long)bf_hash(bytes->data, n_body, 0));
  memcpy(bytes->data + n_body, seal, SEAL_BYTES);
}

/* Loads in a child, because HDF5 leaks memory when it finds damage. Returns the child's status. */
static bf_status load_in_child(void)
{
  int state = 0;
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    bf_net *net = NULL;
    alarm(20);
    _exit((int)bf_checkpoint_load(path, &net));
  }
  assert_true(waitpid(child, &state, 0) == child && WIFEXITED(state));
  return (bf_status)WEXITSTATUS(state);
}

/* Damage under a seal that fits it. Metadata have HDF5's own checksums, so it is mostly values that
 * change. The heap of texts has none and can crash HDF5 itself: only the seal protects it. */
static void file_damaged_and_sealed_again_does_no_harm(void **state)
{
  (void)state;
  enum { HEAP_BYTES = 4096 };
  bf_text bytes = saved_bytes();
  bf_random random = bf_random_stream(2, BF_PURPOSE_SYNTH, 0);
  size_t heap = find_heap(&bytes), n_body = bytes.length - SEAL_BYTES, n_loaded = 0;
  assert_true(heap + HEAP_BYTES < n_body);
  for (size_t i = 0; i < 300; i++) {
    size_t at = (size_t)bf_random_below(&random, n_body - HEAP_BYTES);
    at += at < heap ? 0 : HEAP_BYTES;
    char flip = (char)(1 << bf_random_below(&random, 8));
    bytes.data[at] = (char)(bytes.data[at] ^ flip);
    seal_again(&bytes);
    assert_ok(bf_file_write(path, bytes.data, bytes.length));
    bf_status status = load_in_child();
    assert_true(status == BF_OK || status == BF_ERR_DATA);
    n_loaded += status == BF_OK ? 1 : 0;
    bytes.data[at] = (char)(bytes.data[at] ^ flip);
  }
  assert_true(n_loaded > 0 && n_loaded < 300);
  bf_text_release(&bytes);
}

static void checkpoint_survives_lack_of_memory(void **state)
{
  (void)state;
  bf_model model = zoo_model("jsc-tiny");
  bf_net *net = initialised_net(&model, 1), *loaded = NULL;
  bf_status status = BF_ERR_NOMEM;
  unlink(path);
  for (long n = 0; status != BF_OK; n++) {
    assert_false(bf_file_exists(path));
    bf_alloc_fail_after(n);
    status = bf_checkpoint_save(path, net, &origin);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
  }
  status = BF_ERR_NOMEM;
  for (long n = 0; status != BF_OK; n++) {
    assert_null(loaded);
    bf_alloc_fail_after(n);
    status = bf_checkpoint_load(path, &loaded);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
  }
  bf_checkpoint *read = NULL;
  status = BF_ERR_NOMEM;
  for (long n = 0; status != BF_OK; n++) {
    assert_null(read);
    bf_alloc_fail_after(n);
    status = bf_checkpoint_read(path, &read);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
  }
  bf_checkpoint_free(read);
  bf_net_free(net);
  bf_net_free(loaded);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(checkpoint_loaded_is_the_net_saved),
      cmocka_unit_test(checkpoints_of_the_zoo_load),
      cmocka_unit_test(checkpoint_says_where_it_comes_from),
      cmocka_unit_test(checkpoint_is_read_with_its_origin),
      cmocka_unit_test(checkpoints_of_one_net_have_the_same_bytes),
      cmocka_unit_test(checkpoint_that_cannot_be_written_leaves_nothing),
      cmocka_unit_test(files_that_are_no_checkpoints_are_refused),
      cmocka_unit_test(files_forged_are_refused),
      cmocka_unit_test(file_damaged_anywhere_is_refused),
      cmocka_unit_test(file_damaged_and_sealed_again_does_no_harm),
      cmocka_unit_test(checkpoint_survives_lack_of_memory),
  };
  return cmocka_run_group_tests(tests, make_folder, scratch_remove);
}
