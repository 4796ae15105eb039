/* The file system behind a folder: what it is, what is free, how fast it syncs.
 * Room: base. */
#ifndef BF_BASE_VOLUME_H
#define BF_BASE_VOLUME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

typedef struct bf_volume {
  char kind[16];   /**< "ext4", "nfs", "lustre"; "0x5346544e" for one without a name here */
  bool is_network; /**< its files are on another machine */
  bool is_memory;  /**< they are gone when this machine stops */
  double n_free;   /**< bytes that we may use */
} bf_volume;

/** @brief Looks at the file system of @p folder. @return BF_OK; BF_ERR_IO. */
bf_status bf_volume_look(const char *folder, bf_volume *out);

/**
 * @brief Times what a journal does: appends a record to a new file in @p folder and syncs it, up to
 *        @p n times or for half a second. The file is removed.
 * @param[out] seconds the median of one append and sync.
 * @param[out] worst_s the longest.
 * @return BF_OK; BF_ERR_IO: it cannot be written, locked or synced; BF_ERR_NOMEM.
 */
bf_status bf_volume_time_sync(const char *folder, size_t n, double *seconds, double *worst_s);

#endif
