/* The parameters as a Gaussian process sees them: axes with levels, and how alike two levels are.
 * Room: search, private. */
#ifndef BF_SEARCH_GP_AXES_H
#define BF_SEARCH_GP_AXES_H

#include "search/space.h"

/*
 * An axis is a parameter with more than one choice; its levels are the choices and, for a parameter
 * that may not matter, one more: "absent".
 *
 * Ordered choices lie evenly on a line of length 1 and are alike by the Matern covariance of
 * smoothness 3/2, (1 + s) e^-s with s = sqrt(3) distance / length (Rasmussen and Williams 2006,
 * section 4.2.1). Absent is a point beside the middle of the line, half its length away, so that it
 * is not much like any choice and about as unlike all. Choices without order are all equally
 * different: e^(-0.7 / length).
 */
typedef struct bf_gp_axis {
  size_t parameter;
  uint32_t n_choices; /**< the level of "absent" */
  bool is_ordered;
  bool may_be_absent;
  bool is_tabled;   /**< few enough levels for a table row each */
  size_t first_row; /**< of the table rows: n_choices + 1; or, without, its scratch row */
} bf_gp_axis;

typedef struct bf_gp_axes {
  const bf_space *space; /**< borrowed */
  size_t n;
  bf_gp_axis *axes;
  size_t n_rows;     /**< of the tables of all axes */
  size_t n_untabled; /**< axes without */
} bf_gp_axes;

/** @brief The axes of @p space, which must outlive them. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_gp_axes_init(bf_gp_axes *axes, const bf_space *space);
void bf_gp_axes_release(bf_gp_axes *axes);

/** The level of canonical @p indexes on @p axis. */
uint32_t bf_gp_axis_level(const bf_gp_axes *axes, size_t axis, const uint32_t *indexes);

/** Where a choice lies on an ordered axis. */
float bf_gp_axis_place(const bf_gp_axis *axis, uint32_t choice);

/** How far apart two levels of an ordered axis are. */
float bf_gp_axis_distance(const bf_gp_axis *axis, uint32_t a, uint32_t b);

/** What a covariance multiplies that distance by. */
float bf_gp_scale_of(double length);

/** How alike @p distance makes two levels of an ordered axis. */
float bf_gp_alike(double distance, double length);

/** How alike two different levels of an axis without order are. */
float bf_gp_alike_other(double length);

#endif
