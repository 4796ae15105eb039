/* bitfront transform: give a saved net the number formats of a job file.
 * Room: cli. */
#include "base/table.h"
#include "cli/command.h"
#include "cli/format_view.h"
#include "cli/job_file.h"
#include "cli/local_data.h"
#include "cli/net_file.h"
#include "cli/options.h"
#include "cli/output.h"
#include "metrics/metric.h"
#include "nn/kernels.h"
#include "nn/state_net.h"
#include "study/passes.h"

typedef struct request {
  const char *job;
  const char *out;
  const char *data; /* NULL: nothing is scored */
  bf_overrides overrides;
} request;

/** Everything a transformation is made of; released together. */
typedef struct transformation {
  bf_job *job;
  bf_net_file file;
} transformation;

static void release(transformation *t)
{
  bf_net_file_release(&t->file);
  bf_job_free(t->job);
}

/* The job's net, for data of the widths that the tensors have, with their numbers. */
static bf_status make_net(const bf_state *state, transformation *t)
{
  bf_status status;
  bf_model model;
  size_t n_features = 0, n_classes = 0;
  BF_TRY(bf_state_widths(state, &n_features, &n_classes));
  BF_TRY(bf_job_model(t->job, n_features, n_classes, &model));
  BF_TRY(bf_net_file_take(t->job->load, state, &model, &t->file));
done:
  return status == BF_OK ? BF_OK : bf_because(status, "cannot load checkpoint '%s'", t->job->load);
}

static bf_status open_foreign(transformation *t)
{
  bf_state *state = NULL;
  bf_status status = bf_checkpoint_read_foreign(t->job->load, &state);
  if (status == BF_OK)
    status = make_net(state, t);
  bf_state_free(state);
  return status;
}

static bf_status open_ours(transformation *t)
{
  bf_status status;
  bf_model model;
  BF_TRY(bf_net_file_read(t->job->load, &t->file));
  const bf_model *held = &t->file.net->model;
  BF_TRY(bf_job_model(t->job, held->n_features, held->n_classes, &model));
  BF_TRY(bf_checkpoint_check_model(t->job->load, held, &model));
done:
  return status;
}

static bf_status open_net(transformation *t)
{
  return bf_checkpoint_is_ours(t->job->load) ? open_ours(t) : open_foreign(t);
}

static bf_status print_bits(const bf_model *model, bf_text *text)
{
  static const bf_metric shown[] = {BF_METRIC_average_bitwidth, BF_METRIC_average_bitwidth_all,
                                    BF_METRIC_weight_bits,      BF_METRIC_bias_bits,
                                    BF_METRIC_model_size_bytes, BF_METRIC_bitops_per_row};
  bf_metrics metrics = bf_metrics_none();
  bf_table table = {.n_columns = 2};
  bf_metrics_cost(model, &(bf_cost_options){.bitops_batch = 1, .compare_to = 32}, &metrics);
  bf_table_cell(&table, "metric");
  bf_table_cell(&table, "value");
  for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
    bf_table_cell(&table, "%s", bf_metric_name(shown[i]));
    bf_table_number(&table, metrics.value[shown[i]]);
  }
  bf_status status = bf_table_print(&table, text);
  bf_table_release(&table);
  return status;
}

static bf_status print_score(const request *asked, const transformation *t, bf_text *text)
{
  bf_status status = BF_OK;
  bf_local_data local = {0};
  const bf_kernels *kernels = NULL;
  bf_metrics metrics = bf_metrics_none();
  bf_tiles rows;
  bf_score score;
  bf_isa isa;
  BF_TRY(bf_isa_detect(&isa));
  BF_TRY(bf_kernels_find(t->job->backend, isa, &kernels));
  BF_TRY(bf_local_data_load(asked->data, &local));
  BF_TRY(
      bf_checkpoint_check_data(t->job->load, &t->file.net->model, &t->file.origin, local.manifest));
  BF_TRY(bf_local_data_rows(&local, BF_VAL, &rows));
  BF_TRY(bf_evaluate(t->file.net, kernels, rows, &score));
  bf_metrics_score(&score, &metrics);
  bf_text_printf(text,
                 "%zu of %zu validation rows correct: loss %.4f, accuracy %.4f, "
                 "accuracy_micro %.4f\n",
                 score.n_correct, score.n_rows, metrics.value[BF_METRIC_loss],
                 metrics.value[BF_METRIC_accuracy], metrics.value[BF_METRIC_accuracy_micro]);
done:
  bf_local_data_release(&local);
  return status;
}

static bf_status run(const request *asked)
{
  bf_status status = BF_OK;
  bf_text text = {0};
  transformation t = {0};
  BF_TRY(bf_output_check_net(asked->out));
  BF_TRY(bf_job_read(asked->job, &asked->overrides, &t.job));
  BF_CHECK(t.job->load != NULL, BF_ERR_USAGE, "no net to transform: give --load FILE");
  BF_TRY(open_net(&t));
  BF_TRY(bf_passes_quantize(t.job, &t.file.net->model));
  BF_TRY(bf_formats_print(&t.file.net->model, &text));
  BF_TRY(print_bits(&t.file.net->model, &text));
  if (asked->data != NULL)
    BF_TRY(print_score(asked, &t, &text));
  BF_TRY(bf_checkpoint_save(asked->out, t.file.net, &t.file.origin));
  bf_text_printf(&text, "saved in %s\n", asked->out);
  BF_TRY(bf_output_print(&text));
done:
  bf_text_release(&text);
  release(&t);
  return status;
}

bf_status bf_cmd_transform(bf_call *call)
{
  bf_status status = BF_OK;
  bf_arguments arguments;
  /* A job that is not searched needs no rows. */
  request asked = {.overrides = {.data_before = ".", .uses_passes = true}};
  bf_overrides *over = &asked.overrides;
  const char *config = NULL;
  const bf_option own[] = {
      {"--config", "JOB.toml", "the job file, instead of the argument", bf_read_text, &config},
      {"--load", "FILE", "the net (load_name), a file of bitfront or PyTorch", bf_read_text,
       &over->load},
      {"--out", "FILE.h5", "where to save it; must not exist", bf_read_text, &asked.out},
      {"--data", "DIR", "data set whose validation rows it is scored on", bf_read_text,
       &asked.data},
      {"--set", "KEY=VALUE", "any key of the job; may be repeated", bf_read_list, &over->sets},
      {"--lenient", NULL, "unknown keys of the job are warnings", bf_read_switch, &over->lenient},
  };
  enum { N_OWN = sizeof own / sizeof *own };
  bf_option options[N_OWN + BF_MAX_TOOL_FLAGS];
  size_t n_options = bf_tool_flags_join(&over->tool, N_OWN, own, options);
  const bf_usage usage = {
      "transform", "JOB.toml --load FILE --out FILE.h5 [options]",
      "Saves a net with the number formats of the job's [passes.quantize]. The weights in\n"
      "the file stay float32: 'bitfront eval' rounds them, 'bitfront train --load' trains\n"
      "with the formats. A file of bitfront's own must have the layers of the job's model;\n"
      "another one is read as that.\n",
      n_options, options};
  BF_TRY(bf_options_read(&usage, call->n, call->arguments, &arguments));
  if (arguments.wants_help) {
    status = bf_usage_show(&usage);
    goto done;
  }
  BF_TRY(bf_job_arguments(&usage, &arguments, config, over, &asked.job));
  BF_CHECK(asked.job != NULL, BF_ERR_USAGE,
           "no job file, whose [passes.quantize] says what is done: give JOB.toml%s",
           over->model != NULL ? " as --config JOB.toml" : "");
  BF_CHECK(asked.out != NULL, BF_ERR_USAGE, "no file to make: give --out FILE.h5");
  BF_TRY(run(&asked));
done:
  bf_list_release(&over->sets);
  return status;
}
