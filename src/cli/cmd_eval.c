/* bitfront eval: score a saved net.
 * Room: cli. */
#include "cli/command.h"
#include "cli/eval_view.h"
#include "cli/job_file.h"
#include "cli/local_data.h"
#include "cli/options.h"
#include "cli/output.h"
#include "nn/checkpoint.h"
#include "nn/kernels.h"
#include "study/passes.h"

/* The rows a batch of `bitops`, `flops` and `macs`: what a job without batch_size counts with. */
enum { COST_BATCH = 128 };

typedef struct request {
  const char *file;
  const char *data;
  const char *split;
  const char *backend;
  const char *model;
  const char *job;
  bool quantises;
  bool wants_json;
} request;

/** Everything an evaluation is made of; released together. */
typedef struct evaluation {
  bf_job *job; /* NULL unless one is given */
  bf_local_data local;
  const bf_kernels *kernels;
  bf_net *net;
  bf_split split;
} evaluation;

static bf_status open_net(const request *asked, evaluation *e)
{
  const bf_manifest *manifest = e->local.manifest;
  bf_status status = BF_OK;
  bf_model model;
  bool is_named = asked->model != NULL || e->job != NULL;
  if (asked->model != NULL)
    BF_TRY(bf_model_zoo(asked->model, manifest->n_features, manifest->n_classes, &model));
  else if (e->job != NULL)
    BF_TRY(bf_job_model(e->job, manifest->n_features, manifest->n_classes, &model));
  BF_TRY(bf_checkpoint_open(asked->file, is_named ? &model : NULL, manifest, &e->net));
  if (asked->quantises)
    BF_TRY(bf_passes_quantize(e->job, &e->net->model));
done:
  return status;
}

static bf_status prepare(const request *asked, evaluation *e)
{
  bf_status status = BF_OK;
  const char *folder = NULL;
  bf_isa isa;
  const bf_overrides overrides = {.data_before = ".", .uses_passes = asked->quantises};
  BF_CHECK(asked->model == NULL || asked->job == NULL, BF_ERR_USAGE,
           "options '--model' and '--job' both name a net; give one of them");
  BF_CHECK(!asked->quantises || asked->job != NULL, BF_ERR_USAGE,
           "--quantize takes the formats of a job's [passes.quantize]: give --job, too");
  BF_TRY(bf_split_find(asked->split, &e->split));
  BF_TRY(bf_data_folder(asked->data, &folder));
  BF_TRY(bf_isa_detect(&isa));
  BF_TRY(bf_kernels_find(asked->backend, isa, &e->kernels));
  if (asked->job != NULL)
    BF_TRY(bf_job_read(asked->job, &overrides, &e->job));
  BF_TRY(bf_local_data_load(folder, &e->local));
  BF_TRY(open_net(asked, e));
done:
  return status;
}

static bf_status print(const request *asked, const bf_eval_view *view)
{
  bf_text text = {0};
  if (asked->wants_json)
    return bf_output_print_json(bf_eval_json(view));
  bf_status status = bf_eval_print(view, &text);
  if (status == BF_OK)
    status = bf_output_print(&text);
  bf_text_release(&text);
  return status;
}

static bf_status evaluate(const request *asked)
{
  bf_status status = BF_OK;
  evaluation e = {0};
  bf_by_class *by_class = NULL;
  bf_tiles rows;
  bf_score score;
  bf_metrics metrics = bf_metrics_none();
  const bf_cost_options costs = {.bitops_batch = COST_BATCH, .compare_to = 32};
  BF_TRY(prepare(asked, &e));
  BF_TRY(bf_local_data_rows(&e.local, e.split, &rows));
  BF_TRY(bf_evaluate(e.net, e.kernels, rows, &score));
  BF_TRY(bf_by_class_create(e.net, e.kernels, rows, &by_class));
  bf_metrics_score(&score, &metrics);
  bf_metrics_cost(&e.net->model, &costs, &metrics);
  const bf_eval_view view = {.metrics = &metrics,
                             .score = &score,
                             .by_class = by_class,
                             .manifest = e.local.manifest,
                             .split = bf_split_name(e.split)};
  BF_TRY(print(asked, &view));
done:
  bf_by_class_free(by_class);
  bf_local_data_release(&e.local);
  bf_net_free(e.net);
  bf_job_free(e.job);
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
      {"--model", "NAME", "the net of the zoo that FILE holds", bf_read_text, &asked.model},
      {"--job", "JOB.toml", "a job that names the net that FILE holds", bf_read_text, &asked.job},
      {"--quantize", NULL, "with the formats of the job's [passes.quantize]", bf_read_switch,
       &asked.quantises},
      {"--backend", "NAME", "auto, blis or reference (auto)", bf_read_text, &asked.backend},
      {"--json", NULL, "print JSON", bf_read_switch, &asked.wants_json},
  };
  const bf_usage usage = {
      "eval", "FILE --data DIR [options]",
      "Scores a saved net on one split of a data set, class by class, and counts what it\n"
      "costs. bitops, flops and macs are those of a batch of 128 rows. A file of another\n"
      "program does not hold the layers of its net: name them by --model or --job. 1/FPR\n"
      "is the background rejected where that share of a class is kept.\n",
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
