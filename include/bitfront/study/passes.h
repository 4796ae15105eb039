/* The passes of a job: number formats for a net, without a search.
 * Room: study. Keys: docs/formats.md, "[passes.quantize]". */
#ifndef BF_STUDY_PASSES_H
#define BF_STUDY_PASSES_H

#include "base/status.h"
#include "nn/model.h"
#include "study/job.h"

/**
 * @brief Gives the layers of @p model the number formats of the job's [passes.quantize].
 *
 * `by` says how a layer's table is found: by its `type`, its `name`, or the first key that as a
 * `regex_name` matches its name; else it is `default`. The formats that a layer without a table has
 * stay as they are.
 * @param job its tree is changed: call this once.
 * @param[in,out] model untouched on failure.
 * @return BF_OK; BF_ERR_USAGE with file, line and column: no such table, an unknown node, key or
 * format, a value out of range; BF_ERR_NOMEM.
 */
bf_status bf_passes_quantize(bf_job *job, bf_model *model);

#endif
