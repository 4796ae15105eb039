/* A job as the command line wants it: the file, with options put into its tree.
 * Room: cli. */
#ifndef BF_CLI_JOB_FILE_H
#define BF_CLI_JOB_FILE_H

#include <stdbool.h>

#include "base/status.h"
#include "cli/options.h"
#include "cli/tool_flags.h"
#include "study/job.h"
#include "study/record.h"

/** What the command line says about a job; texts are borrowed, NULL where an option is absent. */
typedef struct bf_overrides {
  const char *data;
  const char *data_before; /**< of the study that goes on: counts if nothing else is said */
  const char *load;
  const char *sampler;
  const char *n_trials;
  const char *timeout;
  const char *seed;
  const char *backend;
  const char *model;   /**< in front of the options, as the Python tool has them */
  const char *dataset; /**< likewise */
  bf_tool_flags tool;
  bool names_folder; /**< bf_job_project named the folder for results: its keys are used up */
  bf_list sets;      /**< "KEY=VALUE"; the options above win over them */
  bool lenient;
  bool uses_passes; /**< [passes.quantize] is not ignored */
} bf_overrides;

/**
 * @brief What a command's arguments are: `JOB.toml`, or, where --config names the job or nothing
 * does, the Python tool's `model dataset`.
 * @param config --config; NULL.
 * @param[out] job path of the job file; NULL: none was given.
 * @param[out] overrides gets model and dataset.
 * @return BF_OK; BF_ERR_USAGE for two job files and arguments too many.
 */
bf_status bf_job_arguments(const bf_usage *usage, const bf_arguments *arguments, const char *config,
                           bf_overrides *overrides, const char **job);

/**
 * @brief Reads the file, puts the overrides into its tree and checks the result.
 *
 * The data folder is --data, else the job's key, else $BITFRONT_DATA; it ends up in the tree, which
 * is the effective job. Keys that have no meaning here are named in one line "ignored: ...". Its
 * log_level holds from here on.
 * @param path NULL: no file, all comes from the overrides.
 * @return BF_OK; BF_ERR_USAGE; BF_ERR_NOMEM.
 */
bf_status bf_job_read(const char *path, const bf_overrides *overrides, bf_job **out);

/** @brief The folder for results that a job and --project, --project-dir name, as the Python tool
 * makes it. @param[out] folder the caller's to free. @return As bf_job_read. */
bf_status bf_job_project(const char *path, const bf_overrides *overrides, char **folder);

/** @brief The job of a study on disk, as its journal has it, with the overrides. Unknown keys are
 * warnings: they were let pass when the study began. @return As bf_job_read. */
bf_status bf_job_reread(const bf_record *record, const bf_overrides *overrides, bf_job **out);

/** @brief @p given, else $BITFRONT_DATA. @return BF_OK; BF_ERR_USAGE, saying how to make a set. */
bf_status bf_data_folder(const char *given, const char **folder);

#endif
