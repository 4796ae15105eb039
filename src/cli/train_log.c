/* The log of a training: a CSV file with a row an epoch, and what people see of it.
 * Room: cli. */
#include "cli/train_log.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/table.h"

static const char header[] = "epoch,step,learning_rate,train_loss,val_loss,val_accuracy,"
                             "val_accuracy_micro,is_best,train_s,val_s\n";

static bf_status fail_to_write(const bf_train_log *log)
{
  return bf_fail(BF_ERR_IO, "cannot write '%s': %s", log->path, strerror(errno));
}

static void print_row(const bf_train_row *row, bf_text *text)
{
  const double numbers[] = {row->epoch.rate, row->epoch.loss, row->loss, row->accuracy,
                            row->accuracy_micro};
  bf_text_printf(text, "%zu,%zu", row->epoch.number, row->epoch.n_steps);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    bf_text_append(text, ",");
    bf_csv_number(text, numbers[i]);
  }
  bf_text_printf(text, ",%d,%.6f,%.6f\n", row->is_best ? 1 : 0, row->train_s, row->validation_s);
}

bf_status bf_train_log_write(bf_train_log *log, const bf_train_row *row)
{
  bf_status status = BF_OK;
  bf_text text = {0};
  if (log->file == NULL) {
    log->file = fopen(log->path, "wxe");
    BF_CHECK(log->file != NULL, BF_ERR_IO, "cannot make '%s': %s", log->path, strerror(errno));
    bf_text_append(&text, header);
  }
  print_row(row, &text);
  BF_TRY(bf_text_status(&text));
  if (fputs(bf_text_view(&text), log->file) == EOF || fflush(log->file) != 0)
    status = fail_to_write(log);
done:
  bf_text_release(&text);
  return status;
}

static void print_time(bf_text *text)
{
  char clock_time[16] = "";
  time_t date = (time_t)bf_date_s();
  struct tm parts;
  if (localtime_r(&date, &parts) != NULL)
    strftime(clock_time, sizeof clock_time, "%H:%M:%S ", &parts);
  bf_text_append(text, clock_time);
}

static void print_epoch(const bf_train_log *log, const bf_train_row *row, bf_text *text)
{
  bf_text_printf(text, "epoch %zu: step %zu of %zu, train loss %.4f", row->epoch.number,
                 row->epoch.n_steps, log->n_steps, row->epoch.loss);
  if (row->is_validated)
    bf_text_printf(text, ", val loss %.4f, accuracy %.4f%s", row->loss, row->accuracy,
                   row->is_best ? ", the best so far" : "");
}

void bf_train_log_show(bf_train_log *log, const bf_train_row *row, bool is_last)
{
  double now_s = bf_clock_s();
  bool is_bar = log->style == BF_PROGRESS_BAR;
  bf_text text = {0};
  if (log->style == BF_PROGRESS_NONE || (!is_last && now_s < log->next_s))
    return;
  log->next_s = now_s + (is_bar ? 0.1 : 1.0);
  if (is_bar)
    bf_text_append(&text, "\r");
  else
    print_time(&text);
  print_epoch(log, row, &text);
  /* What a longer line before this one left behind is erased. */
  bf_text_append(&text, is_bar ? "\033[K" : "\n");
  if (is_bar && is_last)
    bf_text_append(&text, "\n");
  fputs(bf_text_view(&text), stderr);
  log->talk->is_mid_line = is_bar && !is_last;
  bf_text_release(&text);
}

bf_status bf_train_log_close(bf_train_log *log)
{
  FILE *file = log->file;
  log->file = NULL;
  return file == NULL || fclose(file) == 0 ? BF_OK : fail_to_write(log);
}
