/* Where the ranks of a search run, and warnings when they are in each other's way.
 * Room: cli. */
#ifndef BF_CLI_CROWDING_H
#define BF_CLI_CROWDING_H

#include "cli/search_setup.h"
#include "cluster/placement.h"

/** Collective. What bf_placement_gather finds; a machine that does not say is warned of, and
 * rank 0's @p out is empty. */
void bf_crowding_gather(bf_session *session, bf_placement *out);

/** Rank 0: a line through base/log.h for everything that is wrong with it, and what to do. */
void bf_crowding_warn(const bf_placement *placement, const bf_setup *setup);

#endif
