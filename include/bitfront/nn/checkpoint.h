/* Checkpoints: a net in an HDF5 file, complete enough to be evaluated without its job file.
 * Room: nn. File format: docs/formats.md. */
#ifndef BF_NN_CHECKPOINT_H
#define BF_NN_CHECKPOINT_H

#include <stdint.h>

#include "base/status.h"
#include "data/manifest.h"
#include "nn/net.h"
#include "nn/state.h"

/** Where a net comes from, written beside it for people; strings are borrowed. */
typedef struct bf_origin {
  const char
      *data_kind;     /**< "real", "synthetic"; "unknown" of a net that another program trained */
  uint64_t data_hash; /**< bf_manifest.hash of the training data; 0: unknown */
  uint64_t seed;      /**< of the training run; 0: unknown */
  int64_t trial;      /**< number, or -1 */
  const char *source; /**< what it was converted from; NULL: trained by bitfront */
  size_t n_classes;
  char *const *classes; /**< (n_classes) names in the order of the outputs; NULL: unknown */
} bf_origin;

/** @brief Writes the net to @p path atomically. @return BF_OK; BF_ERR_IO; BF_ERR_NOMEM. */
bf_status bf_checkpoint_save(const char *path, const bf_net *net, const bf_origin *origin);

/**
 * @brief Reads a checkpoint written by bf_checkpoint_save.
 * @param[out] out freed with bf_net_free.
 * @return BF_OK; BF_ERR_DATA: no such file, not ours, damaged or without its seal (data/h5.h),
 *         another format version, inconsistent or oversized shapes, non-finite values;
 *         BF_ERR_NOMEM.
 */
bf_status bf_checkpoint_load(const char *path, bf_net **out);

/** A checkpoint of ours with all that it says. */
typedef struct bf_checkpoint {
  bf_net *net;
  bf_origin origin; /**< its texts are those below */
  char *data_kind;
  char *source;
  char **classes;
} bf_checkpoint;

/** @brief As bf_checkpoint_load, with the origin. @param[out] out freed with bf_checkpoint_free. */
bf_status bf_checkpoint_read(const char *path, bf_checkpoint **out);
/** NULL is fine. */
void bf_checkpoint_free(bf_checkpoint *checkpoint);

/**
 * @brief Whether the outputs of a net mean the classes of a data set: as many features and classes,
 *        and the same names in the same order. Names that are not known are not compared.
 * @param path what messages call the net.
 * @return BF_OK; BF_ERR_DATA.
 */
bf_status bf_checkpoint_check_data(const char *path, const bf_model *model, const bf_origin *origin,
                                   const bf_manifest *manifest);

/**
 * @brief Whether a net of the file has the layers of the net that somebody names.
 * @return BF_OK; BF_ERR_USAGE.
 */
bf_status bf_checkpoint_check_model(const char *path, const bf_model *model, const bf_model *named);

/** Whether the file is an HDF5 file, so one of ours, if it is a checkpoint. What cannot be read is
 * taken for one: loading it says why not. */
bool bf_checkpoint_is_ours(const char *path);

/**
 * @brief Reads the tensors of a checkpoint that another program made.
 * @param[out] out freed with bf_state_free.
 * @return BF_OK; BF_ERR_DATA: no kind that is known (the line names them), or what bf_torch_read
 * and bf_safetensors_read say; BF_ERR_NOMEM.
 */
bf_status bf_checkpoint_read_foreign(const char *path, bf_state **out);

/**
 * @brief Reads a checkpoint of any kind that is known; the file's content says which it is.
 * @param model what a file without a layer list is read as; NULL: such files are refused. One of
 *        ours holds its own layers, which must be those of the model if there is one.
 * @param manifest the data that the net is for (bf_checkpoint_check_data); NULL: any. Of files that
 *        are not ours the model is what is known.
 * @param[out] out freed with bf_net_free.
 * @return BF_OK; BF_ERR_USAGE: the file needs a model and there is none, or it is not that of a
 *         file of ours; BF_ERR_DATA: no such file, no kind that is known, damaged, tensors that are
 *         not the model's, a net for other data; BF_ERR_NOMEM.
 * MPI: not collective.
 */
bf_status bf_checkpoint_open(const char *path, const bf_model *model, const bf_manifest *manifest,
                             bf_net **out);

#endif
