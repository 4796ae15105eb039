/* The search loop: a study as what there is to do.
 * Room: cluster. */
#include "cluster/search.h"

#include "cluster/agenda.h"

/** A study with who looks at it. */
typedef struct watched {
  bf_study *study;
  bf_search_tick tick;
  void *context;
} watched;

static bf_status study_next(void *context, int rank, bf_bytes *task, bf_next *next)
{
  return bf_study_next(((watched *)context)->study, rank, task, next);
}

static bf_status study_accept(void *context, int rank, const void *result, size_t n)
{
  return bf_study_accept(((watched *)context)->study, rank, result, n);
}

static bf_status study_lose(void *context, int rank, bool is_suspect)
{
  return bf_study_lose(((watched *)context)->study, rank, is_suspect);
}

static bf_status study_commit(void *context)
{
  return bf_study_commit(((watched *)context)->study);
}

static bool study_tick(void *context)
{
  const watched *w = context;
  return w->tick(w->study, w->context);
}

bf_status bf_search_run(bf_session *session, bf_study *study, bf_evaluator *evaluator,
                        bf_search_tick tick, void *context, double lease_s)
{
  watched w = {.study = study, .tick = tick, .context = context};
  const bf_agenda agenda = {.context = &w,
                            .next = study_next,
                            .accept = study_accept,
                            .lose = study_lose,
                            .commit = study_commit,
                            .tick = tick != NULL ? study_tick : NULL,
                            .lease_s = lease_s};
  /* Alone, a trial is told and the next one begins: there is nothing to be gathered. */
  if (study != NULL && bf_session_size(session) > 1)
    bf_study_hold(study);
  return bf_agenda_run(session, &agenda, evaluator);
}
