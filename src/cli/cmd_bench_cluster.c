/* bitfront bench cluster: how many workers one rank 0 can keep busy.
 * Room: cli. */
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/median.h"
#include "base/memory.h"
#include "cli/cluster_launch.h"
#include "cli/cluster_real.h"
#include "cli/cluster_scale.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/output.h"
#include "search/sampler.h"

typedef struct request {
  bool simulates;
  bool is_quick;
  bool wants_json;
  bf_list samplers;
  const char *measure; /* of the ranks that this program starts: where their answer goes */
  const char *folder;  /* and their journals */
  bf_list cases;
  size_t n_samplers;
  const char *names[BF_COST_SAMPLERS];
} request;

static const bf_cost_grid full_grid = {
    .n_told = 4, .told = {10, 100, 1000, 10000}, .n_open = 4, .open = {4, 64, 512, 8192}};
static const bf_cost_grid quick_grid = {
    .n_told = 2, .told = {10, 300}, .n_open = 2, .open = {4, 64}};
/* A worker's time between two trials is seen where it never waits for its next one. */
static const bf_timed_case calm = {.sampler = "random", .trial_ms = 20, .n_trials = 200};
enum { N_MESSAGE_RANKS = 8, N_QUICK_MESSAGE_RANKS = 4 };
static const double spread = 0.2;

static const char *const usual[] = {"random", "qmc", "nsgaii", "tpe", "gp"};
static const char *const usual_real[] = {"random", "tpe", "gp"};
static const char *const usual_quick[] = {"random", "tpe"};

static void choose(request *asked, size_t n, const char *const *names)
{
  asked->n_samplers = n;
  memcpy(asked->names, names, n * sizeof *names);
}

static bf_status choose_samplers(request *asked)
{
  bf_status status = BF_OK;
  BF_CHECK(asked->samplers.n <= BF_COST_SAMPLERS, BF_ERR_USAGE,
           "option '--sampler' is given %zu times, expected at most %d", asked->samplers.n,
           BF_COST_SAMPLERS);
  for (size_t i = 0; i < asked->samplers.n; i++) {
    const char *name = bf_sampler_canonical(asked->samplers.items[i]);
    BF_CHECK(name != NULL, BF_ERR_USAGE, "unknown sampler '%s'", asked->samplers.items[i]);
    asked->names[asked->n_samplers++] = name;
  }
  if (asked->n_samplers > 0)
    goto done;
  if (asked->is_quick)
    choose(asked, sizeof usual_quick / sizeof *usual_quick, usual_quick);
  else if (asked->simulates)
    choose(asked, sizeof usual / sizeof *usual, usual);
  else
    choose(asked, sizeof usual_real / sizeof *usual_real, usual_real);
done:
  return status;
}

/* On ranks that were started to measure. */
static bf_status measure(bf_session *session, const request *asked)
{
  bf_status status = BF_OK;
  bool is_first = bf_session_rank(session) == 0;
  bf_timing timing = {0};
  bf_json *json = NULL;
  bf_timed_case *cases = bf_alloc(asked->cases.n, sizeof *cases);
  if (cases == NULL)
    status = bf_fail(BF_ERR_NOMEM, "out of memory (%zu cases)", asked->cases.n);
  for (size_t i = 0; status == BF_OK && i < asked->cases.n; i++)
    status = bf_timed_case_read(asked->cases.items[i], &cases[i]);
  BF_TRY(bf_session_agree(session, status));
  BF_TRY(bf_timing_take(session, is_first ? asked->folder : NULL, asked->cases.n, cases, &timing));
  if (is_first) {
    json = bf_timing_json(&timing);
    status = bf_json_write(json, asked->measure);
  }
  BF_TRY(bf_session_agree(session, status));
done:
  bf_json_free(json);
  bf_timing_release(&timing);
  free(cases);
  return status;
}

/* By how much a nap is longer than it should be: the kernel rounds, and wakes up in its time. */
static double measure_nap(void)
{
  enum { N_NAPS = 100 };
  static const double nap_s = 100e-6;
  double late_s[N_NAPS];
  for (size_t i = 0; i < N_NAPS; i++) {
    double start_s = bf_clock_s();
    bf_sleep(nap_s);
    late_s[i] = bf_clock_s() - start_s - nap_s;
  }
  double median_s = bf_median(N_NAPS, late_s);
  return median_s > 0 ? median_s : 0;
}

static bf_status compare(bf_session *session, const request *asked, const char *folder,
                         const bf_costs *costs)
{
  bf_status status = BF_OK;
  bf_text text = {0};
  bf_real *real = bf_alloc(1, sizeof *real);
  BF_CHECK_MEMORY(real);
  BF_TRY(
      bf_real_run(session, folder, asked->is_quick, asked->n_samplers, costs, measure_nap(), real));
  if (asked->wants_json) {
    status = bf_output_print_json(bf_real_json(real));
    goto done;
  }
  BF_TRY(bf_real_print(real, &text));
  BF_TRY(bf_output_print(&text));
done:
  free(real);
  bf_text_release(&text);
  return status;
}

static bf_status measure_messages(bf_session *session, const request *asked, const char *folder,
                                  bf_scale_costs *out)
{
  bf_status status = BF_OK;
  size_t n_ranks = asked->is_quick ? N_QUICK_MESSAGE_RANKS : N_MESSAGE_RANKS;
  bf_timing shared = {0};
  bf_timing tcp = {0};
  BF_TRY(bf_timing_launch(session, folder, n_ranks, false, 1, &calm, &shared));
  BF_TRY(bf_timing_launch(session, folder, n_ranks, true, 0, NULL, &tcp));
  out->message_s = shared.message_s;
  out->tcp_message_s = tcp.message_s;
  out->bundled_s = tcp.bundled_s;
  out->worker_s = shared.runs[0].gap_s;
done:
  bf_timing_release(&shared);
  bf_timing_release(&tcp);
  return status;
}

static bf_status project(bf_session *session, const request *asked, const char *folder,
                         const bf_costs *costs)
{
  bf_status status = BF_OK;
  bf_text text = {0};
  bf_scale *scale = NULL;
  bf_scale_costs all = {.n_samplers = asked->n_samplers,
                        .costs = costs,
                        .nap_late_s = measure_nap(),
                        .spread = spread};
  BF_TRY(measure_messages(session, asked, folder, &all));
  BF_TRY(bf_scale_run(&all, &scale));
  if (asked->wants_json) {
    status = bf_output_print_json(bf_scale_json(scale));
    goto done;
  }
  BF_TRY(bf_scale_print(scale, &text));
  BF_TRY(bf_output_print(&text));
done:
  bf_scale_free(scale);
  bf_text_release(&text);
  return status;
}

/* $TMPDIR/bitfront-bench-<six letters> */
static bf_status make_folder(char **out)
{
  bf_status status = BF_OK;
  const char *parent = getenv("TMPDIR");
  char *path =
      bf_path_join(parent != NULL && parent[0] != '\0' ? parent : "/tmp", "bitfront-bench-XXXXXX");
  BF_CHECK_MEMORY(path);
  BF_CHECK(mkdtemp(path) != NULL, BF_ERR_IO, "cannot make a folder '%s'", path);
  *out = path;
  path = NULL;
done:
  free(path);
  return status;
}

static bf_status run(bf_session *session, const request *asked)
{
  bf_status status = BF_OK;
  char *folder = NULL;
  bf_costs *costs = bf_alloc(asked->n_samplers, sizeof *costs);
  BF_CHECK_MEMORY(costs);
  BF_TRY(make_folder(&folder));
  BF_TRY(bf_costs_measure(folder, asked->is_quick ? &quick_grid : &full_grid, asked->n_samplers,
                          asked->names, costs));
  status = asked->simulates ? project(session, asked, folder, costs)
                            : compare(session, asked, folder, costs);
done:
  if (folder != NULL)
    bf_folder_remove(folder);
  free(folder);
  free(costs);
  return status;
}

static const char description[] =
    "Measures what a trial costs rank 0: asking, accepting and writing it down, and its\n"
    "messages. Then runs searches of trials that sleep, on 1 to 16 ranks of this machine,\n"
    "and prints how busy their workers were beside what a simulation with these costs\n"
    "says. With --simulate it prints what the simulation says of 16 to 4,096 workers, and\n"
    "where one rank 0 cannot keep more of them busy. Starts mpirun itself.\n";

static bf_status serve(bf_call *call, request *asked, size_t n_arguments)
{
  bf_status status = BF_OK;
  if (asked->measure != NULL)
    return measure(call->session, asked);
  BF_CHECK(bf_session_size(call->session) == 1 && getenv("OMPI_COMM_WORLD_SIZE") == NULL,
           BF_ERR_USAGE, "'bench cluster' starts mpirun itself: call it without");
  BF_CHECK(n_arguments == 0, BF_ERR_USAGE, "'bench cluster' takes no arguments");
  BF_CHECK(asked->cases.n == 0, BF_ERR_USAGE, "option '--case' goes with --measure");
  BF_TRY(choose_samplers(asked));
  BF_TRY(run(call->session, asked));
done:
  return status;
}

bf_status bf_cmd_bench_cluster(bf_call *call)
{
  bf_status status = BF_OK;
  bf_arguments arguments;
  request asked = {.folder = "."};
  const bf_option options[] = {
      {"--simulate", NULL, "16 to 4,096 workers, simulated", bf_read_switch, &asked.simulates},
      {"--sampler", "NAME", "may be repeated (random, qmc, nsgaii, tpe, gp)", bf_read_list,
       &asked.samplers},
      {"--quick", NULL, "fewer ranks and shorter studies, in a few seconds", bf_read_switch,
       &asked.is_quick},
      {"--json", NULL, "print JSON", bf_read_switch, &asked.wants_json},
      {"--measure", "FILE", "on ranks of mpirun: write what they measure as JSON", bf_read_text,
       &asked.measure},
      {"--in", "DIR", "with --measure: where rank 0 may keep journals (.)", bf_read_text,
       &asked.folder},
      {"--case", "SAMPLER:MS:TRIALS", "with --measure: a search to run; may be repeated",
       bf_read_list, &asked.cases},
  };
  const bf_usage usage = {"bench cluster", "[--simulate] [options]", description,
                          sizeof options / sizeof *options, options};
  BF_TRY(bf_options_read(&usage, call->n, call->arguments, &arguments));
  if (!arguments.wants_help)
    status = serve(call, &asked, arguments.n);
  else if (bf_session_rank(call->session) == 0)
    status = bf_usage_show(&usage);
done:
  bf_list_release(&asked.samplers);
  bf_list_release(&asked.cases);
  return status;
}
