/* JSON values read from left to right, without a document.
 * Room: study. */
#include "study/record_scan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* So many digits always fit into a uint64_t. */
enum { MOST_DIGITS = 18, MOST_NESTED = 16 };

static bool is_digit(char byte)
{
  return byte >= '0' && byte <= '9';
}

bool bf_scan_bytes(bf_scan *scan, const char *bytes, size_t n)
{
  if ((size_t)(scan->end - scan->at) < n || memcmp(scan->at, bytes, n) != 0)
    return false;
  scan->at += n;
  return true;
}

bool bf_scan_word(bf_scan *scan, const char *word)
{
  return bf_scan_bytes(scan, word, strlen(word));
}

/* Digits from here on, at most MOST_DIGITS, as a number; a zero in front is the only digit. */
static bool take_digits(bf_scan *scan, uint64_t *value)
{
  const char *first = scan->at;
  uint64_t sum = 0;
  for (; scan->at < scan->end && is_digit(*scan->at) && scan->at - first < MOST_DIGITS; scan->at++)
    sum = 10 * sum + (uint64_t)(*scan->at - '0');
  *value = sum;
  bool goes_on = scan->at < scan->end && is_digit(*scan->at);
  return scan->at > first && !goes_on && (*first != '0' || scan->at == first + 1);
}

bool bf_scan_natural(bf_scan *scan, uint64_t most, uint64_t *value)
{
  bool is_fraction;
  if (!take_digits(scan, value) || *value > most)
    return false;
  is_fraction = scan->at < scan->end && strchr(".eE", *scan->at) != NULL;
  return !is_fraction;
}

static void skip_digits(bf_scan *scan)
{
  while (scan->at < scan->end && is_digit(*scan->at))
    scan->at++;
}

/* What may follow the whole part, after which the number is strtod's. */
static bool skip_rest(bf_scan *scan)
{
  if (bf_scan_word(scan, ".")) {
    const char *first = scan->at;
    skip_digits(scan);
    if (scan->at == first)
      return false;
  }
  if (scan->at < scan->end && (*scan->at == 'e' || *scan->at == 'E')) {
    scan->at++;
    if (scan->at < scan->end && (*scan->at == '+' || *scan->at == '-'))
      scan->at++;
    const char *first = scan->at;
    skip_digits(scan);
    return scan->at > first;
  }
  return true;
}

bool bf_scan_number(bf_scan *scan, double *value)
{
  const double exact = 0x1p53;
  const char *first = scan->at;
  uint64_t whole = 0;
  bool is_negative = bf_scan_word(scan, "-");
  if (!take_digits(scan, &whole))
    return false;
  const char *end = scan->at;
  if (!skip_rest(scan))
    return false;
  if (scan->at == end && (double)whole < exact)
    /* Whole numbers have no negative zero. */
    *value = is_negative && whole > 0 ? -(double)whole : (double)whole;
  else
    *value = strtod(first, NULL);
  return isfinite(*value);
}

/* Up to what ends a text, begins an escape or is not ASCII. */
static void skip_plain(bf_scan *scan)
{
  while (scan->at < scan->end && *scan->at >= 0x20 && *scan->at < 0x7f && *scan->at != '"' &&
         *scan->at != '\\')
    scan->at++;
}

bool bf_scan_text(bf_scan *scan, const char **text, size_t *n)
{
  if (!bf_scan_word(scan, "\""))
    return false;
  const char *first = scan->at;
  skip_plain(scan);
  *text = first;
  *n = (size_t)(scan->at - first);
  return bf_scan_word(scan, "\"");
}

/* An escape of one letter. */
static bool skip_escape(bf_scan *scan)
{
  if (!bf_scan_word(scan, "\\") || scan->at == scan->end)
    return false;
  char letter = *scan->at++;
  return letter != '\0' && strchr("\"\\/bfnrt", letter) != NULL;
}

static bool skip_text(bf_scan *scan)
{
  if (!bf_scan_word(scan, "\""))
    return false;
  for (;;) {
    skip_plain(scan);
    if (bf_scan_word(scan, "\""))
      return true;
    if (!skip_escape(scan))
      return false;
  }
}

static bool skip_scalar(bf_scan *scan)
{
  double number = 0;
  if (scan->at < scan->end && *scan->at == '"')
    return skip_text(scan);
  return bf_scan_word(scan, "null") || bf_scan_word(scan, "true") || bf_scan_word(scan, "false") ||
         bf_scan_number(scan, &number);
}

static bool skip_key(bf_scan *scan)
{
  return skip_text(scan) && bf_scan_word(scan, ":");
}

static bool skip_nested(bf_scan *scan, int depth);

/* The members of an object, or the items of an array, behind their bracket. */
static bool skip_members(bf_scan *scan, bool is_object, int depth)
{
  const char *close = is_object ? "}" : "]";
  if (bf_scan_word(scan, close))
    return true;
  do {
    if ((is_object && !skip_key(scan)) || !skip_nested(scan, depth + 1))
      return false;
  } while (bf_scan_word(scan, ","));
  return bf_scan_word(scan, close);
}

static bool skip_nested(bf_scan *scan, int depth)
{
  if (depth > MOST_NESTED)
    return false;
  if (bf_scan_word(scan, "{"))
    return skip_members(scan, true, depth);
  if (bf_scan_word(scan, "["))
    return skip_members(scan, false, depth);
  return skip_scalar(scan);
}

bool bf_scan_skip(bf_scan *scan)
{
  return skip_nested(scan, 0);
}
