/* A training from its first epoch to its last: validated, written down, kept.
 * Room: cli. */
#include "cli/train_run.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "cli/signals.h"
#include "cli/train_log.h"
#include "metrics/metric.h"
#include "nn/evaluate.h"

/* An epoch may be shorter than a sync of the disk: files are replaced no more often. */
static const double save_every_s = 1.0;

/** The net as it was after some epoch. */
typedef struct keepsake {
  const char *path;
  bf_net *net;
  size_t epoch; /* from 1; 0: none yet */
  bool is_saved;
} keepsake;

typedef struct session {
  const bf_train_request *request;
  bf_net *net; /* borrowed */
  bf_training_run *run;
  bf_train_log log;
  keepsake best;
  keepsake last;
  double best_loss;
  double saved_s;
  bf_train_outcome outcome;
} session;

static void keep(keepsake *kept, const bf_net *net, size_t epoch)
{
  memcpy(kept->net->values, net->values, net->n_values * sizeof *net->values);
  kept->epoch = epoch;
  kept->is_saved = false;
}

static bf_status save(const session *s, keepsake *kept)
{
  if (kept->is_saved || kept->epoch == 0)
    return BF_OK;
  bf_status status = bf_checkpoint_save(kept->path, kept->net, &s->request->origin);
  kept->is_saved = status == BF_OK;
  return status;
}

static bf_status save_both(session *s)
{
  bf_status status = save(s, &s->best);
  bf_status last = save(s, &s->last);
  s->saved_s = bf_clock_s();
  return status != BF_OK ? status : last;
}

/* An epoch whose outputs are not finite is no good one, but the next may be. */
static bf_status validate(session *s, bf_train_row *row)
{
  bf_metrics metrics = bf_metrics_none();
  bf_score score;
  row->is_validated = s->request->validation.n > 0;
  if (row->is_validated) {
    bf_status status = bf_evaluate(s->net, s->request->kernels, s->request->validation, &score);
    if (status != BF_OK && status != BF_ERR_TRIAL)
      return status;
    if (status == BF_OK)
      bf_metrics_score(&score, &metrics);
  }
  row->loss = metrics.value[BF_METRIC_loss];
  row->accuracy = metrics.value[BF_METRIC_accuracy];
  row->accuracy_micro = metrics.value[BF_METRIC_accuracy_micro];
  row->is_best = !row->is_validated || row->loss < s->best_loss;
  return BF_OK;
}

static bf_status run_epoch(session *s)
{
  bf_status status = BF_OK;
  bf_train_row row = {0};
  double start_s = bf_clock_s();
  BF_TRY(bf_training_run_epoch(s->run, &row.epoch));
  double trained_s = bf_clock_s();
  BF_TRY(validate(s, &row));
  row.train_s = trained_s - start_s;
  row.validation_s = bf_clock_s() - trained_s;
  keep(&s->last, s->net, row.epoch.number);
  if (row.is_best) {
    s->best_loss = row.loss;
    keep(&s->best, s->net, row.epoch.number);
  }
  BF_TRY(bf_train_log_write(&s->log, &row));
  bf_train_log_show(&s->log, &row, bf_training_run_is_over(s->run));
  s->outcome.n_steps = row.epoch.n_steps;
  s->outcome.train_s += row.train_s;
  s->outcome.validation_s += row.validation_s;
  if (bf_clock_s() - s->saved_s >= save_every_s)
    BF_TRY(save_both(s));
done:
  return status;
}

/* What was reached before a signal, or before the loss was lost, counts all the same. */
static bf_status run_epochs(session *s)
{
  bf_status status = BF_OK;
  while (status == BF_OK && !bf_training_run_is_over(s->run) && bf_signals_wish() == BF_WISH_NONE)
    status = run_epoch(s);
  s->outcome.is_stopped =
      status == BF_ERR_STOPPED || (status == BF_OK && !bf_training_run_is_over(s->run));
  bf_status saved = save_both(s);
  if (s->outcome.is_stopped && s->last.epoch > 0)
    status = BF_OK;
  if (s->outcome.is_stopped && s->last.epoch == 0)
    return bf_fail(BF_ERR_STOPPED, "stopped before an epoch had ended: nothing was saved");
  return status != BF_OK ? status : saved;
}

static bf_status begin(session *s)
{
  const bf_train_request *request = s->request;
  bf_status status = BF_OK;
  s->best = (keepsake){.path = request->best_path};
  s->last = (keepsake){.path = request->last_path};
  s->best_loss = HUGE_VAL;
  s->saved_s = bf_clock_s();
  s->log = (bf_train_log){.path = request->log_path,
                          .style = request->progress,
                          .talk = request->talk,
                          .n_steps = bf_training_n_steps(request->training, request->rows.n)};
  BF_TRY(bf_net_copy(s->net, &s->net->model, &s->best.net));
  BF_TRY(bf_net_copy(s->net, &s->net->model, &s->last.net));
  BF_TRY(
      bf_training_run_create(s->net, request->training, request->kernels, request->rows, &s->run));
done:
  return status;
}

bf_status bf_train_run(const bf_train_request *request, bf_net *net, bf_train_outcome *outcome)
{
  bf_status status = BF_OK;
  session s = {.request = request, .net = net};
  BF_TRY(begin(&s));
  bf_signals_watch(false);
  status = run_epochs(&s);
  bf_status closed = bf_train_log_close(&s.log);
  BF_TRY(status);
  BF_TRY(closed);
  BF_CHECK(s.best.epoch > 0, BF_ERR_TRIAL,
           "no epoch had a finite validation loss: only '%s' is kept", request->last_path);
  memcpy(net->values, s.best.net->values, net->n_values * sizeof *net->values);
  s.outcome.n_epochs = s.last.epoch;
  s.outcome.best = s.best.epoch;
  *outcome = s.outcome;
done:
  bf_training_run_free(s.run);
  bf_net_free(s.best.net);
  bf_net_free(s.last.net);
  return status;
}
