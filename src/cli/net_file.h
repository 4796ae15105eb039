/* A net of a file, whatever program made it, and where it comes from.
 * Room: cli. */
#ifndef BF_CLI_NET_FILE_H
#define BF_CLI_NET_FILE_H

#include "base/text.h"
#include "nn/checkpoint.h"
#include "nn/state.h"

/** Starts as all zero; released with bf_net_file_release, also after a failure. */
typedef struct bf_net_file {
  bf_checkpoint *ours; /**< the file, if it is one of ours */
  bf_net *net;         /**< of `ours`, or owned if there is no such */
  bf_origin origin;
  bf_text source; /**< what `origin` names */
} bf_net_file;

/** @brief Reads a checkpoint of ours. @return As bf_checkpoint_read. */
bf_status bf_net_file_read(const char *path, bf_net_file *file);

/**
 * @brief Takes the tensors of file @p path of another program for the numbers of @p model. Who
 * trained them on what is not known.
 * @return As bf_state_to_net; BF_ERR_NOMEM.
 */
bf_status bf_net_file_take(const char *path, const bf_state *state, const bf_model *model,
                           bf_net_file *file);

void bf_net_file_release(bf_net_file *file);

#endif
