/* Everything a search stands on, made on all ranks in step.
 * Room: cli. */
#include "cli/search_setup.h"

#include <stdlib.h>

#include "base/text.h"
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

/* Rank 0 alone opens the manifest: thousands of ranks that did would be a burden to a network file
 * system, which has to be asked for each. */
static bf_status share_manifest(bf_session *session, bf_setup *setup)
{
  bf_status status = BF_OK;
  bf_text bytes = {0};
  const char *folder = setup->job->data;
  if (bf_session_rank(session) == 0)
    status = bf_manifest_read(folder, &bytes);
  BF_TRY(bf_session_agree(session, status));
  BF_TRY(bf_session_share_text(session, &bytes));
  BF_TRY(bf_session_agree(session, bf_manifest_parse(folder, &bytes, &setup->manifest)));
  if (setup->job->compat)
    bf_manifest_join_val(setup->manifest);
done:
  bf_text_release(&bytes);
  return status;
}

/* The lowest ISA of all ranks, and the lowest rank that has it, found by one minimum. */
static void find_isa(bf_session *session, bf_isa own, bf_isa most, bf_setup *setup)
{
  int size = bf_session_size(session);
  int lowest = bf_session_minimum(session, (int)own * size + bf_session_rank(session));
  int wanted = bf_session_minimum(session, (int)most);
  setup->best = (bf_isa)-bf_session_minimum(session, -(int)own);
  setup->isa = (bf_isa)(lowest / size);
  setup->weakest = setup->isa < setup->best ? lowest % size : -1;
  if (wanted < (int)setup->isa) {
    setup->isa = (bf_isa)wanted;
    setup->weakest = -1;
  }
}

static bf_status find_kernels(bf_session *session, bf_isa most, bf_setup *setup)
{
  bf_status status = BF_OK;
  bf_isa own;
  BF_TRY(bf_session_agree(session, bf_isa_detect(&own)));
  find_isa(session, own, most, setup);
  status = bf_kernels_find(setup->job->backend, setup->isa, &setup->kernels);
  BF_TRY(bf_session_agree(session, status));
done:
  return status;
}

static bf_status load_data(bf_session *session, const char *stage, bf_setup *setup)
{
  bf_status status = BF_OK;
  bf_text folder = {0};
  bf_manifest local = *setup->manifest;
  if (stage != NULL)
    bf_text_append(&folder, stage);
  BF_TRY(bf_session_share_text(session, &folder));
  if (folder.length > 0)
    BF_TRY(bf_session_stage(session, setup->manifest, folder.data, &setup->staged));
  if (setup->staged != NULL)
    local.folder = setup->staged;
  BF_TRY(bf_session_load(session, &local, &setup->data));
done:
  bf_text_release(&folder);
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

bf_status bf_setup_create(bf_session *session, bf_job *job, const bf_setup_wish *wish,
                          bf_setup *out)
{
  bf_status status = BF_OK;
  *out = (bf_setup){.job = job};
  BF_TRY(share_job(session, &out->job));
  BF_TRY(share_manifest(session, out));
  BF_TRY(bf_session_agree(session, bf_plan_create(out->job, out->manifest, &out->plan)));
  BF_TRY(find_kernels(session, wish->most, out));
  BF_TRY(load_data(session, wish->stage, out));
  BF_TRY(make_evaluator(session, out));
done:
  return status;
}

void bf_setup_release(bf_setup *setup)
{
  bf_evaluator_free(setup->evaluator);
  free(setup->staged);
  bf_plan_free(setup->plan);
  bf_manifest_free(setup->manifest);
  bf_job_free(setup->job);
  *setup = (bf_setup){0};
}
