/* A wish to stop what takes long: set by a signal handler, looked at between two steps.
 * Room: base. */
#ifndef BF_BASE_CANCEL_H
#define BF_BASE_CANCEL_H

#include <stdbool.h>

/** From now on trainings of this process end with BF_ERR_STOPPED. Async-signal-safe. */
void bf_cancel(void);

bool bf_is_cancelled(void);

#endif
