/* The commands of bitfront: finding the one that is meant.
 * Room: cli. */
#include "cli/command.h"

#include "base/suggest.h"
#include "cli/output.h"

static const struct command {
  const char *name; /**< one or two words */
  bf_command_run run;
  bool is_collective; /**< all ranks take part */
  const char *help;
} commands[] = {
    {"search", bf_cmd_search, true, "search a space of nets, on all ranks of mpirun"},
    {"refit", bf_cmd_refit, true, "train chosen nets of a search for long, on all ranks"},
    {"run", bf_cmd_run, false, "start a search on ranks, watch it, go on when it is lost"},
    {"train", bf_cmd_train, false, "train the net of a job file and save it"},
    {"transform", bf_cmd_transform, false, "give a saved net the number formats of a job file"},
    {"eval", bf_cmd_eval, false, "score a saved net on a data set"},
    {"status", bf_cmd_status, false, "show how far a study is, while it runs or afterwards"},
    {"select", bf_cmd_select, false, "choose a net of a finished study"},
    {"compare", bf_cmd_compare, false, "show studies of one space side by side"},
    {"data synth", bf_cmd_data_synth, false, "make a synthetic data set"},
    {"data import", bf_cmd_data_import, false, "make a data set from files of rows"},
    {"data info", bf_cmd_data_info, false, "show what a data set holds"},
    {"data verify", bf_cmd_data_verify, false, "check every shard of a data set"},
    {"checkpoint info", bf_cmd_checkpoint_info, false, "show what a file of weights holds"},
    {"checkpoint convert", bf_cmd_checkpoint_convert, false,
     "between HDF5, safetensors and PyTorch"},
    {"selftest", bf_cmd_selftest, true, "check a new machine, and say what to fix"},
    {"quantize", bf_cmd_quantize, false, "show what numbers become in a number format"},
    {"bench cluster", bf_cmd_bench_cluster, true, "how many workers one rank 0 can keep busy"},
    {"bench engine", bf_cmd_bench_engine, false, "time training and evaluation"},
    {"bench sampler", bf_cmd_bench_sampler, false,
     "compare samplers on problems with known fronts"},
    {"--info", bf_cmd_info, false, "list the nets and data sets that jobs can name"},
    {"--version", bf_cmd_version, false, "show versions, kernels and CPU features"},
    {"--help", bf_cmd_help, false, "show this page"},
};
enum { N_COMMANDS = sizeof commands / sizeof *commands };

static const struct {
  const char *letter;
  const char *name;
} letters[] = {{"-h", "--help"}, {"-V", "--version"}};

static const char *spell_out(const char *word)
{
  for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
    if (strcmp(letters[i].letter, word) == 0)
      return letters[i].name;
  return word;
}

/* Number of words of the command line that spell @p name; 0 if they do not. */
static size_t words_of(const char *name, size_t n, char **arguments)
{
  const char *space = strchr(name, ' ');
  const char *first = n > 0 ? spell_out(arguments[0]) : "";
  size_t n_first = space != NULL ? (size_t)(space - name) : strlen(name);
  if (strncmp(name, first, n_first) != 0 || first[n_first] != '\0')
    return 0;
  if (space == NULL)
    return 1;
  return n >= 2 && strcmp(space + 1, arguments[1]) == 0 ? 2 : 0;
}

/* The commands whose first word is @p word: "bench". */
static bool is_of_family(const char *name, const char *word)
{
  size_t length = strcspn(name, " ");
  return name[length] == ' ' && strncmp(name, word, length) == 0 && word[length] == '\0';
}

static bool wants_help(const char *argument)
{
  return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

static void print_command(const struct command *command, bf_text *text)
{
  bf_text_printf(text, "  %-18s %s\n", command->name, command->help);
}

static bf_status show_family(const char *word)
{
  bf_text text = {0};
  bf_text_printf(&text, "usage: bitfront %s ...\n\ncommands:\n", word);
  for (size_t i = 0; i < N_COMMANDS; i++)
    if (is_of_family(commands[i].name, word))
      print_command(&commands[i], &text);
  bf_text_append(&text, "\n'bitfront COMMAND --help' explains a command.\n");
  bf_status status = bf_output_print(&text);
  bf_text_release(&text);
  return status;
}

/* Actions of the Python tool that have another name here, or none. */
static const struct {
  const char *name;
  const char *hint;
} foreign[] = {
    {"test", "'bitfront eval' scores a saved net"},
    {"emit", "bitfront makes no hardware; 'bitfront checkpoint convert' hands nets on"},
    {"simulate", "bitfront makes no hardware, so there is none to simulate"},
};

static bf_status fail_foreign(const char *word)
{
  for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
    if (strcmp(foreign[i].name, word) == 0)
      return bf_fail(BF_ERR_USAGE, "'%s' is no command of bitfront: %s", word, foreign[i].hint);
  return BF_OK;
}

static bf_status fail_family(const char *word)
{
  bf_text list = {0};
  for (size_t i = 0; i < N_COMMANDS; i++)
    if (is_of_family(commands[i].name, word))
      bf_text_printf(&list, "%s'%s'", list.length > 0 ? ", " : "", commands[i].name);
  bf_status status = bf_text_status(&list);
  if (status == BF_OK)
    status =
        bf_fail(BF_ERR_USAGE, "'%s' wants a second word; there are %s", word, bf_text_view(&list));
  bf_text_release(&list);
  return status;
}

static bf_status fail_unknown(size_t n, char **arguments)
{
  const char *names[N_COMMANDS];
  char given[128];
  bool is_family = false;
  for (size_t i = 0; i < N_COMMANDS; i++) {
    names[i] = commands[i].name;
    is_family |= is_of_family(names[i], arguments[0]);
  }
  if (is_family && n == 1)
    return fail_family(arguments[0]);
  if (fail_foreign(arguments[0]) != BF_OK)
    return BF_ERR_USAGE;
  snprintf(given, sizeof given, "%s%s%s", arguments[0], is_family ? " " : "",
           is_family ? arguments[1] : "");
  const char *near = bf_suggest(given, names, N_COMMANDS);
  if (near != NULL)
    return bf_fail(BF_ERR_USAGE, "unknown command '%s'; did you mean '%s'?", given, near);
  return bf_fail(BF_ERR_USAGE, "unknown command '%s'; see 'bitfront --help'", given);
}

bf_status bf_command_dispatch(bf_call *call)
{
  bool is_first = bf_session_rank(call->session) == 0;
  if (call->n == 0)
    return bf_fail(BF_ERR_USAGE, "no command; see 'bitfront --help'");
  for (size_t i = 0; i < N_COMMANDS; i++) {
    size_t n_words = words_of(commands[i].name, call->n, call->arguments);
    if (n_words == 0)
      continue;
    call->n -= n_words;
    call->arguments += n_words;
    return is_first || commands[i].is_collective ? commands[i].run(call) : BF_OK;
  }
  for (size_t i = 0; call->n >= 2 && wants_help(call->arguments[1]) && i < N_COMMANDS; i++)
    if (is_of_family(commands[i].name, call->arguments[0]))
      return is_first ? show_family(call->arguments[0]) : BF_OK;
  return fail_unknown(call->n, call->arguments);
}

bf_status bf_cmd_help(bf_call *call)
{
  (void)call;
  bf_text text = {0};
  bf_text_append(&text, "usage: bitfront COMMAND [arguments]\n"
                        "       mpirun -n RANKS bitfront search JOB.toml --data DIR --out DIR\n\n"
                        "Multi-objective search of small quantised nets over MPI ranks.\n\n"
                        "commands:\n");
  for (size_t i = 0; i < N_COMMANDS; i++)
    print_command(&commands[i], &text);
  bf_text_append(
      &text, "\n'bitfront COMMAND --help' explains a command.\n\n"
             "Exit codes: 0 done; 1 output not writable, disk full, out of memory, MPI;\n"
             "2 arguments or job file; 3 done, but some trials failed; 4 stopped early,\n"
             "--resume goes on; 5 bad data set, checkpoint or study; 70 a fault of bitfront.\n");
  bf_status status = bf_output_print(&text);
  bf_text_release(&text);
  return status;
}
