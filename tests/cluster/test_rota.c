/* The rota: whoever holds fewest is next, first come first served among equals, but for those who
 * hold nothing: of them the last to come.
 * Room: cluster (tests). */
#include "unit.h"

#include "cluster/rota.h"

enum { N_RANKS = 7 };

static void rota_that_is_empty_names_nobody(void **state)
{
  (void)state;
  bf_rota rota;
  assert_ok(bf_rota_init(&rota, N_RANKS));
  assert_int_equal(bf_rota_next(&rota), 0);
  bf_rota_move(&rota, 3, 5);
  bf_rota_move(&rota, 3, BF_ROTA_OUT);
  assert_int_equal(bf_rota_next(&rota), 0);
  bf_rota_release(&rota);
}

static void rota_gives_everybody_one_before_anybody_gets_two(void **state)
{
  (void)state;
  bf_rota rota;
  int held[N_RANKS] = {0};
  assert_ok(bf_rota_init(&rota, N_RANKS));
  for (int rank = N_RANKS - 1; rank > 0; rank--)
    bf_rota_move(&rota, rank, 0);
  for (int i = 0; i < 3 * (N_RANKS - 1); i++) {
    int rank = bf_rota_next(&rota);
    assert_int_equal(rank, 1 + i % (N_RANKS - 1));
    assert_int_equal(held[rank], i / (N_RANKS - 1));
    bf_rota_move(&rota, rank, ++held[rank]);
  }
  bf_rota_release(&rota);
}

static void rank_that_has_just_ended_its_task_is_next(void **state)
{
  (void)state;
  bf_rota rota;
  assert_ok(bf_rota_init(&rota, N_RANKS));
  for (int rank = N_RANKS - 1; rank > 0; rank--)
    bf_rota_move(&rota, rank, 0);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(bf_rota_next(&rota), 1);
    bf_rota_move(&rota, 1, 1);
    assert_int_equal(bf_rota_next(&rota), 2);
    bf_rota_move(&rota, 1, 0);
  }
  bf_rota_release(&rota);
}

static void rank_that_stays_in_its_line_keeps_its_place(void **state)
{
  (void)state;
  bf_rota rota;
  assert_ok(bf_rota_init(&rota, N_RANKS));
  bf_rota_move(&rota, 2, 4);
  bf_rota_move(&rota, 5, 4);
  bf_rota_move(&rota, 2, 4);
  assert_int_equal(bf_rota_next(&rota), 2);
  bf_rota_release(&rota);
}

/* The slow obvious rota: a count of moves says who came first. */
static int next_of(const int *lines, const int *since)
{
  int next = 0;
  for (int rank = 1; rank < N_RANKS; rank++) {
    bool is_ahead = (since[rank] < since[next]) == (lines[rank] > 0);
    if (lines[rank] != BF_ROTA_OUT &&
        (next == 0 || lines[rank] < lines[next] || (lines[rank] == lines[next] && is_ahead)))
      next = rank;
  }
  return next;
}

static void rota_agrees_with_a_search_through_all(void **state)
{
  (void)state;
  bf_rota rota;
  static const int choice[] = {BF_ROTA_OUT, 0, 1, 31, 63};
  int lines[N_RANKS];
  int since[N_RANKS] = {0};
  uint64_t seed = 3;
  assert_ok(bf_rota_init(&rota, N_RANKS));
  for (int rank = 0; rank < N_RANKS; rank++)
    lines[rank] = BF_ROTA_OUT;
  for (int move = 1; move <= 5000; move++) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    int rank = 1 + (int)((seed >> 33) % (N_RANKS - 1));
    int line = choice[(seed >> 43) % 5];
    if (line != lines[rank])
      since[rank] = move;
    lines[rank] = line;
    bf_rota_move(&rota, rank, line);
    assert_int_equal(bf_rota_next(&rota), next_of(lines, since));
  }
  bf_rota_release(&rota);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rota_that_is_empty_names_nobody),
      cmocka_unit_test(rota_gives_everybody_one_before_anybody_gets_two),
      cmocka_unit_test(rank_that_has_just_ended_its_task_is_next),
      cmocka_unit_test(rank_that_stays_in_its_line_keeps_its_place),
      cmocka_unit_test(rota_agrees_with_a_search_through_all),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
