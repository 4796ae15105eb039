/* A choice's value as text and as JSON, and a data set's hash.
 * Room: study (private). */
#ifndef BF_STUDY_VALUES_H
#define BF_STUDY_VALUES_H

#include <stdint.h>

#include "base/json.h"
#include "base/text.h"
#include "base/toml.h"

/** Appends 8, NA, integer, or for an array "<open>16, 8<close>". */
void bf_value_print(const bf_toml *value, const char *open, const char *close, bf_text *text);

/** The value with NA as null; an array becomes an array. */
bf_json *bf_value_json(const bf_toml *value);

/** Appends what bf_value_print gives for the value that became @p json in bf_value_json. */
void bf_value_print_json(const bf_json *json, const char *open, const char *close, bf_text *text);

/** The hash of a data set as 16 hexadecimal digits. */
bf_json *bf_hash_json(uint64_t hash);

#endif
