/* The Python tool's flags: a table of their names and of the keys of the job that they set.
 * Room: cli. */
#ifndef BF_CLI_TOOL_FLAGS_H
#define BF_CLI_TOOL_FLAGS_H

#include "base/toml.h"
#include "cli/options.h"

enum { BF_MAX_TOOL_FLAGS = 40 };

/** What was given for each flag, NULL where nothing was; texts are borrowed. All zero is none. */
typedef struct bf_tool_flags {
  const char *given[BF_MAX_TOOL_FLAGS];
} bf_tool_flags;

/**
 * @brief A command's options and behind them the flags, which the help page does not list.
 *
 * Flags that are among the command's own options are left to the command.
 * @param[out] all (n_own + BF_MAX_TOOL_FLAGS); they point into @p flags.
 * @return Number of options in @p all.
 */
size_t bf_tool_flags_join(bf_tool_flags *flags, size_t n_own, const bf_option *own, bf_option *all);

/** What was given for the flag that sets the job's key @p key; NULL. */
const char *bf_tool_flags_value(const bf_tool_flags *flags, const char *key);

/** @brief Puts what was given into the tree of a job. @return BF_OK; BF_ERR_USAGE; BF_ERR_NOMEM. */
bf_status bf_tool_flags_apply(const bf_tool_flags *flags, bf_toml *tree);

/** Appends ", --profile" for every flag given that no key of the job stands for. */
void bf_tool_flags_print_keyless(const bf_tool_flags *flags, bf_text *text);

#endif
