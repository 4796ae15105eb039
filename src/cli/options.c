/* Options of a command: finding them among the arguments, and the help page.
 * Room: cli. */
#include "cli/options.h"

#include "base/suggest.h"
#include "cli/output.h"

enum { MAX_OPTIONS = 96 };

static bf_status fail_unknown(const bf_usage *usage, const char *name)
{
  const char *names[MAX_OPTIONS + 1] = {"--help"};
  size_t n = 1;
  for (size_t i = 0; i < usage->n_options && n < MAX_OPTIONS; i++)
    names[n++] = usage->options[i].name;
  const char *near = bf_suggest(name, names, n);
  if (near != NULL)
    return bf_fail(BF_ERR_USAGE, "unknown option '%s'; did you mean '%s'?", name, near);
  return bf_fail(BF_ERR_USAGE, "unknown option '%s'; see 'bitfront %s --help'", name,
                 usage->command);
}

static const bf_option *find(const bf_usage *usage, const char *name)
{
  for (size_t i = 0; i < usage->n_options; i++)
    if (strcmp(usage->options[i].name, name) == 0)
      return &usage->options[i];
  return NULL;
}

/* Reads the option at argv[*at], which may take the next argument too. */
static bf_status read_option(const bf_usage *usage, size_t n, char **argv, size_t *at)
{
  char name[64];
  const char *equals = strchr(argv[*at], '=');
  size_t n_name = equals != NULL ? (size_t)(equals - argv[*at]) : strlen(argv[*at]);
  if (n_name >= sizeof name)
    return fail_unknown(usage, argv[*at]);
  memcpy(name, argv[*at], n_name);
  name[n_name] = '\0';
  const bf_option *option = find(usage, name);
  if (option == NULL)
    return fail_unknown(usage, name);
  if (option->argument == NULL) {
    if (equals != NULL)
      return bf_fail(BF_ERR_USAGE, "option '%s' takes no value", name);
    return option->read(name, "", option->value);
  }
  if (equals != NULL)
    return option->read(name, equals + 1, option->value);
  if (*at + 1 >= n)
    return bf_fail(BF_ERR_USAGE, "option '%s' wants a value: %s %s", name, name, option->argument);
  *at += 1;
  return option->read(name, argv[*at], option->value);
}

static bool wants_help(size_t n, char **argv)
{
  for (size_t i = 0; i < n && strcmp(argv[i], "--") != 0; i++)
    if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
      return true;
  return false;
}

bf_status bf_options_read(const bf_usage *usage, size_t n, char **argv, bf_arguments *arguments)
{
  bf_arguments found = {.items = argv, .wants_help = wants_help(n, argv)};
  bool is_ended = false;
  for (size_t i = 0; i < n && !found.wants_help; i++) {
    bool is_option = !is_ended && argv[i][0] == '-' && argv[i][1] != '\0';
    if (is_option && strcmp(argv[i], "--") == 0) {
      is_ended = true;
    } else if (is_option) {
      bf_status status = read_option(usage, n, argv, &i);
      if (status != BF_OK)
        return status;
    } else {
      argv[found.n++] = argv[i];
    }
  }
  *arguments = found;
  return BF_OK;
}

bf_status bf_arguments_check(const bf_usage *usage, const bf_arguments *arguments, size_t least,
                             size_t most, const char *what)
{
  if (arguments->n < least)
    return bf_fail(BF_ERR_USAGE, "%s is missing; usage: bitfront %s %s", what, usage->command,
                   usage->arguments);
  if (arguments->n > most)
    return bf_fail(BF_ERR_USAGE, "unexpected argument '%s'; usage: bitfront %s %s",
                   arguments->items[most], usage->command, usage->arguments);
  return BF_OK;
}

bf_status bf_usage_show(const bf_usage *usage)
{
  bf_text text = {0};
  bf_text_printf(&text, "usage: bitfront %s %s\n\n%s", usage->command, usage->arguments,
                 usage->description);
  if (usage->n_options > 0)
    bf_text_append(&text, "\noptions:\n");
  bool reads_more = false;
  for (size_t i = 0; i < usage->n_options; i++) {
    const bf_option *option = &usage->options[i];
    char left[64];
    reads_more |= option->help == NULL;
    if (option->help == NULL)
      continue;
    snprintf(left, sizeof left, "%s %s", option->name,
             option->argument != NULL ? option->argument : "");
    bf_text_printf(&text, "  %-22s %s\n", left, option->help);
  }
  if (reads_more)
    bf_text_append(&text, "\nThe Python tool's flags are read, too: [model dataset] --config "
                          "JOB.toml --batch-size N ...\n");
  bf_status status = bf_output_print(&text);
  bf_text_release(&text);
  return status;
}
