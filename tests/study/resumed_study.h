/* Studies that are killed, with tasks out, and go on.
 * Tests of the study room. */
#ifndef BF_TESTS_STUDY_RESUMED_STUDY_H
#define BF_TESTS_STUDY_RESUMED_STUDY_H

#include "base/clock.h"
#include "sampled_study.h"
#include "study/evaluator.h"

enum { MOST_HELD = 8 };

/* Sanitizers are slow: of what is tried in many forms, they see one in so many. */
#ifdef __SANITIZE_ADDRESS__
enum { STRIDE = 11 };
#else
enum { STRIDE = 1 };
#endif

/** A study and whatever works on it. */
typedef struct life {
  const char *text; /* of its job */
  fixture f;
  bf_evaluator *evaluator; /* NULL: fill() measures */
  bf_random random;        /* the order in which things happen */
  size_t n_held;           /* tasks that are out at a time */
  uint64_t first_failed;   /* odd trials from here on fail (fill) */
  size_t n_out;
  bf_bytes out[MOST_HELD]; /* (n_out) tasks */
  size_t n_answers;        /* results that were taken in, over all sessions */
  size_t n_sessions;
  bool is_done;
} life;

static inline char *life_path(const char *name)
{
  char *path = bf_path_join(folder, name);
  assert_non_null(path);
  return path;
}

static inline void life_start(life *l, const char *name)
{
  start(&l->f, l->text, name);
  l->n_sessions = 1;
}

/** As a kill leaves it: nothing is closed, what was out is forgotten, another process reads the
 * job. */
static inline void life_kill(life *l)
{
  for (; l->n_out > 0; l->n_out--)
    bf_bytes_release(&l->out[l->n_out - 1]);
  stop(&l->f);
  l->f = (fixture){0};
  l->is_done = false;
}

/** The study in folder @p name goes on. */
static inline void life_resume(life *l, const char *name)
{
  bf_record *record = NULL;
  char *path = life_path(name);
  start_plan(&l->f, l->text);
  assert_ok(bf_study_open(path, &record));
  assert_ok(bf_study_check_resume(l->f.plan, record));
  assert_ok(bf_study_resume(l->f.plan, record, &run_info, &l->f.study));
  bf_record_free(record);
  free(path);
  l->n_sessions++;
  /* It gets somewhere. */
  assert_true(l->n_sessions < 300);
}

static inline bool life_ask(life *l)
{
  bf_next next;
  int rank = 1 + (int)bf_random_below(&l->random, 3);
  bf_bytes *task = &l->out[l->n_out];
  *task = (bf_bytes){0};
  assert_ok(bf_study_next(l->f.study, rank, task, &next));
  l->n_out += next == BF_NEXT_TASK;
  l->is_done = next == BF_NEXT_DONE;
  if (next != BF_NEXT_TASK)
    bf_bytes_release(task);
  return next == BF_NEXT_TASK;
}

static inline void measure(const life *l, const bf_bytes *bytes, bf_bytes *answer)
{
  bf_task task;
  bf_result result;
  if (l->evaluator != NULL) {
    assert_ok(bf_evaluator_run(l->evaluator, bytes->data, bytes->length, answer));
    return;
  }
  assert_ok(bf_task_decode(bytes->data, bytes->length, &task));
  fill(&task, l->first_failed, &result);
  result.started_s = bf_date_s();
  assert_ok(bf_result_encode(&result, answer));
  bf_task_release(&task);
}

/** One of the tasks that are out is answered. */
static inline void life_answer(life *l)
{
  size_t i = (size_t)bf_random_below(&l->random, l->n_out);
  bf_bytes answer = {0};
  measure(l, &l->out[i], &answer);
  assert_ok(bf_study_accept(l->f.study, 2, answer.data, answer.length));
  bf_bytes_release(&answer);
  bf_bytes_release(&l->out[i]);
  l->out[i] = l->out[--l->n_out];
  l->n_answers++;
}

/** Goes on until @p n_answers more results are taken in or nothing is left to do. */
static inline void life_run(life *l, size_t n_answers)
{
  size_t last = l->n_answers + n_answers;
  while (!l->is_done && l->n_answers < last)
    if (l->n_out == l->n_held || !life_ask(l)) {
      if (l->n_out > 0)
        life_answer(l);
      else
        assert_true(l->is_done);
    }
}

/** To the end, which is read back. */
static inline void life_finish(life *l)
{
  life_run(l, SIZE_MAX - l->n_answers);
  assert_int_equal(l->n_out, 0);
  assert_true(bf_study_is_complete(l->f.study));
  read_back(&l->f);
}

/** Every trial of @p a is the same trial of @p b, and so is the front. */
static inline void assert_same_trials(const bf_record *a, const bf_record *b)
{
  assert_int_equal(a->n_trials, b->n_trials);
  for (size_t i = 0; i < a->n_trials; i++) {
    const bf_record_trial *one = &a->trials[i];
    const bf_record_trial *other = &b->trials[i];
    assert_int_equal(one->number, other->number);
    assert_int_equal(one->seed, other->seed);
    assert_int_equal(one->failed, other->failed);
    assert_int_equal(one->on_front, other->on_front);
    assert_int_equal(one->tested, other->tested);
    assert_memory_equal(bf_record_indexes(a, i), bf_record_indexes(b, i),
                        a->n_parameters * sizeof(uint32_t));
    assert_memory_equal(&one->metrics, &other->metrics, sizeof one->metrics);
    if (one->tested)
      assert_true(one->n_test_correct == other->n_test_correct &&
                  one->test_loss == other->test_loss);
  }
}

/** What stands in the journal of folder @p name; freed with free(). */
static inline char *read_journal(const char *name)
{
  bf_text text = {0};
  char *study = life_path(name);
  char *path = bf_path_join(study, BF_JOURNAL_NAME);
  assert_ok(bf_file_read(path, &text));
  free(path);
  free(study);
  return text.data;
}

static inline size_t count(const char *text, const char *words)
{
  size_t n = 0;
  for (const char *at = text; (at = strstr(at, words)) != NULL; at += strlen(words))
    n++;
  return n;
}

#endif
