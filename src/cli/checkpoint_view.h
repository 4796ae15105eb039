/* What a checkpoint says about itself, as text for people and as JSON.
 * Room: cli. */
#ifndef BF_CLI_CHECKPOINT_VIEW_H
#define BF_CLI_CHECKPOINT_VIEW_H

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "nn/checkpoint.h"
#include "nn/state.h"

/** Borrowed parts. */
typedef struct bf_checkpoint_view {
  const char *path;
  const bf_checkpoint *ours; /**< NULL: another program made the file */
  const bf_state *state;     /**< its tensors; of ours under PyTorch's names */
} bf_checkpoint_view;

/** @brief Appends the facts, the layers of one of ours, and the tensors. @return BF_OK;
 * BF_ERR_NOMEM. */
bf_status bf_checkpoint_print(const bf_checkpoint_view *view, bf_text *text);

/** The same as a document. */
bf_json *bf_checkpoint_json(const bf_checkpoint_view *view);

#endif
