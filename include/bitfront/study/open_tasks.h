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

/** All zero is an empty list. */
typedef struct bf_open_tasks {
  size_t n;
  size_t capacity;
  size_t n_waiting;    /**< so many have no rank */
  bf_open_task *items; /**< (n) in the order in which they were handed out */
} bf_open_tasks;

/** @brief A task is handed out to @p rank, or, with BF_NO_RANK, waits for one. @return BF_OK;
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
