/* Hypervolume over trials.
 * Room: study. */
#include <math.h>

#include "base/memory.h"
#include "search/front.h"
#include "search/hypervolume.h"
#include "study/comparison_parts.h"

const double bf_comparison_reference = 1.1;

/* The front of a study while its trials come, on the scale of the joint front. */
typedef struct walk {
  const bf_comparison *comparison;
  bf_compared *study;
  bf_front *front;
  double *scaled;  /* (n_candidates, m) */
  double *limited; /* (n_candidates, m) scratch */
  double *corner;  /* (m) */
} walk;

static void walk_release(walk *w)
{
  bf_front_free(w->front);
  free(w->scaled);
  free(w->limited);
  free(w->corner);
}

static bf_status walk_init(const bf_comparison *comparison, bf_compared *study, walk *w)
{
  bf_status status = BF_OK;
  size_t m = comparison->n_objectives;
  size_t n = study->record->n_candidates;
  *w = (walk){.comparison = comparison, .study = study};
  w->scaled = bf_alloc(n * m, sizeof *w->scaled);
  w->limited = bf_alloc(n * m, sizeof *w->limited);
  w->corner = bf_alloc(m, sizeof *w->corner);
  BF_CHECK_MEMORY(w->scaled);
  BF_CHECK_MEMORY(w->limited);
  BF_CHECK_MEMORY(w->corner);
  BF_TRY(bf_front_create(m, &w->front));
  for (size_t j = 0; j < m; j++)
    w->corner[j] = bf_comparison_reference;
  for (size_t i = 0; i < n * m; i++)
    w->scaled[i] = bf_comparison_scaled(comparison, i % m, study->record->minimised[i]);
done:
  return status;
}

/* What point @p c adds to the volume of the front: its box less the part of it that members have.
 * Computed anew the volume would take the time of its whole front at each step. */
static bf_status gain_of(const walk *w, size_t c, double *gain)
{
  size_t m = w->comparison->n_objectives;
  size_t n = bf_front_size(w->front);
  const double *point = w->scaled + c * m;
  double box = 1;
  double shared = 0;
  *gain = 0;
  for (size_t j = 0; j < m; j++) {
    if (point[j] >= bf_comparison_reference)
      return BF_OK;
    box *= bf_comparison_reference - point[j];
  }
  for (size_t k = 0; k < n; k++) {
    const double *member = w->scaled + bf_front_numbers(w->front)[k] * m;
    bool is_better = true;
    for (size_t j = 0; j < m; j++) {
      w->limited[k * m + j] = fmax(point[j], member[j]);
      is_better = is_better && member[j] <= point[j];
    }
    if (is_better)
      return BF_OK;
  }
  bf_status status = bf_hypervolume(m, n, w->limited, w->corner, &shared);
  if (status == BF_OK)
    *gain = fmax(box - shared, 0);
  return status;
}

static void push_step(bf_compared *study, size_t n_trials, double share)
{
  study->steps[study->n_steps++] = (bf_step){.n_trials = n_trials, .share = share};
  if (study->n_to_95 == 0 && share >= 0.95)
    study->n_to_95 = n_trials;
  if (study->n_to_99 == 0 && share >= 0.99)
    study->n_to_99 = n_trials;
}

static bf_status walk_trials(walk *w)
{
  bf_status status = BF_OK;
  const bf_record *record = w->study->record;
  double volume = 0;
  for (size_t c = 0; c < record->n_candidates; c++) {
    const bf_candidate *candidate = &record->candidates[c];
    double gain = 0;
    bool entered = false;
    if (!bf_record_is_feasible(record, c))
      continue;
    BF_TRY(gain_of(w, c, &gain));
    BF_TRY(bf_front_insert(w->front, c, bf_record_minimised(record, c), &entered));
    volume += gain;
    if (gain > 0)
      push_step(w->study, candidate->first + candidate->n_trials, volume / w->comparison->volume);
  }
done:
  return status;
}

/* The volume in one piece, without the rounding of many gains. */
static bf_status volume_of(const walk *w, double *volume)
{
  size_t m = w->comparison->n_objectives;
  size_t n = bf_front_size(w->front);
  for (size_t k = 0; k < n; k++)
    memcpy(w->limited + k * m, w->scaled + bf_front_numbers(w->front)[k] * m,
           m * sizeof *w->limited);
  return bf_hypervolume(m, n, w->limited, w->corner, volume);
}

static bf_status measure_study(const bf_comparison *comparison, bf_compared *study)
{
  bf_status status = BF_OK;
  walk w = {.comparison = NULL};
  BF_TRY(walk_init(comparison, study, &w));
  study->steps = bf_alloc(study->record->n_candidates, sizeof *study->steps);
  BF_CHECK_MEMORY(study->steps);
  BF_TRY(walk_trials(&w));
  BF_TRY(volume_of(&w, &study->volume));
  study->share = study->volume / comparison->volume;
done:
  walk_release(&w);
  return status;
}

static bf_status measure_joint(bf_comparison *comparison)
{
  bf_status status = BF_OK;
  size_t m = comparison->n_objectives;
  double corner[BF_N_METRICS];
  double *points = bf_alloc(comparison->n_vectors * m, sizeof *points);
  BF_CHECK_MEMORY(points);
  for (size_t i = 0; i < comparison->n_finders; i++) {
    const bf_finder *finder = &comparison->finders[i];
    for (size_t j = 0; j < m; j++)
      points[finder->vector * m + j] =
          bf_comparison_scaled(comparison, j, bf_comparison_point(comparison, finder)[j]);
  }
  for (size_t j = 0; j < m; j++)
    corner[j] = bf_comparison_reference;
  BF_TRY(bf_hypervolume(m, comparison->n_vectors, points, corner, &comparison->volume));
done:
  free(points);
  return status;
}

bf_status bf_comparison_measure(bf_comparison *comparison)
{
  bf_status status = measure_joint(comparison);
  for (size_t s = 0; status == BF_OK && s < comparison->n_studies; s++) {
    bf_compared *study = &comparison->studies[s];
    study->share = (double)NAN;
    if (comparison->n_vectors > 0)
      status = measure_study(comparison, study);
  }
  return status;
}
