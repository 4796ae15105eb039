/* Rows from anywhere: what an importer is, and the table of those that read files.
 * Room: data. A new file format is one file, source_<name>.c, and one line in source.c. */
#ifndef BF_DATA_SOURCE_H
#define BF_DATA_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/file.h"
#include "base/status.h"

/** What is wanted of the sources, and where they are. Borrowed. */
typedef struct bf_request {
  size_t n_features;
  const char *const *features; /**< without "j_" */
  size_t n_classes;
  const char *const *classes; /**< in index order */
  size_t n_paths;
  const char *const *paths;
  /* Of the synthetic set alone. */
  size_t n_rows;
  uint64_t seed;
  double label_noise;
} bf_request;

/** Some rows; memory of the caller. */
typedef struct bf_block {
  size_t capacity;
  size_t n_features;
  size_t n;           /**< rows in it */
  double *features;   /**< (capacity, n_features); may hold NaN and infinities */
  uint8_t *labels;    /**< (capacity) below n_classes */
  bf_hash128 *hashes; /**< (capacity) of features and label, bit for bit in the source's own type */
  uint64_t *places;   /**< (capacity) where in the file, for messages */
} bf_block;

/** @brief A block of about 4 MiB. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_block_init(size_t n_features, bf_block *block);
void bf_block_release(bf_block *block);

/** A file format. Its messages need not name the file. */
typedef struct bf_format {
  const char *name;
  const char *place; /**< what bf_block.places counts: "row" (from 0) or "line" (from 1) */
  bool is_fragile;   /**< a damaged file can crash the library that reads it */

  /** Whether the file looks like one of this format, by its content. */
  bool (*applies)(const char *path);

  /** @brief Looks at path @p i before any is read, says what is worth knowing, and names a file
   * that belongs to it and is not given. NULL: no path of this format needs another.
   * @param[out] companion NULL stays, or freed with free(). @return BF_OK; BF_ERR_NOMEM. */
  bf_status (*complete)(const bf_request *request, size_t i, char **companion);

  /** @brief Opens path @p i of the request. @return BF_OK; BF_ERR_DATA; BF_ERR_NOMEM. */
  bf_status (*open)(const bf_request *request, size_t i, void **reader);

  /** @brief Fills the block with the next rows; n = 0 at the end. @return BF_OK; BF_ERR_DATA. */
  bf_status (*next)(void *reader, bf_block *block);
  void (*close)(void *reader);
} bf_format;

extern const bf_format bf_format_hdf5;
extern const bf_format bf_format_npy;
extern const bf_format bf_format_arff;
extern const bf_format bf_format_csv;
extern const bf_format bf_format_synth; /**< not in the table: it reads no file */

/** @brief The format called @p name; NULL for "auto". @return BF_OK; BF_ERR_USAGE. */
bf_status bf_format_find(const char *name, const bf_format **format);

/** @brief The format of a file, by its content. @return BF_OK; BF_ERR_DATA. */
bf_status bf_format_detect(const char *path, const bf_format **format);

/**
 * @brief The paths of the request, and behind them those files that belong to one of them and are
 *        not given.
 * @param[out] paths (n), freed with bf_source_free_paths.
 * @return BF_OK; BF_ERR_DATA if a path is a pipe or a device; BF_ERR_NOMEM. What cannot be read for
 *         another reason is left for the real reading to meet.
 */
bf_status bf_source_paths(const bf_request *request, const bf_format *wanted, size_t *n,
                          char ***paths);
void bf_source_free_paths(size_t n, char **paths);

/** All paths of a request, one after the other. */
typedef struct bf_source {
  const bf_request *request;
  const bf_format *wanted; /**< NULL: each path's own, by content */
  const bf_format *format; /**< of the open path */
  size_t i;                /**< the open path, or the next one */
  void *reader;            /**< NULL: none is open */
} bf_source;

/** The start of the rows of @p request. */
bf_source bf_source_begin(const bf_request *request, const bf_format *wanted);

/** @brief Fills the block with the next rows of the same path; n = 0 at the end of all.
 * @return BF_OK; BF_ERR_DATA naming path and place; BF_ERR_NOMEM. */
bf_status bf_source_next(bf_source *source, bf_block *block);

/** Closes what is open. The source is at its start then. */
void bf_source_end(bf_source *source);

/**
 * @brief Reads the paths of fragile formats once in a child process, so that a crash there becomes
 * an error here. Other errors are left for the real reading to meet.
 * @return BF_OK; BF_ERR_DATA naming the path; BF_ERR_IO if no process can be made.
 */
bf_status bf_source_probe(const bf_request *request, const bf_format *wanted);

/** The index of @p name, else of "j_<name>", in @p names; @p n if there is neither. */
size_t bf_column_find(const char *name, size_t n, const char *const *names);

/** The class with the greatest positive value, the first of equals. @return false if no value is
 * positive; @p label is untouched then. */
bool bf_one_hot_find(size_t n_classes, const double *values, uint8_t *label);

#endif
