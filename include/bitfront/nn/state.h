/* The named arrays of a checkpoint that another program made, and PyTorch's files of them.
 * Room: nn. */
#ifndef BF_NN_STATE_H
#define BF_NN_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "nn/dtype.h"

/*
 * A state knows names, shapes and numbers, but not which net they are of: nn/checkpoint.h maps
 * names to layers. Every array is float32 in memory, whatever it is in the file, and row-major,
 * whatever the strides there. What is not finite stays so; whoever makes a net of it judges.
 */

enum { BF_STATE_MAX_DIMS = 8, BF_STATE_MAX_NOTES = 4, BF_STATE_NOTE_BYTES = 64 };

/** One named array. */
typedef struct bf_state_tensor {
  char *name;     /**< owned: "model.seq_blocks.0.weight", as in the file */
  bf_dtype dtype; /**< as stored in the file */
  size_t n_dims;  /**< 0 for a single number */
  size_t shape[BF_STATE_MAX_DIMS];
  size_t n_values; /**< the product of the shape, 1 without dimensions */
  float *values;   /**< owned (n_values), row-major */
} bf_state_tensor;

/** A fact that a checkpoint tells about itself, for people. */
typedef struct bf_state_note {
  const char *name; /**< static text: "epoch", "global_step", "pytorch-lightning_version" */
  char text[BF_STATE_NOTE_BYTES];
} bf_state_note;

/** The named arrays of a file, in its order. All zero is a valid empty state. */
typedef struct bf_state {
  const char *kind; /**< static text: "PyTorch Lightning checkpoint", "PyTorch state dict", ... */
  size_t n_tensors;
  bf_state_tensor *tensors; /**< (n_tensors) owned */
  size_t n_notes;
  bf_state_note notes[BF_STATE_MAX_NOTES];
  size_t capacity; /**< tensors that there is memory for */
} bf_state;

/** @brief An empty state. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_state_create(const char *kind, bf_state **out);

/** NULL is fine. */
void bf_state_free(bf_state *state);

/**
 * @brief Appends an array of zeros.
 *
 * Names may be anything, also twice the same: a file may be wrong, and who reads it says so.
 *
 * @param[in]  name   copied.
 * @param[in]  shape  (n_dims); NULL without dimensions.
 * @param[out] values NULL, or gets the storage to fill: owned by the state, where it is until the
 *                    state is freed.
 * @return BF_OK; BF_ERR_DATA if there are more than #BF_STATE_MAX_DIMS dimensions, or more values
 *         than can be counted; BF_ERR_NOMEM. The state is as it was then.
 */
bf_status bf_state_add(bf_state *state, const char *name, bf_dtype dtype, size_t n_dims,
                       const size_t *shape, float **values);

/**
 * @brief Whether @p name is one that may be shown and written: UTF-8 without control characters.
 * @return BF_OK; BF_ERR_DATA.
 */
bf_status bf_state_check_name(const char *name);

/** @brief Whether all names are such, and none is there twice. @return BF_OK; BF_ERR_DATA;
 * BF_ERR_NOMEM. */
bf_status bf_state_check_names(const bf_state *state);

/** The first array called @p name; NULL if there is none. Borrowed. */
const bf_state_tensor *bf_state_find(const bf_state *state, const char *name);

/**
 * @brief Whether the file is one of PyTorch's, by its content.
 *
 * True for a ZIP archive that holds "<root>/data.pkl"; for what begins as a ZIP archive, and for
 * the format that torch.save wrote before PyTorch 1.6: bf_torch_read says what is wrong with these.
 * False also for what cannot be read.
 */
bool bf_torch_applies(const char *path);

/**
 * @brief Reads a checkpoint of torch.save or of Lightning's Trainer.
 *
 * The pickle in it is read by a machine of ours that runs nothing; the few names that tensors need
 * are known, any other is an error that says it. Time and memory are bounded by the length of the
 * file, but for 64 MiB of compressed storages and 64 MiB of values of tensors that share storages
 * or were expanded.
 *
 * @param[out] out freed with bf_state_free; the tensors of the state dict, in its order.
 * @return BF_OK; BF_ERR_DATA if it is no such file, is damaged, or holds anything but a state dict
 * (or a dict with one under "state_dict", "model_state_dict" or "model"); BF_ERR_NOMEM. Source:
 * docs/formats.md, "PyTorch checkpoints". Oracle: torch.load.
 */
bf_status bf_torch_read(const char *path, bf_state **out);

/**
 * @brief Writes a plain state dict, which torch.load reads (also with weights_only=True): an
 *        OrderedDict of contiguous CPU tensors of their dtypes.
 *
 * The file appears at its path when it is whole (bf_file_writer).
 *
 * @return BF_OK; BF_ERR_DATA if bf_state_check_names says so; BF_ERR_IO; BF_ERR_NOMEM. What was at
 * @p path is as it was then. Oracle: torch.load.
 */
bf_status bf_torch_write(const char *path, const bf_state *state);

#endif
