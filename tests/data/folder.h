/* A scratch folder per test: made before it, removed with everything in it after it.
 * Room: data (tests). */
#ifndef BF_TESTS_FOLDER_H
#define BF_TESTS_FOLDER_H

#include <stddef.h>

/** cmocka set-up and tear-down. */
int folder_make(void **state);
int folder_remove(void **state);

/** The folder; then a path in it (one of a few static buffers). */
const char *folder_path(void);
const char *folder_file(const char *name);

/** Entries in the folder @p path, "." and ".." left out. */
size_t folder_count(const char *path);

/** Writes a text file and returns its path. */
const char *folder_write(const char *name, const char *text);

/** The file's bytes, @p n of them; freed with free(). */
unsigned char *folder_read(const char *path, size_t *n);
void folder_write_bytes(const char *path, const unsigned char *bytes, size_t n);

#endif
