/* bitfront status: how far a study is, from another shell.
 * Room: cli. */
#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/status_view.h"

static const char description[] =
    "Shows how far a study is, while it runs or afterwards: trials done and failed, what\n"
    "runs where, how fast it goes, the front, and how to go on if it was interrupted. The\n"
    "rate is that of the last minute (or of the last 16 trials, if these took longer). The\n"
    "volume is the share that the front dominates of the box between the worst and the\n"
    "best value of each objective seen so far; two looks with the same box can be compared.\n"
    "With --watch it looks every 2 s until the study has ended, or was interrupted and\n"
    "nobody went on with it within a minute.\n";

/* Seconds between two looks. */
static const double period_s = 2;
/* A launcher that restarts a search needs some time. */
static const double restart_s = 60;
static const char home_and_clear[] = "\033[H\033[2J\033[3J";

/** What the command is asked. */
typedef struct request {
  const char *folder;
  bool watches;
  bool wants_json;
  bool wants_help;
} request;

/* A study that is looked at again and again. */
typedef struct watch {
  const request *asked;
  bool is_terminal;
  char *path;         /* of the journal; owned */
  int64_t size;       /* of it when it was read */
  bf_record *record;  /* owned */
  double reading_s;   /* what that took */
  bf_study_state was; /* what was shown last */
  bool is_shown;
} watch;

static bf_status read_request(bf_call *call, request *out)
{
  bf_status status = BF_OK;
  bf_arguments arguments;
  const bf_option options[] = {
      {"--watch", NULL, "look again and again until it has ended", bf_read_switch, &out->watches},
      {"--json", NULL, "print JSON", bf_read_switch, &out->wants_json},
  };
  const bf_usage usage = {"status", "DIR [--watch] [--json]", description, 2, options};
  BF_TRY(bf_options_read(&usage, call->n, call->arguments, &arguments));
  out->wants_help = arguments.wants_help;
  if (arguments.wants_help)
    return bf_usage_show(&usage);
  BF_TRY(bf_arguments_check(&usage, &arguments, 1, 1, "DIR"));
  out->folder = arguments.items[0];
done:
  return status;
}

static void watch_release(watch *w)
{
  bf_record_free(w->record);
  free(w->path);
}

/* On a network file system stat may tell what was true a minute ago; opening a file asks anew. */
static bool look_at(const char *path, struct stat *info)
{
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0)
    return stat(path, info) == 0;
  bool is_known = fstat(fd, info) == 0;
  close(fd);
  return is_known;
}

/* Reads the study again if its journal has changed. A line that comes while we read has us read it
 * once more the next time. */
static bf_status refresh(watch *w, bool *is_new)
{
  struct stat info;
  bf_record *record = NULL;
  if (!look_at(w->path, &info))
    return bf_fail(BF_ERR_DATA,
                   "no study in '%s': there is no study.journal; a search makes it when its data "
                   "are loaded",
                   w->asked->folder);
  *is_new = w->record == NULL || info.st_size != w->size;
  if (!*is_new)
    return BF_OK;
  double start_s = bf_clock_s();
  bf_status status = bf_study_open(w->asked->folder, &record);
  if (status != BF_OK)
    return status;
  bf_record_free(w->record);
  w->record = record;
  w->size = info.st_size;
  w->reading_s = bf_clock_s() - start_s;
  return BF_OK;
}

static bf_status print_look(const watch *w, const bf_look *look)
{
  bf_text text = {0};
  if (w->asked->wants_json)
    return bf_output_print_json(bf_look_json(look));
  if (w->is_terminal)
    bf_text_append(&text, home_and_clear);
  else if (w->is_shown)
    bf_text_append(&text, "\n");
  bf_status status = bf_look_print(look, &text);
  if (status == BF_OK)
    status = bf_output_print(&text);
  bf_text_release(&text);
  return status;
}

/* Whether there is nothing more to wait for. */
static bool is_over(const bf_look *look)
{
  if (look->state != BF_STUDY_CUT_OFF)
    return look->state == BF_STUDY_ENDED;
  return !(look->silent_s < restart_s);
}

static bf_status look_once(watch *w, bool *is_last)
{
  bf_status status = BF_OK;
  bf_look look = {.record = NULL};
  bool is_new = false;
  BF_TRY(refresh(w, &is_new));
  BF_TRY(bf_look_take(w->record, &look));
  /* On a terminal the clocks go on. */
  if (is_new || w->is_terminal || look.state != w->was)
    BF_TRY(print_look(w, &look));
  w->is_shown = true;
  w->was = look.state;
  *is_last = !w->asked->watches || is_over(&look);
done:
  bf_look_release(&look);
  return status;
}

bf_status bf_cmd_status(bf_call *call)
{
  bf_status status = BF_OK;
  request asked = {0};
  watch w = {.asked = &asked};
  bool is_last = false;
  BF_TRY(read_request(call, &asked));
  if (asked.wants_help)
    return BF_OK;
  w.is_terminal = asked.watches && !asked.wants_json && isatty(STDOUT_FILENO);
  w.path = bf_path_join(asked.folder, BF_JOURNAL_NAME);
  BF_CHECK_MEMORY(w.path);
  while (status == BF_OK && !is_last) {
    status = look_once(&w, &is_last);
    /* Reading a long journal again and again takes a tenth of a core at most. */
    if (status == BF_OK && !is_last)
      bf_sleep(fmax(period_s, 10 * w.reading_s));
  }
done:
  watch_release(&w);
  return status;
}
