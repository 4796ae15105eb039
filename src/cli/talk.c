/* Talk on standard error: warnings and notes of the library, kept back until set-up succeeded.
 * Room: cli. */
#include "cli/talk.h"

#include "base/log.h"

static void finish_line(bf_talk *talk)
{
  if (talk->is_mid_line)
    fputc('\n', stderr);
  talk->is_mid_line = false;
}

static void say(bf_log_level level, const char *line, void *context)
{
  bf_talk *talk = context;
  const char *prefix = level == BF_LOG_WARNING ? "bitfront: warning: " : "";
  if (talk->is_open) {
    finish_line(talk);
    fprintf(stderr, "%s%s\n", prefix, line);
  } else {
    bf_text_printf(&talk->kept, "%s%s\n", prefix, line);
  }
}

void bf_talk_start(bf_talk *talk)
{
  *talk = (bf_talk){0};
  bf_log_set_sink(say, talk);
}

void bf_talk_open(bf_talk *talk)
{
  fputs(bf_text_view(&talk->kept), stderr);
  bf_text_reset(&talk->kept);
  talk->is_open = true;
}

void bf_talk_failure(bf_talk *talk, const char *line)
{
  finish_line(talk);
  fputs("bitfront: ", stderr);
  /* One line, whatever names and library messages hold. */
  for (const char *at = line; *at != '\0'; at++)
    fputc((unsigned char)*at < 0x20 ? ' ' : *at, stderr);
  fputc('\n', stderr);
}

void bf_talk_end(bf_talk *talk)
{
  bf_log_set_sink(NULL, NULL);
  bf_text_release(&talk->kept);
}
