/* A growing string.
 * Room: base. */
#include "base/text.h"

#include <math.h>

#include "base/memory.h"

static int grow(bf_text *text, size_t wanted)
{
  size_t capacity = text->capacity * 2 > wanted ? text->capacity * 2 : wanted + 64;
  char *data = bf_grow(text->data, text->length, capacity, 1);
  if (data == NULL) {
    text->short_of_memory = 1;
    return 0;
  }
  text->data = data;
  text->capacity = capacity;
  return 1;
}

static inline int reserve(bf_text *text, size_t n_more)
{
  size_t wanted = text->length + n_more + 1;
  return wanted <= text->capacity || grow(text, wanted);
}

void bf_text_append_bytes(bf_text *text, const char *bytes, size_t n)
{
  if (!reserve(text, n))
    return;
  if (n > 0)
    memcpy(text->data + text->length, bytes, n);
  text->length += n;
  text->data[text->length] = '\0';
}

void bf_text_append(bf_text *text, const char *string)
{
  bf_text_append_bytes(text, string, strlen(string));
}

void bf_text_vprintf(bf_text *text, const char *format, va_list arguments)
{
  va_list again;
  va_copy(again, arguments);
  /* Mostly there is room, and then it is printed once. */
  size_t room = text->capacity - text->length;
  int n = vsnprintf(room > 0 ? text->data + text->length : NULL, room, format, arguments);
  if (n >= 0 && (size_t)n >= room) {
    if (room > 0)
      text->data[text->length] = '\0';
    n = reserve(text, (size_t)n)
            ? vsnprintf(text->data + text->length, (size_t)n + 1, format, again)
            : -1;
  }
  if (n > 0)
    text->length += (size_t)n;
  va_end(again);
}

void bf_text_printf(bf_text *text, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  bf_text_vprintf(text, format, arguments);
  va_end(arguments);
}

void bf_text_number(bf_text *text, double value)
{
  if (isnan(value))
    bf_text_append(text, "-");
  else if (value == floor(value) && fabs(value) < 1e15)
    bf_text_printf(text, "%.0f", value == 0 ? 0 : value);
  else
    bf_text_printf(text, "%.6g", value);
}

void bf_text_printable(bf_text *text, const char *string, size_t most)
{
  size_t n = 0;
  for (; n < most && string[n] != '\0'; n++) {
    unsigned char byte = (unsigned char)string[n];
    bf_text_append_bytes(text, byte < 0x20 || byte == 0x7f ? "?" : &string[n], 1);
  }
  if (string[n] != '\0')
    bf_text_append(text, "...");
}

const char *bf_text_view(const bf_text *text)
{
  return text->data != NULL ? text->data : "";
}

bf_status bf_text_status(const bf_text *text)
{
  return text->short_of_memory ? bf_fail(BF_ERR_NOMEM, "out of memory for a text") : BF_OK;
}

void bf_text_reset(bf_text *text)
{
  text->length = 0;
  text->short_of_memory = 0;
  if (text->data != NULL)
    text->data[0] = '\0';
}

void bf_text_release(bf_text *text)
{
  free(text->data);
  *text = (bf_text){0};
}
