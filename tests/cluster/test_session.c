/* Sessions: one verdict, one text, one minimum and one copy of the data for all ranks.
 * Room: cluster (tests). Runs with any number of ranks, also without mpirun. */
#include "mpi_unit.h"

#include <math.h>
#include <signal.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "cluster/probe.h"
#include "folder.h"
#include "small_set.h"

static int rank_of(void)
{
  return bf_session_rank(world);
}

static void agreement_of_all_is_ok(void **state)
{
  (void)state;
  assert_true(bf_session_agree(world, BF_OK) == BF_OK);
}

static void agreement_with_one_failing_tells_all(void **state)
{
  (void)state;
  for (int failing = 0; failing < bf_session_size(world); failing++) {
    char words[64];
    snprintf(words, sizeof words, "rank %d met a bad shard", failing);
    bf_trail_set("");
    bf_status mine = rank_of() == failing ? bf_fail(BF_ERR_DATA, "%s", words) : BF_OK;
    assert_true(bf_session_agree(world, mine) == BF_ERR_DATA);
    assert_string_equal(bf_trail(), words);
  }
}

static void agreement_with_all_failing_is_that_of_rank_0(void **state)
{
  (void)state;
  bf_status mine =
      rank_of() == 0 ? bf_fail(BF_ERR_USAGE, "the first") : bf_fail(BF_ERR_IO, "another");
  assert_true(bf_session_agree(world, mine) == BF_ERR_USAGE);
  assert_string_equal(bf_trail(), "the first");
}

static void agreement_with_long_trail_keeps_it_whole(void **state)
{
  (void)state;
  char words[1000];
  memset(words, 'x', sizeof words - 1);
  words[sizeof words - 1] = '\0';
  bool is_last = rank_of() == bf_session_size(world) - 1;
  bf_status mine = is_last ? bf_fail(BF_ERR_NOMEM, "%s", words) : BF_OK;
  assert_true(bf_session_agree(world, mine) == BF_ERR_NOMEM);
  assert_string_equal(bf_trail(), words);
}

static void check_text_of(size_t n)
{
  bf_text text = {0};
  if (rank_of() == 0)
    for (size_t i = 0; i < n; i++)
      bf_text_printf(&text, "%c", (int)('a' + i % 26));
  else
    bf_text_append(&text, "something else that goes away");
  assert_ok(bf_session_share_text(world, &text));
  assert_int_equal(text.length, n);
  const char *view = bf_text_view(&text);
  assert_int_equal(strlen(view), n);
  for (size_t i = 0; i < n; i++)
    if (view[i] != (char)('a' + i % 26))
      fail_msg("byte %zu is '%c'", i, view[i]);
  bf_text_release(&text);
}

static void text_of_any_length_reaches_all(void **state)
{
  (void)state;
  check_text_of(0);
  check_text_of(1);
  check_text_of(100000);
  check_text_of(1 << 20);
}

static void text_without_memory_somewhere_fails_everywhere(void **state)
{
  (void)state;
  bool is_short = rank_of() == bf_session_size(world) - 1;
  bf_text text = {0};
  bf_text_append(&text, rank_of() == 0 ? "news" : "old");
  if (bf_session_size(world) > 1)
    for (long n = 0; n < 2; n++) {
      bf_alloc_fail_after(is_short ? n : -1);
      assert_fails(bf_session_share_text(world, &text), BF_ERR_NOMEM, "");
      bf_alloc_fail_after(-1);
      assert_string_equal(bf_text_view(&text), rank_of() == 0 ? "news" : "old");
    }
  bf_text_release(&text);
}

static void minimum_is_the_smallest_of_all_ranks(void **state)
{
  (void)state;
  int size = bf_session_size(world);
  assert_int_equal(bf_session_minimum(world, rank_of() + 7), 7);
  assert_int_equal(bf_session_minimum(world, -rank_of()), -(size - 1));
}

static void gather_brings_all_in_the_order_of_ranks(void **state)
{
  (void)state;
  int size = bf_session_size(world);
  const int mine[2] = {rank_of(), 100 - rank_of()};
  int *all = rank_of() == 0 ? bf_alloc((size_t)size, sizeof mine) : NULL;
  assert_ok(bf_session_gather(world, mine, sizeof mine, all));
  for (int rank = 0; all != NULL && rank < size; rank++)
    assert_true(all[2 * rank] == rank && all[2 * rank + 1] == 100 - rank);
  free(all);
}

static void probe_of_messages_finds_every_rank(void **state)
{
  (void)state;
  bf_message_probe probe = {.n_peers = -1};
  assert_ok(bf_probe_messages(world, &probe));
  assert_int_equal(probe.n_peers, rank_of() == 0 ? bf_session_size(world) - 1 : -1);
  if (probe.n_peers <= 0)
    return;
  assert_int_equal(probe.spoilt_rank, -1);
  assert_true(probe.round_trip_s > 0 && probe.megabyte_s > 0);
  /* The clocks are one. */
  assert_true(fabs(probe.clock_offset_s) <= probe.clock_error_s + 1e-3);
}

static void probe_of_the_window_is_seen_by_all(void **state)
{
  (void)state;
  bf_window_probe probe = {.n_wrong = 1};
  assert_ok(bf_probe_window(world, 1 << 20, &probe));
  assert_int_equal(probe.n_wrong, 0);
  assert_int_equal(probe.n_readers, bf_session_size(world));
  /* The same test runs where there is none. */
  assert_int_equal(probe.has_room, probe.n_free > 1e6);
}

static void nodes_of_one_machine_are_one(void **state)
{
  (void)state;
  assert_int_equal(bf_session_n_nodes(world), 1);
}

static void ranks_know_each_other(void **state)
{
  (void)state;
  char host[72] = "";
  assert_int_equal(gethostname(host, sizeof host - 1), 0);
  assert_int_equal(bf_session_pid(world, rank_of()), getpid());
  for (int rank = 0; rank < bf_session_size(world); rank++) {
    assert_int_equal(kill(bf_session_pid(world, rank), 0), 0);
    assert_true(rank == rank_of() || bf_session_pid(world, rank) != getpid());
    assert_string_equal(bf_session_host(world, rank), host);
    assert_int_equal(bf_session_node(world, rank), 0);
  }
}

/* The set that rank 0 wrote, loaded from its manifest. */
static void find_set(bf_text *folder, bf_manifest **manifest)
{
  if (rank_of() == 0)
    bf_text_append(folder, small_set_write());
  assert_ok(bf_session_share_text(world, folder));
  assert_ok(bf_manifest_load(bf_text_view(folder), manifest));
}

static void window_holds_what_was_written(void **state)
{
  (void)state;
  bf_text folder = {0};
  bf_manifest *manifest = NULL;
  bf_dataset data;
  find_set(&folder, &manifest);
  assert_ok(bf_session_load(world, manifest, &data));
  assert_int_equal(data.n_classes, SMALL_CLASSES);
  assert_int_equal(data.split[BF_TRAIN].n, 7);
  assert_int_equal(data.split[BF_TEST].n, 4);
  for (int split = 0; split < BF_N_SPLITS; split++)
    for (size_t i = 0; i < data.split[split].n; i++) {
      assert_int_equal(data.split[split].labels[i], small_set_label((bf_split)split, i));
      for (size_t j = 0; j < SMALL_FEATURES; j++)
        assert_true(data.split[split].values[bf_tile_place(SMALL_FEATURES, i, j)] ==
                    small_set_value((bf_split)split, i, j));
    }
  assert_int_equal((uintptr_t)data.split[BF_TEST].values % 64, 0);
  bf_manifest_free(manifest);
  bf_text_release(&folder);
}

static void window_over_a_flipped_byte_fails_everywhere(void **state)
{
  (void)state;
  bf_text folder = {0};
  bf_manifest *manifest = NULL;
  bf_dataset data = {.n_classes = 77};
  find_set(&folder, &manifest);
  if (rank_of() == 0) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", bf_text_view(&folder), manifest->shards[2].file);
    size_t n;
    unsigned char *bytes = folder_read(path, &n);
    bytes[n / 2] ^= 1;
    folder_write_bytes(path, bytes, n);
    free(bytes);
  }
  assert_ok(bf_session_agree(world, BF_OK));
  assert_fails(bf_session_load(world, manifest, &data), BF_ERR_DATA, manifest->shards[2].file);
  assert_int_equal(data.n_classes, 77);
  bf_manifest_free(manifest);
  bf_text_release(&folder);
}

static void stage_finds_one_copy_on_every_rank(void **state)
{
  (void)state;
  bf_text folder = {0};
  char *staged = NULL;
  bf_manifest *manifest = NULL;
  find_set(&folder, &manifest);
  assert_ok(bf_session_stage(world, manifest, bf_text_view(&folder), &staged));
  assert_true(strncmp(staged, bf_text_view(&folder), folder.length) == 0);
  bf_manifest local = *manifest;
  local.folder = staged;
  assert_ok(bf_manifest_verify(&local));
  assert_int_equal(folder_count(staged), SMALL_SHARDS);
  free(staged);
  bf_manifest_free(manifest);
  bf_text_release(&folder);
}

static void keep_line(bf_log_level level, const char *line, void *context)
{
  if (level == BF_LOG_WARNING)
    bf_text_append(context, line);
}

static void stage_without_the_folder_is_a_warning(void **state)
{
  (void)state;
  bf_text folder = {0};
  bf_text warning = {0};
  char *staged = NULL;
  bf_manifest *manifest = NULL;
  find_set(&folder, &manifest);
  bf_log_set_sink(keep_line, &warning);
  assert_ok(bf_session_stage(world, manifest, "/nowhere/at/all", &staged));
  bf_log_set_sink(NULL, NULL);
  assert_null(staged);
  assert_non_null(strstr(bf_text_view(&warning), "data are not staged: host '"));
  assert_non_null(strstr(bf_text_view(&warning), "No such file or directory; they are read from"));
  bf_manifest_free(manifest);
  bf_text_release(&warning);
  bf_text_release(&folder);
}

/* Only rank 0's folder is used; it must outlive the other ranks' reading. */
static int remove_together(void **state)
{
  bf_status status = bf_session_agree(world, BF_OK);
  return folder_remove(state) != 0 || status != BF_OK;
}

static int run(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agreement_of_all_is_ok),
      cmocka_unit_test(agreement_with_one_failing_tells_all),
      cmocka_unit_test(agreement_with_all_failing_is_that_of_rank_0),
      cmocka_unit_test(agreement_with_long_trail_keeps_it_whole),
      cmocka_unit_test(text_of_any_length_reaches_all),
      cmocka_unit_test(text_without_memory_somewhere_fails_everywhere),
      cmocka_unit_test(minimum_is_the_smallest_of_all_ranks),
      cmocka_unit_test(gather_brings_all_in_the_order_of_ranks),
      cmocka_unit_test(probe_of_messages_finds_every_rank),
      cmocka_unit_test(probe_of_the_window_is_seen_by_all),
      cmocka_unit_test(nodes_of_one_machine_are_one),
      cmocka_unit_test(ranks_know_each_other),
      cmocka_unit_test_setup_teardown(window_holds_what_was_written, folder_make, remove_together),
      cmocka_unit_test_setup_teardown(stage_finds_one_copy_on_every_rank, folder_make,
                                      remove_together),
      cmocka_unit_test_setup_teardown(stage_without_the_folder_is_a_warning, folder_make,
                                      remove_together),
      cmocka_unit_test_setup_teardown(window_over_a_flipped_byte_fails_everywhere, folder_make,
                                      remove_together),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
  return mpi_unit_main(argc, argv, run);
}
