/* Progress of a search or a refit on standard error: a bar for people, whole lines for logs.
 * Room: cli. */
#include "cli/progress.h"

enum { BAR_WIDTH = 24 };

bf_status bf_progress_style_find(const char *name, bool is_terminal, bf_progress_style *style)
{
  static const char *const names[] = {"none", "lines", "bar", "auto"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(name, names[i]) == 0) {
      bf_progress_style automatic = is_terminal ? BF_PROGRESS_BAR : BF_PROGRESS_LINES;
      *style = i <= BF_PROGRESS_BAR ? (bf_progress_style)i : automatic;
      return BF_OK;
    }
  return bf_fail(BF_ERR_USAGE, "option '--progress' is '%s', expected auto, bar, lines or none",
                 name);
}

bf_progress bf_progress_start(bf_progress_style style, double now_s)
{
  return (bf_progress){.style = style, .start_s = now_s, .next_s = now_s + 1};
}

void bf_duration_print(double seconds, bf_text *text)
{
  if (seconds < 9.95)
    bf_text_printf(text, "%.2g s", seconds);
  else if (seconds < 120)
    bf_text_printf(text, "%.0f s", seconds);
  else if (seconds < 7200)
    bf_text_printf(text, "%.0f min", seconds / 60);
  else
    bf_text_printf(text, "%.1f h", seconds / 3600);
}

static void print_bar(const bf_progress_state *state, bf_text *text)
{
  size_t n_told = state->n_done + state->n_failed;
  size_t n_full = state->n_total > 0 ? n_told * BAR_WIDTH / state->n_total : 0;
  bf_text_append(text, "\r[");
  for (size_t i = 0; i < BAR_WIDTH; i++)
    bf_text_append(text, i < n_full ? "#" : ".");
  bf_text_append(text, "] ");
}

static void print_state(const bf_progress_state *state, double elapsed_s, bool is_last,
                        bf_text *text)
{
  size_t n_told = state->n_done + state->n_failed;
  size_t n_left = state->n_total > n_told ? state->n_total - n_told : 0;
  double rate = elapsed_s > 0 ? (double)(n_told - state->n_before) / elapsed_s : 0;
  bf_text_printf(text, "done %zu failed %zu of %zu", state->n_done, state->n_failed,
                 state->n_total);
  if (!state->is_counted_only)
    bf_text_printf(text, ", %.1f trials/s", rate);
  /* After a timeout trials are left, but nothing is expected any more. */
  if (rate > 0 && n_left > 0 && !is_last) {
    bf_text_append(text, ", ETA ");
    bf_duration_print((double)n_left / rate, text);
  }
  if (!state->is_counted_only)
    bf_text_printf(text, ", front %zu", state->n_front);
}

bool bf_progress_show(bf_progress *progress, double now_s, const char *time,
                      const bf_progress_state *state, bool is_last, bf_text *text)
{
  if (progress->style == BF_PROGRESS_NONE || (!is_last && now_s < progress->next_s))
    return false;
  double elapsed_s = now_s - progress->start_s;
  if (progress->style == BF_PROGRESS_BAR) {
    progress->next_s = now_s + 0.1;
    print_bar(state, text);
    print_state(state, elapsed_s, is_last, text);
    /* What a longer line before this one left behind is erased. */
    bf_text_append(text, is_last ? "\033[K\n" : "\033[K");
    return true;
  }
  progress->next_s = now_s + (elapsed_s < 10 ? 1 : 10);
  bf_text_printf(text, "%s ", time);
  print_state(state, elapsed_s, is_last, text);
  bf_text_append(text, "\n");
  return true;
}
