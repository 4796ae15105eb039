/* bitfront train: train the net of a job file and keep the best.
 * Room: cli. */
#include <math.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/command.h"
#include "cli/job_file.h"
#include "cli/local_data.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/train_run.h"
#include "metrics/metric.h"
#include "nn/evaluate.h"
#include "nn/kernels.h"

typedef struct request {
  const char *job;
  const char *out;
  const char *style;
  bf_progress_style progress;
  bf_overrides overrides;
} request;

/** Everything a run is made of; released together. */
typedef struct training {
  bf_job *job;
  bf_local_data local;
  const bf_kernels *kernels;
  bf_net *net;
  bf_text last; /* names of the files beside --out */
  bf_text log;
  bf_train_outcome outcome;
} training;

/* The net of --out "a/net.h5" has beside it "a/net-last.h5" and "a/net.csv". */
static bf_status name_files(const request *asked, training *t)
{
  bf_status status = BF_OK;
  size_t length = strlen(asked->out);
  bool has_suffix = length > 3 && strcmp(asked->out + length - 3, ".h5") == 0;
  int stem = (int)(has_suffix ? length - 3 : length);
  bf_text_printf(&t->last, "%.*s-last.h5", stem, asked->out);
  bf_text_printf(&t->log, "%.*s.csv", stem, asked->out);
  BF_TRY(bf_text_status(&t->last));
  BF_TRY(bf_text_status(&t->log));
  BF_TRY(bf_output_check_net(asked->out));
  BF_TRY(bf_output_check(bf_text_view(&t->last)));
  BF_TRY(bf_output_check(bf_text_view(&t->log)));
done:
  return status;
}

/* Fresh weights, or those of a net that goes on. Its number formats are trained with. */
static bf_status make_net(training *t)
{
  bf_status status = BF_OK;
  bf_model model;
  BF_TRY(bf_job_model(t->job, t->local.manifest->n_features, t->local.manifest->n_classes, &model));
  if (t->job->load == NULL) {
    BF_TRY(bf_net_create(&model, &t->net));
    bf_net_init(t->net, t->job->seed);
  } else {
    BF_TRY(bf_checkpoint_open(t->job->load, &model, t->local.manifest, &t->net));
  }
done:
  return status;
}

static bf_status prepare(const request *asked, training *t)
{
  bf_status status = BF_OK;
  bf_isa isa;
  BF_TRY(name_files(asked, t));
  BF_TRY(bf_job_read(asked->job, &asked->overrides, &t->job));
  BF_TRY(bf_job_check_training(t->job, &t->job->training, "training_optimizer", "lr_scheduler"));
  BF_TRY(bf_isa_detect(&isa));
  BF_TRY(bf_kernels_find(t->job->backend, isa, &t->kernels));
  BF_TRY(bf_local_data_load(t->job->data, &t->local));
  BF_TRY(make_net(t));
done:
  return status;
}

static bf_status train(const request *asked, training *t, bf_talk *talk)
{
  bf_status status = BF_OK;
  bf_train_request how = {
      .training = &t->job->training,
      .kernels = t->kernels,
      .validation = t->local.data.split[BF_VAL],
      .best_path = asked->out,
      .last_path = bf_text_view(&t->last),
      .log_path = bf_text_view(&t->log),
      .origin = {.data_kind = t->local.manifest->kind,
                 .data_hash = t->local.manifest->hash,
                 .seed = t->job->seed,
                 .trial = -1,
                 .n_classes = t->local.manifest->n_classes,
                 .classes = t->local.manifest->classes},
      .progress = asked->progress,
      .talk = talk,
  };
  BF_TRY(bf_local_data_rows(&t->local, BF_TRAIN, &how.rows));
  BF_TRY(bf_train_run(&how, t->net, &t->outcome));
done:
  return status;
}

/* Whoever always named the largest class would be right so often, and whoever thought all classes
 * equally likely would have this loss. */
static void warn_of_guessing(const bf_score *score)
{
  size_t largest = 0, n_classes = 0;
  for (size_t k = 0; k < score->n_classes; k++) {
    largest = score->n_label[k] > largest ? score->n_label[k] : largest;
    n_classes += score->n_label[k] > 0;
  }
  double guess = log((double)n_classes);
  if (n_classes > 1 && (score->n_correct <= largest || score->loss >= guess))
    bf_warn("the net is no better than guessing on the validation rows: %.4f of them are right "
            "(%.4f are of the largest class), loss %.4f (ln %zu is %.4f); train for longer, with "
            "another learning_rate or another --seed",
            (double)score->n_correct / (double)score->n_rows,
            (double)largest / (double)score->n_rows, score->loss, n_classes, guess);
}

/* As a search has it of its front. */
static void warn_of_dead_outputs(const bf_score *score)
{
  if (score->n_dead > 0)
    bf_warn("the net has %zu of %zu outputs that are 0 for every validation row (dead_outputs); "
            "try another --seed",
            score->n_dead, score->n_classes);
}

static bf_status add_score(const training *t, bf_split split, bf_table *table)
{
  bf_tiles rows = t->local.data.split[split];
  bf_score score;
  bf_metrics metrics = bf_metrics_none();
  /* A set may be made without a split. */
  if (rows.n == 0)
    return BF_OK;
  bf_status status = bf_evaluate(t->net, t->kernels, rows, &score);
  if (status != BF_OK)
    return status;
  if (split == BF_VAL) {
    warn_of_dead_outputs(&score);
    warn_of_guessing(&score);
  }
  bf_metrics_score(&score, &metrics);
  bf_table_cell(table, "%s", bf_split_name(split));
  bf_table_cell(table, "%zu", score.n_rows);
  bf_table_cell(table, "%.4f", metrics.value[BF_METRIC_loss]);
  bf_table_cell(table, "%.4f", metrics.value[BF_METRIC_accuracy]);
  bf_table_cell(table, "%.4f", metrics.value[BF_METRIC_accuracy_micro]);
  return BF_OK;
}

static void print_speed(const training *t, bf_text *text)
{
  const bf_training *how = &t->job->training;
  const bf_train_outcome *outcome = &t->outcome;
  size_t n_rows = t->local.data.split[BF_TRAIN].n;
  double n_seen = how->max_steps > 0
                      ? (double)outcome->n_steps * (double)(how->batch_size * how->accumulate)
                      : (double)outcome->n_epochs * (double)n_rows;
  bf_text_printf(text, "%s %s: %zu steps of %s in %.2f s, %.0f rows/s; validation took %.2f s\n",
                 outcome->is_stopped ? "stopped" : "trained", t->net->model.name, outcome->n_steps,
                 how->optimizer, outcome->train_s,
                 outcome->train_s > 0 ? n_seen / outcome->train_s : 0.0, outcome->validation_s);
}

static bf_status summarise(const request *asked, const training *t, bf_text *text)
{
  static const char *const header[] = {"split", "rows", "loss", "accuracy", "accuracy_micro"};
  bf_status status = BF_OK;
  bf_table table = {.n_columns = sizeof header / sizeof *header};
  const bf_train_outcome *outcome = &t->outcome;
  bool has_validation = t->local.data.split[BF_VAL].n > 0;
  for (size_t i = 0; i < table.n_columns; i++)
    bf_table_cell(&table, "%s", header[i]);
  BF_TRY(add_score(t, BF_VAL, &table));
  BF_TRY(add_score(t, BF_TEST, &table));
  print_speed(t, text);
  bf_text_printf(text, "epoch %zu of %zu %s\n", outcome->best, outcome->n_epochs,
                 has_validation ? "has the smallest validation loss:"
                                : "is kept: without validation rows the last counts as the best");
  BF_TRY(bf_table_print(&table, text));
  bf_text_printf(text, "saved in %s; last epoch in %s; log in %s\n", asked->out,
                 bf_text_view(&t->last), bf_text_view(&t->log));
done:
  bf_table_release(&table);
  return status;
}

static bf_status run(bf_call *call, const request *asked)
{
  enum { STOPPED = 4 };
  bf_status status = BF_OK;
  bf_text text = {0};
  training t = {0};
  BF_TRY(prepare(asked, &t));
  fprintf(stderr, "bitfront: version %s: train %s\n", BITFRONT_VERSION, t.job->source);
  bf_talk_open(call->talk);
  BF_TRY(train(asked, &t, call->talk));
  BF_TRY(summarise(asked, &t, &text));
  BF_TRY(bf_output_print(&text));
  call->exit_code = t.outcome.is_stopped ? STOPPED : 0;
done:
  bf_text_release(&text);
  bf_text_release(&t.last);
  bf_text_release(&t.log);
  bf_net_free(t.net);
  bf_local_data_release(&t.local);
  bf_job_free(t.job);
  return status;
}

bf_status bf_cmd_train(bf_call *call)
{
  bf_status status = BF_OK;
  bf_arguments arguments;
  request asked = {.style = "auto"};
  bf_overrides *over = &asked.overrides;
  const char *config = NULL;
  const bf_option own[] = {
      {"--config", "JOB.toml", "the job file, instead of the argument", bf_read_text, &config},
      {"--data", "DIR", "data set (else the job's, else $BITFRONT_DATA)", bf_read_text,
       &over->data},
      {"--out", "FILE.h5", "where to save the net; must not exist", bf_read_text, &asked.out},
      {"--load", "FILE", "net to start from (load_name)", bf_read_text, &over->load},
      {"--seed", "N", "of the weights and of the rows' order", bf_read_natural_text, &over->seed},
      {"--backend", "NAME", "auto, blis or reference (auto)", bf_read_text, &over->backend},
      {"--set", "KEY=VALUE", "any key of the job; may be repeated", bf_read_list, &over->sets},
      {"--lenient", NULL, "unknown keys of the job are warnings", bf_read_switch, &over->lenient},
      {"--progress", "STYLE", "auto, bar, lines or none (auto)", bf_read_text, &asked.style},
  };
  enum { N_OWN = sizeof own / sizeof *own };
  bf_option options[N_OWN + BF_MAX_TOOL_FLAGS];
  size_t n_options = bf_tool_flags_join(&over->tool, N_OWN, own, options);
  const bf_usage usage = {
      "train", "JOB.toml | MODEL --data DIR --out FILE.h5 [options]",
      "Trains the net that a job names, with the job's max_epochs, batch_size,\n"
      "learning_rate and so on, and validates it after every epoch. FILE.h5 is the net\n"
      "with the smallest validation loss, FILE-last.h5 the last, FILE.csv has a line an\n"
      "epoch. SIGTERM and SIGINT end the training at once, SIGUSR1 after the epoch: exit\n"
      "code 4, with the nets so far.\n",
      n_options, options};
  BF_TRY(bf_options_read(&usage, call->n, call->arguments, &arguments));
  if (arguments.wants_help) {
    status = bf_usage_show(&usage);
    goto done;
  }
  BF_CHECK(config != NULL || arguments.n > 0, BF_ERR_USAGE,
           "nothing to train: give JOB.toml, or a net such as 'jsc-tiny jsc'");
  BF_TRY(bf_job_arguments(&usage, &arguments, config, over, &asked.job));
  BF_CHECK(asked.out != NULL, BF_ERR_USAGE, "no file to make: give --out FILE.h5");
  BF_TRY(bf_progress_style_find(asked.style, isatty(STDERR_FILENO) == 1, &asked.progress));
  BF_TRY(run(call, &asked));
done:
  bf_list_release(&over->sets);
  return status;
}
