/* The covariance of a Gaussian process.
 * Room: search. */
#include "search/gp_kernel.h"

#include "base/memory.h"

/* Of the share that is not the mean's. */
static const double pair_share = 0.9;

bf_status bf_gp_kernel_init(bf_gp_kernel *kernel, const bf_gp_axes *axes, const bf_gp_loops *loops,
                            size_t capacity)
{
  bf_status status = BF_OK;
  *kernel = (bf_gp_kernel){.axes = axes, .loops = loops, .capacity = capacity};
  kernel->theta.lengths = bf_alloc(axes->n, sizeof *kernel->theta.lengths);
  BF_CHECK_MEMORY(kernel->theta.lengths);
  kernel->levels = bf_alloc(axes->n * capacity, sizeof *kernel->levels);
  BF_CHECK_MEMORY(kernel->levels);
  kernel->alike = bf_alloc(axes->n_rows, sizeof *kernel->alike);
  BF_CHECK_MEMORY(kernel->alike);
  kernel->alike_none = bf_alloc(axes->n_rows, sizeof *kernel->alike_none);
  BF_CHECK_MEMORY(kernel->alike_none);
  kernel->rows = bf_alloc(axes->n_rows * capacity, sizeof *kernel->rows);
  BF_CHECK_MEMORY(kernel->rows);
  kernel->scratch = bf_alloc(axes->n_untabled * capacity, sizeof *kernel->scratch);
  BF_CHECK_MEMORY(kernel->scratch);
  kernel->places = bf_alloc(axes->n_untabled * capacity, sizeof *kernel->places);
  BF_CHECK_MEMORY(kernel->places);
  kernel->distances = bf_alloc(capacity, sizeof *kernel->distances);
  BF_CHECK_MEMORY(kernel->distances);
  kernel->used = bf_alloc(axes->n, sizeof *kernel->used);
  BF_CHECK_MEMORY(kernel->used);
done:
  return status;
}

void bf_gp_kernel_release(bf_gp_kernel *kernel)
{
  free(kernel->theta.lengths);
  free(kernel->levels);
  free(kernel->alike);
  free(kernel->alike_none);
  free(kernel->rows);
  free(kernel->scratch);
  free(kernel->places);
  free(kernel->distances);
  free(kernel->used);
  *kernel = (bf_gp_kernel){0};
}

static uint32_t *levels_of(const bf_gp_kernel *kernel, size_t axis)
{
  return kernel->levels + axis * kernel->capacity;
}

/* How alike a level and a point are, on a tabled axis. */
static float look_up(const bf_gp_kernel *kernel, const bf_gp_axis *axis, uint32_t a, uint32_t b)
{
  uint32_t absent = axis->n_choices;
  if (a == b)
    return 1;
  if (!axis->is_ordered)
    return kernel->alike[axis->first_row];
  if (a == absent || b == absent)
    return kernel->alike_none[axis->first_row + (a == absent ? b : a)];
  return kernel->alike[axis->first_row + (a > b ? a - b : b - a)];
}

static void fill_tables(bf_gp_kernel *kernel, const bf_gp_axis *axis, double length)
{
  float *alike = kernel->alike + axis->first_row;
  float *alike_none = kernel->alike_none + axis->first_row;
  if (!axis->is_ordered) {
    alike[0] = bf_gp_alike_other(length);
    return;
  }
  for (uint32_t i = 0; i < axis->n_choices; i++) {
    alike[i] = bf_gp_alike((double)bf_gp_axis_distance(axis, i, 0), length);
    alike_none[i] = bf_gp_alike((double)bf_gp_axis_distance(axis, i, axis->n_choices), length);
  }
}

static void fill_column(bf_gp_kernel *kernel, const bf_gp_axis *axis, size_t i, uint32_t level)
{
  float *column = kernel->rows + axis->first_row * kernel->capacity + i;
  for (uint32_t a = 0; a <= axis->n_choices; a++)
    column[a * kernel->capacity] = look_up(kernel, axis, a, level);
}

void bf_gp_kernel_set_length(bf_gp_kernel *kernel, size_t axis, double length)
{
  const bf_gp_axis *a = &kernel->axes->axes[axis];
  kernel->theta.lengths[axis] = length;
  if (!a->is_tabled)
    return;
  fill_tables(kernel, a, length);
  for (size_t i = 0; i < kernel->n; i++)
    fill_column(kernel, a, i, levels_of(kernel, axis)[i]);
}

void bf_gp_kernel_add(bf_gp_kernel *kernel, const uint32_t *indexes)
{
  size_t i = kernel->n++;
  BF_ASSERT(i < kernel->capacity);
  for (size_t d = 0; d < kernel->axes->n; d++) {
    const bf_gp_axis *axis = &kernel->axes->axes[d];
    uint32_t level = bf_gp_axis_level(kernel->axes, d, indexes);
    levels_of(kernel, d)[i] = level;
    if (axis->is_tabled)
      fill_column(kernel, axis, i, level);
    else
      kernel->places[axis->first_row * kernel->capacity + i] = bf_gp_axis_place(axis, level);
  }
}

void bf_gp_kernel_cut(bf_gp_kernel *kernel, size_t n)
{
  BF_ASSERT(n <= kernel->n);
  kernel->n = n;
}

/* The row of a level on an axis with too many for a table. */
static const float *compute_row(bf_gp_kernel *kernel, size_t d, uint32_t level)
{
  const bf_gp_axis *axis = &kernel->axes->axes[d];
  const bf_gp_loops *loops = kernel->loops;
  const uint32_t *levels = levels_of(kernel, d);
  size_t first = axis->first_row * kernel->capacity;
  float *row = kernel->scratch + first;
  double length = kernel->theta.lengths[d];
  if (!axis->is_ordered) {
    loops->match(kernel->n, levels, level, bf_gp_alike_other(length), row);
  } else if (!axis->may_be_absent) {
    loops->matern(kernel->n, kernel->places + first, bf_gp_axis_place(axis, level),
                  bf_gp_scale_of(length), row);
  } else {
    for (size_t i = 0; i < kernel->n; i++)
      kernel->distances[i] = bf_gp_axis_distance(axis, level, levels[i]);
    loops->matern(kernel->n, kernel->distances, 0, bf_gp_scale_of(length), row);
  }
  return row;
}

static const float *row_of(bf_gp_kernel *kernel, size_t d, uint32_t level)
{
  const bf_gp_axis *axis = &kernel->axes->axes[d];
  if (axis->is_tabled)
    return kernel->rows + (axis->first_row + level) * kernel->capacity;
  return compute_row(kernel, d, level);
}

/* With one axis there are no pairs, and with none a constant remains. */
static bf_gp_blend blend_of(const bf_gp_kernel *kernel)
{
  double n = (double)kernel->axes->n;
  double share = kernel->theta.share;
  double pair = kernel->axes->n > 1 ? (1 - share) * pair_share : 0;
  return (bf_gp_blend){.n_axes = kernel->axes->n,
                       .rows = kernel->used,
                       .mean = n > 0 ? (float)(share / n) : 0,
                       .pair = n > 1 ? (float)(pair / (n * (n - 1))) : 0,
                       .product = (float)(n > 0 ? 1 - share - pair : 1)};
}

/* The used rows are set. */
static void blend(const bf_gp_kernel *kernel, size_t from, float *k)
{
  bf_gp_blend blend = blend_of(kernel);
  kernel->loops->blend(&blend, from, kernel->n, k);
  for (size_t i = kernel->n; i % BF_GP_TILE != 0; i++)
    k[i] = 0;
}

void bf_gp_kernel_row(bf_gp_kernel *kernel, const uint32_t *indexes, size_t from, float *k)
{
  for (size_t d = 0; d < kernel->axes->n; d++)
    kernel->used[d] = row_of(kernel, d, bf_gp_axis_level(kernel->axes, d, indexes));
  blend(kernel, from, k);
}

void bf_gp_kernel_point_row(bf_gp_kernel *kernel, size_t i, size_t from, float *k)
{
  for (size_t d = 0; d < kernel->axes->n; d++)
    kernel->used[d] = row_of(kernel, d, levels_of(kernel, d)[i]);
  blend(kernel, from, k);
}
