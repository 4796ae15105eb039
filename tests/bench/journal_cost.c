/* What a trial costs rank 0: microseconds of the thread that serves, and memory. First the journal
 * alone: the lines of a trial with seven parameters are printed and written in two records, as in a
 * search. Then a whole study of null trials with eleven parameters: asked, told, read back, written
 * out.
 * Arguments: a path (removed in the end), the number of trials. */
#include <math.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "study/evaluator.h"
#include "study/journal.h"
#include "study/journal_form.h"
#include "study/results.h"

#include "study/null_study.h"
#include "study/resident.h"

#define SEEDS                                                                                      \
  "[search.search_space.seed.default.config]\nname = [\"NA\"]\n"                                   \
  "[search.search_space.seed.seq_blocks_2.config]\nname = [\"integer\"]\n"                         \
  "data_in_width = [2, 4, 6, 8]\ndata_in_frac_width = [1, 2, 3, 4]\n"                              \
  "weight_width = [2, 4, 6, 8]\nweight_frac_width = [1, 2, 3, 4]\n"                                \
  "bias_width = [2, 4, 6, 8]\nbias_frac_width = [1, 2, 3, 4]\n"

/* Metrics as a search has them: of seventeen, five with all their digits. */
static bf_result make_result(uint64_t number)
{
  static char nothing[] = "";
  static char host[] = "node-0123";
  bf_result result = {.number = number,
                      .reason = nothing,
                      .host = host,
                      .started_s = bf_date_s(),
                      .duration_s = 0.00012345 * (double)(number % 97)};
  for (int m = 0; m < BF_N_METRICS; m++)
    result.metrics.value[m] = m % 4 == 0 ? sqrt((double)(number + 2 + (uint64_t)m)) / 7
                                         : (double)(1000 * (uint64_t)m + number % 1000);
  return result;
}

/* Both print only without a journal. */
static bf_status write_ask(const bf_journal_form *form, uint64_t number, bf_text *text,
                           bf_journal *journal)
{
  uint32_t indexes[] = {0, 1, (uint32_t)(number % 4), 2, 3, 0, 1};
  bf_text_reset(text);
  bf_journal_print_ask(form, number * 0x9e3779b97f4a7U >> 1, 3, indexes, bf_date_s(), text);
  return journal != NULL ? bf_journal_append(journal, text) : bf_text_status(text);
}

static bf_status write_tell(const bf_journal_form *form, uint64_t number, bf_text *text,
                            bf_journal *journal)
{
  bf_result result = make_result(number);
  bf_text_reset(text);
  bf_journal_print_tell(form, 3, &result, text);
  return journal != NULL ? bf_journal_append(journal, text) : bf_text_status(text);
}

static bf_status run(const bf_plan *plan, const char *path, uint64_t n_trials)
{
  bf_status status = BF_OK;
  bf_journal *journal = NULL;
  bf_journal_form *form = NULL;
  bf_text text = {0};
  BF_TRY(bf_journal_form_create(plan, &form));
  bf_journal_print_head(plan, "bench", &text);
  BF_TRY(bf_journal_create(path, &text, &journal));
  uint64_t start_bytes = bf_journal_written(journal);
  double start_s = bf_clock_s();
  double start_cpu_s = bf_clock_thread_s();
  for (uint64_t number = 0; number < n_trials; number++) {
    BF_TRY(write_ask(form, number, &text, journal));
    BF_TRY(write_tell(form, number, &text, journal));
  }
  double all_s = bf_clock_thread_s() - start_cpu_s;
  double wall_s = bf_clock_s() - start_s;
  uint64_t n_bytes = bf_journal_written(journal) - start_bytes;
  start_cpu_s = bf_clock_thread_s();
  for (uint64_t number = 0; number < n_trials; number++) {
    BF_TRY(write_ask(form, number, &text, NULL));
    BF_TRY(write_tell(form, number, &text, NULL));
  }
  double n = (double)n_trials;
  printf("%zu parameters, %.0f bytes a trial: %.2f us, %.2f us of this core, of which %.2f us "
         "printing\n",
         plan->n_choices, (double)n_bytes / n, 1e6 * wall_s / n, 1e6 * all_s / n,
         1e6 * (bf_clock_thread_s() - start_cpu_s) / n);
done:
  if (bf_journal_close(journal) != BF_OK && status == BF_OK)
    status = BF_ERR_IO;
  bf_journal_form_free(form);
  bf_text_release(&text);
  return status;
}

/* In the order of a search: the study is gone before its record is read. */
static bf_status run_study(const bf_plan *plan, const char *folder)
{
  const bf_run_info info = {.isa = "base", .backend = "auto", .n_ranks = 1};
  const bf_dataset data = {.n_classes = 5};
  bf_status status = BF_OK;
  bf_study *study = NULL;
  bf_evaluator *evaluator = NULL;
  bf_record *record = NULL;
  null_costs spent = {0};
  double n = (double)plan->n_trials;
  double wall_s = bf_clock_s();
  BF_TRY(bf_evaluator_create(plan, &data, NULL, &evaluator));
  BF_TRY(bf_study_create(plan, folder, &info, &study));
  double before = resident_bytes();
  bf_study_hold(study);
  BF_TRY(null_search(study, evaluator, &spent));
  double live = resident_bytes() - before;
  BF_TRY(bf_study_close(study));
  bf_study_free(study);
  study = NULL;
  double searched_s = bf_clock_s() - wall_s;
  double start_s = bf_clock_thread_s();
  BF_TRY(bf_study_open(folder, &record));
  double read_s = bf_clock_thread_s() - start_s;
  start_s = bf_clock_thread_s();
  BF_TRY(bf_results_write(plan, record));
  double written_s = bf_clock_thread_s() - start_s;
  printf("%zu parameters, %.0f trials, microseconds of this core a trial: ask %.2f, run %.2f, "
         "accept %.2f, read back %.2f, results %.2f\n",
         plan->n_choices, n, 1e6 * spent.ask_s / n, 1e6 * spent.run_s / n, 1e6 * spent.accept_s / n,
         1e6 * read_s / n, 1e6 * written_s / n);
  printf("bytes a trial: journal %.0f, live %.0f, at most %.0f; search %.2f s, then %.2f s\n",
         (double)record->n_bytes / n, live / n, (most_resident_bytes() - before) / n, searched_s,
         bf_clock_s() - wall_s - searched_s);
done:
  bf_record_free(record);
  bf_study_free(study);
  bf_evaluator_free(evaluator);
  bf_folder_remove(folder);
  return status;
}

static bf_status measure_journal(const char *path, uint64_t n_trials)
{
  bf_job *job = NULL;
  bf_plan *plan = NULL;
  bf_status status = fixture_plan(JOB_HEAD SEEDS JOB_NULL JOB_TAIL, &job, &plan);
  if (status == BF_OK)
    status = run(plan, path, n_trials);
  unlink(path);
  bf_plan_free(plan);
  bf_job_free(job);
  return status;
}

static bf_status measure_study(const char *path, uint64_t n_trials)
{
  bf_job *job = NULL;
  bf_plan *plan = NULL;
  bf_text text = {0};
  bf_text_printf(&text, NULL_STUDY, (unsigned long long)n_trials);
  bf_status status = fixture_plan(bf_text_view(&text), &job, &plan);
  if (status == BF_OK)
    status = run_study(plan, path);
  bf_plan_free(plan);
  bf_job_free(job);
  bf_text_release(&text);
  return status;
}

int main(int n, char **arguments)
{
  const char *path = n > 1 ? arguments[1] : "/tmp/bitfront-journal-cost";
  uint64_t n_trials = n > 2 ? strtoull(arguments[2], NULL, 10) : 100000;
  bf_status status = measure_journal(path, n_trials);
  if (status == BF_OK)
    status = measure_study(path, n_trials);
  if (status != BF_OK)
    fprintf(stderr, "%s\n", bf_trail());
  return bf_status_exit_code(status);
}
