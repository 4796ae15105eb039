/* The columns of a text table: which hold the features, which one the label.
 * Room: data. */
#ifndef BF_DATA_COLUMNS_H
#define BF_DATA_COLUMNS_H

#include "data/source.h"

/** All zero has no columns. */
typedef struct bf_columns {
  const char *noun; /**< what messages call one: "column" */
  size_t n;
  char **names;     /**< (n), owned */
  size_t *features; /**< (n_features) the column of each feature, once they are found */
  size_t label;     /**< that of the class, once it is found */
} bf_columns;

/** @brief Adds a column of this name (copied). @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_columns_add(bf_columns *columns, const char *name);
void bf_columns_release(bf_columns *columns);

/** @brief Finds the first column whose name an earlier one has; empty names do not count.
 * @param[out] twin n if there is none. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_columns_twin(const bf_columns *columns, size_t *twin);

/** @brief Finds what @p request wants: the features by name, the label in "class", "label" or
 * "jet_type", all with or without "j_". @return BF_OK; BF_ERR_DATA naming what is absent;
 * BF_ERR_NOMEM. */
bf_status bf_columns_find(const bf_request *request, bf_columns *columns);

/**
 * @brief The class whose name, or whose index (as written also by programs that know only floats),
 *        is @p cell.
 * @return its index; n_classes if it is neither.
 */
size_t bf_class_find(const bf_request *request, const char *cell);

#endif
