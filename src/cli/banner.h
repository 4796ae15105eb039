/* What a search or a refit says about itself before it starts.
 * Room: cli. */
#ifndef BF_CLI_BANNER_H
#define BF_CLI_BANNER_H

#include "base/text.h"
#include "cli/search_setup.h"
#include "cluster/placement.h"
#include "cluster/session.h"

/** The lines that differ from command to command; texts are borrowed. */
typedef struct bf_banner {
  const char *title;             /**< "search jobs/joint.toml" */
  const char *task;              /**< "nets     3 of 'R'": the fourth line */
  const char *out;               /**< where results go */
  const bf_placement *placement; /**< borrowed */
} bf_banner;

/** Appends version and title, ranks, cores (of several ranks), data, task, kernels, results: a
 * line each. */
void bf_banner_print(const bf_session *session, const bf_setup *setup, const bf_banner *banner,
                     bf_text *text);

/** The banner of a search: its fourth line is the space. */
void bf_search_banner_print(const bf_session *session, const bf_setup *setup,
                            const bf_placement *placement, const char *out, bf_text *text);

/** Appends "18 configurations"; "2^64 configurations or more" when they cannot be counted. */
void bf_space_print(const bf_space *space, bf_text *text);

#endif
