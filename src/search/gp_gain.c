/* Expected hypervolume gain.
 * Room: search. */
#include "search/gp_gain.h"

#include <float.h>

#include "base/memory.h"
#include "search/gp_math.h"

static const double quarter_turn = 1.5707963267948966;

/* A weight is at most one over this. */
static const double least_component = 1e-4;

enum { MOST_DRAWS = 32, DRAWS = 8 };

bf_gp_effort bf_gp_effort_of(size_t n_targets)
{
  if (n_targets == 1)
    return (bf_gp_effort){.n_directions = BF_GP_TILE, .n_draws = MOST_DRAWS};
  return (bf_gp_effort){.n_directions = BF_GP_DIRECTIONS, .n_draws = DRAWS};
}

bf_status bf_gp_gain_init(bf_gp_gain *gain, const bf_gp_loops *loops, size_t n_targets)
{
  bf_status status = BF_OK;
  size_t n_weights = n_targets * BF_GP_DIRECTIONS;
  *gain = (bf_gp_gain){.loops = loops};
  /* Normals come in pairs. */
  size_t n_draws = MOST_DRAWS * n_targets + 1;
  gain->memory = bf_alloc(n_weights + 2 * BF_GP_DIRECTIONS + n_draws, sizeof *gain->memory);
  BF_CHECK_MEMORY(gain->memory);
  gain->weights = gain->memory;
  gain->reached = gain->weights + n_weights;
  gain->volumes = gain->reached + BF_GP_DIRECTIONS;
  gain->draws = gain->volumes + BF_GP_DIRECTIONS;
done:
  return status;
}

void bf_gp_gain_release(bf_gp_gain *gain)
{
  free(gain->memory);
  *gain = (bf_gp_gain){0};
}

static float weight(double component)
{
  return (float)(1 / (component > least_component ? component : least_component));
}

/* In the plane, one direction in each of as many equal angles. */
static void draw_plane(bf_gp_gain *gain, bf_random *random)
{
  for (size_t i = 0; i < BF_GP_DIRECTIONS; i++) {
    double angle = quarter_turn * ((double)i + bf_random_unit(random)) / BF_GP_DIRECTIONS;
    gain->weights[i] = weight(bf_gp_sine(angle));
    gain->weights[BF_GP_DIRECTIONS + i] = weight(bf_gp_sine(quarter_turn - angle));
  }
}

/* A normal vector points anywhere with equal probability; its length is left in @p lengths. */
static void draw_sphere(bf_gp_gain *gain, size_t n_targets, bf_random *random)
{
  double squares[BF_GP_DIRECTIONS] = {0};
  double pair[2];
  for (size_t i = 0; i < n_targets * BF_GP_DIRECTIONS; i++) {
    if (i % 2 == 0)
      bf_gp_normals(random, pair);
    double x = fabs(pair[i % 2]);
    squares[i % BF_GP_DIRECTIONS] += x * x;
    gain->weights[i] = (float)x;
  }
  for (size_t i = 0; i < n_targets * BF_GP_DIRECTIONS; i++)
    gain->weights[i] = weight((double)gain->weights[i] / sqrt(squares[i % BF_GP_DIRECTIONS]));
}

static void draw_normals(bf_gp_gain *gain, size_t n_targets, bf_random *random)
{
  size_t half = bf_gp_effort_of(n_targets).n_draws / 2 * n_targets;
  double pair[2];
  for (size_t i = 0; i < half; i++) {
    if (i % 2 == 0)
      bf_gp_normals(random, pair);
    gain->draws[i] = (float)pair[i % 2];
    gain->draws[half + i] = -gain->draws[i];
  }
}

void bf_gp_gain_start(bf_gp_gain *gain, size_t n_targets, bf_random *random)
{
  if (n_targets == 2)
    draw_plane(gain, random);
  else
    draw_sphere(gain, n_targets, random);
  draw_normals(gain, n_targets, random);
  bf_gp_effort effort = bf_gp_effort_of(n_targets);
  gain->front = (bf_gp_front){.n_targets = n_targets,
                              .n_directions = effort.n_directions,
                              .weights = gain->weights,
                              .reached = gain->reached,
                              .volumes = gain->volumes,
                              .n_draws = effort.n_draws,
                              .draws = gain->draws};
  for (size_t i = 0; i < BF_GP_DIRECTIONS; i++)
    gain->reached[i] = -FLT_MAX;
}

void bf_gp_gain_aim(bf_gp_gain *gain, float reference, float spread)
{
  gain->front.reference = reference;
  gain->front.spread = spread;
}

void bf_gp_gain_reach(bf_gp_gain *gain, const float *z)
{
  for (size_t i = 0; i < gain->front.n_directions; i++) {
    float s = FLT_MAX;
    for (size_t m = 0; m < gain->front.n_targets; m++) {
      float x = (gain->front.reference - z[m]) * gain->weights[m * BF_GP_DIRECTIONS + i];
      s = x < s ? x : s;
    }
    gain->reached[i] = s > gain->reached[i] ? s : gain->reached[i];
  }
}

void bf_gp_gain_ready(bf_gp_gain *gain)
{
  for (size_t i = 0; i < gain->front.n_directions; i++) {
    float side = gain->reached[i] > 0 ? gain->reached[i] : 0;
    gain->volumes[i] = side;
    for (size_t m = 1; m < gain->front.n_targets; m++)
      gain->volumes[i] *= side;
  }
}
