/* The samplers that do not learn, against an independent implementation: their trials must never
 * change, or a study could not be resumed by a later version. Room: search. */
#include "unit.h"

#include "base/file.h"
#include "base/json.h"
#include "search/sampler.h"
#include "search/space_of.h"

static uint64_t whole(const bf_json *json)
{
  double value = -1;
  assert_ok(bf_json_double(json, &value));
  return (uint64_t)value;
}

static void read_space(const bf_json *choices, any_space *any)
{
  uint32_t n_choices[MAX_PARAMETERS];
  size_t n = bf_json_size(choices);
  assert_true(n >= 1 && n <= MAX_PARAMETERS);
  for (size_t d = 0; d < n; d++)
    n_choices[d] = (uint32_t)whole(bf_json_at(choices, d));
  fill_space(any, n, n_choices);
}

static void check_case(const bf_json *golden)
{
  any_space any;
  bf_sampler *sampler = NULL;
  const char *name = bf_json_text(bf_json_get(golden, "sampler"));
  bf_sampler_options options = {.seed = whole(bf_json_get(golden, "seed")), .n_objectives = 1};
  const bf_json *trials = bf_json_get(golden, "trials");
  read_space(bf_json_get(golden, "choices"), &any);
  assert_ok(bf_sampler_create(name, &any.space, &options, &sampler));
  for (size_t k = 0; k < bf_json_size(trials); k++) {
    uint32_t indexes[MAX_PARAMETERS];
    bool exhausted = true;
    assert_ok(bf_sampler_ask(sampler, k, indexes, &exhausted));
    assert_false(exhausted);
    for (size_t d = 0; d < any.space.n_parameters; d++)
      assert_int_equal(indexes[d], whole(bf_json_at(bf_json_at(trials, k), d)));
  }
  bf_sampler_free(sampler);
}

static void trials_are_what_the_definition_says(void **state)
{
  (void)state;
  bf_text text = {0};
  bf_json *cases = NULL;
  assert_ok(bf_file_read(BF_GOLDEN "/orders.json", &text));
  assert_ok(bf_json_parse(bf_text_view(&text), "orders.json", &cases));
  assert_int_equal(bf_json_size(cases), 42);
  for (size_t i = 0; i < bf_json_size(cases); i++)
    check_case(bf_json_at(cases, i));
  bf_json_free(cases);
  bf_text_release(&text);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(trials_are_what_the_definition_says),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
