/* The check of mpirun: a selftest on some ranks, started as 'bitfront run' starts a search.
 * Room: cli. */
#include <math.h>
#include <unistd.h>

#include "cli/program.h"
#include "cli/selftest.h"
#include "cluster/cores.h"
#include "cluster/probe.h"

enum { MOST_RANKS = 3 };
/* On a machine that is busy with other things all takes longer: so much is given up to. */
static const double limit_s = 7;
static const double most_limit_s = 25;

static const char how_to_start[] =
    "install Open MPI's mpirun (Debian: openmpi-bin) or load its module, so that it is in PATH";
static const char how_to_run[] =
    "try 'mpirun -n 2 hostname'; as root set OMPI_ALLOW_RUN_AS_ROOT=1 and _CONFIRM=1; mpirun must "
    "be of the library that bitfront is linked with (bitfront --version)";
static const char how_to_wait[] =
    "on several hosts unset OMPI_MCA_btl (jobs/mpi_env.sh sets it for one) and name a network that "
    "works in OMPI_MCA_btl_tcp_if_include and OMPI_MCA_oob_tcp_if_include; see whether "
    "'mpirun -n 2 hostname' ends";

/* A coordinator and two workers, but no more workers than CPUs. */
static size_t choose_ranks(void)
{
  bf_cpu_set cpus;
  bool is_small = bf_cores_allowed(&cpus) == BF_OK && bf_cpu_set_count(&cpus) + 1 < MOST_RANKS;
  return is_small ? (size_t)bf_cpu_set_count(&cpus) + 1 : MOST_RANKS;
}

/* In a SLURM job with several slots all of them, so that every host is looked at. */
static bool takes_all_slots(void)
{
  const char *n_tasks = getenv("SLURM_NTASKS");
  return getenv("SLURM_JOB_ID") != NULL && (n_tasks == NULL || strtol(n_tasks, NULL, 10) > 1);
}

static double choose_limit(void)
{
  char line[64] = "0";
  long n_cpus = sysconf(_SC_NPROCESSORS_ONLN);
  FILE *file = fopen("/proc/loadavg", "r");
  if (file != NULL) {
    if (fgets(line, sizeof line, file) == NULL)
      line[0] = '\0';
    fclose(file);
  }
  double busy = n_cpus > 0 ? strtod(line, NULL) / (double)n_cpus : 0;
  return fmin(limit_s * fmax(1, busy), most_limit_s);
}

/* mpirun frames what it says in dashes and empty lines. */
static void first_words(const bf_text *complaint, char *line, size_t n_bytes)
{
  const char *at = bf_text_view(complaint);
  at += strspn(at, "- \n\r\t");
  snprintf(line, n_bytes, "%.*s", (int)strcspn(at, "\n"), at);
}

static void judge(const bf_launch_probe *probe, double given_s, int n_found, bf_diagnosis *out)
{
  char words[160];
  first_words(&probe->complaint, words, sizeof words);
  const char *separator = words[0] != '\0' ? ": " : "";
  if (!probe->has_ended)
    bf_diagnosis_fail(out, how_to_wait, "ranks of mpirun did not end within %.0f s%s%s", given_s,
                      separator, words);
  else if (n_found == 0)
    bf_diagnosis_fail(out, how_to_run, "mpirun started no rank that worked%s%s", separator, words);
  else if (n_found == 1)
    bf_diagnosis_fail(out, how_to_run, "mpirun started processes that do not find each other");
  else
    bf_diagnosis_ok(out, 0, "mpirun: %d ranks started, checked and ended in %.1f s", n_found,
                    probe->seconds);
}

/* What rank 0 printed; nothing, if it came to nothing. */
static bf_json *find_report(const bf_launch_probe *probe)
{
  bf_json *json = NULL;
  const char *start = strchr(bf_text_view(&probe->printed), '{');
  if (start == NULL || bf_json_parse(start, "selftest", &json) != BF_OK)
    return NULL;
  return json;
}

bf_status bf_selftest_launch(const bf_selftest *test, bf_report *report, bool *has_run)
{
  char program[4096];
  const char *const arguments[] = {"selftest", "--json", "--dir", test->folder};
  bf_launch launch = {.program = program,
                      .n_arguments = sizeof arguments / sizeof *arguments,
                      .arguments = arguments,
                      .n_ranks = takes_all_slots() ? 0 : choose_ranks()};
  double given_s = choose_limit();
  bf_launch_probe probe = {0};
  bf_diagnosis diagnosis = {0};
  bf_json *found = NULL;
  bf_status status = bf_program_find(program, sizeof program);
  if (status == BF_OK)
    status = bf_probe_mpirun(&launch, given_s, &probe);
  if (status != BF_OK) {
    bf_diagnosis_fail(&diagnosis, how_to_start, "%s", bf_trail());
  } else {
    found = find_report(&probe);
    judge(&probe, given_s, (int)bf_json_int64(bf_json_get(found, "ranks")), &diagnosis);
  }
  bf_report_add(report, "launcher", &diagnosis);
  *has_run = found != NULL && diagnosis.health == (int32_t)BF_HEALTH_OK;
  status = *has_run ? bf_report_read(found, report) : BF_OK;
  bf_json_free(found);
  bf_launch_probe_release(&probe);
  return status;
}
