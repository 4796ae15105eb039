/* A study that goes on from its journal.
 * Room: study. */
#include <dirent.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "nn/checkpoint.h"
#include "search/sampler.h"
#include "study/compat.h"
#include "study/journal.h"
#include "study/journal_form.h"
#include "study/nets.h"
#include "study/record_parts.h"
#include "study/study_parts.h"

/* The trials of a record by number: those that ended and those that did not, as they were asked. */
typedef struct walk {
  const bf_record *record;
  size_t n_ended;
  size_t n_pending;
} walk;

/* The next trial of the walk, which must be number study->n_asked: the reader leaves no holes. */
static bf_status restore_ask(bf_study *study, walk *w)
{
  const bf_record *record = w->record;
  uint64_t number = study->n_asked;
  uint64_t seed = bf_study_seed(study, number);
  bf_status status = BF_OK;
  BF_TRY(bf_study_reserve(study));
  bool has_ended = w->n_ended < record->n_trials && record->trials[w->n_ended].number == number;
  uint64_t noted = has_ended ? record->trials[w->n_ended].seed : record->pending[w->n_pending].seed;
  BF_CHECK(noted == seed, BF_ERR_DATA, "trial %" PRIu64 " has seed %" PRIu64 ", expected %" PRIu64,
           number, noted, seed);
  bf_record_place(record,
                  has_ended ? bf_record_indexes(record, w->n_ended)
                            : record->pending_indexes + w->n_pending * record->n_parameters,
                  study->indexes);
  study->trials[number] = (bf_trial){.number = number};
  if (number % bf_study_repeats(study) == 0)
    BF_TRY(bf_sampler_restore(study->sampler, number / bf_study_repeats(study), study->indexes));
  if (!has_ended)
    BF_TRY(bf_open_tasks_add(&study->tasks, BF_TASK_TRIAL, number, BF_NO_RANK));
  study->n_asked++;
  w->n_ended += has_ended;
  w->n_pending += !has_ended;
done:
  return status;
}

/* As settle() of study_tell.c, of what is on disk already. */
static bf_status restore_settled(bf_study *study, uint64_t leader)
{
  bf_status status = BF_OK;
  size_t n_dropped = 0;
  bf_appraisal appraisal = bf_study_appraise(study, leader);
  BF_TRY(bf_study_offer(study, leader, &appraisal));
  const uint64_t *dropped = bf_front_dropped(study->front, &n_dropped);
  for (size_t i = 0; appraisal.entered && i < n_dropped; i++)
    bf_study_forget_dropped(study, dropped[i]);
  if (study->plan->job->in_flight == 0)
    BF_TRY(bf_study_teach(study, leader, &appraisal));
done:
  return status;
}

/* What is not needed goes at once: what all trials found may not fit. */
static bf_status restore_tell(bf_study *study, const bf_record_trial *told)
{
  bf_status status = BF_OK;
  bf_trial *trial = &study->trials[told->number];
  uint64_t leader = bf_study_leader(study, told->number);
  if (!told->failed) {
    BF_CHECK_MEMORY(bf_study_find(trial));
    trial->found->metrics = told->metrics;
    bf_compat_restore(&study->running, &told->metrics);
  }
  trial->told = true;
  trial->failed = told->failed;
  trial->tested = told->tested || told->test_failed;
  study->n_failed += told->failed;
  study->n_done += !told->failed;
  if (bf_study_is_settled(study, leader))
    BF_TRY(restore_settled(study, leader));
  BF_TRY(bf_study_judge(study));
  if (study->plan->job->in_flight > 0)
    BF_TRY(bf_study_teach_in_order(study));
  bf_study_forget(study);
done:
  return status;
}

/* Whether readers will take the head that this session writes for one of the same study: printed
 * and parsed, as they will see it. Another version may make another space of the same job. */
static bf_status check_head(const bf_plan *plan, const bf_record *record)
{
  bf_status status = BF_OK;
  bf_text text = {0};
  bf_json *head = NULL;
  bf_json *made = bf_head_json(plan);
  BF_TRY(bf_json_print(made, &text));
  BF_TRY(bf_json_parse(bf_text_view(&text), "head", &head));
  BF_CHECK(bf_record_has_space(record, head), BF_ERR_DATA,
           "its job is of another search space than its trials");
done:
  bf_json_free(head);
  bf_json_free(made);
  bf_text_release(&text);
  return status;
}

static bf_status restore_trials(bf_study *study, const bf_record *record)
{
  bf_status status = BF_OK;
  walk w = {.record = record};
  BF_TRY(check_head(study->plan, record));
  while (w.n_ended < record->n_trials || w.n_pending < record->n_pending)
    BF_TRY(restore_ask(study, &w));
  for (size_t i = 0; i < record->n_trials; i++)
    BF_TRY(restore_tell(study, &record->trials[record->told[i]]));
done:
  return status == BF_ERR_DATA ? bf_because(status, "cannot go on with study '%s'", record->folder)
                               : status;
}

/* A checkpoint that is absent or damaged is no reason to stop: if its net is needed in the end, the
 * trial is run again. */
static bf_status load_net(bf_study *study, bf_trial *trial)
{
  bf_status status = BF_OK;
  char *path = NULL;
  bf_net *net = NULL;
  if (trial->failed || !bf_study_has_nets(study))
    return BF_OK;
  BF_TRY(bf_study_checkpoint_path(study->folder, trial->number, &path));
  status = bf_checkpoint_load(path, &net);
  if (status != BF_OK) {
    bf_warn("trial %" PRIu64 " will be run again for its net: %s", trial->number, bf_trail());
    status = status == BF_ERR_NOMEM ? status : BF_OK;
    goto done;
  }
  trial->found->values = bf_alloc(net->n_values, sizeof *trial->found->values);
  BF_CHECK_MEMORY(trial->found->values);
  memcpy(trial->found->values, net->values, net->n_values * sizeof *net->values);
  trial->found->n_values = net->n_values;
done:
  bf_net_free(net);
  free(path);
  return status;
}

/* Somebody may have kept nothing but the journal. */
static bf_status make_nets_folder(const bf_study *study)
{
  bf_status status = BF_OK;
  char *path = bf_path_join(study->folder, "checkpoints");
  BF_CHECK_MEMORY(path);
  if (!bf_file_exists(path))
    BF_TRY(bf_folder_create(path));
done:
  free(path);
  return status;
}

static bf_status load_nets(bf_study *study)
{
  bf_status status = make_nets_folder(study);
  size_t n = bf_front_size(study->front) * bf_study_repeats(study);
  for (size_t place = 0; status == BF_OK && place < n; place++)
    status = load_net(study, bf_study_front_trial(study, place));
  return status;
}

/* Of the names of nets, and of what becomes one. */
static const char prefix[] = "trial-";

/* Whether a file of checkpoints/ whose name begins as a net's is that of a front net. */
static bool is_wanted(const bf_study *study, const char *name)
{
  bf_text path = {0};
  uint64_t number = strtoull(name + strlen(prefix), NULL, 10);
  if (number >= study->n_asked || !bf_front_has(study->front, bf_study_leader(study, number)))
    return false;
  bf_study_checkpoint_print(number, &path);
  /* Without memory to tell, it stays. */
  bool is_wanted = bf_text_status(&path) != BF_OK || strcmp(strrchr(path.data, '/') + 1, name) == 0;
  bf_text_release(&path);
  return is_wanted;
}

/* Nets that were written before their trial was, or were to be removed after it. */
static void remove_strays(const bf_study *study)
{
  char *folder = bf_path_join(study->folder, "checkpoints");
  DIR *dir = folder != NULL ? opendir(folder) : NULL;
  for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;)
    if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 && !is_wanted(study, entry->d_name))
      unlinkat(dirfd(dir), entry->d_name, 0);
  if (dir != NULL)
    closedir(dir);
  free(folder);
}

/* The head is written again, because a resumed study may ask more trials than it said first. What
 * was read is on disk: bf_journal_open has synced it. */
static bf_status begin_session(bf_study *study, const bf_record *record, const bf_run_info *info)
{
  study->session = record->n_sessions;
  study->shown = (bf_shown){.n_done = study->n_done,
                            .n_failed = study->n_failed,
                            .next_done = study->n_done,
                            .next_failed = study->n_failed};
  for (size_t i = 0; i < record->n_sessions; i++)
    study->elapsed_s += record->sessions[i].wall_s;
  bf_journal_print_job(study->plan, &study->line);
  bf_journal_print_session(study->session, info, bf_date_s(), &study->line);
  return bf_study_write_down(study);
}

bf_status bf_study_resume(const bf_plan *plan, const bf_record *record, const bf_run_info *info,
                          bf_study **out)
{
  bf_status status = BF_OK;
  bf_study *study = NULL;
  char *path = bf_path_join(record->folder, BF_JOURNAL_NAME);
  BF_CHECK_MEMORY(path);
  BF_TRY(bf_study_begin(plan, record->folder, &study));
  BF_TRY(bf_journal_open(path, record->n_bytes, &study->journal));
  BF_TRY(restore_trials(study, record));
  BF_TRY(load_nets(study));
  remove_strays(study);
  BF_TRY(begin_session(study, record, info));
  *out = study;
  study = NULL;
done:
  free(path);
  bf_study_free(study);
  return status;
}
