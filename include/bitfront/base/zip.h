/* ZIP archives: entries read whole and checked, new archives written at once.
 * Room: base. The archives of others are trusted in nothing: not in sizes, checksums or names. */
#ifndef BF_BASE_ZIP_H
#define BF_BASE_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/** An archive that is read. */
typedef struct bf_zip bf_zip;

/**
 * @brief Opens the archive at @p path and reads its directory.
 * @param[out] out closed with bf_zip_close.
 * @return BF_OK; BF_ERR_DATA if the file cannot be opened or is no ZIP archive; BF_ERR_NOMEM.
 */
bf_status bf_zip_open(const char *path, bf_zip **out);

/** NULL is fine. */
void bf_zip_close(bf_zip *zip);

/** Bytes of the archive's file. */
uint64_t bf_zip_n_bytes(const bf_zip *zip);

size_t bf_zip_n_entries(const bf_zip *zip);

/** The name of entry @p entry (0 .. n - 1); any bytes may be in it. Borrowed. */
const char *bf_zip_name(const bf_zip *zip, size_t entry);

/** Whether there is an entry of this name, and then its place in @p entry (NULL is fine). */
bool bf_zip_find(const bf_zip *zip, const char *name, size_t *entry);

/**
 * @brief Reads an entry whole, stored or deflated, and checks its CRC-32.
 *
 * No more memory is taken than deflate could make of the archive's file, whatever size is said.
 *
 * @param      most bytes that the entry may have.
 * @param[out] data (n) freed with free(); not NULL if n is 0.
 * @return BF_OK; BF_ERR_DATA if it is longer, encrypted, compressed in another way, cut off or
 * damaged; BF_ERR_NOMEM.
 */
bf_status bf_zip_read(const bf_zip *zip, size_t entry, size_t most, uint8_t **data, size_t *n);

/** An archive that is made in memory. */
typedef struct bf_zip_writer bf_zip_writer;

/** @brief An empty archive. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_zip_writer_create(bf_zip_writer **out);

/** NULL is fine. */
void bf_zip_writer_free(bf_zip_writer *writer);

/**
 * @brief Appends an entry, stored as it is and dated 1980-01-01, so that equal contents make equal
 * files.
 * @param name UTF-8; new in this archive.
 * @param data (n) copied; may be NULL if @p n is 0.
 * @return BF_OK; BF_ERR_USAGE if there is an entry of this name; BF_ERR_NOMEM.
 */
bf_status bf_zip_writer_add(bf_zip_writer *writer, const char *name, const void *data, size_t n);

/**
 * @brief Writes the archive (bf_file_write). Nothing may be added afterwards.
 * @return BF_OK; BF_ERR_IO; BF_ERR_NOMEM; what was at @p path is as it was then.
 */
bf_status bf_zip_writer_save(bf_zip_writer *writer, const char *path);

#endif
