/* Keys of a node's config as the Python tool and its forks spell them.
 * Room: study (private). */
#ifndef BF_STUDY_NODE_KEYS_H
#define BF_STUDY_NODE_KEYS_H

#include <stdbool.h>

#include "base/status.h"
#include "base/toml.h"

/** What a key of a node's config is about. */
typedef enum bf_node_key {
  BF_NODE_KEY_FORMAT,  /**< name */
  BF_NODE_KEY_OUTPUTS, /**< multiplies the outputs: channel_multiplier and its other spellings */
  BF_NODE_KEY_INPUTS,  /**< multiplies the inputs, which follow the layer before */
  BF_NODE_KEY_NOTHING, /**< known there, makes no difference here */
  BF_NODE_KEY_SETTING, /**< anything else: a number format's parameter, or unknown */
} bf_node_key;

/**
 * What @p key is about in @p config. `channel_multiplier` of a node named "input_only" is about its
 * inputs.
 */
bf_node_key bf_node_key_find(const bf_toml *config, const char *key);

/** Whether @p names, an array, holds nothing but labels of widths ("output_only", "input_only",
 * "both") and NA. */
bool bf_node_labels_widths(const bf_toml *names);

/**
 * @brief Whether `bypass` of @p config says that the node is left in floating point.
 * @return BF_OK; BF_ERR_USAGE if it is neither true nor false, or a choice between them.
 */
bf_status bf_node_bypass(const bf_toml *config, bool *bypassed);

#endif
