/* Where results go: standard output, and names that must be free.
 * Room: cli. */
#ifndef BF_CLI_OUTPUT_H
#define BF_CLI_OUTPUT_H

#include "base/json.h"
#include "base/status.h"
#include "base/table.h"
#include "base/text.h"

/** @brief Prints the text on standard output. @return BF_OK; BF_ERR_IO; BF_ERR_NOMEM if the text
 * ran out of memory. */
bf_status bf_output_print(const bf_text *text);

/** @brief The same for a document, which is freed; NULL stands for one that found no memory. */
bf_status bf_output_print_json(bf_json *json);

/**
 * @brief Whether a file or folder @p path can be made, asked before the work is done.
 * @return BF_OK; BF_ERR_USAGE if it exists; BF_ERR_IO if its folder is absent or not writable.
 */
bf_status bf_output_check(const char *path);

/**
 * @brief As bf_output_check, for a checkpoint of ours.
 * @return also BF_ERR_USAGE if its name ends like that of another program's.
 */
bf_status bf_output_check_net(const char *path);

#endif
