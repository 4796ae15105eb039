/* bitfront search: the command line of the main job.
 * Room: cli. */
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "cli/command.h"
#include "cli/dry_run.h"
#include "cli/job_file.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/project.h"
#include "cli/search_run.h"
#include "cli/search_setup.h"
#include "study/study.h"

/** What the ranks do next; rank 0 decides, by a minimum to which the others bring the largest. */
typedef enum intent { INTENT_NOTHING, INTENT_DRY_RUN, INTENT_SEARCH } intent;

typedef struct command_line {
  const char *job;
  const char *config;
  const char *progress;
  bf_overrides overrides;
  bf_search_request request;
  const char *stage;
  char *folder;       /* --out as the Python tool says it; owned */
  const char *parent; /* the folder around it, if it is to be made, too */
  bool resumes;
  bool is_dry;
} command_line;

static const char description[] =
    "Samples nets from the job's space, evaluates them and keeps the Pareto front.\n"
    "Under mpirun rank 0 coordinates and the other ranks evaluate; alone, one process\n"
    "does both. Results are the files of the new folder --out; standard output shows\n"
    "the best trials.\n"
    "\n"
    "Nothing that was computed is lost: --resume goes on with the study in --out, however\n"
    "it ended, or starts it when there is none. SIGUSR1 takes in the running trials, writes\n"
    "the results so far and ends with exit code 4; SIGTERM does the same at once, without\n"
    "them. The end of a SLURM job is such a --time-limit by itself. Under plain mpirun a\n"
    "rank that dies ends the job; under 'bitfront run' its trials go to others.\n";

/* The study in --out: to go on with, or in the way. */
static bf_status find_study(command_line *line)
{
  bf_status status = BF_OK;
  const char *out = line->request.out;
  char *path = bf_path_join(out, BF_JOURNAL_NAME);
  BF_CHECK_MEMORY(path);
  bool has_study = bf_file_exists(path);
  BF_CHECK(line->resumes || !has_study, BF_ERR_USAGE,
           "'%s' holds a study: go on with it by --resume, or choose another name", out);
  if (has_study)
    BF_TRY(bf_study_open(out, &line->request.record));
  BF_CHECK(has_study || line->job != NULL, BF_ERR_USAGE,
           "no study in '%s' to go on with: give JOB.toml to start one", out);
  /* What a start that was cut off left behind can be started in. */
  if (!has_study && !line->is_dry && !(line->resumes && bf_file_exists(out)))
    BF_TRY(bf_output_check(line->parent != NULL ? line->parent : out));
done:
  free(path);
  return status;
}

static bf_status find_out(command_line *line)
{
  bf_status status = BF_OK;
  bf_search_request *request = &line->request;
  if (request->out != NULL || !bf_project_is_asked(&line->overrides.tool))
    return BF_OK;
  /* It looks for the study itself, and starts again at another date. */
  BF_CHECK(getenv("BITFRONT_RUN") == NULL, BF_ERR_USAGE,
           "'bitfront run' must know the folder for the results: give --out DIR");
  BF_TRY(bf_job_project(line->job, &line->overrides, &line->folder));
  request->out = line->folder;
  line->overrides.names_folder = true;
  line->parent = bf_tool_flags_value(&line->overrides.tool, "project_dir");
  if (line->parent != NULL && bf_file_exists(line->parent))
    line->parent = NULL;
done:
  return status;
}

static bf_status check_out(command_line *line)
{
  bf_status status = find_out(line);
  if (status != BF_OK || (line->is_dry && !line->resumes))
    return status;
  if (line->request.out != NULL)
    return find_study(line);
  return bf_fail(BF_ERR_USAGE, "no folder for the results: give --out DIR, or --project-dir DIR "
                               "to make one there that is called like the job's project");
}

static bf_status check(const bf_usage *usage, const bf_arguments *arguments, command_line *line)
{
  bf_status status = BF_OK;
  BF_TRY(bf_job_arguments(usage, arguments, line->config, &line->overrides, &line->job));
  BF_CHECK(line->job != NULL || line->resumes, BF_ERR_USAGE,
           "no job file, which says what is searched: give JOB.toml%s",
           line->overrides.model != NULL ? " as --config JOB.toml" : "");
  BF_TRY(
      bf_progress_style_find(line->progress, isatty(STDERR_FILENO) == 1, &line->request.progress));
  BF_TRY(check_out(line));
done:
  return status;
}

static bf_status read_line(bf_call *call, command_line *line, bool *wants_help)
{
  bf_status status = BF_OK;
  bf_overrides *over = &line->overrides;
  bf_arguments arguments;
  const bf_option own[] = {
      {"--config", "JOB.toml", "the job file, instead of the argument", bf_read_text,
       &line->config},
      {"--data", "DIR", "data set (else the job's, else $BITFRONT_DATA)", bf_read_text,
       &over->data},
      {"--out", "DIR", "folder for the results; must not exist", bf_read_text, &line->request.out},
      {"--resume", NULL, "go on with the study in --out (JOB.toml may be left away)",
       bf_read_switch, &line->resumes},
      {"--load", "FILE", "net to start from (load_name)", bf_read_text, &over->load},
      {"--sampler", "NAME", "auto (default), brute-force, random, qmc, tpe, nsgaii, nsgaiii, gp",
       bf_read_text, &over->sampler},
      {"--n-trials", "N", "trials in all, failed ones included", bf_read_count_text,
       &over->n_trials},
      {"--timeout", "S", "seconds after which no trial is started", bf_read_seconds_text,
       &over->timeout},
      {"--time-limit", "S", "seconds after which this run ends; --resume goes on", bf_read_positive,
       &line->request.limit_s},
      {"--lease", "S", "a worker not heard of for so long is given up (30)", bf_read_positive,
       &line->request.lease_s},
      {"--seed", "N", "of the study", bf_read_natural_text, &over->seed},
      {"--set", "KEY=VALUE", "any key of the job; may be repeated", bf_read_list, &over->sets},
      {"--backend", "NAME", "auto, blis or reference", bf_read_text, &over->backend},
      {"--stage", "DIR", "folder on a disk of every host ($TMPDIR): data are copied there",
       bf_read_text, &line->stage},
      {"--lenient", NULL, "unknown keys of the job are warnings", bf_read_switch, &over->lenient},
      {"--dry-run", NULL, "print the plan and an estimate of its time", bf_read_switch,
       &line->is_dry},
      {"--json", NULL, "print study.json instead of tables", bf_read_switch,
       &line->request.wants_json},
      {"--progress", "STYLE", "auto, bar, lines or none (auto)", bf_read_text, &line->progress},
  };
  enum { N_OWN = sizeof own / sizeof *own };
  bf_option options[N_OWN + BF_MAX_TOOL_FLAGS];
  size_t n_options = bf_tool_flags_join(&over->tool, N_OWN, own, options);
  const bf_usage usage = {"search", "[JOB.toml] --data DIR --out DIR [options]", description,
                          n_options, options};
  BF_TRY(bf_options_read(&usage, call->n, call->arguments, &arguments));
  *wants_help = arguments.wants_help;
  status = arguments.wants_help ? bf_usage_show(&usage) : check(&usage, &arguments, line);
done:
  return status;
}

static bf_status read_job(command_line *line, bf_job **job)
{
  const bf_record *record = line->request.record;
  const bf_toml *data = record != NULL ? bf_toml_get(record->job, "data") : NULL;
  if (data != NULL)
    line->overrides.data_before = data->string;
  if (line->job == NULL)
    return bf_job_reread(line->request.record, &line->overrides, job);
  bf_status status = bf_job_read(line->job, &line->overrides, job);
  /* Before what the other job lacks is asked for. */
  return status == BF_OK && record != NULL ? bf_study_check_job(*job, record) : status;
}

/* A study goes on with the kernels it began with, where the CPU has them. */
static bf_isa isa_of(const bf_record *record)
{
  bf_isa isa = BF_N_ISAS - 1;
  if (record != NULL)
    bf_isa_find(record->sessions[0].isa, &isa);
  return isa;
}

/* Rank 0 alone reads the command line and the job; the others hear of the outcome. */
static bf_status prepare(bf_call *call, command_line *line, bf_job **job, intent *next)
{
  bf_status status = BF_OK;
  bool wants_help = false;
  if (bf_session_rank(call->session) == 0) {
    status = read_line(call, line, &wants_help);
    if (status == BF_OK && !wants_help)
      status = read_job(line, job);
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

/* The Python tool makes the folder around a project's; nothing is made before all is checked. */
static bf_status make_parent(bf_session *session, const command_line *line)
{
  bf_status status = line->parent != NULL ? bf_folder_create(line->parent) : BF_OK;
  return bf_session_agree(session, status);
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
  const bf_setup_wish wish = {.most = isa_of(line.request.record),
                              .stage = next == INTENT_SEARCH ? line.stage : NULL};
  status = bf_setup_create(call->session, job, &wish, &setup);
  job = NULL;
  BF_TRY(status);
  if (next == INTENT_SEARCH)
    BF_TRY(make_parent(call->session, &line));
  if (next == INTENT_SEARCH)
    status = bf_search_command_run(call, &setup, is_first ? &line.request : NULL);
  else if (is_first)
    status = show_plan(call, &setup);
done:
  bf_setup_release(&setup);
  bf_job_free(job);
  bf_record_free(line.request.record);
  free(line.folder);
  bf_list_release(&line.overrides.sets);
  return status;
}
