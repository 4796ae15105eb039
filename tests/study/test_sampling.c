/* What a job says about sampling: kinds and conditions of parameters, the sampler, constraints,
 * repeats, in_flight, the stopping rule. Tests of src/study/parameters.c, sampling.c,
 * constraints.c and of their part of study*.c. */
#include "unit.h"

#include <math.h>

#include "sampled_study.h"
#include "study/results.h"
#include "study/study_parts.h"

enum { MOST_HELD = 16 };

/* Holds up to @p n_held results back and answers them in an order drawn from @p seed. */
static void run(fixture *f, size_t n_held, uint64_t seed, uint64_t first_failed)
{
  held pending[MOST_HELD];
  size_t n = 0;
  bf_next next = BF_NEXT_TASK;
  bf_random random = bf_random_stream(seed, BF_PURPOSE_SYNTH, 1);
  while (next != BF_NEXT_DONE) {
    bf_bytes bytes = {0};
    assert_ok(bf_study_next(f->study, 1, &bytes, &next));
    if (next == BF_NEXT_TASK) {
      pending[n] = (held){.first_failed = first_failed};
      assert_ok(bf_task_decode(bytes.data, bytes.length, &pending[n++].task));
    }
    bf_bytes_release(&bytes);
    if (n > 0 && (n == n_held || next != BF_NEXT_TASK)) {
      size_t i = (size_t)bf_random_below(&random, n);
      answer(f, &pending[i]);
      pending[i] = pending[--n];
    }
  }
  assert_int_equal(n, 0);
}

static size_t find_choice(const bf_plan *plan, const char *path)
{
  size_t i = 0;
  while (i < plan->n_choices && strcmp(plan->choices[i].path, path) != 0)
    i++;
  assert_true(i < plan->n_choices);
  return i;
}

static bf_parameter_kind kind_of(const bf_plan *plan, const char *path)
{
  return plan->parameters[find_choice(plan, path)].kind;
}

static void parameters_are_ordered_when_their_values_are(void **state)
{
  (void)state;
  fixture f;
  start_plan(&f, JOB_HEAD DEFAULT NODE
             "name = [\"integer\", \"NA\"]\ndata_in_width = [8, 6, 4]\nweight_width = [2, 8, 4]\n"
             "bias_width = [8, 8]\ndata_in_frac_width = [\"NA\", 4, 2]\n"
             "channel_multiplier = [1, 2, 3]\n"
             "[search.search_space.seed.seq_blocks_2.kind]\nchannel_multiplier = \"choice\"\n"
             "weight_width = \"ordered\"\n"
             "[search.search_space.seed.seq_blocks_4.config]\nname = [\"integer\"]\n"
             "data_in = [[16, 8], [8, 6], [8, 4]]\nweight = [[8, 4], [8, 6], [4, 2]]\n"
             "bias = [[8, 4], [6, \"NA\"], [4, 2]]\n" JOB_NULL TAIL("n_trials = 5\n"));
  assert_int_equal(kind_of(f.plan, "seq_blocks_2/name"), BF_PARAMETER_CHOICE);
  assert_int_equal(kind_of(f.plan, "seq_blocks_2/data_in_width"), BF_PARAMETER_ORDERED);
  assert_int_equal(kind_of(f.plan, "seq_blocks_2/weight_width"), BF_PARAMETER_ORDERED);
  assert_int_equal(kind_of(f.plan, "seq_blocks_2/bias_width"), BF_PARAMETER_CHOICE);
  assert_int_equal(kind_of(f.plan, "seq_blocks_2/data_in_frac_width"), BF_PARAMETER_CHOICE);
  assert_int_equal(kind_of(f.plan, "seq_blocks_2/channel_multiplier"), BF_PARAMETER_CHOICE);
  assert_int_equal(kind_of(f.plan, "seq_blocks_4/data_in"), BF_PARAMETER_ORDERED);
  assert_int_equal(kind_of(f.plan, "seq_blocks_4/weight"), BF_PARAMETER_CHOICE);
  assert_int_equal(kind_of(f.plan, "seq_blocks_4/bias"), BF_PARAMETER_CHOICE);
  stop(&f);
}

static void parameters_of_a_node_without_format_make_no_difference(void **state)
{
  (void)state;
  fixture f;
  /* The format stands last in the file and first in the space. */
  start_plan(&f, JOB_HEAD DEFAULT NODE
             "data_in_width = [8, 6]\ndata_in_frac_width = [4]\nweight_width = [8, 4, 2]\n"
             "weight_frac_width = [2]\nchannel_multiplier = [1, 2]\nname = [\"NA\", "
             "\"integer\"]\n" JOB_NULL TAIL("n_trials = 50\n"));
  assert_string_equal(f.plan->choices[0].path, "seq_blocks_2/name");
  assert_int_equal(bf_space_size(&f.plan->space), 2 + 2 * 3 * 2);
  uint32_t indexes[6] = {0, 1, 0, 2, 0, 1};
  assert_false(bf_plan_matters(f.plan, indexes, 1));
  assert_true(bf_plan_matters(f.plan, indexes, 5));
  indexes[0] = 1;
  assert_true(bf_plan_matters(f.plan, indexes, 1));
  assert_int_equal(f.plan->n_trials, 14);
  assert_string_equal(f.plan->sampler, "brute-force");
  stop(&f);
}

static void sampler_auto_depends_on_space_trials_and_their_cost(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    const char *sampler;
    size_t n_trials;
  } cases[] = {
      {JOB_HEAD SPACE JOB_NULL TAIL("n_trials = 54\n"), "brute-force", 54},
      {JOB_HEAD SPACE JOB_NULL TAIL("n_trials = 1000\nsampler = \"AUTO\"\n"), "brute-force", 54},
      {JOB_HEAD SPACE JOB_NULL TAIL("n_trials = 53\n"), "gp", 53},
      {JOB_HEAD SPACE JOB_NULL TAIL("n_trials = 107\nrepeats = 2\n"), "gp", 106},
      {JOB_HEAD SPACE JOB_NULL TAIL("n_trials = 108\nrepeats = 2\n"), "brute-force", 108},
      {JOB_HEAD SPACE JOB_NULL TAIL("n_trials = 99\nsampler = \"random\"\n"), "random", 54},
      {JOB_HEAD SPACE JOB_NULL TAIL("sampler = \"brute-force\"\nrepeats = 3\n"), "brute-force",
       162},
      {JOB_HEAD SPACE "[search.search_space.seed.seq_blocks_4.config]\nchannel_multiplier = "
                      "[1,2,3,4,5,6,7,8,9,10]\n"
                      "[search.search_space.seed.seq_blocks_6.config]\nchannel_multiplier = "
                      "[1,2,3,4,5,6,7,8,9,10]\n" JOB_NULL TAIL("n_trials = 1001\n"),
       "nsgaii", 1001},
      {JOB_HEAD SPACE "[search.search_space.seed.seq_blocks_4.config]\nchannel_multiplier = "
                      "[1,2,3,4,5,6,7,8,9,10]\n"
                      "[search.search_space.seed.seq_blocks_6.config]\nchannel_multiplier = "
                      "[1,2,3,4,5,6,7,8,9,10]\n"
                      "[search.strategy.sw_runner.null]\ncost_ms = 5\n" TAIL("n_trials = 1001\n"),
       "gp", 1001},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    fixture f;
    start_plan(&f, cases[i].text);
    assert_string_equal(f.plan->sampler, cases[i].sampler);
    assert_int_equal(f.plan->n_trials, cases[i].n_trials);
    stop(&f);
  }
}

static double seconds_of_training(const char *text, double *n_rows)
{
  fixture f;
  start_plan(&f, text);
  double seconds = bf_plan_trial_s(f.plan);
  *n_rows = (double)f.plan->manifest->n_rows[BF_TRAIN];
  stop(&f);
  return seconds;
}

/* A row of training costs three passes of a net that has multiplications. */
static void estimate_of_a_trial_grows_with_its_training(void **state)
{
  (void)state;
  double n_rows = 0;
  fixture_manifest.n_rows[BF_TRAIN] = 1000;
  double one = seconds_of_training(
      JOB_HEAD SPACE
      "[search.strategy.sw_runner.basic_train]\nmax_epochs = 1\n" TAIL("n_trials = 5\n"),
      &n_rows);
  double two = seconds_of_training(
      JOB_HEAD SPACE
      "[search.strategy.sw_runner.basic_train]\nmax_epochs = 2\n" TAIL("n_trials = 5\n"),
      &n_rows);
  fixture_manifest.n_rows[BF_TRAIN] = 0;
  assert_true(one > 0 && two < 2.01 * one);
  assert_true(two - one > 1.01 * 3 * n_rows / 4e7);
}

static void options_reach_the_sampler(void **state)
{
  (void)state;
  fixture f;
  start_plan(&f, JOB_HEAD SPACE JOB_NULL TAIL(
                     "n_trials = 5\nqmc_type = \"halton\"\nscramble = true\nn_startup_trials = 7\n"
                     "n_ei_candidates = 9\nmultivariate = false\nconstant_liar = false\n"
                     "population_size = 11\ncrossover_prob = 0.25\nswapping_prob = 0.75\n"
                     "mutation_prob = 0.125\ndividing_parameter = 4\nordered = true\n"));
  const bf_sampler_options *o = &f.plan->options;
  assert_string_equal(o->qmc_type, "halton");
  assert_true(o->scramble && o->ordered && !o->constant_liar);
  assert_int_equal(o->n_startup_trials, 7);
  assert_int_equal(o->n_ei_candidates, 9);
  assert_int_equal(o->tpe_model, BF_TPE_INDEPENDENT);
  assert_int_equal(o->population_size, 11);
  assert_true(o->crossover_prob == 0.25 && o->swapping_prob == 0.75 && o->mutation_prob == 0.125);
  assert_int_equal(o->dividing_parameter, 4);
  assert_int_equal(o->seed, 7);
  assert_int_equal(o->n_objectives, 2);
  stop(&f);
}

static void bad_words_about_sampling_are_refused(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    const char *words;
  } cases[] = {
      {TAIL("n_trials = 5\nmultivariate = 1\n"), "neither true nor false"},
      {TAIL("n_trials = 5\n") "[select]\nby = \"min bitop\"\n", "bitops"},
      {TAIL("n_trials = 5\nrepeats = 6\n"), "n_trials is 5, fewer than the 6 repeats"},
      {TAIL("n_trials = 5\nin_flight = 0\n"), "'search.strategy.setup.in_flight' is 0"},
      {TAIL("sampler = \"auto\"\n"), "no number of trials"},
      {TAIL("n_trials = 5\n") "[search.strategy]\nconstraints = 3\n", "is no table"},
      {TAIL("n_trials = 5\n") "[search.strategy.constraints]\nweight_bit = \"<= 3\"\n",
       "weight_bits"},
      {TAIL("n_trials = 5\n") "[search.strategy.constraints]\nweight_bits = 3\n", "\"<= 1200\""},
      {TAIL("n_trials = 5\n") "[search.strategy.constraints]\nweight_bits = \"< 3\"\n",
       "is '< 3', expected"},
      {TAIL("n_trials = 5\n") "[search.strategy.constraints]\nweight_bits = \"<= 3 bits\"\n",
       "is '<= 3 bits', expected"},
      {TAIL("n_trials = 5\n") "[search.strategy.constraints]\nweight_bits = \">= inf\"\n",
       "expected"},
      {"[search.search_space.seed.seq_blocks_2.kind]\nweight_width = \"numeric\"\n" TAIL(
           "n_trials = 5\n"),
       "is 'numeric', expected \"ordered\" or \"choice\""},
      {"[search.search_space.seed.seq_blocks_2.kind]\nwidth = \"choice\"\n" TAIL("n_trials = 5\n"),
       "'width' has a kind, but no choices"},
      {"[search.search_space.seed.seq_blocks_2]\nkind = \"choice\"\n" TAIL("n_trials = 5\n"),
       "'kind' is no table"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[2048];
    bf_job *job;
    bf_plan *plan;
    snprintf(text, sizeof text, "%s%s%s%s", JOB_HEAD, SPACE, JOB_NULL, cases[i].text);
    assert_fails(fixture_plan(text, &job, &plan), BF_ERR_USAGE, cases[i].words);
  }
}

/* "NA" comes first and has no use for a width. */
static void bad_choices_of_any_format_are_refused(void **state)
{
  (void)state;
  bf_job *job;
  bf_plan *plan;
  assert_fails(fixture_plan(JOB_HEAD DEFAULT NODE
                            "name = [\"NA\", \"integer\"]\ndata_in = [[8, 4]]\n"
                            "weight_width = [8, 99]\nweight_frac_width = [2]\n" JOB_NULL TAIL(
                                "n_trials = 5\n"),
                            &job, &plan),
               BF_ERR_USAGE, "width is 99, expected 1..32");
}

static void sums_that_overflow_fail_the_trial(void **state)
{
  (void)state;
  fixture f;
  double value;
  bf_metrics metrics = bf_metrics_none();
  start_plan(&f, JOB_HEAD SPACE JOB_NULL
             "[search.strategy.setup]\nn_trials = 5\nsum_scaled_metrics = true\n"
             "direction = \"minimize\"\n[search.strategy.metrics]\n"
             "loss.scale = 1e308\nweight_bits.scale = 1e308\n");
  metrics.value[BF_METRIC_loss] = 1;
  metrics.value[BF_METRIC_weight_bits] = 0.5;
  assert_ok(bf_plan_objectives(f.plan, &metrics, &value, NULL));
  metrics.value[BF_METRIC_weight_bits] = 1;
  assert_fails(bf_plan_objectives(f.plan, &metrics, &value, NULL), BF_ERR_TRIAL,
               "'sum_scaled_metrics' is inf");
  stop(&f);
}

static void violation_adds_up_relative_misses(void **state)
{
  (void)state;
  fixture f;
  double violation = -1;
  bf_metrics metrics = bf_metrics_none();
  start_plan(&f, JOB_HEAD SPACE JOB_NULL TAIL(
                     "n_trials = 5\n") "[search.strategy.constraints]\nweight_bits = \"<= "
                                       "1200\"\naccuracy = \" >=0.5 \"\n"
                                       "loss = \"<= 0\"\nbias_bits = \">= -2\"\n");
  metrics.value[BF_METRIC_weight_bits] = 1200;
  metrics.value[BF_METRIC_accuracy] = 0.5;
  metrics.value[BF_METRIC_loss] = -1;
  metrics.value[BF_METRIC_bias_bits] = -2;
  assert_ok(bf_plan_violation(f.plan, &metrics, &violation));
  assert_true(violation == 0);
  metrics.value[BF_METRIC_weight_bits] = 1800;
  metrics.value[BF_METRIC_accuracy] = 0.25;
  metrics.value[BF_METRIC_loss] = 0.125;
  assert_ok(bf_plan_violation(f.plan, &metrics, &violation));
  assert_true(violation == 0.5 + 0.5 + 0.125);
  metrics.value[BF_METRIC_bias_bits] = -3;
  assert_ok(bf_plan_violation(f.plan, &metrics, &violation));
  assert_true(violation == 0.5 + 0.5 + 0.125 + 0.5);
  metrics.value[BF_METRIC_accuracy] = (double)NAN;
  assert_fails(bf_plan_violation(f.plan, &metrics, &violation), BF_ERR_TRIAL, "'accuracy'");
  stop(&f);
}

static void front_holds_only_what_meets_the_constraints(void **state)
{
  (void)state;
  fixture f;
  start(&f,
        JOB_HEAD SPACE JOB_NULL TAIL(
            "sampler = \"brute-force\"\n") "[search.strategy.constraints]\nloss = \">= 10\"\n",
        "constrained");
  run(&f, 1, 0, 1000);
  size_t n_feasible = 0;
  read_back(&f);
  for (size_t i = 0; i < f.record->n_trials; i++)
    n_feasible += f.record->trials[i].metrics.value[BF_METRIC_loss] >= 10;
  assert_true(n_feasible > 0 && n_feasible < 54);
  assert_true(bf_front_size(f.study->front) > 0);
  for (size_t i = 0; i < bf_front_size(f.study->front); i++) {
    uint64_t number = bf_front_numbers(f.study->front)[i];
    assert_true(f.record->trials[number].metrics.value[BF_METRIC_loss] >= 10);
  }
  stop(&f);
}

static void study_without_feasible_trials_names_the_nearest(void **state)
{
  (void)state;
  fixture f;
  bf_text text = {0};
  start(&f,
        JOB_HEAD SPACE JOB_NULL TAIL(
            "sampler = \"brute-force\"\nordered = true\n") "[search.strategy.constraints]\nweight_"
                                                           "bits = \">= 100\"\n",
        "infeasible");
  run(&f, 3, 1, 1000);
  assert_int_equal(bf_front_size(f.study->front), 0);
  read_back(&f);
  assert_ok(bf_results_end(f.plan, f.record, &text));
  /* All indexes 0: 2 for each of the 8 parameters. */
  assert_non_null(strstr(bf_text_view(&text), "trial 0 comes nearest, missing them by 84 %"));
  assert_non_null(strstr(bf_text_view(&text), "all 54 different configurations were tried"));
  bf_text_release(&text);
  stop(&f);
}

/* The mean, deviation and failures of every configuration, recomputed. */
static void check_means(const fixture *f, const bf_candidate *candidate)
{
  const bf_record_trial *trials = &f->record->trials[candidate->first];
  size_t n = 0;
  double mean = 0;
  double squares = 0;
  for (size_t i = 0; i < 3; i++)
    if (!trials[i].failed) {
      n++;
      mean += trials[i].metrics.value[BF_METRIC_loss];
    }
  mean /= (double)n;
  for (size_t i = 0; i < 3; i++)
    if (!trials[i].failed)
      squares += pow(trials[i].metrics.value[BF_METRIC_loss] - mean, 2);
  assert_int_equal(candidate->n_complete, n);
  assert_true(fabs(candidate->mean->value[BF_METRIC_loss] - mean) < 1e-12);
  if (n > 1)
    assert_true(fabs(candidate->sd->value[BF_METRIC_loss] - sqrt(squares / (double)(n - 1))) <
                1e-12);
  else
    assert_true(isnan(candidate->sd->value[BF_METRIC_loss]));
}

static void repeats_try_each_configuration_with_other_seeds(void **state)
{
  (void)state;
  fixture f;
  start(&f, JOB_HEAD SPACE JOB_NULL TAIL("sampler = \"random\"\nn_trials = 500\nrepeats = 3\n"),
        "repeats");
  run(&f, 7, 2, 100);
  const bf_study *study = f.study;
  assert_int_equal(study->n_asked, 162);
  assert_int_equal(study->end, BF_END_SPACE);
  for (uint64_t leader = 0; leader < study->n_asked; leader += 3) {
    for (uint64_t number = leader + 1; number < leader + 3; number++) {
      assert_memory_equal(bf_study_indexes(study, leader), bf_study_indexes(study, number),
                          f.plan->n_choices * sizeof(uint32_t));
      assert_true(bf_study_seed(study, number) != bf_study_seed(study, leader));
    }
  }
  read_back(&f);
  assert_int_equal(f.record->n_candidates, 54);
  for (size_t c = 0; c < 54; c++)
    check_means(&f, &f.record->candidates[c]);
  for (size_t i = 0; i < bf_front_size(study->front); i++)
    assert_int_equal(bf_front_numbers(study->front)[i] % 3, 0);
  stop(&f);
}

/* The mean of the repeats dominates, not a lucky one. */
static void front_of_repeats_is_that_of_means(void **state)
{
  (void)state;
  fixture f;
  start(&f, JOB_HEAD SPACE JOB_NULL TAIL("sampler = \"brute-force\"\nrepeats = 3\n"), "means");
  run(&f, 5, 3, 1000);
  read_back(&f);
  for (size_t a = 0; a < f.record->n_candidates; a++) {
    const bf_metrics *mine = f.record->candidates[a].mean;
    bool is_dominated = false;
    for (size_t b = 0; b < f.record->n_candidates; b++) {
      const bf_metrics *other = f.record->candidates[b].mean;
      double dl = other->value[BF_METRIC_loss] - mine->value[BF_METRIC_loss];
      double dw = other->value[BF_METRIC_weight_bits] - mine->value[BF_METRIC_weight_bits];
      is_dominated |= dl <= 0 && dw <= 0 && (dl < 0 || dw < 0);
    }
    assert_int_equal(bf_front_has(f.study->front, f.record->candidates[a].number), !is_dominated);
    assert_int_equal(f.record->candidates[a].on_front, !is_dominated);
  }
  stop(&f);
}

/* A configuration whose first trial failed is as good as its other trials. */
static void front_rows_are_about_configurations(void **state)
{
  (void)state;
  fixture f;
  bf_text text = {0};
  size_t n_led_by_failed = 0;
  start(&f,
        JOB_HEAD SPACE JOB_NULL TAIL(
            "sampler = \"brute-force\"\nrepeats = 3\n") "[search.strategy.constraints]\nloss = "
                                                        "\"<= 1000\"\n",
        "rows");
  run(&f, 1, 0, 0);
  size_t n_front = bf_front_size(f.study->front);
  for (size_t i = 0; i < n_front; i++)
    n_led_by_failed += f.study->trials[bf_front_numbers(f.study->front)[i]].failed;
  assert_true(n_led_by_failed > 0);
  read_back(&f);
  assert_ok(bf_results_front_csv(f.plan, f.record, &text));
  size_t n_met = 0;
  /* violation, on_front, reason, rank */
  for (const char *at = text.data; (at = strstr(at, ",0,1,,1,")) != NULL; at++)
    n_met++;
  assert_int_equal(n_met, n_front);
  assert_null(strstr(text.data, "FAIL"));
  bf_text_release(&text);
  stop(&f);
}

/* Asks for one trial and answers it. */
static void step(fixture *f)
{
  held h = {.first_failed = 1000};
  bf_bytes bytes = {0};
  bf_next next;
  assert_ok(bf_study_next(f->study, 1, &bytes, &next));
  assert_int_equal(next, BF_NEXT_TASK);
  assert_ok(bf_task_decode(bytes.data, bytes.length, &h.task));
  bf_bytes_release(&bytes);
  answer(f, &h);
}

static void timeout_lets_a_configuration_have_all_its_trials(void **state)
{
  (void)state;
  fixture f;
  start(&f,
        JOB_HEAD SPACE JOB_NULL TAIL(
            "sampler = \"random\"\nn_trials = 54\nrepeats = 3\ntimeout = 1000\n"),
        "timeout");
  for (int i = 0; i < 4; i++)
    step(&f);
  f.study->start_clock_s -= 2000;
  run(&f, 1, 0, 1000);
  assert_int_equal(f.study->n_asked, 6);
  assert_int_equal(f.study->end, BF_END_TIMEOUT);
  stop(&f);
}

static void trial_without_a_constrained_metric_fails(void **state)
{
  (void)state;
  fixture f;
  start(&f,
        JOB_HEAD SPACE JOB_NULL TAIL(
            "sampler = \"random\"\nn_trials = 5\n") "[search.strategy.constraints]\nlatency = "
                                                    "\"<= 1\"\n",
        "latency");
  assert_true(f.job->wants_latency);
  run(&f, 1, 0, 1000);
  assert_int_equal(f.study->n_failed, 5);
  read_back(&f);
  assert_non_null(strstr(f.record->trials[0].reason, "'latency', on which there is a constraint"));
  stop(&f);
}

static void plateau_does_not_count_what_misses_constraints(void **state)
{
  (void)state;
  fixture f;
  start(
      &f,
      JOB_HEAD SPACE JOB_NULL TAIL(
          "sampler = \"brute-force\"\n") "[search.strategy.constraints]\nweight_bits = \">= 100\"\n"
                                         "[search.strategy.stop]\nplateau_trials = 3\nplateau_gain "
                                         "= 1\n",
      "missed");
  run(&f, 1, 0, 1000);
  assert_int_equal(f.study->end, BF_END_SPACE);
  stop(&f);
}

static void candidate_averages_the_tests_of_all_repeats(void **state)
{
  (void)state;
  fixture f;
  size_t n_tasks = 0;
  bf_next next = BF_NEXT_TASK;
  start(&f, JOB_HEAD SPACE JOB_NULL TAIL("sampler = \"brute-force\"\nrepeats = 3\n"), "tests");
  run(&f, 1, 0, 1000);
  bf_trial *trials = f.study->trials;
  for (size_t i = 0; i < f.study->n_asked; i++) {
    bf_finding *found = bf_study_find(&trials[i]);
    free(found->values);
    found->values = bf_alloc(1, sizeof *found->values);
    found->n_values = 1;
  }
  f.study->test_cursor = 0;
  for (size_t i = 0; next == BF_NEXT_TASK; i++) {
    bf_bytes bytes = {0};
    assert_ok(bf_study_next(f.study, 1, &bytes, &next));
    n_tasks += next == BF_NEXT_TASK;
    if (next == BF_NEXT_TASK) {
      bf_task task;
      assert_ok(bf_task_decode(bytes.data, bytes.length, &task));
      assert_int_equal(task.number, bf_front_numbers(f.study->front)[i / 3] + i % 3);
      bf_task_release(&task);
    }
    bf_bytes_release(&bytes);
  }
  assert_int_equal(n_tasks, 3 * bf_front_size(f.study->front));
  uint64_t leader = bf_front_numbers(f.study->front)[0];
  for (size_t i = 1; i < 3; i++) {
    static char none[] = "";
    const bf_result result = {.kind = BF_TASK_TEST,
                              .number = leader + i,
                              .reason = none,
                              .host = none,
                              .metrics = bf_metrics_none(),
                              .n_test_rows = 100,
                              .n_test_correct = 25 * i,
                              .test_loss = (double)i};
    bf_bytes bytes = {0};
    assert_ok(bf_result_encode(&result, &bytes));
    assert_ok(bf_study_accept(f.study, 1, bytes.data, bytes.length));
    bf_bytes_release(&bytes);
  }
  read_back(&f);
  const bf_candidate *first = &f.record->candidates[leader / 3];
  assert_int_equal(first->n_tested, 2);
  assert_int_equal(first->n_test_rows, 100);
  assert_true(first->test_accuracy == 0.375 && first->test_loss == 1.5);
  stop(&f);
}

/* Runs a study and keeps its configurations. */
static size_t record(const char *text, size_t n_held, uint64_t seed, uint32_t *indexes)
{
  fixture f;
  char name[32];
  static int n_studies = 0;
  snprintf(name, sizeof name, "record-%d", n_studies++);
  start(&f, text, name);
  run(&f, n_held, seed, 10);
  size_t n_choices = f.plan->n_choices;
  size_t n = f.study->n_asked * n_choices;
  for (size_t i = 0; i < f.study->n_asked; i++)
    memcpy(indexes + i * n_choices, bf_study_indexes(f.study, i), n_choices * sizeof *indexes);
  stop(&f);
  return n;
}

static void in_flight_makes_a_study_the_same_for_all_workers(void **state)
{
  (void)state;
  static const char *const texts[] = {
      JOB_HEAD SPACE JOB_NULL TAIL("sampler = \"nsgaii\"\nn_trials = 40\nin_flight = 4\n"
                                   "population_size = 5\n"),
      JOB_HEAD SPACE JOB_NULL TAIL("sampler = \"tpe\"\nn_trials = 40\nin_flight = 4\n"),
      JOB_HEAD SPACE JOB_NULL TAIL("sampler = \"gp\"\nn_trials = 40\nin_flight = 4\n"),
      JOB_HEAD SPACE JOB_NULL TAIL("sampler = \"tpe\"\nn_trials = 60\nin_flight = 5\nrepeats = "
                                   "2\nn_startup_trials = 4\n"),
  };
  static uint32_t first[60 * 9];
  static uint32_t other[60 * 9];
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    size_t n = record(texts[i], 1, 0, first);
    for (uint64_t seed = 0; seed < 5; seed++) {
      assert_int_equal(record(texts[i], 2 + 3 * seed, seed, other), n);
      assert_memory_equal(first, other, n * sizeof *first);
    }
  }
}

#define POPULATION TAIL("sampler = \"nsgaii\"\nn_trials = 40\npopulation_size = 5\n" IN_FLIGHT)

/* One trial in flight is what happens without in_flight and with one worker. */
static void in_flight_of_one_knows_all_results(void **state)
{
  (void)state;
  static uint32_t free_ones[40 * 9];
  static uint32_t bound_ones[40 * 9];
#define IN_FLIGHT ""
  size_t n = record(JOB_HEAD SPACE JOB_NULL POPULATION, 1, 0, free_ones);
#undef IN_FLIGHT
#define IN_FLIGHT "in_flight = 1\n"
  assert_int_equal(record(JOB_HEAD SPACE JOB_NULL POPULATION, 7, 1, bound_ones), n);
#undef IN_FLIGHT
  assert_memory_equal(free_ones, bound_ones, n * sizeof *free_ones);
}

static void constraints_change_what_is_asked(void **state)
{
  (void)state;
  static uint32_t free_ones[40 * 9];
  static uint32_t bound_ones[40 * 9];
#define IN_FLIGHT ""
  size_t n = record(JOB_HEAD SPACE JOB_NULL POPULATION, 1, 0, free_ones);
  assert_int_equal(record(JOB_HEAD SPACE JOB_NULL POPULATION
                          "[search.strategy.constraints]\nweight_bits = \">= 10\"\n",
                          1, 0, bound_ones),
                   n);
#undef IN_FLIGHT
  assert_memory_not_equal(free_ones, bound_ones, n * sizeof *free_ones);
}

static void plateau_ends_a_study_at_the_same_trial_for_all_workers(void **state)
{
  (void)state;
  fixture f;
  size_t n_judged = 0;
  for (uint64_t seed = 0; seed < 4; seed++) {
    char name[32];
    snprintf(name, sizeof name, "plateau-%d", (int)seed);
    start(&f,
          JOB_HEAD SPACE JOB_NULL TAIL(
              "sampler = \"random\"\nn_trials = 54\n") "[search.strategy.stop]\nplateau_trials = "
                                                       "8\nplateau_gain = 0.05\n",
          name);
    run(&f, 1 + seed, seed, 1000);
    assert_int_equal(f.study->end, BF_END_PLATEAU);
    assert_true(f.study->n_asked > 8 && f.study->n_asked < 54);
    if (seed == 0)
      n_judged = f.study->n_judged;
    assert_int_equal(f.study->n_judged, n_judged);
    if (seed == 0)
      assert_int_equal(f.study->n_asked, n_judged);
    stop(&f);
  }
}

static void plateau_with_in_flight_ends_after_the_same_trials(void **state)
{
  (void)state;
  size_t n_asked = 0;
  for (uint64_t seed = 0; seed < 5; seed++) {
    fixture f;
    char name[32];
    snprintf(name, sizeof name, "flight-%d", (int)seed);
    start(&f,
          JOB_HEAD SPACE JOB_NULL TAIL(
              "sampler = \"random\"\nn_trials = 54\nin_flight = 5\n") "[search.strategy.stop]\n"
                                                                      "plateau_trials = 8\n"
                                                                      "plateau_gain = 0.05\n",
          name);
    run(&f, 1 + seed, seed, 1000);
    assert_int_equal(f.study->end, BF_END_PLATEAU);
    if (seed == 0)
      n_asked = f.study->n_asked;
    assert_int_equal(f.study->n_asked, n_asked);
    stop(&f);
  }
}

static void end_of_a_study_stays_what_it_was(void **state)
{
  (void)state;
  fixture f;
  bf_bytes bytes = {0};
  bf_next next;
  start(&f,
        JOB_HEAD SPACE JOB_NULL TAIL(
            "sampler = \"random\"\nn_trials = 54\ntimeout = 1000\n") "[search.strategy.stop]"
                                                                     "\nplateau_trials = "
                                                                     "8\nplateau_gain = 0.05\n",
        "end");
  run(&f, 1, 0, 1000);
  assert_int_equal(f.study->end, BF_END_PLATEAU);
  f.study->start_clock_s -= 2000;
  assert_ok(bf_study_next(f.study, 1, &bytes, &next));
  assert_int_equal(next, BF_NEXT_DONE);
  assert_int_equal(f.study->end, BF_END_PLATEAU);
  bf_bytes_release(&bytes);
  stop(&f);
}

static void plateau_longer_than_the_study_needs_no_memory(void **state)
{
  (void)state;
  fixture f;
  start(&f,
        JOB_HEAD SPACE JOB_NULL TAIL(
            "sampler = \"random\"\nn_trials = 54\n") "[search.strategy.stop]\nplateau_trials = "
                                                     "1000000000000000\n",
        "long");
  run(&f, 1, 0, 1000);
  assert_int_equal(f.study->end, BF_END_SPACE);
  stop(&f);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(parameters_are_ordered_when_their_values_are),
      cmocka_unit_test(parameters_of_a_node_without_format_make_no_difference),
      cmocka_unit_test(sampler_auto_depends_on_space_trials_and_their_cost),
      cmocka_unit_test(estimate_of_a_trial_grows_with_its_training),
      cmocka_unit_test(options_reach_the_sampler),
      cmocka_unit_test(bad_words_about_sampling_are_refused),
      cmocka_unit_test(bad_choices_of_any_format_are_refused),
      cmocka_unit_test(sums_that_overflow_fail_the_trial),
      cmocka_unit_test(violation_adds_up_relative_misses),
      cmocka_unit_test(front_holds_only_what_meets_the_constraints),
      cmocka_unit_test(study_without_feasible_trials_names_the_nearest),
      cmocka_unit_test(repeats_try_each_configuration_with_other_seeds),
      cmocka_unit_test(front_of_repeats_is_that_of_means),
      cmocka_unit_test(front_rows_are_about_configurations),
      cmocka_unit_test(timeout_lets_a_configuration_have_all_its_trials),
      cmocka_unit_test(trial_without_a_constrained_metric_fails),
      cmocka_unit_test(plateau_does_not_count_what_misses_constraints),
      cmocka_unit_test(candidate_averages_the_tests_of_all_repeats),
      cmocka_unit_test(in_flight_makes_a_study_the_same_for_all_workers),
      cmocka_unit_test(in_flight_of_one_knows_all_results),
      cmocka_unit_test(constraints_change_what_is_asked),
      cmocka_unit_test(plateau_ends_a_study_at_the_same_trial_for_all_workers),
      cmocka_unit_test(plateau_with_in_flight_ends_after_the_same_trials),
      cmocka_unit_test(end_of_a_study_stays_what_it_was),
      cmocka_unit_test(plateau_longer_than_the_study_needs_no_memory),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
