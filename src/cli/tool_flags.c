/* The Python tool's flags: what each sets of the job.
 * Room: cli. */
#include "cli/tool_flags.h"

/* A flag without an argument. */
static bf_status read_given(const char *option, const char *text, void *value)
{
  (void)option;
  (void)text;
  *(const char **)value = "true";
  return BF_OK;
}

/* A flag is a line here; what its key means, or that it means nothing, is for the job to say.
 * --config is missing: it is no key of the file that it names. */
static const struct flag {
  const char *name;
  const char *key;      /* NULL: it never was a key */
  const char *argument; /* NULL: none */
  bf_option_reader read;
} flags_table[] = {
    {"--task", "task", "TASK", bf_read_text},
    {"--load", "load_name", "FILE", bf_read_text},
    {"--load-type", "load_type", "KIND", bf_read_text},
    {"--batch-size", "batch_size", "N", bf_read_count_text},
    {"--seed", "seed", "N", bf_read_natural_text},
    {"--debug", "to_debug", NULL, read_given},
    {"--to-debug", "to_debug", NULL, read_given},
    {"--log-level", "log_level", "LEVEL", bf_read_text},
    {"--report-to", "report_to", "WHERE", bf_read_text},
    {"--quant-config", "quant_config", "FILE", bf_read_text},
    {"--training-optimizer", "training_optimizer", "NAME", bf_read_text},
    {"--trainer-precision", "trainer_precision", "NAME", bf_read_text},
    {"--learning-rate", "learning_rate", "R", bf_read_number_text},
    {"--weight-decay", "weight_decay", "R", bf_read_number_text},
    {"--max-epochs", "max_epochs", "N", bf_read_count_text},
    {"--max-steps", "max_steps", "N", bf_read_number_text},
    {"--accumulate-grad-batches", "accumulate_grad_batches", "N", bf_read_count_text},
    {"--log-every-n-steps", "log_every_n_steps", "N", bf_read_number_text},
    {"--cpu", "num_workers", "N", bf_read_number_text},
    {"--num-workers", "num_workers", "N", bf_read_number_text},
    {"--gpu", "num_devices", "N", bf_read_number_text},
    {"--num-devices", "num_devices", "N", bf_read_number_text},
    {"--nodes", "num_nodes", "N", bf_read_number_text},
    {"--accelerator", "accelerator", "NAME", bf_read_text},
    {"--strategy", "strategy", "NAME", bf_read_text},
    {"--auto-requeue", "is_to_auto_requeue", NULL, read_given},
    {"--github-ci", "github_ci", NULL, read_given},
    {"--disable-dataset-cache", "disable_dataset_cache", NULL, read_given},
    {"--target", "target", "NAME", bf_read_text},
    {"--num-targets", "num_targets", "N", bf_read_number_text},
    {"--pretrained", "is_pretrained", NULL, read_given},
    {"--is-pretrained", "is_pretrained", NULL, read_given},
    {"--max-token-len", "max_token_len", "N", bf_read_number_text},
    {"--project-dir", "project_dir", "DIR", bf_read_text},
    {"--project", "project", "NAME", bf_read_text},
    {"--profile", NULL, NULL, read_given},
    {"--no-warnings", NULL, NULL, read_given},
    {"--run-emit", NULL, NULL, read_given},
    {"--skip-build", NULL, NULL, read_given},
    {"--skip-test", NULL, NULL, read_given},
};
enum { N_FLAGS = sizeof flags_table / sizeof *flags_table };
_Static_assert((int)N_FLAGS <= (int)BF_MAX_TOOL_FLAGS, "bf_tool_flags has too little room");

static bool is_among(const char *name, size_t n, const bf_option *options)
{
  for (size_t i = 0; i < n; i++)
    if (strcmp(options[i].name, name) == 0)
      return true;
  return false;
}

size_t bf_tool_flags_join(bf_tool_flags *flags, size_t n_own, const bf_option *own, bf_option *all)
{
  size_t n = n_own;
  for (size_t i = 0; i < n_own; i++)
    all[i] = own[i];
  for (size_t i = 0; i < N_FLAGS; i++) {
    const struct flag *flag = &flags_table[i];
    if (!is_among(flag->name, n_own, own))
      all[n++] = (bf_option){flag->name, flag->argument, NULL, flag->read, &flags->given[i]};
  }
  return n;
}

const char *bf_tool_flags_value(const bf_tool_flags *flags, const char *key)
{
  const char *value = NULL;
  for (size_t i = 0; i < N_FLAGS; i++)
    if (flags_table[i].key != NULL && strcmp(flags_table[i].key, key) == 0 &&
        flags->given[i] != NULL)
      value = flags->given[i];
  return value;
}

bf_status bf_tool_flags_apply(const bf_tool_flags *flags, bf_toml *tree)
{
  bf_status status = BF_OK;
  for (size_t i = 0; status == BF_OK && i < N_FLAGS; i++) {
    const struct flag *flag = &flags_table[i];
    if (flags->given[i] == NULL || flag->key == NULL)
      continue;
    status = flag->read == bf_read_text ? bf_toml_set_string(tree, flag->key, flags->given[i])
                                        : bf_toml_set(tree, flag->key, flags->given[i]);
  }
  return status;
}

void bf_tool_flags_print_keyless(const bf_tool_flags *flags, bf_text *text)
{
  for (size_t i = 0; i < N_FLAGS; i++)
    if (flags->given[i] != NULL && flags_table[i].key == NULL)
      bf_text_printf(text, "%s%s", text->length > 0 ? ", " : "", flags_table[i].name);
}
