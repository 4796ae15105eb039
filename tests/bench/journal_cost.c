/* What the journal costs a trial: microseconds of the thread that serves, and bytes. The lines of a
 * trial with seven parameters are printed and written in two records, as in a search.
 * Arguments: the journal's path (removed in the end), the number of trials. */
#include <math.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "study/journal.h"
#include "study/journal_form.h"

#include "study/study_fixture.h"

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

/* Of this thread alone: what others take of the core does not count. */
static double cpu_s(void)
{
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Both print only without a journal. */
static bf_status write_ask(const bf_journal_form *form, uint64_t number, bf_text *text,
                           bf_journal *journal)
{
  uint32_t indexes[] = {0, 1, (uint32_t)(number % 4), 2, 3, 0, 1};
  bf_trial trial = {.number = number, .seed = number * 0x9e3779b97f4a7U >> 1};
  bf_text_reset(text);
  bf_journal_print_ask(form, &trial, 3, indexes, bf_date_s(), text);
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
  double start_cpu_s = cpu_s();
  for (uint64_t number = 0; number < n_trials; number++) {
    BF_TRY(write_ask(form, number, &text, journal));
    BF_TRY(write_tell(form, number, &text, journal));
  }
  double all_s = cpu_s() - start_cpu_s;
  double wall_s = bf_clock_s() - start_s;
  uint64_t n_bytes = bf_journal_written(journal) - start_bytes;
  start_cpu_s = cpu_s();
  for (uint64_t number = 0; number < n_trials; number++) {
    BF_TRY(write_ask(form, number, &text, NULL));
    BF_TRY(write_tell(form, number, &text, NULL));
  }
  double n = (double)n_trials;
  printf("%zu parameters, %.0f bytes a trial: %.2f us, %.2f us of this core, of which %.2f us "
         "printing\n",
         plan->n_choices, (double)n_bytes / n, 1e6 * wall_s / n, 1e6 * all_s / n,
         1e6 * (cpu_s() - start_cpu_s) / n);
done:
  if (bf_journal_close(journal) != BF_OK && status == BF_OK)
    status = BF_ERR_IO;
  bf_journal_form_free(form);
  bf_text_release(&text);
  return status;
}

int main(int n, char **arguments)
{
  bf_job *job = NULL;
  bf_plan *plan = NULL;
  const char *path = n > 1 ? arguments[1] : "/tmp/bitfront-journal-cost";
  uint64_t n_trials = n > 2 ? strtoull(arguments[2], NULL, 10) : 100000;
  bf_status status = fixture_plan(JOB_HEAD SEEDS JOB_NULL JOB_TAIL, &job, &plan);
  if (status == BF_OK)
    status = run(plan, path, n_trials);
  unlink(path);
  if (status != BF_OK)
    fprintf(stderr, "%s\n", bf_trail());
  bf_plan_free(plan);
  bf_job_free(job);
  return bf_status_exit_code(status);
}
