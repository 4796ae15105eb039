/* Samplers by name, and the frame around them: order of asking, no configuration twice.
 * Room: search. */
#include "search/sampler.h"

#include "base/memory.h"
#include "base/suggest.h"
#include "base/text.h"
#include "search/sampler_table.h"

/* X(name, kind). A new sampler is a line here. */
#define SAMPLER_LIST(X)                                                                            \
  X("brute-force", bf_sampler_brute_force)                                                         \
  X("random", bf_sampler_random)                                                                   \
  X("qmc", bf_sampler_qmc)                                                                         \
  X("tpe", bf_sampler_tpe)                                                                         \
  X("nsgaii", bf_sampler_nsgaii)                                                                   \
  X("nsgaiii", bf_sampler_nsgaiii)                                                                 \
  X("gp", bf_sampler_gp)

static const char *const names[] = {
#define SAMPLER_NAME(name, kind) name,
    SAMPLER_LIST(SAMPLER_NAME)
#undef SAMPLER_NAME
};

static const bf_sampler_kind *const kinds[] = {
#define SAMPLER_KIND(name, kind) &(kind),
    SAMPLER_LIST(SAMPLER_KIND)
#undef SAMPLER_KIND
};

enum { N_SAMPLERS = sizeof names / sizeof *names };

static const struct {
  const char *alias;
  const char *name;
} aliases[] = {{"brute", "brute-force"}};

/* Digits are far from the letters they stand for, and nearer to others. */
static const struct {
  const char *digits;
  const char *name;
} numbered[] = {{"nsga2", "nsgaii"}, {"nsga3", "nsgaiii"}};

const char *const *bf_sampler_names(size_t *n)
{
  *n = N_SAMPLERS;
  return names;
}

static const char *resolve_alias(const char *name)
{
  for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
    if (bf_same_name(name, aliases[i].alias))
      return aliases[i].name;
  return name;
}

/* Row of the table; N_SAMPLERS if unknown. */
static size_t find(const char *name)
{
  size_t row = 0;
  const char *resolved = resolve_alias(name);
  while (row < N_SAMPLERS && !bf_same_name(resolved, names[row]))
    row++;
  return row;
}

const char *bf_sampler_canonical(const char *name)
{
  size_t row = find(name);
  return row < N_SAMPLERS ? names[row] : NULL;
}

bool bf_sampler_is_auto(const char *name)
{
  return bf_same_name(name, "auto");
}

static const char *suggest(const char *name)
{
  for (size_t i = 0; i < sizeof numbered / sizeof *numbered; i++)
    if (bf_same_name(name, numbered[i].digits))
      return numbered[i].name;
  return bf_suggest(name, names, N_SAMPLERS);
}

static bf_status fail_unknown(const char *name)
{
  bf_text list = {0};
  for (size_t i = 0; i < N_SAMPLERS; i++)
    bf_text_printf(&list, "'%s', ", names[i]);
  bf_text_append(&list, "'auto'");
  bf_status status = bf_text_status(&list);
  const char *near = suggest(name);
  if (status == BF_OK && near != NULL)
    status = bf_fail(BF_ERR_USAGE, "unknown sampler '%s', did you mean '%s'? there are %s", name,
                     near, bf_text_view(&list));
  else if (status == BF_OK)
    status = bf_fail(BF_ERR_USAGE, "unknown sampler '%s'; there are %s", name, bf_text_view(&list));
  bf_text_release(&list);
  return status;
}

bf_sampler_options bf_sampler_defaults(void)
{
  return (bf_sampler_options){.n_objectives = 1,
                              .qmc_type = "sobol",
                              .n_ei_candidates = 24,
                              .constant_liar = true,
                              .population_size = 50,
                              .crossover_prob = 0.9,
                              .swapping_prob = 0.5,
                              .mutation_prob = -1};
}

bf_status bf_sampler_create(const char *name, const bf_space *space,
                            const bf_sampler_options *options, bf_sampler **out)
{
  bf_status status = BF_OK;
  bf_sampler *sampler = NULL;
  size_t row = find(name);
  BF_ASSERT(options->n_objectives >= 1);
  if (row == N_SAMPLERS)
    return fail_unknown(name);
  sampler = bf_alloc(1, sizeof *sampler);
  BF_CHECK_MEMORY(sampler);
  sampler->kind = kinds[row];
  sampler->name = names[row];
  sampler->space = *space;
  sampler->size = bf_space_size(space);
  sampler->options = *options;
  sampler->history =
      (bf_history){.n_parameters = space->n_parameters, .n_objectives = options->n_objectives};
  if (sampler->size < UINT64_MAX)
    sampler->order = bf_enumeration_of(sampler->size, options->seed);
  if (sampler->kind->create != NULL)
    BF_TRY(sampler->kind->create(sampler));
  *out = sampler;
done:
  if (status != BF_OK)
    bf_sampler_free(sampler);
  return status;
}

void bf_sampler_free(bf_sampler *sampler)
{
  if (sampler == NULL)
    return;
  if (sampler->kind->free_state != NULL)
    sampler->kind->free_state(sampler->state);
  else
    free(sampler->state);
  bf_history_release(&sampler->history);
  free(sampler);
}

void bf_sampler_draw(const bf_space *space, bf_random *random, uint32_t *indexes)
{
  for (size_t d = 0; d < space->n_parameters; d++)
    indexes[d] = (uint32_t)bf_random_below(random, space->parameters[d].n_choices);
}

/* Draws until one is new. @return Whether one of the first few was. */
static bool draw_new(bf_sampler *sampler, bf_random *random, uint32_t *indexes)
{
  enum { MOST = 64 };
  for (int i = 0; i < MOST; i++) {
    bf_sampler_draw(&sampler->space, random, indexes);
    bf_space_canonicalise(&sampler->space, indexes);
    if (!bf_history_has(&sampler->history, indexes))
      return true;
  }
  return false;
}

void bf_sampler_draw_unseen(bf_sampler *sampler, bf_random *random, uint32_t *indexes)
{
  bool scans = sampler->size < UINT64_MAX;
  BF_ASSERT(sampler->history.n < sampler->size);
  bool found = draw_new(sampler, random, indexes);
  while (!found && !scans)
    found = draw_new(sampler, random, indexes);
  while (!found) {
    uint64_t code = bf_enumeration_at(&sampler->order, sampler->n_scanned);
    bf_space_decode(&sampler->space, code, indexes);
    found = !bf_history_has(&sampler->history, indexes);
    sampler->n_scanned += !found;
  }
}

static bf_status propose(bf_sampler *sampler, uint64_t number, uint32_t *indexes)
{
  bf_status status = sampler->kind->ask(sampler, number, indexes);
  if (status != BF_OK)
    return status;
  bf_space_canonicalise(&sampler->space, indexes);
  if (bf_history_has(&sampler->history, indexes)) {
    bf_random random = bf_random_stream(sampler->options.seed, BF_PURPOSE_UNSEEN, number);
    bf_sampler_draw_unseen(sampler, &random, indexes);
  }
  return BF_OK;
}

bf_status bf_sampler_ask(bf_sampler *sampler, uint64_t number, uint32_t *indexes, bool *exhausted)
{
  bf_history *history = &sampler->history;
  BF_ASSERT(number == history->n);
  if (number == sampler->size) {
    *exhausted = true;
    return BF_OK;
  }
  bf_status status = bf_history_reserve(history);
  if (status != BF_OK)
    return status;
  /* Drawn beside the caller's array, which a failure must not touch. */
  size_t n_parameters = sampler->space.n_parameters;
  uint32_t *row = history->indexes + number * n_parameters;
  status = propose(sampler, number, row);
  if (status != BF_OK)
    return status;
  bf_history_add(history, row);
  if (n_parameters > 0)
    memcpy(indexes, row, n_parameters * sizeof *row);
  *exhausted = false;
  return BF_OK;
}

const uint32_t *bf_sampler_indexes(const bf_sampler *sampler, uint64_t number)
{
  BF_ASSERT(number < sampler->history.n);
  return bf_history_indexes(&sampler->history, number);
}

bf_status bf_sampler_restore(bf_sampler *sampler, uint64_t number, const uint32_t *indexes)
{
  bf_history *history = &sampler->history;
  BF_ASSERT(number == history->n);
  if (bf_history_has(history, indexes))
    return bf_fail(BF_ERR_DATA, "trial %llu has the configuration of an earlier one",
                   (unsigned long long)number);
  bf_status status = bf_history_reserve(history);
  if (status == BF_OK)
    bf_history_add(history, indexes);
  return status;
}

bf_status bf_sampler_tell(bf_sampler *sampler, uint64_t number, const double *objectives,
                          double violation)
{
  bf_history *history = &sampler->history;
  BF_ASSERT(number < history->n && history->states[number] == BF_TRIAL_PENDING);
  BF_ASSERT(violation >= 0);
  bf_history_end(history, number, objectives, violation);
  return sampler->kind->tell != NULL ? sampler->kind->tell(sampler, number) : BF_OK;
}
