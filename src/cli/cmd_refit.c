/* bitfront refit: the command line of long trainings.
 * Room: cli. */
#include <unistd.h>

#include "base/file.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/refit_run.h"

enum { DEFAULT_SEEDS = 3 };

typedef struct command_line {
  const char *by;
  const char *data;
  const char *progress;
  const char *stage;
  size_t n_epochs;
  double learning_rate; /* 0: the job's */
  bf_refit_request request;
  char *default_out; /* owned */
} command_line;

static const char description[] =
    "A search trains briefly, which ranks nets; a refit trains the chosen ones for long,\n"
    "each with several seeds, and tells what they reach: means and 95 % intervals of\n"
    "accuracy and loss. Validation puts the nets in order, test rows choose nothing.\n"
    "Under mpirun rank 0 coordinates and the other ranks train.\n";

/* What follows from what was given. */
static bf_status complete(command_line *line)
{
  bf_refit_request *request = &line->request;
  bf_status status = BF_OK;
  BF_CHECK(line->n_epochs > 0, BF_ERR_USAGE, "no length of the trainings: give --epochs N");
  BF_TRY(bf_progress_style_find(line->progress, isatty(STDERR_FILENO) == 1, &request->progress));
  if (request->out == NULL) {
    line->default_out = bf_path_join(request->study, "refit");
    BF_CHECK_MEMORY(line->default_out);
    request->out = line->default_out;
  }
done:
  return status;
}

static bf_status read_line(bf_call *call, command_line *line, bool *wants_help)
{
  bf_status status = BF_OK;
  bf_refit_request *request = &line->request;
  bf_arguments arguments;
  const bf_option options[] = {
      {"--by", "RULE", "which nets, as for 'bitfront select' (else the job's)", bf_read_text,
       &line->by},
      {"--epochs", "N", "length of a training", bf_read_count, &line->n_epochs},
      {"--seeds", "K", "trainings of each net (3)", bf_read_count, &request->n_seeds},
      {"--learning-rate", "R", "instead of the job's", bf_read_positive, &line->learning_rate},
      {"--data", "DIR", "data set (else the study's)", bf_read_text, &line->data},
      {"--out", "DIR2", "folder for the results; must not exist (DIR/refit)", bf_read_text,
       &request->out},
      {"--stage", "DIR", "folder on a disk of every host ($TMPDIR): data are copied there",
       bf_read_text, &line->stage},
      {"--json", NULL, "print refit.json instead of a table", bf_read_switch, &request->wants_json},
      {"--progress", "STYLE", "auto, bar, lines or none (auto)", bf_read_text, &line->progress},
  };
  const bf_usage usage = {"refit", "DIR --by RULE --epochs N [options]", description,
                          sizeof options / sizeof *options, options};
  BF_TRY(bf_options_read(&usage, call->n, call->arguments, &arguments));
  *wants_help = arguments.wants_help;
  if (arguments.wants_help)
    return bf_usage_show(&usage);
  BF_TRY(bf_arguments_check(&usage, &arguments, 1, 1, "DIR"));
  request->study = arguments.items[0];
  BF_TRY(complete(line));
done:
  return status;
}

static bf_status read_job(const command_line *line, bf_record *record, bf_job **job)
{
  bf_status status = BF_OK;
  char *source = bf_path_join(record->folder, BF_JOURNAL_NAME);
  BF_CHECK_MEMORY(source);
  if (line->data != NULL)
    BF_TRY(bf_toml_set_string(record->job, "data", line->data));
  BF_TRY(bf_refit_job(record->job, source, line->n_epochs, line->learning_rate, job));
done:
  free(source);
  return status;
}

static bf_status read_all(bf_call *call, command_line *line, bf_chosen *chosen, bf_job **job,
                          bool *wants_help)
{
  bf_status status = BF_OK;
  BF_TRY(read_line(call, line, wants_help));
  if (*wants_help)
    return BF_OK;
  BF_TRY(bf_chosen_read(line->request.study, line->by, NULL, chosen));
  BF_TRY(bf_output_check(line->request.out));
  BF_TRY(read_job(line, chosen->record, job));
done:
  return status;
}

/* Rank 0 alone reads the command line and the study; the others hear of the outcome. */
static bf_status prepare(bf_call *call, command_line *line, bf_chosen *chosen, bf_job **job,
                         bool *goes_on)
{
  bf_status status = BF_OK;
  bool wants_help = false;
  if (bf_session_rank(call->session) == 0)
    status = read_all(call, line, chosen, job, &wants_help);
  BF_TRY(bf_session_agree(call->session, status));
  *goes_on = bf_session_minimum(call->session, !wants_help) == 1;
done:
  return status;
}

bf_status bf_cmd_refit(bf_call *call)
{
  bf_status status = BF_OK;
  command_line line = {.progress = "auto", .request.n_seeds = DEFAULT_SEEDS};
  bf_chosen chosen = {0};
  bf_setup setup = {0};
  bf_job *job = NULL;
  bool goes_on = false;
  BF_TRY(prepare(call, &line, &chosen, &job, &goes_on));
  if (!goes_on)
    goto done;
  const bf_setup_wish wish = {.most = BF_N_ISAS - 1, .stage = line.stage};
  status = bf_setup_create(call->session, job, &wish, &setup);
  job = NULL;
  BF_TRY(status);
  BF_TRY(bf_refit_command_run(call, &setup, &line.request, &chosen));
done:
  bf_setup_release(&setup);
  bf_chosen_release(&chosen);
  bf_job_free(job);
  free(line.default_out);
  return status;
}
