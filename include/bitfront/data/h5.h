/* HDF5 files: the few operations that shards, manifests and checkpoints need.
 * Room: data. The only door to <hdf5.h>. MPI: nothing here is collective. */
#ifndef BF_DATA_H5_H
#define BF_DATA_H5_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/*
 * Files are written with HDF5's 1.10 format (checksummed metadata), without time stamps, so the
 * same content gives the same bytes. Reading never trusts a file: sizes and types are checked
 * before memory is taken, HDF5's own error printing is off, and its innermost message ends the
 * trail. Object paths are absolute inside the file: "/", "/train/features".
 *
 * A file of ours ends with a seal: the line "bitfront xxh64 <16 hexadecimal digits>" over all bytes
 * before it, written by bf_h5_close. HDF5 and its users do not see it (it lies behind the end noted
 * in the superblock). bf_h5_open checks it before HDF5 sees a byte; a file without one is opened
 * as it is.
 */
typedef struct bf_h5 bf_h5;

/** @brief Creates a file that must not exist. It is made in memory, and
 * written when it is closed. @return BF_OK; BF_ERR_IO; BF_ERR_NOMEM. */
bf_status bf_h5_create(const char *path, bf_h5 **out);

/**
 * @brief Opens a file read-only, without locking it. One with a seal is read whoever has locked it;
 * one without, which another program holds for writing (flock, as HDF5 does it), is refused,
 * unless HDF5_USE_FILE_LOCKING is FALSE. File systems without locks are fine.
 * @return BF_OK; BF_ERR_DATA; BF_ERR_NOMEM.
 */
bf_status bf_h5_open(const char *path, bf_h5 **out);

/** @brief As bf_h5_open, of a file that the caller knows to be as it was made, by its hash: its
 * seal is not looked for. */
bf_status bf_h5_open_known(const char *path, bf_h5 **out);

/** @brief As bf_h5_open, of a file whose bytes are in memory (copied). @param path what messages
 * call it; no file is touched. */
bf_status bf_h5_open_bytes(const char *path, const void *bytes, size_t n, bf_h5 **out);

/** @brief Writes what was made, closes and frees; NULL is fine. @return BF_OK; BF_ERR_IO if it
 * was not written, or not all of it. */
bf_status bf_h5_close(bf_h5 *file);

/** Whether the opened file has a seal, so is as bf_h5_close left it. */
bool bf_h5_is_sealed(const bf_h5 *file);

/** Whether the object exists. */
bool bf_h5_has(const bf_h5 *file, const char *path);
/** Whether the object has the attribute. */
bool bf_h5_has_attribute(const bf_h5 *file, const char *path, const char *name);

/** @brief Makes a group; its parent must exist. @return BF_OK; BF_ERR_IO. */
bf_status bf_h5_make_group(bf_h5 *file, const char *path);

/* Attributes. Setters return BF_OK or BF_ERR_IO; text is UTF-8, variable length, as h5py writes it.
 */
bf_status bf_h5_set_text(bf_h5 *file, const char *path, const char *name, const char *text);
bf_status bf_h5_set_texts(bf_h5 *file, const char *path, const char *name, size_t n,
                          const char *const *texts);
bf_status bf_h5_set_i64(bf_h5 *file, const char *path, const char *name, int64_t value);
bf_status bf_h5_set_i64s(bf_h5 *file, const char *path, const char *name, size_t n,
                         const int64_t *values);
bf_status bf_h5_set_doubles(bf_h5 *file, const char *path, const char *name, size_t n,
                            const double *values);

/* Getters return BF_OK, BF_ERR_DATA (absent, other type, other length) or BF_ERR_NOMEM.
 * Fixed-length strings are read too. Arrays come with their length; all are freed with free(),
 * an array of texts with bf_h5_free_texts. */
bf_status bf_h5_get_text(const bf_h5 *file, const char *path, const char *name, char **text);
bf_status bf_h5_get_texts(const bf_h5 *file, const char *path, const char *name, size_t *n,
                          char ***texts);
bf_status bf_h5_get_i64(const bf_h5 *file, const char *path, const char *name, int64_t *value);
bf_status bf_h5_get_i64s(const bf_h5 *file, const char *path, const char *name, size_t *n,
                         int64_t **values);
bf_status bf_h5_get_doubles(const bf_h5 *file, const char *path, const char *name, size_t *n,
                            double **values);
void bf_h5_free_texts(size_t n, char **texts);

/* Datasets of float32 and uint8, at most two dimensions (n_columns 0: one dimension). They are
 * written contiguous, without filters, and read in any layout and with any of HDF5's own filters.
 * Writers return BF_OK or BF_ERR_IO. */
bf_status bf_h5_write_floats(bf_h5 *file, const char *path, size_t n_rows, size_t n_columns,
                             const float *values);
bf_status bf_h5_write_u8(bf_h5 *file, const char *path, size_t n, const uint8_t *values);

/** @brief Reads a whole dataset of exactly this shape; any float type converts. @return BF_OK;
 * BF_ERR_DATA with shapes and type. */
bf_status bf_h5_read_floats(const bf_h5 *file, const char *path, size_t n_rows, size_t n_columns,
                            float *values);
bf_status bf_h5_read_u8(const bf_h5 *file, const char *path, size_t n, uint8_t *values);

/** @brief Reads a one-dimensional dataset of texts, fixed or variable in length. @param[out] texts
 * freed with bf_h5_free_texts. @return BF_OK; BF_ERR_DATA; BF_ERR_NOMEM. */
bf_status bf_h5_read_texts(const bf_h5 *file, const char *path, size_t *n, char ***texts);

/** Rows of @p n_columns floats that are read at a time: 128 KiB of them, but at least one row. */
size_t bf_h5_piece_rows(size_t n_columns);

/** Takes the @p n row-major rows from row @p first on; any status but BF_OK ends the visit. */
typedef bf_status (*bf_h5_visit)(void *context, size_t first, size_t n, const float *rows);

/**
 * @brief Reads a two-dimensional dataset of exactly this shape piece by piece, in order. One piece
 * is all the memory it takes, however many rows there are.
 * @return BF_OK; as bf_h5_read_floats; BF_ERR_NOMEM; what @p visit returned.
 */
bf_status bf_h5_visit_floats(const bf_h5 *file, const char *path, size_t n_rows, size_t n_columns,
                             bf_h5_visit visit, void *context);

/** @brief The shape; dims[1] is 0 for one dimension. @return BF_OK; BF_ERR_DATA (absent, other
 * rank). */
bf_status bf_h5_shape(const bf_h5 *file, const char *path, size_t dims[2]);

/** One piece of a virtual dataset: all rows of @p dataset in @p file, a name relative to the
 * manifest's folder. */
typedef struct bf_h5_piece {
  const char *file;
  const char *dataset;
  size_t n_rows;
} bf_h5_piece;

/** @brief A virtual dataset over the pieces in order; float32 (rows, n_columns), or uint8 (rows)
 * when n_columns is 0. @return BF_OK; BF_ERR_IO. */
bf_status bf_h5_write_virtual(bf_h5 *file, const char *path, size_t n_columns, size_t n_pieces,
                              const bf_h5_piece *pieces);

/** Compiled-in and linked HDF5 versions, for --version: "1.10.8 (linked 1.10.8)". Borrowed. */
const char *bf_h5_version(void);

/** Whether the linked library may be called from several threads. */
bool bf_h5_is_thread_safe(void);

#endif
