/* An append-only file of lines, synced by a thread of its own.
 * Room: study. */
#include "study/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/thread.h"

struct bf_journal {
  char *path;
  int fd;
  bool has_thread;
  pthread_t thread;
  /* The kernel reports a failed sync to one caller only, and so there is one at a time. */
  pthread_mutex_t sync_lock;
  pthread_mutex_t lock; /* of what follows */
  pthread_cond_t wake;  /* there is something to sync, or it is over */
  bool is_over;
  uint64_t written; /* only the appender changes it, and so may read it without the lock */
  uint64_t synced;
  int write_error; /* errno; 0: none. Only the appender's */
  int sync_error;
};

static bf_status fail(const bf_journal *journal, const char *verb, int cause)
{
  bool is_full = cause == ENOSPC || cause == EDQUOT;
  return bf_fail(BF_ERR_IO, "cannot %s journal '%s': %s; %sgo on with --resume", verb,
                 journal->path, strerror(cause), is_full ? "make room and " : "");
}

/* What went wrong so far. */
static bf_status check(const bf_journal *journal)
{
  if (journal->write_error != 0)
    return fail(journal, "write", journal->write_error);
  return journal->sync_error != 0 ? fail(journal, "sync", journal->sync_error) : BF_OK;
}

/* @return errno; 0: all was written. */
static int write_all(int fd, const char *bytes, size_t n)
{
  while (n > 0) {
    ssize_t written = write(fd, bytes, n);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return errno;
    bytes += written;
    n -= (size_t)written;
  }
  return 0;
}

/* @return errno; 0: all that was written before is on disk. */
static int sync_data(int fd)
{
  while (fdatasync(fd) != 0)
    if (errno != EINTR)
      return errno;
  return 0;
}

/* Syncs what is written by now. After an error the kernel may forget what it could not write, and
 * the next sync would look like a success: there is none. */
static void sync_written(bf_journal *journal)
{
  pthread_mutex_lock(&journal->sync_lock);
  pthread_mutex_lock(&journal->lock);
  uint64_t written = journal->written;
  bool is_needed = journal->synced < written && journal->sync_error == 0;
  pthread_mutex_unlock(&journal->lock);
  int error = is_needed ? sync_data(journal->fd) : 0;
  pthread_mutex_lock(&journal->lock);
  if (error != 0)
    journal->sync_error = error;
  else if (is_needed)
    journal->synced = written;
  pthread_mutex_unlock(&journal->lock);
  pthread_mutex_unlock(&journal->sync_lock);
}

static bool has_work(const bf_journal *journal)
{
  return journal->synced < journal->written && journal->sync_error == 0;
}

/* The thread. What comes after a pause is synced at once, the rest a period after the last time. */
static void *keep_synced(void *argument)
{
  bf_journal *journal = argument;
  struct timespec due = {0};
  pthread_mutex_lock(&journal->lock);
  while (!journal->is_over) {
    if (!has_work(journal)) {
      pthread_cond_wait(&journal->wake, &journal->lock);
    } else if (pthread_cond_timedwait(&journal->wake, &journal->lock, &due) == ETIMEDOUT) {
      due = bf_condition_time(BF_JOURNAL_PERIOD_S);
      pthread_mutex_unlock(&journal->lock);
      sync_written(journal);
      pthread_mutex_lock(&journal->lock);
    }
  }
  pthread_mutex_unlock(&journal->lock);
  return NULL;
}

static bf_status start_thread(bf_journal *journal)
{
  int error = bf_thread_start(&journal->thread, keep_synced, journal);
  journal->has_thread = error == 0;
  return error == 0 ? BF_OK
                    : bf_fail(BF_ERR_NOMEM, "cannot start a thread for journal '%s': %s",
                              journal->path, strerror(error));
}

static void stop_thread(bf_journal *journal)
{
  if (!journal->has_thread)
    return;
  pthread_mutex_lock(&journal->lock);
  journal->is_over = true;
  pthread_cond_signal(&journal->wake);
  pthread_mutex_unlock(&journal->lock);
  pthread_join(journal->thread, NULL);
  journal->has_thread = false;
}

static bf_journal *make(const char *path)
{
  bf_journal *journal = bf_alloc(1, sizeof *journal);
  if (journal == NULL)
    return NULL;
  journal->path = bf_copy_text(path);
  if (journal->path == NULL) {
    free(journal);
    return NULL;
  }
  journal->fd = -1;
  pthread_mutex_init(&journal->sync_lock, NULL);
  pthread_mutex_init(&journal->lock, NULL);
  bf_condition_init(&journal->wake);
  return journal;
}

/* @return errno of closing; 0. */
static int dispose(bf_journal *journal)
{
  int error = 0;
  if (journal == NULL)
    return 0;
  stop_thread(journal);
  if (journal->fd >= 0 && close(journal->fd) != 0)
    error = errno;
  pthread_cond_destroy(&journal->wake);
  pthread_mutex_destroy(&journal->lock);
  pthread_mutex_destroy(&journal->sync_lock);
  free(journal->path);
  free(journal);
  return error;
}

/* Some network file systems have no locks: there, the user must know. */
static bf_status lock_file(const bf_journal *journal)
{
  if (flock(journal->fd, LOCK_EX | LOCK_NB) == 0)
    return BF_OK;
  if (errno == EWOULDBLOCK)
    return bf_fail(BF_ERR_USAGE, "journal '%s' is in use: another process runs this study",
                   journal->path);
  bf_warn("journal '%s' cannot be locked (%s): nothing keeps another process from running this "
          "study, too",
          journal->path, strerror(errno));
  return BF_OK;
}

static bf_status write_head(bf_journal *journal, const char *temporary, const bf_text *head)
{
  bf_status status = BF_OK;
  int error;
  unlink(temporary);
  journal->fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
  BF_CHECK(journal->fd >= 0, BF_ERR_IO, "cannot create journal '%s': %s", journal->path,
           strerror(errno));
  BF_TRY(lock_file(journal));
  error = write_all(journal->fd, bf_text_view(head), head->length);
  if (error == 0)
    error = sync_data(journal->fd);
  BF_CHECK(error == 0, BF_ERR_IO, "cannot write journal '%s': %s", journal->path, strerror(error));
done:
  return status;
}

/* Unlike a rename, a link takes nobody's place: of two processes that start the same study, one
 * fails. Where there are no links, the rename of bf_file_publish is left; after a link it does
 * nothing, and the temporary name goes later. */
static bf_status publish(const bf_journal *journal, const char *temporary)
{
  if (link(temporary, journal->path) != 0 && errno == EEXIST)
    return bf_fail(BF_ERR_USAGE, "journal '%s' exists; choose another folder or --resume",
                   journal->path);
  return bf_file_publish(temporary, journal->path);
}

bf_status bf_journal_create(const char *path, const bf_text *head, bf_journal **out)
{
  bf_status status = BF_OK;
  bf_text temporary = {0};
  bf_journal *journal = make(path);
  BF_CHECK_MEMORY(journal);
  bf_text_printf(&temporary, "%s.tmp.%ld", path, (long)getpid());
  BF_TRY(bf_text_status(&temporary));
  BF_TRY(bf_text_status(head));
  BF_TRY(write_head(journal, temporary.data, head));
  journal->written = head->length;
  journal->synced = head->length;
  BF_TRY(start_thread(journal));
  BF_TRY(publish(journal, temporary.data));
  *out = journal;
  journal = NULL;
done:
  if (temporary.data != NULL)
    unlink(temporary.data);
  bf_text_release(&temporary);
  dispose(journal);
  return status;
}

/* Whether a whole line is behind the first @p n_bytes. */
static bool has_grown(int fd, uint64_t n_bytes)
{
  char block[4096];
  ssize_t n;
  while ((n = pread(fd, block, sizeof block, (off_t)n_bytes)) > 0) {
    if (memchr(block, '\n', (size_t)n) != NULL)
      return true;
    n_bytes += (uint64_t)n;
  }
  return false;
}

/* Between its reading and its locking, another process may have gone on with the study. */
static bf_status cut(bf_journal *journal, uint64_t n_bytes)
{
  struct stat info;
  bf_status status = BF_OK;
  int error = fstat(journal->fd, &info) != 0 ? errno : 0;
  BF_CHECK(error == 0, BF_ERR_IO, "cannot read journal '%s': %s", journal->path, strerror(error));
  BF_CHECK((uint64_t)info.st_size >= n_bytes && !has_grown(journal->fd, n_bytes), BF_ERR_USAGE,
           "journal '%s' has changed while it was read: another process runs this study",
           journal->path);
  if ((uint64_t)info.st_size > n_bytes && ftruncate(journal->fd, (off_t)n_bytes) != 0)
    error = errno;
  /* Also what the last process wrote and did not live to sync. */
  if (error == 0)
    error = sync_data(journal->fd);
  BF_CHECK(error == 0, BF_ERR_IO, "cannot write journal '%s': %s", journal->path, strerror(error));
done:
  return status;
}

bf_status bf_journal_open(const char *path, uint64_t n_bytes, bf_journal **out)
{
  bf_status status = BF_OK;
  bf_journal *journal = make(path);
  BF_CHECK_MEMORY(journal);
  journal->fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC);
  BF_CHECK(journal->fd >= 0, BF_ERR_IO, "cannot open journal '%s': %s", path, strerror(errno));
  BF_TRY(lock_file(journal));
  BF_TRY(cut(journal, n_bytes));
  journal->written = n_bytes;
  journal->synced = n_bytes;
  BF_TRY(start_thread(journal));
  *out = journal;
  journal = NULL;
done:
  dispose(journal);
  return status;
}

/* What was written of a record that did not fit is taken back; should even that fail, readers see a
 * last line that is cut off, and the next bf_journal_open cuts it away. */
static void take_back(const bf_journal *journal)
{
  struct stat info;
  bool is_whole = fstat(journal->fd, &info) == 0 && (uint64_t)info.st_size <= journal->written;
  if (!is_whole && ftruncate(journal->fd, (off_t)journal->written) != 0)
    bf_warn("journal '%s' ends with a line that is cut off", journal->path);
}

/* The lock is held. */
static void write_record(bf_journal *journal, const bf_text *record)
{
  int error = write_all(journal->fd, record->data, record->length);
  if (error != 0) {
    journal->write_error = error;
    take_back(journal);
    return;
  }
  if (!has_work(journal))
    pthread_cond_signal(&journal->wake);
  journal->written += record->length;
}

bf_status bf_journal_append(bf_journal *journal, const bf_text *record)
{
  bf_status status = bf_text_status(record);
  if (status != BF_OK || record->length == 0)
    return status;
  BF_ASSERT(record->data[record->length - 1] == '\n');
  pthread_mutex_lock(&journal->lock);
  if (journal->write_error == 0 && journal->sync_error == 0)
    write_record(journal, record);
  status = check(journal);
  pthread_mutex_unlock(&journal->lock);
  return status;
}

uint64_t bf_journal_written(const bf_journal *journal)
{
  return journal->written;
}

uint64_t bf_journal_synced(bf_journal *journal)
{
  pthread_mutex_lock(&journal->lock);
  uint64_t synced = journal->synced;
  pthread_mutex_unlock(&journal->lock);
  return synced;
}

bf_status bf_journal_sync(bf_journal *journal)
{
  sync_written(journal);
  pthread_mutex_lock(&journal->lock);
  bf_status status = check(journal);
  pthread_mutex_unlock(&journal->lock);
  return status;
}

bf_status bf_journal_close(bf_journal *journal)
{
  if (journal == NULL)
    return BF_OK;
  bf_status status = bf_journal_sync(journal);
  bf_text path = {0};
  bf_text_append(&path, journal->path);
  int error = dispose(journal);
  if (status == BF_OK && error != 0)
    status =
        bf_fail(BF_ERR_IO, "cannot close journal '%s': %s", bf_text_view(&path), strerror(error));
  bf_text_release(&path);
  return status;
}
