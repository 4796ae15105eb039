/* Tests of src/study/run_file.c: what is written is read back, nonsense is not, and a full disk or
 * a process that was killed leaves no mess. */
#include "unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "study/run_file.h"

static char folder[64];

static int make_folder(void **state)
{
  (void)state;
  snprintf(folder, sizeof folder, "/tmp/bitfront-test-XXXXXX");
  return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
  (void)state;
  bf_folder_remove(folder);
  return 0;
}

static void put(const char *name, const char *text)
{
  char *path = bf_path_join(folder, name);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
  free(path);
}

static bool is_there(const char *name)
{
  char *path = bf_path_join(folder, name);
  bool found = bf_file_exists(path);
  free(path);
  return found;
}

static void run_of_this_process_is_read_back(void **state)
{
  (void)state;
  bf_run_file found = {0};
  setenv("BITFRONT_RUN", "a \"run\"", 1);
  bf_run_file run = bf_run_file_start();
  assert_true(run.exit_code == -1 && !run.wants_restart);
  double before = bf_date_s();
  assert_ok(bf_run_file_write(folder, &run));
  assert_ok(bf_run_file_read(folder, &found));
  assert_string_equal(found.run, "a \"run\"");
  assert_string_equal(found.host, run.host);
  assert_true(found.host[0] != '\0');
  assert_int_equal(found.pid, getpid());
  assert_int_equal(found.exit_code, -1);
  assert_false(found.wants_restart);
  assert_true(found.date_s >= before - 0.001 && found.date_s <= bf_date_s() + 0.001);
  assert_false(is_there("run.json.new"));
}

static void run_without_a_launcher_has_no_name(void **state)
{
  (void)state;
  unsetenv("BITFRONT_RUN");
  assert_string_equal(bf_run_file_start().run, "");
}

static void end_replaces_what_was_there(void **state)
{
  (void)state;
  bf_run_file found = {0};
  bf_run_file run = bf_run_file_start();
  assert_ok(bf_run_file_write(folder, &run));
  run.exit_code = 4;
  run.n_told = 12;
  run.is_busy = true;
  run.wants_restart = true;
  assert_ok(bf_run_file_write(folder, &run));
  assert_ok(bf_run_file_read(folder, &found));
  assert_int_equal(found.exit_code, 4);
  assert_int_equal(found.n_told, 12);
  assert_true(found.is_busy);
  assert_true(found.wants_restart);
  run.exit_code = 0;
  run.wants_restart = false;
  assert_ok(bf_run_file_write(folder, &run));
  assert_ok(bf_run_file_read(folder, &found));
  assert_int_equal(found.exit_code, 0);
}

#define GOOD "{\"run\":\"r\",\"host\":\"h\",\"pid\":7,\"date_s\":1.5,\"exit\":"

static void nonsense_is_refused_and_output_untouched(void **state)
{
  (void)state;
  static const char *const texts[] = {
      "",
      "{",
      "[]",
      "{}",
      GOOD "0",
      GOOD "256}",
      GOOD "-1}",
      GOOD "\"0\"}",
      GOOD "0}}",
      "{\"run\":\"r\",\"host\":\"h\",\"pid\":7,\"date_s\":1.5}",
      "{\"run\":\"r\",\"host\":\"h\",\"pid\":0,\"date_s\":1.5,\"exit\":null}",
      "{\"run\":\"r\",\"host\":\"h\",\"pid\":7,\"date_s\":\"1\",\"exit\":null}",
      "{\"run\":1,\"host\":\"h\",\"pid\":7,\"date_s\":1.5,\"exit\":null}",
      "{\"run\":\"r\",\"pid\":7,\"date_s\":1.5,\"exit\":null}",
  };
  bf_run_file found = {.pid = 99};
  assert_fails(bf_run_file_read(folder, &found), BF_ERR_DATA, "run.json'");
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    put("run.json", texts[i]);
    assert_fails(bf_run_file_read(folder, &found), BF_ERR_DATA, "run.json");
  }
  assert_int_equal(found.pid, 99);
  put("run.json", GOOD "null, \"later\": [1, 2]}");
  assert_ok(bf_run_file_read(folder, &found));
  assert_true(found.pid == 7 && found.exit_code == -1 && found.date_s == 1.5);
}

static void pipe_is_not_waited_for(void **state)
{
  (void)state;
  bf_run_file found;
  char *path = bf_path_join(folder, "run.json");
  assert_int_equal(mkfifo(path, 0600), 0);
  assert_fails(bf_run_file_read(folder, &found), BF_ERR_DATA, "no regular file");
  free(path);
}

static void long_names_are_cut(void **state)
{
  (void)state;
  char name[2 * BF_RUN_TEXT] = "";
  bf_run_file found;
  memset(name, 'x', sizeof name - 1);
  setenv("BITFRONT_RUN", name, 1);
  bf_run_file run = bf_run_file_start();
  unsetenv("BITFRONT_RUN");
  assert_int_equal(strlen(run.run), BF_RUN_TEXT - 1);
  assert_ok(bf_run_file_write(folder, &run));
  assert_ok(bf_run_file_read(folder, &found));
  assert_string_equal(found.run, run.run);
}

static void missing_folder_is_an_error_with_its_name(void **state)
{
  (void)state;
  bf_run_file run = bf_run_file_start();
  assert_fails(bf_run_file_write("/nonexistent/folder", &run), BF_ERR_IO,
               "cannot write '/nonexistent/folder/run.json'");
}

/* What a killed writer leaves is replaced by the next one, even if it cannot be read. */
static void leftover_of_a_killed_writer_is_no_obstacle(void **state)
{
  (void)state;
  bf_run_file found;
  bf_run_file run = bf_run_file_start();
  put("run.json.new", "{\"ru");
  assert_ok(bf_run_file_write(folder, &run));
  assert_ok(bf_run_file_read(folder, &found));
  assert_false(is_there("run.json.new"));
}

static int open_end_file(const char *text)
{
  char *path = bf_path_join(folder, "end");
  put("end", text);
  int fd = open(path, O_RDONLY);
  setenv("BITFRONT_RUN_END", path, 1);
  setenv("BITFRONT_RUN", "mine", 1);
  free(path);
  return fd;
}

static void exit_code_reaches_the_launcher(void **state)
{
  (void)state;
  int fd = open_end_file("mine\n");
  assert_int_equal(bf_run_end_read(fd, "mine"), -1);
  bf_run_end_write(70);
  assert_int_equal(bf_run_end_read(fd, "mine"), 70);
  assert_int_equal(bf_run_end_read(fd, "min"), -1);
  close(fd);
  unsetenv("BITFRONT_RUN_END");
  bf_run_end_write(70);
}

/* Process numbers come round: what the variable names may be somebody else's by now. */
static void file_of_another_launcher_is_left_alone(void **state)
{
  (void)state;
  static const char *const texts[] = {"", "mine", "min\n", "mine too\n", "precious"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    char text[64] = "";
    int fd = open_end_file(texts[i]);
    bf_run_end_write(3);
    assert_int_equal(read(fd, text, sizeof text - 1), strlen(texts[i]));
    assert_string_equal(text, texts[i]);
    assert_int_equal(bf_run_end_read(fd, "mine"), -1);
    close(fd);
  }
}

/* Every failing allocation is reported, and what was there stays. */
static void short_memory_is_reported(void **state)
{
  (void)state;
  bf_run_file found = {0};
  bf_run_file run = bf_run_file_start();
  assert_ok(bf_run_file_write(folder, &run));
  long n = 0;
  bf_status status = BF_ERR_NOMEM;
  for (; status != BF_OK; n++) {
    bf_alloc_fail_after(n);
    status = bf_run_file_write(folder, &run);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    assert_ok(bf_run_file_read(folder, &found));
  }
  assert_true(n > 2);
  for (n = 0, status = BF_ERR_NOMEM; status != BF_OK; n++) {
    bf_alloc_fail_after(n);
    status = bf_run_file_read(folder, &found);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
  }
  assert_true(n > 1);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
  const struct CMUnitTest tests[] = {
      IN_FOLDER(run_of_this_process_is_read_back),
      IN_FOLDER(run_without_a_launcher_has_no_name),
      IN_FOLDER(end_replaces_what_was_there),
      IN_FOLDER(nonsense_is_refused_and_output_untouched),
      IN_FOLDER(pipe_is_not_waited_for),
      IN_FOLDER(long_names_are_cut),
      IN_FOLDER(missing_folder_is_an_error_with_its_name),
      IN_FOLDER(leftover_of_a_killed_writer_is_no_obstacle),
      IN_FOLDER(exit_code_reaches_the_launcher),
      IN_FOLDER(file_of_another_launcher_is_left_alone),
      IN_FOLDER(short_memory_is_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
