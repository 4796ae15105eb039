/* bitfront bench engine: how fast training and evaluation are, and what share of the peak that is.
 * Room: cli. */
#include "base/file.h"
#include "cli/command.h"
#include "cli/engine_cases.h"
#include "cli/engine_tune.h"
#include "cli/output.h"
#include "nn/kernels.h"

typedef struct request {
  bf_engine_choice choice;
  const char *backend;
  const char *seconds;
  bool wants_json;
  bool wants_tuning;
} request;

/* The first "model name : ..." of Linux; other systems have no such file. */
static void print_cpu(bf_text *text)
{
  static const char key[] = "model name";
  bf_text info = {0};
  const char *line = NULL;
  if (bf_file_read("/proc/cpuinfo", &info) == BF_OK)
    line = strstr(bf_text_view(&info), key);
  const char *value = line != NULL ? line + strlen(key) : "unknown";
  value += strspn(value, " \t:");
  bf_text_printf(text, "CPU      %.*s\n", (int)strcspn(value, "\n"), value);
  bf_text_release(&info);
}

static void print_head(const bf_engine_setting *setting, bf_text *text)
{
  const char *name = bf_kernels_name(setting->kernels);
  print_cpu(text);
  bf_text_printf(text, "ISA      %s\nbackend  %s", bf_isa_name(setting->isa), name);
  if (strcmp(name, "reference") != 0)
    bf_text_printf(text, "; BLIS %s", bf_blis_describe(setting->isa));
  bf_text_append(text, "\n");
}

static void add_row(bf_table *table, const bf_engine_result *result)
{
  bf_table_cell(table, "%s", result->net);
  bf_table_cell(table, "%zu", result->batch);
  bf_table_cell(table, "%s", result->mode);
  bf_table_cell(table, "%s", result->phase);
  bf_table_cell(table, "%.0f", result->rows_per_s);
  bf_table_cell(table, "%.2f", result->gflops);
  bf_table_cell(table, "%.1f", result->peak_gflops);
  bf_table_cell(table, "%.3f", result->share);
}

static bf_status print_table(const bf_engine_setting *setting, size_t n,
                             const bf_engine_result *results)
{
  static const char *const columns[] = {"net",        "batch",  "mode",        "phase",
                                        "rows_per_s", "gflops", "peak_gflops", "share"};
  enum { N_COLUMNS = sizeof columns / sizeof *columns };
  bf_status status = BF_OK;
  bf_text text = {0};
  bf_table table = {.n_columns = N_COLUMNS};
  for (size_t i = 0; i < N_COLUMNS; i++)
    bf_table_cell(&table, "%s", columns[i]);
  for (size_t i = 0; i < n; i++)
    add_row(&table, &results[i]);
  print_head(setting, &text);
  BF_TRY(bf_table_print(&table, &text));
  BF_TRY(bf_output_print(&text));
done:
  bf_table_release(&table);
  bf_text_release(&text);
  return status;
}

static bf_json *result_json(const bf_engine_setting *setting, const bf_engine_result *result)
{
  bf_json *json = bf_json_object();
  bf_json_set(json, "net", bf_json_string(result->net));
  bf_json_set(json, "batch", bf_json_integer((int64_t)result->batch));
  bf_json_set(json, "mode", bf_json_string(result->mode));
  bf_json_set(json, "phase", bf_json_string(result->phase));
  bf_json_set(json, "isa", bf_json_string(bf_isa_name(setting->isa)));
  bf_json_set(json, "backend", bf_json_string(bf_kernels_name(setting->kernels)));
  bf_json_set(json, "rows_per_s", bf_json_number(result->rows_per_s));
  bf_json_set(json, "gflops", bf_json_number(result->gflops));
  bf_json_set(json, "peak_gflops", bf_json_number(result->peak_gflops));
  bf_json_set(json, "share", bf_json_number(result->share));
  return json;
}

static bf_status print_json(const bf_engine_setting *setting, size_t n,
                            const bf_engine_result *results)
{
  bf_json *json = bf_json_array();
  for (size_t i = 0; i < n; i++)
    bf_json_push(json, result_json(setting, &results[i]));
  return bf_output_print_json(json);
}

static bf_status tune(void)
{
  bf_status status;
  bf_isa isa;
  bf_text text = {0};
  BF_TRY(bf_isa_detect(&isa));
  print_cpu(&text);
  BF_TRY(bf_engine_tune(isa, &text));
  BF_TRY(bf_output_print(&text));
done:
  bf_text_release(&text);
  return status;
}

static bf_status run(const request *asked)
{
  bf_status status = BF_OK;
  bf_engine_setting setting = {.seconds = strtod(asked->seconds, NULL)};
  bf_engine_result *results = NULL;
  size_t n = 0;
  BF_TRY(bf_isa_detect(&setting.isa));
  BF_TRY(bf_kernels_find(asked->backend, setting.isa, &setting.kernels));
  BF_TRY(bf_engine_cases_time(&asked->choice, &setting, &n, &results));
  if (asked->wants_json)
    BF_TRY(print_json(&setting, n, results));
  else
    BF_TRY(print_table(&setting, n, results));
done:
  free(results);
  return status;
}

static void release(request *asked)
{
  bf_list_release(&asked->choice.nets);
  bf_list_release(&asked->choice.batches);
  bf_list_release(&asked->choice.modes);
  bf_list_release(&asked->choice.phases);
}

bf_status bf_cmd_bench_engine(bf_call *call)
{
  bf_status status = BF_OK;
  bf_arguments arguments;
  request asked = {.backend = "auto", .seconds = "0.3"};
  bf_engine_choice *choice = &asked.choice;
  const bf_option options[] = {
      {"--net", "NAME", "x1, x2 or x4; may be repeated (all)", bf_read_list, &choice->nets},
      {"--batch", "N", "rows a batch; may be repeated (128, 256, 1024, 4096)", bf_read_list,
       &choice->batches},
      {"--mode", "NAME", "float, qat or int; may be repeated (all)", bf_read_list, &choice->modes},
      {"--phase", "NAME", "train or eval; may be repeated (all)", bf_read_list, &choice->phases},
      {"--backend", "NAME", "auto, blis or reference (auto)", bf_read_text, &asked.backend},
      {"--seconds", "S", "for each case, about (0.3)", bf_read_seconds_text, &asked.seconds},
      {"--json", NULL, "print JSON", bf_read_switch, &asked.wants_json},
      {"--tune", NULL, "compare the tile kernels with BLIS by shape instead", bf_read_switch,
       &asked.wants_tuning},
  };
  const bf_usage usage = {
      "bench engine", "[options]",
      "Times training and evaluation on random rows, in this process and on one core:\n"
      "nets 16-16-16-5 (x1), 16-32-32-5 (x2) and 16-64-64-5 (x4), in float, quantised\n"
      "(qat), and forward only in 8-bit integers (int). gflops counts the products of\n"
      "Linear layers only; share is that of peak_gflops, a loop of multiply-adds timed in\n"
      "between. Every number is a median.\n",
      sizeof options / sizeof *options, options};
  BF_TRY(bf_options_read(&usage, call->n, call->arguments, &arguments));
  if (arguments.wants_help) {
    status = bf_usage_show(&usage);
    goto done;
  }
  BF_TRY(bf_arguments_check(&usage, &arguments, 0, 0, "argument"));
  BF_TRY(asked.wants_tuning ? tune() : run(&asked));
done:
  release(&asked);
  return status;
}
