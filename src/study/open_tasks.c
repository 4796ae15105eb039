/* Tasks that were handed out and not answered, and those that must be handed out again.
 * Room: study. */
#include "study/open_tasks.h"

#include "base/memory.h"

bf_status bf_open_tasks_add(bf_open_tasks *tasks, bf_task_kind kind, uint64_t number, int rank)
{
  if (tasks->n == tasks->capacity) {
    size_t capacity = tasks->capacity > 0 ? 2 * tasks->capacity : 16;
    bf_open_task *items = bf_grow(tasks->items, tasks->n, capacity, sizeof *items);
    if (items == NULL)
      return bf_fail(BF_ERR_NOMEM, "out of memory for %zu open tasks", capacity);
    tasks->items = items;
    tasks->capacity = capacity;
  }
  tasks->items[tasks->n++] = (bf_open_task){.kind = kind, .number = number, .rank = rank};
  tasks->n_waiting += rank == BF_NO_RANK;
  return BF_OK;
}

static void remove_at(bf_open_tasks *tasks, size_t i)
{
  tasks->n_waiting -= tasks->items[i].rank == BF_NO_RANK;
  tasks->n--;
  memmove(&tasks->items[i], &tasks->items[i + 1], (tasks->n - i) * sizeof *tasks->items);
}

/* It goes to the end of the list, which is in the order of handing out. */
bool bf_open_tasks_take(bf_open_tasks *tasks, int rank, bf_open_task *out)
{
  if (tasks->n_waiting == 0)
    return false;
  size_t i = 0;
  while (tasks->items[i].rank != BF_NO_RANK)
    i++;
  bf_open_task task = tasks->items[i];
  remove_at(tasks, i);
  task.rank = rank;
  tasks->items[tasks->n++] = task;
  *out = task;
  return true;
}

bool bf_open_tasks_finish(bf_open_tasks *tasks, bf_task_kind kind, uint64_t number)
{
  for (size_t i = 0; i < tasks->n; i++)
    if (tasks->items[i].kind == kind && tasks->items[i].number == number) {
      remove_at(tasks, i);
      return true;
    }
  return false;
}

size_t bf_open_tasks_lose(bf_open_tasks *tasks, int rank, bf_open_task *first)
{
  size_t n = 0;
  for (size_t i = 0; i < tasks->n; i++) {
    if (tasks->items[i].rank != rank)
      continue;
    if (n == 0 && first != NULL)
      *first = tasks->items[i];
    tasks->items[i].rank = BF_NO_RANK;
    n++;
  }
  tasks->n_waiting += n;
  return n;
}

void bf_open_tasks_release(bf_open_tasks *tasks)
{
  free(tasks->items);
  *tasks = (bf_open_tasks){0};
}
