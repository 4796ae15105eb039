/* A growing string. Appending never fails visibly: running out of memory sticks and is asked once.
 * Room: base. */
#ifndef BF_BASE_TEXT_H
#define BF_BASE_TEXT_H

#include <stdarg.h>
#include <stddef.h>

#include "base/status.h"

/** All zero is a valid empty text (bf_text t = {0}). `data` is NUL-terminated once something was
 * appended. */
typedef struct bf_text {
  char *data;
  size_t length;   /**< bytes without the NUL */
  size_t capacity; /**< bytes allocated */
  int short_of_memory;
} bf_text;

void bf_text_append(bf_text *text, const char *string);
void bf_text_append_bytes(bf_text *text, const char *bytes, size_t n);
void bf_text_printf(bf_text *text, const char *format, ...) BF_PRINTF(2, 3);
void bf_text_vprintf(bf_text *text, const char *format, va_list arguments) BF_PRINTF(2, 0);

/** Appends a number for people: whole ones exactly, others with six digits, "-" for NaN. */
void bf_text_number(bf_text *text, double value);

/** Appends at most @p most bytes of a text that a file holds, so that it stays one line and short:
 * control characters become '?', and "..." stands for the rest. */
void bf_text_printable(bf_text *text, const char *string, size_t most);

/** The string so far, "" when empty; borrowed until the next append. */
const char *bf_text_view(const bf_text *text);

/** BF_OK, or BF_ERR_NOMEM if any append so far found no memory. */
bf_status bf_text_status(const bf_text *text);

/** Empty again, memory kept. */
void bf_text_reset(bf_text *text);

/** Frees the memory and leaves a valid empty text. */
void bf_text_release(bf_text *text);

#endif
