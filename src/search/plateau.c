/* A stopping rule: the hypervolume has hardly grown for a while.
 * Room: search. */
#include "search/plateau.h"

#include <math.h>

#include "base/memory.h"
#include "search/front.h"
#include "search/hypervolume.h"

struct bf_plateau {
  size_t n_objectives;
  size_t n;
  double gain;
  size_t n_added;
  bf_front *now;
  bf_front *late;    /* of all but the last n */
  double *last;      /* (n, n_objectives): the last n trials, in a ring; NaN: one without result */
  double *reference; /* (n_objectives) */
  double gained;     /* at the last change of a front */
};

bf_status bf_plateau_create(size_t n_objectives, size_t n, double gain, bf_plateau **out)
{
  bf_status status = BF_OK;
  bf_plateau *plateau = bf_alloc(1, sizeof *plateau);
  BF_CHECK_MEMORY(plateau);
  BF_ASSERT(n >= 1);
  plateau->n_objectives = n_objectives;
  plateau->n = n;
  plateau->gain = gain;
  BF_TRY(bf_front_create(n_objectives, &plateau->now));
  BF_TRY(bf_front_create(n_objectives, &plateau->late));
  plateau->last = bf_alloc(n * n_objectives, sizeof *plateau->last);
  BF_CHECK_MEMORY(plateau->last);
  plateau->reference = bf_alloc(n_objectives, sizeof *plateau->reference);
  BF_CHECK_MEMORY(plateau->reference);
  *out = plateau;
  plateau = NULL;
done:
  bf_plateau_free(plateau);
  return status;
}

void bf_plateau_free(bf_plateau *plateau)
{
  if (plateau == NULL)
    return;
  bf_front_free(plateau->now);
  bf_front_free(plateau->late);
  free(plateau->last);
  free(plateau->reference);
  free(plateau);
}

static void widen(const bf_front *front, size_t n_objectives, size_t m, double *lo, double *hi)
{
  const double *objectives = bf_front_objectives(front);
  for (size_t i = 0; i < bf_front_size(front); i++) {
    *lo = fmin(*lo, objectives[i * n_objectives + m]);
    *hi = fmax(*hi, objectives[i * n_objectives + m]);
  }
}

static void find_reference(bf_plateau *plateau)
{
  for (size_t m = 0; m < plateau->n_objectives; m++) {
    double lo = HUGE_VAL;
    double hi = -HUGE_VAL;
    widen(plateau->now, plateau->n_objectives, m, &lo, &hi);
    widen(plateau->late, plateau->n_objectives, m, &lo, &hi);
    /* Without a range any distance will do: the fronts agree in this objective. One that is lost in
     * rounding beside the values would put the reference on a front. */
    plateau->reference[m] = hi + (hi > lo ? fmax((hi - lo) / 10, 1e-12 * fabs(hi)) : 1);
    if (plateau->reference[m] == hi)
      plateau->reference[m] = nextafter(hi, HUGE_VAL);
  }
}

static bf_status volume(const bf_plateau *plateau, const bf_front *front, double *out)
{
  return bf_hypervolume(plateau->n_objectives, bf_front_size(front), bf_front_objectives(front),
                        plateau->reference, out);
}

/* The share of today's hypervolume that the last trials brought. */
static bf_status measure(bf_plateau *plateau)
{
  bf_status status = BF_OK;
  double now = 0;
  double late = 0;
  find_reference(plateau);
  BF_TRY(volume(plateau, plateau->now, &now));
  BF_TRY(volume(plateau, plateau->late, &late));
  plateau->gained = now > 0 ? 1 - late / now : 0;
done:
  return status;
}

static bf_status offer(bf_front *front, size_t number, const double *objectives, bool *changed)
{
  bool entered = false;
  if (isnan(objectives[0]))
    return BF_OK;
  bf_status status = bf_front_insert(front, number, objectives, &entered);
  *changed |= entered;
  return status;
}

bf_status bf_plateau_add(bf_plateau *plateau, const double *objectives, bool *reached)
{
  bf_status status = BF_OK;
  bool changed = false;
  size_t m = plateau->n_objectives;
  double *place = plateau->last + plateau->n_added % plateau->n * m;
  if (plateau->n_added >= plateau->n)
    BF_TRY(offer(plateau->late, plateau->n_added - plateau->n, place, &changed));
  place[0] = (double)NAN;
  if (objectives != NULL)
    memcpy(place, objectives, m * sizeof *place);
  BF_TRY(offer(plateau->now, plateau->n_added, place, &changed));
  plateau->n_added++;
  if (bf_front_size(plateau->late) == 0) {
    *reached = false;
    goto done;
  }
  if (changed)
    BF_TRY(measure(plateau));
  *reached = plateau->gained <= plateau->gain;
done:
  return status;
}
