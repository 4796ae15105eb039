/* Samplers by name, and the frame around them: order of asking, trials pending.
 * Room: search. */
#include "search/sampler.h"

#include <ctype.h>

#include "base/memory.h"
#include "base/suggest.h"
#include "base/text.h"
#include "search/numbers.h"
#include "search/sampler_table.h"

/* X(name, kind). A new sampler is a line here. */
#define SAMPLER_LIST(X)                                                                            \
  X("brute-force", bf_sampler_brute_force)                                                         \
  X("random", bf_sampler_random)

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

const char *const *bf_sampler_names(size_t *n)
{
  *n = N_SAMPLERS;
  return names;
}

static const char *skip_separators(const char *word)
{
  while (*word == '-' || *word == '_')
    word++;
  return word;
}

/* Job files spell BruteForce, brute_force and brute-force. */
static bool same_name(const char *a, const char *b)
{
  a = skip_separators(a);
  b = skip_separators(b);
  while (*a != '\0' && tolower((unsigned char)*a) == tolower((unsigned char)*b)) {
    a = skip_separators(a + 1);
    b = skip_separators(b + 1);
  }
  return *a == '\0' && *b == '\0';
}

static const char *resolve_alias(const char *name)
{
  for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
    if (same_name(name, aliases[i].alias))
      return aliases[i].name;
  return name;
}

/* Row of the table; N_SAMPLERS if unknown. */
static size_t find(const char *name)
{
  size_t row = 0;
  const char *resolved = resolve_alias(name);
  while (row < N_SAMPLERS && !same_name(resolved, names[row]))
    row++;
  return row;
}

const char *bf_sampler_canonical(const char *name)
{
  size_t row = find(name);
  return row < N_SAMPLERS ? names[row] : NULL;
}

static bf_status fail_unknown(const char *name)
{
  bf_text list = {0};
  for (size_t i = 0; i < N_SAMPLERS; i++)
    bf_text_printf(&list, "%s'%s'", i > 0 ? ", " : "", names[i]);
  bf_status status = bf_text_status(&list);
  const char *near = bf_suggest(name, names, N_SAMPLERS);
  if (status == BF_OK && near != NULL)
    status = bf_fail(BF_ERR_USAGE, "unknown sampler '%s', did you mean '%s'; there are %s", name,
                     near, bf_text_view(&list));
  else if (status == BF_OK)
    status = bf_fail(BF_ERR_USAGE, "unknown sampler '%s'; there are %s", name, bf_text_view(&list));
  bf_text_release(&list);
  return status;
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
  sampler->options = *options;
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
  free(sampler->pending_numbers);
  free(sampler->pending_indexes);
  free(sampler);
}

/* Makes room for one more pending trial. */
static bf_status reserve(bf_sampler *sampler)
{
  if (sampler->n_pending < sampler->pending_capacity)
    return BF_OK;
  size_t n = sampler->n_pending;
  size_t capacity = 2 * n + 16;
  size_t n_parameters = sampler->space.n_parameters;
  uint64_t *numbers = bf_grow(sampler->pending_numbers, n, capacity, sizeof *numbers);
  if (numbers == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for %zu running trials", capacity);
  sampler->pending_numbers = numbers;
  uint32_t *indexes =
      bf_grow(sampler->pending_indexes, n * n_parameters, capacity * n_parameters, sizeof *indexes);
  if (indexes == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for %zu running trials", capacity);
  sampler->pending_indexes = indexes;
  sampler->pending_capacity = capacity;
  return BF_OK;
}

bf_status bf_sampler_ask(bf_sampler *sampler, uint64_t number, uint32_t *indexes, bool *exhausted)
{
  BF_ASSERT(number == sampler->next_number);
  size_t n_parameters = sampler->space.n_parameters;
  bool nothing_left = false;
  bf_status status = reserve(sampler);
  if (status != BF_OK)
    return status;
  /* Drawn beside the caller's array, which a failure must not touch. */
  uint32_t *row = sampler->pending_indexes + sampler->n_pending * n_parameters;
  status = sampler->kind->ask(sampler, number, row, &nothing_left);
  if (status != BF_OK)
    return status;
  *exhausted = nothing_left;
  if (nothing_left)
    return BF_OK;
  if (n_parameters > 0)
    memcpy(indexes, row, n_parameters * sizeof *row);
  sampler->pending_numbers[sampler->n_pending++] = number;
  sampler->next_number = number + 1;
  return BF_OK;
}

static void remove_pending(bf_sampler *sampler, size_t at)
{
  size_t n_parameters = sampler->space.n_parameters;
  uint64_t *number = sampler->pending_numbers + at;
  uint32_t *indexes = sampler->pending_indexes + at * n_parameters;
  size_t n_after = sampler->n_pending - at - 1;
  memmove(number, number + 1, n_after * sizeof *number);
  memmove(indexes, indexes + n_parameters, n_after * n_parameters * sizeof *indexes);
  sampler->n_pending--;
}

bf_status bf_sampler_tell(bf_sampler *sampler, uint64_t number, const uint32_t *indexes,
                          const double *objectives)
{
  size_t at = bf_numbers_find(sampler->pending_numbers, sampler->n_pending, number);
  BF_ASSERT(at < sampler->n_pending && sampler->pending_numbers[at] == number);
  if (sampler->kind->tell != NULL) {
    bf_status status = sampler->kind->tell(sampler, number, indexes, objectives);
    if (status != BF_OK)
      return status;
  }
  remove_pending(sampler, at);
  return BF_OK;
}
