/* run.json: that a search runs, where, and how it ended.
 * Room: study. */
#include "study/run_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"

static const char file_name[] = "run.json";
/* Always the same, so that a writer that was killed leaves no more than one behind. */
static const char new_name[] = "run.json.new";

bf_run_file bf_run_file_start(void)
{
  bf_run_file run = {.pid = getpid(), .exit_code = -1};
  const char *id = getenv("BITFRONT_RUN");
  snprintf(run.run, sizeof run.run, "%s", id != NULL ? id : "");
  if (gethostname(run.host, sizeof run.host - 1) != 0)
    run.host[0] = '\0';
  return run;
}

static bf_status print(const bf_run_file *run, bf_text *text)
{
  bf_json *json = bf_json_object();
  bf_json_set(json, "run", bf_json_string(run->run));
  bf_json_set(json, "host", bf_json_string(run->host));
  bf_json_set(json, "pid", bf_json_integer(run->pid));
  bf_json_set(json, "date_s", bf_json_number(run->date_s));
  bf_json_set(json, "busy", bf_json_boolean(run->is_busy));
  bf_json_set(json, "told", bf_json_integer(run->n_told));
  bf_json_set(json, "exit", run->exit_code < 0 ? bf_json_null() : bf_json_integer(run->exit_code));
  bf_json_set(json, "wants_restart", bf_json_boolean(run->wants_restart));
  bf_status status = bf_json_print(json, text);
  bf_json_free(json);
  return status;
}

/* 0 or an error number. One write, so that a reader sees the old text or the new one. */
static int fill(const char *path, int flags, const bf_text *text)
{
  int fd = open(path, flags | O_WRONLY | O_CLOEXEC, 0666);
  if (fd < 0)
    return errno;
  ssize_t n = write(fd, text->data, text->length);
  int cause = n == (ssize_t)text->length ? 0 : n < 0 ? errno : ENOSPC;
  if (cause == 0 && ftruncate(fd, (off_t)text->length) != 0)
    cause = errno;
  close(fd);
  return cause;
}

static bf_status replace(const char *path, const char *new_path, const bf_text *text)
{
  int cause = fill(new_path, O_CREAT | O_TRUNC, text);
  if (cause == 0 && rename(new_path, path) == 0)
    return BF_OK;
  cause = cause != 0 ? cause : errno;
  unlink(new_path);
  if (cause == ENOSPC || cause == EDQUOT)
    cause = fill(path, 0, text);
  return cause == 0 ? BF_OK : bf_fail(BF_ERR_IO, "cannot write '%s': %s", path, strerror(cause));
}

bf_status bf_run_file_write(const char *folder, bf_run_file *run)
{
  bf_status status = BF_OK;
  bf_text text = {0};
  char *path = bf_path_join(folder, file_name);
  char *new_path = bf_path_join(folder, new_name);
  BF_CHECK_MEMORY(path);
  BF_CHECK_MEMORY(new_path);
  run->date_s = bf_date_s();
  BF_TRY(print(run, &text));
  status = replace(path, new_path, &text);
done:
  bf_text_release(&text);
  free(new_path);
  free(path);
  return status;
}

static bool copy_text(const bf_json *json, const char *key, char *out)
{
  const char *text = bf_json_text(bf_json_get(json, key));
  if (text != NULL)
    snprintf(out, BF_RUN_TEXT, "%s", text);
  return text != NULL;
}

static bool is_exit_code(const bf_json *json)
{
  bf_json_kind kind = bf_json_kind_of(json);
  return kind == BF_JSON_NULL ||
         (kind == BF_JSON_INTEGER && bf_json_int64(json) >= 0 && bf_json_int64(json) <= 255);
}

static bf_status take_apart(const bf_json *json, const char *path, bf_run_file *out)
{
  bf_run_file run = {.pid = bf_json_int64(bf_json_get(json, "pid")), .exit_code = -1};
  const bf_json *exit_code = bf_json_get(json, "exit");
  bool is_good = copy_text(json, "run", run.run) && copy_text(json, "host", run.host) &&
                 run.pid > 0 && run.pid <= INT32_MAX && is_exit_code(exit_code) &&
                 bf_json_double(bf_json_get(json, "date_s"), &run.date_s) == BF_OK;
  if (!is_good)
    return bf_fail(BF_ERR_DATA, "cannot read '%s': a member is missing or no such value", path);
  if (bf_json_kind_of(exit_code) == BF_JSON_INTEGER)
    run.exit_code = (int)bf_json_int64(exit_code);
  run.is_busy = bf_json_is_true(bf_json_get(json, "busy"));
  run.n_told = bf_json_int64(bf_json_get(json, "told"));
  run.wants_restart = bf_json_is_true(bf_json_get(json, "wants_restart"));
  *out = run;
  return BF_OK;
}

bf_status bf_run_file_read(const char *folder, bf_run_file *out)
{
  bf_status status = BF_OK;
  struct stat info;
  bf_text text = {0};
  bf_json *json = NULL;
  char *path = bf_path_join(folder, file_name);
  BF_CHECK_MEMORY(path);
  BF_CHECK(stat(path, &info) == 0, BF_ERR_DATA, "cannot open '%s': %s", path, strerror(errno));
  /* A pipe would never end. */
  BF_CHECK(S_ISREG(info.st_mode), BF_ERR_DATA, "cannot read '%s': it is no regular file", path);
  status = bf_file_read(path, &text);
  if (status == BF_ERR_USAGE)
    status = BF_ERR_DATA;
  BF_TRY(status);
  BF_TRY(bf_json_parse(bf_text_view(&text), path, &json));
  status = take_apart(json, path, out);
done:
  bf_json_free(json);
  bf_text_release(&text);
  free(path);
  return status;
}

/* What the file holds before the exit code; 0 if it is not the file of this @p run: then it is not
 * ours to write into. */
static size_t check_end_file(int fd, const char *run, char *text, size_t n_bytes)
{
  size_t n_run = strlen(run);
  ssize_t n = pread(fd, text, n_bytes - 1, 0);
  text[n > 0 ? n : 0] = '\0';
  bool is_ours = n > (ssize_t)n_run && memcmp(text, run, n_run) == 0 && text[n_run] == '\n';
  return is_ours ? n_run + 1 : 0;
}

void bf_run_end_write(int exit_code)
{
  char text[2 * BF_RUN_TEXT];
  char code[16];
  const char *path = getenv("BITFRONT_RUN_END");
  const char *run = getenv("BITFRONT_RUN");
  int fd = path != NULL && run != NULL ? open(path, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
  if (fd < 0)
    return;
  size_t at = check_end_file(fd, run, text, sizeof text);
  int n = snprintf(code, sizeof code, "%d\n", exit_code);
  ssize_t n_written = at > 0 ? pwrite(fd, code, (size_t)n, (off_t)at) : 0;
  (void)n_written;
  close(fd);
}

int bf_run_end_read(int fd, const char *run)
{
  char text[2 * BF_RUN_TEXT];
  size_t at = check_end_file(fd, run, text, sizeof text);
  const char *line = strchr(text + at, '\n');
  return at > 0 && line != NULL ? (int)strtol(text + at, NULL, 10) : -1;
}
