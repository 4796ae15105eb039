/* Where ranks are: made-up hosts and bindings, what is said of them, and what is complained of.
 * Room: tests. */
#include "unit.h"

#include "cluster/placement.h"
#include "cluster/world.h"

enum { MOST = 16 };

/** Some ranks. */
typedef struct world {
  bf_session session;
  bf_peer peers[MOST];
  bf_seat seats[MOST];
  bf_placement placement;
  bf_text what;
  bf_text advice;
} world;

/* Adds a rank that may run on n CPUs from the first one on. */
static void add(world *w, int node, unsigned first, unsigned n)
{
  int rank = w->session.size++;
  bf_peer *peer = &w->peers[rank];
  int leader = rank;
  for (int other = rank - 1; other >= 0; other--)
    leader = w->peers[other].node == node ? w->peers[other].leader : leader;
  *peer = (bf_peer){.leader = leader, .node = node};
  snprintf(peer->host, sizeof peer->host, "n%d", node);
  w->seats[rank] = (bf_seat){0};
  for (unsigned cpu = first; cpu < first + n; cpu++)
    w->seats[rank].allowed.words[cpu / 64] |= UINT64_C(1) << (cpu % 64);
  w->session.n_nodes = node + 1 > w->session.n_nodes ? node + 1 : w->session.n_nodes;
}

static void machine(world *w, int node, int n_cpus, int n_cores)
{
  for (int rank = 0; rank < w->session.size; rank++)
    if (w->peers[rank].node == node && w->peers[rank].leader == rank)
      w->seats[rank].machine = (bf_cores){.n_cpus = n_cpus, .n_cores = n_cores};
}

static const char *said(world *w)
{
  w->session.peers = w->peers;
  bf_placement_release(&w->placement);
  assert_ok(bf_placement_of(&w->session, w->seats, &w->placement));
  bf_text_reset(&w->what);
  bf_placement_print(&w->placement, &w->what);
  return bf_text_view(&w->what);
}

/* The one complaint there is; "" without any. */
static const char *complaint(world *w, int n_threads)
{
  int n = 0;
  said(w);
  bf_text_reset(&w->what);
  bf_text_reset(&w->advice);
  for (bf_crowd crowd = BF_CROWD_BOUND; crowd < BF_N_CROWDS; crowd++)
    n += bf_placement_complain(&w->placement, crowd, n_threads, &w->what, &w->advice);
  assert_true(n <= 1);
  assert_int_equal(n > 0, w->advice.length > 0);
  return bf_text_view(&w->what);
}

static void end(world *w)
{
  bf_placement_release(&w->placement);
  bf_text_release(&w->what);
  bf_text_release(&w->advice);
}

static void placement_coordinator_needs_no_core(void **state)
{
  (void)state;
  world w = {0};
  for (int i = 0; i < 3; i++)
    add(&w, 0, 0, 2);
  machine(&w, 0, 2, 2);
  assert_string_equal(said(&w), "2 workers on 2 cores, not bound");
  assert_string_equal(complaint(&w, 1), "");
  end(&w);
}

static void placement_lone_process_is_a_worker(void **state)
{
  (void)state;
  world w = {0};
  add(&w, 0, 0, 1);
  assert_string_equal(said(&w), "1 worker on 1 core, not bound");
  assert_string_equal(complaint(&w, 1), "");
  end(&w);
}

static void placement_more_workers_than_cores_is_complained_of(void **state)
{
  (void)state;
  world w = {0};
  for (int i = 0; i < 4; i++)
    add(&w, 0, 0, 2);
  machine(&w, 0, 2, 2);
  assert_string_equal(complaint(&w, 1), "3 workers on host 'n0' share 2 cores");
  assert_non_null(strstr(bf_text_view(&w.advice), "at most 3 ranks"));
  end(&w);
}

static void placement_hardware_threads_count(void **state)
{
  (void)state;
  world w = {0};
  for (int i = 0; i < 5; i++)
    add(&w, 0, 0, 4);
  machine(&w, 0, 4, 2);
  assert_string_equal(said(&w), "4 workers on 4 CPUs (2 cores), not bound");
  assert_string_equal(complaint(&w, 1), "");
  end(&w);
}

static void placement_bound_one_each_is_fine(void **state)
{
  (void)state;
  world w = {0};
  add(&w, 0, 0, 1);
  add(&w, 0, 0, 1);
  add(&w, 0, 1, 1);
  add(&w, 0, 65, 1);
  machine(&w, 0, 3, 3);
  assert_string_equal(said(&w), "3 workers on 3 cores, bound");
  assert_string_equal(complaint(&w, 1), "");
  end(&w);
}

static void placement_same_core_is_complained_of(void **state)
{
  (void)state;
  world w = {0};
  add(&w, 0, 0, 1);
  add(&w, 0, 1, 1);
  add(&w, 0, 2, 1);
  add(&w, 0, 2, 1);
  add(&w, 0, 3, 1);
  machine(&w, 0, 4, 4);
  assert_string_equal(complaint(&w, 1),
                      "2 workers (rank 2 and on) on host 'n0' are bound to the same 1 of 4 cores");
  assert_non_null(strstr(bf_text_view(&w.advice), "--bind-to none"));
  end(&w);
}

/* All on the first core: nobody sees the other, but hwloc does. */
static void placement_all_on_one_core_is_binding(void **state)
{
  (void)state;
  world w = {0};
  for (int i = 0; i < 3; i++)
    add(&w, 0, 0, 1);
  machine(&w, 0, 2, 2);
  assert_string_equal(said(&w), "2 workers on 1 of 2 cores, bound");
  assert_string_equal(complaint(&w, 1),
                      "2 workers (rank 1 and on) on host 'n0' are bound to the same 1 of 2 cores");
  end(&w);
}

/* A socket each: within one, more workers than cores. */
static void placement_of_the_worst_share_is_told(void **state)
{
  (void)state;
  world w = {0};
  for (int i = 0; i < 4; i++)
    add(&w, 0, 0, 2);
  for (int i = 0; i < 5; i++)
    add(&w, 0, 2, 2);
  machine(&w, 0, 4, 4);
  assert_string_equal(complaint(&w, 1),
                      "5 workers (rank 4 and on) on host 'n0' are bound to the same 2 of 4 cores");
  end(&w);
}

/* Neither has too many of its own, but all three have two cores together. */
static void placement_share_within_a_share_counts(void **state)
{
  (void)state;
  world w = {0};
  add(&w, 0, 0, 4);
  add(&w, 0, 0, 1);
  add(&w, 0, 0, 2);
  add(&w, 0, 0, 2);
  machine(&w, 0, 4, 4);
  assert_string_equal(complaint(&w, 1),
                      "3 workers (rank 1 and on) on host 'n0' are bound to the same 2 of 4 cores");
  end(&w);
}

static void placement_limit_of_time_is_complained_of(void **state)
{
  (void)state;
  world w = {0};
  for (int i = 0; i < 4; i++) {
    add(&w, 0, 0, 8);
    w.seats[i].limit = 1.5;
  }
  machine(&w, 0, 8, 8);
  assert_string_equal(said(&w), "3 workers on 8 cores (CPU time of 1.5), not bound");
  assert_string_equal(complaint(&w, 1), "3 workers on host 'n0' share the CPU time of 1.5 cores, "
                                        "the limit of their control group");
  assert_non_null(strstr(bf_text_view(&w.advice), "at most 3 ranks"));
  for (int i = 0; i < 4; i++)
    w.seats[i].limit = 2.5;
  assert_string_equal(complaint(&w, 1), "");
  end(&w);
}

static void placement_threads_multiply(void **state)
{
  (void)state;
  world w = {0};
  for (int i = 0; i < 3; i++)
    add(&w, 0, 0, 4);
  machine(&w, 0, 4, 4);
  assert_string_equal(complaint(&w, 2), "");
  assert_string_equal(complaint(&w, 3), "2 workers x 3 BLIS threads on host 'n0' share 4 cores");
  end(&w);
}

static void placement_like_hosts_are_told_together(void **state)
{
  (void)state;
  world w = {0};
  add(&w, 0, 0, 2);
  for (int node = 0; node < 4; node++)
    for (int i = 0; i < (node == 2 ? 3 : 2); i++)
      add(&w, node, 0, 2);
  for (int node = 0; node < 4; node++)
    machine(&w, node, 2, 2);
  assert_string_equal(said(&w), "3 hosts: 2 workers on 2 cores each, not bound; "
                                "host n2: 3 workers on 2 cores, not bound");
  /* There, no coordinator takes a rank. */
  assert_string_equal(complaint(&w, 1), "3 workers on host 'n2' share 2 cores");
  assert_non_null(strstr(bf_text_view(&w.advice), "at most 2 ranks"));
  assert_string_equal(complaint(&w, 1), "3 workers on host 'n2' share 2 cores");
  end(&w);
}

static void placement_like_complaints_are_one(void **state)
{
  (void)state;
  world w = {0};
  for (int i = 0; i < 9; i++)
    add(&w, i / 3, 0, 1);
  for (int node = 0; node < 3; node++)
    machine(&w, node, 1, 1);
  assert_string_equal(complaint(&w, 1),
                      "2 workers on host 'n0' share 1 core, and so for 2 other hosts");
  end(&w);
}

static void cores_of_this_machine_are_found(void **state)
{
  (void)state;
  bf_cpu_set allowed;
  bf_cores cores;
  assert_ok(bf_cores_allowed(&allowed));
  assert_ok(bf_cores_find(&cores));
  assert_true(bf_cpu_set_count(&allowed) >= 1);
  assert_true(cores.n_cpus >= bf_cpu_set_count(&allowed));
  assert_true(cores.n_cores >= 1 && cores.n_cores <= cores.n_cpus);
  assert_true(bf_cores_limit() >= 0);
  assert_true(bf_cpu_set_holds(&allowed, &allowed));
  bf_cpu_set none = {{0}};
  assert_true(bf_cpu_set_holds(&allowed, &none) && !bf_cpu_set_holds(&none, &allowed));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(placement_coordinator_needs_no_core),
      cmocka_unit_test(placement_lone_process_is_a_worker),
      cmocka_unit_test(placement_more_workers_than_cores_is_complained_of),
      cmocka_unit_test(placement_hardware_threads_count),
      cmocka_unit_test(placement_bound_one_each_is_fine),
      cmocka_unit_test(placement_same_core_is_complained_of),
      cmocka_unit_test(placement_all_on_one_core_is_binding),
      cmocka_unit_test(placement_of_the_worst_share_is_told),
      cmocka_unit_test(placement_share_within_a_share_counts),
      cmocka_unit_test(placement_limit_of_time_is_complained_of),
      cmocka_unit_test(placement_threads_multiply),
      cmocka_unit_test(placement_like_hosts_are_told_together),
      cmocka_unit_test(placement_like_complaints_are_one),
      cmocka_unit_test(cores_of_this_machine_are_found),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
