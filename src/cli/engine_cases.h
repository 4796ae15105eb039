/* The cases of `bench engine`: a net, a batch size, a mode and a phase, timed.
 * Room: cli. */
#ifndef BF_CLI_ENGINE_CASES_H
#define BF_CLI_ENGINE_CASES_H

#include <stddef.h>

#include "base/isa.h"
#include "base/status.h"
#include "cli/options.h"
#include "nn/kernels.h"

/*
 * The nets are jsc-lab4 (16-16-16-5) with its hidden layers 1, 2 and 4 times as wide. Modes: float;
 * qat, in which every Linear quantises its input (8,4), its weights (8,6) and its bias (8,4); int,
 * which is that net in integers. Phases: train is bf_train, all of it, with batches of this size;
 * eval is bf_evaluate of so many rows a call, and for int bf_forward_run, which scores nothing.
 */

/** Which cases; an empty list stands for all. All zero: the whole table. */
typedef struct bf_engine_choice {
  bf_list nets;
  bf_list batches; /**< also sizes that are not in the table */
  bf_list modes;
  bf_list phases;
} bf_engine_choice;

/** How they are timed. */
typedef struct bf_engine_setting {
  bf_isa isa;
  const bf_kernels *kernels;
  double seconds; /**< a case, about */
} bf_engine_setting;

/** One timed case; names are borrowed from the table. */
typedef struct bf_engine_result {
  const char *net;
  size_t batch;
  const char *mode;
  const char *phase;
  double rows_per_s; /**< median of the rounds */
  double gflops; /**< of the products alone: 6 (train) or 2 (eval) operations a weight and row */
  double peak_gflops; /**< bf_peak_flops, before and after every round; the median */
  double share;       /**< gflops / peak_gflops */
} bf_engine_result;

/**
 * @brief Times the chosen cases, one after the other, on the same random rows.
 * @param[out] results owned array of *n, freed with free().
 * @return BF_OK; BF_ERR_USAGE for a choice that is not in the table, or of nothing; BF_ERR_NOMEM;
 * what bf_train and bf_evaluate return.
 */
bf_status bf_engine_cases_time(const bf_engine_choice *choice, const bf_engine_setting *setting,
                               size_t *n, bf_engine_result **results);

#endif
