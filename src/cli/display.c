/* Progress as it appears on standard error.
 * Room: cli. */
#include "cli/display.h"

#include <time.h>

#include "base/clock.h"

bf_display bf_display_start(bf_progress_style style, bf_talk *talk)
{
  return (bf_display){.progress = bf_progress_start(style, bf_clock_s()), .talk = talk};
}

void bf_display_show(bf_display *display, const bf_progress_state *state, bool is_last)
{
  double now_s = bf_clock_s();
  bf_progress *progress = &display->progress;
  char clock_time[16] = "";
  /* Ticks come a hundred thousand times a second; most end here. */
  if (progress->style == BF_PROGRESS_NONE || (!is_last && now_s < progress->next_s))
    return;
  time_t date = (time_t)bf_date_s();
  struct tm parts;
  if (localtime_r(&date, &parts) != NULL)
    strftime(clock_time, sizeof clock_time, "%H:%M:%S", &parts);
  bf_text text = {0};
  bf_progress_show(progress, now_s, clock_time, state, is_last, &text);
  fputs(bf_text_view(&text), stderr);
  display->talk->is_mid_line = progress->style == BF_PROGRESS_BAR && !is_last;
  bf_text_release(&text);
}
