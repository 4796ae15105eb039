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

static bf_status study_next(void *context, bf_bytes *task, bf_next *next)
{
  return bf_study_next(((watched *)context)->study, task, next);
}

static bf_status study_accept(void *context, int rank, const void *result, size_t n)
{
  return bf_study_accept(((watched *)context)->study, rank, result, n);
}

static void study_tick(void *context)
{
  const watched *w = context;
  w->tick(w->study, w->context);
}

bf_status bf_search_run(bf_session *session, bf_study *study, bf_evaluator *evaluator,
                        bf_search_tick tick, void *context)
{
  watched w = {.study = study, .tick = tick, .context = context};
  const bf_agenda agenda = {.context = &w,
                            .next = study_next,
                            .accept = study_accept,
                            .tick = tick != NULL ? study_tick : NULL};
  return bf_agenda_run(session, &agenda, evaluator);
}
