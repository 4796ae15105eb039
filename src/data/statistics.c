/* The statistics of the JSC set, read from JSON.
 * Room: data. */
#include "data/statistics.h"

#include "base/json.h"
#include "base/memory.h"

extern const unsigned char bf_statistics_json[];

enum { MAX_NAMES = 4096 };

static void free_names(size_t n, char **names)
{
  for (size_t i = 0; names != NULL && i < n; i++)
    free(names[i]);
  free(names);
}

void bf_statistics_free(bf_statistics *statistics)
{
  if (statistics == NULL)
    return;
  free_names(statistics->n_features, statistics->features);
  free_names(statistics->n_classes, statistics->classes);
  free(statistics->identities);
  free(statistics->independent);
  free(statistics->probabilities);
  free(statistics->quantiles);
  free(statistics->correlations);
  free(statistics);
}

/* The array of texts @p key. */
static bf_status parse_names(const bf_json *root, const char *key, size_t *n_out, char ***out)
{
  bf_status status = BF_OK;
  const bf_json *array = bf_json_get(root, key);
  size_t n = bf_json_size(array);
  char **names = NULL;
  BF_CHECK(n > 0 && n <= MAX_NAMES, BF_ERR_DATA, "'%s' holds %zu names", key, n);
  names = bf_alloc(n, sizeof *names);
  BF_CHECK_MEMORY(names);
  for (size_t i = 0; i < n; i++) {
    const char *text = bf_json_text(bf_json_at(array, i));
    BF_CHECK(text != NULL, BF_ERR_DATA, "element %zu of '%s' is no text", i, key);
    names[i] = bf_copy_text(text);
    BF_CHECK_MEMORY(names[i]);
  }
  *n_out = n;
  *out = names;
  names = NULL;
done:
  free_names(n, names);
  return status;
}

static bf_status find_feature(const bf_statistics *statistics, const char *name, size_t n,
                              size_t *index)
{
  for (size_t i = 0; i < statistics->n_features; i++)
    if (strlen(statistics->features[i]) == n && strncmp(statistics->features[i], name, n) == 0) {
      *index = i;
      return BF_OK;
    }
  return bf_fail(BF_ERR_DATA, "'%.*s' is no feature", (int)n, name);
}

static bf_status parse_independent(const bf_json *root, bf_statistics *statistics)
{
  bf_status status = BF_OK;
  char **names = NULL;
  BF_TRY(parse_names(root, "independent", &statistics->n_independent, &names));
  statistics->independent = bf_alloc(statistics->n_independent, sizeof(size_t));
  BF_CHECK_MEMORY(statistics->independent);
  for (size_t i = 0; i < statistics->n_independent; i++)
    BF_TRY(find_feature(statistics, names[i], strlen(names[i]), &statistics->independent[i]));
done:
  free_names(statistics->n_independent, names);
  return status;
}

/* "rounded to the nearest integer", "a / b" or "a", the last two with features that come first. */
static bf_status parse_identity(const bf_statistics *statistics, size_t feature, const char *text,
                                bf_identity *identity)
{
  bf_status status = BF_OK;
  if (strcmp(text, "rounded to the nearest integer") == 0) {
    identity->is_rounded = true;
    return BF_OK;
  }
  const char *slash = strstr(text, " / ");
  size_t n_above = slash != NULL ? (size_t)(slash - text) : strlen(text);
  identity->origin = slash != NULL ? BF_ORIGIN_RATIO : BF_ORIGIN_COPY;
  BF_TRY(find_feature(statistics, text, n_above, &identity->a));
  identity->b = identity->a;
  if (slash != NULL)
    BF_TRY(find_feature(statistics, slash + 3, strlen(slash + 3), &identity->b));
  BF_CHECK(identity->a < feature && identity->b < feature, BF_ERR_DATA,
           "identity '%s' uses a later feature", text);
done:
  return status;
}

static bool is_drawn(const bf_statistics *statistics, size_t feature)
{
  for (size_t i = 0; i < statistics->n_independent; i++)
    if (statistics->independent[i] == feature)
      return true;
  return false;
}

static bf_status parse_identities(const bf_json *root, bf_statistics *statistics)
{
  bf_status status = BF_OK;
  const bf_json *texts = bf_json_get(root, "identities");
  statistics->identities = bf_alloc(statistics->n_features, sizeof(bf_identity));
  BF_CHECK_MEMORY(statistics->identities);
  for (size_t i = 0; i < statistics->n_features; i++) {
    const char *text = bf_json_text(bf_json_get(texts, statistics->features[i]));
    bf_identity *identity = &statistics->identities[i];
    if (text != NULL)
      BF_TRY(parse_identity(statistics, i, text, identity));
    BF_CHECK((identity->origin == BF_ORIGIN_DRAWN) == is_drawn(statistics, i), BF_ERR_DATA,
             "feature '%s' must be either independent or given by an identity",
             statistics->features[i]);
  }
done:
  return status;
}

static bf_status parse_probabilities(const bf_json *root, bf_statistics *statistics)
{
  bf_status status = BF_OK;
  size_t n = bf_json_size(bf_json_get(root, "probabilities"));
  BF_CHECK(n >= 2 && n <= MAX_NAMES, BF_ERR_DATA, "'probabilities' holds %zu numbers", n);
  statistics->n_probabilities = n;
  statistics->probabilities = bf_alloc(n, sizeof(double));
  BF_CHECK_MEMORY(statistics->probabilities);
  BF_TRY(bf_json_doubles(root, "probabilities", n, statistics->probabilities));
  BF_CHECK(statistics->probabilities[0] == 0 && statistics->probabilities[n - 1] == 1, BF_ERR_DATA,
           "'probabilities' must run from 0 to 1");
  for (size_t i = 1; i < n; i++)
    BF_CHECK(statistics->probabilities[i - 1] < statistics->probabilities[i], BF_ERR_DATA,
             "'probabilities' must increase");
done:
  return status;
}

static bf_status parse_row(const bf_json *row, size_t n, double *values)
{
  bf_status status = BF_OK;
  BF_CHECK(bf_json_size(row) == n, BF_ERR_DATA, "a correlation row has %zu numbers, expected %zu",
           bf_json_size(row), n);
  for (size_t i = 0; i < n; i++)
    BF_TRY(bf_json_double(bf_json_at(row, i), &values[i]));
done:
  return status;
}

static bf_status parse_class(const bf_json *table, const bf_statistics *statistics, size_t class)
{
  bf_status status = BF_OK;
  size_t n = statistics->n_independent;
  size_t n_probabilities = statistics->n_probabilities;
  const bf_json *quantiles = bf_json_get(table, "quantiles");
  const bf_json *correlations = bf_json_get(table, "normal_score_correlation");
  for (size_t i = 0; i < n; i++) {
    const char *name = statistics->features[statistics->independent[i]];
    double *values = statistics->quantiles + (class * n + i) * n_probabilities;
    BF_TRY(bf_json_doubles(quantiles, name, n_probabilities, values));
    BF_TRY(
        parse_row(bf_json_at(correlations, i), n, statistics->correlations + (class * n + i) * n));
  }
done:
  return status;
}

static bf_status parse_classes(const bf_json *root, bf_statistics *statistics)
{
  bf_status status = BF_OK;
  const bf_json *tables = bf_json_get(root, "per_class");
  size_t n = statistics->n_classes * statistics->n_independent;
  statistics->quantiles = bf_alloc(n * statistics->n_probabilities, sizeof(double));
  statistics->correlations = bf_alloc(n * statistics->n_independent, sizeof(double));
  BF_CHECK_MEMORY(statistics->quantiles);
  BF_CHECK_MEMORY(statistics->correlations);
  for (size_t c = 0; c < statistics->n_classes; c++)
    BF_TRY(parse_class(bf_json_get(tables, statistics->classes[c]), statistics, c));
done:
  return status;
}

bf_status bf_statistics_parse(const char *text, const char *source, bf_statistics **out)
{
  bf_status status = BF_OK;
  bf_json *root = NULL;
  bf_statistics *statistics = bf_alloc(1, sizeof *statistics);
  BF_CHECK_MEMORY(statistics);
  BF_TRY(bf_json_parse(text, source, &root));
  BF_TRY(parse_names(root, "features", &statistics->n_features, &statistics->features));
  BF_TRY(parse_names(root, "classes", &statistics->n_classes, &statistics->classes));
  BF_TRY(parse_independent(root, statistics));
  BF_TRY(parse_identities(root, statistics));
  BF_TRY(parse_probabilities(root, statistics));
  BF_TRY(parse_classes(root, statistics));
  BF_TRY(bf_json_double(bf_json_get(root, "label_noise"), &statistics->label_noise));
  *out = statistics;
  statistics = NULL;
done:
  bf_json_free(root);
  bf_statistics_free(statistics);
  return status == BF_OK ? BF_OK : bf_because(status, "cannot read statistics '%s'", source);
}

bf_status bf_statistics_load(bf_statistics **out)
{
  return bf_statistics_parse((const char *)bf_statistics_json, "jsc_statistics.json", out);
}
