/* Where this program is, for those who start it once more.
 * Room: cli. */
#ifndef BF_CLI_OWN_PROGRAM_H
#define BF_CLI_OWN_PROGRAM_H

#include <stddef.h>

#include "base/status.h"

/** @brief The path of the program that runs. @return BF_OK; BF_ERR_IO if it cannot be found or
 * started any more. */
bf_status bf_own_program(char *path, size_t n_bytes);

#endif
