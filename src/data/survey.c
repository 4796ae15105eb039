/* The first pass over the sources: labels, and which rows are left out.
 * Room: data. */
#include "data/survey.h"

#include <math.h>

#include "base/memory.h"
#include "data/manifest_write.h"

/* Rows come in unknown number, so their hashes and labels lie in pages that never move: growing one
 * array would need twice its memory for a moment. */
enum { PAGE_ROWS = 1 << 16, N_BUCKETS = 1 << 16 };

typedef struct page {
  bf_hash128 hashes[PAGE_ROWS];
  uint8_t labels[PAGE_ROWS];
  uint8_t is_dropped[PAGE_ROWS];
} page;

typedef struct pages {
  page **pages;
  size_t n_pages;
  size_t n_rows;
} pages;

static void release_pages(pages *rows)
{
  for (size_t i = 0; i < rows->n_pages; i++)
    free(rows->pages[i]);
  free(rows->pages);
}

void bf_survey_release(bf_survey *survey)
{
  free(survey->is_dropped);
  free(survey->labels);
  *survey = (bf_survey){0};
}

/* Adds an empty page; NULL when memory is short. */
static page *add_page(pages *rows)
{
  void *grown = bf_grow(rows->pages, rows->n_pages, rows->n_pages + 1, sizeof(void *));
  if (grown == NULL)
    return NULL;
  rows->pages = grown;
  page *added = bf_alloc(1, sizeof *added);
  if (added != NULL)
    rows->pages[rows->n_pages++] = added;
  return added;
}

/* The page that the next row goes to. */
static page *last_page(pages *rows)
{
  return rows->n_rows % PAGE_ROWS == 0 ? add_page(rows) : rows->pages[rows->n_pages - 1];
}

static const bf_hash128 *hash_of(const pages *rows, size_t i)
{
  return &rows->pages[i / PAGE_ROWS]->hashes[i % PAGE_ROWS];
}

static uint8_t *dropped_of(const pages *rows, size_t i)
{
  return &rows->pages[i / PAGE_ROWS]->is_dropped[i % PAGE_ROWS];
}

static size_t find_not_finite(size_t n, const double *values)
{
  size_t i = 0;
  while (i < n && isfinite(values[i]))
    i++;
  return i;
}

static bf_status refuse_row(const bf_source *source, const bf_block *block, size_t row,
                            size_t column)
{
  double value = block->features[row * block->n_features + column];
  return bf_fail(BF_ERR_DATA,
                 "cannot import '%s': %s %llu: feature '%s' is %g%s; --drop-nan leaves such rows "
                 "out",
                 source->request->paths[source->i], source->format->place,
                 (unsigned long long)block->places[row], source->request->features[column], value,
                 isnan(value) ? " (missing or not a number)" : "");
}

static bf_status add_row(const bf_source *source, const bf_block *block, size_t row, bool drop_nan,
                         pages *rows)
{
  size_t n = block->n_features;
  size_t column = find_not_finite(n, block->features + row * n);
  if (column < n && !drop_nan)
    return refuse_row(source, block, row, column);
  if (rows->n_rows == BF_MAX_ROWS)
    return bf_fail(BF_ERR_DATA, "the sources hold more than %zu rows", BF_MAX_ROWS);
  page *last = last_page(rows);
  if (last == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for the hashes of %zu rows", rows->n_rows);
  size_t at = rows->n_rows++ % PAGE_ROWS;
  last->hashes[at] = block->hashes[row];
  last->labels[at] = block->labels[row];
  last->is_dropped[at] = column < n;
  return BF_OK;
}

static bf_status read_rows(bf_source *source, bool drop_nan, pages *rows)
{
  bf_status status = BF_OK;
  bf_block block = {0};
  BF_TRY(bf_block_init(source->request->n_features, &block));
  for (;;) {
    BF_TRY(bf_source_next(source, &block));
    if (block.n == 0)
      break;
    for (size_t i = 0; i < block.n; i++)
      BF_TRY(add_row(source, &block, i, drop_nan, rows));
  }
  BF_CHECK(rows->n_rows > 0, BF_ERR_DATA, "cannot import '%s': it holds no rows",
           source->request->paths[0]);
done:
  bf_block_release(&block);
  return status;
}

static int compare_rows(const pages *rows, uint32_t a, uint32_t b)
{
  const bf_hash128 *x = hash_of(rows, a);
  const bf_hash128 *y = hash_of(rows, b);
  if (x->high != y->high)
    return x->high < y->high ? -1 : 1;
  if (x->low != y->low)
    return x->low < y->low ? -1 : 1;
  return a < b ? -1 : a > b;
}

static void sift_down(const pages *rows, size_t n, size_t root, uint32_t *bucket)
{
  for (size_t child; (child = 2 * root + 1) < n; root = child) {
    if (child + 1 < n && compare_rows(rows, bucket[child], bucket[child + 1]) < 0)
      child++;
    if (compare_rows(rows, bucket[root], bucket[child]) >= 0)
      return;
    uint32_t swapped = bucket[root];
    bucket[root] = bucket[child];
    bucket[child] = swapped;
  }
}

/* Heap sort, since qsort takes no context and all rows of a source may be equal. */
static void sort_bucket(const pages *rows, size_t n, uint32_t *bucket)
{
  for (size_t i = n / 2; i > 0; i--)
    sift_down(rows, n, i - 1, bucket);
  for (size_t i = n; i > 1; i--) {
    uint32_t last = bucket[i - 1];
    bucket[i - 1] = bucket[0];
    bucket[0] = last;
    sift_down(rows, i - 1, 0, bucket);
  }
}

static bool is_same(const bf_hash128 *a, const bf_hash128 *b)
{
  return a->high == b->high && a->low == b->low;
}

/* Drops all but the first of equal rows in a sorted bucket; returns how many more it dropped. */
static size_t drop_twins(const pages *rows, size_t n, const uint32_t *bucket)
{
  size_t n_dropped = 0;
  for (size_t i = 1; i < n; i++)
    if (is_same(hash_of(rows, bucket[i - 1]), hash_of(rows, bucket[i])) &&
        !*dropped_of(rows, bucket[i])) {
      *dropped_of(rows, bucket[i]) = 1;
      n_dropped++;
    }
  return n_dropped;
}

static size_t bucket_of(const pages *rows, size_t i)
{
  return hash_of(rows, i)->low % N_BUCKETS;
}

/* Rows into buckets by hash, then each bucket sorted: 4 bytes a row beside the hashes. */
static bf_status drop_duplicates(const pages *rows, size_t *n_dropped)
{
  bf_status status = BF_OK;
  size_t *ends = bf_alloc(N_BUCKETS + 1, sizeof *ends);
  uint32_t *order = bf_alloc(rows->n_rows, sizeof *order);
  BF_CHECK_MEMORY(ends);
  BF_CHECK_MEMORY(order);
  for (size_t i = 0; i < rows->n_rows; i++)
    ends[bucket_of(rows, i) + 1]++;
  for (size_t b = 0; b < N_BUCKETS; b++)
    ends[b + 1] += ends[b];
  for (size_t i = 0; i < rows->n_rows; i++)
    order[ends[bucket_of(rows, i)]++] = (uint32_t)i;
  /* Filling moved each start to the end of its bucket. */
  size_t start = 0;
  for (size_t b = 0; b < N_BUCKETS; b++) {
    sort_bucket(rows, ends[b] - start, order + start);
    *n_dropped += drop_twins(rows, ends[b] - start, order + start);
    start = ends[b];
  }
done:
  free(order);
  free(ends);
  return status;
}

static size_t count_dropped(const pages *rows)
{
  size_t n = 0;
  for (size_t i = 0; i < rows->n_rows; i++)
    n += *dropped_of(rows, i);
  return n;
}

static bf_status keep_labels(const pages *rows, bf_survey *survey)
{
  bf_status status = BF_OK;
  survey->n_rows = rows->n_rows;
  survey->is_dropped = bf_alloc(rows->n_rows, 1);
  survey->labels = bf_alloc(rows->n_rows, 1);
  BF_CHECK_MEMORY(survey->is_dropped);
  BF_CHECK_MEMORY(survey->labels);
  for (size_t i = 0; i < rows->n_rows; i++) {
    survey->is_dropped[i] = *dropped_of(rows, i);
    if (!survey->is_dropped[i])
      survey->labels[survey->n_kept++] = rows->pages[i / PAGE_ROWS]->labels[i % PAGE_ROWS];
  }
  BF_CHECK(survey->n_kept > 0, BF_ERR_DATA, "all %zu rows hold NaN or infinity", rows->n_rows);
done:
  return status;
}

bf_status bf_survey_make(bf_source *source, bool drop_nan, bf_survey *out)
{
  bf_status status = BF_OK;
  pages rows = {0};
  bf_survey survey = {0};
  BF_TRY(read_rows(source, drop_nan, &rows));
  survey.n_not_finite = count_dropped(&rows);
  BF_TRY(drop_duplicates(&rows, &survey.n_duplicates));
  BF_TRY(keep_labels(&rows, &survey));
  *out = survey;
done:
  bf_source_end(source);
  release_pages(&rows);
  if (status != BF_OK)
    bf_survey_release(&survey);
  return status;
}
