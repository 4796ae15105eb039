/* What is a character of UTF-8.
 * Room: base. A header alone, as a journal asks for every character that it writes. */
#ifndef BF_BASE_UTF8_H
#define BF_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/** Whether @p byte continues a character. */
static inline bool bf_utf8_continues(unsigned char byte)
{
  return (byte & 0xc0) == 0x80;
}

/** The bytes, 1 to 4, of the character at @p at in a NUL-terminated text; 0 if there is none.
 * Overlong forms, surrogates and what is past U+10FFFF are none. */
static inline size_t bf_utf8_length(const unsigned char *at)
{
  if (at[0] < 0x80)
    return 1;
  if (at[0] < 0xc2 || at[0] > 0xf4 || !bf_utf8_continues(at[1]))
    return 0;
  if (at[0] < 0xe0)
    return 2;
  if (!bf_utf8_continues(at[2]))
    return 0;
  if (at[0] < 0xf0)
    return (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ? 0 : 3;
  if (!bf_utf8_continues(at[3]) || (at[0] == 0xf0 && at[1] < 0x90) ||
      (at[0] == 0xf4 && at[1] > 0x8f))
    return 0;
  return 4;
}

#endif
