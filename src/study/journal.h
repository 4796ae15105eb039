/* An append-only file of lines, synced by a thread of its own.
 * Room: study (private). */
#ifndef BF_STUDY_JOURNAL_H
#define BF_STUDY_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/text.h"

/*
 * A record is one or more whole lines, written by one write(2), so that a reader sees all of it or
 * nothing. What was written survives the end of the process at once; that of the machine only when
 * it was synced, which the thread does every period (50 ms) while there is something to sync, and
 * at once after a pause. A write that fails half-way (a full disk) is taken back: the file ends
 * with the last whole record.
 *
 * The file is locked (flock) while it is open: two processes cannot run one study. One thread of
 * the caller's appends, syncs and closes; no signal is delivered to the thread that syncs.
 */
typedef struct bf_journal bf_journal;

/** Seconds between two syncs: a machine that stops loses at most these and the sync under way. */
#define BF_JOURNAL_PERIOD_S 0.05

/**
 * @brief Makes a new journal that starts with @p head: it appears at @p path with all of that, or
 *        not at all (written to a temporary name, synced, given its name; the folder is synced,
 * too).
 * @return BF_OK; BF_ERR_USAGE if there is something at @p path; BF_ERR_IO; BF_ERR_NOMEM.
 */
bf_status bf_journal_create(const char *path, const bf_text *head, bf_journal **out);

/**
 * @brief Opens a journal to append to it; what is behind its first @p n_bytes (a line that was cut
 *        off) is cut away.
 * @return BF_OK; BF_ERR_USAGE naming @p path if another process has it open, or has appended whole
 *         lines behind @p n_bytes; BF_ERR_IO; BF_ERR_NOMEM.
 */
bf_status bf_journal_open(const char *path, uint64_t n_bytes, bf_journal **out);

/**
 * @brief Appends a record; does not wait for the disk.
 * @return BF_OK; BF_ERR_IO if it cannot be written, or an earlier one could not be synced;
 *         BF_ERR_NOMEM if the text ran out of memory. After BF_ERR_IO nothing is appended any more.
 */
bf_status bf_journal_append(bf_journal *journal, const bf_text *record);

/** Bytes written, bytes of these that were synced. */
uint64_t bf_journal_written(const bf_journal *journal);
uint64_t bf_journal_synced(bf_journal *journal);

/** @brief Syncs all that was written, now. @return BF_OK; BF_ERR_IO. */
bf_status bf_journal_sync(bf_journal *journal);

/** @brief Syncs and closes; NULL is fine. @return BF_OK; BF_ERR_IO. */
bf_status bf_journal_close(bf_journal *journal);

#endif
