/* What stands in front of the rows of an ARFF file: its attributes, and what is wanted of them.
 * Room: data. */
#ifndef BF_DATA_ARFF_HEADER_H
#define BF_DATA_ARFF_HEADER_H

#include "data/columns.h"
#include "data/text_file.h"

typedef enum bf_arff_type { BF_ARFF_NUMBER, BF_ARFF_NOMINAL, BF_ARFF_OTHER } bf_arff_type;

typedef struct bf_arff_attribute {
  bf_arff_type type;
  size_t line;     /**< of its declaration */
  size_t n_values; /**< of a nominal one */
  char **values;   /**< (n_values) in the order of the declaration */
} bf_arff_attribute;

/** All zero is one without attributes. */
typedef struct bf_arff_header {
  bf_columns columns;
  bf_arff_attribute *attributes; /**< (columns.n) */
  /** (columns.n) the index of the feature; n_features: the label; more: not wanted. */
  size_t *roles;
  /** (values of the label's attribute) index of the class; n_classes: of none. NULL: the label is a
   * number. */
  size_t *classes;
} bf_arff_header;

/**
 * @brief Reads up to and with the line "@data".
 * @return BF_OK; BF_ERR_DATA with the line; BF_ERR_NOMEM. The header is to be released in any case.
 */
bf_status bf_arff_header_read(const bf_request *request, bf_text_file *lines,
                              bf_arff_header *header);
void bf_arff_header_release(bf_arff_header *header);

/** Whether the first line that is neither blank nor a comment is a declaration. */
bool bf_arff_applies(const char *path);

#endif
