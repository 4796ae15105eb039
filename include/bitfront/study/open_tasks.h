/* Tasks that were handed out and not answered, and those that must be handed out again.
 * Room: study. */
#ifndef BF_STUDY_OPEN_TASKS_H
#define BF_STUDY_OPEN_TASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "study/task.h"

/** Nobody has it: it waits to be handed out again. */
#define BF_NO_RANK (-1)

typedef struct bf_open_task {
  bf_task_kind kind;
  uint64_t number;
  int rank; /**< of the worker that has it; BF_NO_RANK */
} bf_open_task;

/** First and last item; 0: none. */
typedef struct bf_open_list {
  uint32_t first;
  uint32_t last;
} bf_open_list;

/** All zero has no tasks. Only the counts are for others. */
typedef struct bf_open_tasks {
  size_t n;
  size_t n_waiting; /**< so many have no rank */
  size_t capacity;  /**< of items; there are twice as many slots */
  struct bf_open_item *items;
  uint32_t *slots;
  uint32_t first_free;
  bf_open_list handed;  /**< in the order in which they were handed out */
  bf_open_list waiting; /**< in the order in which they were lost */
} bf_open_tasks;

/** @brief A task that is not open is handed out to @p rank, or, with BF_NO_RANK, waits for one.
 * O(1), and so are the next two. @return BF_OK;
 * BF_ERR_NOMEM. */
bf_status bf_open_tasks_add(bf_open_tasks *tasks, bf_task_kind kind, uint64_t number, int rank);

/** Takes the first task that waits and hands it to @p rank. @return Whether there was one. */
bool bf_open_tasks_take(bf_open_tasks *tasks, int rank, bf_open_task *out);

/** A task is answered, whoever had it. @return Whether it was open. */
bool bf_open_tasks_finish(bf_open_tasks *tasks, bf_task_kind kind, uint64_t number);

/**
 * Tasks of @p rank wait for somebody else.
 * @param[out] first the one it ran: handed out before its others. May be NULL.
 * @return How many there were.
 */
size_t bf_open_tasks_lose(bf_open_tasks *tasks, int rank, bf_open_task *first);

void bf_open_tasks_release(bf_open_tasks *tasks);

#endif
