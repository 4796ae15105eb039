/* The job of a refit: that of the study, with one long training as its runner.
 * Room: study. */
#include "study/refit.h"

#include "base/log.h"

static bool has_runner(const bf_job *job, bf_runner runner)
{
  for (size_t i = 0; i < job->n_runners; i++)
    if (job->runners[i] == runner)
      return true;
  return false;
}

static bf_status copy_tree(const bf_toml *tree, const char *source, bf_toml **copy)
{
  bf_text text = {0};
  bf_toml_print(tree, &text);
  bf_status status = bf_text_status(&text);
  if (status == BF_OK)
    status = bf_toml_parse(bf_text_view(&text), source, copy);
  bf_text_release(&text);
  return status;
}

/* The study has judged the keys already, so they are lenient here. What there is to remark on is
 * said of the job that is made from it. */
static bf_status copy_job(const bf_toml *tree, const char *source, bf_job **job)
{
  bf_toml *copy = NULL;
  bf_status status = copy_tree(tree, source, &copy);
  if (status != BF_OK)
    return status;
  bf_log_level before = bf_log_set_least(BF_LOG_SILENT);
  status = bf_job_create(copy, source, true, job);
  bf_log_set_least(before);
  return status;
}

/* One table in the place of all runners: with it goes what limits a training's steps, or the rows
 * that are scored, and whatever would score in between. */
static bf_status replace_runners(bf_toml *tree, const bf_training *training)
{
  bf_text text = {0};
  bf_text_printf(&text,
                 "{basic_train = {max_epochs = %zu, optimizer = \"%s\", learning_rate = %.17g, "
                 "lr_scheduler = \"%s\", num_warmup_steps = %zu, weight_decay = %.17g, "
                 "gradient_accumulation_steps = %zu}}",
                 training->n_epochs, training->optimizer, training->learning_rate,
                 training->scheduler, training->n_warmup_steps, training->weight_decay,
                 training->accumulate);
  bf_status status = bf_text_status(&text);
  if (status == BF_OK)
    status = bf_toml_set(tree, "search.strategy.sw_runner", text.data);
  bf_text_release(&text);
  return status;
}

bf_status bf_refit_job(const bf_toml *tree, const char *source, size_t n_epochs,
                       double learning_rate, bf_job **out)
{
  bf_status status = BF_OK;
  bf_training training;
  bf_job *job = NULL;
  bf_toml *copy = NULL;
  BF_TRY(copy_job(tree, source, &job));
  BF_CHECK(!has_runner(job, BF_RUNNER_NULL), BF_ERR_USAGE,
           "%s: the null runner trains nothing, so there is nothing to train for longer", source);
  /* How the study trained, or, if it only scored, how its job trains a net from the start. */
  training = has_runner(job, BF_RUNNER_TRAIN) ? job->brief : job->training;
  training.n_epochs = n_epochs;
  if (learning_rate > 0)
    training.learning_rate = learning_rate;
  if (bf_training_check(&training) != BF_OK) {
    status = bf_because(BF_ERR_USAGE, "%s", source);
    goto done;
  }
  BF_TRY(copy_tree(tree, source, &copy));
  BF_TRY(replace_runners(copy, &training));
  /* What is trained for longer is judged honestly: the Python tool has no figures to match. */
  if (job->compat)
    BF_TRY(bf_toml_set(copy, "compat", "false"));
  status = bf_job_create(copy, source, true, out);
  copy = NULL;
done:
  bf_toml_free(copy);
  bf_job_free(job);
  return status;
}
