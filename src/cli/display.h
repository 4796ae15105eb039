/* Progress as it appears on standard error, with the time of day, beside what the library says.
 * Room: cli. */
#ifndef BF_CLI_DISPLAY_H
#define BF_CLI_DISPLAY_H

#include <stdbool.h>

#include "cli/progress.h"
#include "cli/talk.h"

typedef struct bf_display {
  bf_progress progress;
  bf_talk *talk;
} bf_display;

/** A display that starts now. */
bf_display bf_display_start(bf_progress_style style, bf_talk *talk);

/** Shows the state if it is time to, and the last one in any case. */
void bf_display_show(bf_display *display, const bf_progress_state *state, bool is_last);

#endif
