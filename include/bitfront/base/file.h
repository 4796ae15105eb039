/* Files and folders: whole reads, atomic writes, exclusive creation, hashes.
 * Room: base. */
#ifndef BF_BASE_FILE_H
#define BF_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/text.h"

/** Whether something is at @p path (a dangling link counts). */
bool bf_file_exists(const char *path);

/** "<folder>/<name>" (the folder's trailing slashes dropped); NULL when memory is short. Freed with
 * free(). */
char *bf_path_join(const char *folder, const char *name);

/** @brief Appends the whole file to @p text. @return BF_OK; BF_ERR_USAGE if it cannot be opened or
 * read, or is longer than 256 MiB; BF_ERR_NOMEM. */
bf_status bf_file_read(const char *path, bf_text *text);

/**
 * A file that takes its place only when it is whole: bytes go to "<path>.tmp.<pid>", which is
 * synced and renamed when it is published. Until then a file that was at @p path stays as it was.
 */
typedef struct bf_file_writer bf_file_writer;

/**
 * @brief Begins a file. What is at @p path and no regular file (a folder, a device, a link) is not
 *        replaced; of a folder only publishing says so.
 * @param[out] out freed with bf_file_writer_free, published or not.
 * @return BF_OK; BF_ERR_IO; BF_ERR_NOMEM.
 */
bf_status bf_file_writer_create(const char *path, bf_file_writer **out);

/** @brief Appends @p n bytes. @return BF_OK; BF_ERR_IO, also for what an earlier call wrote. */
bf_status bf_file_writer_append(bf_file_writer *writer, const void *data, size_t n);

/** @brief The file is whole: it appears at its path. Nothing may be appended afterwards. @return
 * BF_OK; BF_ERR_IO. */
bf_status bf_file_writer_publish(bf_file_writer *writer);

/** Removes the temporary file, unless it was published. NULL is fine. */
void bf_file_writer_free(bf_file_writer *writer);

/** @brief Replaces @p path by @p n bytes (bf_file_writer). @return BF_OK; BF_ERR_IO; BF_ERR_NOMEM;
 * the old file, if any, is as it was then. */
bf_status bf_file_write(const char *path, const void *data, size_t n);

/** bf_file_write of a text; also BF_ERR_NOMEM if the text ran out of memory. */
bf_status bf_file_write_text(const char *path, const bf_text *text);

/** @brief Renames the complete and closed file @p from to @p to, after syncing it. @return BF_OK;
 * BF_ERR_IO. */
bf_status bf_file_publish(const char *from, const char *to);

/** @brief Reads the file's first @p n bytes, to see what it is. @return how many there are: fewer
 * of a shorter file, none of what cannot be read or is no regular file. */
size_t bf_file_head(const char *path, void *bytes, size_t n);

/** @brief XXH64 (seed 0) of the file's bytes. @return BF_OK; BF_ERR_DATA if it cannot be read. */
bf_status bf_file_hash(const char *path, uint64_t *hash);

/** @brief XXH64 (seed 0) of the file's first @p n_bytes bytes, or of all if it has fewer. @return
 * BF_OK; BF_ERR_DATA if it cannot be read; BF_ERR_NOMEM. */
bf_status bf_file_hash_head(const char *path, size_t n_bytes, uint64_t *hash);

/**
 * @brief Copies the file @p from to @p to (bf_file_writer), if the XXH64 of what was read is @p
 * hash.
 * @return BF_OK; BF_ERR_DATA if it cannot be read or has another hash; BF_ERR_IO; BF_ERR_NOMEM;
 * what was at @p to is as it was then.
 */
bf_status bf_file_copy(const char *from, const char *to, uint64_t hash);

/** XXH64 with @p seed; pass 0 first and the last result to chain. */
uint64_t bf_hash(const void *data, size_t n, uint64_t seed);

/** 128-bit hash (XXH3) of @p n bytes. */
typedef struct bf_hash128 {
  uint64_t low;
  uint64_t high;
} bf_hash128;
bf_hash128 bf_hash_wide(const void *data, size_t n);

/** @brief Makes one new folder; its name is on disk then, where the file system can. @return BF_OK;
 * BF_ERR_USAGE if it exists; BF_ERR_IO. */
bf_status bf_folder_create(const char *path);

/** Removes a folder of ours and everything in it; what cannot be removed stays. */
void bf_folder_remove(const char *path);

#endif
