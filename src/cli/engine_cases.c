/* The cases of `bench engine`, timed.
 * Room: cli. */
#include "cli/engine_cases.h"

#include "base/clock.h"
#include "base/median.h"
#include "base/memory.h"
#include "base/random.h"
#include "cli/peak.h"
#include "metrics/metric.h"
#include "nn/evaluate.h"
#include "nn/train.h"

/* 4 MiB of rows: more than a core's own caches hold, as with real data. */
enum { N_ROWS = 65536, N_FEATURES = 16, N_CLASSES = 5, N_ROUNDS = 5, N_PEAKS = 2 * N_ROUNDS };

/** What a case works on. */
typedef struct bench {
  const bf_engine_setting *setting;
  float *values;
  uint8_t *labels;
  bf_tiles rows; /**< views of the two above */
  bf_net *net;
  size_t batch;
} bench;

static bf_status train(const bench *b, size_t n_batches)
{
  bf_training training = bf_training_defaults();
  training.batch_size = b->batch;
  training.max_steps = n_batches;
  return bf_train(b->net, &training, b->setting->kernels, b->rows, NULL);
}

/* The rows of batch i: one after the other, and again from the start. */
static bf_tiles batch_at(const bench *b, size_t i)
{
  size_t n_rows = bf_n_tiles(b->batch) * BF_TILE;
  size_t first = i % (N_ROWS / n_rows) * n_rows;
  return (bf_tiles){b->batch, N_FEATURES, b->rows.values + first * N_FEATURES,
                    b->rows.labels + first};
}

static bf_status evaluate(const bench *b, size_t n_batches)
{
  bf_status status = BF_OK;
  bf_score score;
  for (size_t i = 0; status == BF_OK && i < n_batches; i++)
    status = bf_evaluate(b->net, b->setting->kernels, batch_at(b, i), &score);
  return status;
}

/* Forward passes in integers, without scoring: what the metric `latency` measures. */
static bf_status infer(const bench *b, size_t n_batches)
{
  bf_forward *forward = NULL;
  bf_status status = bf_forward_create(b->net, b->setting->kernels, b->batch, true, &forward);
  for (size_t i = 0; status == BF_OK && i < n_batches; i++)
    bf_forward_run(forward, batch_at(b, i));
  bf_forward_free(forward);
  return status;
}

static const struct {
  const char *name;
  size_t multiplier; /**< of the hidden layers */
} nets[] = {{"x1", 1}, {"x2", 2}, {"x4", 4}};

static const char *const batches[] = {"128", "256", "1024", "4096"};

/** What is done with a net. */
typedef struct kind {
  const char *mode;
  const char *phase;
  bool is_quantised;
  double flops_a_mac; /**< training: forward, input gradient, weight gradient */
  bf_status (*run)(const bench *b, size_t n_batches);
} kind;

static const kind kinds[] = {
    {"float", "train", false, 6, train},   {"qat", "train", true, 6, train},
    {"float", "eval", false, 2, evaluate}, {"qat", "eval", true, 2, evaluate},
    {"int", "eval", true, 2, infer},
};

enum {
  N_NETS = sizeof nets / sizeof *nets,
  N_BATCHES = sizeof batches / sizeof *batches,
  N_KINDS = sizeof kinds / sizeof *kinds
};

static bf_status quantise(bf_quantizer *quantizer, int64_t width, int64_t frac_width)
{
  const bf_setting settings[] = {{.key = "width", .value = width},
                                 {.key = "frac_width", .value = frac_width}};
  return bf_quantizer_init(quantizer, "integer", 2, settings, false);
}

static bf_status quantise_linears(bf_model *model)
{
  bf_status status = BF_OK;
  for (size_t i = 0; i < model->n_layers; i++) {
    bf_layer *layer = &model->layers[i];
    if (layer->kind != BF_LAYER_LINEAR)
      continue;
    BF_TRY(quantise(&layer->data_in, 8, 4));
    BF_TRY(quantise(&layer->weight, 8, 6));
    BF_TRY(quantise(&layer->bias, 8, 4));
  }
done:
  return status;
}

/* All but the last Linear are hidden ones. */
static void choose_widths(const bf_model *model, size_t multiplier, size_t *multipliers)
{
  size_t last = 0;
  for (size_t i = 0; i < model->n_layers; i++) {
    bool is_linear = model->layers[i].kind == BF_LAYER_LINEAR;
    multipliers[i] = is_linear ? multiplier : 1;
    last = is_linear ? i : last;
  }
  multipliers[last] = 1;
}

static bf_status make_net(size_t multiplier, bool is_quantised, bf_net **net)
{
  bf_status status = BF_OK;
  bf_model model;
  size_t multipliers[BF_MAX_LAYERS];
  BF_TRY(bf_model_zoo("jsc-lab4", N_FEATURES, N_CLASSES, &model));
  choose_widths(&model, multiplier, multipliers);
  BF_TRY(bf_model_widen(&model, multipliers));
  if (is_quantised)
    BF_TRY(quantise_linears(&model));
  BF_TRY(bf_net_create(&model, net));
  bf_net_init(*net, 0);
done:
  return status;
}

/* A row's. */
static double count_macs(const bf_model *model)
{
  const bf_cost_options one_row = {.bitops_batch = 1, .compare_to = 32};
  bf_metrics metrics;
  bf_metrics_cost(model, &one_row, &metrics);
  return metrics.value[BF_METRIC_macs];
}

/* Standardised features and labels without meaning: times do not depend on them. */
static bf_status make_rows(bench *b)
{
  bf_status status = BF_OK;
  bf_random random = bf_random_stream(0, BF_PURPOSE_SYNTH, 0);
  b->values = bf_alloc((size_t)N_ROWS * N_FEATURES, sizeof *b->values);
  BF_CHECK_MEMORY(b->values);
  b->labels = bf_alloc(N_ROWS, sizeof *b->labels);
  BF_CHECK_MEMORY(b->labels);
  for (size_t i = 0; i < (size_t)N_ROWS * N_FEATURES; i++)
    b->values[i] = (float)bf_random_normal(&random);
  for (size_t i = 0; i < N_ROWS; i++)
    b->labels[i] = (uint8_t)bf_random_below(&random, N_CLASSES);
  b->rows = (bf_tiles){N_ROWS, N_FEATURES, b->values, b->labels};
done:
  return status;
}

static void release(bench *b)
{
  bf_net_free(b->net);
  free(b->values);
  free(b->labels);
}

static bf_status time_batches(const bench *b, const kind *what, size_t n_batches, double *seconds)
{
  double start_s = bf_clock_s();
  bf_status status = what->run(b, n_batches);
  *seconds = bf_clock_s() - start_s;
  return status;
}

/* How many batches make a round; doing so many warms everything up. */
static bf_status fill_round(const bench *b, const kind *what, size_t *n_batches)
{
  bf_status status = BF_OK;
  double wanted = b->setting->seconds / N_ROUNDS;
  double seconds = 0;
  *n_batches = 1;
  BF_TRY(time_batches(b, what, 1, &seconds));
  while (seconds < wanted / 2) {
    *n_batches *= 2;
    BF_TRY(time_batches(b, what, *n_batches, &seconds));
  }
done:
  return status;
}

static bf_status time_case(const bench *b, const kind *what, bf_engine_result *result)
{
  bf_status status = BF_OK;
  bf_isa isa = b->setting->isa;
  size_t n_batches = 0;
  double rates[N_ROUNDS];
  double peaks[N_PEAKS];
  BF_TRY(fill_round(b, what, &n_batches));
  for (size_t i = 0; i < N_ROUNDS; i++) {
    double seconds = 0;
    peaks[2 * i] = bf_peak_flops(isa);
    BF_TRY(time_batches(b, what, n_batches, &seconds));
    peaks[2 * i + 1] = bf_peak_flops(isa);
    rates[i] = (double)(n_batches * b->batch) / seconds;
  }
  result->rows_per_s = bf_median(N_ROUNDS, rates);
  result->gflops = 1e-9 * what->flops_a_mac * count_macs(&b->net->model) * result->rows_per_s;
  result->peak_gflops = 1e-9 * bf_median(N_PEAKS, peaks);
  result->share = result->gflops / result->peak_gflops;
done:
  return status;
}

/* A new net for every case: the weights of one must not depend on what ran before it. */
static bf_status run_case(bench *b, size_t net, const kind *what, bf_engine_result *result)
{
  bf_status status = BF_OK;
  *result = (bf_engine_result){
      .net = nets[net].name, .batch = b->batch, .mode = what->mode, .phase = what->phase};
  BF_TRY(make_net(nets[net].multiplier, what->is_quantised, &b->net));
  status = time_case(b, what, result);
done:
  bf_net_free(b->net);
  b->net = NULL;
  return status;
}

static bool holds(const bf_list *list, const char *name)
{
  for (size_t i = 0; i < list->n; i++)
    if (strcmp(list->items[i], name) == 0)
      return true;
  return list->n == 0;
}

static bf_status check_names(const bf_list *list, size_t n, const char *const *known,
                             const char *expected)
{
  for (size_t i = 0; i < list->n; i++) {
    size_t k = 0;
    while (k < n && strcmp(known[k], list->items[i]) != 0)
      k++;
    if (k == n)
      return bf_fail(BF_ERR_USAGE, "'%s' is no %s", list->items[i], expected);
  }
  return BF_OK;
}

static bool is_chosen(const bf_engine_choice *choice, const kind *what)
{
  return holds(&choice->modes, what->mode) && holds(&choice->phases, what->phase);
}

static bool has_kind(const bf_engine_choice *choice)
{
  bool has = false;
  for (size_t i = 0; i < N_KINDS; i++)
    has = has || is_chosen(choice, &kinds[i]);
  return has;
}

static bf_status check_choice(const bf_engine_choice *choice)
{
  bf_status status = BF_OK;
  const char *net_names[N_NETS];
  const char *modes[N_KINDS];
  const char *phases[N_KINDS];
  for (size_t i = 0; i < N_NETS; i++)
    net_names[i] = nets[i].name;
  for (size_t i = 0; i < N_KINDS; i++) {
    modes[i] = kinds[i].mode;
    phases[i] = kinds[i].phase;
  }
  BF_TRY(check_names(&choice->nets, N_NETS, net_names, "net: expected x1, x2 or x4"));
  BF_TRY(check_names(&choice->modes, N_KINDS, modes, "mode: expected float, qat or int"));
  BF_TRY(check_names(&choice->phases, N_KINDS, phases, "phase: expected train or eval"));
  BF_CHECK(has_kind(choice), BF_ERR_USAGE, "mode int has the phase eval only");
done:
  return status;
}

static bf_status read_batch(const char *text, size_t *batch)
{
  bf_status status = bf_read_count("--batch", text, batch);
  if (status == BF_OK && (*batch < 2 || *batch > N_ROWS))
    return bf_fail(BF_ERR_USAGE, "option '--batch' is %s, expected 2 .. %d", text, (int)N_ROWS);
  return status;
}

/* The cases of one net and batch size. */
static bf_status run_kinds(bench *b, const bf_engine_choice *choice, size_t net, size_t *n,
                           bf_engine_result *results)
{
  bf_status status = BF_OK;
  for (size_t i = 0; status == BF_OK && i < N_KINDS; i++)
    if (is_chosen(choice, &kinds[i]))
      status = run_case(b, net, &kinds[i], &results[(*n)++]);
  return status;
}

bf_status bf_engine_cases_time(const bf_engine_choice *choice, const bf_engine_setting *setting,
                               size_t *n, bf_engine_result **results)
{
  bf_status status = BF_OK;
  bench b = {.setting = setting};
  bool is_default = choice->batches.n == 0;
  const char *const *sizes = is_default ? batches : choice->batches.items;
  size_t n_sizes = is_default ? N_BATCHES : choice->batches.n;
  size_t n_done = 0;
  bf_engine_result *done_so_far = bf_alloc(N_NETS * n_sizes * N_KINDS, sizeof *done_so_far);
  BF_CHECK_MEMORY(done_so_far);
  BF_TRY(check_choice(choice));
  for (size_t i = 0; i < n_sizes; i++)
    BF_TRY(read_batch(sizes[i], &b.batch));
  BF_TRY(make_rows(&b));
  for (size_t net = 0; net < N_NETS; net++)
    for (size_t i = 0; holds(&choice->nets, nets[net].name) && i < n_sizes; i++) {
      BF_TRY(read_batch(sizes[i], &b.batch));
      BF_TRY(run_kinds(&b, choice, net, &n_done, done_so_far));
    }
  *n = n_done;
  *results = done_so_far;
  done_so_far = NULL;
done:
  release(&b);
  free(done_so_far);
  return status;
}
