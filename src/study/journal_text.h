/* JSON values, printed as a journal needs them: fast, and so that they are read back exactly.
 * Room: study (private). */
#ifndef BF_STUDY_JOURNAL_TEXT_H
#define BF_STUDY_JOURNAL_TEXT_H

#include "base/text.h"
#include "base/toml.h"

/** Appends a quoted string. @p string may hold any bytes: each that belongs to no UTF-8 character
 * becomes '?'. */
void bf_journal_string(const char *string, bf_text *text);

/** Appends a number that is read back exactly, with 15 digits where they are enough and 17 where
 * not; null for NaN and infinities, which JSON has not. */
void bf_journal_number(double value, bf_text *text);

/** Appends a quoted local time with microseconds, "2026-11-23T05:06:54.250000", of seconds since
 * 1970; null for NaN and what is no date. */
void bf_journal_date(double date_s, bf_text *text);

/** Appends a choice's value, with NA as null; an array becomes an array. */
void bf_journal_value(const bf_toml *value, bf_text *text);

#endif
