/* Options of samplers as texts: KEY=VALUE.
 * Room: cli. */
#ifndef BF_CLI_SAMPLER_SET_H
#define BF_CLI_SAMPLER_SET_H

#include "base/status.h"
#include "search/sampler.h"

/**
 * @brief Sets one option; keys are the members of bf_sampler_options, and `multivariate` (true or
 *        false) for tpe_model.
 * @param setting "population_size=20"; borrowed: qmc_type points into it.
 * @return BF_OK; BF_ERR_USAGE for no '=', an unknown key (with those there are) or a value that is
 *         none for it; @p options is untouched then.
 */
bf_status bf_sampler_set(const char *setting, bf_sampler_options *options);

#endif
