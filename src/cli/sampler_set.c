/* Options of samplers as texts: KEY=VALUE.
 * Room: cli. */
#include "cli/sampler_set.h"

#include "base/suggest.h"
#include "base/text.h"
#include "cli/options.h"

/* Readers beyond those of options.h; the "option" is the key. */

static bf_status read_boolean(const char *key, const char *text, void *value)
{
  bool is_true = strcmp(text, "true") == 0;
  if (!is_true && strcmp(text, "false") != 0)
    return bf_fail(BF_ERR_USAGE, "option '%s' is '%s', expected true or false", key, text);
  *(bool *)value = is_true;
  return BF_OK;
}

static bf_status read_model(const char *key, const char *text, void *value)
{
  bool is_joint = false;
  bf_status status = read_boolean(key, text, &is_joint);
  if (status == BF_OK)
    *(bf_tpe_model *)value = is_joint ? BF_TPE_MULTIVARIATE : BF_TPE_INDEPENDENT;
  return status;
}

#define OPTION_LIST(X)                                                                             \
  X("ordered", read_boolean, ordered)                                                              \
  X("qmc_type", bf_read_text, qmc_type)                                                            \
  X("scramble", read_boolean, scramble)                                                            \
  X("n_startup_trials", bf_read_count, n_startup_trials)                                           \
  X("n_ei_candidates", bf_read_count, n_ei_candidates)                                             \
  X("multivariate", read_model, tpe_model)                                                         \
  X("constant_liar", read_boolean, constant_liar)                                                  \
  X("population_size", bf_read_count, population_size)                                             \
  X("crossover_prob", bf_read_share, crossover_prob)                                               \
  X("swapping_prob", bf_read_share, swapping_prob)                                                 \
  X("mutation_prob", bf_read_share, mutation_prob)                                                 \
  X("dividing_parameter", bf_read_count, dividing_parameter)

#define OPTION_NAME(name, reader, member) name,
static const char *const names[] = {OPTION_LIST(OPTION_NAME)};
#undef OPTION_NAME

static const struct {
  bf_option_reader read;
  size_t offset;
} readers[] = {
#define OPTION_READER(name, reader, member) {reader, offsetof(bf_sampler_options, member)},
    OPTION_LIST(OPTION_READER)
#undef OPTION_READER
};
enum { N_OPTIONS = sizeof names / sizeof *names };

static bf_status fail_unknown(const char *key)
{
  bf_text list = {0};
  for (size_t i = 0; i < N_OPTIONS; i++)
    bf_text_printf(&list, "%s'%s'", i > 0 ? ", " : "", names[i]);
  bf_status status = bf_text_status(&list);
  const char *near = bf_suggest(key, names, N_OPTIONS);
  if (status == BF_OK && near != NULL)
    status =
        bf_fail(BF_ERR_USAGE, "unknown option '%s' of samplers; did you mean '%s'?", key, near);
  else if (status == BF_OK)
    status = bf_fail(BF_ERR_USAGE, "unknown option '%s' of samplers; there are %s", key,
                     bf_text_view(&list));
  bf_text_release(&list);
  return status;
}

bf_status bf_sampler_set(const char *setting, bf_sampler_options *options)
{
  char key[64];
  size_t n = strcspn(setting, "=");
  if (setting[n] == '\0' || n == 0)
    return bf_fail(BF_ERR_USAGE, "'%s' is not KEY=VALUE", setting);
  snprintf(key, sizeof key, "%.*s", (int)(n < sizeof key ? n : sizeof key - 1), setting);
  for (size_t i = 0; i < N_OPTIONS; i++)
    if (strcmp(key, names[i]) == 0)
      return readers[i].read(key, setting + n + 1, (char *)options + readers[i].offset);
  return fail_unknown(key);
}
