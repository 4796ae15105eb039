/* bitfront data info, data verify: look at a data set.
 * Room: cli. */
#include "cli/command.h"
#include "cli/data_view.h"
#include "cli/options.h"
#include "cli/output.h"

/** What both commands are asked. */
typedef struct request {
  const char *folder;
  bool wants_json;
  bool wants_help;
} request;

static bf_status read_request(bf_call *call, const char *command, const char *description,
                              request *out)
{
  bf_status status = BF_OK;
  bf_arguments arguments;
  const bf_option options[] = {
      {"--json", NULL, "print JSON", bf_read_switch, &out->wants_json},
  };
  const bf_usage usage = {command, "DIR [--json]", description, 1, options};
  BF_TRY(bf_options_read(&usage, call->n, call->arguments, &arguments));
  out->wants_help = arguments.wants_help;
  if (arguments.wants_help)
    return bf_usage_show(&usage);
  BF_TRY(bf_arguments_check(&usage, &arguments, 1, 1, "DIR"));
  out->folder = arguments.items[0];
done:
  return status;
}

static bf_status print_manifest(const bf_manifest *manifest, bool as_json)
{
  if (as_json)
    return bf_output_print_json(bf_data_json(manifest));
  bf_text text = {0};
  bf_data_print(manifest, &text);
  bf_status status = bf_output_print(&text);
  bf_text_release(&text);
  return status;
}

bf_status bf_cmd_data_info(bf_call *call)
{
  bf_status status = BF_OK;
  request asked = {0};
  bf_manifest *manifest = NULL;
  BF_TRY(read_request(call, "data info",
                      "Shows what the manifest of a data set says; reads no shard.\n", &asked));
  if (asked.wants_help)
    return BF_OK;
  BF_TRY(bf_manifest_load(asked.folder, &manifest));
  BF_TRY(print_manifest(manifest, asked.wants_json));
done:
  bf_manifest_free(manifest);
  return status;
}

static size_t n_rows_of(const bf_manifest *manifest)
{
  return manifest->n_rows[BF_TRAIN] + manifest->n_rows[BF_VAL] + manifest->n_rows[BF_TEST];
}

static bf_status print_sound(const bf_manifest *manifest)
{
  bf_text text = {0};
  bf_text_printf(&text, "%s: %zu shards, %zu rows: all sound\n", manifest->folder,
                 manifest->n_shards, n_rows_of(manifest));
  bf_status status = bf_output_print(&text);
  bf_text_release(&text);
  return status;
}

static bf_json *verdict_json(const request *asked, const bf_manifest *manifest, bool is_sound)
{
  bf_json *json = bf_json_object();
  bf_json_set(json, "dir", bf_json_string(asked->folder));
  bf_json_set(json, "ok", bf_json_boolean(is_sound));
  if (is_sound) {
    bf_json_set(json, "shards", bf_json_integer((int64_t)manifest->n_shards));
    bf_json_set(json, "rows", bf_json_integer((int64_t)n_rows_of(manifest)));
  } else {
    bf_json_set(json, "error", bf_json_string(bf_trail()));
  }
  return json;
}

bf_status bf_cmd_data_verify(bf_call *call)
{
  bf_status status = BF_OK;
  request asked = {0};
  bf_manifest *manifest = NULL;
  BF_TRY(read_request(call, "data verify",
                      "Reads every shard of a data set and checks its presence, hash, checksums,\n"
                      "numbers and labels. Exit code 5 if something is wrong.\n",
                      &asked));
  if (asked.wants_help)
    return BF_OK;
  status = bf_manifest_load(asked.folder, &manifest);
  if (status == BF_OK)
    status = bf_manifest_verify(manifest);
  if (asked.wants_json && (status == BF_OK || status == BF_ERR_DATA)) {
    bf_status printed = bf_output_print_json(verdict_json(&asked, manifest, status == BF_OK));
    status = printed == BF_OK ? status : printed;
  } else if (status == BF_OK) {
    status = print_sound(manifest);
  }
done:
  bf_manifest_free(manifest);
  return status;
}
