/* The parameters as a Gaussian process sees them.
 * Room: search. */
#include "search/gp_axes.h"

#include "base/memory.h"
#include "search/gp_math.h"

/* Up to so many choices a row a choice is kept; a row more costs little time but for the caches. */
enum { MOST_TABLED = 64 };

static const double root3 = 1.7320508075688772;

bf_status bf_gp_axes_init(bf_gp_axes *axes, const bf_space *space)
{
  *axes = (bf_gp_axes){.space = space, .axes = bf_alloc(space->n_parameters, sizeof *axes->axes)};
  if (axes->axes == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for %zu axes", space->n_parameters);
  for (size_t d = 0; d < space->n_parameters; d++) {
    const bf_parameter *parameter = &space->parameters[d];
    if (parameter->n_choices < 2)
      continue;
    bool is_tabled = parameter->n_choices <= MOST_TABLED;
    axes->axes[axes->n++] = (bf_gp_axis){.parameter = d,
                                         .n_choices = parameter->n_choices,
                                         .is_ordered = parameter->kind == BF_PARAMETER_ORDERED,
                                         .may_be_absent = parameter->matters != NULL,
                                         .is_tabled = is_tabled,
                                         .first_row = is_tabled ? axes->n_rows : axes->n_untabled};
    if (is_tabled)
      axes->n_rows += parameter->n_choices + 1;
    else
      axes->n_untabled++;
  }
  return BF_OK;
}

void bf_gp_axes_release(bf_gp_axes *axes)
{
  free(axes->axes);
  *axes = (bf_gp_axes){0};
}

uint32_t bf_gp_axis_level(const bf_gp_axes *axes, size_t axis, const uint32_t *indexes)
{
  const bf_gp_axis *a = &axes->axes[axis];
  return bf_space_matters(axes->space, indexes, a->parameter) ? indexes[a->parameter]
                                                              : a->n_choices;
}

static double place(const bf_gp_axis *axis, uint32_t level)
{
  return (double)level / (axis->n_choices - 1);
}

float bf_gp_axis_place(const bf_gp_axis *axis, uint32_t choice)
{
  return (float)place(axis, choice);
}

float bf_gp_axis_distance(const bf_gp_axis *axis, uint32_t a, uint32_t b)
{
  uint32_t absent = axis->n_choices;
  if (a == b)
    return 0;
  if (a != absent && b != absent)
    return (float)fabs(place(axis, a) - place(axis, b));
  double aside = place(axis, a == absent ? b : a) - 0.5;
  return (float)sqrt(aside * aside + 0.25);
}

float bf_gp_scale_of(double length)
{
  return (float)(root3 / length);
}

float bf_gp_alike(double distance, double length)
{
  double s = root3 * distance / length;
  return (float)((1 + s) * bf_gp_exp(-s));
}

float bf_gp_alike_other(double length)
{
  return (float)bf_gp_exp(-0.7 / length);
}
