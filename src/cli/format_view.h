/* Number formats, for people and for programs.
 * Room: cli. */
#ifndef BF_CLI_FORMAT_VIEW_H
#define BF_CLI_FORMAT_VIEW_H

#include "base/json.h"
#include "base/text.h"
#include "nn/model.h"

/** Appends "integer (width 8, frac_width 4)"; "-" for none. */
void bf_format_print(const bf_quantizer *quantizer, bf_text *text);

/** {name, and its parameters}; a block is [rows, columns], -1 for all of them. */
bf_json *bf_format_json(const bf_quantizer *quantizer);

/** @brief Appends a table of a net's layers: shapes and formats. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_formats_print(const bf_model *model, bf_text *text);

#endif
