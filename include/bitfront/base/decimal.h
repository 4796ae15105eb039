/* Numbers as text, and back, in a third of the time of printf and strtod, or less.
 * Room: base. */
#ifndef BF_BASE_DECIMAL_H
#define BF_BASE_DECIMAL_H

#include <stdint.h>

#include "base/text.h"

/*
 * Files of a study hold dozens of numbers a trial. What is said of printf is meant byte for byte:
 * numbers that are not common, or too near to the middle between two results, are printed by it.
 */

/** Appends "%" PRIu64 and "%" PRId64. */
void bf_decimal_natural(uint64_t value, bf_text *text);
void bf_decimal_integer(int64_t value, bf_text *text);

/** Appends scaled / 10^n_decimals, without zeros at its end: 12.5 of (12500, 3). At most 30
 * decimals. */
void bf_decimal_scaled(uint64_t scaled, int n_decimals, bf_text *text);

/** Appends "%.9g". */
void bf_decimal_short(double value, bf_text *text);

/** Appends "%.6f". */
void bf_decimal_micro(double value, bf_text *text);

/** Appends a number as bf_json_number prints it, rounded to ten decimals if it is below 10^5; null
 * for what is none. */
void bf_decimal_json(double value, bf_text *text);

/**
 * @brief The number that @p text starts with, bit for bit as strtod finds it in the C locale; to
 *        that are left those of more than 15 digits or with powers of ten above 10^22.
 * @param[out] n_read bytes of the number; 0: there is none.
 */
double bf_decimal_read(const char *text, size_t *n_read);

#endif
