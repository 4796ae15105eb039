/* Tests of search/gp_gain.h: the gain is the hypervolume that is won.
 * Room: search. */
#include "unit.h"

#include <math.h>

#include "base/memory.h"
#include "search/gp_gain.h"
#include "search/hypervolume.h"

enum { MOST_TARGETS = 4, N_POINTS = 4 };

static const double reference = 1.1;

/* Hypervolume below the reference in m objectives. */
static double volume_of(size_t m, size_t n, const double *points)
{
  double corner[MOST_TARGETS] = {reference, reference, reference, reference};
  double volume = 0;
  assert_ok(bf_hypervolume(m, n, points, corner, &volume));
  return volume;
}

/* Mean of a gain over many draws of directions, as a hypervolume: of the unit ball in m dimensions,
 * the part that is positive. */
static double mean_gain(size_t m, size_t n, const double *points, const float *candidate, float sd)
{
  enum { N_DRAWS = 3000 };
  bf_gp_gain gain;
  double sum = 0;
  const bf_gp_loops *loops;
  float sds[MOST_TARGETS] = {sd, sd, sd, sd};
  assert_ok(bf_gp_loops_find(&loops));
  assert_ok(bf_gp_gain_init(&gain, loops, m));
  for (uint64_t k = 0; k < N_DRAWS; k++) {
    bf_random random = bf_random_stream(11, BF_PURPOSE_MODEL, k);
    bf_gp_gain_start(&gain, m, &random);
    bf_gp_gain_aim(&gain, (float)reference, 1);
    for (size_t i = 0; i < n; i++) {
      float z[MOST_TARGETS];
      for (size_t j = 0; j < m; j++)
        z[j] = (float)points[i * m + j];
      bf_gp_gain_reach(&gain, z);
    }
    bf_gp_gain_ready(&gain);
    sum += (double)loops->gain(&gain.front, candidate, sds).gain;
  }
  bf_gp_gain_release(&gain);
  bf_gp_effort effort = bf_gp_effort_of(m);
  double ball = pow(3.141592653589793, (double)m / 2) / tgamma((double)m / 2 + 1);
  return ball / pow(2, (double)m) * sum / N_DRAWS / (double)effort.n_draws /
         (double)effort.n_directions;
}

static void gain_without_doubt_is_the_hypervolume_won(void **state)
{
  (void)state;
  for (size_t m = 1; m <= MOST_TARGETS; m++) {
    double points[(N_POINTS + 1) * MOST_TARGETS];
    float candidate[MOST_TARGETS];
    bf_random random = bf_random_stream(12, BF_PURPOSE_SYNTH, m);
    for (size_t i = 0; i < N_POINTS * m; i++)
      points[i] = 0.3 + bf_random_unit(&random);
    for (size_t j = 0; j < m; j++) {
      candidate[j] = 0.1F + 0.2F * (float)j;
      points[N_POINTS * m + j] = (double)candidate[j];
    }
    double won = volume_of(m, N_POINTS + 1, points) - volume_of(m, N_POINTS, points);
    double gain = mean_gain(m, N_POINTS, points, candidate, 0);
    if (!(fabs(gain / won - 1) < 0.03))
      fail_msg("%zu objectives: gain %g, hypervolume won %g", m, gain, won);
  }
}

static void dominated_candidate_gains_only_by_doubt(void **state)
{
  (void)state;
  const double points[] = {0.2, 0.2};
  const float candidate[] = {0.5F, 0.6F};
  assert_true(mean_gain(2, 1, points, candidate, 0) == 0);
  assert_true(mean_gain(2, 1, points, candidate, 0.3F) > 0);
}

/* Of one objective, in closed form: sd (phi(u) + u Phi(u)) with u = (best - mean) / sd. */
static void doubtful_gain_of_one_objective_is_expected_improvement(void **state)
{
  (void)state;
  const double points[] = {0.3};
  const float candidate[] = {0.4F};
  double sd = 0.2;
  double u = -0.1 / sd;
  double density = exp(-u * u / 2) / sqrt(2 * 3.141592653589793);
  double expected = sd * (density + u * erfc(-u / sqrt(2)) / 2);
  double gain = mean_gain(1, 1, points, candidate, (float)sd);
  assert_true(fabs(gain / expected - 1) < 0.03);
}

static void draws_come_with_their_negatives(void **state)
{
  (void)state;
  const bf_gp_loops *loops;
  assert_ok(bf_gp_loops_find(&loops));
  for (size_t m = 1; m <= MOST_TARGETS; m++) {
    bf_gp_gain gain;
    bf_random random = bf_random_stream(13, BF_PURPOSE_MODEL, m);
    assert_ok(bf_gp_gain_init(&gain, loops, m));
    bf_gp_gain_start(&gain, m, &random);
    size_t half = bf_gp_effort_of(m).n_draws / 2 * m;
    for (size_t i = 0; i < half; i++)
      assert_true(gain.draws[i] != 0 && gain.draws[i] == -gain.draws[half + i]);
    bf_gp_gain_release(&gain);
  }
}

static void directions_have_length_one(void **state)
{
  (void)state;
  const bf_gp_loops *loops;
  assert_ok(bf_gp_loops_find(&loops));
  for (size_t m = 1; m <= MOST_TARGETS; m++) {
    bf_gp_gain gain;
    bf_random random = bf_random_stream(14, BF_PURPOSE_MODEL, m);
    assert_ok(bf_gp_gain_init(&gain, loops, m));
    bf_gp_gain_start(&gain, m, &random);
    for (size_t i = 0; i < BF_GP_DIRECTIONS; i++) {
      double square = 0;
      for (size_t j = 0; j < m; j++)
        square += pow((double)gain.weights[j * BF_GP_DIRECTIONS + i], -2);
      assert_true(fabs(square - 1) < 1e-5);
    }
    bf_gp_gain_release(&gain);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gain_without_doubt_is_the_hypervolume_won),
      cmocka_unit_test(dominated_candidate_gains_only_by_doubt),
      cmocka_unit_test(doubtful_gain_of_one_objective_is_expected_improvement),
      cmocka_unit_test(draws_come_with_their_negatives),
      cmocka_unit_test(directions_have_length_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
