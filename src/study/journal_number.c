/* Numbers as JSON, read back exactly, in a third of the time of printf or less.
 * Room: study. */
#include <math.h>

#include "base/decimal.h"
#include "study/journal_text.h"

/* Numbers of these many digits in front of the point, less the zeros behind it, and no others. */
enum { FEWEST_DIGITS = -6, MOST_DIGITS = 15, ENOUGH_DIGITS = 17 };

__extension__ typedef unsigned __int128 wide;

/* All are exact: 10^22 is the last power of ten that a double holds. */
static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
static const double shares[] = {1e0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7};

/* Digits of @p value in front of the point, at most MOST_DIGITS: 3 for 123.4; 0 for 0.5, -1 for
 * 0.05. */
static int count_digits(double value)
{
  int n = 0;
  while (n > FEWEST_DIGITS && value < shares[1 - n])
    n--;
  while (n >= 0 && n < MOST_DIGITS && value >= powers[n])
    n++;
  return n;
}

/* round(value * 10^n_decimals), exactly: value is m * 2^e, and m * 5^n_decimals fits. */
static uint64_t scale(double value, int n_decimals)
{
  int exponent;
  wide product = (uint64_t)ldexp(frexp(value, &exponent), 53);
  int shift = 53 - exponent - n_decimals;
  for (int i = 0; i < n_decimals; i++)
    product *= 5;
  return (uint64_t)((product + ((wide)1 << shift >> 1)) >> shift);
}

/* A value that is no whole number. A quotient of a number below 2^53 and a power of ten up to 10^22
 * is what a reader makes of these digits, too: where that is the value, 15 digits are enough. 17
 * always are. */
static void print_fraction(double value, bf_text *text)
{
  int n_decimals = MOST_DIGITS - count_digits(value);
  uint64_t scaled = (uint64_t)(value * powers[n_decimals] + 0.5);
  if ((double)scaled / powers[n_decimals] != value) {
    n_decimals += ENOUGH_DIGITS - MOST_DIGITS;
    scaled = scale(value, n_decimals);
  }
  bf_decimal_scaled(scaled, n_decimals, text);
}

void bf_journal_number(double value, bf_text *text)
{
  double size = fabs(value);
  if (!isfinite(value)) {
    bf_text_append(text, "null");
  } else if (size == 0) {
    bf_text_append(text, signbit(value) ? "-0.0" : "0");
  } else if (size < 1e-7 || size >= 1e15) {
    bf_text_printf(text, "%.17g", value);
  } else {
    bf_text_append(text, value < 0 ? "-" : "");
    if (size == floor(size))
      bf_decimal_natural((uint64_t)size, text);
    else
      print_fraction(size, text);
  }
}
