/* A wish to stop what takes long.
 * Room: base. */
#include "base/cancel.h"

#include <stdatomic.h>

static atomic_bool is_cancelled;

void bf_cancel(void)
{
  atomic_store(&is_cancelled, true);
}

bool bf_is_cancelled(void)
{
  return atomic_load(&is_cancelled);
}
