/* A data set's manifest as text for people and as JSON.
 * Room: cli. */
#ifndef BF_CLI_DATA_VIEW_H
#define BF_CLI_DATA_VIEW_H

#include "base/json.h"
#include "base/text.h"
#include "data/manifest.h"

/** Appends a few lines: where, what kind, how many rows and shards. */
void bf_data_print(const bf_manifest *manifest, bf_text *text);

/** The whole manifest; NULL parts when memory is short. */
bf_json *bf_data_json(const bf_manifest *manifest);

#endif
