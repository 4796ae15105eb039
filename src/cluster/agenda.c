/* Who works off an agenda, and one verdict for all at the end.
 * Room: cluster. */
#include "cluster/agenda.h"

#include "cluster/roles.h"
#include "cluster/world.h"

static bf_status work_alone(const bf_agenda *agenda, bf_evaluator *evaluator)
{
  bf_status status = BF_OK;
  bf_bytes task = {0};
  bf_bytes result = {0};
  bf_next next = BF_NEXT_TASK;
  for (;;) {
    bf_bytes_reset(&task);
    bf_bytes_reset(&result);
    BF_TRY(agenda->next(agenda->context, 0, &task, &next));
    BF_ASSERT(next != BF_NEXT_WAIT);
    if (next != BF_NEXT_TASK)
      break;
    BF_TRY(bf_evaluator_run(evaluator, task.data, task.length, &result));
    BF_TRY(agenda->accept(agenda->context, 0, result.data, result.length));
    if (agenda->tick != NULL && !agenda->tick(agenda->context))
      break;
  }
done:
  bf_bytes_release(&task);
  bf_bytes_release(&result);
  return status;
}

bf_status bf_agenda_run(bf_session *session, const bf_agenda *agenda, bf_evaluator *evaluator)
{
  bf_status status;
  if (bf_session_size(session) == 1)
    status = work_alone(agenda, evaluator);
  else if (!bf_session_is_whole(session))
    status = bf_fail(BF_ERR_STOPPED, "a rank was lost before the work began");
  else if (bf_session_rank(session) == 0)
    status = bf_coordinate(session, agenda);
  else
    status = bf_work(session, evaluator);
  return bf_session_agree(session, status);
}
