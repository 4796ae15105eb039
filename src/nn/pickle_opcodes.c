/* The machine that reads pickles: a stack, marks on it, a memo, a table of opcodes.
 * Room: nn. */
#include "base/memory.h"
#include "nn/pickle_machine.h"

static bf_status fail_at(const bf_pickle_machine *m, const char *what)
{
  return bf_fail(BF_ERR_DATA, "its pickle %s at byte %zu", what, m->at);
}

static bf_status make_value(bf_pickle_machine *m, bf_pickle_kind kind, bf_pickle_value **out)
{
  bf_status status = BF_OK;
  bf_pickle_value *value = bf_pickle_memory(m->pickle, sizeof *value);
  BF_CHECK_MEMORY(value);
  *value = (bf_pickle_value){.kind = kind};
  *out = value;
done:
  return status;
}

/* So that there is memory for @p n values. */
static bf_status make_room(bf_pickle_values *list, size_t n)
{
  bf_status status = BF_OK;
  if (n <= list->capacity)
    return BF_OK;
  size_t capacity = bf_grown(list->capacity);
  if (capacity < n)
    capacity = n;
  bf_pickle_value **grown =
      bf_grow(list->items, list->capacity, capacity, sizeof(bf_pickle_value *));
  BF_CHECK_MEMORY(grown);
  list->items = grown;
  list->capacity = capacity;
done:
  return status;
}

static bf_status push(bf_pickle_machine *m, bf_pickle_value *value)
{
  bf_status status = make_room(&m->stack, m->stack.n + 1);
  if (status == BF_OK)
    m->stack.items[m->stack.n++] = value;
  return status;
}

/* The last @p n values of the stack, which stay there until they are dropped; NULL if there are not
 * so many above the last mark. */
static bf_pickle_value **see(const bf_pickle_machine *m, size_t n)
{
  const size_t floor = m->n_marks > 0 ? m->marks[m->n_marks - 1] : 0;
  if (m->stack.n - floor >= n)
    return m->stack.items + m->stack.n - n;
  fail_at(m, "takes what is not there");
  return NULL;
}

static void drop(bf_pickle_machine *m, size_t n)
{
  m->stack.n -= n;
}

/* Removes the last mark; @p n gets the number of values above it. */
static bf_status unmark(bf_pickle_machine *m, size_t *n)
{
  if (m->n_marks == 0)
    return fail_at(m, "lacks a mark");
  *n = m->stack.n - m->marks[--m->n_marks];
  return BF_OK;
}

/* The next @p n bytes; NULL if there are not so many. */
static const uint8_t *take(bf_pickle_machine *m, uint64_t n)
{
  if (n > m->n_bytes - m->at) {
    fail_at(m, "is cut off");
    return NULL;
  }
  const uint8_t *bytes = m->data + m->at;
  m->at += (size_t)n;
  return bytes;
}

static bf_status take_number(bf_pickle_machine *m, size_t n_bytes, uint64_t *out)
{
  const uint8_t *bytes = take(m, n_bytes);
  if (bytes == NULL)
    return BF_ERR_DATA;
  *out = 0;
  for (size_t i = 0; i < n_bytes; i++)
    *out |= (uint64_t)bytes[i] << (8 * i);
  return BF_OK;
}

/* Opcodes. Each gets the number that the table says. */

static bf_status skip(bf_pickle_machine *m, size_t n)
{
  return take(m, n) != NULL ? BF_OK : BF_ERR_DATA;
}

static bf_status mark(bf_pickle_machine *m, size_t unused)
{
  (void)unused;
  bf_status status = BF_OK;
  if (m->n_marks == m->mark_capacity) {
    size_t capacity = bf_grown(m->mark_capacity);
    size_t *grown = bf_grow(m->marks, m->mark_capacity, capacity, sizeof *grown);
    BF_CHECK_MEMORY(grown);
    m->marks = grown;
    m->mark_capacity = capacity;
  }
  m->marks[m->n_marks++] = m->stack.n;
done:
  return status;
}

static bf_status put_none(bf_pickle_machine *m, size_t unused)
{
  (void)unused;
  static bf_pickle_value none = {.kind = BF_PICKLE_NONE};
  return push(m, &none);
}

static bf_status put_bool(bf_pickle_machine *m, size_t is_true)
{
  static bf_pickle_value truths[] = {{.kind = BF_PICKLE_BOOL, .whole = 0},
                                     {.kind = BF_PICKLE_BOOL, .whole = 1}};
  return push(m, &truths[is_true]);
}

static bf_status push_whole(bf_pickle_machine *m, int64_t whole)
{
  bf_pickle_value *value;
  bf_status status = make_value(m, BF_PICKLE_WHOLE, &value);
  if (status != BF_OK)
    return status;
  value->whole = whole;
  return push(m, value);
}

/* Four bytes have a sign, less do not. */
static bf_status put_whole(bf_pickle_machine *m, size_t n_bytes)
{
  uint64_t bits = 0;
  bf_status status = take_number(m, n_bytes, &bits);
  if (status != BF_OK)
    return status;
  return push_whole(m, n_bytes == 4 ? (int32_t)(uint32_t)bits : (int64_t)bits);
}

/* A number of bytes, and as many of a signed number. */
static bf_status put_long(bf_pickle_machine *m, size_t n_length)
{
  bf_status status;
  uint64_t n = 0;
  uint64_t bits = 0;
  BF_TRY(take_number(m, n_length, &n));
  if (n > sizeof bits)
    return fail_at(m, "has a whole number of more than 8 bytes");
  BF_TRY(take_number(m, (size_t)n, &bits));
  if (n > 0 && n < sizeof bits && (bits >> (8 * n - 1) & 1) != 0)
    bits |= UINT64_MAX << (8 * n);
  return push_whole(m, (int64_t)bits);
done:
  return status;
}

static bf_status put_real(bf_pickle_machine *m, size_t n_bytes)
{
  bf_status status;
  bf_pickle_value *value;
  uint64_t bits = 0;
  const uint8_t *bytes = take(m, n_bytes);
  if (bytes == NULL)
    return BF_ERR_DATA;
  BF_TRY(make_value(m, BF_PICKLE_REAL, &value));
  for (size_t i = 0; i < n_bytes; i++)
    bits = bits << 8 | bytes[i];
  memcpy(&value->real, &bits, sizeof value->real);
  BF_TRY(push(m, value));
done:
  return status;
}

static bf_status put_string(bf_pickle_machine *m, bf_pickle_kind kind, size_t n_length)
{
  bf_status status;
  uint64_t n = 0;
  bf_pickle_value *value;
  BF_TRY(take_number(m, n_length, &n));
  const uint8_t *bytes = take(m, n);
  if (bytes == NULL)
    return BF_ERR_DATA;
  BF_TRY(make_value(m, kind, &value));
  value->text = (const char *)bytes;
  value->n = (size_t)n;
  BF_TRY(push(m, value));
done:
  return status;
}

static bf_status put_text(bf_pickle_machine *m, size_t n_length)
{
  return put_string(m, BF_PICKLE_TEXT, n_length);
}

static bf_status put_bytes(bf_pickle_machine *m, size_t n_length)
{
  return put_string(m, BF_PICKLE_BYTES, n_length);
}

static bf_status put_empty(bf_pickle_machine *m, size_t kind)
{
  bf_pickle_value *value;
  bf_status status = make_value(m, (bf_pickle_kind)kind, &value);
  return status == BF_OK ? push(m, value) : status;
}

/* The last @p n values become one that holds them. */
static bf_status gather(bf_pickle_machine *m, bf_pickle_kind kind, size_t n)
{
  bf_status status;
  bf_pickle_value *value;
  bf_pickle_value **last = see(m, n);
  if (last == NULL)
    return BF_ERR_DATA;
  BF_TRY(make_value(m, kind, &value));
  value->items = bf_pickle_memory(m->pickle, n * sizeof(bf_pickle_value *));
  BF_CHECK_MEMORY(value->items);
  if (n > 0)
    memcpy(value->items, last, n * sizeof(bf_pickle_value *));
  value->n = n;
  value->capacity = n;
  drop(m, n);
  BF_TRY(push(m, value));
done:
  return status;
}

static bf_status make_tuple(bf_pickle_machine *m, size_t n)
{
  return gather(m, BF_PICKLE_TUPLE, n);
}

static bf_status make_marked_tuple(bf_pickle_machine *m, size_t unused)
{
  (void)unused;
  size_t n = 0;
  bf_status status = unmark(m, &n);
  return status == BF_OK ? make_tuple(m, n) : status;
}

/* The old items stay in their chunk, which at most doubles what a list takes. */
static bf_status widen(bf_pickle *pickle, bf_pickle_value *value, size_t n)
{
  bf_status status = BF_OK;
  if (n <= value->capacity)
    return BF_OK;
  size_t capacity = n > 2 * value->capacity ? n : 2 * value->capacity;
  bf_pickle_value **items = bf_pickle_memory(pickle, capacity * sizeof(bf_pickle_value *));
  BF_CHECK_MEMORY(items);
  if (value->n > 0)
    memcpy(items, value->items, value->n * sizeof(bf_pickle_value *));
  value->items = items;
  value->capacity = capacity;
done:
  return status;
}

/* Moves the last @p n values into the list or dict under them. */
static bf_status extend(bf_pickle_machine *m, bf_pickle_kind kind, size_t n)
{
  bf_status status;
  bf_pickle_value **last = see(m, n + 1);
  if (last == NULL)
    return BF_ERR_DATA;
  bf_pickle_value *holder = last[0];
  if (holder->kind != kind)
    return fail_at(m, kind == BF_PICKLE_DICT ? "sets items of what is no dict"
                                             : "appends to what is no list");
  if (n == 0)
    return BF_OK;
  BF_TRY(widen(m->pickle, holder, holder->n + n));
  memcpy(holder->items + holder->n, last + 1, n * sizeof(bf_pickle_value *));
  holder->n += n;
  drop(m, n);
done:
  return status;
}

static bf_status append(bf_pickle_machine *m, size_t n)
{
  return extend(m, BF_PICKLE_LIST, n);
}

static bf_status append_marked(bf_pickle_machine *m, size_t unused)
{
  (void)unused;
  size_t n = 0;
  bf_status status = unmark(m, &n);
  return status == BF_OK ? append(m, n) : status;
}

static bf_status set_items(bf_pickle_machine *m, size_t n)
{
  if (n % 2 != 0)
    return fail_at(m, "has a key without a value");
  return extend(m, BF_PICKLE_DICT, n);
}

static bf_status set_marked_items(bf_pickle_machine *m, size_t unused)
{
  (void)unused;
  size_t n = 0;
  bf_status status = unmark(m, &n);
  return status == BF_OK ? set_items(m, n) : status;
}

static bf_status memoize_at(bf_pickle_machine *m, uint64_t place)
{
  bf_status status;
  bf_pickle_value **last = see(m, 1);
  if (last == NULL)
    return BF_ERR_DATA;
  /* Who counts from 0, as all do, cannot get further than this. */
  if (place >= m->n_bytes)
    return fail_at(m, "has more to remember than bytes");
  BF_TRY(make_room(&m->memo, (size_t)place + 1));
  if (m->memo.n <= place)
    m->memo.n = (size_t)place + 1;
  if (m->memo.items[place] == NULL)
    m->n_memoized++;
  m->memo.items[place] = *last;
done:
  return status;
}

static bf_status memoize(bf_pickle_machine *m, size_t n_bytes)
{
  uint64_t place = 0;
  bf_status status = take_number(m, n_bytes, &place);
  return status == BF_OK ? memoize_at(m, place) : status;
}

static bf_status memoize_next(bf_pickle_machine *m, size_t unused)
{
  (void)unused;
  return memoize_at(m, m->n_memoized);
}

static bf_status recall(bf_pickle_machine *m, size_t n_bytes)
{
  uint64_t place = 0;
  bf_status status = take_number(m, n_bytes, &place);
  if (status != BF_OK)
    return status;
  if (place >= m->memo.n || m->memo.items[place] == NULL)
    return fail_at(m, "recalls what it never knew");
  return push(m, m->memo.items[place]);
}

typedef struct name_part {
  const char *text;
  size_t n;
} name_part;

static bf_status refuse(const name_part *module, const name_part *name)
{
  enum { SHOWN_BYTES = 80 };
  char shown[2][SHOWN_BYTES];
  bf_pickle_show(module->text, module->n, SHOWN_BYTES, shown[0]);
  bf_pickle_show(name->text, name->n, SHOWN_BYTES, shown[1]);
  return bf_fail(BF_ERR_DATA,
                 "its pickle names '%s.%s', and only what plain tensors need is accepted; nothing "
                 "of it was run; "
                 "save the weights alone: torch.save(model.state_dict(), 'weights.pt')",
                 shown[0], shown[1]);
}

static bool is_called(const char *full, const name_part *module, const name_part *name)
{
  return strlen(full) == module->n + 1 + name->n && memcmp(full, module->text, module->n) == 0 &&
         full[module->n] == '.' && memcmp(full + module->n + 1, name->text, name->n) == 0;
}

static bf_status push_global(bf_pickle_machine *m, const name_part *module, const name_part *name)
{
  bf_status status;
  bf_pickle_value *value;
  const bf_pickle_global *global = m->globals;
  while (global->name != NULL && !is_called(global->name, module, name))
    global++;
  if (global->name == NULL)
    return refuse(module, name);
  BF_TRY(make_value(m, BF_PICKLE_GLOBAL, &value));
  value->global = global;
  BF_TRY(push(m, value));
done:
  return status;
}

static bf_status take_line(bf_pickle_machine *m, name_part *line)
{
  const uint8_t *start = m->data + m->at;
  const uint8_t *end = memchr(start, '\n', m->n_bytes - m->at);
  if (end == NULL)
    return fail_at(m, "is cut off");
  *line = (name_part){(const char *)start, (size_t)(end - start)};
  m->at += line->n + 1;
  return BF_OK;
}

static bf_status put_global(bf_pickle_machine *m, size_t unused)
{
  (void)unused;
  bf_status status;
  name_part module;
  name_part name;
  BF_TRY(take_line(m, &module));
  BF_TRY(take_line(m, &name));
  BF_TRY(push_global(m, &module, &name));
done:
  return status;
}

static bf_status make_global(bf_pickle_machine *m, size_t unused)
{
  (void)unused;
  bf_pickle_value **last = see(m, 2);
  if (last == NULL)
    return BF_ERR_DATA;
  if (last[0]->kind != BF_PICKLE_TEXT || last[1]->kind != BF_PICKLE_TEXT)
    return fail_at(m, "has a name that is no text");
  const name_part module = {last[0]->text, last[0]->n};
  const name_part name = {last[1]->text, last[1]->n};
  drop(m, 2);
  return push_global(m, &module, &name);
}

/* A call of a name with a tuple of arguments. */
/* The arguments of a dict: none, or what makes the missing values of a defaultdict. */
static bool makes_empty_dict(const bf_pickle_value *arguments)
{
  return arguments->n == 0 || (arguments->n == 1 && arguments->items[0]->kind == BF_PICKLE_GLOBAL);
}

static bf_status call(bf_pickle_machine *m, size_t unused)
{
  (void)unused;
  bf_pickle_value **last = see(m, 2);
  if (last == NULL)
    return BF_ERR_DATA;
  if (last[0]->kind != BF_PICKLE_GLOBAL || last[1]->kind != BF_PICKLE_TUPLE)
    return fail_at(m, "calls what is no name, or with what is no tuple,");
  if (!last[0]->global->makes_dict)
    return gather(m, BF_PICKLE_OBJECT, 2);
  if (!makes_empty_dict(last[1]))
    return fail_at(m, "makes a dict of something, expected an empty one,");
  drop(m, 2);
  return put_empty(m, BF_PICKLE_DICT);
}

/* Attributes of an OrderedDict (PyTorch's `_metadata`) are no items of it, and are left out. */
static bf_status set_attributes(bf_pickle_machine *m, size_t unused)
{
  (void)unused;
  bf_pickle_value **last = see(m, 2);
  if (last == NULL)
    return BF_ERR_DATA;
  if (last[0]->kind != BF_PICKLE_DICT)
    return fail_at(m, "sets attributes of what is no dict");
  drop(m, 1);
  return BF_OK;
}

static bf_status make_persistent(bf_pickle_machine *m, size_t n)
{
  return gather(m, BF_PICKLE_PERSISTENT, n);
}

/* Source: CPython's Lib/pickle.py and the comments of pickletools.py. */
static const struct opcode {
  bf_status (*run)(bf_pickle_machine *m, size_t number);
  size_t number;
} opcodes[256] = {
    [0x80] = {skip, 1},                   /* PROTO */
    [0x95] = {skip, 8},                   /* FRAME */
    ['('] = {mark, 0},                    /* MARK */
    ['N'] = {put_none, 0},                /* NONE */
    [0x88] = {put_bool, 1},               /* NEWTRUE */
    [0x89] = {put_bool, 0},               /* NEWFALSE */
    ['K'] = {put_whole, 1},               /* BININT1 */
    ['M'] = {put_whole, 2},               /* BININT2 */
    ['J'] = {put_whole, 4},               /* BININT */
    [0x8a] = {put_long, 1},               /* LONG1 */
    [0x8b] = {put_long, 4},               /* LONG4 */
    ['G'] = {put_real, 8},                /* BINFLOAT */
    [0x8c] = {put_text, 1},               /* SHORT_BINUNICODE */
    ['X'] = {put_text, 4},                /* BINUNICODE */
    [0x8d] = {put_text, 8},               /* BINUNICODE8 */
    ['C'] = {put_bytes, 1},               /* SHORT_BINBYTES */
    ['B'] = {put_bytes, 4},               /* BINBYTES */
    [0x8e] = {put_bytes, 8},              /* BINBYTES8 */
    [')'] = {put_empty, BF_PICKLE_TUPLE}, /* EMPTY_TUPLE */
    [0x85] = {make_tuple, 1},             /* TUPLE1 */
    [0x86] = {make_tuple, 2},             /* TUPLE2 */
    [0x87] = {make_tuple, 3},             /* TUPLE3 */
    ['t'] = {make_marked_tuple, 0},       /* TUPLE */
    [0x91] = {make_marked_tuple, 0},      /* FROZENSET */
    [']'] = {put_empty, BF_PICKLE_LIST},  /* EMPTY_LIST */
    [0x8f] = {put_empty, BF_PICKLE_LIST}, /* EMPTY_SET */
    ['a'] = {append, 1},                  /* APPEND */
    ['e'] = {append_marked, 0},           /* APPENDS */
    [0x90] = {append_marked, 0},          /* ADDITEMS */
    ['}'] = {put_empty, BF_PICKLE_DICT},  /* EMPTY_DICT */
    ['s'] = {set_items, 2},               /* SETITEM */
    ['u'] = {set_marked_items, 0},        /* SETITEMS */
    ['q'] = {memoize, 1},                 /* BINPUT */
    ['r'] = {memoize, 4},                 /* LONG_BINPUT */
    [0x94] = {memoize_next, 0},           /* MEMOIZE */
    ['h'] = {recall, 1},                  /* BINGET */
    ['j'] = {recall, 4},                  /* LONG_BINGET */
    ['c'] = {put_global, 0},              /* GLOBAL */
    [0x93] = {make_global, 0},            /* STACK_GLOBAL */
    ['R'] = {call, 0},                    /* REDUCE */
    ['b'] = {set_attributes, 0},          /* BUILD */
    ['Q'] = {make_persistent, 1},         /* BINPERSID */
};

bf_status bf_pickle_run(bf_pickle_machine *m, const bf_pickle_value **root)
{
  bf_status status;
  uint64_t code = 0;
  for (;;) {
    BF_TRY(take_number(m, 1, &code));
    if (code == '.') /* STOP */
      break;
    const struct opcode *opcode = &opcodes[code];
    BF_CHECK(opcode->run != NULL, BF_ERR_DATA,
             "its pickle has the opcode 0x%02x at byte %zu, which no tensor needs; nothing of it "
             "was run",
             (unsigned)code, m->at - 1);
    BF_TRY(opcode->run(m, opcode->number));
  }
  bf_pickle_value **last = see(m, 1);
  if (last == NULL)
    return BF_ERR_DATA;
  *root = *last;
done:
  return status;
}
