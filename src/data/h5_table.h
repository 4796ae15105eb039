/* HDF5 tables, read by field name: one-dimensional datasets of compound rows, and two-dimensional
 * ones whose columns another dataset names. Room: data. */
#ifndef BF_DATA_H5_TABLE_H
#define BF_DATA_H5_TABLE_H

#include "data/h5.h"

typedef struct bf_h5_table bf_h5_table;

/** Whether the file starts like HDF5 (perhaps behind a user block). */
bool bf_h5_applies(const char *path);

/** @brief Paths of all one-dimensional compound datasets. @param[out] paths freed with
 * bf_h5_free_texts. @return BF_OK; BF_ERR_DATA; BF_ERR_NOMEM. */
bf_status bf_h5_tables(const bf_h5 *file, size_t *n, char ***paths);

/** @brief Opens a table; the file must stay open. @return BF_OK; BF_ERR_DATA; BF_ERR_NOMEM. */
bf_status bf_h5_table_open(const bf_h5 *file, const char *path, bf_h5_table **out);

/** @brief Opens a two-dimensional dataset of numbers as a table; the texts of dataset @p names name
 * its columns. The file must stay open. @return BF_OK; BF_ERR_DATA; BF_ERR_NOMEM. */
bf_status bf_h5_table_open_named(const bf_h5 *file, const char *path, const char *names,
                                 bf_h5_table **out);
void bf_h5_table_close(bf_h5_table *table);

/** The dataset's path as it was given. Borrowed. */
const char *bf_h5_table_path(const bf_h5_table *table);
size_t bf_h5_table_rows(const bf_h5_table *table);

/** The names of all fields, in file order. Borrowed. */
const char *const *bf_h5_table_fields(const bf_h5_table *table, size_t *n);

/** @brief Chooses the fields to read, by index. @return BF_OK; BF_ERR_DATA if one is neither
 * integer nor floating point; BF_ERR_NOMEM. */
bf_status bf_h5_table_select(bf_h5_table *table, size_t n, const size_t *fields);

/** Bytes that the first @p n chosen fields take in a raw row. */
size_t bf_h5_table_bytes(const bf_h5_table *table, size_t n);

/**
 * @brief Reads @p n rows from @p first on.
 * @param[out] raw (n, bf_h5_table_bytes of all chosen fields) in the file's own types.
 * @param[out] values (n, chosen fields) as double.
 * @return BF_OK; BF_ERR_DATA; BF_ERR_NOMEM.
 */
bf_status bf_h5_table_read(const bf_h5_table *table, size_t first, size_t n, uint8_t *raw,
                           double *values);

#endif
