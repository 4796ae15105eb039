/* The ZIP archive that torch.save makes: a pickle and the storages it refers to.
 * Room: nn. */
#ifndef BF_NN_TORCH_ARCHIVE_H
#define BF_NN_TORCH_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct bf_torch_archive bf_torch_archive;

/** Whether the file is such an archive, begins as one, or is of the format before PyTorch 1.6. */
bool bf_torch_archive_applies(const char *path);

/** @brief Opens a checkpoint. @return BF_OK; BF_ERR_DATA if it is none, or one of TorchScript or of
 * the format before PyTorch 1.6; BF_ERR_NOMEM. */
bf_status bf_torch_archive_open(const char *path, bf_torch_archive **out);

/** NULL is fine. */
void bf_torch_archive_close(bf_torch_archive *archive);

/** @brief The pickle. @param[out] data (n) freed with free(). @return BF_OK; BF_ERR_DATA;
 * BF_ERR_NOMEM. */
bf_status bf_torch_archive_pickle(const bf_torch_archive *archive, uint8_t **data, size_t *n);

/** Whether numbers in storages are big-endian. */
bool bf_torch_archive_is_big_endian(const bf_torch_archive *archive);

/** Bytes of the archive's file: no honest content is much longer. */
uint64_t bf_torch_archive_n_bytes(const bf_torch_archive *archive);

/**
 * @brief The storage called @p key, read once however many tensors are in it.
 * @param      n_bytes what it must have.
 * @param[out] bytes   (n_bytes) borrowed until the archive is closed.
 * @return BF_OK; BF_ERR_DATA if there is none, or it has another size, is damaged or, with what was
 *         read before, too long for this archive; BF_ERR_NOMEM.
 */
bf_status bf_torch_archive_storage(bf_torch_archive *archive, const char *key, size_t n_bytes,
                                   const uint8_t **bytes);

#endif
