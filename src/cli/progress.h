/* Progress of a search or a refit on standard error: a bar for people, whole lines for logs.
 * Room: cli. */
#ifndef BF_CLI_PROGRESS_H
#define BF_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "base/text.h"

typedef enum bf_progress_style {
  BF_PROGRESS_NONE,
  BF_PROGRESS_LINES,
  BF_PROGRESS_BAR
} bf_progress_style;

/** @brief The style called "bar", "lines" or "none"; "auto" is bar when @p is_terminal, else lines.
 * @return BF_OK; BF_ERR_USAGE. */
bf_status bf_progress_style_find(const char *name, bool is_terminal, bf_progress_style *style);

/** What is shown. */
typedef struct bf_progress_state {
  size_t n_before; /**< done or failed before this run */
  size_t n_done;
  size_t n_failed;
  size_t n_total;
  size_t n_front;
  bool is_counted_only; /**< no rate and no front: what is done is long, and few */
} bf_progress_state;

/** A plain value; times come from the caller, so that tests bring their own clock. */
typedef struct bf_progress {
  bf_progress_style style;
  double start_s; /**< of the search, on the caller's clock */
  double next_s;  /**< not before this time is anything shown again */
} bf_progress;

/** A progress that starts at @p now_s and shows nothing at once. */
bf_progress bf_progress_start(bf_progress_style style, double now_s);

/**
 * @brief Appends what is to be printed now, or nothing when it is too early.
 *
 * Lines: one a second for ten seconds, then one every ten. Bar: ten times a second, starting with a
 * carriage return, without a newline.
 * @param now_s on the clock of bf_progress_start.
 * @param time  the time of day in front of a line: "14:03:59".
 * @param is_last shows the end in any case; a bar gets its newline.
 * @return whether something was appended.
 */
bool bf_progress_show(bf_progress *progress, double now_s, const char *time,
                      const bf_progress_state *state, bool is_last, bf_text *text);

/** Appends a duration for people: "0.25 s", "11 s", "12 min", "3.4 h". */
void bf_duration_print(double seconds, bf_text *text);

#endif
