/* The words of an ARFF line: keywords, names, values.
 * Room: data. */
#ifndef BF_DATA_ARFF_CELL_H
#define BF_DATA_ARFF_CELL_H

#include <stdbool.h>
#include <stddef.h>

/** A word in its line, without quotes and escapes; no NUL ends it. */
typedef struct bf_arff_cell {
  const char *text;
  size_t n;
  bool is_quoted;
} bf_arff_cell;

/** What ends a word that is followed by nothing special. */
#define BF_ARFF_BLANKS " \t"

/** Moves @p at over blanks and returns what it points to then; NUL at the end of the line, and
 * where a comment ("% ...") begins. */
char bf_arff_peek(char **at);

/**
 * @brief Reads the word at @p at and moves it behind it: up to the closing quote if it begins with
 *        one (' or "), else up to one of @p ends.
 * @return whether a closing quote is there, and in front of one of @p ends or the end of the line.
 */
bool bf_arff_take(char **at, const char *ends, bf_arff_cell *cell);

/** Whether the word is @p text, without quotes and in any case. */
bool bf_arff_is_word(const bf_arff_cell *cell, const char *text);

#endif
