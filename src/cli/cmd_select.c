/* bitfront select: which net of a study to take, and why.
 * Room: cli. */
#include <math.h>

#include "cli/chosen.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/pick_text.h"

static const char description[] =
    "Chooses from a finished study and says why, and what would be next. Rules:\n"
    "  knee                       where the front bulges most towards the ideal\n"
    "  hypervolume                the trial whose loss would cost the front most\n"
    "  'accuracy=0.7, bitops=0.3' the best weighted average of the objectives\n"
    "  'min bitops where accuracy >= 0.70'\n"
    "                             the best of any metric; conditions are joined by 'and'\n"
    "  front                      every trial on the front\n";

/** What the command is asked. */
typedef struct request {
  const char *folder;
  const char *by;
  bool wants_json;
  bool wants_help;
} request;

static bf_status read_request(bf_call *call, request *out)
{
  bf_status status = BF_OK;
  bf_arguments arguments;
  const bf_option options[] = {
      {"--by", "RULE", "how to choose (the job's select.by, else knee)", bf_read_text, &out->by},
      {"--json", NULL, "print JSON", bf_read_switch, &out->wants_json},
  };
  const bf_usage usage = {"select", "DIR [--by RULE] [--json]", description, 2, options};
  BF_TRY(bf_options_read(&usage, call->n, call->arguments, &arguments));
  out->wants_help = arguments.wants_help;
  if (arguments.wants_help)
    return bf_usage_show(&usage);
  BF_TRY(bf_arguments_check(&usage, &arguments, 1, 1, "DIR"));
  out->folder = arguments.items[0];
done:
  return status;
}

static bf_status print_text(const bf_record *record, const bf_pick *pick, const char *by)
{
  bf_text text = {0};
  bf_status status = bf_pick_print(record, pick, by, &text);
  if (status == BF_OK)
    status = bf_output_print(&text);
  bf_text_release(&text);
  return status;
}

static bf_json *metrics_json(const bf_metrics *metrics)
{
  bf_json *json = bf_json_object();
  for (int m = 0; m < BF_N_METRICS; m++)
    if (!isnan(metrics->value[m]))
      bf_json_set(json, bf_metric_name((bf_metric)m), bf_json_number(metrics->value[m]));
  return json;
}

/* Parameters that make no difference are left out. */
static bf_json *configuration_json(const bf_record *record, size_t c)
{
  bf_json *json = bf_json_object();
  for (size_t d = 0; d < record->n_parameters; d++) {
    uint32_t index = bf_record_indexes(record, record->candidates[c].first)[d];
    if (index != BF_NO_VALUE)
      bf_json_set(json, record->parameters[d].name,
                  bf_json_copy(bf_json_at(record->parameters[d].values, index)));
  }
  return json;
}

static bf_json *candidate_json(const bf_record *record, size_t c)
{
  const bf_candidate *candidate = &record->candidates[c];
  char *path = NULL;
  bf_json *json = bf_json_object();
  bf_json_set(json, "number", bf_json_integer((int64_t)candidate->number));
  bf_json_set(json, "configuration", configuration_json(record, c));
  bf_json_set(json, "metrics", metrics_json(candidate->mean));
  if (record->repeats > 1) {
    bf_json_set(json, "n_complete", bf_json_integer((int64_t)candidate->n_complete));
    bf_json_set(json, "sd", metrics_json(candidate->sd));
  }
  /* A NULL is remembered as memory that was short. */
  bool is_known = bf_record_checkpoint(record, c, &path) == BF_OK;
  bf_json *none = is_known ? bf_json_null() : NULL;
  bf_json_set(json, "checkpoint", path != NULL ? bf_json_string(path) : none);
  free(path);
  return json;
}

static bf_json *pick_json(const bf_record *record, const bf_pick *pick, const char *by)
{
  bf_json *json = bf_json_object();
  bf_json *chosen = bf_json_array();
  bf_json *runner_up = bf_json_null();
  for (size_t i = 0; i < pick->n; i++)
    bf_json_push(chosen, candidate_json(record, pick->chosen[i]));
  if (pick->has_runner_up) {
    runner_up = candidate_json(record, pick->runner_up);
    bf_json_set(runner_up, "why", bf_json_string(pick->runner_up_why));
  }
  bf_json_set(json, "dir", bf_json_string(record->folder));
  if (record->is_compat)
    bf_json_set(json, "compat", bf_json_boolean(true));
  bf_json_set(json, "by", bf_json_string(by));
  bf_json_set(json, "why", bf_json_string(pick->why));
  bf_json_set(json, "chosen", chosen);
  bf_json_set(json, "runner_up", runner_up);
  return json;
}

bf_status bf_cmd_select(bf_call *call)
{
  bf_status status = BF_OK;
  request asked = {0};
  bf_chosen chosen = {0};
  BF_TRY(read_request(call, &asked));
  if (asked.wants_help)
    return BF_OK;
  BF_TRY(bf_chosen_read(asked.folder, asked.by, "knee", &chosen));
  if (asked.wants_json)
    status = bf_output_print_json(pick_json(chosen.record, &chosen.pick, chosen.by));
  else
    status = print_text(chosen.record, &chosen.pick, chosen.by);
done:
  bf_chosen_release(&chosen);
  return status;
}
