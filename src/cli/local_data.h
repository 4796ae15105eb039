/* A data set in this process's own memory, for commands that run on one rank.
 * Room: cli. */
#ifndef BF_CLI_LOCAL_DATA_H
#define BF_CLI_LOCAL_DATA_H

#include "base/status.h"
#include "data/dataset.h"
#include "data/manifest.h"

/** All zero is an empty one. */
typedef struct bf_local_data {
  bf_manifest *manifest;
  void *block;
  bf_dataset data;
} bf_local_data;

/** @brief Loads the set in @p folder. @return BF_OK; BF_ERR_DATA; BF_ERR_NOMEM. */
bf_status bf_local_data_load(const char *folder, bf_local_data *out);
void bf_local_data_release(bf_local_data *data);

/** @brief The rows of a split. @return BF_OK; BF_ERR_DATA if it is empty. */
bf_status bf_local_data_rows(const bf_local_data *data, bf_split split, bf_tiles *rows);

#endif
