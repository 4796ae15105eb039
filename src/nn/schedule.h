/* The table of schedules of the learning rate.
 * Room: nn, private. */
#ifndef BF_NN_SCHEDULE_H
#define BF_NN_SCHEDULE_H

#include <stdbool.h>

#include "base/status.h"

typedef struct bf_schedule {
  const char *name;
  bool warms_up; /**< the factor rises from 0 during the warm-up steps */
  /** Factor when @p done of the @p all steps after the warm-up are done. */
  double (*after)(double done, double all);
} bf_schedule;

/** @brief The schedule of that name, borrowed. @return BF_OK; BF_ERR_USAGE with a suggestion. */
bf_status bf_schedule_find(const char *name, const bf_schedule **out);

#endif
