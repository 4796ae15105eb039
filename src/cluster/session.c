/* MPI for the rest of the program: start, agree, share, end.
 * Room: cluster. */
#include "cluster/session.h"

#include <limits.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/process.h"
#include "cluster/leave.h"
#include "cluster/nap.h"
#include "cluster/verdict.h"
#include "cluster/world.h"

static const double look_s = 0.1;

bf_status bf_mpi_check(int code, const char *what)
{
  if (code == MPI_SUCCESS)
    return BF_OK;
  char words[MPI_MAX_ERROR_STRING];
  int n = 0;
  if (MPI_Error_string(code, words, &n) != MPI_SUCCESS)
    snprintf(words, sizeof words, "MPI error %d", code);
  return bf_fail(BF_ERR_MPI, "%s: %s", what, words);
}

int bf_mpi_wait(MPI_Request *request)
{
  bf_nap nap = {0};
  int done = 0;
  int code = MPI_Test(request, &done, MPI_STATUS_IGNORE);
  while (code == MPI_SUCCESS && !done) {
    bf_nap_take(&nap);
    code = MPI_Test(request, &done, MPI_STATUS_IGNORE);
  }
  return code;
}

static bool was_launched(void)
{
  static const char *const marks[] = {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"};
  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
    if (getenv(marks[i]) != NULL)
      return true;
  return false;
}

/* Processes that another library's mpirun started do not find each other: every one would be rank 0
 * of its own world. */
static bf_status check_launcher(int size)
{
  static const char *const marks[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"};
  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
    const char *told = getenv(marks[i]);
    long n_started = told != NULL ? strtol(told, NULL, 10) : 0;
    if (size == 1 && n_started > 1)
      return bf_fail(BF_ERR_MPI,
                     "%ld processes were started, but each is alone: their mpirun is not that of "
                     "the MPI this was built with, %s",
                     n_started, bf_mpi_version());
  }
  return BF_OK;
}

/* All collectives of this file go through a request, so that a rank that arrives early naps.
 * NOLINTBEGIN(clang-analyzer-optin.mpi.MPI-Checker): it knows MPI_Wait, not a loop of MPI_Test. */

static bool has_lost_a_rank(const bf_session *session)
{
  for (int rank = 1; rank < session->size; rank++) {
    int pid = bf_peer_visible_pid(session, rank);
    if (pid != 0 && !bf_process_lives(pid))
      return true;
  }
  return false;
}

/* Rank 0 sees to it that those it waits for are alive; the others' hearts watch rank 0. If one is
 * lost the session is broken and what was waited for did not happen. */
static int await_all(bf_session *session, MPI_Request *request)
{
  bf_nap nap = {0};
  int is_done = 0;
  double looked_s = bf_clock_s();
  int code = MPI_Test(request, &is_done, MPI_STATUS_IGNORE);
  while (code == MPI_SUCCESS && !is_done && !session->is_broken) {
    bf_nap_take(&nap);
    if (session->rank == 0 && bf_clock_s() - looked_s > look_s) {
      looked_s = bf_clock_s();
      session->is_broken = has_lost_a_rank(session);
    }
    code = MPI_Test(request, &is_done, MPI_STATUS_IGNORE);
  }
  return code;
}

static int all_reduce(bf_session *session, int value, MPI_Op operation, int *result)
{
  MPI_Request request;
  int code = MPI_Iallreduce(&value, result, 1, MPI_INT, operation, MPI_COMM_WORLD, &request);
  return code == MPI_SUCCESS ? await_all(session, &request) : code;
}

static int broadcast(bf_session *session, void *data, size_t n, int from)
{
  MPI_Request request;
  int code = MPI_Ibcast(data, (int)n, MPI_BYTE, from, MPI_COMM_WORLD, &request);
  return code == MPI_SUCCESS ? await_all(session, &request) : code;
}

bf_status bf_session_gather(bf_session *session, const void *mine, size_t n, void *all)
{
  MPI_Request request;
  int code = MPI_SUCCESS;
  if (!bf_session_is_whole(session)) {
    if (session->rank == 0)
      memcpy(all, mine, n);
    return BF_OK;
  }
  code = MPI_Igather(mine, (int)n, MPI_BYTE, all, (int)n, MPI_BYTE, 0, MPI_COMM_WORLD, &request);
  if (code == MPI_SUCCESS)
    code = await_all(session, &request);
  return bf_session_agree(session, bf_mpi_check(code, "cannot gather from all ranks"));
}

/* NOLINTEND(clang-analyzer-optin.mpi.MPI-Checker) */

/* A worker's heart beats while it computes: two threads, never both in MPI. */
static bf_status start_mpi(bf_session *session, int *argc, char ***argv)
{
  bf_status status = BF_OK;
  int level = MPI_THREAD_SINGLE;
  BF_TRY(
      bf_mpi_check(MPI_Init_thread(argc, argv, MPI_THREAD_SERIALIZED, &level), "cannot start MPI"));
  session->has_mpi = true;
  BF_CHECK(level >= MPI_THREAD_SERIALIZED, BF_ERR_MPI,
           "cannot start MPI: the library is made for programs of one thread");
done:
  return status;
}

static bf_status join_world(bf_session *session, int *argc, char ***argv)
{
  bf_status status = BF_OK;
  BF_TRY(start_mpi(session, argc, argv));
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  MPI_Comm_rank(MPI_COMM_WORLD, &session->rank);
  MPI_Comm_size(MPI_COMM_WORLD, &session->size);
  BF_TRY(check_launcher(session->size));
  BF_TRY(bf_mpi_check(
      MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &session->node),
      "cannot group the ranks of a node"));
  MPI_Comm_set_errhandler(session->node, MPI_ERRORS_RETURN);
  MPI_Comm_rank(session->node, &session->node_rank);
  MPI_Comm_size(session->node, &session->node_size);
  /* With ULFM the failure of any rank is an error for those who listen to all. */
  bool is_first = session->rank == 0;
  BF_TRY(bf_mailbox_init(&session->mailbox, is_first ? MPI_ANY_SOURCE : 0,
                         is_first ? (size_t)session->size : 1));
done:
  return status;
}

/* From here on a rank whose rank 0 dies ends, too, whatever it does. */
static bf_status watch_rank_0(bf_session *session)
{
  if (session->rank == 0)
    return BF_OK;
  return bf_heart_create(bf_peer_visible_pid(session, 0), &session->heart);
}

bf_status bf_session_create(int *argc, char ***argv, bf_session **out)
{
  bf_status status = BF_OK;
  bf_session *session = bf_alloc(1, sizeof *session);
  BF_CHECK_MEMORY(session);
  session->size = 1;
  session->node_size = 1;
  if (was_launched())
    BF_TRY(join_world(session, argc, argv));
  BF_TRY(bf_peers_gather(session));
  BF_TRY(bf_session_agree(session, watch_rank_0(session)));
  *out = session;
  session = NULL;
done:
  if (session != NULL)
    free(session->peers);
  free(session);
  return status;
}

static void free_session(bf_session *session)
{
  bf_heart_free(session->heart);
  bf_windows_free(session);
  bf_mailbox_release(&session->mailbox);
  if (session->has_mpi) {
    MPI_Comm_free(&session->node);
    MPI_Finalize();
  }
  free(session->peers);
  free(session);
}

void bf_session_dismiss(const bf_session *session)
{
  static const uint8_t words[] = {0, 1};
  for (int rank = 1; rank < session->size; rank++) {
    int pid = bf_peer_visible_pid(session, rank);
    if (pid == 0 || bf_process_lives(pid))
      bf_message_shout(rank, BF_TAG_STOP, &words[session->is_broken], 1);
  }
}

/* Rank 0 goes first: mpirun's exit code is to be its own. */
static void let_rank_0_go(const bf_session *session)
{
  int pid = bf_peer_visible_pid(session, 0);
  while (pid != 0 && bf_process_lives(pid))
    bf_sleep(0.01);
}

int bf_session_end(bf_session *session, int exit_code)
{
  /* Ranks without work wait here for rank 0, perhaps for an hour. */
  int everybody;
  if (bf_session_is_whole(session))
    all_reduce(session, 0, MPI_MIN, &everybody);
  if (session->is_broken) {
    fflush(NULL);
    if (session->rank == 0)
      bf_session_dismiss(session);
    else
      let_rank_0_go(session);
    bf_leave(exit_code);
  }
  free_session(session);
  return exit_code;
}

bool bf_session_is_whole(const bf_session *session)
{
  return session->has_mpi && !session->is_broken;
}

int bf_session_rank(const bf_session *session)
{
  return session->rank;
}

int bf_session_size(const bf_session *session)
{
  return session->size;
}

bool bf_session_has_mpi(const bf_session *session)
{
  return session->has_mpi;
}

bool bf_session_survives(const bf_session *session)
{
  /* Open MPI 4: --enable-recovery; from 5 on: --with-ft ulfm. */
  static const char *const marks[] = {"OMPI_MCA_orte_enable_recovery", "OMPI_MCA_mpi_ft_enable"};
  bool was_told = false;
  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
    const char *told = getenv(marks[i]);
    was_told = was_told || (told != NULL && strcmp(told, "1") == 0);
  }
  return session->has_mpi && was_told;
}

int bf_session_n_nodes(const bf_session *session)
{
  return session->n_nodes;
}

bf_status bf_session_agree(bf_session *session, bf_status status)
{
  if (!bf_session_is_whole(session))
    return status;
  int first = session->size;
  int mine = status == BF_OK ? session->size : session->rank;
  bf_verdict verdict = bf_verdict_of(status);
  const bf_verdict own = verdict;
  bf_status reached = bf_mpi_check(all_reduce(session, mine, MPI_MIN, &first), "cannot agree");
  if (reached == BF_OK && first < session->size && !session->is_broken)
    reached = bf_mpi_check(broadcast(session, &verdict, sizeof verdict, first), "cannot agree");
  if (session->is_broken)
    return bf_verdict_adopt(&own);
  if (reached != BF_OK || first == session->size)
    return reached;
  return bf_verdict_adopt(&verdict);
}

/* What rank 0 has to send, or why it cannot. */
static bf_status check_source(const bf_text *text)
{
  if (text->length > INT_MAX)
    return bf_fail(BF_ERR_MPI, "a text of %zu bytes is too long to share", text->length);
  return bf_text_status(text);
}

bf_status bf_session_share_text(bf_session *session, bf_text *text)
{
  bf_status status = BF_OK;
  bool is_source = session->rank == 0;
  int64_t n = is_source ? (int64_t)text->length : 0;
  bf_text copy = {0};
  char *bytes = NULL;
  BF_TRY(bf_session_agree(session, is_source ? check_source(text) : BF_OK));
  if (!bf_session_is_whole(session))
    goto done;
  BF_TRY(bf_mpi_check(broadcast(session, &n, sizeof n, 0), "cannot share a text"));
  bytes = is_source ? text->data : bf_alloc((size_t)n, 1);
  if (bytes == NULL && n > 0)
    status = bf_fail(BF_ERR_NOMEM, "out of memory (a text of %lld bytes)", (long long)n);
  BF_TRY(bf_session_agree(session, status));
  BF_TRY(bf_mpi_check(broadcast(session, bytes, (size_t)n, 0), "cannot share a text"));
  if (!is_source)
    bf_text_append_bytes(&copy, bytes, (size_t)n);
  BF_TRY(bf_session_agree(session, bf_text_status(&copy)));
  if (!is_source) {
    bf_text_release(text);
    *text = copy;
    copy = (bf_text){0};
  }
done:
  if (!is_source)
    free(bytes);
  bf_text_release(&copy);
  return status;
}

int bf_session_minimum(bf_session *session, int value)
{
  int smallest = value;
  if (!bf_session_is_whole(session))
    return value;
  int code = all_reduce(session, value, MPI_MIN, &smallest);
  return code == MPI_SUCCESS && !session->is_broken ? smallest : value;
}

const char *bf_mpi_version(void)
{
  static char line[MPI_MAX_LIBRARY_VERSION_STRING];
  int n = 0;
  if (MPI_Get_library_version(line, &n) != MPI_SUCCESS)
    return "unknown";
  /* Open MPI: one long line; MPICH: many, of which the first is "MPICH Version:<tab>4.0.2". */
  static const char mpich[] = "MPICH Version:";
  line[strcspn(line, "\n")] = '\0';
  if (strncmp(line, mpich, sizeof mpich - 1) == 0) {
    const char *number = line + sizeof mpich - 1;
    number += strspn(number, " \t");
    memmove(line + strlen("MPICH "), number, strlen(number) + 1);
  }
  return line;
}

int bf_mpi_major(void)
{
  static const char name[] = "Open MPI v";
  const char *line = bf_mpi_version();
  bool is_open_mpi = strncmp(line, name, sizeof name - 1) == 0;
  return is_open_mpi ? (int)strtol(line + sizeof name - 1, NULL, 10) : 0;
}
