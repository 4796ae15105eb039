/* TOML 1.0 documents as a plain tree in file order, with positions (toml++ behind it).
 * Room: base. */
#ifndef BF_BASE_TOML_H
#define BF_BASE_TOML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/** BF_TOML_NULL is the string "NA", at any depth: what the Python tool calls None. */
typedef enum bf_toml_kind {
  BF_TOML_NULL,
  BF_TOML_BOOLEAN,
  BF_TOML_INTEGER,
  BF_TOML_FLOAT,
  BF_TOML_STRING,
  BF_TOML_ARRAY,
  BF_TOML_TABLE
} bf_toml_kind;

/** One value. Children of tables stand in the order in which their keys first occur in the file. */
typedef struct bf_toml bf_toml;
struct bf_toml {
  bf_toml_kind kind;
  char *key;  /**< in a table; NULL in an array and for the root. Owned */
  int line;   /**< 1-based; 0 for values that come from the command line */
  int column; /**< 1-based */
  bool boolean;
  int64_t integer;
  double number; /**< of BF_TOML_FLOAT, and of BF_TOML_INTEGER too */
  char *string;  /**< of BF_TOML_STRING. Owned */
  bf_toml **items;
  size_t n_items;
};

/**
 * @brief Parses a document named @p source in messages.
 * @param[out] root a table; freed with bf_toml_free.
 * @return BF_OK; BF_ERR_USAGE "<source>:<line>:<column>: <cause>" for bad TOML, dates and times
 *         (they mean nothing to us), texts with NUL bytes, nesting deeper than 64 or a key
 *         of more parts; BF_ERR_NOMEM.
 */
bf_status bf_toml_parse(const char *text, const char *source, bf_toml **root);
void bf_toml_free(bf_toml *node);

/** Child @p key of a table; NULL if absent or @p table is NULL or no table. Borrowed. */
const bf_toml *bf_toml_get(const bf_toml *table, const char *key);

/** The node at a dotted path such as "search.strategy.setup"; NULL if absent. Borrowed. */
const bf_toml *bf_toml_at(const bf_toml *root, const char *path);

/**
 * @brief Puts a value at a dotted path (TOML key syntax: parts may be quoted), making tables on the
 * way and replacing what is there; a new value stands behind the other values of its table and in
 * front of its sub-tables.
 * @param value TOML text of one value (`25`, `[1, 2]`, `"random"`); what is no TOML value is taken
 * as a string.
 * @return BF_OK; BF_ERR_USAGE if a part of the path is a value and no table, or @p path is empty;
 * BF_ERR_NOMEM.
 */
bf_status bf_toml_set(bf_toml *root, const char *path, const char *value);

/** bf_toml_set with a string value that is never read as TOML ("NA" is null as everywhere); also
 * BF_ERR_USAGE if it is not UTF-8. */
bf_status bf_toml_set_string(bf_toml *root, const char *path, const char *string);

/** @brief Turns a value into an array that holds nothing but it, under its key. @return BF_OK;
 * BF_ERR_NOMEM, @p value is untouched then. */
bf_status bf_toml_wrap(bf_toml *value);

/** Takes child @p key out of a table and frees it; nothing happens if there is none. */
void bf_toml_remove(bf_toml *table, const char *key);

/** Appends the tree as TOML, in its order: parsing it again gives the same tree (positions aside).
 * Tables at the end of their table get a header, others stand inline. */
void bf_toml_print(const bf_toml *root, bf_text *text);

/** Appends one value as TOML on one line, a table in braces. */
void bf_toml_print_value(const bf_toml *node, bf_text *text);

#ifdef __cplusplus
}
#endif

#endif
