/* The passes of a job: number formats for a net, without a search.
 * Room: study. */
#include "study/passes.h"

#include "base/memory.h"
#include "study/plan_parts.h"
#include "study/seeds.h"

static bf_status find_by(const bf_job *job, const bf_toml *pass, bf_seed_by *by)
{
  const bf_toml *given = bf_toml_get(pass, "by");
  if (given == NULL)
    return bf_job_fail(job, pass,
                       "[passes.quantize] has no 'by': \"type\", \"name\" or "
                       "\"regex_name\"");
  if (given->kind == BF_TOML_STRING && bf_seed_by_find(given->string, by))
    return BF_OK;
  return bf_job_fail(job, given,
                     "'by' of [passes.quantize] is '%s', expected \"type\", \"name\" or "
                     "\"regex_name\"",
                     given->kind == BF_TOML_STRING ? given->string : "no string");
}

/* The pass is a space of one configuration. Its nodes are tried one after the other, so that a
 * message can name the line of the one that is wrong. */
static bf_status configure(bf_plan *plan, bf_model *out)
{
  bf_status status = BF_OK;
  size_t n_choices = plan->n_choices;
  uint32_t *indexes = bf_alloc(n_choices, sizeof *indexes);
  BF_CHECK_MEMORY(indexes);
  for (size_t first = 0, end; first < n_choices; first = end) {
    plan->n_choices = n_choices;
    end = bf_plan_node_end(plan, first);
    plan->n_choices = end;
    if (bf_plan_configure(plan, indexes, out) != BF_OK) {
      status = bf_job_fail(plan->job, plan->choices[first].values, "%s", bf_trail());
      break;
    }
  }
  plan->n_choices = n_choices;
done:
  free(indexes);
  return status;
}

bf_status bf_passes_quantize(bf_job *job, bf_model *model)
{
  bf_status status = BF_OK;
  const bf_toml *pass = bf_toml_at(job->tree, "passes.quantize");
  bf_plan *plan = NULL;
  bf_model quantised = *model;
  bf_seed_by by = BF_SEED_BY_NAME;
  BF_CHECK(pass != NULL && pass->kind == BF_TOML_TABLE, BF_ERR_USAGE,
           "%s: no table [passes.quantize]: nothing says how to quantise", job->source);
  BF_TRY(find_by(job, pass, &by));
  BF_TRY(bf_passes_wrap(job->tree));
  BF_TRY(bf_plan_of_seeds(job, model, pass, by, &plan));
  BF_TRY(configure(plan, &quantised));
  *model = quantised;
done:
  bf_plan_free(plan);
  return status;
}
