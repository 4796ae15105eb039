/* Names of hosts and reasons of failures: many trials, few texts.
 * Room: study. */
#include "base/memory.h"
#include "study/record_parts.h"

/* A text is looked for among the last few only, so a file in which all differ is read in no more
 * time than another. */
enum { WINDOW = 64 };

struct bf_record_texts {
  size_t n;
  size_t capacity;
  char **items; /* (n) owned */
};

static bool is_text(const char *item, const char *text, size_t n)
{
  return strncmp(item, text, n) == 0 && item[n] == '\0';
}

static const char *find(const struct bf_record_texts *texts, const char *text, size_t n)
{
  for (size_t i = texts->n; i > 0 && i + WINDOW > texts->n; i--)
    if (is_text(texts->items[i - 1], text, n))
      return texts->items[i - 1];
  return NULL;
}

static const char *add(struct bf_record_texts *texts, const char *text, size_t n)
{
  if (texts->n == texts->capacity) {
    size_t capacity = 2 * texts->capacity + 8;
    char **items = bf_grow(texts->items, texts->n, capacity, sizeof *items);
    if (items == NULL)
      return NULL;
    texts->items = items;
    texts->capacity = capacity;
  }
  char *copy = bf_alloc(n + 1, 1);
  if (copy != NULL)
    texts->items[texts->n++] = memcpy(copy, text, n);
  return copy;
}

const char *bf_record_text(bf_record *record, const char *text, size_t n)
{
  if (n == 0)
    return "";
  if (record->texts == NULL)
    record->texts = bf_alloc(1, sizeof *record->texts);
  if (record->texts == NULL)
    return NULL;
  const char *found = find(record->texts, text, n);
  return found != NULL ? found : add(record->texts, text, n);
}

void bf_record_texts_free(struct bf_record_texts *texts)
{
  for (size_t i = 0; texts != NULL && i < texts->n; i++)
    free(texts->items[i]);
  if (texts != NULL)
    free(texts->items);
  free(texts);
}
