/* What a search would do, without doing it.
 * Room: cli. */
#include "cli/dry_run.h"

#include "base/memory.h"
#include "base/random.h"
#include "base/table.h"
#include "cli/banner.h"
#include "cli/progress.h"
#include "search/sampler.h"
#include "study/task.h"

static void print_parameters(const bf_plan *plan, bf_text *text)
{
  bf_text_append(text, "\nspace: ");
  bf_space_print(&plan->space, text);
  bf_text_printf(text, "\nsampler: %s, %zu trials\nparameters:\n", plan->sampler, plan->n_trials);
  for (size_t i = 0; i < plan->n_choices; i++) {
    /* A table of this one value, because tables are what can be printed. */
    bf_toml values = *plan->choices[i].values;
    bf_toml *item = &values;
    values.key = plan->choices[i].path;
    bf_text_append(text, "  ");
    bf_toml_print(&(bf_toml){.kind = BF_TOML_TABLE, .n_items = 1, .items = &item}, text);
  }
}

static void print_objectives(const bf_plan *plan, bf_text *text)
{
  bool is_sum = plan->job->sum_scaled_metrics;
  bf_text_append(text, "objectives:\n");
  for (size_t i = 0; i < plan->n_terms; i++) {
    const bf_objective *term = &plan->terms[i];
    bf_text_printf(text, "  %g x %s", term->scale, bf_metric_name(term->metric));
    bf_text_printf(text, "%s\n", is_sum ? "" : term->maximize ? ", maximised" : ", minimised");
  }
  if (is_sum)
    bf_text_printf(text, "  their sum, %s\n", plan->sum_maximize ? "maximised" : "minimised");
}

static bf_status print_layers(const bf_model *model, bf_text *text)
{
  static const char *const header[] = {"node", "layer", "in", "out"};
  bf_table table = {.n_columns = sizeof header / sizeof *header};
  bf_text_printf(text, "net: %s, before any choice\n", model->name);
  for (size_t i = 0; i < table.n_columns; i++)
    bf_table_cell(&table, "%s", header[i]);
  for (size_t i = 0; i < model->n_layers; i++) {
    const bf_layer *layer = &model->layers[i];
    bf_table_cell(&table, "%s", layer->node);
    bf_table_cell(&table, "%s", bf_layer_kind_name(layer->kind));
    bf_table_cell(&table, "%zu", layer->n_in);
    bf_table_cell(&table, "%zu", layer->n_out);
  }
  bf_status status = bf_table_print(&table, text);
  bf_table_release(&table);
  return status;
}

/* The task of the first trial, as the study would make it. */
static bf_status first_task(const bf_plan *plan, bf_bytes *bytes)
{
  bf_status status = BF_OK;
  bf_sampler *sampler = NULL;
  bool is_exhausted = false;
  bf_task task = {.kind = BF_TASK_TRIAL,
                  .seed = bf_trial_seed(plan->job->seed, 0),
                  .n_indexes = plan->n_choices,
                  .indexes = bf_alloc(plan->n_choices, sizeof *task.indexes)};
  BF_CHECK_MEMORY(task.indexes);
  BF_TRY(bf_sampler_create(plan->sampler, &plan->space, &plan->options, &sampler));
  BF_TRY(bf_sampler_ask(sampler, 0, task.indexes, &is_exhausted));
  BF_TRY(bf_task_encode(&task, bytes));
done:
  bf_sampler_free(sampler);
  free(task.indexes);
  return status;
}

static bf_status time_trial(bf_evaluator *evaluator, const bf_plan *plan, bf_result *result)
{
  bf_status status = BF_OK;
  bf_bytes task = {0};
  bf_bytes answer = {0};
  BF_TRY(first_task(plan, &task));
  BF_TRY(bf_evaluator_run(evaluator, task.data, task.length, &answer));
  BF_TRY(bf_result_decode(answer.data, answer.length, result));
done:
  bf_bytes_release(&task);
  bf_bytes_release(&answer);
  return status;
}

static bf_status print_time(const bf_session *session, const bf_setup *setup, bf_text *text)
{
  bf_status status = BF_OK;
  bf_evaluator *own = NULL;
  bf_evaluator *evaluator = setup->evaluator;
  bf_result result = {0};
  int size = bf_session_size(session);
  int n_workers = size > 1 ? size - 1 : 1;
  if (evaluator == NULL) {
    BF_TRY(bf_evaluator_create(setup->plan, &setup->data, setup->kernels, &own));
    evaluator = own;
  }
  BF_TRY(time_trial(evaluator, setup->plan, &result));
  if (result.failed)
    bf_text_printf(text, "the first trial fails: %s\n", result.reason);
  bf_text_printf(text, "time: the first trial took %.3g s; %zu trials on %d worker%s about ",
                 result.duration_s, setup->plan->n_trials, n_workers, n_workers == 1 ? "" : "s");
  bf_duration_print(result.duration_s * (double)setup->plan->n_trials / n_workers, text);
  bf_text_append(text, "\n");
done:
  bf_result_release(&result);
  bf_evaluator_free(own);
  return status;
}

bf_status bf_dry_run(const bf_session *session, const bf_setup *setup, bf_text *text)
{
  bf_status status = BF_OK;
  /* Rank 0 is alone with the plan; where the others are, it does not ask. */
  const bf_placement nowhere = {0};
  bf_search_banner_print(session, setup, &nowhere, "none (dry run)", text);
  print_parameters(setup->plan, text);
  print_objectives(setup->plan, text);
  BF_TRY(print_layers(&setup->plan->model, text));
  bf_text_printf(text, "memory: %.1f MB of data a host\n",
                 (double)bf_dataset_bytes(setup->manifest) / 1e6);
  BF_TRY(print_time(session, setup, text));
done:
  return status;
}
