/* Talk on standard error: warnings and notes of the library, kept back until set-up succeeded.
 * Room: cli. */
#ifndef BF_CLI_TALK_H
#define BF_CLI_TALK_H

#include <stdbool.h>

#include "base/text.h"

/*
 * The first line on standard error of a failure is the failure's own, so what the library says
 * while a command is being set up waits: it is printed when the command opens the talk or
 * succeeds, and forgotten when it fails before.
 */
typedef struct bf_talk {
  bf_text kept;
  bool is_open;
  bool is_mid_line; /**< a progress bar stands on the line */
} bf_talk;

/** Takes over base/log.h. Only rank 0 talks; other ranks do not call this. */
void bf_talk_start(bf_talk *talk);

/** Prints what was kept; later lines are printed at once. */
void bf_talk_open(bf_talk *talk);

/** Prints "bitfront: <line>", after finishing a line that a progress bar stands on. */
void bf_talk_failure(bf_talk *talk, const char *line);

/** Gives base/log.h back. */
void bf_talk_end(bf_talk *talk);

#endif
