/* Where this program is, to be started again on ranks.
 * Room: cli. */
#ifndef BF_CLI_PROGRAM_H
#define BF_CLI_PROGRAM_H

#include <stddef.h>

#include "base/status.h"

/** @brief The path of this program in @p path. @return BF_OK; BF_ERR_IO: it is gone. */
bf_status bf_program_find(char *path, size_t n_bytes);

#endif
