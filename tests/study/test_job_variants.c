/* Job files as users of the Python tool, its course and its forks write them: a table of variants
 * and of what each means here.
 * Seeded damage, too: 3000 files (BITFRONT_LONG: 300000).
 * Tests of src/study/job_words.c, node_keys.c, widths.c, seeds.c and of their use. */
#include "unit.h"

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "study_fixture.h"

#define SPACE(name) "[search.search_space]\nname = \"" name "\"\nsetup.by = \"name\"\n"
#define SEED(node)  "[search.search_space.seed." node ".config]\n"
#define NULL_RUN    "[search.strategy.sw_runner.null]\n"
#define SETUP(more) "[search.strategy.setup]\nsampler = \"brute-force\"\n" more
#define METRICS     "[search.strategy.metrics]\nloss = {scale = 1, direction = \"minimize\"}\n"

/* jsc-tiny, with 2 x 3 = 6 configurations of seq_blocks_2. */
#define PTQ SPACE("graph/quantize/mixed_precision_ptq")
#define SIX                                                                                        \
  "name = [\"integer\"]\ndata_in_width = [4, 8]\ndata_in_frac_width = [\"NA\"]\n"                  \
  "weight_width = [2, 4, 8]\nweight_frac_width = [\"NA\"]\n"
#define TAIL              NULL_RUN SETUP("") METRICS
#define TINY(top)         "model = \"jsc-tiny\"\n" top PTQ SEED("seq_blocks_2") SIX TAIL
#define TINY_SEED(seeds)  "model = \"jsc-tiny\"\n" PTQ seeds TAIL
#define TINY_NODE(config) TINY_SEED(SEED("seq_blocks_2") config)
#define TINY_RUN(run, setup, metrics)                                                              \
  "model = \"jsc-tiny\"\n" PTQ SEED("seq_blocks_2") SIX run setup metrics
#define SAMPLED(name)                                                                              \
  TINY_RUN(NULL_RUN, "[search.strategy.setup]\nsampler = " name "\nn_trials = 3\n", METRICS)
#define TRAINED(keys) TINY_RUN("[search.strategy.sw_runner.basic_train]\n" keys, SETUP(""), METRICS)

/* jsc-lab4, whose Linears are seq_blocks_2, _4 and _6. */
#define LAB4(name, seeds)       "model = \"jsc-lab4\"\n" SPACE(name) seeds TAIL
#define WIDTHS(seeds)           LAB4("graph/lab4/model_structure_ptq", seeds)
#define OUT(key)                SEED("seq_blocks_2") key " = [1, 2, 3, 4, 5]\n"
#define NAMED(node, name, keys) SEED(node) "name = [\"" name "\"]\n" keys

/* integer 2 x 2 x 3, log 2 x 2 x 2, minifloat 2 x 2 x 2 x 2, block_fp that twice, binary, NA. */
enum { MIXED_SIZE = 12 + 8 + 16 + 32 + 1 + 1 };

/* A job is refused with these words, or makes a space of this size, of which these words warn. */
static const struct variant {
  const char *what;
  const char *text;
  uint64_t size;
  const char *words;
} variants[] = {
    {"plain", TINY(""), 6, NULL},
    {"task cls", TINY("task = \"cls\"\n"), 6, NULL},
    {"task of the fork", TINY("task = \"classfication\"\n"), 6, NULL},
    {"task in capitals", TINY("task = \"Classification\"\n"), 6, NULL},
    {"task null", TINY("task = \"NA\"\n"), 6, NULL},
    {"task lm", TINY("task = \"lm\"\n"), 0, "job.toml:2:1: task is 'lm': bitfront searches class"},
    {"task translation", TINY("task = \"translation\"\n"), 0, "classifiers only"},
    {"task unknown", TINY("task = \"clss\"\n"), 0, "did you mean 'cls'?"},
    {"task no text", TINY("task = 3\n"), 0, "'task' is no string"},

    {"model spelt otherwise", "model = \"JSC_Tiny\"\n" PTQ SEED("seq_blocks_2") SIX TAIL, 6, NULL},
    {"model of the fork",
     "model = \"jsc-three-linear-layers\"\n" SPACE("graph/quantize/network_search")
         OUT("channel_multiplier_output") TAIL,
     5, NULL},
    {"model that nobody has", "model = \"jsc-m\"\n" PTQ TAIL, 0, "jsc-tiny"},

    {"GPU", TINY("accelerator = \"gpu\"\n"), 6, "no GPU here: runs on the CPU"},
    {"CUDA device", TINY("accelerator = \"cuda:0\"\n"), 6, "no GPU here: runs on the CPU"},
    {"CPU", TINY("accelerator = \"cpu\"\n"), 6, NULL},
    {"accelerator unknown", TINY("accelerator = \"tpu\"\n"), 0,
     "expected one of \"auto\", \"cpu\""},
    {"log level", TINY("log_level = \"critical\"\n"), 6, NULL},
    {"log level unknown", TINY("log_level = \"loud\"\n"), 0, "'log_level' is 'loud'"},
    {"default kind of checkpoint, none to load", TINY("load_type = \"mz\"\n"), 6, NULL},
    {"Lightning", TINY("load_type = \"pl\"\nload_name = \"a.ckpt\"\n"), 6, NULL},
    {"pickled graph", TINY("load_type = \"mz\"\nload_name = \"a.mz\"\n"), 0,
     "load_type is 'mz': such checkpoints are not read"},
    {"Hugging Face", TINY("load_type = \"hf\"\nload_name = \"a\"\n"), 0, "state_dict"},
    {"kind unknown", TINY("load_type = \"ckpt\"\nload_name = \"a\"\n"), 0,
     "expected one of \"pt\""},
    {"other strategy",
     "model = \"jsc-tiny\"\n" PTQ SEED("seq_blocks_2") SIX
     "[search.strategy]\nname = \"rl\"\n" TAIL,
     0, "'search.strategy.name' is 'rl', expected one of \"optuna\""},
    {"all of the tool's own machinery",
     TINY("dataset = \"jsc\"\nreport_to = \"wandb\"\nquant_config = \"NA\"\n"
          "trainer_precision = \"16-mixed\"\nlog_every_n_steps = 5\nnum_workers = 0\n"
          "num_devices = 1\nnum_nodes = 1\nstrategy = \"auto\"\nto_debug = false\n"
          "disable_dataset_cache = true\nis_pretrained = false\nmax_token_len = 512\n"
          "target = \"xcu250\"\nnum_targets = 100\nis_to_auto_requeue = false\n"
          "github_ci = false\nproject_dir = \"out\"\nproject = \"p\"\n"),
     6, NULL},
    {"null is not given",
     TINY("max_steps = \"NA\"\nweight_decay = \"NA\"\nload_name = \"NA\"\nseed = \"NA\"\n"), 6,
     NULL},
    {"training keys of a search", TINY("max_epochs = 5\nlearning_rate = 1e-2\nmax_steps = -1\n"), 6,
     NULL},

    {"bruteforce", SAMPLED("\"bruteforce\""), 6, NULL},
    {"brute_force", SAMPLED("\"brute_force\""), 6, NULL},
    {"BruteForce", SAMPLED("\"BruteForce\""), 6, NULL},
    {"brute", SAMPLED("\"brute\""), 6, NULL},
    {"BRUTE-FORCE", SAMPLED("\"BRUTE-FORCE\""), 6, NULL},
    {"TPE", SAMPLED("\"TPE\""), 6, NULL},
    {"NSGAIII", SAMPLED("\"NSGAIII\""), 6, NULL},
    {"QMC", SAMPLED("\"QMC\""), 6, NULL},
    {"sampler null", SAMPLED("\"NA\""), 6, NULL},
    {"sampler unknown", SAMPLED("\"cmaes\""), 0, "unknown sampler 'cmaes'"},
    {"all of setup",
     TINY_RUN(NULL_RUN,
              SETUP("n_jobs = -1\nn_trials = 20\ntimeout = \"NA\"\nsave_every_n_trials = 5\n"
                    "pkl_ckpt = \"NA\"\nmodel_parallel = false\nsum_scaled_metrics = false\n"
                    "direction = \"maximize\"\n"),
              METRICS),
     6, NULL},
    {"pickled study", TINY_RUN(NULL_RUN, SETUP("pkl_ckpt = \"study.pkl\"\n"), METRICS), 6,
     "--resume"},
    {"no number of trials",
     TINY_RUN(NULL_RUN, "[search.strategy.setup]\nsampler = \"tpe\"\n", METRICS), 0,
     "no number of trials: give --n-trials"},

    {"runners of hardware",
     TINY_RUN(NULL_RUN "[search.strategy.hw_runner.latency]\n"
                       "[search.strategy.hw_runner.resource_usage]\nboard = \"u250\"\n"
                       "[search.strategy.hw_runner.hw_dummy]\n"
                       "[search.strategy.hw_runner.average_bitwidth]\ncompare_to = 32\n",
              SETUP(""), METRICS),
     6, NULL},
    {"runner unknown", TINY_RUN("[search.strategy.sw_runner.basic_eval]\n", SETUP(""), METRICS), 0,
     "unknown key 'search.strategy.sw_runner.basic_eval'"},
    {"all of a training",
     TRAINED("max_epochs = 5\noptimizer = \"adamw\"\nlearning_rate = 1e-2\nweight_decay = 0.0\n"
             "lr_scheduler = \"linear\"\nnum_warmup_steps = 200\n"
             "gradient_accumulation_steps = 1\ndata_loader = \"val_dataloader\"\n"
             "num_samples = 5000000\n"),
     6, NULL},
    {"loader's other spelling", TRAINED("dataloader = \"train_dataloader\"\n"), 6, NULL},
    {"loader of test rows", TRAINED("dataloader = \"test_dataloader\"\n"), 0, "test_dataloader"},
    {"schedule of Hugging Face", TRAINED("lr_scheduler = \"cosine_with_restarts\"\n"), 0,
     "unknown lr_scheduler 'cosine_with_restarts', expected constant, constant_with_warmup, linear "
     "or cosine"},
    {"schedule polynomial", TRAINED("lr_scheduler = \"polynomial\"\n"), 0, "expected constant,"},
    {"schedule inverse_sqrt", TRAINED("lr_scheduler = \"inverse_sqrt\"\n"), 0, "linear or cosine"},

    {"metric without a scale",
     TINY_RUN(NULL_RUN, SETUP(""),
              "[search.strategy.metrics]\naccuracy.direction = \"maximize\"\n"),
     6, NULL},
    {"null metrics, tables and bounds are not given",
     "select = \"NA\"\n" TINY_RUN(
         "[search.strategy]\nconstraints = \"NA\"\nhw_runner = \"NA\"\n"
         "[search.strategy.sw_runner]\nnull = {}\nbasic_evaluation = \"NA\"\n",
         SETUP(""),
         "[search.strategy.metrics]\nlatency = \"NA\"\n"
         "loss = {scale = \"NA\", direction = \"minimize\"}\n"),
     6, NULL},
    {"null bound",
     TINY_RUN(NULL_RUN, SETUP(""), "[search.strategy.constraints]\nloss = \"NA\"\n" METRICS), 6,
     NULL},
    {"null direction",
     TINY_RUN(NULL_RUN, SETUP(""), "[search.strategy.metrics]\nloss.direction = \"NA\"\n"), 0,
     "job.toml:15:1: loss: direction is missing"},
    {"metrics no table", TINY_RUN(NULL_RUN, SETUP(""), "[search.strategy]\nmetrics = [1]\n"), 0,
     "no objective"},
    {"dotted and inline metrics",
     TINY_RUN(NULL_RUN, SETUP(""),
              "[search.strategy.metrics]\naccuracy.scale = 1.0\n"
              "\"accuracy\".\"direction\" = \"maximize\"\n"
              "average_bitwidth = {scale = 2e-1, direction = \"minimize\"} # as small\n"),
     6, NULL},
    {"sum without a scale",
     TINY_RUN(NULL_RUN, SETUP("sum_scaled_metrics = true\ndirection = \"maximize\"\n"),
              "[search.strategy.metrics]\naccuracy.direction = \"maximize\"\n"),
     0, "metric 'accuracy' has no scale"},
    {"metric of language models",
     TINY_RUN(NULL_RUN, SETUP(""),
              "[search.strategy.metrics]\nperplexity = {scale = 1, direction = \"minimize\"}\n"),
     0, "perplexity"},

    {"choices that stand alone",
     TINY_NODE("name = \"integer\"\ndata_in_width = 8\ndata_in_frac_width = \"NA\"\n"
               "weight_width = [2, 4]\nweight_frac_width = 1\n"),
     2, NULL},
    {"quoted keys",
     TINY_NODE("\"name\" = [\"integer\"]\n\"data_in_width\" = [8]\n'weight_width' = [2, 4, 8]\n"),
     3, NULL},
    {"fixed", TINY_NODE("name = [\"fixed\"]\ndata_in_width = [8]\nweight_width = [2, 4]\n"), 2,
     NULL},
    {"format or none",
     TINY_NODE("name = [\"integer\", \"NA\"]\ndata_in_width = [4, 8]\nweight_width = [2, 4, 8]\n"),
     7, NULL},
    {"two formats or none",
     TINY_NODE("name = [\"integer\", \"fixed\", \"NA\"]\ndata_in_width = [4, 8]\n"
               "weight_width = [2, 4, 8]\n"),
     13, NULL},
    {"six formats or none, with the keys of each",
     TINY_NODE("name = [\"integer\", \"log\", \"minifloat_ieee\", \"block_fp\", "
               "\"binary\", \"NA\"]\n"
               "data_in_width = [6, 8]\ndata_in_frac_width = [\"NA\"]\n"
               "weight_width = [6, 8]\nweight_frac_width = [2, 3, 4]\n"
               "data_in_exponent_width = [3]\nweight_exponent_width = [3, 4]\n"
               "data_in_exponent_bias = [\"NA\"]\nweight_exponent_bias = [\"NA\", 7]\n"
               "data_in_block_size = [[16]]\nweight_block_size = [[16], [1, 16]]\n"
               "data_in_skip_first_dim = [true]\n"
               "weight_stochastic = [false]\nweight_bipolar = [true]\n"),
     MIXED_SIZE, NULL},
    {"format null", TINY_NODE("name = [\"null\"]\nweight_width = [2]\n"), 0, "did you mean 'NA'?"},
    {"format that needs another net", TINY_NODE("name = [\"lutnet\"]\n"), 0,
     "number format 'lutnet' is refused: "},
    {"first dimension", TINY_NODE(SIX "data_in_skip_first_dim = true\n"), 6, NULL},
    {"residue of a sampled configuration",
     TINY_SEED("[search.search_space.seed]\nby = \"name\"\nseq_blocks_1 = \"NA\"\n"
               "seq_blocks_3.config = \"NA\"\n" SEED(
                   "default") "name = \"integer\"\nbypass = true\ndata_in_width = "
                              "8\ndata_in_frac_width = 5\n"
                              "weight_width = 8\nweight_frac_width = 3\nbias_width = "
                              "8\nbias_frac_width = 5\n" SEED("seq_blocks_2") SIX),
     6, NULL},
    {"bypassed node is none", TINY_NODE(SIX "bypass = [true]\n"), 0, "nothing to search"},
    {"not bypassed", TINY_NODE(SIX "bypass = false\n"), 6, NULL},
    {"bypassed or not", TINY_NODE(SIX "bypass = [true, false]\n"), 0, "put \"NA\" among"},
    {"tables of other kinds of layer",
     TINY_SEED(SEED("conv2d") SIX SEED("output") "name = [\"NA\"]\n" SEED("seq_blocks_2") SIX), 6,
     NULL},
    {"node of another net", TINY_SEED(SEED("seq_blocks_9") SIX), 0, "no node 'seq_blocks_9'"},
    {"by neither name nor type",
     "model = \"jsc-tiny\"\n[search.search_space]\nname = \"graph/quantize/mixed_precision_ptq\"\n"
     "setup.by = \"regex_name\"\n" SEED("seq_blocks_2") SIX TAIL,
     0, "'regex_name', expected \"name\" or \"type\""},
    {"by nothing",
     "model = \"jsc-tiny\"\n[search.search_space]\nname = "
     "\"graph/quantize/mixed_precision_ptq\"\n" SEED("seq_blocks_2") SIX TAIL,
     0, "search.search_space.setup.by is missing"},
    {"space of language models",
     LAB4("module/manual_hf/quantize/llm_mixed_precision_ptq", OUT("channel_multiplier")), 0,
     "'graph/quantize/mixed_precision_ptq' (formats)"},
    {"space of hardware", LAB4("graph/hardware/systolic_mapping", OUT("channel_multiplier")), 0,
     "'graph/lab4/model_structure_ptq' (widths)"},

    {"channel_multiplier", WIDTHS(OUT("channel_multiplier")), 5, NULL},
    {"channel_multiplier_out", WIDTHS(OUT("channel_multiplier_out")), 5, NULL},
    {"output_multiplier", WIDTHS(OUT("output_multiplier")), 5, NULL},
    {"graph/channel_multiply",
     LAB4("graph/channel_multiply/channel_multiplier", OUT("channel_multiplier_output")), 5, NULL},
    {"channel_size_modifier",
     LAB4("graph/quantize/channel_size_modifier", OUT("channel_multiplier")), 5, NULL},
    {"transform/", LAB4("transform/linear_channel_multiplier", OUT("channel_multiplier")), 5, NULL},
    {"redefine/", LAB4("redefine/linear_channel_multiplier", OUT("channel_multiplier")), 5, NULL},
    {"inputs follow",
     LAB4("graph/quantize/network_search",
          OUT("channel_multiplier_output") SEED(
              "seq_blocks_4") "channel_multiplier_input = [1, 2, 3, 4, 5]\n"
                              "channel_multiplier_output = [1, 2, 3, 4, 5]\n" SEED(
                                  "seq_blocks_6") "channel_multiplier_input = [1, 2, 3, 4, 5]\n"),
     25, NULL},
    {"links to the layer before",
     WIDTHS(OUT("output_multiplier") SEED(
         "seq_blocks_4") "parent = \"seq_blocks_2\"\ninput_multiplier = [1, 2]\noutput_multiplier "
                         "= [2, 4]\n" SEED("seq_blocks_6") "prev_link = "
                                                           "[\"seq_blocks_4\"]\ninput_multiplier = "
                                                           "[4]\n"),
     10, NULL},
    {"the course's doubled net",
     WIDTHS(NAMED("seq_blocks_2", "output_only", "channel_multiplier = [2]\n")
                NAMED("seq_blocks_4", "both", "channel_multiplier = [2]\n")
                    NAMED("seq_blocks_6", "input_only", "channel_multiplier = [2]\n")),
     1, NULL},
    {"the course's net with two widths",
     WIDTHS(NAMED("seq_blocks_2", "output_only", "channel_multiplier = [2, 4]\n")
                NAMED("seq_blocks_3", "both", "channel_multiplier = [2, 4]\n")
                    NAMED("seq_blocks_4", "both",
                          "channel_multiplier_in = [2]\nchannel_multiplier_out = [4]\n")
                        NAMED("seq_blocks_6", "input_only", "channel_multiplier = [4]\n")),
     2, NULL},
    {"labels in a joint space",
     LAB4("graph/bitfront/joint",
          NAMED("seq_blocks_2", "output_only", "channel_multiplier = [1, 2]\n") SEED("seq_blocks_4")
              SIX "channel_multiplier = [1, 2]\n"),
     24, NULL},
    {"inputs that never come",
     WIDTHS(OUT("channel_multiplier")
                SEED("seq_blocks_4") "name = [\"both\"]\nchannel_multiplier_in = [6, "
                                     "7]\nchannel_multiplier_out = [2]\n"),
     0,
     "'channel_multiplier_in' of node 'seq_blocks_4' is never what comes in: the outputs of "
     "'seq_blocks_2' are multiplied by [1, 2, 3, 4, 5]"},
    {"inputs of a layer behind one that stays",
     WIDTHS(OUT("channel_multiplier")
                NAMED("seq_blocks_6", "input_only", "channel_multiplier = [2]\n")),
     0, "'seq_blocks_4' are multiplied by 1"},
    {"more features than the data have",
     WIDTHS(SEED("seq_blocks_2") "input_multiplier = [2]\noutput_multiplier = [2, 3]\n"), 0,
     "the features of the data are multiplied by 1"},
    {"inputs by no number",
     WIDTHS(OUT("channel_multiplier") SEED("seq_blocks_4") "input_multiplier = [\"two\"]\n"), 0,
     "'input_multiplier' of node 'seq_blocks_4' is no whole number"},
    {"outputs twice", WIDTHS(OUT("channel_multiplier") "output_multiplier = [2]\n"), 0,
     "'output_multiplier' of node 'seq_blocks_2' is set by 'channel_multiplier', too"},
    {"widths in a space of formats", TINY_NODE(SIX "output_multiplier = [2]\n"), 0,
     "has no output_multiplier; use 'graph/bitfront/joint'"},
};

static bf_text warnings;

static void keep_warning(bf_log_level level, const char *line, void *context)
{
  (void)context;
  if (level == BF_LOG_WARNING)
    bf_text_printf(&warnings, "%s\n", line);
}

static bool is_as_expected(const struct variant *v, bf_status status, const bf_plan *plan)
{
  const char *said = v->size > 0 ? bf_text_view(&warnings) : bf_trail();
  if (v->words != NULL && strstr(said, v->words) == NULL)
    return false;
  if (v->size == 0)
    return status == BF_ERR_USAGE;
  return status == BF_OK && bf_space_size(&plan->space) == v->size &&
         (v->words != NULL || said[0] == '\0');
}

static void job_variants_mean_what_they_say(void **state)
{
  (void)state;
  bool all = true;
  for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
    const struct variant *v = &variants[i];
    bf_job *job;
    bf_plan *plan;
    bf_text_reset(&warnings);
    bf_log_set_sink(keep_warning, NULL);
    bf_status status = fixture_plan(v->text, &job, &plan);
    bf_log_set_sink(NULL, NULL);
    if (!is_as_expected(v, status, plan)) {
      print_error("%s: %s, size %llu, said '%s'\n", v->what, bf_status_name(status),
                  plan != NULL ? (unsigned long long)bf_space_size(&plan->space) : 0ULL,
                  status == BF_OK ? bf_text_view(&warnings) : bf_trail());
      all = false;
    }
    bf_plan_free(plan);
    bf_job_free(job);
  }
  bf_text_release(&warnings);
  assert_true(all);
}

/* What the parameters of a variant are, not only how many. */
static void widths_follow_the_layer_before(void **state)
{
  (void)state;
  bf_job *job;
  bf_plan *plan;
  bf_model *model = bf_alloc(1, sizeof *model);
  assert_non_null(model);
  assert_ok(fixture_plan(
      WIDTHS(NAMED("seq_blocks_2", "output_only", "channel_multiplier_out = [1, 2]\n") NAMED(
          "seq_blocks_4", "both", "channel_multiplier_in = [2]\nchannel_multiplier_out = [1, 4]\n")
                 NAMED("seq_blocks_6", "input_only", "channel_multiplier = [4]\n")),
      &job, &plan));
  assert_int_equal(plan->n_choices, 2);
  assert_string_equal(plan->choices[0].path, "seq_blocks_2/channel_multiplier_out");
  assert_string_equal(plan->choices[1].path, "seq_blocks_4/channel_multiplier_out");
  assert_ok(bf_plan_configure(plan, (const uint32_t[]){1, 1}, model));
  assert_int_equal(model->layers[4].n_in, 32);
  assert_int_equal(model->layers[4].n_out, 64);
  assert_int_equal(model->layers[6].n_in, 64);
  assert_int_equal(model->layers[6].n_out, 5);
  bf_plan_free(plan);
  bf_job_free(job);
  free(model);
}

/* One line less, one value swapped for another line's, or one byte that means something in TOML. */
static void damage(bf_random *random, char *text)
{
  static const char *const values[] = {"[]", "{}", "\"NA\"", "[[]]", "true", "-1", "[\"NA\", 3]"};
  static const char bytes[] = "[]{}\"=.,-0A\n";
  enum { N_VALUES = sizeof values / sizeof *values };
  char *at = text + bf_random_below(random, strlen(text));
  char *line_end = at + strcspn(at, "\n");
  char *equals = strchr(at, '=');
  if (bf_random_below(random, 2) == 0) {
    *at = bytes[bf_random_below(random, sizeof bytes - 1)];
  } else if (equals != NULL && bf_random_below(random, 2) == 0) {
    const char *value = values[bf_random_below(random, N_VALUES)];
    size_t n = strcspn(equals + 1, "\n");
    for (size_t i = 0; i < n; i++)
      equals[1 + i] = i < strlen(value) ? value[i] : ' ';
  } else {
    memmove(at, line_end, strlen(line_end) + 1);
  }
}

static void damaged_jobs_do_no_harm(void **state)
{
  (void)state;
  enum { N_VARIANTS = sizeof variants / sizeof *variants };
  size_t n_rounds = getenv("BITFRONT_LONG") != NULL ? 300000 : 3000;
  size_t n_planned = 0;
  bf_random random = bf_random_stream(11, BF_PURPOSE_SYNTH, 0);
  for (size_t i = 0; i < n_rounds; i++) {
    char text[4096];
    bf_job *job;
    bf_plan *plan;
    snprintf(text, sizeof text, "%s", variants[i % N_VARIANTS].text);
    for (size_t n = bf_random_below(&random, 3); n > 0 && text[0] != '\0'; n--)
      damage(&random, text);
    bf_status status = fixture_plan(text, &job, &plan);
    assert_true(status == BF_OK || status == BF_ERR_USAGE);
    n_planned += status == BF_OK;
    bf_plan_free(plan);
    bf_job_free(job);
  }
  assert_true(n_planned > 0 && n_planned < n_rounds);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(job_variants_mean_what_they_say),
      cmocka_unit_test(widths_follow_the_layer_before),
      cmocka_unit_test(damaged_jobs_do_no_harm),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
