/* A job as the command line wants it: the file, with options put into its tree.
 * Room: cli. */
#include "cli/job_file.h"

#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/suggest.h"
#include "cli/project.h"

bf_status bf_data_folder(const char *given, const char **folder)
{
  const char *found = given != NULL ? given : getenv("BITFRONT_DATA");
  if (found == NULL || found[0] == '\0')
    return bf_fail(BF_ERR_USAGE,
                   "no data set: give --data DIR or set BITFRONT_DATA; make a set with 'bitfront "
                   "data synth --out DIR --rows 200000' or 'bitfront data import FILE --out DIR'");
  *folder = found;
  return BF_OK;
}

static bf_status apply_set(bf_toml *tree, const char *pair)
{
  const char *equals = strchr(pair, '=');
  if (equals == NULL || equals == pair)
    return bf_fail(BF_ERR_USAGE, "option '--set' is '%s', expected KEY=VALUE", pair);
  char *key = bf_copy_text(pair);
  if (key == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory (option '--set')");
  key[equals - pair] = '\0';
  bf_status status = bf_toml_set(tree, key, equals + 1);
  free(key);
  return status == BF_OK ? BF_OK : bf_because(status, "option '--set'");
}

static bf_status apply_data(bf_toml *tree, const char *given, const char *before)
{
  const bf_toml *present = bf_toml_get(tree, "data");
  if (given == NULL && present != NULL && present->kind != BF_TOML_NULL)
    return BF_OK;
  const char *folder = before;
  bf_status status = given != NULL || before == NULL ? bf_data_folder(given, &folder) : BF_OK;
  return status == BF_OK ? bf_toml_set_string(tree, "data", folder) : status;
}

typedef bf_status (*setter)(bf_toml *root, const char *path, const char *value);

static bf_status apply(bf_toml *tree, const bf_overrides *overrides)
{
  bf_status status = BF_OK;
  /* Numbers were read strictly with the options, so that as TOML they are numbers again. */
  const struct {
    const char *value;
    const char *key;
    setter set;
  } rows[] = {
      {overrides->load, "load_name", bf_toml_set_string},
      {overrides->sampler, "search.strategy.setup.sampler", bf_toml_set_string},
      {overrides->n_trials, "search.strategy.setup.n_trials", bf_toml_set},
      {overrides->timeout, "search.strategy.setup.timeout", bf_toml_set},
      {overrides->seed, "seed", bf_toml_set},
      {overrides->backend, "backend", bf_toml_set_string},
      {overrides->model, "model", bf_toml_set_string},
      {overrides->dataset, "dataset", bf_toml_set_string},
  };
  for (size_t i = 0; i < overrides->sets.n; i++)
    BF_TRY(apply_set(tree, overrides->sets.items[i]));
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (rows[i].value != NULL)
      BF_TRY(rows[i].set(tree, rows[i].key, rows[i].value));
  BF_TRY(bf_tool_flags_apply(&overrides->tool, tree));
done:
  return status;
}

/* What is said of the job itself should heed its level, so this comes before it is checked. */
static void heed_log_level(const bf_toml *tree)
{
  static const struct {
    const char *name;
    bf_log_level least;
  } rows[] = {{"debug", BF_LOG_INFO},
              {"info", BF_LOG_INFO},
              {"warning", BF_LOG_WARNING},
              {"error", BF_LOG_SILENT},
              {"critical", BF_LOG_SILENT}};
  const bf_toml *level = bf_toml_get(tree, "log_level");
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (level != NULL && level->kind == BF_TOML_STRING && bf_same_name(level->string, rows[i].name))
      bf_log_set_least(rows[i].least);
}

static void add_name(bf_text *line, const char *parent, size_t n, const char *name)
{
  bf_text_printf(line, "%s%s%.*s", line->length > 0 ? ", " : "", parent, (int)n, name);
}

/* Whoever uses one pass ignores the others all the same. */
static void add_other_passes(const bf_job *job, bf_text *line)
{
  const bf_toml *passes = bf_toml_get(job->tree, "passes");
  for (size_t i = 0; passes != NULL && i < passes->n_items; i++)
    if (strcmp(passes->items[i]->key, "quantize") != 0)
      add_name(line, "passes.", strlen(passes->items[i]->key), passes->items[i]->key);
}

/* Keys without a meaning here, then such flags of the Python tool as have no key. */
static bf_status tell_ignored(const bf_job *job, const bf_overrides *overrides)
{
  bf_text line = {0};
  size_t n;
  const char *names = job->ignored != NULL ? job->ignored : "";
  for (const char *name = names; *name != '\0'; name += n + strspn(name + n, ", ")) {
    n = strcspn(name, ",");
    if (overrides->uses_passes && n == strlen("passes") && strncmp(name, "passes", n) == 0)
      add_other_passes(job, &line);
    else
      add_name(&line, "", n, name);
  }
  bf_tool_flags_print_keyless(&overrides->tool, &line);
  bf_status status = bf_text_status(&line);
  if (status == BF_OK && line.length > 0)
    bf_info("ignored: %s", line.data);
  bf_text_release(&line);
  return status;
}

static bf_status finish(bf_toml *tree, const char *source, const bf_overrides *overrides,
                        bool lenient, bf_job **out)
{
  bf_status status = apply(tree, overrides);
  if (status == BF_OK)
    status = apply_data(tree, overrides->data, overrides->data_before);
  if (status != BF_OK) {
    bf_toml_free(tree);
    return status;
  }
  if (overrides->names_folder) {
    bf_toml_remove(tree, "project");
    bf_toml_remove(tree, "project_dir");
  }
  heed_log_level(tree);
  status = bf_job_create(tree, source, lenient, out);
  return status == BF_OK ? tell_ignored(*out, overrides) : status;
}

static const char no_file[] = "command line";

static bf_status read_tree(const char *path, bf_toml **tree)
{
  bf_status status = BF_OK;
  bf_text text = {0};
  if (path == NULL)
    return bf_toml_parse("", no_file, tree);
  BF_TRY(bf_file_read(path, &text));
  BF_CHECK(strlen(bf_text_view(&text)) == text.length, BF_ERR_USAGE,
           "'%s' is no job file: byte %zu is zero", path, strlen(bf_text_view(&text)) + 1);
  BF_TRY(bf_toml_parse(bf_text_view(&text), path, tree));
done:
  bf_text_release(&text);
  return status;
}

bf_status bf_job_read(const char *path, const bf_overrides *overrides, bf_job **out)
{
  bf_toml *tree = NULL;
  bf_status status = read_tree(path, &tree);
  if (status != BF_OK)
    return status;
  return finish(tree, path != NULL ? path : no_file, overrides, overrides->lenient, out);
}

bf_status bf_job_project(const char *path, const bf_overrides *overrides, char **folder)
{
  bf_status status = BF_OK;
  bf_toml *tree = NULL;
  BF_TRY(read_tree(path, &tree));
  BF_TRY(apply(tree, overrides));
  BF_TRY(bf_project_folder(tree, folder));
done:
  bf_toml_free(tree);
  return status;
}

bf_status bf_job_reread(const bf_record *record, const bf_overrides *overrides, bf_job **out)
{
  bf_status status = BF_OK;
  bf_text text = {0};
  bf_toml *tree = NULL;
  char *source = bf_path_join(record->folder, BF_JOURNAL_NAME);
  BF_CHECK_MEMORY(source);
  bf_toml_print(record->job, &text);
  BF_TRY(bf_text_status(&text));
  BF_TRY(bf_toml_parse(bf_text_view(&text), source, &tree));
  BF_TRY(finish(tree, source, overrides, true, out));
done:
  free(source);
  bf_text_release(&text);
  return status;
}

static bool has_suffix(const char *name)
{
  size_t n = strlen(name);
  return n >= 5 && strcmp(name + n - 5, ".toml") == 0;
}

/* Whether the first argument is a job file. Beside one by --config, and in front of the name of a
 * data set, any other word is the name of a net, which may be misspelt. */
static bool is_job_file(const bf_arguments *arguments, const char *config)
{
  const char *first = arguments->items[0];
  bool is_net = config != NULL || arguments->n == 2 || strpbrk(first, "./") == NULL;
  return !bf_model_zoo_has(first) && (!is_net || has_suffix(first) || bf_file_exists(first));
}

static bool is_regular_file(const char *path)
{
  struct stat info;
  return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

/* A job file in the place of a data set's name would be ignored, as that name is. */
static bf_status check_names(const bf_overrides *overrides, const char *config)
{
  bf_status status = BF_OK;
  const char *dataset = overrides->dataset;
  bf_model model;
  BF_CHECK(dataset == NULL || (!has_suffix(dataset) && !is_regular_file(dataset)), BF_ERR_USAGE,
           "'%s' stands where the name of a data set does: give it as --config %s", dataset,
           dataset);
  if (overrides->model == NULL || bf_model_zoo_has(overrides->model))
    return BF_OK;
  status = bf_model_zoo(overrides->model, 1, 2, &model);
  if (config == NULL && dataset == NULL)
    status = bf_because(status, "no job file '%s'", overrides->model);
done:
  return status;
}

bf_status bf_job_arguments(const bf_usage *usage, const bf_arguments *arguments, const char *config,
                           bf_overrides *overrides, const char **job)
{
  size_t n = arguments->n;
  char **items = arguments->items;
  bool names_job = n > 0 && is_job_file(arguments, config);
  if (names_job && config != NULL)
    return bf_fail(BF_ERR_USAGE, "two job files: '%s' and '%s'", items[0], config);
  bf_status status = bf_arguments_check(usage, arguments, 0, names_job ? 1 : 2, "JOB.toml");
  if (status != BF_OK)
    return status;
  *job = names_job ? items[0] : config;
  overrides->model = n > 0 && !names_job ? items[0] : NULL;
  overrides->dataset = n > 1 ? items[1] : NULL;
  return check_names(overrides, config);
}
