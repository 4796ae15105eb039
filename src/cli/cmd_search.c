/* bitfront search: the command line of the main job.
 * Room: cli. */
#include <unistd.h>

#include "cli/command.h"
#include "cli/dry_run.h"
#include "cli/job_file.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/search_run.h"
#include "cli/search_setup.h"

/** What the ranks do next; rank 0 decides, by a minimum to which the others bring the largest. */
typedef enum intent { INTENT_NOTHING, INTENT_DRY_RUN, INTENT_SEARCH } intent;

typedef struct command_line {
  const char *job;
  const char *config;
  const char *progress;
  bf_overrides overrides;
  bf_search_request request;
  bool is_dry;
} command_line;

static const char description[] =
    "Samples nets from the job's space, evaluates them and keeps the Pareto front.\n"
    "Under mpirun rank 0 coordinates and the other ranks evaluate; alone, one process\n"
    "does both. Results are the files of the new folder --out; standard output shows\n"
    "the best trials.\n";

static bf_status check(const bf_usage *usage, const bf_arguments *arguments, command_line *line)
{
  bf_status status = BF_OK;
  BF_TRY(bf_arguments_check(usage, arguments, line->config == NULL ? 1 : 0, 1, "JOB.toml"));
  BF_CHECK(line->config == NULL || arguments->n == 0, BF_ERR_USAGE, "two job files: '%s' and '%s'",
           arguments->items[0], line->config);
  line->job = line->config != NULL ? line->config : arguments->items[0];
  BF_TRY(
      bf_progress_style_find(line->progress, isatty(STDERR_FILENO) == 1, &line->request.progress));
  BF_CHECK(line->request.out != NULL || line->is_dry, BF_ERR_USAGE,
           "no folder for the results: give --out DIR");
  if (line->request.out != NULL && !line->is_dry)
    BF_TRY(bf_output_check(line->request.out));
done:
  return status;
}

static bf_status read_line(bf_call *call, command_line *line, bool *wants_help)
{
  bf_status status = BF_OK;
  bf_overrides *over = &line->overrides;
  bf_arguments arguments;
  const bf_option options[] = {
      {"--config", "JOB.toml", "the job file, instead of the argument", bf_read_text,
       &line->config},
      {"--data", "DIR", "data set (else the job's, else $BITFRONT_DATA)", bf_read_text,
       &over->data},
      {"--out", "DIR", "folder for the results; must not exist", bf_read_text, &line->request.out},
      {"--load", "FILE", "net to start from (load_name)", bf_read_text, &over->load},
      {"--sampler", "NAME", "auto (default), brute-force, random, qmc, tpe, nsgaii, nsgaiii, gp",
       bf_read_text, &over->sampler},
      {"--n-trials", "N", "trials in all, failed ones included", bf_read_count_text,
       &over->n_trials},
      {"--timeout", "S", "seconds after which no trial is started", bf_read_seconds_text,
       &over->timeout},
      {"--seed", "N", "of the study", bf_read_natural_text, &over->seed},
      {"--set", "KEY=VALUE", "any key of the job; may be repeated", bf_read_list, &over->sets},
      {"--backend", "NAME", "auto, blis or reference", bf_read_text, &over->backend},
      {"--lenient", NULL, "unknown keys of the job are warnings", bf_read_switch, &over->lenient},
      {"--dry-run", NULL, "print the plan and an estimate of its time", bf_read_switch,
       &line->is_dry},
      {"--json", NULL, "print study.json instead of tables", bf_read_switch,
       &line->request.wants_json},
      {"--progress", "STYLE", "auto, bar, lines or none (auto)", bf_read_text, &line->progress},
  };
  const bf_usage usage = {"search", "JOB.toml --data DIR --out DIR [options]", description,
                          sizeof options / sizeof *options, options};
  BF_TRY(bf_options_read(&usage, call->n, call->arguments, &arguments));
  *wants_help = arguments.wants_help;
  status = arguments.wants_help ? bf_usage_show(&usage) : check(&usage, &arguments, line);
done:
  return status;
}

/* Rank 0 alone reads the command line and the job; the others hear of the outcome. */
static bf_status prepare(bf_call *call, command_line *line, bf_job **job, intent *next)
{
  bf_status status = BF_OK;
  bool wants_help = false;
  if (bf_session_rank(call->session) == 0) {
    status = read_line(call, line, &wants_help);
    if (status == BF_OK && !wants_help)
      status = bf_job_read(line->job, &line->overrides, job);
  }
  BF_TRY(bf_session_agree(call->session, status));
  intent mine = wants_help ? INTENT_NOTHING : line->is_dry ? INTENT_DRY_RUN : INTENT_SEARCH;
  *next = (intent)bf_session_minimum(call->session, (int)mine);
done:
  return status;
}

static bf_status show_plan(bf_call *call, const bf_setup *setup)
{
  bf_text text = {0};
  bf_status status = bf_dry_run(call->session, setup, &text);
  if (status == BF_OK)
    status = bf_output_print(&text);
  bf_text_release(&text);
  return status;
}

bf_status bf_cmd_search(bf_call *call)
{
  bf_status status = BF_OK;
  bool is_first = bf_session_rank(call->session) == 0;
  command_line line = {.progress = "auto"};
  bf_setup setup = {0};
  bf_job *job = NULL;
  intent next = INTENT_NOTHING;
  BF_TRY(prepare(call, &line, &job, &next));
  if (next == INTENT_NOTHING)
    goto done;
  status = bf_setup_create(call->session, job, &setup);
  job = NULL;
  BF_TRY(status);
  if (next == INTENT_SEARCH)
    status = bf_search_command_run(call, &setup, is_first ? &line.request : NULL);
  else if (is_first)
    status = show_plan(call, &setup);
done:
  bf_setup_release(&setup);
  bf_job_free(job);
  bf_list_release(&line.overrides.sets);
  return status;
}
