/* Pickles as trees of values: their memory, and what is asked of them.
 * Room: nn. */
#include "nn/pickle.h"

#include "base/memory.h"
#include "nn/pickle_machine.h"

/* Memory is taken in chunks and freed with the pickle: values refer to each other in any way, also
 * in circles, and none is freed alone. */
enum { CHUNK_BYTES = 1 << 16 };

typedef struct chunk chunk;
struct chunk {
  chunk *next;
  size_t n_used, n_bytes;
  uint64_t memory[];
};

struct bf_pickle {
  chunk *chunks;
  const bf_pickle_value *root;
};

static const char *const kind_names[BF_N_PICKLE_KINDS] = {
    [BF_PICKLE_NONE] = "None",
    [BF_PICKLE_BOOL] = "a truth value",
    [BF_PICKLE_WHOLE] = "a whole number",
    [BF_PICKLE_REAL] = "a number",
    [BF_PICKLE_TEXT] = "a text",
    [BF_PICKLE_BYTES] = "a byte string",
    [BF_PICKLE_TUPLE] = "a tuple",
    [BF_PICKLE_LIST] = "a list",
    [BF_PICKLE_DICT] = "a dict",
    [BF_PICKLE_GLOBAL] = "a class",
    [BF_PICKLE_OBJECT] = "an object",
    [BF_PICKLE_PERSISTENT] = "a storage",
};

const char *bf_pickle_kind_name(bf_pickle_kind kind)
{
  return kind_names[kind];
}

void *bf_pickle_memory(bf_pickle *pickle, size_t n_bytes)
{
  const size_t n = (n_bytes + sizeof(uint64_t) - 1) / sizeof(uint64_t) * sizeof(uint64_t);
  chunk *first = pickle->chunks;
  if (first == NULL || n > first->n_bytes - first->n_used) {
    const size_t n_chunk = n > CHUNK_BYTES ? n : CHUNK_BYTES;
    first = bf_alloc_bytes(sizeof *first + n_chunk);
    if (first == NULL)
      return NULL;
    *first = (chunk){.next = pickle->chunks, .n_bytes = n_chunk};
    pickle->chunks = first;
  }
  void *memory = (char *)first->memory + first->n_used;
  first->n_used += n;
  return memory;
}

bf_status bf_pickle_read(const uint8_t *data, size_t n, const bf_pickle_global *globals,
                         bf_pickle **out)
{
  bf_status status = BF_OK;
  bf_pickle_machine m = {.data = data, .n_bytes = n, .globals = globals};
  m.pickle = bf_alloc(1, sizeof *m.pickle);
  BF_CHECK_MEMORY(m.pickle);
  BF_TRY(bf_pickle_run(&m, &m.pickle->root));
  *out = m.pickle;
  m.pickle = NULL;
done:
  free(m.stack.items);
  free(m.memo.items);
  free(m.marks);
  bf_pickle_free(m.pickle);
  return status;
}

void bf_pickle_free(bf_pickle *pickle)
{
  if (pickle == NULL)
    return;
  while (pickle->chunks != NULL) {
    chunk *next = pickle->chunks->next;
    free(pickle->chunks);
    pickle->chunks = next;
  }
  free(pickle);
}

const bf_pickle_value *bf_pickle_root(const bf_pickle *pickle)
{
  return pickle->root;
}

bool bf_pickle_is_text(const bf_pickle_value *value, const char *text)
{
  return value->kind == BF_PICKLE_TEXT && value->n == strlen(text) &&
         memcmp(value->text, text, value->n) == 0;
}

const bf_pickle_value *bf_pickle_get(const bf_pickle_value *dict, const char *key)
{
  if (dict->kind != BF_PICKLE_DICT)
    return NULL;
  for (size_t i = dict->n; i >= 2; i -= 2)
    if (bf_pickle_is_text(dict->items[i - 2], key))
      return dict->items[i - 1];
  return NULL;
}

void bf_pickle_show(const char *text, size_t n, size_t size, char *shown)
{
  const size_t n_shown = n < size ? n : size - 1;
  for (size_t i = 0; i < n_shown; i++)
    shown[i] = (char)(text[i] >= ' ' && text[i] <= '~' ? text[i] : '?');
  shown[n_shown] = '\0';
}
