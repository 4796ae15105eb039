/* Where the Python tool would put its results: <project_dir>/<project>.
 * Room: cli. */
#ifndef BF_CLI_PROJECT_H
#define BF_CLI_PROJECT_H

#include "base/toml.h"
#include "cli/tool_flags.h"

/** Whether the command line asks for such a folder: by --project, --project-dir. A job's keys alone
 * do not, as people who say neither are not aware of them. */
bool bf_project_is_asked(const bf_tool_flags *flags);

/**
 * @brief The folder that the effective job names. Without `project_dir` it is one of the working
 * directory, without `project` called <model>_<task>_<dataset>_<date>.
 * @param[out] folder the caller's to free.
 * @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_project_folder(const bf_toml *tree, char **folder);

#endif
