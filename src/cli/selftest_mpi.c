/* Checks of MPI: that it runs, messages, the shared window, where ranks run.
 * Room: cli. */
#include <math.h>

#include "base/isa.h"
#include "cli/selftest.h"
#include "cluster/placement.h"
#include "cluster/probe.h"
#include "nn/kernels_check.h"

/* A worker gets one or two trials in advance, so that exchanges up to this cost nothing. */
static const double slow_exchange_s = 0.01;
enum { WINDOW_BYTES = 4 << 20 };

void bf_check_mpi(const bf_selftest *test, bf_diagnosis *out)
{
  char version[64];
  if (bf_session_rank(test->session) != 0)
    return;
  out->is_of_all = true;
  /* "Open MPI v4.1.4, package: ..., ident: ..." */
  snprintf(version, sizeof version, "%s", bf_mpi_version());
  version[strcspn(version, ",")] = '\0';
  int n_ranks = bf_session_size(test->session);
  int n_hosts = bf_session_n_nodes(test->session);
  bf_diagnosis_ok(out, 0, "%s, %d rank%s on %d host%s", version, n_ranks, n_ranks == 1 ? "" : "s",
                  n_hosts, n_hosts == 1 ? "" : "s");
}

void bf_check_messages(const bf_selftest *test, bf_diagnosis *out)
{
  static const char slow[] = "choose the network: OMPI_MCA_btl=self,vader on one host, "
                             "OMPI_MCA_btl_tcp_if_include=NETWORK between hosts (docs/cluster.md)";
  bf_message_probe probe = {.spoilt_rank = -1};
  bf_status status = bf_probe_messages(test->session, &probe);
  if (bf_session_rank(test->session) != 0)
    return;
  out->is_of_all = true;
  double us = 1e6 * probe.round_trip_s;
  double ms = 1e3 * probe.megabyte_s;
  if (status != BF_OK)
    bf_diagnosis_fail(out, slow, "%s", bf_trail());
  else if (probe.n_peers == 0)
    bf_diagnosis_ok(out, 0, "one rank, nobody to talk to");
  else if (probe.spoilt_rank >= 0)
    bf_diagnosis_fail(out, "try another network (OMPI_MCA_btl=self,tcp) and tell who runs it",
                      "messages of rank %d on %s come back changed", probe.spoilt_rank,
                      bf_session_host(test->session, probe.spoilt_rank));
  else if (probe.round_trip_s > slow_exchange_s)
    bf_diagnosis_warn(out, slow, "%.0f us there and back with rank %d on %s, %.1f ms for 1 MB", us,
                      probe.slow_rank, bf_session_host(test->session, probe.slow_rank), ms);
  else
    bf_diagnosis_ok(out, 0, "%.0f us there and back, %.1f ms for 1 MB, the slowest of %d rank%s",
                    us, ms, probe.n_peers, probe.n_peers == 1 ? "" : "s");
}

void bf_check_window(const bf_selftest *test, bf_diagnosis *out)
{
  bf_window_probe probe = {0};
  bf_status status = bf_probe_window(test->session, WINDOW_BYTES, &probe);
  if (status != BF_OK) {
    bf_diagnosis_fail(out, "try OMPI_MCA_osc=sm, and a local OMPI_MCA_osc_sm_backing_directory",
                      "%s", bf_trail());
    return;
  }
  double mb = probe.n_free / 1e6;
  if (!probe.has_room)
    bf_diagnosis_warn(out,
                      "enlarge it (docker run --shm-size=1g; mount -o remount,size=1g /dev/shm): "
                      "until then every rank keeps its own copy of the data",
                      "'%s' has %.2f MB free, a data set takes 4 MB and more", probe.folder, mb);
  else if (probe.n_wrong > 0)
    bf_diagnosis_fail(out, "set OMPI_MCA_osc_sm_backing_directory to a folder of this host's own",
                      "ranks of a host do not see what others wrote (%zu bytes)", probe.n_wrong);
  else
    bf_diagnosis_ok(out, -mb, "%d MB seen by all %d rank%s of a host, %.0f MB free in %s",
                    WINDOW_BYTES >> 20, probe.n_readers, probe.n_readers == 1 ? "" : "s", mb,
                    probe.folder);
}

/* What BLIS does is of no interest where it cannot be started. */
static int count_threads(void)
{
  bf_isa isa;
  return bf_isa_detect(&isa) == BF_OK ? bf_blis_n_threads(isa) : 1;
}

static void judge_placement(const bf_placement *placement, bf_diagnosis *out)
{
  bf_text what = {0};
  bf_text advice = {0};
  for (bf_crowd crowd = BF_CROWD_BOUND; crowd < BF_CROWD_THREADS; crowd++)
    if (bf_placement_complain(placement, crowd, 1, &what, &advice))
      break;
  if (what.length > 0) {
    bf_diagnosis_warn(out, bf_text_view(&advice), "%s", bf_text_view(&what));
  } else {
    bf_placement_print(placement, &what);
    bf_diagnosis_ok(out, 0, "%s", bf_text_view(&what));
  }
  bf_text_release(&what);
  bf_text_release(&advice);
}

void bf_check_cores(const bf_selftest *test, bf_diagnosis *out)
{
  bf_placement placement = {0};
  bf_status status = bf_placement_gather(test->session, &placement);
  if (bf_session_rank(test->session) != 0)
    return;
  out->is_of_all = true;
  if (status != BF_OK)
    bf_diagnosis_warn(out, "the search runs all the same; it cannot say where", "%s", bf_trail());
  else
    judge_placement(&placement, out);
  bf_placement_release(&placement);
}

void bf_check_threads(const bf_selftest *test, bf_diagnosis *out)
{
  (void)test;
  int n = count_threads();
  if (n > 1)
    bf_diagnosis_warn(
        out,
        "unset BLIS_JC_NT, BLIS_PC_NT, BLIS_IC_NT, BLIS_JR_NT and BLIS_IR_NT: a worker "
        "wants one thread",
        "a worker computes with %d BLIS threads", n);
  else
    bf_diagnosis_ok(out, 0, "a worker computes with one thread");
}

void bf_check_dates(const bf_selftest *test, bf_diagnosis *out)
{
  /* 'bitfront status' of another host takes a search for lost after 30 s. */
  static const double most_s = 1;
  bf_message_probe probe = {.spoilt_rank = -1};
  bf_status status = bf_probe_messages(test->session, &probe);
  if (bf_session_rank(test->session) != 0 || status != BF_OK || probe.n_peers == 0)
    return;
  out->is_of_all = true;
  const char *host = bf_session_host(test->session, probe.clock_rank);
  if (fabs(probe.clock_offset_s) - probe.clock_error_s > most_s)
    bf_diagnosis_warn(out, "let chrony or ntpd set the clocks of all hosts",
                      "the clock of %s differs by %.3g s from rank 0's", host,
                      probe.clock_offset_s);
  else
    bf_diagnosis_ok(out, 0, "within %.2g ms of each other",
                    1e3 * (fabs(probe.clock_offset_s) + probe.clock_error_s));
}
