/* bitfront eval: score a saved net.
 * Room: cli. */
#include <math.h>

#include "cli/command.h"
#include "cli/job_file.h"
#include "cli/local_data.h"
#include "cli/options.h"
#include "cli/output.h"
#include "metrics/metric.h"
#include "nn/checkpoint.h"
#include "nn/evaluate.h"
#include "nn/kernels.h"

/* The rows a batch of `bitops`, `flops` and `macs`: what a job without batch_size counts with. */
enum { COST_BATCH = 128 };

typedef struct request {
  const char *file;
  const char *data;
  const char *split;
  const char *backend;
  bool wants_json;
} request;

static bf_status check_shapes(const request *asked, const bf_net *net, const bf_manifest *manifest)
{
  if (net->model.n_features == manifest->n_features && net->model.n_classes == manifest->n_classes)
    return BF_OK;
  return bf_fail(BF_ERR_DATA,
                 "the net in '%s' takes %zu features and tells %zu classes apart; data set '%s' "
                 "has %zu and %zu",
                 asked->file, net->model.n_features, net->model.n_classes, manifest->folder,
                 manifest->n_features, manifest->n_classes);
}

static bf_json *scores_json(const bf_metrics *metrics, const bf_score *score, const char *split,
                            const char *kind)
{
  bf_json *values = bf_json_object();
  for (int i = 0; i < BF_N_METRICS; i++)
    if (!isnan(metrics->value[i]))
      bf_json_set(values, bf_metric_name((bf_metric)i), bf_json_number(metrics->value[i]));
  bf_json *json = bf_json_object();
  bf_json_set(json, "metrics", values);
  bf_json_set(json, "rows", bf_json_integer((int64_t)score->n_rows));
  bf_json_set(json, "n_correct", bf_json_integer((int64_t)score->n_correct));
  bf_json_set(json, "split", bf_json_string(split));
  bf_json_set(json, "data_kind", bf_json_string(kind));
  return json;
}

static bf_status print_scores(const bf_metrics *metrics, const bf_score *score, const char *split,
                              const char *kind)
{
  bf_status status = BF_OK;
  bf_text text = {0};
  bf_table table = {.n_columns = 2};
  bf_text_printf(&text, "%zu of %zu rows correct (%s split, %s data)\n", score->n_correct,
                 score->n_rows, split, kind);
  bf_table_cell(&table, "metric");
  bf_table_cell(&table, "value");
  for (int i = 0; i < BF_N_METRICS; i++)
    if (!isnan(metrics->value[i])) {
      bf_table_cell(&table, "%s", bf_metric_name((bf_metric)i));
      bf_table_cell(&table, "%.6g", metrics->value[i]);
    }
  BF_TRY(bf_table_print(&table, &text));
  BF_TRY(bf_output_print(&text));
done:
  bf_table_release(&table);
  bf_text_release(&text);
  return status;
}

static bf_status evaluate(const request *asked)
{
  bf_status status = BF_OK;
  bf_net *net = NULL;
  bf_local_data local = {0};
  const bf_kernels *kernels = NULL;
  const char *folder = NULL;
  bf_split split = BF_VAL;
  bf_isa isa;
  bf_tiles rows;
  bf_score score;
  bf_metrics metrics = bf_metrics_none();
  BF_TRY(bf_split_find(asked->split, &split));
  BF_TRY(bf_data_folder(asked->data, &folder));
  BF_TRY(bf_isa_detect(&isa));
  BF_TRY(bf_kernels_find(asked->backend, isa, &kernels));
  BF_TRY(bf_checkpoint_load(asked->file, &net));
  BF_TRY(bf_local_data_load(folder, &local));
  BF_TRY(check_shapes(asked, net, local.manifest));
  BF_TRY(bf_local_data_rows(&local, split, &rows));
  BF_TRY(bf_evaluate(net, kernels, rows, &score));
  bf_metrics_score(&score, &metrics);
  bf_metrics_cost(&net->model, &(bf_cost_options){.bitops_batch = COST_BATCH, .compare_to = 32},
                  &metrics);
  if (asked->wants_json)
    BF_TRY(bf_output_print_json(
        scores_json(&metrics, &score, bf_split_name(split), local.manifest->kind)));
  else
    BF_TRY(print_scores(&metrics, &score, bf_split_name(split), local.manifest->kind));
done:
  bf_local_data_release(&local);
  bf_net_free(net);
  return status;
}

bf_status bf_cmd_eval(bf_call *call)
{
  bf_status status = BF_OK;
  bf_arguments arguments;
  request asked = {.split = "val", .backend = "auto"};
  const bf_option options[] = {
      {"--data", "DIR", "data set (else $BITFRONT_DATA)", bf_read_text, &asked.data},
      {"--split", "NAME", "train, val or test (val)", bf_read_text, &asked.split},
      {"--backend", "NAME", "auto, blis or reference (auto)", bf_read_text, &asked.backend},
      {"--json", NULL, "print JSON", bf_read_switch, &asked.wants_json},
  };
  const bf_usage usage = {
      "eval", "FILE --data DIR [options]",
      "Scores a saved net on one split of a data set and counts what it costs.\n"
      "bitops, flops and macs are those of a batch of 128 rows.\n",
      sizeof options / sizeof *options, options};
  BF_TRY(bf_options_read(&usage, call->n, call->arguments, &arguments));
  if (arguments.wants_help)
    return bf_usage_show(&usage);
  BF_TRY(bf_arguments_check(&usage, &arguments, 1, 1, "FILE"));
  asked.file = arguments.items[0];
  BF_TRY(evaluate(&asked));
done:
  return status;
}
