/* Heap memory: zeroed, overflow-checked, with a switch that makes the n-th allocation fail.
 * Room: base. */
#ifndef BF_BASE_MEMORY_H
#define BF_BASE_MEMORY_H

#include <stddef.h>

/**
 * @brief @p count zeroed objects of @p size bytes, 64-byte aligned.
 * @return NULL when memory is short or count * size overflows (the caller reports it with
 *         BF_CHECK_MEMORY); never NULL for a count of 0. Freed with free().
 */
void *bf_alloc(size_t count, size_t size);

/**
 * @brief @p n bytes as malloc gives them, for a library of many small pieces: not zeroed, and no
 *        further apart than they must be.
 * @return NULL when memory is short. Freed with free().
 */
void *bf_alloc_bytes(size_t n);

/**
 * @brief Grows @p memory from @p old_count to at least @p count objects of @p size bytes; the new
 *        part is zeroed and @p memory is freed on success.
 * @return NULL when memory is short; @p memory is untouched then.
 */
void *bf_grow(void *memory, size_t old_count, size_t count, size_t size);

/**
 * How many objects an array of @p n that is full should grow to: twice as many while it is small; a
 * quarter more when it is large, since what is not used yet takes memory, too.
 */
size_t bf_grown(size_t n);

/** A copy of the @p text; NULL when memory is short or @p text is NULL. Freed with free(). */
char *bf_copy_text(const char *text);

/**
 * @brief Test switch: the allocation after @p n more successful ones fails, once. A negative
 *        @p n turns it off. Thread: one counter a process.
 */
void bf_alloc_fail_after(long n);

#endif
