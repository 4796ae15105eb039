/* A data set's shards on a disk of this machine, copied once and shared by all who need them.
 * Room: data. MPI: nothing here is collective; the cluster room calls it once a machine. */
#ifndef BF_DATA_STAGING_H
#define BF_DATA_STAGING_H

#include "base/status.h"
#include "data/manifest.h"

/**
 * @brief Sees to it that "<folder>/bitfront-<user number>/<hash of the manifest>" holds all shards.
 *
 * What is there and has the hash that the manifest says is kept; what is absent or damaged is
 * copied from manifest->folder, each file under another name until it is whole, so that several
 * processes may do this at once. The folder of the user is made for that user alone, and one that
 * belongs to somebody else, or that others may write to, is not used. Room is looked for first.
 * Nothing is ever removed.
 * @param folder exists; usually $TMPDIR.
 * @param[out] staged the path, freed with free(): a copy of *manifest with that as its folder reads
 * from there.
 * @return BF_OK; BF_ERR_IO (no such folder, no room, not writable, not ours); BF_ERR_DATA (a shard
 * of the original); BF_ERR_NOMEM.
 */
bf_status bf_data_stage(const bf_manifest *manifest, const char *folder, char **staged);

#endif
