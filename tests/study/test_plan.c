/* Plans: which choices a job has, and what they make of a net.
 * Tests of src/study/plan.c, configure.c and objectives.c. */
#include "unit.h"

#include <math.h>

#include "base/file.h"
#include "base/memory.h"
#include "study_fixture.h"

static bf_job *load_job(const char *name, const char *sampler)
{
  char path[512];
  bf_text text = {0};
  bf_toml *tree = NULL;
  bf_job *job = NULL;
  snprintf(path, sizeof path, "%s/jobs/%s", BF_SOURCE, name);
  bf_status status = bf_file_read(path, &text);
  if (status == BF_OK)
    status = bf_toml_parse(bf_text_view(&text), name, &tree);
  if (status == BF_OK)
    status = bf_toml_set_string(tree, "search.strategy.setup.sampler", sampler);
  if (status == BF_OK)
    status = bf_toml_set_string(tree, "load_name", "base.h5");
  assert_ok(status);
  bf_text_release(&text);
  assert_ok(bf_job_create(tree, name, false, &job));
  return job;
}

static void plan_of_the_toy_job_has_18_configurations_by_name_and_by_type(void **state)
{
  (void)state;
  for (int by_type = 0; by_type < 2; by_type++) {
    bf_job *job = load_job("jsc_toy_by_type.toml", "BruteForce");
    bf_plan *plan = NULL;
    if (by_type)
      job->by = "type";
    assert_ok(bf_plan_create(job, &fixture_manifest, &plan));
    assert_int_equal(bf_space_size(&plan->space), 18);
    assert_int_equal(plan->n_trials, 18);
    assert_string_equal(plan->sampler, "brute-force");
    assert_int_equal(plan->n_choices, 7);
    assert_string_equal(plan->choices[0].path, "seq_blocks_2/name");
    assert_string_equal(plan->choices[1].path, "seq_blocks_2/data_in_width");
    assert_string_equal(plan->choices[6].path, "seq_blocks_2/bias_frac_width");
    assert_int_equal(plan->n_objectives, 2);
    assert_int_equal(plan->terms[0].metric, BF_METRIC_accuracy);
    assert_true(plan->terms[0].maximize);
    assert_true(plan->terms[1].scale == 0.2);
    bf_plan_free(plan);
    bf_job_free(job);
  }
}

static void plan_of_the_lab4_job_has_25_configurations(void **state)
{
  (void)state;
  bf_job *job = load_job("jsc_lab4_train.toml", "brute");
  bf_plan *plan = NULL;
  job->load = NULL;
  assert_ok(bf_plan_create(job, &fixture_manifest, &plan));
  assert_int_equal(bf_space_size(&plan->space), 25);
  assert_int_equal(plan->n_trials, 20);
  assert_int_equal(plan->n_choices, 2);
  assert_true(plan->widens);
  bf_plan_free(plan);
  bf_job_free(job);
}

static void plan_names_the_samplers_when_one_is_unknown(void **state)
{
  (void)state;
  bf_job *job = load_job("jsc_lab4_train.toml", "abc");
  bf_plan *plan = NULL;
  job->load = NULL;
  assert_fails(bf_plan_create(job, &fixture_manifest, &plan), BF_ERR_USAGE,
               "unknown sampler 'abc'; there are 'brute-force', 'random', 'qmc'");
  assert_null(plan);
  bf_job_free(job);
}

#define JOINT_SEED                                                                                 \
  "[search.search_space.seed.default.config]\nname = [\"NA\"]\n"                                   \
  "[search.search_space.seed.x.config]\nname = [\"integer\"]\ndata_in = [[8, 5]]\n"                \
  "[search.search_space.seed.seq_blocks_1.config]\nname = [\"integer\"]\ndata_in_width = [6]\n"    \
  "[search.search_space.seed.seq_blocks_2.config]\nname = [\"NA\", \"integer\"]\n"                 \
  "channel_multiplier = [1, 2]\ndata_in = [[8, 4]]\nweight = [[8, 6], [4, \"NA\"]]\n"              \
  "bias_width = [8]\n"

static void configure_sets_formats_and_widths(void **state)
{
  (void)state;
  bf_job *job;
  bf_plan *plan;
  bf_model *model = bf_alloc(1, sizeof *model);
  assert_ok(fixture_plan(JOB_HEAD JOINT_SEED JOB_NULL JOB_TAIL, &job, &plan));
  assert_int_equal(bf_space_size(&plan->space), 6); /* NA has no weight */
  assert_string_equal(plan->choices[0].path, "x/name");
  /* x/name, x/data_in, 1/name, 1/data_in_width, then seq_blocks_2: integer, x2, [8,4], [4,NA], 8 */
  uint32_t indexes[] = {0, 0, 0, 0, 1, 1, 0, 1, 0};
  assert_int_equal(plan->n_choices, 9);
  assert_ok(bf_plan_configure(plan, indexes, model));
  assert_int_equal(bf_quantizer_width(&model->input), 8);
  assert_int_equal(bf_quantizer_precision(&model->input), 13);
  assert_int_equal(bf_quantizer_width(&model->layers[1].data_in), 6);
  assert_true(model->layers[1].data_in.is_unsigned);
  assert_false(model->layers[2].data_in.is_unsigned);
  assert_int_equal(bf_quantizer_precision(&model->layers[2].weight), 6); /* 4 + 4 / 2 */
  assert_int_equal(bf_quantizer_precision(&model->layers[2].bias), 12);
  assert_int_equal(model->layers[2].n_out, 32);
  assert_int_equal(model->layers[4].n_in, 32);
  assert_int_equal(bf_quantizer_width(&model->layers[4].weight), 32);
  indexes[4] = 0; /* NA: the widths make no difference */
  assert_ok(bf_plan_configure(plan, indexes, model));
  assert_null(model->layers[2].weight.format);
  bf_plan_free(plan);
  bf_job_free(job);
  free(model);
}

#define WEIGHTS_ONLY_SEED                                                                          \
  "[search.search_space.seed.default.config]\nname = [\"NA\"]\n"                                   \
  "[search.search_space.seed.seq_blocks_1.config]\nname = [\"binary\"]\n"                          \
  "[search.search_space.seed.seq_blocks_2.config]\n"                                               \
  "name = [\"binary\", \"ternary\", \"integer\"]\n"                                                \
  "data_in_width = [4, 8]\ndata_in_bipolar = [true, false]\n"                                      \
  "weight_width = [2, 8]\nweight_bipolar = [true, false]\nweight_mean = [\"NA\", 0.5]\n"           \
  "bias_width = [8, 4]\n"

/* binary 2 (bipolar), ternary 1, integer 2 x 2 x 2; what is unused makes no difference. */
static void formats_for_weights_leave_data_and_bias_alone(void **state)
{
  (void)state;
  bf_job *job;
  bf_plan *plan;
  bf_model *model = bf_alloc(1, sizeof *model);
  assert_ok(fixture_plan(JOB_HEAD WEIGHTS_ONLY_SEED JOB_NULL JOB_TAIL, &job, &plan));
  assert_int_equal(bf_space_size(&plan->space), 2 + 1 + 8);
  uint32_t *indexes = bf_alloc(plan->n_choices, sizeof *indexes);
  assert_ok(bf_plan_configure(plan, indexes, model));
  assert_string_equal(bf_quantizer_name(&model->layers[1].data_in), "binary");
  assert_string_equal(bf_quantizer_name(&model->layers[2].weight), "binary");
  assert_int_equal(bf_quantizer_width(&model->layers[2].weight), 1);
  assert_null(model->layers[2].data_in.format);
  assert_null(model->layers[2].bias.format);
  indexes[1] = 2;
  assert_string_equal(plan->choices[1].path, "seq_blocks_2/name");
  assert_ok(bf_plan_configure(plan, indexes, model));
  assert_string_equal(bf_quantizer_name(&model->layers[2].data_in), "integer");
  assert_int_equal(bf_quantizer_width(&model->layers[2].bias), 8);
  free(indexes);
  bf_plan_free(plan);
  bf_job_free(job);
  free(model);
}

static void data_drawn_at_random_is_refused(void **state)
{
  (void)state;
  bf_job *job;
  bf_plan *plan;
  assert_fails(fixture_plan(JOB_HEAD
                            "[search.search_space.seed.default.config]\nname = [\"NA\"]\n"
                            "[search.search_space.seed.seq_blocks_1.config]\nname = "
                            "[\"binary\"]\ndata_in_stochastic = [true]\n" JOB_NULL JOB_TAIL,
                            &job, &plan),
               BF_ERR_USAGE, "only weights are drawn at random");
}

static void formats_of_other_nets_are_refused(void **state)
{
  (void)state;
  bf_job *job;
  bf_plan *plan;
  assert_fails(fixture_plan(JOB_HEAD "[search.search_space.seed.default.config]\n"
                                     "name = [\"lutnet\"]\n" JOB_NULL JOB_TAIL,
                            &job, &plan),
               BF_ERR_USAGE, "number format 'lutnet' is refused: it makes look-up tables");
}

static void plan_default_rules_what_can_be_quantised(void **state)
{
  (void)state;
  bf_job *job;
  bf_plan *plan;
  bf_model *model = bf_alloc(1, sizeof *model);
  assert_ok(fixture_plan(JOB_HEAD "[search.search_space.seed.default.config]\n"
                                  "name = [\"integer\"]\ndata_in_width = [4, 8]\n"
                                  "weight_width = [2]\n" JOB_NULL JOB_TAIL,
                         &job, &plan));
  /* Not of seq_blocks_0, a BatchNorm; of a ReLU without the weights. */
  assert_string_equal(plan->choices[0].path, "seq_blocks_1/name");
  assert_string_equal(plan->choices[1].path, "seq_blocks_1/data_in_width");
  assert_string_equal(plan->choices[2].path, "seq_blocks_2/name");
  assert_string_equal(plan->choices[4].path, "seq_blocks_2/weight_width");
  uint32_t *indexes = bf_alloc(plan->n_choices, sizeof *indexes);
  assert_ok(bf_plan_configure(plan, indexes, model));
  assert_null(model->layers[0].data_in.format);
  assert_int_equal(bf_quantizer_width(&model->layers[1].data_in), 4);
  free(indexes);
  free(model);
  bf_plan_free(plan);
  bf_job_free(job);
}

static void plan_bad_spaces_are_refused(void **state)
{
  (void)state;
#define NODE "[search.search_space.seed.seq_blocks_2.config]\n"
  static const struct {
    const char *seed;
    const char *words;
  } cases[] = {
      {NODE "name = [\"integer\"]\nweight_width = [0]\ndata_in_width = [8]\n",
       "job.toml: seq_blocks_2: weight: width is 0, expected 1..32"},
      {NODE "name = [\"integer\"]\nweight_width = [4, 33]\ndata_in_width = [8]\n",
       "job.toml:9:20: seq_blocks_2: weight: width is 33"},
      {NODE "name = [\"integer\"]\nweight_width = [-4]\ndata_in_width = [8]\n", "width is -4"},
      {NODE "name = [\"integer\"]\nweight_width = [4]\n", "seq_blocks_2: data_in: "},
      {NODE "name = [\"integer\"]\nweight_width = []\n", "no array with at least one choice"},
      {NODE "name = [\"integer\"]\nweight_width = {}\n", "no array with at least one choice"},
      {NODE "name = [\"integer\"]\nweight_width = [\"wide\"]\ndata_in_width = [8]\n",
       "seq_blocks_2: weight: width is not a whole number"},
      {NODE "name = []\nweight_width = [4]\nchannel_multiplier = [2]\n",
       "'name' is no array with at least one number format"},
      {NODE "name = [\"intger\"]\n",
       "unknown number format 'intger'; did you mean 'integer'? there are"},
      {NODE "name = [\"integer\"]\nweigth_width = [4]\n", "did you mean 'weight_width'?"},
      {NODE "name = [\"integer\"]\nweight_size = [4]\n", "no parameter of number format 'integer'"},
      {NODE "name = [\"integer\"]\nweight_widht = [4]\n", "did you mean 'weight_width'?"},
      {NODE "channel_multiplier = [0]\n", "seq_blocks_2/channel_multiplier: it is no whole number"},
      {NODE "channel_multiplier = [-1]\n",
       "seq_blocks_2/channel_multiplier: it is no whole number"},
      {NODE "channel_multiplier = [1.5]\n",
       "seq_blocks_2/channel_multiplier: it is no whole number"},
      {NODE "channel_multiplier = []\n", "no array with at least one choice"},
      {"[search.search_space.seed.seq_block_2.config]\nchannel_multiplier = [1]\n",
       "did you mean 'seq_blocks_2'?"},
      {"[search.search_space.seed.seq_blocks_2]\nname = [\"integer\"]\n", "did you mean 'config'?"},
      {"[search.search_space.seed.default.config]\nname = [\"NA\"]\n", "nothing to search"},
      {NODE "name = [\"integer\"]\ndata_in_width = [8]\nweight_width = [4]\nweight = [[8, 4]]\n",
       "job.toml:10:1: 'weight_width' of node 'seq_blocks_2' is set by 'weight', too"},
      {"[search.search_space.seed.seq_blocks_0.config]\nname = [\"integer\"]\n",
       "job.toml:8:1: node 'seq_blocks_0' cannot be quantised"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[2048];
    bf_job *job;
    bf_plan *plan;
    snprintf(text, sizeof text, "%s%s%s%s", JOB_HEAD, cases[i].seed, JOB_NULL, JOB_TAIL);
    assert_fails(fixture_plan(text, &job, &plan), BF_ERR_USAGE, cases[i].words);
    assert_null(plan);
  }
}

static void plan_unknown_keys_are_warnings_when_lenient(void **state)
{
  (void)state;
  bf_toml *tree = NULL;
  bf_job *job = NULL;
  bf_plan *plan = NULL;
  assert_ok(bf_toml_parse(
      JOB_HEAD NODE
      "name = [\"integer\"]\nweight_width = [4, 8]\ndata_in_width = [8]\n"
      "colour = [1]\nweight_block_size = [16]\n"
      "[search.search_space.seed.seq_blocks_2]\nshape = 1\n"
      "[search.search_space.seed.seq_blocks_99.config]\nname = [\"integer\"]\n" JOB_NULL
      "[search.strategy.setup]\nsampler = \"brute-force\"\n"
      "[search.strategy.metrics.loss]\nscale = 1\ndirection = \"minimize\"\nweight = 1\n",
      "job.toml", &tree));
  assert_ok(bf_job_create(tree, "job.toml", true, &job));
  assert_ok(bf_plan_create(job, &fixture_manifest, &plan));
  assert_int_equal(plan->n_choices, 3);
  bf_plan_free(plan);
  bf_job_free(job);
}

#define SEED_OF_ONE "[search.search_space.seed.seq_blocks_2.config]\nchannel_multiplier = [1, 2]\n"

static void plan_runners_must_fit(void **state)
{
  (void)state;
  static const struct {
    const char *runner;
    const char *words;
  } cases[] = {
      {"", "no runner"},
      {"[search.strategy.sw_runner.basic_evaluation]\n", "cannot score resized nets"},
      {"[search.strategy]\neval_mode = false\n[search.strategy.sw_runner.basic_evaluation]\n",
       "eval_mode = false"},
      {"[search.strategy.sw_runner.basic_train]\noptimizer = \"adma\"\n", "adam"},
      {"[search.strategy.sw_runner.basic_train]\nlr_scheduler = \"polynomial\"\n", "polynomial"},
      {"[search.strategy.sw_runner.basic_train]\ndata_loader = \"test_dataloader\"\n",
       "data_loader is 'test_dataloader'"},
      {"[search.strategy.sw_runner.null]\nslow_trials = 3\n", "no array of trial numbers"},
      {"[search.strategy.sw_runner.null]\nkill_trials = 3\n", "no array of trial numbers"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[2048];
    bf_job *job;
    bf_plan *plan;
    snprintf(text, sizeof text, "%s%s%s%s", JOB_HEAD, SEED_OF_ONE, cases[i].runner, JOB_TAIL);
    assert_fails(fixture_plan(text, &job, &plan), BF_ERR_USAGE, cases[i].words);
  }
}

static void plan_evaluation_without_a_checkpoint_says_how_to_get_one(void **state)
{
  (void)state;
  bf_job *job;
  bf_plan *plan;
  assert_fails(fixture_plan(JOB_HEAD
                            "[search.search_space.seed.seq_blocks_2.config]\nname = [\"integer\"]\n"
                            "data_in_width = [8]\nweight_width = [8]\n"
                            "[search.strategy.sw_runner.basic_evaluation]\n" JOB_TAIL,
                            &job, &plan),
               BF_ERR_USAGE,
               "basic_evaluation needs a trained net: give --load, or run bitfront train first");
}

static void plan_objectives_scale_and_flip(void **state)
{
  (void)state;
  bf_job *job;
  bf_plan *plan;
  bf_metrics metrics = bf_metrics_none();
  double values[2];
  double minimised[2];
  assert_ok(fixture_plan(JOB_HEAD SEED_OF_ONE JOB_NULL JOB_TAIL, &job, &plan));
  plan->terms[0].maximize = true;
  metrics.value[BF_METRIC_loss] = 0.75;
  metrics.value[BF_METRIC_weight_bits] = 100;
  assert_ok(bf_plan_objectives(plan, &metrics, values, minimised));
  assert_true(values[0] == 0.75 && values[1] == 50);
  assert_true(minimised[0] == -0.75 && minimised[1] == 50);
  metrics.value[BF_METRIC_weight_bits] = (double)NAN;
  assert_fails(bf_plan_objectives(plan, &metrics, values, NULL), BF_ERR_TRIAL,
               "'weight_bits' is nan");
  bf_plan_free(plan);
  bf_job_free(job);
}

static void plan_sum_has_one_objective_with_its_own_direction(void **state)
{
  (void)state;
  bf_job *job;
  bf_plan *plan;
  bf_metrics metrics = bf_metrics_none();
  double values[2];
  double minimised[2];
  assert_ok(fixture_plan(JOB_HEAD SEED_OF_ONE JOB_NULL
                         "[search.strategy.setup]\nsampler = \"random\"\nn_trials = 3\n"
                         "sum_scaled_metrics = true\ndirection = \"maximize\"\n"
                         "[search.strategy.metrics]\naccuracy.scale = 1.0\nbitops.scale = -0.25\n",
                         &job, &plan));
  assert_int_equal(plan->n_objectives, 1);
  metrics.value[BF_METRIC_accuracy] = 3;
  metrics.value[BF_METRIC_bitops] = 4;
  assert_ok(bf_plan_objectives(plan, &metrics, values, minimised));
  assert_true(values[0] == 2 && minimised[0] == -2);
  bf_plan_free(plan);
  bf_job_free(job);
}

static void plan_bad_objectives_are_refused(void **state)
{
  (void)state;
  static const struct {
    const char *setup;
    const char *words;
  } cases[] = {
      {"[search.strategy.setup]\nsampler = \"random\"\nn_trials = 3\n", "no objective"},
      {"[search.strategy.setup]\nsampler = \"random\"\n[search.strategy.metrics]\nloss.scale = "
       "1.0\nloss.direction = \"minimize\"\n",
       "no number of trials"},
      {"[search.strategy.metrics]\nacuracy.scale = 1.0\n", "accuracy"},
      {"[search.strategy.metrics]\nloss.scale = 1.0\n", "loss: direction is missing"},
      {"[search.strategy.metrics]\nloss.scale = 1.0\nloss.direction = \"up\"\n",
       "loss: direction is 'up'"},
      {"[search.strategy.setup]\nsum_scaled_metrics = true\ndirection = \"minimize\"\n"
       "[search.strategy.metrics]\nloss.direction = \"minimize\"\n",
       "no scale"},
      {"[search.strategy.metrics]\nloss.scale = inf\nloss.direction = \"minimize\"\n", "no scale"},
      {"[search.strategy.metrics]\nloss.size = 1\n", "unknown key 'size'"},
      {"[search.strategy.setup]\nsum_scaled_metrics = true\n[search.strategy.metrics]\nloss.scale "
       "= 1\n",
       "sum_scaled_metrics: direction is missing"},
      {"[search.report]\nline = \"{acuracy}\"\n" JOB_TAIL, "'{acuracy}'"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[2048];
    bf_job *job;
    bf_plan *plan;
    snprintf(text, sizeof text, "%s%s%s%s", JOB_HEAD, SEED_OF_ONE, JOB_NULL, cases[i].setup);
    assert_fails(fixture_plan(text, &job, &plan), BF_ERR_USAGE, cases[i].words);
  }
}

static void plan_without_memory_fails_cleanly(void **state)
{
  (void)state;
  bf_job *job = NULL;
  bf_status status = BF_ERR_NOMEM;
  assert_ok(fixture_job(JOB_HEAD JOINT_SEED JOB_NULL JOB_TAIL, &job));
  for (long n = 0; status != BF_OK; n++) {
    bf_plan *plan = NULL;
    bf_alloc_fail_after(n);
    status = bf_plan_create(job, &fixture_manifest, &plan);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    bf_plan_free(plan);
    assert_true(n < 1000);
  }
  bf_job_free(job);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plan_of_the_toy_job_has_18_configurations_by_name_and_by_type),
      cmocka_unit_test(plan_of_the_lab4_job_has_25_configurations),
      cmocka_unit_test(plan_names_the_samplers_when_one_is_unknown),
      cmocka_unit_test(configure_sets_formats_and_widths),
      cmocka_unit_test(formats_for_weights_leave_data_and_bias_alone),
      cmocka_unit_test(data_drawn_at_random_is_refused),
      cmocka_unit_test(formats_of_other_nets_are_refused),
      cmocka_unit_test(plan_default_rules_what_can_be_quantised),
      cmocka_unit_test(plan_bad_spaces_are_refused),
      cmocka_unit_test(plan_unknown_keys_are_warnings_when_lenient),
      cmocka_unit_test(plan_runners_must_fit),
      cmocka_unit_test(plan_evaluation_without_a_checkpoint_says_how_to_get_one),
      cmocka_unit_test(plan_objectives_scale_and_flip),
      cmocka_unit_test(plan_sum_has_one_objective_with_its_own_direction),
      cmocka_unit_test(plan_bad_objectives_are_refused),
      cmocka_unit_test(plan_without_memory_fails_cleanly),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
