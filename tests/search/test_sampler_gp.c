/* Tests of sampler gp: the start, known trajectories, and what it finds.
 * Room: search. */
#include "unit.h"

#include <math.h>

#include "base/memory.h"
#include "base/random.h"
#include "search/sampler.h"

enum { MOST_PARAMETERS = 8, MOST_OBJECTIVES = 3, MOST_TRIALS = 400, MOST_IN_FLIGHT = 8 };

/* What a trial returns: false if it fails. */
typedef bool objective(const uint32_t *x, double *y, double *violation);

typedef struct study {
  const bf_space *space;
  size_t n_objectives;
  size_t n_startup_trials;
  size_t n_in_flight;
  uint64_t seed;
  objective *evaluate;
  size_t n_trials;
  size_t n_restored;
  uint32_t indexes[MOST_TRIALS][MOST_PARAMETERS];
  double y[MOST_TRIALS][MOST_OBJECTIVES];
  double violations[MOST_TRIALS];
} study;

static void tell(bf_sampler *sampler, study *s, size_t k)
{
  bool is_done = s->evaluate(s->indexes[k], s->y[k], &s->violations[k]);
  assert_ok(bf_sampler_tell(sampler, k, is_done ? s->y[k] : NULL, s->violations[k]));
}

/* The oldest trial in flight ends first, now and then the newest. */
static void run(study *s)
{
  bf_sampler *sampler = NULL;
  bf_sampler_options options = bf_sampler_defaults();
  size_t pending[MOST_IN_FLIGHT];
  size_t n_pending = 0;
  options.seed = s->seed;
  options.n_objectives = s->n_objectives;
  options.n_startup_trials = s->n_startup_trials;
  assert_ok(bf_sampler_create("gp", s->space, &options, &sampler));
  for (size_t k = 0; k < s->n_trials || n_pending > 0;) {
    while (k < s->n_trials && n_pending < s->n_in_flight) {
      bool exhausted = false;
      if (k < s->n_restored)
        assert_ok(bf_sampler_restore(sampler, k, s->indexes[k]));
      else
        assert_ok(bf_sampler_ask(sampler, k, s->indexes[k], &exhausted));
      assert_false(exhausted);
      pending[n_pending++] = k++;
    }
    size_t at = k % 5 == 0 ? n_pending - 1 : 0;
    size_t ended = pending[at];
    n_pending--;
    memmove(pending + at, pending + at + 1, (n_pending - at) * sizeof *pending);
    tell(sampler, s, ended);
  }
  bf_sampler_free(sampler);
}

static const bool matters[3] = {false, true, true};

/* All kinds of parameters. */
static const bf_parameter mixed_parameters[6] = {
    {.name = "a", .n_choices = 6},
    {.name = "b", .n_choices = 5, .kind = BF_PARAMETER_CHOICE},
    {.name = "parent", .n_choices = 3, .kind = BF_PARAMETER_CHOICE},
    {.name = "child", .n_choices = 7, .parent = 2, .matters = matters},
    {.name = "one", .n_choices = 1},
    {.name = "many", .n_choices = 300}};
static const bf_space mixed = {.n_parameters = 6, .parameters = mixed_parameters};

static bf_parameter grid_parameters[MOST_PARAMETERS];

static bf_space grid(size_t n, uint32_t n_choices, bf_parameter_kind kind)
{
  for (size_t d = 0; d < n; d++)
    grid_parameters[d] = (bf_parameter){.name = "p", .n_choices = n_choices, .kind = kind};
  return (bf_space){.n_parameters = n, .parameters = grid_parameters};
}

static double square(double x)
{
  return x * x;
}

/* Sums and products only, so that the bits are the same everywhere. Three objectives; some trials
 * fail, and some miss constraints. */
static bool any_objective(const uint32_t *x, double *y, double *violation)
{
  double child = x[2] > 0 ? 0.3 * square(x[3] - 4.0) : 3;
  y[0] = square(x[0] - 2.0) + child + 0.0001 * square(x[5] - 120.0);
  y[1] = square(x[0] - 5.0) + 0.7 * (x[1] * 3 % 5) + 0.01 * x[5];
  y[2] = 0.5 * x[3] + (x[1] * 2 % 5) * 0.3 + x[2];
  *violation = x[0] + x[1] == 7 ? 0.5 * x[2] : 0;
  return (x[0] + x[3] + x[5]) % 11 != 0;
}

static uint64_t hash_of(const study *s)
{
  uint64_t h = 0xcbf29ce484222325u;
  for (size_t k = 0; k < s->n_trials; k++)
    for (size_t d = 0; d < s->space->n_parameters; d++)
      h = (h ^ s->indexes[k][d]) * 0x100000001b3u;
  return h;
}

/* Whatever the compiler, its options and the CPU. Change these only with the algorithm. */
static const struct {
  size_t n_objectives;
  size_t n_in_flight;
  uint64_t hash;
} known[] = {{1, 1, 0xd05f3c3b6f2c74cc},
             {2, 1, 0xc77131ff6d2d5546},
             {3, 1, 0x2f050c79a35adf1},
             {2, 8, 0xc8cc725a56ac59c2}};

static study known_study(size_t i)
{
  return (study){.space = &mixed,
                 .n_objectives = known[i].n_objectives,
                 .n_in_flight = known[i].n_in_flight,
                 .seed = 17 + i,
                 .evaluate = any_objective,
                 .n_trials = 120};
}

static void trajectories_are_known(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    static study s;
    s = known_study(i);
    run(&s);
    if (hash_of(&s) != known[i].hash)
      fail_msg("study %zu has 0x%llx", i, (unsigned long long)hash_of(&s));
  }
}

static void trajectories_are_the_same_on_a_plain_cpu(void **state)
{
  (void)state;
  const char *asked = getenv("BITFRONT_ISA");
  char *kept = bf_copy_text(asked);
  setenv("BITFRONT_ISA", "base", 1);
  trajectories_are_known(state);
  if (kept != NULL)
    setenv("BITFRONT_ISA", kept, 1);
  else
    unsetenv("BITFRONT_ISA");
  free(kept);
}

/* Also across the point where the models' points are chosen anew. */
static void restored_study_goes_on_as_it_would_have(void **state)
{
  (void)state;
  static study first;
  static study again;
  first = known_study(3);
  first.n_trials = 350;
  run(&first);
  again = first;
  again.n_restored = 335;
  for (size_t k = 335; k < 350; k++)
    memset(again.indexes[k], 0xff, mixed.n_parameters * sizeof(uint32_t));
  run(&again);
  assert_memory_equal(first.indexes, again.indexes, 350 * sizeof first.indexes[0]);
}

static void start_is_a_latin_hypercube(void **state)
{
  (void)state;
  for (size_t n = 6; n <= 30; n += 12)
    for (int kind = BF_PARAMETER_ORDERED; kind <= BF_PARAMETER_CHOICE; kind++) {
      static study s;
      bf_space space = grid(6, 6, (bf_parameter_kind)kind);
      s = (study){.space = &space,
                  .n_objectives = 1,
                  .n_startup_trials = n == 6 ? 0 : n,
                  .n_in_flight = 1,
                  .evaluate = any_objective,
                  .n_trials = n};
      run(&s);
      for (size_t d = 0; d < 6; d++) {
        size_t counts[6] = {0};
        for (size_t k = 0; k < n; k++)
          counts[s.indexes[k][d]]++;
        for (size_t c = 0; c < 6; c++)
          assert_int_equal(counts[c], n / 6);
      }
    }
}

static bool sphere(const uint32_t *x, double *y, double *violation)
{
  y[0] = 0;
  *violation = 0;
  for (size_t d = 0; d < 8; d++)
    y[0] += square(x[d] - 1.0 - (double)d);
  return true;
}

static void minimum_of_a_sphere_is_found(void **state)
{
  (void)state;
  bf_space space = grid(8, 11, BF_PARAMETER_ORDERED);
  for (uint64_t seed = 0; seed < 3; seed++) {
    static study s;
    s = (study){.space = &space,
                .n_objectives = 1,
                .n_in_flight = 1,
                .seed = seed,
                .evaluate = sphere,
                .n_trials = 70};
    run(&s);
    double best = HUGE_VAL;
    for (size_t k = 0; k < s.n_trials; k++)
      best = s.y[k][0] < best ? s.y[k][0] : best;
    assert_true(best <= 1);
  }
}

/* Half of it depends on what is under a choice that a random configuration takes once in eight. */
static bool hidden(const uint32_t *x, double *y, double *violation)
{
  *violation = 0;
  y[0] = (x[0] == 5 ? square(x[1] - 6.0) : 40) + square(x[2] - 3.0);
  return true;
}

static void minimum_below_a_rare_choice_is_found(void **state)
{
  (void)state;
  static const bool rare[8] = {[5] = true};
  static const bf_parameter parameters[3] = {
      {.name = "which", .n_choices = 8, .kind = BF_PARAMETER_CHOICE},
      {.name = "width", .n_choices = 12, .parent = 0, .matters = rare},
      {.name = "other", .n_choices = 12}};
  static const bf_space space = {.n_parameters = 3, .parameters = parameters};
  for (uint64_t seed = 0; seed < 5; seed++) {
    static study s;
    bool is_found = false;
    s = (study){.space = &space,
                .n_objectives = 1,
                .n_in_flight = 1,
                .seed = seed,
                .evaluate = hidden,
                .n_trials = 60};
    run(&s);
    for (size_t k = 0; k < s.n_trials; k++)
      is_found = is_found || s.y[k][0] == 0;
    assert_true(is_found);
  }
}

/* Two opposite objectives; the front is the 21 sums on a line. */
static bool line(const uint32_t *x, double *y, double *violation)
{
  double waste = square(x[2] - 7.0) + square(x[3] - 2.0);
  *violation = 0;
  y[0] = x[0] + x[1] + waste;
  y[1] = 20.0 - x[0] - x[1] + waste;
  return true;
}

/* As line, where half of the trials fail, and 10 points of the front are left. */
static bool failing_line(const uint32_t *x, double *y, double *violation)
{
  line(x, y, violation);
  return (x[0] * 7 + x[1] * 3 + x[2] + x[3]) % 2 == 0;
}

/* As line, but its ends are forbidden and the middle has to be found. */
static bool narrow_line(const uint32_t *x, double *y, double *violation)
{
  line(x, y, violation);
  *violation = fmax(0, fabs(x[0] - 5.0) - 1) + fmax(0, fabs(x[2] - 7.0) - 2);
  return true;
}

/* How many different points of the front are found. */
static size_t count_front(objective *evaluate, size_t n_in_flight, uint64_t seed,
                          size_t *n_feasible)
{
  static study s;
  bf_space space = grid(4, 11, BF_PARAMETER_ORDERED);
  bool found[21] = {false};
  size_t n = 0;
  s = (study){.space = &space,
              .n_objectives = 2,
              .n_in_flight = n_in_flight,
              .seed = seed,
              .evaluate = evaluate,
              .n_trials = 120};
  run(&s);
  *n_feasible = 0;
  for (size_t k = 0; k < s.n_trials; k++) {
    double y[2];
    double violation;
    bool is_done = evaluate(s.indexes[k], y, &violation);
    *n_feasible += is_done && violation == 0;
    if (is_done && violation == 0 && y[0] + y[1] == 20)
      found[(size_t)y[0]] = true;
  }
  for (size_t i = 0; i < 21; i++)
    n += found[i];
  return n;
}

static void front_of_two_objectives_is_found(void **state)
{
  (void)state;
  size_t n_feasible;
  for (uint64_t seed = 0; seed < 3; seed++)
    for (size_t n_in_flight = 1; n_in_flight <= 8; n_in_flight += 7)
      assert_true(count_front(line, n_in_flight, seed, &n_feasible) >= 18);
}

static void failed_trials_do_no_harm(void **state)
{
  (void)state;
  size_t n_feasible;
  for (uint64_t seed = 0; seed < 3; seed++)
    assert_true(count_front(failing_line, 1, seed, &n_feasible) >= 9);
}

/* Of all configurations, one in eight meets the constraints. */
static void constraints_are_learnt(void **state)
{
  (void)state;
  size_t n_feasible;
  for (uint64_t seed = 0; seed < 3; seed++) {
    assert_true(count_front(narrow_line, 1, seed, &n_feasible) >= 12);
    assert_true(n_feasible > 60);
  }
}

static bool always_equal(const uint32_t *x, double *y, double *violation)
{
  (void)x;
  y[0] = y[1] = y[2] = -3;
  *violation = 0;
  return true;
}

/* Nothing is to be learnt: what is unknown is tried, in all choices of every parameter. */
static void equal_objectives_leave_a_search_that_goes_everywhere(void **state)
{
  (void)state;
  static study s;
  bf_space space = grid(4, 5, BF_PARAMETER_ORDERED);
  s = (study){.space = &space,
              .n_objectives = 3,
              .n_in_flight = 1,
              .evaluate = always_equal,
              .n_trials = 60};
  run(&s);
  for (size_t d = 0; d < 4; d++)
    for (uint32_t c = 0; c < 5; c++) {
      size_t n = 0;
      for (size_t k = 0; k < s.n_trials; k++)
        n += s.indexes[k][d] == c;
      assert_true(n >= 2);
    }
}

/* Tells until it has no memory; an ask needs none. */
static void tell_without_memory_is_out_of_memory(void **state)
{
  (void)state;
  bf_space space = grid(4, 11, BF_PARAMETER_ORDERED);
  bf_sampler_options options = bf_sampler_defaults();
  for (long n = 0; n < 4; n++) {
    bf_sampler *sampler = NULL;
    bf_status status = BF_OK;
    assert_ok(bf_sampler_create("gp", &space, &options, &sampler));
    for (uint64_t k = 0; status == BF_OK; k++) {
      uint32_t x[4];
      bool exhausted;
      double y = (double)k;
      assert_ok(bf_sampler_ask(sampler, k, x, &exhausted));
      bf_alloc_fail_after(n);
      status = bf_sampler_tell(sampler, k, &y, 0);
      bf_alloc_fail_after(-1);
    }
    assert_int_equal(status, BF_ERR_NOMEM);
    bf_sampler_free(sampler);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(trajectories_are_known),
      cmocka_unit_test(trajectories_are_the_same_on_a_plain_cpu),
      cmocka_unit_test(restored_study_goes_on_as_it_would_have),
      cmocka_unit_test(start_is_a_latin_hypercube),
      cmocka_unit_test(minimum_of_a_sphere_is_found),
      cmocka_unit_test(minimum_below_a_rare_choice_is_found),
      cmocka_unit_test(front_of_two_objectives_is_found),
      cmocka_unit_test(failed_trials_do_no_harm),
      cmocka_unit_test(constraints_are_learnt),
      cmocka_unit_test(equal_objectives_leave_a_search_that_goes_everywhere),
      cmocka_unit_test(tell_without_memory_is_out_of_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
