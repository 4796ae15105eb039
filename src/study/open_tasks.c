/* Tasks that were handed out and not answered, and those that must be handed out again.
 * Room: study. */
#include "study/open_tasks.h"

#include "base/memory.h"

/*
 * Items are linked into one of two lists: those that somebody has, in the order in which they were
 * handed out, and those that wait. A table of hashes finds the item of a task, so that an answer
 * costs the same however many tasks are open. Items are named by their place + 1; 0 is none.
 */
struct bf_open_item {
  bf_open_task task;
  uint32_t before;
  uint32_t after; /* of one that is free: the next free one */
};

static struct bf_open_item *item_at(const bf_open_tasks *tasks, uint32_t name)
{
  return &tasks->items[name - 1];
}

static bf_open_list *list_of(bf_open_tasks *tasks, int rank)
{
  return rank == BF_NO_RANK ? &tasks->waiting : &tasks->handed;
}

/* Puts an item at the end of the list in which its rank belongs. */
static void link_item(bf_open_tasks *tasks, uint32_t name)
{
  struct bf_open_item *item = item_at(tasks, name);
  bf_open_list *list = list_of(tasks, item->task.rank);
  item->before = list->last;
  item->after = 0;
  if (list->last != 0)
    item_at(tasks, list->last)->after = name;
  else
    list->first = name;
  list->last = name;
  tasks->n_waiting += item->task.rank == BF_NO_RANK;
}

static void unlink_item(bf_open_tasks *tasks, uint32_t name)
{
  const struct bf_open_item *item = item_at(tasks, name);
  bf_open_list *list = list_of(tasks, item->task.rank);
  if (item->before != 0)
    item_at(tasks, item->before)->after = item->after;
  else
    list->first = item->after;
  if (item->after != 0)
    item_at(tasks, item->after)->before = item->before;
  else
    list->last = item->before;
  tasks->n_waiting -= item->task.rank == BF_NO_RANK;
}

/* Where the search for a task begins. The factor is 2^64 by the golden ratio (Knuth, TAOCP 3,
 * 6.4), whose upper bits spread numbers that follow each other. */
static size_t home_of(const bf_open_tasks *tasks, bf_task_kind kind, uint64_t number)
{
  uint64_t mixed = (2 * number + (uint64_t)kind) * 0x9e3779b97f4a7c15u;
  return (size_t)(mixed >> 32) & (2 * tasks->capacity - 1);
}

static size_t home_of_slot(const bf_open_tasks *tasks, size_t slot)
{
  const bf_open_task *task = &item_at(tasks, tasks->slots[slot])->task;
  return home_of(tasks, task->kind, task->number);
}

/* The slot of a task, or the free one where its search ends. */
static size_t find_slot(const bf_open_tasks *tasks, bf_task_kind kind, uint64_t number)
{
  size_t mask = 2 * tasks->capacity - 1;
  size_t slot = home_of(tasks, kind, number);
  for (; tasks->slots[slot] != 0; slot = (slot + 1) & mask) {
    const bf_open_task *task = &item_at(tasks, tasks->slots[slot])->task;
    if (task->number == number && task->kind == kind)
      break;
  }
  return slot;
}

/* Those behind a slot that gets free move up, if their search would end at it. */
static void free_slot(bf_open_tasks *tasks, size_t slot)
{
  size_t mask = 2 * tasks->capacity - 1;
  tasks->slots[slot] = 0;
  for (size_t next = (slot + 1) & mask; tasks->slots[next] != 0; next = (next + 1) & mask) {
    size_t from_home = (next - home_of_slot(tasks, next)) & mask;
    if (from_home < ((next - slot) & mask))
      continue;
    tasks->slots[slot] = tasks->slots[next];
    tasks->slots[next] = 0;
    slot = next;
  }
}

/* Twice as many items, and twice as many slots as items. */
static bf_status grow(bf_open_tasks *tasks)
{
  size_t n = tasks->capacity;
  size_t capacity = n > 0 ? 2 * n : 16;
  BF_ASSERT(capacity < UINT32_MAX / 2);
  uint32_t *slots = bf_alloc(2 * capacity, sizeof *slots);
  struct bf_open_item *items = NULL;
  if (slots != NULL)
    items = bf_grow(tasks->items, n, capacity, sizeof *items);
  if (items == NULL) {
    free(slots);
    return bf_fail(BF_ERR_NOMEM, "out of memory for %zu open tasks", capacity);
  }
  free(tasks->slots);
  tasks->items = items;
  tasks->slots = slots;
  tasks->capacity = capacity;
  /* All of the old ones are in use. */
  for (uint32_t name = 1; name <= n; name++)
    slots[find_slot(tasks, items[name - 1].task.kind, items[name - 1].task.number)] = name;
  for (size_t i = capacity; i > n; i--) {
    items[i - 1].after = tasks->first_free;
    tasks->first_free = (uint32_t)i;
  }
  return BF_OK;
}

bf_status bf_open_tasks_add(bf_open_tasks *tasks, bf_task_kind kind, uint64_t number, int rank)
{
  if (tasks->n == tasks->capacity) {
    bf_status status = grow(tasks);
    if (status != BF_OK)
      return status;
  }
  uint32_t name = tasks->first_free;
  size_t slot = find_slot(tasks, kind, number);
  BF_ASSERT(tasks->slots[slot] == 0);
  tasks->first_free = item_at(tasks, name)->after;
  item_at(tasks, name)->task = (bf_open_task){.kind = kind, .number = number, .rank = rank};
  tasks->slots[slot] = name;
  link_item(tasks, name);
  tasks->n++;
  return BF_OK;
}

static void hand_over(bf_open_tasks *tasks, uint32_t name, int rank)
{
  unlink_item(tasks, name);
  item_at(tasks, name)->task.rank = rank;
  link_item(tasks, name);
}

bool bf_open_tasks_take(bf_open_tasks *tasks, int rank, bf_open_task *out)
{
  uint32_t name = tasks->waiting.first;
  if (name == 0)
    return false;
  hand_over(tasks, name, rank);
  *out = item_at(tasks, name)->task;
  return true;
}

bool bf_open_tasks_finish(bf_open_tasks *tasks, bf_task_kind kind, uint64_t number)
{
  if (tasks->n == 0)
    return false;
  size_t slot = find_slot(tasks, kind, number);
  uint32_t name = tasks->slots[slot];
  if (name == 0)
    return false;
  free_slot(tasks, slot);
  unlink_item(tasks, name);
  item_at(tasks, name)->after = tasks->first_free;
  tasks->first_free = name;
  tasks->n--;
  return true;
}

/* Seldom enough to look at all. */
size_t bf_open_tasks_lose(bf_open_tasks *tasks, int rank, bf_open_task *first)
{
  size_t n = 0;
  uint32_t after = 0;
  for (uint32_t name = tasks->handed.first; name != 0; name = after) {
    after = item_at(tasks, name)->after;
    if (item_at(tasks, name)->task.rank != rank)
      continue;
    if (n == 0 && first != NULL)
      *first = item_at(tasks, name)->task;
    hand_over(tasks, name, BF_NO_RANK);
    n++;
  }
  return n;
}

void bf_open_tasks_release(bf_open_tasks *tasks)
{
  free(tasks->items);
  free(tasks->slots);
  *tasks = (bf_open_tasks){0};
}
