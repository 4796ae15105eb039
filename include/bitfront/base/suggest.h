/* "Did you mean": the nearest of a list of known words.
 * Room: base. */
#ifndef BF_BASE_SUGGEST_H
#define BF_BASE_SUGGEST_H

#include <stddef.h>

/**
 * @brief The word of @p words nearest to @p word by edit distance (Levenshtein), case ignored.
 * @return NULL if none is within a third of the longer length; borrowed from @p words.
 */
const char *bf_suggest(const char *word, const char *const *words, size_t n_words);

#endif
