/* Python's pickles, read without running anything in them.
 * Room: nn. */
#ifndef BF_NN_PICKLE_H
#define BF_NN_PICKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/*
 * A pickle is a program for a machine with a stack and a memo, and unpickling in Python runs it: it
 * may name any function of any module and call it. The machine here makes a tree of values instead.
 * A name it does not know ends it; a call of one it knows is noted as an object, with its
 * arguments, and means what the reader of the tree makes of it.
 *
 * Known are the opcodes that torch.save writes (protocol 2) and their kin up to protocol 5.
 */

typedef enum bf_pickle_kind {
  BF_PICKLE_NONE,
  BF_PICKLE_BOOL,
  BF_PICKLE_WHOLE,
  BF_PICKLE_REAL,
  BF_PICKLE_TEXT,
  BF_PICKLE_BYTES,
  BF_PICKLE_TUPLE,
  BF_PICKLE_LIST, /* sets, too */
  BF_PICKLE_DICT,
  BF_PICKLE_GLOBAL,
  BF_PICKLE_OBJECT,     /* a call that was not made */
  BF_PICKLE_PERSISTENT, /* something outside of the pickle */
  BF_N_PICKLE_KINDS
} bf_pickle_kind;

/** A name that a pickle may hold. */
typedef struct bf_pickle_global {
  const char *name; /**< "<module>.<name>"; NULL ends a table of them */
  bool makes_dict; /**< a call of it is an empty dict; with arguments other than a name, an error */
  int role;        /**< what it means to the reader */
  int detail;      /**< and that */
} bf_pickle_global;

typedef struct bf_pickle_value bf_pickle_value;
struct bf_pickle_value {
  bf_pickle_kind kind;
  size_t n; /**< bytes of TEXT and BYTES; items */
  size_t capacity;
  union {
    int64_t whole; /**< BOOL, WHOLE */
    double real;
    const char *text; /**< (n) in the pickle, not NUL-terminated */
    const bf_pickle_global *global;
    /** (n) TUPLE, LIST; DICT: key, value, key, ...; OBJECT: a GLOBAL and a TUPLE of arguments;
     * PERSISTENT: what names it. Values may be there more than once, and lists may hold themselves.
     */
    bf_pickle_value **items;
  };
};

typedef struct bf_pickle bf_pickle;

/**
 * @brief Reads the first pickle of @p n bytes.
 *
 * Time and memory are proportional to @p n: up to about 60 bytes each.
 *
 * @param[in]  data    borrowed until the pickle is freed.
 * @param[in]  globals the only names it may hold; borrowed until the pickle is freed.
 * @return BF_OK; BF_ERR_DATA if it is damaged, needs an opcode or a name that is not known (the
 * trail says which); BF_ERR_NOMEM.
 */
bf_status bf_pickle_read(const uint8_t *data, size_t n, const bf_pickle_global *globals,
                         bf_pickle **out);

/** Frees all values. NULL is fine. */
void bf_pickle_free(bf_pickle *pickle);

/** What was pickled. Borrowed. */
const bf_pickle_value *bf_pickle_root(const bf_pickle *pickle);

/** What the DICT @p dict has under the text @p key, the last if there are several; NULL if @p dict
 * is none or has no such key. Borrowed. */
const bf_pickle_value *bf_pickle_get(const bf_pickle_value *dict, const char *key);

/** Whether @p value is the text @p text. */
bool bf_pickle_is_text(const bf_pickle_value *value, const char *text);

/** The @p n bytes at @p text as they may be shown, cut at @p size with the NUL: what is no
 * printable ASCII, and might be a command to a terminal, becomes '?'. */
void bf_pickle_show(const char *text, size_t n, size_t size, char *shown);

/** "a dict", "a whole number": for errors. */
const char *bf_pickle_kind_name(bf_pickle_kind kind);

#endif
