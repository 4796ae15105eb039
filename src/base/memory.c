/* Heap memory: zeroed, overflow-checked, with a switch that makes the n-th allocation fail.
 * Room: base. */
#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

static long n_before_failure = -1;

void bf_alloc_fail_after(long n)
{
  n_before_failure = n;
}

static int must_fail(void)
{
  if (n_before_failure < 0)
    return 0;
  return n_before_failure-- == 0;
}

static void *allocate(size_t count, size_t size, size_t *n_bytes)
{
  if (must_fail() || (size != 0 && count > (SIZE_MAX - ALIGNMENT) / size))
    return NULL;
  /* aligned_alloc wants a multiple of the alignment; an empty request still gets an address. */
  size_t n = (count * size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  *n_bytes = n > 0 ? n : ALIGNMENT;
  return aligned_alloc(ALIGNMENT, *n_bytes);
}

void *bf_alloc(size_t count, size_t size)
{
  size_t n_bytes;
  void *memory = allocate(count, size, &n_bytes);
  if (memory != NULL)
    memset(memory, 0, n_bytes);
  return memory;
}

void *bf_alloc_bytes(size_t n)
{
  return must_fail() ? NULL : malloc(n > 0 ? n : 1);
}

void *bf_grow(void *memory, size_t old_count, size_t count, size_t size)
{
  size_t n_bytes;
  char *grown = allocate(count, size, &n_bytes);
  if (grown == NULL)
    return NULL;
  size_t n_old = old_count * size;
  if (n_old > 0)
    memcpy(grown, memory, n_old);
  memset(grown + n_old, 0, n_bytes - n_old);
  free(memory);
  return grown;
}

size_t bf_grown(size_t n)
{
  enum { SMALL = 4096 };
  return n < SMALL ? 2 * n + 16 : n + n / 4;
}

char *bf_copy_text(const char *text)
{
  if (text == NULL)
    return NULL;
  size_t n = strlen(text) + 1;
  char *copy = bf_alloc(n, 1);
  if (copy != NULL)
    memcpy(copy, text, n);
  return copy;
}
