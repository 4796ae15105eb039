/* Where the ranks are, in words.
 * Room: cluster. */
#include "cluster/placement.h"

#include <math.h>

/* More kinds of hosts would be a table, not a line. */
enum { MOST_KINDS = 3 };

static const char *plural(int n)
{
  return n == 1 ? "" : "s";
}

static bool is_alike(const bf_host_use *a, const bf_host_use *b)
{
  return a->n_workers == b->n_workers && a->n_cpus == b->n_cpus && a->n_cores == b->n_cores &&
         a->n_machine == b->n_machine && (a->n_bound > 0) == (b->n_bound > 0) &&
         a->limit == b->limit;
}

/* Whether a host before this one is of its kind. */
static bool is_told(const bf_placement *placement, int host)
{
  for (int k = 0; k < host; k++)
    if (is_alike(&placement->hosts[k], &placement->hosts[host]))
      return true;
  return false;
}

static int count_alike(const bf_placement *placement, int host)
{
  int n = 0;
  for (int k = host; k < placement->n_hosts; k++)
    n += is_alike(&placement->hosts[k], &placement->hosts[host]);
  return n;
}

static void print_cpus(const bf_host_use *use, bf_text *text)
{
  if (use->n_cores == use->n_cpus && use->n_cpus < use->n_machine)
    bf_text_printf(text, "%d of %d cores", use->n_cpus, use->n_machine);
  else if (use->n_cores == use->n_cpus)
    bf_text_printf(text, "%d core%s", use->n_cpus, plural(use->n_cpus));
  else if (use->n_cpus < use->n_machine)
    bf_text_printf(text, "%d of %d CPUs (%d core%s)", use->n_cpus, use->n_machine, use->n_cores,
                   plural(use->n_cores));
  else
    bf_text_printf(text, "%d CPUs (%d core%s)", use->n_cpus, use->n_cores, plural(use->n_cores));
}

static void print_kind(const bf_placement *placement, int host, bf_text *text)
{
  const bf_host_use *use = &placement->hosts[host];
  int n = count_alike(placement, host);
  if (n > 1)
    bf_text_printf(text, "%d hosts: ", n);
  else if (placement->n_hosts > 1)
    bf_text_printf(text, "host %s: ", use->host);
  bf_text_printf(text, "%d worker%s on ", use->n_workers, plural(use->n_workers));
  print_cpus(use, text);
  if (n > 1)
    bf_text_append(text, " each");
  if (use->limit > 0 && use->limit < use->n_cpus)
    bf_text_printf(text, " (CPU time of %.3g)", use->limit);
  bf_text_append(text, use->n_bound == use->n_workers ? ", bound"
                       : use->n_bound > 0             ? ", some bound"
                                                      : ", not bound");
}

void bf_placement_print(const bf_placement *placement, bf_text *text)
{
  int n_kinds = 0;
  int n_hosts = 0;
  for (int host = 0; host < placement->n_hosts; host++) {
    if (is_told(placement, host) || ++n_kinds > MOST_KINDS)
      continue;
    bf_text_append(text, n_kinds > 1 ? "; " : "");
    print_kind(placement, host, text);
    n_hosts += count_alike(placement, host);
  }
  if (n_hosts < placement->n_hosts)
    bf_text_printf(text, "; %d hosts of other kinds", placement->n_hosts - n_hosts);
}

/* Complaints. */

static bool has_bound_crowd(const bf_host_use *use, int n_threads)
{
  (void)n_threads;
  return use->n_crowded > 0 && use->n_crowded_cpus < use->n_machine;
}

static bool has_crowd(const bf_host_use *use, int n_threads)
{
  return use->n_crowded > 0 && !has_bound_crowd(use, n_threads);
}

/* A part of a CPU is enough for a worker that is a little slower than others. */
static bool lacks_time(const bf_host_use *use, int n_threads)
{
  (void)n_threads;
  return use->n_crowded == 0 && use->limit > 0 && use->n_workers > ceil(use->limit);
}

static bool has_thread_crowd(const bf_host_use *use, int n_threads)
{
  return n_threads > 1 && use->n_workers * n_threads > use->n_cpus;
}

static int most_ranks(const bf_host_use *use, int n_cpus)
{
  return use->is_first ? n_cpus + 1 : n_cpus;
}

static void tell_bound_crowd(const bf_host_use *use, int n_threads, bf_text *what, bf_text *advice)
{
  (void)n_threads;
  bf_text_printf(what, "%d workers (rank %d and on) on host '%s' are bound to the same %d of %d %s",
                 use->n_crowded, use->crowded_rank, use->host, use->n_crowded_cpus, use->n_machine,
                 use->n_cores == use->n_cpus ? "cores" : "CPUs");
  bf_text_append(advice, "let mpirun bind nothing (mpirun --bind-to none, or . jobs/mpi_env.sh; "
                         "bitfront run does), or ask SLURM for a CPU a task");
}

static void tell_crowd(const bf_host_use *use, int n_threads, bf_text *what, bf_text *advice)
{
  (void)n_threads;
  bf_text_printf(what, "%d workers on host '%s' share ", use->n_workers, use->host);
  print_cpus(use, what);
  bf_text_printf(advice, "start at most %d rank%s there (-n, or slots=%d in the hostfile)",
                 most_ranks(use, use->n_cpus), plural(most_ranks(use, use->n_cpus)),
                 most_ranks(use, use->n_cpus));
}

static void tell_limit(const bf_host_use *use, int n_threads, bf_text *what, bf_text *advice)
{
  (void)n_threads;
  int n = (int)ceil(use->limit);
  bf_text_printf(what,
                 "%d workers on host '%s' share the CPU time of %.3g core%s, the limit of "
                 "their control group",
                 use->n_workers, use->host, use->limit, use->limit == 1 ? "" : "s");
  bf_text_printf(advice,
                 "start at most %d ranks there, or raise the limit (docker run --cpus, "
                 "cpu.max)",
                 most_ranks(use, n));
}

static void tell_threads(const bf_host_use *use, int n_threads, bf_text *what, bf_text *advice)
{
  bf_text_printf(what, "%d worker%s x %d BLIS threads on host '%s' share ", use->n_workers,
                 plural(use->n_workers), n_threads, use->host);
  print_cpus(use, what);
  bf_text_append(advice, "unset BLIS_JC_NT, BLIS_PC_NT, BLIS_IC_NT, BLIS_JR_NT and BLIS_IR_NT: a "
                         "worker wants one thread");
}

static const struct {
  bool (*holds)(const bf_host_use *use, int n_threads);
  void (*tell)(const bf_host_use *use, int n_threads, bf_text *what, bf_text *advice);
} crowds[BF_N_CROWDS] = {
    [BF_CROWD_BOUND] = {has_bound_crowd, tell_bound_crowd},
    [BF_CROWD_CPUS] = {has_crowd, tell_crowd},
    [BF_CROWD_LIMIT] = {lacks_time, tell_limit},
    [BF_CROWD_THREADS] = {has_thread_crowd, tell_threads},
};

bool bf_placement_complain(const bf_placement *placement, bf_crowd crowd, int n_threads,
                           bf_text *what, bf_text *advice)
{
  const bf_host_use *first = NULL;
  int n = 0;
  for (int host = placement->n_hosts - 1; host >= 0; host--)
    if (crowds[crowd].holds(&placement->hosts[host], n_threads)) {
      first = &placement->hosts[host];
      n++;
    }
  if (n == 0)
    return false;
  crowds[crowd].tell(first, n_threads, what, advice);
  if (n > 1)
    bf_text_printf(what, ", and so for %d other host%s", n - 1, plural(n - 1));
  return true;
}
