/* bitfront train: train the net of a job file and save it.
 * Room: cli. */
#include "base/clock.h"
#include "cli/command.h"
#include "cli/job_file.h"
#include "cli/local_data.h"
#include "cli/options.h"
#include "cli/output.h"
#include "metrics/metric.h"
#include "nn/checkpoint.h"
#include "nn/evaluate.h"
#include "nn/kernels.h"
#include "nn/train.h"

typedef struct request {
  const char *job;
  const char *out;
  bf_overrides overrides;
} request;

/** Everything a run is made of; released together. */
typedef struct training {
  bf_job *job;
  bf_local_data local;
  const bf_kernels *kernels;
  bf_net *net;
  double seconds;
} training;

static bf_status prepare(const request *asked, training *t)
{
  bf_status status = BF_OK;
  bf_model model;
  bf_isa isa;
  BF_TRY(bf_output_check(asked->out));
  BF_TRY(bf_job_read(asked->job, &asked->overrides, &t->job));
  BF_TRY(bf_training_check(&t->job->training));
  BF_TRY(bf_isa_detect(&isa));
  BF_TRY(bf_kernels_find(t->job->backend, isa, &t->kernels));
  BF_TRY(bf_local_data_load(t->job->data, &t->local));
  BF_TRY(bf_job_model(t->job, t->local.manifest->n_features, t->local.manifest->n_classes, &model));
  BF_TRY(bf_net_create(&model, &t->net));
done:
  return status;
}

static bf_status train(training *t)
{
  bf_status status = BF_OK;
  bf_tiles rows;
  BF_TRY(bf_local_data_rows(&t->local, BF_TRAIN, &rows));
  bf_net_init(t->net, t->job->seed);
  double start_s = bf_clock_s();
  BF_TRY(bf_train(t->net, &t->job->training, t->kernels, rows, NULL));
  t->seconds = bf_clock_s() - start_s;
done:
  return status;
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
  bf_metrics_score(&score, &metrics);
  bf_table_cell(table, "%s", bf_split_name(split));
  bf_table_cell(table, "%zu", score.n_rows);
  bf_table_cell(table, "%.4f", metrics.value[BF_METRIC_loss]);
  bf_table_cell(table, "%.4f", metrics.value[BF_METRIC_accuracy]);
  bf_table_cell(table, "%.4f", metrics.value[BF_METRIC_accuracy_micro]);
  return BF_OK;
}

static bf_status summarise(const request *asked, const training *t, bf_text *text)
{
  static const char *const header[] = {"split", "rows", "loss", "accuracy", "accuracy_micro"};
  bf_status status = BF_OK;
  bf_table table = {.n_columns = sizeof header / sizeof *header};
  const bf_training *how = &t->job->training;
  size_t n_rows = t->local.data.split[BF_TRAIN].n;
  size_t n_steps = bf_training_n_steps(how, n_rows);
  double n_seen = how->max_steps > 0 ? (double)n_steps * (double)(how->batch_size * how->accumulate)
                                     : (double)how->n_epochs * (double)n_rows;
  for (size_t i = 0; i < table.n_columns; i++)
    bf_table_cell(&table, "%s", header[i]);
  BF_TRY(add_score(t, BF_VAL, &table));
  BF_TRY(add_score(t, BF_TEST, &table));
  bf_text_printf(text, "trained %s: %zu steps of %s in %.2f s, %.0f rows/s\n", t->net->model.name,
                 n_steps, how->optimizer, t->seconds, t->seconds > 0 ? n_seen / t->seconds : 0.0);
  BF_TRY(bf_table_print(&table, text));
  bf_text_printf(text, "saved in %s\n", asked->out);
done:
  bf_table_release(&table);
  return status;
}

static bf_status run(const request *asked, bf_talk *talk)
{
  bf_status status = BF_OK;
  bf_text text = {0};
  training t = {0};
  BF_TRY(prepare(asked, &t));
  fprintf(stderr, "bitfront: version %s: train %s\n", BITFRONT_VERSION, t.job->source);
  bf_talk_open(talk);
  BF_TRY(train(&t));
  BF_TRY(summarise(asked, &t, &text));
  const bf_origin origin = {.data_kind = t.local.manifest->kind,
                            .data_hash = t.local.manifest->hash,
                            .seed = t.job->seed,
                            .trial = -1};
  BF_TRY(bf_checkpoint_save(asked->out, t.net, &origin));
  BF_TRY(bf_output_print(&text));
done:
  bf_text_release(&text);
  bf_net_free(t.net);
  bf_local_data_release(&t.local);
  bf_job_free(t.job);
  return status;
}

bf_status bf_cmd_train(bf_call *call)
{
  bf_status status = BF_OK;
  bf_arguments arguments;
  request asked = {0};
  bf_overrides *over = &asked.overrides;
  const bf_option options[] = {
      {"--data", "DIR", "data set (else the job's, else $BITFRONT_DATA)", bf_read_text,
       &over->data},
      {"--out", "FILE.h5", "where to save the net; must not exist", bf_read_text, &asked.out},
      {"--seed", "N", "of the weights and of the rows' order", bf_read_natural_text, &over->seed},
      {"--backend", "NAME", "auto, blis or reference (auto)", bf_read_text, &over->backend},
      {"--set", "KEY=VALUE", "any key of the job; may be repeated", bf_read_list, &over->sets},
      {"--lenient", NULL, "unknown keys of the job are warnings", bf_read_switch, &over->lenient},
  };
  const bf_usage usage = {
      "train", "JOB.toml --data DIR --out FILE.h5 [options]",
      "Trains the net that a job names, with the job's max_epochs, batch_size,\n"
      "learning_rate and so on, scores it and saves it.\n",
      sizeof options / sizeof *options, options};
  BF_TRY(bf_options_read(&usage, call->n, call->arguments, &arguments));
  if (arguments.wants_help) {
    status = bf_usage_show(&usage);
    goto done;
  }
  BF_TRY(bf_arguments_check(&usage, &arguments, 1, 1, "JOB.toml"));
  BF_CHECK(asked.out != NULL, BF_ERR_USAGE, "no file to make: give --out FILE.h5");
  asked.job = arguments.items[0];
  BF_TRY(run(&asked, call->talk));
done:
  bf_list_release(&over->sets);
  return status;
}
