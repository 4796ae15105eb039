/* A program for test_lost_workers.py to take workers from: an agenda of sleeps that keeps book of
 * who got what, who was lost and what came twice.
 * Room: cluster (tests).
 *   losing FILE TASKS TASK_S LEASE_S RESULT_BYTES [LEAVE_AFTER [KILLER]]
 * Writes FILE.pids when all is set up ("<pid>..." by rank, the name of the job) and FILE.report
 * (JSON) at the end. LEAVE_AFTER: seconds after which tick wants to leave; the report takes another
 * second then, and the program ends with 4. KILLER: number of a task that kills whoever runs it;
 * as in a study, a task that is suspected of two deaths counts as told, and as poisonous. */
#include "unit.h"

#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "cluster/agenda.h"

enum { MAX_TASKS = 4000, MAX_LOSSES = 100 };

typedef enum state { WAITING, HELD, TOLD } state;

static struct {
  size_t n_tasks;
  double task_s;
  size_t result_bytes;
  double leave_after_s;
  int64_t killer;
} wanted;

static struct {
  state states[MAX_TASKS];
  int holders[MAX_TASKS];
  size_t order[MAX_TASKS]; /* the n-th that was handed out */
  int n_deaths[MAX_TASKS]; /* of which it is suspected */
  size_t n_handed;
  size_t n_told;
  size_t n_late;
  size_t n_again;
  size_t n_odd;   /* results of tasks that nobody was given */
  double again_s; /* when a task was last handed out again */
  int by_rank[64];
  size_t held_by[64];
  size_t most_held; /* by one rank at a time */
  bf_text losses;
  bf_text poisonous;
  double start_s;
} book;

static double age_s(void)
{
  return bf_clock_s() - book.start_s;
}

static bf_status next(void *context, int rank, bf_bytes *task, bf_next *next)
{
  (void)context;
  *next = book.n_told == wanted.n_tasks ? BF_NEXT_DONE : BF_NEXT_WAIT;
  for (size_t i = 0; i < wanted.n_tasks; i++) {
    if (book.states[i] != WAITING)
      continue;
    if (book.holders[i] != 0)
      book.again_s = age_s();
    book.states[i] = HELD;
    book.holders[i] = rank;
    book.order[i] = book.n_handed++;
    if (++book.held_by[rank] > book.most_held)
      book.most_held = book.held_by[rank];
    *next = BF_NEXT_TASK;
    bf_bytes_put_i64(task, (int64_t)i);
    return bf_bytes_status(task);
  }
  return BF_OK;
}

static bf_status take(void *context, int rank, const void *result, size_t n)
{
  (void)context;
  bf_reader reader = bf_reader_view(result, n);
  int64_t number = -1;
  if (bf_reader_i64(&reader, &number) != BF_OK || number < 0 || number >= (int64_t)wanted.n_tasks ||
      n != 8 + wanted.result_bytes || book.holders[number] == 0)
    return bf_fail(BF_ERR_DATA, "rank %d sent no result of ours", rank);
  if (book.states[number] == TOLD) {
    book.n_late++;
    return BF_OK;
  }
  if (book.holders[number] == rank && book.states[number] == HELD)
    book.held_by[rank]--;
  book.states[number] = TOLD;
  book.n_told++;
  book.by_rank[rank]++;
  return BF_OK;
}

static void suspect(size_t task)
{
  if (++book.n_deaths[task] < 2)
    return;
  book.states[task] = TOLD;
  book.n_told++;
  bf_text_printf(&book.poisonous, "%s%zu", book.poisonous.length > 0 ? ", " : "", task);
}

static bf_status lose(void *context, int rank, bool is_suspect)
{
  (void)context;
  size_t n_held = 0;
  size_t oldest = MAX_TASKS;
  for (size_t i = 0; i < wanted.n_tasks; i++)
    if (book.states[i] == HELD && book.holders[i] == rank) {
      book.states[i] = WAITING;
      n_held++;
      if (oldest == MAX_TASKS || book.order[i] < book.order[oldest])
        oldest = i;
    }
  book.held_by[rank] = 0;
  book.n_again += n_held;
  if (is_suspect && n_held > 0)
    suspect(oldest);
  bf_text_printf(&book.losses, "%s{\"rank\": %d, \"suspect\": %s, \"tasks\": %zu, \"s\": %.3f}",
                 book.losses.length > 0 ? ", " : "", rank, is_suspect ? "true" : "false", n_held,
                 age_s());
  return BF_OK;
}

static bool tick(void *context)
{
  (void)context;
  return wanted.leave_after_s <= 0 || age_s() < wanted.leave_after_s;
}

/* A training: nothing of MPI in between, and after a stop it takes as long as it had still to go,
 * which one long sleep would not. */
static void compute(double seconds)
{
  static const double step_s = 1e-3;
  for (; seconds > 0; seconds -= step_s)
    bf_sleep(seconds < step_s ? seconds : step_s);
}

bf_status bf_evaluator_run(bf_evaluator *evaluator, const void *task, size_t n, bf_bytes *result)
{
  (void)evaluator;
  bf_reader reader = bf_reader_view(task, n);
  int64_t number = -1;
  if (bf_reader_i64(&reader, &number) == BF_OK && number == wanted.killer)
    raise(SIGKILL);
  compute(wanted.task_s);
  bf_bytes_put(result, task, n);
  for (size_t i = 0; i < wanted.result_bytes; i += 8)
    bf_bytes_put_i64(result, (int64_t)i);
  return bf_bytes_status(result);
}

static FILE *open_beside(const char *path, const char *suffix, char *full, size_t size)
{
  snprintf(full, size, "%s.%s.tmp", path, suffix);
  return fopen(full, "w");
}

static void publish(FILE *file, char *full)
{
  char name[512];
  fclose(file);
  snprintf(name, sizeof name, "%s", full);
  name[strlen(name) - 4] = '\0';
  rename(full, name);
}

static void say_who(const bf_session *session, const char *path)
{
  char full[500];
  FILE *file = open_beside(path, "pids", full, sizeof full);
  const char *job = getenv("PMIX_NAMESPACE");
  for (int rank = 0; rank < bf_session_size(session); rank++)
    fprintf(file, "%d ", bf_session_pid(session, rank));
  fprintf(file, "%s\n", job != NULL ? job : "0");
  publish(file, full);
}

static void report(const bf_session *session, const char *path, bf_status status)
{
  char full[500];
  FILE *file = open_beside(path, "report", full, sizeof full);
  fprintf(file,
          "{\"status\": \"%s\", \"trail\": \"%s\", \"told\": %zu, \"late\": %zu, \"again\": %zu, "
          "\"again_s\": %.3f, \"s\": %.3f, \"most_held\": %zu, \"losses\": [%s], "
          "\"poisonous\": [%s], \"by_rank\": [",
          bf_status_name(status), bf_trail(), book.n_told, book.n_late, book.n_again, book.again_s,
          age_s(), book.most_held, bf_text_view(&book.losses), bf_text_view(&book.poisonous));
  for (int rank = 0; rank < bf_session_size(session); rank++)
    fprintf(file, "%s%d", rank > 0 ? ", " : "", book.by_rank[rank]);
  fprintf(file, "]}\n");
  publish(file, full);
}

static size_t read_size(const char *text)
{
  return (size_t)strtoul(text, NULL, 10);
}

int main(int argc, char **argv)
{
  bf_session *session = NULL;
  if (argc < 6 || bf_session_create(&argc, &argv, &session) != BF_OK) {
    fprintf(stderr, "losing: %s\n", bf_trail());
    return 1;
  }
  bool is_first = bf_session_rank(session) == 0;
  wanted.n_tasks = read_size(argv[2]);
  wanted.task_s = strtod(argv[3], NULL);
  wanted.result_bytes = read_size(argv[5]);
  wanted.leave_after_s = argc > 6 ? strtod(argv[6], NULL) : 0;
  wanted.killer = argc > 7 ? strtol(argv[7], NULL, 10) : -1;
  const bf_agenda agenda = {
      .next = next, .accept = take, .lose = lose, .tick = tick, .lease_s = strtod(argv[4], NULL)};
  bf_session_agree(session, BF_OK);
  book.start_s = bf_clock_s();
  if (is_first)
    say_who(session, argv[1]);
  bf_trail_set("");
  bf_status status = bf_agenda_run(session, is_first ? &agenda : NULL, NULL);
  if (is_first && wanted.leave_after_s > 0)
    bf_sleep(1);
  if (is_first)
    report(session, argv[1], status);
  status = bf_session_agree(session, status);
  bf_text_release(&book.losses);
  bf_text_release(&book.poisonous);
  if (status == BF_OK && wanted.leave_after_s > 0)
    status = BF_ERR_STOPPED;
  return bf_session_end(session, bf_status_exit_code(status));
}
