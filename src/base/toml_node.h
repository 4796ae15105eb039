/* Making the nodes of a TOML tree: what the parser and the setters share.
 * Room: base. Private; read by C and by C++. */
#ifndef BF_SRC_BASE_TOML_NODE_H
#define BF_SRC_BASE_TOML_NODE_H

#include "base/toml.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A new node without value or position, with a copy of @p key (may be NULL); NULL when memory is
 * short. */
bf_toml *bf_toml_node(bf_toml_kind kind, const char *key);

/** @brief Adds @p item, which @p parent owns from now on; freed on failure. @return BF_OK;
 * BF_ERR_NOMEM, also for an @p item of NULL. */
bf_status bf_toml_add(bf_toml *parent, bf_toml *item);

/** @brief Makes the new @p node a string, or the null that "NA" stands for. @return BF_OK;
 * BF_ERR_NOMEM. */
bf_status bf_toml_fill_string(bf_toml *node, const char *string);

#ifdef __cplusplus
}
#endif

#endif
