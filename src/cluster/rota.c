/* Whose turn it is to get a task.
 * Room: cluster. */
#include "cluster/rota.h"

#include "base/memory.h"

bf_status bf_rota_init(bf_rota *rota, size_t size)
{
  bf_status status = BF_OK;
  *rota = (bf_rota){.places = bf_alloc(size, sizeof *rota->places)};
  BF_CHECK_MEMORY(rota->places);
  for (size_t rank = 0; rank < size; rank++)
    rota->places[rank].line = BF_ROTA_OUT;
done:
  return status;
}

void bf_rota_release(bf_rota *rota)
{
  free(rota->places);
  *rota = (bf_rota){0};
}

static void leave(bf_rota *rota, int rank)
{
  const bf_rota_place *place = &rota->places[rank];
  int line = place->line;
  if (line == BF_ROTA_OUT)
    return;
  *(place->before != 0 ? &rota->places[place->before].after : &rota->first[line]) = place->after;
  *(place->after != 0 ? &rota->places[place->after].before : &rota->last[line]) = place->before;
  if (rota->first[line] == 0)
    rota->filled &= ~(UINT64_C(1) << line);
}

static void join(bf_rota *rota, int rank, int line)
{
  bool is_first = line == 0;
  int before = is_first ? 0 : rota->last[line];
  int after = is_first ? rota->first[line] : 0;
  rota->places[rank] = (bf_rota_place){.line = line, .before = before, .after = after};
  *(before != 0 ? &rota->places[before].after : &rota->first[line]) = rank;
  *(after != 0 ? &rota->places[after].before : &rota->last[line]) = rank;
  rota->filled |= UINT64_C(1) << line;
}

void bf_rota_move(bf_rota *rota, int rank, int line)
{
  if (rota->places[rank].line == line)
    return;
  leave(rota, rank);
  if (line == BF_ROTA_OUT)
    rota->places[rank] = (bf_rota_place){.line = BF_ROTA_OUT};
  else
    join(rota, rank, line);
}

int bf_rota_next(const bf_rota *rota)
{
  return rota->filled != 0 ? rota->first[__builtin_ctzll(rota->filled)] : 0;
}
