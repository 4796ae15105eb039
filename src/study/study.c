/* Rank 0's side of a study: its life.
 * Room: study. Asking is in study_ask.c, taking in in study_tell.c, going on in study_resume.c. */
#include "study/study.h"

#include <dirent.h>
#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "search/sampler.h"
#include "study/journal.h"
#include "study/journal_form.h"
#include "study/study_parts.h"

/* Bytes of lines: as many as a hundred trials have. */
enum { MOST_HELD = 1 << 18 };

static const char *const end_names[BF_N_ENDS] = {
    [BF_END_NONE] = "none",        [BF_END_TRIALS] = "n_trials",    [BF_END_SPACE] = "space",
    [BF_END_TIMEOUT] = "timeout",  [BF_END_PLATEAU] = "plateau",    [BF_END_SIGNAL] = "signal",
    [BF_END_LIMIT] = "time limit", [BF_END_WORKERS] = "no workers",
};

const char *bf_end_name(bf_end end)
{
  return end_names[end];
}

const uint32_t *bf_study_indexes(const bf_study *study, uint64_t number)
{
  return bf_sampler_indexes(study->sampler, number / bf_study_repeats(study));
}

uint64_t bf_study_seed(const bf_study *study, uint64_t number)
{
  return bf_trial_seed(study->plan->job->seed, number);
}

size_t bf_study_total(const bf_study *study)
{
  size_t wanted = study->plan->n_trials;
  return study->n_asked > wanted ? study->n_asked : wanted;
}

size_t bf_study_repeats(const bf_study *study)
{
  BF_ASSERT(study->plan->job->repeats > 0);
  return study->plan->job->repeats;
}

uint64_t bf_study_leader(const bf_study *study, uint64_t number)
{
  return number - number % study->plan->job->repeats;
}

bool bf_study_has_nets(const bf_study *study)
{
  const bf_job *job = study->plan->job;
  bool has_nets = job->wants_latency;
  for (size_t i = 0; i < job->n_runners; i++)
    has_nets |= job->runners[i] != BF_RUNNER_NULL;
  return has_nets;
}

static bool has_test_rows(const bf_study *study)
{
  return study->plan->manifest->n_rows[BF_TEST] > 0;
}

bool bf_study_wants_test(const bf_study *study, const bf_trial *trial)
{
  return !trial->tested && has_test_rows(study);
}

int bf_study_exit_code(const bf_study *study)
{
  if (study->stop != BF_END_NONE && !bf_study_is_complete(study))
    return bf_status_exit_code(BF_ERR_STOPPED);
  return study->n_failed > 0 ? bf_status_exit_code(BF_ERR_TRIAL) : 0;
}

bf_status bf_study_reserve(bf_study *study)
{
  if (study->n_asked < study->capacity)
    return BF_OK;
  size_t capacity = bf_grown(study->capacity);
  bf_trial *trials = bf_grow(study->trials, study->n_asked, capacity, sizeof *trials);
  if (trials == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for %zu trials", capacity);
  study->trials = trials;
  study->capacity = capacity;
  return BF_OK;
}

bf_finding *bf_study_find(bf_trial *trial)
{
  if (trial->found == NULL)
    trial->found = bf_alloc(1, sizeof *trial->found);
  return trial->found;
}

static void forget(bf_trial *trial)
{
  if (trial->found != NULL)
    free(trial->found->values);
  free(trial->found);
  trial->found = NULL;
}

static void forget_configuration(bf_study *study, uint64_t leader)
{
  for (size_t i = 0; i < bf_study_repeats(study); i++)
    forget(&study->trials[leader + i]);
}

static bool may_forget_next(const bf_study *study)
{
  size_t c = study->n_forgotten;
  bool is_told = (c + 1) * bf_study_repeats(study) <= study->n_prefix;
  bool is_taught = study->plan->job->in_flight == 0 || c < study->n_taught;
  bool is_judged = study->plateau == NULL || study->is_flat || c < study->n_judged;
  return is_told && is_taught && is_judged;
}

void bf_study_forget(bf_study *study)
{
  for (; may_forget_next(study); study->n_forgotten++) {
    uint64_t leader = study->n_forgotten * bf_study_repeats(study);
    if (!bf_front_has(study->front, leader))
      forget_configuration(study, leader);
  }
}

void bf_study_forget_dropped(bf_study *study, uint64_t leader)
{
  if (leader / bf_study_repeats(study) < study->n_forgotten)
    forget_configuration(study, leader);
}

static bf_status write_lines(bf_study *study)
{
  bf_status status = bf_journal_append(study->journal, &study->line);
  bf_text_reset(&study->line);
  study->n_whole = 0;
  return status;
}

/* Whole lines only are held: what memory was too short for is taken back. */
bf_status bf_study_write_down(bf_study *study)
{
  bf_status status = bf_text_status(&study->line);
  if (!study->is_held)
    return write_lines(study);
  if (status != BF_OK) {
    study->line.length = study->n_whole;
    study->line.short_of_memory = 0;
    return status;
  }
  study->n_whole = study->line.length;
  return study->n_whole < MOST_HELD ? BF_OK : write_lines(study);
}

void bf_study_hold(bf_study *study)
{
  study->is_held = true;
  study->shown.written_done = study->n_done;
  study->shown.written_failed = study->n_failed;
}

bf_status bf_study_commit(bf_study *study)
{
  if (study->n_whole > 0) {
    bf_status status = write_lines(study);
    if (status != BF_OK)
      return status;
  }
  study->shown.written_done = study->n_done;
  study->shown.written_failed = study->n_failed;
  return BF_OK;
}

bf_status bf_study_begin(const bf_plan *plan, const char *folder, bf_study **out)
{
  bf_status status = BF_OK;
  const bf_job *job = plan->job;
  bf_study *study = bf_alloc(1, sizeof *study);
  BF_CHECK_MEMORY(study);
  study->plan = plan;
  study->folder = bf_copy_text(folder);
  BF_CHECK_MEMORY(study->folder);
  study->repeats = bf_alloc(job->repeats, sizeof(const bf_metrics *));
  BF_CHECK_MEMORY(study->repeats);
  study->indexes = bf_alloc(plan->n_choices, sizeof *study->indexes);
  BF_CHECK_MEMORY(study->indexes);
  BF_TRY(bf_sampler_create(plan->sampler, &plan->space, &plan->options, &study->sampler));
  BF_TRY(bf_front_create(plan->n_objectives, &study->front));
  BF_TRY(bf_journal_form_create(plan, &study->form));
  /* A rule that looks at more configurations than there will be never holds. */
  if (job->plateau_trials > 0 && job->plateau_trials < plan->n_trials / job->repeats)
    BF_TRY(bf_plateau_create(plan->n_objectives, job->plateau_trials, job->plateau_gain,
                             &study->plateau));
  if (bf_study_has_nets(study) && !has_test_rows(study))
    bf_warn("data set '%s' has no test rows: there will be no test scores", plan->manifest->folder);
  study->start_clock_s = bf_clock_s();
  *out = study;
  study = NULL;
done:
  bf_study_free(study);
  return status;
}

/* What a start that was cut off may have left: nothing that counts. */
static bool is_leftover(const char *name)
{
  static const char unborn[] = BF_JOURNAL_NAME ".tmp.";
  return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, "checkpoints") == 0 ||
         strncmp(name, unborn, strlen(unborn)) == 0;
}

static bool is_unused(const char *folder)
{
  DIR *dir = opendir(folder);
  bool is_unused = dir != NULL;
  for (struct dirent *entry; is_unused && (entry = readdir(dir)) != NULL;)
    is_unused = is_leftover(entry->d_name);
  if (dir != NULL)
    closedir(dir);
  return is_unused;
}

static bf_status make_folders(const char *folder)
{
  bf_status status = BF_OK;
  char *inner = bf_path_join(folder, "checkpoints");
  BF_CHECK_MEMORY(inner);
  if (!bf_file_exists(folder))
    BF_TRY(bf_folder_create(folder));
  BF_CHECK(is_unused(folder) && (rmdir(inner) == 0 || errno == ENOENT), BF_ERR_USAGE,
           "'%s' exists; choose another name or remove it", folder);
  BF_TRY(bf_folder_create(inner));
done:
  free(inner);
  return status;
}

/* "runs/a/" -> "a" */
static void print_base_name(const char *folder, bf_text *text)
{
  size_t n = strlen(folder);
  while (n > 1 && folder[n - 1] == '/')
    n--;
  size_t from = n;
  while (from > 0 && folder[from - 1] != '/')
    from--;
  bf_text_append_bytes(text, folder + from, n - from);
}

static bf_status make_journal(bf_study *study, const bf_run_info *info)
{
  bf_status status = BF_OK;
  bf_text name = {0};
  char *path = bf_path_join(study->folder, BF_JOURNAL_NAME);
  BF_CHECK_MEMORY(path);
  print_base_name(study->folder, &name);
  BF_TRY(bf_text_status(&name));
  bf_journal_print_head(study->plan, name.data, &study->line);
  bf_journal_print_session(0, info, bf_date_s(), &study->line);
  BF_TRY(bf_text_status(&study->line));
  BF_TRY(bf_journal_create(path, &study->line, &study->journal));
  bf_text_reset(&study->line);
done:
  bf_text_release(&name);
  free(path);
  return status;
}

bf_status bf_study_create(const bf_plan *plan, const char *folder, const bf_run_info *info,
                          bf_study **out)
{
  bf_status status = BF_OK;
  bf_study *study = NULL;
  BF_TRY(bf_study_begin(plan, folder, &study));
  BF_TRY(make_folders(folder));
  BF_TRY(make_journal(study, info));
  *out = study;
  study = NULL;
done:
  bf_study_free(study);
  return status;
}

void bf_study_free(bf_study *study)
{
  if (study == NULL)
    return;
  /* After an error, what was held is as true as before. */
  if (study->journal != NULL)
    bf_study_commit(study);
  for (size_t i = 0; i < study->n_asked; i++)
    forget(&study->trials[i]);
  free(study->trials);
  free(study->indexes);
  free(study->repeats);
  bf_open_tasks_release(&study->tasks);
  bf_sampler_free(study->sampler);
  bf_front_free(study->front);
  bf_plateau_free(study->plateau);
  bf_journal_close(study->journal);
  bf_journal_form_free(study->form);
  bf_text_release(&study->line);
  free(study->folder);
  free(study);
}

void bf_study_stop(bf_study *study, bf_end end)
{
  if (study->stop == BF_END_NONE)
    study->stop = end;
}

/* The counts of a moment are shown when the journal of that moment is on disk; then comes the next
 * moment. */
void bf_study_shown(bf_study *study, size_t *n_done, size_t *n_failed)
{
  bf_shown *shown = &study->shown;
  bool is_closed = study->journal == NULL;
  if (!is_closed && bf_journal_synced(study->journal) >= shown->mark) {
    shown->n_done = shown->next_done;
    shown->n_failed = shown->next_failed;
    shown->mark = bf_journal_written(study->journal);
    shown->next_done = study->is_held ? shown->written_done : study->n_done;
    shown->next_failed = study->is_held ? shown->written_failed : study->n_failed;
  }
  *n_done = shown->n_done;
  *n_failed = shown->n_failed;
}

bf_status bf_study_close(bf_study *study)
{
  bf_status status = BF_OK;
  bool is_complete = bf_study_is_complete(study);
  bf_end end = is_complete || study->stop == BF_END_NONE ? study->end : study->stop;
  bf_journal_print_end(study->session, bf_end_name(end), bf_study_exit_code(study),
                       bf_clock_s() - study->start_clock_s, &study->line);
  study->is_held = false;
  BF_TRY(bf_study_write_down(study));
  status = bf_journal_close(study->journal);
  study->journal = NULL;
  BF_TRY(status);
  study->shown = (bf_shown){.n_done = study->n_done, .n_failed = study->n_failed};
done:
  return status;
}
