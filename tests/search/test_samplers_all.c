/* What every sampler of the table promises, whatever it does inside: no configuration twice, all of
 * them, the same for the same seed. Room: search. */
#include "unit.h"

#include "base/memory.h"
#include "base/random.h"
#include "search/random_space.h"
#include "search/sampler.h"

enum { MOST_OBJECTIVES = 6, MOST_IN_FLIGHT = 64, MOST_TRIALS = 400 };

/* How a study goes; what is told depends on the configuration alone. */
typedef struct habits {
  const bf_space *space;
  uint64_t seed;
  uint64_t order; /* seed of the order of tells */
  size_t n_objectives;
  size_t n_in_flight;
  size_t n_trials; /* at most */
  unsigned n_fail; /* of 4 trials */
  unsigned n_violate;
  unsigned n_levels; /* of objectives; 1: all are equal */
  size_t n_restored; /* the first so many are not asked but taken from the record */
} habits;

/* The configurations of a study in the order of asking. */
typedef struct record {
  size_t n;
  size_t n_parameters;
  bool exhausted;
  uint32_t *indexes; /* (MOST_TRIALS, n_parameters) */
} record;

static record new_record(const bf_space *space)
{
  record r = {.n_parameters = space->n_parameters};
  r.indexes = bf_alloc(MOST_TRIALS, (space->n_parameters + 1) * sizeof *r.indexes);
  assert_non_null(r.indexes);
  return r;
}

static uint32_t *row_of(const record *r, size_t number)
{
  return r->indexes + number * r->n_parameters;
}

/* NULL: the sampler cannot search this space. */
static bf_sampler *make(const char *name, const habits *h)
{
  bf_sampler *sampler = NULL;
  bf_sampler_options options = bf_sampler_defaults();
  options.seed = h->seed;
  options.n_objectives = h->n_objectives;
  options.scramble = true;
  bf_status status = bf_sampler_create(name, h->space, &options, &sampler);
  assert_true(status == BF_OK || status == BF_ERR_USAGE);
  return sampler;
}

/* Every objective falls with some indexes and rises with others. */
static void tell(bf_sampler *sampler, const habits *h, const record *r, size_t number)
{
  double objectives[MOST_OBJECTIVES];
  uint64_t code = 0;
  for (size_t d = 0; d < r->n_parameters; d++)
    code = code * 5 + row_of(r, number)[d];
  bf_random random = bf_random_stream(code, BF_PURPOSE_SYNTH, 0);
  for (size_t j = 0; j < h->n_objectives; j++) {
    objectives[j] = 0.25 * (double)bf_random_below(&random, 4);
    for (size_t d = 0; d < r->n_parameters; d++)
      objectives[j] += ((d + j) % 3 == 0 ? -1 : 1) * (double)(row_of(r, number)[d] % 1000);
    if (h->n_levels > 0)
      objectives[j] = (double)bf_random_below(&random, h->n_levels);
  }
  bool fails = bf_random_below(&random, 4) < h->n_fail;
  double violation = bf_random_unit(&random);
  violation = bf_random_below(&random, 4) < h->n_violate ? violation + 0.1 : 0;
  assert_ok(bf_sampler_tell(sampler, number, fails ? NULL : objectives, violation));
}

static void assert_new(const bf_space *space, const record *r)
{
  const uint32_t *last = row_of(r, r->n - 1);
  assert_true(is_canonical(space, last));
  for (size_t k = 0; k + 1 < r->n; k++)
    assert_true(r->n_parameters > 0 &&
                memcmp(row_of(r, k), last, r->n_parameters * sizeof *last) != 0);
}

static void ask(bf_sampler *sampler, const habits *h, record *r)
{
  uint32_t *row = row_of(r, r->n);
  if (r->n < h->n_restored) {
    assert_ok(bf_sampler_restore(sampler, r->n++, row));
    return;
  }
  memset(row, 0xee, r->n_parameters * sizeof *row);
  assert_ok(bf_sampler_ask(sampler, r->n, row, &r->exhausted));
  if (r->exhausted)
    return;
  r->n++;
  assert_new(h->space, r);
}

/* @return Whether the sampler can search this space. */
static bool run(const char *name, const habits *h, record *r)
{
  size_t pending[MOST_IN_FLIGHT];
  size_t n_pending = 0;
  bf_random random = bf_random_stream(h->order, BF_PURPOSE_SHUFFLE, 0);
  bf_sampler *sampler = make(name, h);
  assert_true(h->n_trials <= MOST_TRIALS && h->n_in_flight <= MOST_IN_FLIGHT);
  r->n = 0;
  r->exhausted = false;
  while (sampler != NULL && (n_pending > 0 || (r->n < h->n_trials && !r->exhausted))) {
    while (n_pending < h->n_in_flight && r->n < h->n_trials && !r->exhausted) {
      ask(sampler, h, r);
      if (!r->exhausted)
        pending[n_pending++] = r->n - 1;
    }
    if (n_pending == 0)
      break;
    size_t i = (size_t)bf_random_below(&random, n_pending);
    tell(sampler, h, r, pending[i]);
    pending[i] = pending[--n_pending];
  }
  bf_sampler_free(sampler);
  return sampler != NULL;
}

/* Calls @p check with the name of every sampler. */
static void check_samplers(void (*check)(const char *name))
{
  size_t n;
  const char *const *names = bf_sampler_names(&n);
  for (size_t i = 0; i < n; i++)
    check(names[i]);
}

/* A study that takes turns with everything there is. */
static habits any_habits(const bf_space *space, bf_random *random)
{
  static const size_t flights[] = {1, 2, 7, 20, 64};
  static const unsigned fails[] = {0, 0, 1, 4};
  static const unsigned violates[] = {0, 0, 2, 4};
  static const unsigned levels[] = {0, 0, 1, 3};
  return (habits){.space = space,
                  .seed = bf_random_u64(random),
                  .order = bf_random_u64(random),
                  .n_objectives = 1 + (size_t)bf_random_below(random, MOST_OBJECTIVES),
                  .n_in_flight = flights[bf_random_below(random, 5)],
                  .n_trials = MOST_TRIALS,
                  .n_fail = fails[bf_random_below(random, 4)],
                  .n_violate = violates[bf_random_below(random, 4)],
                  .n_levels = levels[bf_random_below(random, 4)]};
}

/* The trials of a study are all configurations of the space, and nothing is left. */
static void check_coverage(const char *name, const habits *h, const configurations *all)
{
  record r = new_record(h->space);
  assert_true(run(name, h, &r));
  assert_true(r.exhausted);
  assert_int_equal(r.n, all->n);
  for (size_t k = 0; k < r.n; k++)
    assert_true(find_configuration(all, h->space, row_of(&r, k)) < all->n);
  free(r.indexes);
}

static void cover_small_spaces(const char *name)
{
  enum { N_STUDIES = 40, MOST = 200 };
  static configurations all;
  bf_random random = bf_random_stream(51, BF_PURPOSE_SAMPLER, 0);
  for (int i = 0; i < N_STUDIES; i++) {
    random_space any;
    do {
      fill_random_space(&any, &random);
      list_configurations(&any.space, &all);
    } while (all.n > MOST);
    habits h = any_habits(&any.space, &random);
    check_coverage(name, &h, &all);
  }
}

static void every_sampler_covers_a_small_space_exactly(void **state)
{
  (void)state;
  check_samplers(cover_small_spaces);
}

static void cover_one_parameter(const char *name)
{
  static configurations all;
  bf_random random = bf_random_stream(52, BF_PURPOSE_SAMPLER, 0);
  for (uint32_t n_choices = 1; n_choices <= 101; n_choices += 20)
    for (int kind = BF_PARAMETER_ORDERED; kind <= BF_PARAMETER_CHOICE; kind++) {
      const bf_parameter parameter = {
          .name = "p", .n_choices = n_choices, .kind = (bf_parameter_kind)kind};
      const bf_space space = {.n_parameters = 1, .parameters = &parameter};
      list_configurations(&space, &all);
      habits h = any_habits(&space, &random);
      check_coverage(name, &h, &all);
    }
}

static void every_sampler_covers_one_parameter(void **state)
{
  (void)state;
  check_samplers(cover_one_parameter);
}

static void cover_one_configuration(const char *name)
{
  static configurations all;
  bf_random random = bf_random_stream(53, BF_PURPOSE_SAMPLER, 0);
  const bf_parameter parameters[3] = {{.name = "a", .n_choices = 1},
                                      {.name = "b", .n_choices = 1, .kind = BF_PARAMETER_CHOICE},
                                      {.name = "c", .n_choices = 1}};
  for (size_t n = 0; n <= 3; n++) {
    const bf_space space = {.n_parameters = n, .parameters = parameters};
    list_configurations(&space, &all);
    habits h = any_habits(&space, &random);
    check_coverage(name, &h, &all);
  }
}

static void every_sampler_covers_one_configuration(void **state)
{
  (void)state;
  check_samplers(cover_one_configuration);
}

/* @p n parameters of @p n_choices, every third one a choice. Borrowed until the next call. */
static bf_space large_space(size_t n, uint32_t n_choices)
{
  static bf_parameter parameters[70];
  assert_true(n <= 70);
  for (size_t d = 0; d < n; d++)
    parameters[d] = (bf_parameter){.name = "p",
                                   .n_choices = n_choices,
                                   .kind = d % 3 == 2 ? BF_PARAMETER_CHOICE : BF_PARAMETER_ORDERED};
  return (bf_space){.n_parameters = n, .parameters = parameters};
}

/* All habits in spaces of 10^12 and 2^70 configurations and of one large parameter. */
static void search_large_spaces(const char *name)
{
  static const struct {
    size_t n_parameters;
    uint32_t n_choices;
  } cases[] = {{12, 10}, {70, 2}, {1, 1000000}, {2, 300}};
  bf_random random = bf_random_stream(54, BF_PURPOSE_SAMPLER, 0);
  for (size_t i = 0; i < 12; i++) {
    bf_space space = large_space(cases[i % 4].n_parameters, cases[i % 4].n_choices);
    habits h = any_habits(&space, &random);
    record r = new_record(&space);
    h.n_trials = 60;
    assert_true(run(name, &h, &r) || bf_space_size(&space) == UINT64_MAX);
    assert_true(!r.exhausted && r.n % 60 == 0);
    free(r.indexes);
  }
}

static void every_sampler_searches_large_spaces(void **state)
{
  (void)state;
  check_samplers(search_large_spaces);
}

static void assert_same_study(const char *name, const habits *h, const record *expected)
{
  record again = new_record(h->space);
  memcpy(again.indexes, expected->indexes, expected->n * expected->n_parameters * sizeof(uint32_t));
  assert_true(run(name, h, &again));
  assert_int_equal(again.n, expected->n);
  assert_memory_equal(again.indexes, expected->indexes,
                      expected->n * expected->n_parameters * sizeof(uint32_t));
  free(again.indexes);
}

/* Twice the same, with another seed not; and the same once more after restored trials. */
static void repeat(const char *name)
{
  bf_random random = bf_random_stream(55, BF_PURPOSE_SAMPLER, 0);
  bf_space space = large_space(6, 9);
  for (size_t i = 0; i < 6; i++) {
    record first = new_record(&space);
    record other = new_record(&space);
    habits h = any_habits(&space, &random);
    h.n_trials = 60;
    assert_true(run(name, &h, &first));
    assert_same_study(name, &h, &first);
    h.n_restored = 10 + 5 * i;
    assert_true(run(name, &h, &first));
    assert_same_study(name, &h, &first);
    h.n_restored = 0;
    h.seed++;
    assert_true(run(name, &h, &other));
    assert_memory_not_equal(first.indexes, other.indexes,
                            first.n * first.n_parameters * sizeof(uint32_t));
    free(first.indexes);
    free(other.indexes);
  }
}

static void every_sampler_repeats_itself_for_a_seed_and_only_then(void **state)
{
  (void)state;
  check_samplers(repeat);
}

/* Nothing is ever told. */
static void ask_only(const char *name)
{
  bf_space space = large_space(6, 9);
  habits h = {.space = &space, .n_objectives = 2};
  record r = new_record(&space);
  bf_sampler *sampler = make(name, &h);
  for (int i = 0; i < 200; i++)
    ask(sampler, &h, &r);
  assert_int_equal(r.n, 200);
  bf_sampler_free(sampler);
  free(r.indexes);
}

static void every_sampler_asks_on_while_all_trials_run(void **state)
{
  (void)state;
  check_samplers(ask_only);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_sampler_covers_a_small_space_exactly),
      cmocka_unit_test(every_sampler_covers_one_parameter),
      cmocka_unit_test(every_sampler_covers_one_configuration),
      cmocka_unit_test(every_sampler_searches_large_spaces),
      cmocka_unit_test(every_sampler_repeats_itself_for_a_seed_and_only_then),
      cmocka_unit_test(every_sampler_asks_on_while_all_trials_run),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
