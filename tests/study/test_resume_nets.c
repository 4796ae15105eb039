/* Trained nets of a study that is killed: kept, tested once, made again where they are gone.
 * Tests of src/study/study_resume.c, nets.c and of their part of study_ask.c and study_tell.c. */
#include "unit.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/log.h"
#include "nn/checkpoint.h"
#include "resumed_study.h"
#include "rows_fixture.h"

#define SIX                                                                                        \
  DEFAULT NODE "name = [\"integer\"]\nchannel_multiplier = [1, 2, 3]\ndata_in = [[8, 4]]\n"        \
               "weight = [[8, 6], [4, 2]]\nbias = [[8, 4]]\n"
#define BRIEF                                                                                      \
  "[search.strategy.sw_runner.basic_train]\nmax_epochs = 2\noptimizer = \"adam\"\n"                \
  "learning_rate = 2e-2\n"

static const char trained[] = JOB_HEAD SIX BRIEF TAIL("sampler = \"brute-force\"\n");
static const char repeated[] =
    JOB_HEAD SIX BRIEF TAIL("sampler = \"brute-force\"\nrepeats = 2\nin_flight = 3\n");

/* What measures, for all sessions of a study. */
typedef struct worker {
  bf_job *job;
  bf_plan *plan;
  bf_evaluator *evaluator;
} worker;

static worker hire(const char *text)
{
  worker w = {0};
  const bf_kernels *kernels = NULL;
  assert_ok(bf_kernels_find("reference", BF_ISA_BASE, &kernels));
  assert_ok(fixture_plan(text, &w.job, &w.plan));
  assert_ok(bf_evaluator_create(w.plan, &dataset, kernels, &w.evaluator));
  return w;
}

static void dismiss(worker *w)
{
  bf_evaluator_free(w->evaluator);
  bf_plan_free(w->plan);
  bf_job_free(w->job);
}

static life begin(const worker *w, const char *text, uint64_t seed, const char *name)
{
  life l = {.text = text,
            .evaluator = w->evaluator,
            .random = bf_random_stream(seed, BF_PURPOSE_SYNTH, 2),
            .n_held = 1 + seed};
  life_start(&l, name);
  return l;
}

/* "FOLDER/NAME/checkpoints/FILE"; freed with free(). */
static char *inner_path(const char *name, const char *file)
{
  bf_text path = {0};
  bf_text_printf(&path, "%s/%s/checkpoints/%s", folder, name, file);
  return path.data;
}

static char *net_path(const char *name, uint64_t number)
{
  bf_text path = {0};
  bf_text_printf(&path, "%s/%s/", folder, name);
  bf_study_checkpoint_print(number, &path);
  return path.data;
}

static size_t n_files(const char *name)
{
  size_t n = 0;
  char *path = inner_path(name, "");
  DIR *dir = opendir(path);
  assert_non_null(dir);
  for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
    n += entry->d_name[0] != '.';
  closedir(dir);
  free(path);
  return n;
}

/* checkpoints/ holds the nets of the front, each of which scores what its trial says, and no other
 * file. */
static void assert_nets_are_those_of_the_front(const life *l, const char *name)
{
  const bf_kernels *kernels = NULL;
  size_t n_nets = 0;
  assert_ok(bf_kernels_find("reference", BF_ISA_BASE, &kernels));
  for (size_t i = 0; i < l->f.record->n_trials; i++) {
    const bf_record_trial *trial = &l->f.record->trials[i];
    bf_net *net = NULL;
    bf_score score;
    if (!trial->on_front)
      continue;
    char *path = net_path(name, trial->number);
    assert_ok(bf_checkpoint_load(path, &net));
    assert_ok(bf_evaluate(net, kernels, dataset.split[BF_VAL], &score));
    assert_true(score.loss == trial->metrics.value[BF_METRIC_loss]);
    assert_true(trial->tested);
    bf_net_free(net);
    free(path);
    n_nets++;
  }
  assert_true(n_nets > 0);
  assert_int_equal(n_files(name), n_nets);
}

static size_t n_tests(const char *name)
{
  char *journal = read_journal(name);
  size_t n = count(journal, "\"test:");
  free(journal);
  return n;
}

static void nets_of_the_front_outlive_any_kill(void **state)
{
  (void)state;
  static const char *const texts[] = {trained, repeated};
  for (size_t i = 0; i < 2; i++) {
    worker w = hire(texts[i]);
    life calm = begin(&w, texts[i], 0, i == 0 ? "calm" : "calm-2");
    life_finish(&calm);
    assert_nets_are_those_of_the_front(&calm, i == 0 ? "calm" : "calm-2");
    for (uint64_t seed = 0; seed < 4; seed += STRIDE) {
      char name[32];
      snprintf(name, sizeof name, "killed-%zu-%d", i, (int)seed);
      life l = begin(&w, texts[i], seed, name);
      while (life_run(&l, 1), !l.is_done) {
        life_kill(&l);
        life_resume(&l, name);
      }
      life_finish(&l);
      assert_same_trials(l.f.record, calm.f.record);
      assert_nets_are_those_of_the_front(&l, name);
      assert_int_equal(n_tests(name), n_files(name));
      life_kill(&l);
    }
    life_kill(&calm);
    dismiss(&w);
  }
}

/* Killed whenever nothing is out: no trial is run twice, no net is tested twice. */
static void nothing_is_computed_twice(void **state)
{
  (void)state;
  worker w = hire(trained);
  life l = begin(&w, trained, 0, "once");
  while (life_run(&l, 1), !l.is_done) {
    life_kill(&l);
    life_resume(&l, "once");
  }
  life_finish(&l);
  assert_int_equal(l.n_answers, 6 + n_files("once"));
  life_kill(&l);
  dismiss(&w);
}

static void remove_file(const char *path)
{
  assert_int_equal(unlink(path), 0);
}

static void truncate_file(const char *path)
{
  assert_int_equal(truncate(path, 700), 0);
}

static void empty_file(const char *path)
{
  assert_int_equal(truncate(path, 0), 0);
}

static void flip_byte(const char *path)
{
  bf_text text = {0};
  assert_ok(bf_file_read(path, &text));
  text.data[text.length / 2] ^= 1;
  assert_ok(bf_file_write(path, text.data, text.length));
  bf_text_release(&text);
}

static void write_words(const char *path)
{
  assert_ok(bf_file_write(path, "no net", 6));
}

static void net_that_is_gone_or_damaged_is_made_again(void **state)
{
  (void)state;
  static void (*const spoil[])(const char *path) = {remove_file, truncate_file, empty_file,
                                                    flip_byte, write_words};
  worker w = hire(trained);
  life calm = begin(&w, trained, 0, "calm");
  life_finish(&calm);
  life l = begin(&w, trained, 0, "spoilt");
  life_finish(&l);
  size_t n_nets = n_files("spoilt");
  for (size_t i = 0; i < sizeof spoil / sizeof *spoil; i++) {
    uint64_t number = bf_front_numbers(l.f.study->front)[i % n_nets];
    char *path = net_path("spoilt", number);
    size_t n_answers = l.n_answers;
    life_kill(&l);
    spoil[i](path);
    life_resume(&l, "spoilt");
    life_finish(&l);
    /* Its net only: what is known of it stays. */
    assert_int_equal(l.n_answers, n_answers + 1);
    assert_same_trials(l.f.record, calm.f.record);
    assert_nets_are_those_of_the_front(&l, "spoilt");
    assert_int_equal(n_tests("spoilt"), n_nets);
    free(path);
  }
  life_kill(&l);
  life_kill(&calm);
  dismiss(&w);
}

/* A kill may come between a net and its trial's line, or between that and the end of another. */
static void strays_are_removed_and_other_files_are_not(void **state)
{
  (void)state;
  static const char *const strays[] = {"trial-000099.h5", "trial-000005.h5.tmp.123", "trial-1.h5",
                                       "trial-000005.h5"};
  worker w = hire(trained);
  life l = begin(&w, trained, 0, "strays");
  life_run(&l, 3);
  life_kill(&l);
  char *note = inner_path("strays", "notes.txt");
  assert_ok(bf_file_write(note, "mine", 4));
  for (size_t i = 0; i < sizeof strays / sizeof *strays; i++) {
    char *path = inner_path("strays", strays[i]);
    assert_ok(bf_file_write(path, "x", 1));
    free(path);
  }
  life_resume(&l, "strays");
  for (size_t i = 0; i < sizeof strays / sizeof *strays; i++) {
    char *path = inner_path("strays", strays[i]);
    assert_false(bf_file_exists(path));
    free(path);
  }
  assert_true(bf_file_exists(note));
  remove_file(note);
  life_finish(&l);
  assert_nets_are_those_of_the_front(&l, "strays");
  life_kill(&l);
  free(note);
  dismiss(&w);
}

static bf_text warnings;

static void keep_line(bf_log_level level, const char *line, void *context)
{
  (void)context;
  if (level == BF_LOG_WARNING)
    bf_text_printf(&warnings, "%s\n", line);
}

/* As with other kernels: the net of the trial's metrics cannot be had any more. */
static void net_of_other_metrics_is_not_kept(void **state)
{
  (void)state;
  worker w = hire(trained);
  life l = begin(&w, trained, 0, "other");
  life_run(&l, 6);
  life_kill(&l);
  char *study = life_path("other");
  char *path = bf_path_join(study, BF_JOURNAL_NAME);
  char *net = net_path("other", 0);
  char *journal = read_journal("other");
  bool was_kept = bf_file_exists(net);
  /* The best of all, so that it is on the front. */
  char *loss = strstr(strstr(journal, "\"result\""), "\"loss\":") + strlen("\"loss\":");
  assert_true(loss[0] == '0' || loss[0] == '1');
  loss[0] = '0';
  loss[2] = '0';
  assert_ok(bf_file_write(path, journal, strlen(journal)));
  if (was_kept)
    remove_file(net);
  bf_log_set_sink(keep_line, NULL);
  life_resume(&l, "other");
  life_finish(&l);
  bf_log_set_sink(NULL, NULL);
  assert_non_null(strstr(bf_text_view(&warnings), "has other metrics than before"));
  assert_true(l.f.record->trials[0].on_front);
  assert_false(l.f.record->trials[0].tested);
  assert_false(bf_file_exists(net));
  bf_text_release(&warnings);
  life_kill(&l);
  free(journal);
  free(net);
  free(path);
  free(study);
  dismiss(&w);
}

static void test_that_failed_is_not_repeated(void **state)
{
  (void)state;
  static char reason[] = "no rows";
  static char host[] = "h";
  worker w = hire(trained);
  life l = begin(&w, trained, 0, "failed");
  life_run(&l, 6);
  assert_true(life_ask(&l));
  bf_task task;
  bf_bytes answer = {0};
  assert_ok(bf_task_decode(l.out[0].data, l.out[0].length, &task));
  assert_int_equal(task.kind, BF_TASK_TEST);
  const bf_result result = {.kind = BF_TASK_TEST,
                            .number = task.number,
                            .failed = true,
                            .reason = reason,
                            .host = host,
                            .metrics = bf_metrics_none()};
  assert_ok(bf_result_encode(&result, &answer));
  assert_ok(bf_study_accept(l.f.study, 1, answer.data, answer.length));
  life_kill(&l);
  life_resume(&l, "failed");
  life_finish(&l);
  assert_true(l.f.record->trials[task.number].test_failed);
  assert_int_equal(l.n_answers + 1, 6 + n_files("failed"));
  assert_int_equal(n_tests("failed"), n_files("failed"));
  bf_bytes_release(&answer);
  bf_task_release(&task);
  life_kill(&l);
  dismiss(&w);
}

/* The number of bytes of a study's journal. */
static rlim_t journal_size(const char *name)
{
  char *journal = read_journal(name);
  size_t n = strlen(journal);
  free(journal);
  return n;
}

/* Answers one task while the journal cannot grow. @return What bf_study_accept said. */
static bf_status answer_on_a_full_disk(life *l, const char *name)
{
  struct rlimit before;
  bf_bytes answer = {0};
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  const struct rlimit full = {.rlim_cur = journal_size(name), .rlim_max = before.rlim_max};
  measure(l, &l->out[0], &answer);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
  bf_status status = bf_study_accept(l->f.study, 1, answer.data, answer.length);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  bf_bytes_release(&answer);
  return status;
}

/* A job with one objective, where the better pushes the good off, and so long that the journal is
 * longer than a net; freed with free(). */
static char *long_job(void)
{
  bf_text text = {0};
  bf_text_append(&text, JOB_HEAD SIX BRIEF "[search.report]\nline = \"{number}");
  for (int i = 0; i < 600; i++)
    bf_text_append(&text, " and not very much besides, as far as one can tell from here");
  bf_text_append(&text, "\"\n[search.strategy.setup]\nsampler = \"brute-force\"\n"
                        "sum_scaled_metrics = true\ndirection = \"minimize\"\n"
                        "[search.strategy.metrics]\nloss.scale = 1.0\n");
  return text.data;
}

/* Before every result, the journal has no room for it once: what it then says of the front is on
 * disk, and so is the new net, which is removed by the next session. */
static void nets_are_dropped_after_the_journal_says_why(void **state)
{
  (void)state;
  char *text = long_job();
  worker w = hire(text);
  life calm = begin(&w, text, 0, "calm");
  life_finish(&calm);
  life l = begin(&w, text, 0, "full");
  size_t n_most = 0;
  signal(SIGXFSZ, SIG_IGN);
  for (int i = 0; i < 6; i++) {
    bool was_there[6];
    assert_true(life_ask(&l));
    for (uint64_t number = 0; number < 6; number++) {
      char *path = net_path("full", number);
      was_there[number] = bf_file_exists(path);
      free(path);
    }
    assert_int_equal(answer_on_a_full_disk(&l, "full"), BF_ERR_IO);
    for (uint64_t number = 0; number < 6; number++) {
      char *path = net_path("full", number);
      assert_true(bf_file_exists(path) || !was_there[number]);
      free(path);
    }
    n_most = n_files("full") > n_most ? n_files("full") : n_most;
    life_kill(&l);
    life_resume(&l, "full");
    assert_int_equal(l.f.study->n_done, i);
    life_run(&l, 1);
    assert_int_equal(l.f.study->n_done, i + 1);
  }
  signal(SIGXFSZ, SIG_DFL);
  life_finish(&l);
  assert_same_trials(l.f.record, calm.f.record);
  assert_nets_are_those_of_the_front(&l, "full");
  assert_true(n_most > n_files("full"));
  life_kill(&l);
  life_kill(&calm);
  dismiss(&w);
  free(text);
}

static void trial_whose_net_cannot_be_saved_is_not_told(void **state)
{
  (void)state;
  worker w = hire(trained);
  life l = begin(&w, trained, 0, "unsaved");
  bf_bytes answer = {0};
  assert_true(life_ask(&l));
  char *nets = inner_path("unsaved", "");
  char *aside = life_path("aside");
  measure(&l, &l.out[0], &answer);
  assert_int_equal(rename(nets, aside), 0);
  assert_fails(bf_study_accept(l.f.study, 1, answer.data, answer.length), BF_ERR_IO,
               "cannot save checkpoint");
  assert_int_equal(rename(aside, nets), 0);
  life_kill(&l);
  life_resume(&l, "unsaved");
  assert_int_equal(l.f.study->n_done, 0);
  life_finish(&l);
  assert_nets_are_those_of_the_front(&l, "unsaved");
  life_kill(&l);
  bf_bytes_release(&answer);
  free(aside);
  free(nets);
  dismiss(&w);
}

static void study_goes_on_from_its_journal_alone(void **state)
{
  (void)state;
  worker w = hire(trained);
  life l = begin(&w, trained, 0, "alone");
  life_finish(&l);
  size_t n_scored = n_tests("alone");
  life_kill(&l);
  char *nets = inner_path("alone", "");
  bf_folder_remove(nets);
  life_resume(&l, "alone");
  life_finish(&l);
  assert_nets_are_those_of_the_front(&l, "alone");
  assert_int_equal(n_tests("alone"), n_scored);
  life_kill(&l);
  free(nets);
  dismiss(&w);
}

static void failed_resume_keeps_the_nets(void **state)
{
  (void)state;
  bf_status status = BF_ERR_NOMEM;
  bf_record *record = NULL;
  worker w = hire(repeated);
  life l = begin(&w, repeated, 2, "memory");
  life_run(&l, 9);
  life_kill(&l);
  size_t n_nets = n_files("memory");
  char *path = life_path("memory");
  assert_true(n_nets > 0);
  assert_ok(bf_study_open(path, &record));
  start_plan(&l.f, l.text);
  for (long n = 0; status != BF_OK; n += STRIDE) {
    bf_alloc_fail_after(n);
    status = bf_study_resume(l.f.plan, record, &run_info, &l.f.study);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    assert_true(n < 5000);
    assert_int_equal(n_files("memory"), n_nets);
  }
  life_finish(&l);
  assert_nets_are_those_of_the_front(&l, "memory");
  life_kill(&l);
  bf_record_free(record);
  free(path);
  dismiss(&w);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
  const struct CMUnitTest tests[] = {
      IN_FOLDER(nets_of_the_front_outlive_any_kill),
      IN_FOLDER(nothing_is_computed_twice),
      IN_FOLDER(net_that_is_gone_or_damaged_is_made_again),
      IN_FOLDER(strays_are_removed_and_other_files_are_not),
      IN_FOLDER(net_of_other_metrics_is_not_kept),
      IN_FOLDER(test_that_failed_is_not_repeated),
      IN_FOLDER(nets_are_dropped_after_the_journal_says_why),
      IN_FOLDER(trial_whose_net_cannot_be_saved_is_not_told),
      IN_FOLDER(study_goes_on_from_its_journal_alone),
      IN_FOLDER(failed_resume_keeps_the_nets),
  };
  return cmocka_run_group_tests(tests, make_rows, NULL);
}
