/* A comparison of studies as text for people and as JSON.
 * Room: cli. */
#ifndef BF_CLI_COMPARISON_VIEW_H
#define BF_CLI_COMPARISON_VIEW_H

#include "base/json.h"
#include "base/text.h"
#include "study/comparison.h"

/** @brief Appends three tables: the studies, the joint front, the correlations. @return BF_OK;
 * BF_ERR_NOMEM. */
bf_status bf_comparison_print(const bf_comparison *comparison, bf_text *text);

/** All of it with all digits; NULL parts when memory is short. */
bf_json *bf_comparison_json(const bf_comparison *comparison);

#endif
