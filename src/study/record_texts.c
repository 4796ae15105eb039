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

static const char *find(const struct bf_record_texts *texts, const char *text)
{
  for (size_t i = texts->n; i > 0 && i + WINDOW > texts->n; i--)
    if (strcmp(texts->items[i - 1], text) == 0)
      return texts->items[i - 1];
  return NULL;
}

static const char *add(struct bf_record_texts *texts, const char *text)
{
  if (texts->n == texts->capacity) {
    size_t capacity = 2 * texts->capacity + 8;
    char **items = bf_grow(texts->items, texts->n, capacity, sizeof *items);
    if (items == NULL)
      return NULL;
    texts->items = items;
    texts->capacity = capacity;
  }
  char *copy = bf_copy_text(text);
  if (copy != NULL)
    texts->items[texts->n++] = copy;
  return copy;
}

const char *bf_record_text(bf_record *record, const char *text)
{
  if (text[0] == '\0')
    return "";
  if (record->texts == NULL)
    record->texts = bf_alloc(1, sizeof *record->texts);
  if (record->texts == NULL)
    return NULL;
  const char *found = find(record->texts, text);
  return found != NULL ? found : add(record->texts, text);
}

void bf_record_texts_free(struct bf_record_texts *texts)
{
  for (size_t i = 0; texts != NULL && i < texts->n; i++)
    free(texts->items[i]);
  if (texts != NULL)
    free(texts->items);
  free(texts);
}
