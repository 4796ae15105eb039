/* MPI for the rest of the program: start, agree, share, end.
 * Room: cluster. */
#include "cluster/session.h"

#include <limits.h>

#include "base/memory.h"
#include "cluster/nap.h"
#include "cluster/verdict.h"
#include "cluster/world.h"

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

/* All collectives of this file go through a request, so that a rank that arrives early naps.
 * NOLINTBEGIN(clang-analyzer-optin.mpi.MPI-Checker): it knows MPI_Wait, not a loop of MPI_Test. */

static int all_reduce(int value, MPI_Op operation, int *result)
{
  MPI_Request request;
  int code = MPI_Iallreduce(&value, result, 1, MPI_INT, operation, MPI_COMM_WORLD, &request);
  return code == MPI_SUCCESS ? bf_mpi_wait(&request) : code;
}

static int broadcast(void *data, size_t n, int from)
{
  MPI_Request request;
  int code = MPI_Ibcast(data, (int)n, MPI_BYTE, from, MPI_COMM_WORLD, &request);
  return code == MPI_SUCCESS ? bf_mpi_wait(&request) : code;
}

/* NOLINTEND(clang-analyzer-optin.mpi.MPI-Checker) */

static bf_status join_world(bf_session *session, int *argc, char ***argv)
{
  bf_status status = BF_OK;
  BF_TRY(bf_mpi_check(MPI_Init(argc, argv), "cannot start MPI"));
  session->has_mpi = true;
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  MPI_Comm_rank(MPI_COMM_WORLD, &session->rank);
  MPI_Comm_size(MPI_COMM_WORLD, &session->size);
  BF_TRY(bf_mpi_check(
      MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &session->node),
      "cannot group the ranks of a node"));
  MPI_Comm_set_errhandler(session->node, MPI_ERRORS_RETURN);
  MPI_Comm_rank(session->node, &session->node_rank);
  MPI_Comm_size(session->node, &session->node_size);
  int is_first = session->node_rank == 0;
  BF_TRY(bf_mpi_check(all_reduce(is_first, MPI_SUM, &session->n_nodes), "cannot count the nodes"));
done:
  return status;
}

bf_status bf_session_create(int *argc, char ***argv, bf_session **out)
{
  bf_status status = BF_OK;
  bf_session *session = bf_alloc(1, sizeof *session);
  BF_CHECK_MEMORY(session);
  session->size = 1;
  session->n_nodes = 1;
  session->node_size = 1;
  if (was_launched())
    BF_TRY(join_world(session, argc, argv));
  *out = session;
  session = NULL;
done:
  free(session);
  return status;
}

void bf_session_free(bf_session *session)
{
  if (session == NULL)
    return;
  if (session->has_mpi) {
    /* Ranks without work wait here for rank 0, perhaps for an hour. */
    int everybody;
    all_reduce(0, MPI_MIN, &everybody);
  }
  bf_windows_free(session);
  if (session->has_mpi) {
    MPI_Comm_free(&session->node);
    MPI_Finalize();
  }
  free(session);
}

int bf_session_rank(const bf_session *session)
{
  return session->rank;
}

int bf_session_size(const bf_session *session)
{
  return session->size;
}

int bf_session_n_nodes(const bf_session *session)
{
  return session->n_nodes;
}

bf_status bf_session_agree(bf_session *session, bf_status status)
{
  if (!session->has_mpi)
    return status;
  int first = session->size;
  int mine = status == BF_OK ? session->size : session->rank;
  bf_verdict verdict = bf_verdict_of(status);
  bf_status reached = bf_mpi_check(all_reduce(mine, MPI_MIN, &first), "cannot agree");
  if (reached != BF_OK || first == session->size)
    return reached;
  reached = bf_mpi_check(broadcast(&verdict, sizeof verdict, first), "cannot agree");
  return reached == BF_OK ? bf_verdict_adopt(&verdict) : reached;
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
  if (!session->has_mpi)
    goto done;
  BF_TRY(bf_mpi_check(broadcast(&n, sizeof n, 0), "cannot share a text"));
  bytes = is_source ? text->data : bf_alloc((size_t)n, 1);
  if (bytes == NULL && n > 0)
    status = bf_fail(BF_ERR_NOMEM, "out of memory (a text of %lld bytes)", (long long)n);
  BF_TRY(bf_session_agree(session, status));
  BF_TRY(bf_mpi_check(broadcast(bytes, (size_t)n, 0), "cannot share a text"));
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
  if (session->has_mpi && all_reduce(value, MPI_MIN, &smallest) != MPI_SUCCESS)
    return value;
  return smallest;
}

const char *bf_mpi_version(void)
{
  static char line[MPI_MAX_LIBRARY_VERSION_STRING];
  int n = 0;
  if (MPI_Get_library_version(line, &n) != MPI_SUCCESS)
    return "unknown";
  /* Open MPI: one long line; MPICH: many, of which the first names it. */
  line[strcspn(line, "\n")] = '\0';
  return line;
}
