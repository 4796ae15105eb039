/* Studies that are killed again and again end as if nobody had disturbed them.
 * Tests of src/study/study_resume.c and of what the journal keeps. */
#include "unit.h"

#include "resumed_study.h"

/* 2 + 3 * 3 * 2 * 2 configurations: without a format the widths make no difference. */
#define CONDITIONAL                                                                                \
  DEFAULT NODE                                                                                     \
      "name = [\"integer\", \"NA\"]\ndata_in_width = [8, 6, 4]\ndata_in_frac_width = [4, 2]\n"     \
      "weight_width = [8, 4, 2]\nweight_frac_width = [2]\nchannel_multiplier = [1, 2, 3]\n"        \
      "bias_width = [8]\nbias_frac_width = [2]\n"
#define FEW                  "population_size = 5\nn_startup_trials = 5\n"
#define SETUP(sampler, more) JOB_NULL TAIL("sampler = \"" sampler "\"\nn_trials = 20\n" FEW more)
#define CONSTRAINED          "[search.strategy.constraints]\nweight_bits = \"<= 7\"\nloss = \">= 4\"\n"
#define PLATEAU              "[search.strategy.stop]\nplateau_trials = 6\nplateau_gain = 0.02\n"

/* What a sampler is tried with. Without in_flight the end of a plateau is that of the trials that
 * happen to be out. */
#define JOBS(name, is_fixed)                                                                       \
  {JOB_HEAD SPACE SETUP(name, ""), 1000, is_fixed, true},                                          \
      {JOB_HEAD SPACE SETUP(name, "in_flight = 4\n"), 10, true, true},                             \
      {JOB_HEAD SPACE SETUP(name, "repeats = 3\n"), 10, is_fixed, true},                           \
      {JOB_HEAD SPACE SETUP(name, "repeats = 2\nin_flight = 5\n"), 1000, true, true},              \
      {JOB_HEAD SPACE SETUP(name, "") CONSTRAINED, 10, is_fixed, true},                            \
      {JOB_HEAD SPACE SETUP(name, "in_flight = 3\n") CONSTRAINED, 1000, true, true},               \
      {JOB_HEAD SPACE SETUP(name, "") PLATEAU, 1000, is_fixed, false},                             \
      {JOB_HEAD SPACE SETUP(name, "in_flight = 3\n") PLATEAU, 20, true, true},                     \
      {JOB_HEAD CONDITIONAL SETUP(name, ""), 10, is_fixed, true},                                  \
      {JOB_HEAD CONDITIONAL SETUP(name, "in_flight = 4\n"), 1000, true, true},

static const struct job {
  const char *text;
  uint64_t first_failed;
  bool is_fixed;       /* what is asked does not depend on the order of results */
  bool has_fixed_size; /* how many are asked does not, either */
} jobs[] = {JOBS("brute-force", true) JOBS("random", true) JOBS("qmc", true) JOBS("tpe", false)
                JOBS("nsgaii", false) JOBS("nsgaiii", false) JOBS("gp", false)};
enum { N_JOBS = sizeof jobs / sizeof *jobs };

static life begin(const struct job *job, uint64_t seed, size_t n_held, const char *name)
{
  life l = {.text = job->text,
            .random = bf_random_stream(seed, BF_PURPOSE_SYNTH, 2),
            .n_held = n_held,
            .first_failed = job->first_failed};
  life_start(&l, name);
  return l;
}

/* Killed after 0 .. most_answers results, until it is done. */
static void kill_to_the_end(life *l, size_t most_answers, const char *name)
{
  for (;;) {
    life_run(l, (size_t)bf_random_below(&l->random, most_answers + 1));
    if (l->is_done)
      break;
    if (bf_random_below(&l->random, 2) == 0 && l->n_out < l->n_held)
      life_ask(l);
    life_kill(l);
    l->n_held = 1 + (size_t)bf_random_below(&l->random, MOST_HELD);
    life_resume(l, name);
  }
  life_finish(l);
}

/* A trial's numbers are those of its seed and configuration, alone. */
static void assert_trials_are_their_own(const life *l)
{
  const bf_record *record = l->f.record;
  for (size_t i = 0; i < record->n_trials; i++) {
    uint64_t number = record->trials[i].number;
    uint32_t indexes[16];
    bf_result alone;
    memcpy(indexes, bf_study_indexes(l->f.study, number), record->n_parameters * sizeof *indexes);
    const bf_task task = {.number = number,
                          .seed = bf_trial_seed(7, number),
                          .n_indexes = record->n_parameters,
                          .indexes = indexes};
    fill(&task, l->first_failed, &alone);
    assert_int_equal(record->trials[i].failed, alone.failed);
    assert_memory_equal(&record->trials[i].metrics, &alone.metrics, sizeof alone.metrics);
  }
}

static void assert_no_configuration_comes_twice(const life *l)
{
  const bf_study *study = l->f.study;
  size_t n_bytes = l->f.plan->n_choices * sizeof(uint32_t);
  for (uint64_t a = 0; a < study->n_asked; a++)
    for (uint64_t b = 0; b < a; b++)
      if (bf_study_leader(study, a) != bf_study_leader(study, b))
        assert_memory_not_equal(bf_study_indexes(study, a), bf_study_indexes(study, b), n_bytes);
}

/* The reader refuses a trial that ends twice; here it is counted once more, by hand. */
static void assert_every_trial_is_told_once(const life *l, const char *name)
{
  char *journal = read_journal(name);
  size_t n = l->f.study->n_asked;
  assert_int_equal(count(journal, "{\"op_code\":4,"), n);
  assert_int_equal(count(journal, "{\"op_code\":6,"), n);
  assert_int_equal(l->f.record->n_trials, n);
  assert_int_equal(l->f.record->n_pending, 0);
  assert_int_equal(l->f.record->n_sessions, l->n_sessions);
  size_t n_failed = 0;
  for (size_t i = 0; i < n; i++) {
    assert_int_equal(l->f.record->trials[i].number, i);
    n_failed += l->f.record->trials[i].failed;
  }
  assert_int_equal(l->f.study->n_failed, n_failed);
  assert_int_equal(l->f.study->n_done, n - n_failed);
  free(journal);
}

/* The study's own front is that which the reader finds. */
static void assert_front_is_found_again(const life *l)
{
  const bf_record *record = l->f.record;
  for (size_t c = 0; c < record->n_candidates; c++)
    assert_int_equal(record->candidates[c].on_front,
                     bf_front_has(l->f.study->front, record->candidates[c].number));
}

static void assert_same_study(const struct job *job, const life *l, const life *undisturbed)
{
  if (!job->is_fixed || !job->has_fixed_size)
    return;
  assert_same_trials(l->f.record, undisturbed->f.record);
  assert_string_equal(bf_record_end(l->f.record), bf_record_end(undisturbed->f.record));
  assert_int_equal(l->f.study->n_judged, undisturbed->f.study->n_judged);
}

/* A stopping rule that sees the trials of the smaller study says the same in both. */
static void assert_same_beginning(const struct job *job, const life *l, const life *undisturbed)
{
  if (!job->is_fixed || job->has_fixed_size)
    return;
  assert_int_equal(l->f.study->n_judged, undisturbed->f.study->n_judged);
  for (uint64_t number = 0; number < l->f.study->n_judged; number++)
    assert_memory_equal(bf_study_indexes(l->f.study, number),
                        bf_study_indexes(undisturbed->f.study, number),
                        l->f.plan->n_choices * sizeof(uint32_t));
}

static void try_to_kill(const struct job *job, size_t most_answers, uint64_t seed)
{
  char name[32];
  static int n_studies = 0;
  snprintf(name, sizeof name, "calm-%d", ++n_studies);
  life calm = begin(job, seed, 3, name);
  life_finish(&calm);
  snprintf(name, sizeof name, "killed-%d", n_studies);
  life killed = begin(job, seed + 1, 1 + seed % MOST_HELD, name);
  kill_to_the_end(&killed, most_answers, name);
  assert_true(killed.n_sessions > 1);
  assert_every_trial_is_told_once(&killed, name);
  assert_no_configuration_comes_twice(&killed);
  assert_trials_are_their_own(&killed);
  assert_front_is_found_again(&killed);
  assert_same_study(job, &killed, &calm);
  assert_same_beginning(job, &killed, &calm);
  life_kill(&killed);
  life_kill(&calm);
}

static void studies_killed_at_every_step_end_as_others(void **state)
{
  (void)state;
  for (size_t i = 0; i < N_JOBS; i += STRIDE)
    try_to_kill(&jobs[i], 2, i);
}

static void studies_killed_now_and_then_end_as_others(void **state)
{
  (void)state;
  for (size_t i = 0; i < N_JOBS; i += STRIDE)
    try_to_kill(&jobs[i], 16, 100 + i);
}

/* One worker and no in_flight: a sampler that learns hears the same in the same order. */
static void study_of_one_process_is_the_same_after_any_kill(void **state)
{
  (void)state;
  for (size_t i = 0; i < N_JOBS; i += STRIDE) {
    char name[32];
    snprintf(name, sizeof name, "one-%zu", i);
    life calm = begin(&jobs[i], 0, 1, name);
    life_finish(&calm);
    snprintf(name, sizeof name, "alone-%zu", i);
    life killed = begin(&jobs[i], 1, 1, name);
    while (life_run(&killed, 4), !killed.is_done) {
      /* With its next task out, or not. */
      if (killed.n_answers % 8 < 4)
        life_ask(&killed);
      life_kill(&killed);
      life_resume(&killed, name);
    }
    life_finish(&killed);
    assert_same_trials(killed.f.record, calm.f.record);
    life_kill(&killed);
    life_kill(&calm);
  }
}

/* Workers of all speeds, all of which happen to have nothing to do every few trials. */
static life run_in_gusts(const struct job *job, const char *name, bool is_killed)
{
  life l = begin(job, 3, 4, name);
  while (life_run(&l, 6), !l.is_done) {
    while (l.n_out > 0)
      life_answer(&l);
    if (is_killed) {
      life_kill(&l);
      life_resume(&l, name);
    }
  }
  life_finish(&l);
  return l;
}

/* A sampler that learns asks the same, too, when it is told the same in the same order. */
static void samplers_are_taught_in_the_order_of_results(void **state)
{
  (void)state;
  for (size_t i = 0; i < N_JOBS; i += STRIDE) {
    char name[32];
    snprintf(name, sizeof name, "calm-%zu", i);
    life calm = run_in_gusts(&jobs[i], name, false);
    snprintf(name, sizeof name, "killed-%zu", i);
    life killed = run_in_gusts(&jobs[i], name, true);
    assert_same_trials(killed.f.record, calm.f.record);
    assert_int_equal(killed.n_answers, calm.n_answers);
    life_kill(&killed);
    life_kill(&calm);
  }
}

/* A study that ended, with its journal. */
static char *finish_one(const struct job *job, life *l, const char *name)
{
  *l = begin(job, 5, 2, name);
  life_run(l, 6);
  life_kill(l);
  life_resume(l, name);
  life_finish(l);
  return read_journal(name);
}

/* The study whose journal are the first @p n bytes, and no more, goes on to its end. */
static void go_on_from(const struct job *job, const char *journal, size_t n, const life *whole)
{
  static const char name[] = "cut";
  life l = {.text = job->text,
            .random = bf_random_stream(n, BF_PURPOSE_SYNTH, 2),
            .n_held = 1 + n % 4,
            .first_failed = job->first_failed};
  char *study = life_path(name);
  char *path = bf_path_join(study, BF_JOURNAL_NAME);
  bf_folder_remove(study);
  assert_ok(bf_folder_create(study));
  assert_ok(bf_file_write(path, journal, n));
  life_resume(&l, name);
  life_finish(&l);
  assert_same_trials(l.f.record, whole->f.record);
  life_kill(&l);
  free(path);
  free(study);
}

/* Wherever a machine may stop: behind each line and within it. */
static void journal_may_be_cut_anywhere_behind_its_head(void **state)
{
  (void)state;
  static const struct job cut_jobs[] = {
      {JOB_HEAD SPACE JOB_NULL TAIL("sampler = \"nsgaii\"\nn_trials = 14\nin_flight = 3\n" FEW)
           CONSTRAINED,
       4, true, true},
      {JOB_HEAD CONDITIONAL JOB_NULL TAIL("sampler = \"random\"\nn_trials = 12\nrepeats = 2\n"), 4,
       true, true},
  };
  for (size_t i = 0; i < 2; i++) {
    life whole;
    char *journal = finish_one(&cut_jobs[i], &whole, i == 0 ? "first" : "second");
    const char *line = strchr(strstr(journal, "\"session:0\""), '\n') + 1;
    while (*line != '\0') {
      const char *end = strchr(line, '\n');
      size_t n = (size_t)(line - journal);
      go_on_from(&cut_jobs[i], journal, n, &whole);
      go_on_from(&cut_jobs[i], journal, n + 1 + n % (size_t)(end - line), &whole);
      go_on_from(&cut_jobs[i], journal, (size_t)(end - journal), &whole);
      for (int skipped = 0; skipped < STRIDE && *line != '\0'; skipped++)
        line = strchr(line, '\n') + 1;
    }
    free(journal);
    life_kill(&whole);
  }
}

static const struct job plain = {JOB_HEAD SPACE SETUP("random", ""), 1000, true, true};
static const struct job larger = {
    JOB_HEAD SPACE JOB_NULL TAIL("sampler = \"random\"\nn_trials = 30\n" FEW), 1000, true, true};

static void study_that_ended_may_be_asked_for_more(void **state)
{
  (void)state;
  life calm = begin(&larger, 0, 2, "calm");
  life_finish(&calm);
  life grown = begin(&plain, 1, 3, "grown");
  life_finish(&grown);
  assert_int_equal(grown.f.record->n_trials, 20);
  life_kill(&grown);
  grown.text = larger.text;
  life_resume(&grown, "grown");
  life_finish(&grown);
  assert_int_equal(grown.f.record->n_asked_at_most, 30);
  assert_same_trials(grown.f.record, calm.f.record);
  /* And for less than it has. */
  life_kill(&grown);
  grown.text = plain.text;
  life_resume(&grown, "grown");
  life_finish(&grown);
  assert_same_trials(grown.f.record, calm.f.record);
  life_kill(&grown);
  life_kill(&calm);
}

static void study_that_is_done_has_nothing_to_do(void **state)
{
  (void)state;
  life l = begin(&plain, 0, 2, "done");
  life_finish(&l);
  size_t n_answers = l.n_answers;
  for (int i = 0; i < 3; i++) {
    life_kill(&l);
    life_resume(&l, "done");
    assert_false(life_ask(&l));
    assert_true(l.is_done && bf_study_is_complete(l.f.study));
    life_finish(&l);
  }
  assert_int_equal(l.n_answers, n_answers);
  assert_every_trial_is_told_once(&l, "done");
  life_kill(&l);
}

/* What was out comes first, in its order, and only then what is new. */
static void unfinished_trials_come_first(void **state)
{
  (void)state;
  life l = begin(&plain, 0, 4, "first");
  for (int i = 0; i < 4; i++)
    assert_true(life_ask(&l));
  life_kill(&l);
  life_resume(&l, "first");
  l.n_held = 6;
  for (uint64_t i = 0; i < 6; i++) {
    bf_task task;
    assert_true(life_ask(&l));
    assert_ok(bf_task_decode(l.out[i].data, l.out[i].length, &task));
    assert_int_equal(task.number, i);
    bf_task_release(&task);
  }
  assert_int_equal(l.f.study->n_again, 4);
  life_kill(&l);
}

static void timeout_counts_earlier_sessions(void **state)
{
  (void)state;
  static const struct job job = {
      JOB_HEAD SPACE JOB_NULL TAIL("sampler = \"random\"\nn_trials = 20\ntimeout = 1000\n"), 1000,
      true, true};
  life l = begin(&job, 0, 1, "timeout");
  life_run(&l, 3);
  l.f.study->start_clock_s -= 600;
  bf_study_stop(l.f.study, BF_END_SIGNAL);
  read_back(&l.f);
  assert_true(l.f.record->wall_s >= 600);
  life_kill(&l);
  life_resume(&l, "timeout");
  life_run(&l, 2);
  l.f.study->start_clock_s -= 300;
  life_run(&l, 2);
  assert_int_equal(l.f.study->end, BF_END_NONE);
  l.f.study->start_clock_s -= 100;
  life_finish(&l);
  assert_int_equal(l.f.study->end, BF_END_TIMEOUT);
  assert_int_equal(l.f.record->n_trials, 7);
  /* It stays so. */
  life_kill(&l);
  life_resume(&l, "timeout");
  assert_false(life_ask(&l));
  assert_int_equal(l.f.study->end, BF_END_TIMEOUT);
  life_kill(&l);
}

/* A look at once after the start counts what was there, not less: a rate is made of the difference.
 */
static void counts_shown_after_a_resume_begin_with_what_was_told(void **state)
{
  (void)state;
  static const struct job job = {JOB_HEAD SPACE SETUP("random", ""), 4, true, true};
  size_t n_done = 0;
  size_t n_failed = 0;
  life l = begin(&job, 0, 1, "shown");
  life_run(&l, 7);
  life_kill(&l);
  life_resume(&l, "shown");
  bf_study_shown(l.f.study, &n_done, &n_failed);
  assert_int_equal(n_done, 6);
  assert_int_equal(n_failed, 1);
  life_kill(&l);
}

static void configuration_that_was_begun_gets_its_repeats_whatever_is_asked_now(void **state)
{
  (void)state;
  static const struct job many = {
      JOB_HEAD SPACE JOB_NULL TAIL("sampler = \"random\"\nn_trials = 12\nrepeats = 3\n"), 1000,
      true, true};
  static const struct job few = {
      JOB_HEAD SPACE JOB_NULL TAIL("sampler = \"random\"\nn_trials = 3\nrepeats = 3\n"), 1000, true,
      true};
  life l = begin(&many, 0, 1, "repeats");
  life_run(&l, 4);
  life_kill(&l);
  l.text = few.text;
  life_resume(&l, "repeats");
  life_finish(&l);
  assert_int_equal(l.f.record->n_trials, 6);
  assert_int_equal(l.f.record->candidates[1].n_complete, 3);
  life_kill(&l);
}

/* As another version would make of the same job: its head would make the journal unreadable. */
static void study_of_another_space_is_left_alone(void **state)
{
  (void)state;
  bf_record *record = NULL;
  life l = begin(&plain, 0, 1, "space");
  life_run(&l, 3);
  life_kill(&l);
  char *study = life_path("space");
  char *path = bf_path_join(study, BF_JOURNAL_NAME);
  char *journal = read_journal("space");
  char *values = strstr(journal, "\"values\":[8,6,4]");
  assert_non_null(values);
  values[strlen("\"values\":[8,6,")] = '5';
  assert_ok(bf_file_write(path, journal, strlen(journal)));
  assert_ok(bf_study_open(study, &record));
  start_plan(&l.f, l.text);
  assert_fails(bf_study_resume(l.f.plan, record, &run_info, &l.f.study), BF_ERR_DATA,
               "another search space");
  char *after = read_journal("space");
  assert_string_equal(after, journal);
  bf_record_free(record);
  life_kill(&l);
  free(after);
  free(journal);
  free(path);
  free(study);
}

/* 0.1 + 0.2 is no 0.3. */
static void bounds_are_read_back_exactly(void **state)
{
  (void)state;
  static const struct job job = {
      JOB_HEAD SPACE SETUP("random", "") "[search.strategy.constraints]\nweight_bits = \"<= 7\"\n"
                                         "loss = \">= 0.30000000000000004\"\n",
      1000, true, true};
  life l = begin(&job, 0, 1, "bounds");
  life_finish(&l);
  assert_int_equal(l.f.record->n_constraints, 2);
  for (size_t i = 0; i < 2; i++) {
    const bf_constraint *read = &l.f.record->constraints[i];
    assert_true(read->bound == (read->metric == BF_METRIC_loss ? 0.1 + 0.2 : 7));
  }
  life_kill(&l);
}

static void failed_resume_leaves_the_journal_as_it_was(void **state)
{
  (void)state;
  bf_status status = BF_ERR_NOMEM;
  bf_record *record = NULL;
  life l = begin(&jobs[2], 0, 3, "memory");
  life_run(&l, 9);
  life_kill(&l);
  char *path = life_path("memory");
  char *before = read_journal("memory");
  assert_ok(bf_study_open(path, &record));
  start_plan(&l.f, l.text);
  for (long n = 0; status != BF_OK; n += STRIDE) {
    bf_alloc_fail_after(n);
    status = bf_study_resume(l.f.plan, record, &run_info, &l.f.study);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    assert_true(n < 5000);
    if (status != BF_OK) {
      char *after = read_journal("memory");
      assert_null(l.f.study);
      assert_string_equal(before, after);
      free(after);
    }
  }
  life_finish(&l);
  assert_int_equal(l.f.record->n_trials, 18);
  life_kill(&l);
  bf_record_free(record);
  free(before);
  free(path);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
  const struct CMUnitTest tests[] = {
      IN_FOLDER(studies_killed_at_every_step_end_as_others),
      IN_FOLDER(studies_killed_now_and_then_end_as_others),
      IN_FOLDER(study_of_one_process_is_the_same_after_any_kill),
      IN_FOLDER(samplers_are_taught_in_the_order_of_results),
      IN_FOLDER(journal_may_be_cut_anywhere_behind_its_head),
      IN_FOLDER(study_that_ended_may_be_asked_for_more),
      IN_FOLDER(study_that_is_done_has_nothing_to_do),
      IN_FOLDER(unfinished_trials_come_first),
      IN_FOLDER(timeout_counts_earlier_sessions),
      IN_FOLDER(counts_shown_after_a_resume_begin_with_what_was_told),
      IN_FOLDER(configuration_that_was_begun_gets_its_repeats_whatever_is_asked_now),
      IN_FOLDER(study_of_another_space_is_left_alone),
      IN_FOLDER(bounds_are_read_back_exactly),
      IN_FOLDER(failed_resume_leaves_the_journal_as_it_was),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
