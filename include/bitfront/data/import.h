/* From any source of rows to a folder of shards: de-duplicate, split, scale, write.
 * Room: data. MPI: not collective. */
#ifndef BF_DATA_IMPORT_H
#define BF_DATA_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/** What `bitfront data import` and `data synth` were asked for. Strings are borrowed. */
typedef struct bf_import_options {
  const char *out;     /**< folder to make; must not exist */
  const char *format;  /**< a name of the importer table, or "auto" (by content) */
  const char *split;   /**< "64,16,20" (percent, sum 100, a part may be 0) or "sklearn:SEED" */
  const char *scaler;  /**< "fit", "none" or a JSON file holding {"scaler": {"mean", "scale"}} */
  const char *classes; /**< class names in index order: "g,q,w,z,t" */
  size_t n_shards;     /**< shards of the largest split; 0: 8 */
  size_t shard_rows;   /**< rows a shard, overrides n_shards; 0: not given */
  uint64_t seed;
  bool drop_nan; /**< skip rows with NaN or infinity instead of failing */
} bf_import_options;

/** The defaults of interface.md: auto, "64,16,20", "fit", "g,q,w,z,t", 8 shards, seed 0. */
bf_import_options bf_import_defaults(void);

/**
 * @brief Imports @p n_sources files as one set, streaming: about 256 MiB plus 32 bytes a row.
 *
 * Written to "<out>.tmp.<pid>" and renamed when complete; nothing is left behind on failure.
 * @return BF_OK; BF_ERR_USAGE (options; out exists); BF_ERR_DATA (source: file, row or line,
 * column); BF_ERR_IO; BF_ERR_NOMEM.
 */
bf_status bf_import(size_t n_sources, const char *const *sources, const bf_import_options *options);

/**
 * @brief Makes a JSC-like synthetic set of @p n_rows rows through the same path.
 * @param label_noise chance that a label is redrawn uniformly, 0 .. 1; negative: the statistics
 * file's own.
 * @return as bf_import.
 * Source: the copula of data/jsc_statistics.json, described in data/README.md.
 */
bf_status bf_synth(size_t n_rows, double label_noise, const bf_import_options *options);

#endif
