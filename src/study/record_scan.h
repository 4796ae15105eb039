/* JSON values read from left to right, without a document.
 * Room: study (private). */
#ifndef BF_STUDY_RECORD_SCAN_H
#define BF_STUDY_RECORD_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A journal has three lines a trial, nearly all of them in the form in which bf_journal_form prints
 * them. A scan reads that form, and no other: blanks, escapes and what is not ASCII, numbers that
 * do not fit. It says false then, or where the text is no JSON, and where it stands means nothing
 * any more; what the text is after all, and what is wrong with it, bf_json_parse_line says.
 */

/** What is left of a text. A byte that is no part of a number must follow it. */
typedef struct bf_scan {
  const char *at;
  const char *end;
} bf_scan;

/** Exactly these bytes. */
bool bf_scan_bytes(bf_scan *scan, const char *bytes, size_t n);
bool bf_scan_word(bf_scan *scan, const char *word);

/** A whole number of 0 .. @p most, of 18 digits at most. */
bool bf_scan_natural(bf_scan *scan, uint64_t most, uint64_t *value);

/** A number, as strtod() reads it; finite. */
bool bf_scan_number(bf_scan *scan, double *value);

/** A text in quotes. @param[out] text what is between them, @p n bytes; borrowed. */
bool bf_scan_text(bf_scan *scan, const char **text, size_t *n);

/** Any value; texts in it may have escapes. That a key stands twice in an object is not seen. */
bool bf_scan_skip(bf_scan *scan);

#endif
