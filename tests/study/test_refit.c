/* The way of a refit: its job, seeds, tasks, files, failures. Tests of src/study/refit.c,
 * refit_job.c and refit_csv.c. */
#include "unit.h"

#include "base/random.h"
#include "nn/checkpoint.h"
#include "refit_fixture.h"

static void seeds_are_no_seeds_of_the_study(void **state)
{
  (void)state;
  enum { N_TRIALS = 2000, N_CHOSEN = 40, N = N_TRIALS + N_CHOSEN * 10 };
  static uint64_t seeds[N];
  size_t n = 0;
  for (uint64_t number = 0; number < N_TRIALS; number++)
    seeds[n++] = bf_trial_seed(7, number);
  for (uint64_t number = 0; number < N_CHOSEN; number++)
    for (size_t k = 0; k < 10; k++)
      seeds[n++] = bf_refit_seed(7, number, k);
  for (size_t i = 0; i < N; i++)
    for (size_t j = 0; j < i; j++)
      assert_true(seeds[i] != seeds[j]);
  /* The corner of what is promised: the last trial, the last seed. */
  assert_true(bf_refit_seed(7, (UINT64_C(1) << 40) - 1, 0) != bf_refit_seed(7, 0, 1));
  assert_int_equal(bf_refit_seed(7, 5, 2),
                   bf_trial_seed(7, (UINT64_C(1) << 62) + (UINT64_C(2) << 40) + 5));
}

static bf_status refit_job(const char *text, double rate, bf_job **out)
{
  bf_toml *tree = NULL;
  assert_ok(bf_toml_parse(text, "R/job.toml", &tree));
  bf_status status = bf_refit_job(tree, "R/job.toml", 20, rate, out);
  bf_toml_free(tree);
  return status;
}

static void job_trains_as_before_but_longer_and_scores_all_validation_rows(void **state)
{
  (void)state;
  bf_job *job = NULL;
  assert_ok(refit_job(JOB_HEAD SPACE
                      "[search.strategy.sw_runner.basic_evaluation]\nnum_samples = 64\n" BRIEF
                      "max_steps = 10\ndata_loader = \"train_dataloader\"\nnum_samples = 64\n"
                      "[search.strategy.hw_runner.bitops]\nbatch_size = 3\n" JOB_TAIL,
                      0, &job));
  assert_int_equal(job->n_runners, 1);
  assert_int_equal(job->runners[0], BF_RUNNER_TRAIN);
  assert_int_equal(job->brief.n_epochs, 20);
  assert_int_equal(job->brief.max_steps, 0);
  assert_string_equal(job->brief.optimizer, "sgd");
  assert_string_equal(job->brief.scheduler, "linear");
  assert_true(job->brief.learning_rate == 0.25 && job->brief.weight_decay == 0.5);
  assert_int_equal(job->brief.n_warmup_steps, 4);
  assert_int_equal(job->brief.accumulate, 3);
  assert_int_equal(job->brief_rows, 0);
  assert_string_equal(job->brief_loader, "val_dataloader");
  assert_int_equal(job->seed, 7);
  assert_int_equal(job->bitops_batch, 3);
  assert_string_equal(job->sampler, "brute-force");
  bf_job_free(job);
  assert_ok(refit_job(JOB_HEAD SPACE BRIEF JOB_TAIL, 0.1, &job));
  assert_true(job->brief.learning_rate == 0.1);
  bf_job_free(job);
}

static void job_that_only_evaluates_fine_tunes_its_net(void **state)
{
  (void)state;
  bf_job *job = NULL;
  assert_ok(refit_job("load_name = \"base.h5\"\ntraining_optimizer = \"adamw\"\n"
                      "learning_rate = 2e-3\nweight_decay = 0.125\nmax_steps = 9\n" JOB_HEAD SPACE
                      "[search.strategy.sw_runner.basic_evaluation]\n" JOB_TAIL,
                      0, &job));
  assert_int_equal(job->n_runners, 1);
  assert_int_equal(job->runners[0], BF_RUNNER_TRAIN);
  assert_string_equal(job->load, "base.h5");
  assert_string_equal(job->brief.optimizer, "adamw");
  assert_string_equal(job->brief.scheduler, "cosine");
  assert_true(job->brief.learning_rate == 2e-3 && job->brief.weight_decay == 0.125);
  assert_int_equal(job->brief.max_steps, 0);
  assert_int_equal(job->brief.n_epochs, 20);
  bf_job_free(job);
}

static void job_without_any_training_is_refused(void **state)
{
  (void)state;
  bf_job *job = NULL;
  assert_fails(refit_job(JOB_HEAD SPACE JOB_NULL JOB_TAIL, 0, &job), BF_ERR_USAGE,
               "R/job.toml: the null runner trains nothing");
  assert_fails(refit_job("training_optimizer = \"adma\"\n" JOB_HEAD SPACE
                         "[search.strategy.sw_runner.basic_evaluation]\n" JOB_TAIL,
                         0, &job),
               BF_ERR_USAGE, "R/job.toml: ");
  assert_null(job);
}

/* The kind and number of the next task; -1 for none. */
static int64_t ask(const fixture *f, bf_bytes *task, bf_task_kind *kind)
{
  bf_next next = BF_NEXT_DONE;
  bf_task decoded = {0};
  bf_bytes_reset(task);
  assert_ok(bf_refit_next(f->refit, 1, task, &next));
  if (next != BF_NEXT_TASK)
    return -1;
  assert_ok(bf_task_decode(task->data, task->length, &decoded));
  int64_t number = (int64_t)decoded.number;
  *kind = decoded.kind;
  bf_task_release(&decoded);
  return number;
}

static void tell(fixture *f, const bf_bytes *task)
{
  bf_bytes result = {0};
  answer(f, task, &result);
  assert_ok(bf_refit_accept(f->refit, 2, result.data, result.length));
  bf_bytes_release(&result);
}

static void tasks_go_seed_after_seed_and_tests_come_first(void **state)
{
  (void)state;
  fixture f;
  bf_bytes tasks[2 * N_NETS] = {{0}};
  bf_bytes task = {0};
  bf_task_kind kind = BF_TASK_TEST;
  start(&f, &plain, 2);
  for (int64_t i = 0; i < 2 * N_NETS; i++) {
    assert_int_equal(ask(&f, &tasks[i], &kind), i);
    assert_int_equal(kind, BF_TASK_TRIAL);
  }
  assert_int_equal(ask(&f, &task, &kind), -1);
  tell(&f, &tasks[4]);
  tell(&f, &tasks[1]);
  assert_int_equal(ask(&f, &tasks[4], &kind), 4);
  assert_int_equal(kind, BF_TASK_TEST);
  assert_int_equal(ask(&f, &task, &kind), 1);
  assert_int_equal(ask(&f, &tasks[1], &kind), -1);
  assert_int_equal(f.refit->n_done, 0);
  tell(&f, &task);
  assert_int_equal(f.refit->n_done, 1);
  assert_int_equal(f.refit->runs[1].n_values, 0);
  for (size_t i = 0; i < 2 * N_NETS; i++)
    bf_bytes_release(&tasks[i]);
  bf_bytes_release(&task);
  stop(&f);
}

static void net_is_on_disk_before_its_run_counts(void **state)
{
  (void)state;
  fixture f;
  bf_bytes task = {0};
  bf_task_kind kind;
  bf_net *net = NULL;
  bf_text path = {0};
  start(&f, &plain, 2);
  for (size_t i = 0; i < 5; i++)
    assert_int_equal(ask(&f, &task, &kind), i);
  tell(&f, &task);
  bf_text_printf(&path, "%s/a/checkpoints/trial-000004-seed-1.h5", folder);
  assert_ok(bf_checkpoint_load(path.data, &net));
  assert_true(net->values[0] == (float)(bf_refit_seed(7, 4, 1) % 1000));
  assert_int_equal(net->model.layers[2].n_out, 32);
  assert_int_equal(f.refit->n_done, 0);
  bf_net_free(net);
  bf_text_release(&path);
  bf_bytes_release(&task);
  stop(&f);
}

/* Net 0 fails once in training, net 1 always, net 2 once in its test. */
static const findings failing = {
    .brief = {0.9, 1.1, 0.5},
    .loss = {{0.70, -1, 0.74}, {-1, -1, -1}, {0.5, 0.5, 0.6}},
    .accuracy = {{0.7, 0.7, 0.7}, {0.7, 0.7, 0.7}, {0.8, 0.8, 0.8}},
    .n_hits = {{350, 350, 350}, {350, 350, 350}, {400, -1, 400}},
};

static void failed_runs_are_data(void **state)
{
  (void)state;
  fixture f;
  start(&f, &failing, 3);
  run(&f, 3);
  assert_int_equal(f.refit->n_done, 4);
  assert_int_equal(f.refit->n_failed, 5);
  assert_int_equal(bf_refit_exit_code(f.refit), 3);
  char *csv = read_file("refit.csv");
  assert_non_null(strstr(csv, "trial,seed_number,seed,state,loss,accuracy,accuracy_micro,"
                              "dead_outputs,test_accuracy,test_loss,checkpoint,reason,rank,host,"
                              "latency,started_s,duration_s\n"));
  char expected[160];
  snprintf(expected, sizeof expected, "\n12,1,%llu,FAIL,,,,,,,,loss is nan,1,h,",
           (unsigned long long)bf_refit_seed(7, 12, 1));
  assert_non_null(strstr(csv, expected));
  snprintf(expected, sizeof expected,
           "\n30,1,%llu,FAIL,0.5,,0.8,3,,,checkpoints/trial-000030-seed-1.h5,no test,1,h,",
           (unsigned long long)bf_refit_seed(7, 30, 1));
  assert_non_null(strstr(csv, expected));
  free(csv);
  bf_json *json = read_json();
  assert_int_equal(trial_at(json, 0), 30);
  assert_int_equal(trial_at(json, 2), 4);
  /* Two runs: t of one degree is 12.706205, sd 0.02828427. */
  assert_true(is_near(number_at(json, 1, "val", "loss", "mean"), 0.72));
  assert_true(is_near(number_at(json, 1, "val", "loss", "hi"), 0.72 + 0.25412410));
  assert_true(isnan(number_at(json, 2, "val", "loss", "mean")));
  double spearman = 0;
  assert_ok(bf_json_double(bf_json_get(json, "spearman"), &spearman));
  assert_true(spearman == 1); /* of the two that were trained */
  bf_json_free(json);
  bf_text table = {0};
  assert_ok(bf_refit_table(f.refit, &table));
  assert_non_null(strstr(table.data, "best by mean val loss: trial 30, "));
  bf_text_release(&table);
  stop(&f);
}

/* refit.csv of a whole refit; made-up workers all have the same rank, host and times. */
static char *whole_csv(size_t n_pending)
{
  fixture f;
  start(&f, &failing, 3);
  run(&f, n_pending);
  stop(&f);
  char *csv = read_file("refit.csv");
  bf_folder_remove(folder);
  assert_int_equal(make_folder(NULL), 0);
  return csv;
}

static void rows_do_not_depend_on_the_order_of_results(void **state)
{
  (void)state;
  char *csv[3];
  static const size_t pending[] = {1, 3, 7};
  for (size_t i = 0; i < 3; i++)
    csv[i] = whole_csv(pending[i]);
  assert_string_equal(csv[0], csv[1]);
  assert_string_equal(csv[0], csv[2]);
  for (size_t i = 0; i < 3; i++)
    free(csv[i]);
}

static size_t n_told(const fixture *f)
{
  return f->refit->n_done + f->refit->n_failed;
}

static void results_that_were_not_asked_for_are_refused_and_second_ones_dropped(void **state)
{
  (void)state;
  fixture f;
  bf_bytes task = {0};
  bf_bytes result = {0};
  bf_task_kind kind;
  start(&f, &plain, 2);
  assert_fails(bf_refit_accept(f.refit, 1, "x", 1), BF_ERR_DATA, "message ends");
  bf_result early = {.number = 0, .reason = (char[]){""}, .host = (char[]){"h"}};
  assert_ok(bf_result_encode(&early, &result));
  assert_fails(bf_refit_accept(f.refit, 1, result.data, result.length), BF_ERR_DATA,
               "run 0, which was not asked");
  assert_int_equal(ask(&f, &task, &kind), 0);
  bf_bytes_reset(&result);
  early.kind = BF_TASK_TEST;
  assert_ok(bf_result_encode(&early, &result));
  assert_ok(bf_refit_accept(f.refit, 1, result.data, result.length));
  assert_false(f.refit->runs[0].tested);
  bf_bytes_reset(&result);
  answer(&f, &task, &result);
  assert_ok(bf_refit_accept(f.refit, 1, result.data, result.length));
  assert_true(f.refit->runs[0].trained);
  assert_ok(bf_refit_accept(f.refit, 1, result.data, result.length));
  assert_int_equal(n_told(&f), 0);
  bf_bytes_release(&task);
  bf_bytes_release(&result);
  stop(&f);
}

/* The first worker had a training and a second one in advance. */
static void lost_runs_go_to_others_and_deadly_ones_fail(void **state)
{
  (void)state;
  fixture f;
  bf_bytes task = {0};
  bf_task_kind kind;
  start(&f, &plain, 2);
  assert_int_equal(ask(&f, &task, &kind), 0);
  assert_int_equal(ask(&f, &task, &kind), 1);
  assert_ok(bf_refit_lose(f.refit, 1, true));
  assert_int_equal(n_told(&f), 0);
  assert_int_equal(ask(&f, &task, &kind), 0);
  assert_ok(bf_refit_lose(f.refit, 1, true));
  assert_int_equal(f.refit->n_failed, 1);
  assert_non_null(strstr(f.refit->runs[0].reason, "poisonous"));
  assert_int_equal(ask(&f, &task, &kind), 1);
  bf_bytes_release(&task);
  stop(&f);
}

static void folder_seeds_and_nets_must_do(void **state)
{
  (void)state;
  fixture f;
  bf_refit *second = NULL;
  start(&f, &plain, 1);
  char *job = read_file("job.toml");
  assert_non_null(strstr(job, "basic_train"));
  free(job);
  assert_fails(create(&f, N_NETS, &second), BF_ERR_USAGE, "exists");
  assert_fails(create(&f, 0, &second), BF_ERR_USAGE, "no net of 'R' was chosen");
  f.n_seeds = 0;
  assert_fails(create(&f, N_NETS, &second), BF_ERR_USAGE, "0 seeds");
  f.n_seeds = BF_REFIT_MAX_SEEDS + 1;
  assert_fails(create(&f, N_NETS, &second), BF_ERR_USAGE, "seeds, expected 1..");
  assert_null(second);
  stop(&f);
}

static void refit_without_memory_fails_cleanly(void **state)
{
  (void)state;
  fixture f = {.n_seeds = 2, .found = plain};
  bf_status status = BF_ERR_NOMEM;
  char *path = bf_path_join(folder, "a");
  assert_ok(fixture_plan(JOB_HEAD SPACE BRIEF JOB_TAIL, &f.job, &f.plan));
  for (long n = 0; status != BF_OK; n++) {
    bf_folder_remove(path);
    bf_alloc_fail_after(n);
    status = create(&f, N_NETS, &f.refit);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    assert_true(n < 1000);
  }
  run(&f, 1);
  status = BF_ERR_NOMEM;
  for (long n = 0; status != BF_OK; n++) {
    bf_text table = {0};
    bf_alloc_fail_after(n);
    status = bf_refit_finish(f.refit);
    if (status == BF_OK)
      status = bf_refit_table(f.refit, &table);
    bf_alloc_fail_after(-1);
    bf_text_release(&table);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    assert_true(n < 5000);
  }
  free(path);
  stop(&f);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(seeds_are_no_seeds_of_the_study),
      cmocka_unit_test(job_trains_as_before_but_longer_and_scores_all_validation_rows),
      cmocka_unit_test(job_that_only_evaluates_fine_tunes_its_net),
      cmocka_unit_test(job_without_any_training_is_refused),
      IN_FOLDER(tasks_go_seed_after_seed_and_tests_come_first),
      IN_FOLDER(net_is_on_disk_before_its_run_counts),
      IN_FOLDER(failed_runs_are_data),
      IN_FOLDER(rows_do_not_depend_on_the_order_of_results),
      IN_FOLDER(results_that_were_not_asked_for_are_refused_and_second_ones_dropped),
      IN_FOLDER(lost_runs_go_to_others_and_deadly_ones_fail),
      IN_FOLDER(folder_seeds_and_nets_must_do),
      IN_FOLDER(refit_without_memory_fails_cleanly),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
