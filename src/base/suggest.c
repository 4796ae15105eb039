/* "Did you mean": the nearest of a list of known words.
 * Room: base. */
#include "base/suggest.h"

#include <ctype.h>
#include <string.h>

enum { LONGEST = 63 };

static size_t smallest(size_t a, size_t b, size_t c)
{
  size_t ab = a < b ? a : b;
  return ab < c ? ab : c;
}

static bool same_letter(char a, char b)
{
  return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Edit distance, one row of the matrix at a time; both words at most LONGEST bytes. */
static size_t distance(const char *a, const char *b)
{
  size_t row[LONGEST + 1];
  size_t n = strlen(b);
  for (size_t j = 0; j <= n; j++)
    row[j] = j;
  for (size_t i = 0; a[i] != '\0'; i++) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < n; j++) {
      size_t replaced = diagonal + !same_letter(a[i], b[j]);
      diagonal = row[j + 1];
      row[j + 1] = smallest(replaced, row[j] + 1, row[j + 1] + 1);
    }
  }
  return row[n];
}

const char *bf_suggest(const char *word, const char *const *words, size_t n_words)
{
  const char *nearest = NULL;
  size_t nearest_distance = 0;
  size_t n = strlen(word);
  for (size_t i = 0; i < n_words && n <= LONGEST; i++) {
    size_t n_other = strlen(words[i]);
    if (n_other > LONGEST)
      continue;
    size_t d = distance(word, words[i]);
    if (3 * d <= (n > n_other ? n : n_other) && (nearest == NULL || d < nearest_distance)) {
      nearest = words[i];
      nearest_distance = d;
    }
  }
  return nearest;
}

static const char *skip_separators(const char *name)
{
  while (*name == '-' || *name == '_')
    name++;
  return name;
}

bool bf_same_name(const char *a, const char *b)
{
  a = skip_separators(a);
  b = skip_separators(b);
  while (*a != '\0' && same_letter(*a, *b)) {
    a = skip_separators(a + 1);
    b = skip_separators(b + 1);
  }
  return *a == '\0' && *b == '\0';
}
