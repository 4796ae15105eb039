/* The table of job-file keys.
 * Room: study. A new key is one line here and one member of bf_job. */
#include "study/job_keys.h"

#include "study/job.h"

#define AT(member) offsetof(bf_job, member)
#define COUNT(path, member, lo, hi)                                                                \
  {                                                                                                \
    path, BF_KEY_COUNT, AT(member), lo, hi                                                         \
  }
#define STEPS(path, member)                                                                        \
  {                                                                                                \
    path, BF_KEY_STEPS, AT(member), 1, MANY                                                        \
  }
#define NUMBER(path, member, lo, hi)                                                               \
  {                                                                                                \
    path, BF_KEY_NUMBER, AT(member), lo, hi                                                        \
  }
#define FLAG(path, member)                                                                         \
  {                                                                                                \
    path, BF_KEY_FLAG, AT(member), 0, 0                                                            \
  }
#define TEXT(path, member)                                                                         \
  {                                                                                                \
    path, BF_KEY_TEXT, AT(member), 0, 0                                                            \
  }
#define TREE(path, member)                                                                         \
  {                                                                                                \
    path, BF_KEY_TREE, AT(member), 0, 0                                                            \
  }
#define IGNORED(path)                                                                              \
  {                                                                                                \
    path, BF_KEY_IGNORED, 0, 0, 0                                                                  \
  }

#define MANY     1e15
#define BATCH    1e6
#define RUNNER   "search.strategy.sw_runner."
#define HARDWARE "search.strategy.hw_runner."
#define SETUP    "search.strategy.setup."

static const bf_key keys[] = {
    TEXT("model", model),
    TEXT("task", task),
    TEXT("log_level", log_level),
    TREE("model.layers", layers),
    TEXT("data", data),
    TEXT("load_name", load),
    TEXT("backend", backend),
    COUNT("batch_size", batch_size, 1, BATCH),
    COUNT("seed", seed, 0, 9e15),
    FLAG("compat", compat),

    /* `bitfront train` */
    TEXT("training_optimizer", training.optimizer),
    TEXT("lr_scheduler", training.scheduler),
    NUMBER("learning_rate", training.learning_rate, 0, 1e30),
    NUMBER("weight_decay", training.weight_decay, 0, 1e30),
    NUMBER("momentum", training.momentum, 0, 1),
    FLAG("nesterov", training.nesterov),
    COUNT("num_warmup_steps", training.n_warmup_steps, 0, MANY),
    COUNT("max_epochs", training.n_epochs, 1, 1e9),
    STEPS("max_steps", training.max_steps),
    COUNT("accumulate_grad_batches", training.accumulate, 1, BATCH),

    TEXT("search.search_space.name", space),
    TEXT("search.search_space.setup.by", by),
    TREE("search.search_space.seed", seeds),
    TEXT("search.report.line", report_line),

    FLAG("search.strategy.eval_mode", eval_mode),
    TEXT(RUNNER "basic_evaluation.data_loader", evaluation_loader),
    TEXT(RUNNER "basic_evaluation.dataloader", evaluation_loader), /* what that tool's code reads */
    COUNT(RUNNER "basic_evaluation.num_samples", evaluation_rows, 1, MANY),
    TEXT(RUNNER "basic_train.data_loader", brief_loader),
    TEXT(RUNNER "basic_train.dataloader", brief_loader),
    COUNT(RUNNER "basic_train.num_samples", brief_rows, 1, MANY),
    COUNT(RUNNER "basic_train.max_epochs", brief.n_epochs, 1, 1e9),
    STEPS(RUNNER "basic_train.max_steps", brief.max_steps),
    TEXT(RUNNER "basic_train.optimizer", brief.optimizer),
    NUMBER(RUNNER "basic_train.learning_rate", brief.learning_rate, 0, 1e30),
    TEXT(RUNNER "basic_train.lr_scheduler", brief.scheduler),
    COUNT(RUNNER "basic_train.num_warmup_steps", brief.n_warmup_steps, 0, MANY),
    NUMBER(RUNNER "basic_train.weight_decay", brief.weight_decay, 0, 1e30),
    NUMBER(RUNNER "basic_train.momentum", brief.momentum, 0, 1),
    FLAG(RUNNER "basic_train.nesterov", brief.nesterov),
    COUNT(RUNNER "basic_train.gradient_accumulation_steps", brief.accumulate, 1, BATCH),
    NUMBER(RUNNER "null.cost_ms", null_cost_ms, 0, 1e7),
    TREE(RUNNER "null.slow_trials", null_slow_trials),
    NUMBER(RUNNER "null.slow_factor", null_slow_factor, 0, 1e6),
    TREE(RUNNER "null.fail_trials", null_fail_trials),
    TREE(RUNNER "null.kill_trials", null_kill_trials),

    NUMBER(HARDWARE "average_bitwidth.compare_to", compare_to, 1e-3, 1e6),
    COUNT(HARDWARE "bitops.batch_size", bitops_batch, 1, 1e9),
    COUNT(HARDWARE "latency.batch_size", latency_batch, 1, BATCH),

    COUNT(SETUP "n_trials", n_trials, 1, 1e12),
    NUMBER(SETUP "timeout", timeout_s, 0, 1e12),
    TEXT(SETUP "sampler", sampler),
    FLAG(SETUP "sum_scaled_metrics", sum_scaled_metrics),
    TEXT(SETUP "direction", direction),
    COUNT(SETUP "repeats", repeats, 1, 1e6),
    COUNT(SETUP "in_flight", in_flight, 1, 1e9),
    FLAG(SETUP "ordered", options.ordered),
    TEXT(SETUP "qmc_type", options.qmc_type),
    FLAG(SETUP "scramble", options.scramble),
    COUNT(SETUP "n_startup_trials", options.n_startup_trials, 1, MANY),
    COUNT(SETUP "n_ei_candidates", options.n_ei_candidates, 1, 1e6),
    TREE(SETUP "multivariate", tpe_multivariate),
    FLAG(SETUP "constant_liar", options.constant_liar),
    COUNT(SETUP "population_size", options.population_size, 2, 1e6),
    NUMBER(SETUP "crossover_prob", options.crossover_prob, 0, 1),
    NUMBER(SETUP "swapping_prob", options.swapping_prob, 0, 1),
    NUMBER(SETUP "mutation_prob", options.mutation_prob, 0, 1),
    COUNT(SETUP "dividing_parameter", options.dividing_parameter, 1, 1000),
    TREE("search.strategy.metrics", metrics),
    TREE("search.strategy.constraints", constraints),
    COUNT("search.strategy.stop.plateau_trials", plateau_trials, 1, MANY),
    NUMBER("search.strategy.stop.plateau_gain", plateau_gain, 0, 1),
    TEXT("select.by", select_by),

    /* What the Python tool has for its own machinery. */
    IGNORED("dataset"),
    IGNORED("load_type"),
    IGNORED("report_to"),
    IGNORED("quant_config"),
    IGNORED("trainer_precision"),
    IGNORED("log_every_n_steps"),
    IGNORED("num_workers"),
    IGNORED("num_devices"),
    IGNORED("num_nodes"),
    IGNORED("accelerator"),
    IGNORED("strategy"),
    IGNORED("to_debug"),
    IGNORED("disable_dataset_cache"),
    IGNORED("is_pretrained"),
    IGNORED("max_token_len"),
    IGNORED("target"),
    IGNORED("num_targets"),
    IGNORED("is_to_auto_requeue"),
    IGNORED("github_ci"),
    IGNORED("project_dir"),
    IGNORED("project"),
    IGNORED("passes"),
    IGNORED("search.search_space.setup.model_parallel"),
    IGNORED("search.strategy.name"),
    IGNORED("search.strategy.hw_runner.resource_usage"),
    IGNORED("search.strategy.hw_runner.hw_dummy"),
    IGNORED(SETUP "n_jobs"),
    IGNORED(SETUP "save_every_n_trials"),
    IGNORED(SETUP "pkl_ckpt"),
    IGNORED(SETUP "model_parallel"),
};

const bf_key *bf_job_keys(size_t *n)
{
  *n = sizeof keys / sizeof *keys;
  return keys;
}
