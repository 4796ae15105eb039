/* A data set copied to the machines' own disks, by one rank of each.
 * Room: cluster. */
#include "data/staging.h"

#include <limits.h>

#include "base/log.h"
#include "base/memory.h"
#include "cluster/session.h"
#include "cluster/world.h"

static bf_status copy(const bf_session *session, const bf_manifest *manifest, const char *folder,
                      char **staged)
{
  if (session->node_rank != 0)
    return BF_OK;
  bf_status status = bf_data_stage(manifest, folder, staged);
  return status == BF_OK ? BF_OK
                         : bf_because(status, "host '%s'", bf_session_host(session, session->rank));
}

/* The path that the copier of this machine found, on its other ranks; NULL where there is none. */
static bf_status spread(const bf_session *session, char **staged)
{
  bf_status status = BF_OK;
  char path[PATH_MAX] = "";
  if (*staged != NULL)
    snprintf(path, sizeof path, "%s", *staged);
  BF_TRY(bf_mpi_check(MPI_Bcast(path, sizeof path, MPI_CHAR, 0, session->node),
                      "cannot tell where the data are"));
  if (*staged == NULL && path[0] != '\0') {
    *staged = bf_copy_text(path);
    BF_CHECK_MEMORY(*staged);
  }
done:
  return status;
}

bf_status bf_session_stage(bf_session *session, const bf_manifest *manifest, const char *folder,
                           char **staged)
{
  char *found = NULL;
  /* Also what the others nap in while a copy takes its time. */
  bf_status status = bf_session_agree(session, copy(session, manifest, folder, &found));
  if (status == BF_ERR_IO || status == BF_ERR_DATA) {
    bf_warn("data are not staged: %s; they are read from '%s' there", bf_trail(), manifest->folder);
    status = BF_OK;
  }
  if (status == BF_OK && bf_session_is_whole(session))
    status = bf_session_agree(session, spread(session, &found));
  if (status == BF_OK)
    *staged = found;
  else
    free(found);
  return status;
}
