/* The columns of a text table: which hold the features, which one the label.
 * Room: data. */
#include "data/columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/suggest.h"

static const char *const label_columns[] = {"class", "label", "jet_type"};

enum { N_LABEL_COLUMNS = sizeof label_columns / sizeof label_columns[0] };

bf_status bf_columns_add(bf_columns *columns, const char *name)
{
  bf_status status = BF_OK;
  size_t n = columns->n;
  /* Full at every power of two. */
  if ((n & (n - 1)) == 0) {
    char **grown = bf_grow(columns->names, n, n > 0 ? 2 * n : 1, sizeof *grown);
    BF_CHECK_MEMORY(grown);
    columns->names = grown;
  }
  columns->names[n] = bf_copy_text(name);
  BF_CHECK_MEMORY(columns->names[n]);
  columns->n++;
done:
  return status;
}

void bf_columns_release(bf_columns *columns)
{
  for (size_t i = 0; i < columns->n; i++)
    free(columns->names[i]);
  free(columns->names);
  free(columns->features);
  *columns = (bf_columns){0};
}

/* By name; equal ones stay in their order. */
static int compare_names(const void *a, const void *b)
{
  char *const *first = *(char *const *const *)a;
  char *const *second = *(char *const *const *)b;
  int order = strcmp(*first, *second);
  return order != 0 ? order : first < second ? -1 : first > second;
}

/* Sorted, since comparing each with each would take minutes for a file of a few megabytes that
 * holds nothing else. */
bf_status bf_columns_twin(const bf_columns *columns, size_t *twin)
{
  bf_status status = BF_OK;
  size_t n = columns->n;
  char ***sorted = bf_alloc(n, sizeof *sorted);
  BF_CHECK_MEMORY(sorted);
  for (size_t i = 0; i < n; i++)
    sorted[i] = &columns->names[i];
  qsort(sorted, n, sizeof *sorted, compare_names);
  *twin = n;
  for (size_t i = 1; i < n; i++) {
    size_t place = (size_t)(sorted[i] - columns->names);
    if (strcmp(*sorted[i - 1], *sorted[i]) == 0 && **sorted[i] != '\0' && place < *twin)
      *twin = place;
  }
done:
  free(sorted);
  return status;
}

static bf_status find_feature(const bf_columns *columns, const char *name, size_t *column)
{
  const char *const *names = (const char *const *)columns->names;
  size_t found = bf_column_find(name, columns->n, names);
  if (found < columns->n) {
    *column = found;
    return BF_OK;
  }
  const char *nearest = bf_suggest(name, names, columns->n);
  return bf_fail(BF_ERR_DATA, "it lacks %s '%s'%s%s%s", columns->noun, name,
                 nearest != NULL ? "; the nearest is '" : "", nearest != NULL ? nearest : "",
                 nearest != NULL ? "'" : "");
}

static bf_status find_label(bf_columns *columns)
{
  for (size_t i = 0; i < N_LABEL_COLUMNS; i++) {
    size_t found =
        bf_column_find(label_columns[i], columns->n, (const char *const *)columns->names);
    if (found < columns->n) {
      columns->label = found;
      return BF_OK;
    }
  }
  return bf_fail(BF_ERR_DATA, "it lacks a class %s: 'class', 'label' or 'jet_type'", columns->noun);
}

bf_status bf_columns_find(const bf_request *request, bf_columns *columns)
{
  bf_status status = BF_OK;
  columns->features = bf_alloc(request->n_features, sizeof *columns->features);
  BF_CHECK_MEMORY(columns->features);
  for (size_t i = 0; i < request->n_features; i++)
    BF_TRY(find_feature(columns, request->features[i], &columns->features[i]));
  BF_TRY(find_label(columns));
done:
  return status;
}

size_t bf_class_find(const bf_request *request, const char *cell)
{
  char *end = NULL;
  for (size_t c = 0; c < request->n_classes; c++)
    if (strcmp(cell, request->classes[c]) == 0)
      return c;
  double index = strtod(cell, &end);
  bool is_index = end != cell && *end == '\0' && index >= 0 && index < (double)request->n_classes &&
                  index == floor(index);
  return is_index ? (size_t)index : request->n_classes;
}
