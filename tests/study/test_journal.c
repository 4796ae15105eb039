/* A journal's file: what was written stays, and only whole lines do.
 * Tests of src/study/journal.c. */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "study/journal.h"

static char folder[64];
static char path[96];
static volatile sig_atomic_t n_syncs;
static volatile sig_atomic_t n_folder_syncs;
static volatile sig_atomic_t sync_error; /* errno of every sync from now on; 0 */

/* Both take the place of the C library's for the whole program. */
int fdatasync(int fd)
{
  (void)fd;
  n_syncs++;
  errno = sync_error;
  return sync_error != 0 ? -1 : 0;
}

int fsync(int fd)
{
  struct stat info;
  n_folder_syncs += fstat(fd, &info) == 0 && S_ISDIR(info.st_mode);
  return 0;
}

static int make_folder(void **state)
{
  (void)state;
  sync_error = 0;
  snprintf(folder, sizeof folder, "/tmp/bitfront-journal-XXXXXX");
  if (mkdtemp(folder) == NULL)
    return -1;
  snprintf(path, sizeof path, "%s/study.journal", folder);
  return 0;
}

/* With the file system that one test puts there. */
static int remove_folder(void **state)
{
  (void)state;
  umount2(folder, MNT_DETACH);
  bf_folder_remove(folder);
  return 0;
}

static bf_status append(bf_journal *journal, const char *line)
{
  bf_text record = {0};
  bf_text_append(&record, line);
  bf_status status = bf_journal_append(journal, &record);
  bf_text_release(&record);
  return status;
}

static bf_status create(bf_journal **journal)
{
  bf_text head = {0};
  bf_text_append(&head, "head\n");
  bf_status status = bf_journal_create(path, &head, journal);
  bf_text_release(&head);
  return status;
}

static void assert_holds(const char *expected)
{
  bf_text text = {0};
  assert_ok(bf_file_read(path, &text));
  assert_string_equal(bf_text_view(&text), expected);
  bf_text_release(&text);
}

/* A journal that somebody closed. */
static void write_journal(const char *text)
{
  assert_ok(bf_file_write(path, text, strlen(text)));
}

static size_t n_files(void)
{
  struct stat info;
  char temporary[160];
  snprintf(temporary, sizeof temporary, "%s.tmp.%ld", path, (long)getpid());
  return (size_t)(stat(path, &info) == 0) + (size_t)(stat(temporary, &info) == 0);
}

static void journal_created_holds_its_head_and_what_is_appended(void **state)
{
  (void)state;
  bf_journal *journal = NULL;
  n_syncs = 0;
  n_folder_syncs = 0;
  assert_ok(create(&journal));
  assert_int_equal(n_syncs, 1);
  assert_int_equal(n_folder_syncs, 1);
  assert_int_equal(n_files(), 1);
  assert_holds("head\n");
  assert_int_equal(bf_journal_synced(journal), 5);
  assert_ok(append(journal, "a\nb\n"));
  assert_ok(append(journal, ""));
  assert_ok(append(journal, "c\n"));
  assert_int_equal(bf_journal_written(journal), 11);
  assert_holds("head\na\nb\nc\n");
  assert_ok(bf_journal_close(journal));
  assert_ok(bf_journal_close(NULL));
}

static void journal_that_exists_is_not_replaced(void **state)
{
  (void)state;
  bf_journal *journal = NULL;
  write_journal("old\n");
  assert_fails(create(&journal), BF_ERR_USAGE, "study.journal' exists");
  assert_null(journal);
  assert_holds("old\n");
  assert_int_equal(n_files(), 1);
}

static void journal_that_cannot_be_made_leaves_nothing(void **state)
{
  (void)state;
  bf_journal *journal = NULL;
  sync_error = EIO;
  assert_fails(create(&journal), BF_ERR_IO, "cannot write journal '/tmp/bitfront-journal-");
  assert_int_equal(n_files(), 0);
  sync_error = 0;
  snprintf(path, sizeof path, "%s/absent/study.journal", folder);
  assert_fails(create(&journal), BF_ERR_IO, "No such file or directory");
  assert_null(journal);
}

static void journal_opened_goes_on_behind_its_last_whole_line(void **state)
{
  (void)state;
  bf_journal *journal = NULL;
  write_journal("head\na\n{\"torn");
  assert_ok(bf_journal_open(path, 7, &journal));
  assert_holds("head\na\n");
  assert_ok(append(journal, "b\n"));
  assert_ok(bf_journal_close(journal));
  assert_holds("head\na\nb\n");
  assert_ok(bf_journal_open(path, 9, &journal));
  assert_ok(append(journal, "c\n"));
  assert_ok(bf_journal_close(journal));
  assert_holds("head\na\nb\nc\n");
}

static void journal_that_changed_since_it_was_read_is_left_alone(void **state)
{
  (void)state;
  bf_journal *journal = NULL;
  write_journal("head\na\nb\n");
  assert_fails(bf_journal_open(path, 7, &journal), BF_ERR_USAGE, "has changed while it was read");
  assert_fails(bf_journal_open(path, 10, &journal), BF_ERR_USAGE, "has changed while it was read");
  assert_holds("head\na\nb\n");
  snprintf(path, sizeof path, "%s/absent", folder);
  assert_fails(bf_journal_open(path, 0, &journal), BF_ERR_IO, "cannot open journal");
  assert_null(journal);
}

/* Opens the journal in a process of its own, says so, and keeps it until it is killed. */
static pid_t start_holder(void)
{
  int said[2];
  char byte = 0;
  assert_int_equal(pipe(said), 0);
  pid_t holder = fork();
  if (holder == 0) {
    bf_journal *journal = NULL;
    bool opened = bf_journal_open(path, 5, &journal) == BF_OK;
    if (write(said[1], opened ? "y" : "n", 1) == 1)
      alarm(30);
    while (opened)
      pause();
    _exit(0);
  }
  assert_true(holder > 0);
  assert_int_equal(read(said[0], &byte, 1), 1);
  assert_int_equal(byte, 'y');
  close(said[0]);
  close(said[1]);
  return holder;
}

static void journal_of_another_process_is_refused_until_that_has_died(void **state)
{
  (void)state;
  bf_journal *journal = NULL;
  write_journal("head\n");
  pid_t holder = start_holder();
  bf_trail_set("");
  bf_status status = bf_journal_open(path, 5, &journal);
  kill(holder, SIGKILL);
  waitpid(holder, NULL, 0);
  assert_int_equal(status, BF_ERR_USAGE);
  assert_non_null(strstr(bf_trail(), "study.journal' is in use: another process runs this study"));
  assert_null(journal);
  assert_ok(bf_journal_open(path, 5, &journal));
  assert_ok(bf_journal_close(journal));
}

/* No appending after an error, and yet the file goes on when there is room. */
static void assert_taken_back(bf_journal *journal, const char *kept)
{
  assert_fails(append(journal, "x\n"), BF_ERR_IO, "cannot write journal");
  assert_holds(kept);
  assert_int_equal(bf_journal_written(journal), strlen(kept));
  assert_fails(bf_journal_close(journal), BF_ERR_IO, "cannot write journal");
}

static void assert_goes_on(const char *kept)
{
  bf_journal *journal = NULL;
  char expected[8192];
  assert_ok(bf_journal_open(path, strlen(kept), &journal));
  assert_ok(append(journal, "more\n"));
  assert_ok(bf_journal_close(journal));
  snprintf(expected, sizeof expected, "%smore\n", kept);
  assert_holds(expected);
}

/* The file may grow by 8 bytes, and so half of the record is written. */
static void record_that_fits_in_part_is_taken_back(void **state)
{
  (void)state;
  bf_journal *journal = NULL;
  struct rlimit before;
  struct rlimit small;
  assert_ok(create(&journal));
  assert_ok(append(journal, "first\n"));
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  small = before;
  small.rlim_cur = 11 + 8;
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  bf_status status = append(journal, "a second record\n");
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, SIG_DFL);
  assert_int_equal(status, BF_ERR_IO);
  assert_non_null(strstr(bf_trail(), "File too large; go on with --resume"));
  assert_taken_back(journal, "head\nfirst\n");
  assert_goes_on("head\nfirst\n");
}

/* A file system of two pages, and a record of more than what is left of them. */
static void record_on_a_full_disk_is_taken_back(void **state)
{
  (void)state;
  static char record[8192];
  bf_journal *journal = NULL;
  char kept[4096];
  if (mount("none", folder, "tmpfs", 0, "size=8k") != 0) {
    print_message("no file system can be mounted: %s\n", strerror(errno));
    skip();
  }
  memset(record, 'x', sizeof record - 2);
  record[sizeof record - 2] = '\n';
  snprintf(kept, sizeof kept, "head\n%.2000s\n", record);
  assert_ok(create(&journal));
  assert_ok(append(journal, kept + 5));
  assert_fails(append(journal, record), BF_ERR_IO,
               "study.journal': No space left on device; make room and go on with --resume");
  assert_taken_back(journal, kept);
  assert_goes_on(kept);
}

static bool is_synced_within(bf_journal *journal, double limit_s)
{
  double start_s = bf_clock_s();
  while (bf_journal_synced(journal) < bf_journal_written(journal)) {
    if (bf_clock_s() - start_s > limit_s)
      return false;
    bf_sleep(0.001);
  }
  return true;
}

static void synced_follows_written(void **state)
{
  (void)state;
  bf_journal *journal = NULL;
  assert_ok(create(&journal));
  for (int i = 0; i < 3; i++) {
    assert_ok(append(journal, "a\n"));
    assert_true(is_synced_within(journal, 10));
    assert_ok(append(journal, "b\n"));
    assert_true(is_synced_within(journal, 10));
  }
  assert_ok(append(journal, "c\n"));
  assert_ok(bf_journal_sync(journal));
  assert_int_equal(bf_journal_synced(journal), bf_journal_written(journal));
  assert_ok(bf_journal_close(journal));
}

/* How often a thread of this process began to wait. */
static long n_waits(void)
{
  struct rusage usage;
  return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_nvcsw : 0;
}

static void thread_syncs_many_records_at_once_and_rests_without(void **state)
{
  (void)state;
  bf_journal *journal = NULL;
  assert_ok(create(&journal));
  n_syncs = 0;
  double start_s = bf_clock_s();
  for (int i = 0; i < 3000; i++)
    assert_ok(append(journal, "a record of some length\n"));
  assert_true(is_synced_within(journal, 10));
  double took_s = bf_clock_s() - start_s;
  assert_in_range(n_syncs, 1, (uintmax_t)(took_s / BF_JOURNAL_PERIOD_S) + 2);
  bf_sleep(0.01);
  n_syncs = 0;
  long before = n_waits();
  bf_sleep(6 * BF_JOURNAL_PERIOD_S);
  assert_in_range(n_waits() - before, 0, 3);
  assert_int_equal(n_syncs, 0);
  assert_ok(bf_journal_close(journal));
}

static void sync_that_failed_once_is_never_forgotten(void **state)
{
  (void)state;
  bf_journal *journal = NULL;
  assert_ok(create(&journal));
  sync_error = EIO;
  assert_ok(append(journal, "a\n"));
  assert_fails(bf_journal_sync(journal), BF_ERR_IO, "cannot sync journal '/tmp/bitfront-journal-");
  sync_error = 0;
  assert_fails(append(journal, "b\n"), BF_ERR_IO, "Input/output error; go on with --resume");
  assert_int_equal(bf_journal_synced(journal), 5);
  assert_fails(bf_journal_close(journal), BF_ERR_IO, "cannot sync journal");
  assert_holds("head\na\n");
}

static volatile sig_atomic_t n_signals;

static void count_signal(int number)
{
  (void)number;
  n_signals++;
}

/* A signal that the main thread holds back waits for it: no other thread takes it. */
static void signals_are_left_to_the_main_thread(void **state)
{
  (void)state;
  static const int numbers[] = {SIGINT, SIGTERM, SIGUSR1};
  bf_journal *journal = NULL;
  sigset_t held;
  sigset_t before;
  struct sigaction action = {.sa_handler = count_signal};
  assert_ok(create(&journal));
  sigemptyset(&held);
  for (int i = 0; i < 3; i++)
    sigaddset(&held, numbers[i]);
  pthread_sigmask(SIG_BLOCK, &held, &before);
  for (int i = 0; i < 3; i++) {
    sigaction(numbers[i], &action, NULL);
    kill(getpid(), numbers[i]);
  }
  assert_ok(append(journal, "a\n"));
  assert_true(is_synced_within(journal, 10));
  int early = n_signals;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  for (int i = 0; i < 3; i++)
    signal(numbers[i], SIG_DFL);
  assert_int_equal(early, 0);
  assert_int_equal(n_signals, 3);
  assert_ok(bf_journal_close(journal));
}

static void journal_without_memory_fails_cleanly(void **state)
{
  (void)state;
  bf_journal *journal = NULL;
  bf_text head = {0};
  bf_status status = BF_ERR_NOMEM;
  bf_text_append(&head, "head\n");
  for (long n = 0; status != BF_OK; n++) {
    assert_int_equal(n_files(), 0);
    bf_alloc_fail_after(n);
    status = bf_journal_create(path, &head, &journal);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    assert_true((journal != NULL) == (status == BF_OK));
    assert_true(n < 20);
  }
  assert_ok(bf_journal_close(journal));
  journal = NULL;
  status = BF_ERR_NOMEM;
  for (long n = 0; status != BF_OK; n++) {
    bf_alloc_fail_after(n);
    status = bf_journal_open(path, 5, &journal);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    assert_true(n < 20);
  }
  head.short_of_memory = 1;
  assert_fails(bf_journal_append(journal, &head), BF_ERR_NOMEM, "out of memory");
  assert_ok(append(journal, "a\n"));
  assert_ok(bf_journal_close(journal));
  assert_holds("head\na\n");
  bf_text_release(&head);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
  const struct CMUnitTest tests[] = {
      IN_FOLDER(journal_created_holds_its_head_and_what_is_appended),
      IN_FOLDER(journal_that_exists_is_not_replaced),
      IN_FOLDER(journal_that_cannot_be_made_leaves_nothing),
      IN_FOLDER(journal_opened_goes_on_behind_its_last_whole_line),
      IN_FOLDER(journal_that_changed_since_it_was_read_is_left_alone),
      IN_FOLDER(journal_of_another_process_is_refused_until_that_has_died),
      IN_FOLDER(record_that_fits_in_part_is_taken_back),
      IN_FOLDER(record_on_a_full_disk_is_taken_back),
      IN_FOLDER(synced_follows_written),
      IN_FOLDER(thread_syncs_many_records_at_once_and_rests_without),
      IN_FOLDER(sync_that_failed_once_is_never_forgotten),
      IN_FOLDER(signals_are_left_to_the_main_thread),
      IN_FOLDER(journal_without_memory_fails_cleanly),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
