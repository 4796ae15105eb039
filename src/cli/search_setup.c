/* Everything a search stands on, made on all ranks in step.
 * Room: cli. */
#include "cli/search_setup.h"

#include "base/toml.h"

/* Rank 0 keeps the job it read, whose positions are those of the file; the others parse what it
 * prints. They are lenient, because rank 0 has judged the keys already. */
static bf_status copy_job(const bf_text *text, bf_job **job)
{
  bf_toml *tree = NULL;
  bf_status status = bf_toml_parse(bf_text_view(text), "effective job", &tree);
  return status == BF_OK ? bf_job_create(tree, "effective job", true, job) : status;
}

static bf_status share_job(bf_session *session, bf_job **job)
{
  bf_status status = BF_OK;
  bf_text text = {0};
  if (*job != NULL)
    bf_toml_print((*job)->tree, &text);
  BF_TRY(bf_session_share_text(session, &text));
  if (*job == NULL)
    status = copy_job(&text, job);
  BF_TRY(bf_session_agree(session, status));
done:
  bf_text_release(&text);
  return status;
}

static bf_status find_kernels(bf_session *session, bf_isa most, bf_setup *setup)
{
  bf_status status = BF_OK;
  BF_TRY(bf_session_agree(session, bf_isa_detect(&setup->isa)));
  if (setup->isa > most)
    setup->isa = most;
  setup->isa = (bf_isa)bf_session_minimum(session, (int)setup->isa);
  status = bf_kernels_find(setup->job->backend, setup->isa, &setup->kernels);
  BF_TRY(bf_session_agree(session, status));
done:
  return status;
}

static bf_status make_evaluator(bf_session *session, bf_setup *setup)
{
  bool works = bf_session_size(session) == 1 || bf_session_rank(session) > 0;
  bf_status status = BF_OK;
  if (works)
    status = bf_evaluator_create(setup->plan, &setup->data, setup->kernels, &setup->evaluator);
  return bf_session_agree(session, status);
}

bf_status bf_setup_create(bf_session *session, bf_job *job, bf_isa most, bf_setup *out)
{
  bf_status status = BF_OK;
  *out = (bf_setup){.job = job};
  BF_TRY(share_job(session, &out->job));
  BF_TRY(bf_session_agree(session, bf_manifest_load(out->job->data, &out->manifest)));
  BF_TRY(bf_session_agree(session, bf_plan_create(out->job, out->manifest, &out->plan)));
  BF_TRY(find_kernels(session, most, out));
  BF_TRY(bf_session_load(session, out->manifest, &out->data));
  BF_TRY(make_evaluator(session, out));
done:
  return status;
}

void bf_setup_release(bf_setup *setup)
{
  bf_evaluator_free(setup->evaluator);
  bf_plan_free(setup->plan);
  bf_manifest_free(setup->manifest);
  bf_job_free(setup->job);
  *setup = (bf_setup){0};
}
