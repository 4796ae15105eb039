/* bitfront compare: studies of one space side by side.
 * Room: cli. */
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "cli/command.h"
#include "cli/comparison_view.h"
#include "cli/options.h"
#include "cli/output.h"

static const char description[] =
    "Shows what studies of one space found, and how soon: hypervolume, trials to 95 and\n"
    "99 % of that of all fronts together, the joint front and who found it, and how the\n"
    "metrics go together over all trials. With --svg it draws hypervolume over trials and\n"
    "the fronts; a file of that name is replaced.\n";

/** What the command is asked. */
typedef struct request {
  size_t n;
  char **folders; /**< (n) */
  const char *svg;
  bool wants_json;
  bool wants_help;
} request;

static bf_status read_request(bf_call *call, request *out)
{
  bf_status status = BF_OK;
  bf_arguments arguments;
  const bf_option options[] = {
      {"--json", NULL, "print JSON", bf_read_switch, &out->wants_json},
      {"--svg", "FILE", "draw volumes and fronts, too", bf_read_text, &out->svg},
  };
  const bf_usage usage = {"compare", "DIR... [--json] [--svg FILE]", description, 2, options};
  BF_TRY(bf_options_read(&usage, call->n, call->arguments, &arguments));
  out->wants_help = arguments.wants_help;
  if (arguments.wants_help)
    return bf_usage_show(&usage);
  BF_TRY(bf_arguments_check(&usage, &arguments, 1, SIZE_MAX, "DIR"));
  out->n = arguments.n;
  out->folders = arguments.items;
done:
  return status;
}

static bf_status draw(const bf_comparison *comparison, const char *path)
{
  bf_text text = {0};
  bf_status status = bf_comparison_svg(comparison, &text);
  if (status == BF_OK)
    status = bf_file_write_text(path, &text);
  bf_text_release(&text);
  return status;
}

static bf_status print_tables(const bf_comparison *comparison)
{
  bf_text text = {0};
  bf_status status = bf_comparison_print(comparison, &text);
  if (status == BF_OK)
    status = bf_output_print(&text);
  bf_text_release(&text);
  return status;
}

/* A joint front of figures of two kinds says nothing of nets. */
static void warn_of_compat(size_t n, bf_record *const *records)
{
  size_t n_compat = 0;
  for (size_t i = 0; i < n; i++)
    n_compat += records[i]->is_compat;
  if (n_compat > 0 && n_compat < n)
    bf_warn("%zu of %zu studies have compat = true: their accuracies and losses are of another "
            "kind than the others'",
            n_compat, n);
}

static bf_status show(const request *asked, bf_record *const *records)
{
  bf_status status = BF_OK;
  bf_comparison *comparison = NULL;
  BF_TRY(bf_comparison_create(asked->n, records, &comparison));
  warn_of_compat(asked->n, records);
  if (asked->svg != NULL)
    BF_TRY(draw(comparison, asked->svg));
  if (asked->wants_json)
    status = bf_output_print_json(bf_comparison_json(comparison));
  else
    status = print_tables(comparison);
done:
  bf_comparison_free(comparison);
  return status;
}

bf_status bf_cmd_compare(bf_call *call)
{
  bf_status status = BF_OK;
  request asked = {0};
  bf_record **records = NULL;
  BF_TRY(read_request(call, &asked));
  if (asked.wants_help)
    return BF_OK;
  records = bf_alloc(asked.n, sizeof(bf_record *));
  BF_CHECK_MEMORY(records);
  for (size_t i = 0; i < asked.n; i++)
    BF_TRY(bf_study_open(asked.folders[i], &records[i]));
  BF_TRY(show(&asked, records));
done:
  for (size_t i = 0; records != NULL && i < asked.n; i++)
    bf_record_free(records[i]);
  free(records);
  return status;
}
