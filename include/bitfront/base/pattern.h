/* Regular expressions that match whole texts.
 * Room: base. */
#ifndef BF_BASE_PATTERN_H
#define BF_BASE_PATTERN_H

#include <stdbool.h>

#include "base/status.h"

/**
 * @brief Whether the extended regular expression of POSIX matches the whole text; `\d` is a digit,
 *        as in Python, and so is what else the C library knows of that kind (`\w`).
 * @param[out] matches untouched on failure.
 * @return BF_OK; BF_ERR_USAGE if it is no regular expression; BF_ERR_NOMEM.
 */
bf_status bf_pattern_match(const char *pattern, const char *text, bool *matches);

#endif
