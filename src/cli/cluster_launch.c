/* Starting mpirun for `bitfront bench cluster`.
 * Room: cli. */
#include "cli/cluster_launch.h"

#include "base/file.h"
#include "base/memory.h"
#include "cli/program.h"
#include "cluster/launcher.h"

/* Of nine searches with each of sixteen samplers. */
enum { MOST_CASES = 144 };

/** The command line of the ranks. */
typedef struct command {
  char program[4096];
  size_t n;
  const char *arguments[2 * MOST_CASES + 8];
  char cases[MOST_CASES][64];
} command;

static void add(command *line, const char *text)
{
  line->arguments[line->n++] = text;
}

static bf_status make_command(const char *folder, const char *file, size_t n_cases,
                              const bf_timed_case *cases, command *line)
{
  bf_status status = BF_OK;
  BF_ASSERT(n_cases <= MOST_CASES);
  BF_TRY(bf_program_find(line->program, sizeof line->program));
  add(line, "bench");
  add(line, "cluster");
  add(line, "--measure");
  add(line, file);
  add(line, "--in");
  add(line, folder);
  for (size_t i = 0; i < n_cases; i++) {
    snprintf(line->cases[i], sizeof line->cases[i], "%s:%g:%zu", cases[i].sampler,
             cases[i].trial_ms, cases[i].n_trials);
    add(line, "--case");
    add(line, line->cases[i]);
  }
done:
  return status;
}

/* The rank that fails says why on standard error itself. */
static bf_status launch(const command *line, size_t n_ranks)
{
  bf_status status = BF_OK;
  bf_text why = {0};
  int exit_code = 0;
  const bf_launch launch = {.program = line->program,
                            .n_arguments = line->n,
                            .arguments = line->arguments,
                            .n_ranks = n_ranks,
                            .start_timeout_s = 120,
                            .stall_s = 60};
  BF_TRY(bf_launch_run(&launch, &exit_code, &why));
  BF_CHECK(exit_code == 0, BF_ERR_MPI, "mpirun on %zu ranks ended with exit code %d%s%s", n_ranks,
           exit_code, why.length > 0 ? ": " : "", bf_text_view(&why));
done:
  bf_text_release(&why);
  return status;
}

static bf_status read_timing(const char *path, bf_timing *out)
{
  bf_status status = BF_OK;
  bf_text text = {0};
  bf_json *json = NULL;
  BF_TRY(bf_file_read(path, &text));
  BF_TRY(bf_json_parse(bf_text_view(&text), path, &json));
  BF_TRY(bf_timing_read(json, out));
done:
  bf_json_free(json);
  bf_text_release(&text);
  return status;
}

static const struct {
  const char *name;
  const char *value;
} tcp[] = {
    {"OMPI_MCA_pml", "ob1"}, {"OMPI_MCA_btl", "self,tcp"}, {"OMPI_MCA_btl_tcp_if_include", "lo"}};
enum { N_TCP = sizeof tcp / sizeof *tcp };

/* What was set is lost: it is only asked for by ranks that talk through TCP next. */
static bf_status launch_over_tcp(const command *line, size_t n_ranks)
{
  for (size_t i = 0; i < N_TCP; i++)
    setenv(tcp[i].name, tcp[i].value, 1);
  bf_status status = launch(line, n_ranks);
  for (size_t i = 0; i < N_TCP; i++)
    unsetenv(tcp[i].name);
  return status;
}

bf_status bf_timing_launch(bf_session *session, const char *folder, size_t n_ranks, bool over_tcp,
                           size_t n_cases, const bf_timed_case *cases, bf_timing *out)
{
  bf_status status = BF_OK;
  command *line = NULL;
  char *path = NULL;
  if (n_ranks == 1)
    return bf_timing_take(session, folder, n_cases, cases, out);
  line = bf_alloc(1, sizeof *line);
  path = bf_path_join(folder, "timing.json");
  BF_CHECK(line != NULL && path != NULL, BF_ERR_NOMEM, "out of memory (a command line)");
  BF_TRY(make_command(folder, path, n_cases, cases, line));
  status = over_tcp ? launch_over_tcp(line, n_ranks) : launch(line, n_ranks);
  BF_TRY(status);
  BF_TRY(read_timing(path, out));
done:
  free(line);
  free(path);
  return status;
}
