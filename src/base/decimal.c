/* Numbers as text, and back, in a third of the time of printf and strtod, or less.
 * Room: base. */
#include "base/decimal.h"

#include <inttypes.h>
#include <math.h>

#include "base/json.h"

__extension__ typedef unsigned __int128 wide;

/* Digits of the longest uint64_t; and behind the point. */
enum { MOST_DIGITS = 20, MOST_DECIMALS = 30 };

/* All are exact. */
static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

enum { N_POWERS = sizeof powers / sizeof powers[0] };

void bf_decimal_natural(uint64_t value, bf_text *text)
{
  char digits[MOST_DIGITS];
  size_t first = sizeof digits;
  do {
    digits[--first] = (char)('0' + value % 10);
    value /= 10;
  } while (value > 0);
  bf_text_append_bytes(text, digits + first, sizeof digits - first);
}

void bf_decimal_integer(int64_t value, bf_text *text)
{
  if (value < 0)
    bf_text_append_bytes(text, "-", 1);
  /* Also of the least, which has no opposite. */
  bf_decimal_natural(value < 0 ? 0 - (uint64_t)value : (uint64_t)value, text);
}

/* With the point, and with exactly so many digits behind it, at least one. */
static void print_point(uint64_t scaled, int n_decimals, bf_text *text)
{
  char digits[MOST_DECIMALS + 1];
  size_t first = sizeof digits;
  BF_ASSERT(n_decimals <= MOST_DECIMALS);
  for (; n_decimals > 0; n_decimals--, scaled /= 10)
    digits[--first] = (char)('0' + scaled % 10);
  digits[--first] = '.';
  bf_decimal_natural(scaled, text);
  bf_text_append_bytes(text, digits + first, sizeof digits - first);
}

void bf_decimal_scaled(uint64_t scaled, int n_decimals, bf_text *text)
{
  for (; n_decimals > 0 && scaled % 10 == 0; n_decimals--)
    scaled /= 10;
  if (n_decimals > 0)
    print_point(scaled, n_decimals, text);
  else
    bf_decimal_natural(scaled, text);
}

/* Digits in front of the point of 1e-4 .. 1e9: 3 of 123.4; 0 of 0.5, -1 of 0.05. */
static int count_digits(double size)
{
  int n = 0;
  while (size < 1 / powers[1 - n] && n > -3)
    n--;
  while (n >= 0 && size >= powers[n])
    n++;
  return n;
}

/* A product is off by less than 1e-6 here, and so is which way it is rounded, unless it is near the
 * middle. */
static bool round_short(double size, int *n_decimals, uint64_t *scaled)
{
  const double near = 1e-4;
  if (!(size >= 1e-4 && size < 1e9))
    return false;
  int n = count_digits(size);
  double product = size * powers[9 - n];
  double whole = floor(product);
  *n_decimals = 9 - n;
  *scaled = (uint64_t)whole + (product - whole > 0.5);
  return fabs(product - whole - 0.5) > near && *scaled < 1000000000;
}

void bf_decimal_short(double value, bf_text *text)
{
  int n_decimals = 0;
  uint64_t scaled = 0;
  if (!round_short(fabs(value), &n_decimals, &scaled)) {
    bf_text_printf(text, "%.9g", value);
    return;
  }
  if (value < 0)
    bf_text_append_bytes(text, "-", 1);
  bf_decimal_scaled(scaled, n_decimals, text);
}

/* The value is m * 2^e; m * 10^6 is exact, and rounded half to even as printf does. */
void bf_decimal_micro(double value, bf_text *text)
{
  int exponent = 0;
  bool is_common = value >= 1e-6 && value < 1e12;
  if (!is_common) {
    bf_text_printf(text, "%.6f", value);
    return;
  }
  wide product = (wide)(uint64_t)ldexp(frexp(value, &exponent), 53) * 1000000;
  int shift = 53 - exponent;
  wide rest = product & (((wide)1 << shift) - 1);
  wide half = (wide)1 << (shift - 1);
  uint64_t micros = (uint64_t)(product >> shift);
  micros += rest > half || (rest == half && micros % 2 == 1);
  print_point(micros, 6, text);
}

static void print_json(double value, bf_text *text)
{
  bf_text printed = {0};
  bf_json *json = bf_json_number(value);
  /* Behind it is a line break. */
  if (bf_json_print(json, &printed) == BF_OK)
    bf_text_append_bytes(text, printed.data, printed.length - 1);
  else
    text->short_of_memory = 1;
  bf_json_free(json);
  bf_text_release(&printed);
}

/* The quotient of a number of fifteen digits and 10^10 is printed with just these digits. */
void bf_decimal_json(double value, bf_text *text)
{
  const double decimals = 1e10;
  double size = fabs(value);
  bool is_short = size < 1e5;
  double scaled = round(size * decimals);
  if (is_short ? scaled < 1e6 && scaled != 0 : size >= 1e15 || size != floor(size)) {
    print_json(is_short ? round(value * decimals) / decimals : value, text);
    return;
  }
  double rounded = is_short ? scaled / decimals : size;
  if (signbit(value))
    bf_text_append_bytes(text, "-", 1);
  if (rounded != floor(rounded)) {
    bf_decimal_scaled((uint64_t)scaled, 10, text);
    return;
  }
  bf_decimal_natural((uint64_t)rounded, text);
  bf_text_append_bytes(text, ".0", 2);
}

/* Reads digits into @p value; stops in front of the first that would make it too long. */
static const char *read_digits(const char *at, uint64_t *value)
{
  const uint64_t most = 100000000000000;
  while (*at >= '0' && *at <= '9' && *value < most)
    *value = 10 * *value + (uint64_t)(*at++ - '0');
  return at;
}

/* Reads "e-12", if it stands there. */
static const char *read_exponent(const char *at, int64_t *exponent)
{
  uint64_t size = 0;
  if (*at != 'e' && *at != 'E')
    return at;
  bool is_negative = at[1] == '-';
  const char *digits = at + (is_negative || at[1] == '+' ? 2 : 1);
  const char *end = read_digits(digits, &size);
  *exponent = is_negative ? -(int64_t)size : (int64_t)size;
  return end > digits ? end : at;
}

static double read_slowly(const char *text, size_t *n_read)
{
  char *end = NULL;
  double value = strtod(text, &end);
  *n_read = (size_t)(end - text);
  return value;
}

/* A whole number below 2^53 and a power of ten up to 10^22 are exact, so their product or quotient
 * is rounded once, as it should be (Clinger 1990). What is not such a number up to its end is
 * left to strtod. */
double bf_decimal_read(const char *text, size_t *n_read)
{
  uint64_t digits = 0;
  int64_t exponent = 0;
  const char *first = text + (*text == '-' || *text == '+' ? 1 : 0);
  const char *point = read_digits(first, &digits);
  const char *at = point;
  if (*point == '.')
    at = read_digits(point + 1, &digits);
  size_t n_decimals = *point == '.' ? (size_t)(at - point) - 1 : 0;
  bool has_digits = (size_t)(at - first) > (*point == '.' ? 1 : 0);
  at = read_exponent(at, &exponent);
  exponent -= (int64_t)n_decimals;
  bool is_whole = strchr(" \t\r\n,", *at) != NULL;
  if (!has_digits || !is_whole || exponent <= -N_POWERS || exponent >= N_POWERS)
    return read_slowly(text, n_read);
  double size =
      exponent < 0 ? (double)digits / powers[-exponent] : (double)digits * powers[exponent];
  *n_read = (size_t)(at - text);
  return *text == '-' ? -size : size;
}
