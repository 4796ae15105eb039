/* "Did you mean": the nearest of a list of known words.
 * Room: base. */
#ifndef BF_BASE_SUGGEST_H
#define BF_BASE_SUGGEST_H

#include <stdbool.h>
#include <stddef.h>

/**
 * @brief The word of @p words nearest to @p word by edit distance (Levenshtein), case ignored.
 * @return NULL if none is within a third of the longer length; borrowed from @p words.
 */
const char *bf_suggest(const char *word, const char *const *words, size_t n_words);

/** Whether two names are spellings of one: case, '-' and '_' make no difference, as in
 * "BruteForce", "brute_force" and "brute-force". */
bool bf_same_name(const char *a, const char *b);

#endif
