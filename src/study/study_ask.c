/* What a study hands out: what was lost, then new trials, then nets to be tested.
 * Room: study. */
#include "base/clock.h"
#include "base/memory.h"
#include "search/sampler.h"
#include "study/journal_form.h"
#include "study/study_parts.h"

/* With in_flight = L, the ask for trial k sees the results of the trials 0 .. k - L and no others.
 */
size_t bf_study_n_visible(const bf_study *study)
{
  size_t in_flight = study->plan->job->in_flight;
  if (in_flight == 0)
    return study->n_prefix;
  return study->n_asked >= in_flight ? study->n_asked - in_flight + 1 : 0;
}

static bool is_flat(const bf_study *study)
{
  return study->is_flat && study->n_judged * bf_study_repeats(study) <= bf_study_n_visible(study);
}

static bool is_timed_out(const bf_study *study)
{
  double timeout_s = study->plan->job->timeout_s;
  return timeout_s > 0 && study->elapsed_s + bf_clock_s() - study->start_clock_s >= timeout_s;
}

/* Whether the count, the clock or the stopping rule forbids another ask. A configuration that was
 * begun gets all its trials, also where a resume lowered their count. */
static bf_end find_end(const bf_study *study)
{
  if (study->n_asked % bf_study_repeats(study) != 0)
    return BF_END_NONE;
  if (study->n_asked >= study->plan->n_trials)
    return study->plan->exhausts ? BF_END_SPACE : BF_END_TRIALS;
  if (is_timed_out(study))
    return BF_END_TIMEOUT;
  return is_flat(study) ? BF_END_PLATEAU : BF_END_NONE;
}

static bool must_wait(const bf_study *study)
{
  return study->n_prefix < bf_study_n_visible(study);
}

/* The next configuration, unless the last one is tried once more. */
static bf_status sample(bf_study *study)
{
  uint64_t number = study->n_asked;
  bool exhausted = false;
  bf_status status = BF_OK;
  if (number % bf_study_repeats(study) != 0)
    return BF_OK;
  if (study->plan->job->in_flight > 0)
    BF_TRY(bf_study_teach_in_order(study));
  BF_TRY(
      bf_sampler_ask(study->sampler, number / bf_study_repeats(study), study->indexes, &exhausted));
  /* The number of trials is within the space. */
  BF_ASSERT(!exhausted);
done:
  return status;
}

static bf_status encode(bf_study *study, bf_task_kind kind, const bf_trial *trial, bf_bytes *bytes)
{
  bool is_test = kind == BF_TASK_TEST;
  size_t n = study->plan->n_choices;
  memcpy(study->indexes, bf_study_indexes(study, trial->number), n * sizeof *study->indexes);
  const bf_task task = {.kind = kind,
                        .number = trial->number,
                        .seed = bf_study_seed(study, trial->number),
                        .n_indexes = n,
                        .indexes = study->indexes,
                        .n_values = is_test ? trial->found->n_values : 0,
                        .values = is_test ? trial->found->values : NULL};
  return bf_task_encode(&task, bytes);
}

static bf_status ask(bf_study *study, int rank, bf_bytes *bytes)
{
  uint64_t number = study->n_asked;
  bf_status status = BF_OK;
  BF_TRY(bf_study_reserve(study));
  BF_TRY(sample(study));
  bf_trial *trial = &study->trials[number];
  *trial = (bf_trial){.number = number};
  study->n_asked++;
  bf_journal_print_ask(study->form, bf_study_seed(study, number), rank,
                       bf_study_indexes(study, number), bf_date_s(), &study->line);
  BF_TRY(bf_study_write_down(study));
  BF_TRY(bf_open_tasks_add(&study->tasks, BF_TASK_TRIAL, number, rank));
  BF_TRY(encode(study, BF_TASK_TRIAL, trial, bytes));
done:
  return status;
}

/* A told trial is run again for its net only, of which the journal says nothing. */
static bf_status ask_again(bf_study *study, const bf_open_task *task, bf_bytes *bytes)
{
  bf_status status = BF_OK;
  const bf_trial *trial = &study->trials[task->number];
  study->n_again++;
  if (task->kind == BF_TASK_TRIAL && !trial->told) {
    bf_journal_print_again(task->number, task->rank, &study->line);
    BF_TRY(bf_study_write_down(study));
  }
  BF_TRY(encode(study, task->kind, trial, bytes));
done:
  return status;
}

bf_trial *bf_study_front_trial(const bf_study *study, size_t place)
{
  size_t repeats = bf_study_repeats(study);
  return &study->trials[bf_front_numbers(study->front)[place / repeats] + place % repeats];
}

static bool has_net_at_hand(const bf_trial *trial)
{
  return trial->found != NULL && trial->found->n_values > 0;
}

/* Whether a front trial's net has to be scored, or to be made again because its checkpoint is gone.
 * Failed trials left no net, the null runner leaves none at all. */
static bool needs_task(const bf_study *study, const bf_trial *trial)
{
  bool has_net = has_net_at_hand(trial);
  bool wants_net = !has_net && bf_study_has_nets(study);
  return !trial->failed && (wants_net || (has_net && bf_study_wants_test(study, trial)));
}

static size_t n_places(const bf_study *study)
{
  return bf_front_size(study->front) * bf_study_repeats(study);
}

/* Front trials from study->test_cursor on. NULL: nothing is left to do for any. */
static const bf_trial *next_unfinished(bf_study *study)
{
  while (study->test_cursor < n_places(study)) {
    const bf_trial *trial = bf_study_front_trial(study, study->test_cursor++);
    if (needs_task(study, trial))
      return trial;
  }
  return NULL;
}

bool bf_study_is_complete(const bf_study *study)
{
  if (study->end == BF_END_NONE || study->n_prefix < study->n_asked || study->tasks.n > 0)
    return false;
  for (size_t place = study->test_cursor; place < n_places(study); place++)
    if (needs_task(study, bf_study_front_trial(study, place)))
      return false;
  return true;
}

/* A net that is not there any more is made again first. */
static bf_status next_test(bf_study *study, int rank, bf_bytes *bytes, bf_next *next)
{
  bf_status status = BF_OK;
  const bf_trial *trial = next_unfinished(study);
  if (trial == NULL) {
    *next = study->tasks.n > 0 ? BF_NEXT_WAIT : BF_NEXT_DONE;
    return BF_OK;
  }
  bf_task_kind kind = has_net_at_hand(trial) ? BF_TASK_TEST : BF_TASK_TRIAL;
  *next = BF_NEXT_TASK;
  BF_TRY(bf_open_tasks_add(&study->tasks, kind, trial->number, rank));
  BF_TRY(encode(study, kind, trial, bytes));
done:
  return status;
}

bf_status bf_study_next(bf_study *study, int rank, bf_bytes *bytes, bf_next *next)
{
  bf_open_task lost;
  /* What ended the asking stays the reason, whatever the clock says by the last result. */
  if (study->end == BF_END_NONE)
    study->end = find_end(study);
  *next = BF_NEXT_WAIT;
  if (study->stop != BF_END_NONE) {
    *next = study->tasks.n > study->tasks.n_waiting ? BF_NEXT_WAIT : BF_NEXT_DONE;
    return BF_OK;
  }
  if (bf_open_tasks_take(&study->tasks, rank, &lost)) {
    *next = BF_NEXT_TASK;
    return ask_again(study, &lost, bytes);
  }
  if (study->end == BF_END_NONE) {
    if (must_wait(study))
      return BF_OK;
    *next = BF_NEXT_TASK;
    return ask(study, rank, bytes);
  }
  return study->n_prefix < study->n_asked ? BF_OK : next_test(study, rank, bytes, next);
}
