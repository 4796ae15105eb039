/* What a look at a study shows, for people and for programs.
 * Room: cli. */
#ifndef BF_CLI_STATUS_VIEW_H
#define BF_CLI_STATUS_VIEW_H

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "cli/status_look.h"

/** @brief Appends the look as lines "what  value". @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_look_print(const bf_look *look, bf_text *text);

/** The document of `status --json`; freed with bf_json_free. */
bf_json *bf_look_json(const bf_look *look);

#endif
