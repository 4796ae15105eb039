/* Running the checks of a new machine, on one process or on all ranks.
 * Room: cli. */
#include "cli/selftest.h"

#include "base/memory.h"

static const struct check {
  const char *name;
  bf_check_run run;
  bool wants_ranks; /**< it says nothing about a lone process */
} checks[] = {
    {"MPI", bf_check_mpi, true},
    {"messages", bf_check_messages, true},
    {"shared window", bf_check_window, true},
    {"cores", bf_check_cores, false},
    {"threads", bf_check_threads, false},
    {"kernels", bf_check_kernels, false},
    {"BLIS", bf_check_blis, false},
    {"HDF5", bf_check_hdf5, false},
    {"HDF5 files", bf_check_hdf5_folder, false},
    {"HDF5 in TMPDIR", bf_check_hdf5_temporary, false},
    {"file locks", bf_check_locks, false},
    {"disk sync", bf_check_sync_folder, false},
    {"sync in TMPDIR", bf_check_sync_temporary, false},
    {"clock", bf_check_clock, false},
    {"dates of hosts", bf_check_dates, true},
};
enum { N_CHECKS = sizeof checks / sizeof *checks };

static void find(bf_diagnosis *out, bf_health health, double size, const char *format,
                 va_list arguments) BF_PRINTF(4, 0);
static void find(bf_diagnosis *out, bf_health health, double size, const char *format,
                 va_list arguments)
{
  out->health = (int32_t)health;
  out->size = size;
  vsnprintf(out->figure, sizeof out->figure, format, arguments);
}

void bf_diagnosis_ok(bf_diagnosis *out, double size, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  find(out, BF_HEALTH_OK, size, format, arguments);
  va_end(arguments);
}

void bf_diagnosis_warn(bf_diagnosis *out, const char *advice, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  find(out, BF_HEALTH_WARNING, 0, format, arguments);
  va_end(arguments);
  snprintf(out->advice, sizeof out->advice, "%s", advice);
}

void bf_diagnosis_fail(bf_diagnosis *out, const char *advice, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  find(out, BF_HEALTH_FAILED, 0, format, arguments);
  va_end(arguments);
  snprintf(out->advice, sizeof out->advice, "%s", advice);
}

/* The worst diagnosis, of these the largest, of these that of the lowest rank. */
static int choose(int n_ranks, const bf_diagnosis *diagnoses)
{
  int chosen = 0;
  for (int rank = 1; rank < n_ranks; rank++) {
    const bf_diagnosis *one = &diagnoses[rank];
    const bf_diagnosis *best = &diagnoses[chosen];
    if (one->health > best->health || (one->health == best->health && one->size > best->size))
      chosen = rank;
  }
  return chosen;
}

static void add_line(const bf_session *session, const char *name, const bf_diagnosis *diagnoses,
                     bf_report *report)
{
  int n_ranks = bf_session_size(session);
  int chosen = choose(n_ranks, diagnoses);
  if (diagnoses[chosen].health == (int32_t)BF_HEALTH_NONE || report->n >= BF_MOST_LINES)
    return;
  bf_report_line *line = &report->lines[report->n++];
  *line = (bf_report_line){.diagnosis = diagnoses[chosen], .rank = chosen};
  snprintf(line->name, sizeof line->name, "%s", name);
  if (!diagnoses[chosen].is_of_all)
    snprintf(line->host, sizeof line->host, "%s", bf_session_host(session, chosen));
  for (int rank = 0; rank < n_ranks; rank++)
    line->n_like += diagnoses[rank].health == diagnoses[chosen].health;
}

static bf_status run_check(const bf_selftest *test, const struct check *check, bf_diagnosis *all,
                           bf_report *report)
{
  bf_diagnosis mine = {0};
  bf_status status = bf_session_agree(test->session, BF_OK);
  if (status != BF_OK)
    return status;
  check->run(test, &mine);
  status = bf_session_gather(test->session, &mine, sizeof mine, all);
  if (status == BF_OK && all != NULL)
    add_line(test->session, check->name, all, report);
  return status;
}

bf_status bf_selftest_run(const bf_selftest *test, bf_report *report)
{
  bf_status status = BF_OK;
  bf_diagnosis *all = NULL;
  if (bf_session_rank(test->session) == 0) {
    report->n_ranks = bf_session_size(test->session);
    report->n_hosts = bf_session_n_nodes(test->session);
    all = bf_alloc((size_t)report->n_ranks, sizeof *all);
    if (all == NULL)
      status = bf_fail(BF_ERR_NOMEM, "out of memory (%d ranks)", report->n_ranks);
  }
  BF_TRY(bf_session_agree(test->session, status));
  for (size_t i = 0; i < N_CHECKS; i++)
    if (!checks[i].wants_ranks || bf_session_has_mpi(test->session))
      BF_TRY(run_check(test, &checks[i], all, report));
done:
  free(all);
  return status;
}
