/* Reading a whole source into memory.
 * Room: data (tests). */
#include "unit.h"

#include "base/memory.h"
#include "folder.h"
#include "rows.h"

bf_request rows_request(const char *const *path)
{
  static const char *const features[] = {"mass", "width"};
  static const char *const classes[] = {"g", "q", "t"};
  return (bf_request){.n_features = TEST_FEATURES,
                      .features = features,
                      .n_classes = TEST_CLASSES,
                      .classes = classes,
                      .n_paths = 1,
                      .paths = path};
}

static void append(rows *all, const bf_block *block)
{
  size_t n = all->n + block->n;
  size_t n_values = block->n_features;
  if (block->n == 0)
    return;
  all->features = realloc(all->features, (n + 1) * n_values * sizeof(double));
  all->labels = realloc(all->labels, n + 1);
  all->hashes = realloc(all->hashes, (n + 1) * sizeof(bf_hash128));
  all->places = realloc(all->places, (n + 1) * sizeof(uint64_t));
  assert_non_null(all->features);
  assert_non_null(all->labels);
  assert_non_null(all->hashes);
  assert_non_null(all->places);
  memcpy(all->features + all->n * n_values, block->features, block->n * n_values * sizeof(double));
  memcpy(all->labels + all->n, block->labels, block->n);
  memcpy(all->hashes + all->n, block->hashes, block->n * sizeof(bf_hash128));
  memcpy(all->places + all->n, block->places, block->n * sizeof(uint64_t));
  all->n = n;
}

bf_status rows_read(const bf_request *request, const bf_format *format, size_t capacity, rows *out)
{
  bf_status status = BF_OK;
  rows all = {0};
  bf_block block = {0};
  bf_source source = bf_source_begin(request, format);
  BF_TRY(bf_block_init(request->n_features, &block));
  if (capacity > 0)
    block.capacity = capacity;
  do {
    BF_TRY(bf_source_next(&source, &block));
    append(&all, &block);
  } while (block.n > 0);
  *out = all;
  all = (rows){0};
done:
  bf_source_end(&source);
  bf_block_release(&block);
  rows_release(&all);
  return status;
}

void rows_release(rows *all)
{
  free(all->features);
  free(all->labels);
  free(all->hashes);
  free(all->places);
  *all = (rows){0};
}

bf_status rows_read_text(const char *text, size_t capacity, rows *out)
{
  const char *path = folder_write("rows.txt", text);
  bf_request request = rows_request(&path);
  return rows_read(&request, NULL, capacity, out);
}

void rows_assert(const rows *all, size_t i, double mass, double width, uint8_t label)
{
  assert_true(i < all->n);
  assert_true(all->features[2 * i] == mass && all->features[2 * i + 1] == width);
  assert_int_equal(all->labels[i], label);
}

void rows_read_short_of_memory(const char *text)
{
  bf_status status = BF_ERR_NOMEM;
  rows all = {0};
  const char *path = folder_write("rows.txt", text);
  bf_request request = rows_request(&path);
  for (long i = 0; status != BF_OK; i++) {
    bf_alloc_fail_after(i);
    status = rows_read(&request, NULL, 0, &all);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || (status == BF_ERR_NOMEM && all.n == 0));
  }
  assert_int_equal(all.n, 1);
  rows_release(&all);
}
