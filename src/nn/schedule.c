/* Schedules of the learning rate: the factor before step t.
 * Room: nn. Source: the schedules of Hugging Face's transformers. */
#include "nn/schedule.h"

#include <math.h>
#include <string.h>

#include "base/suggest.h"
#include "nn/train.h"

static double stay(double done, double all)
{
  (void)done;
  (void)all;
  return 1.0;
}

static double fall(double done, double all)
{
  return (all - done) / all;
}

static double swing(double done, double all)
{
  return (1.0 + cos(3.14159265358979323846 * done / all)) / 2.0;
}

static const bf_schedule schedules[] = {
    {"constant", false, stay},
    {"constant_with_warmup", true, stay},
    {"linear", true, fall},
    {"cosine", true, swing},
};
enum { N_SCHEDULES = sizeof schedules / sizeof schedules[0] };

bf_status bf_schedule_find(const char *name, const bf_schedule **out)
{
  const char *names[N_SCHEDULES];
  for (size_t i = 0; i < N_SCHEDULES; i++) {
    names[i] = schedules[i].name;
    if (bf_same_name(names[i], name)) {
      *out = &schedules[i];
      return BF_OK;
    }
  }
  /* The nearest of Hugging Face's many names may be another schedule: all are named. */
  const char *near = bf_suggest(name, names, N_SCHEDULES);
  return bf_fail(BF_ERR_USAGE,
                 "unknown lr_scheduler '%s', %s%s%sexpected constant, constant_with_warmup, "
                 "linear or cosine",
                 name, near != NULL ? "did you mean '" : "", near != NULL ? near : "",
                 near != NULL ? "'? " : "");
}

double bf_schedule_factor(const char *scheduler, size_t t, size_t n_warmup, size_t n_steps)
{
  const bf_schedule *schedule = &schedules[0];
  bf_status status = bf_schedule_find(scheduler, &schedule);
  BF_ASSERT(status == BF_OK);
  (void)status;
  if (schedule->warms_up && t < n_warmup)
    return (double)t / (double)n_warmup;
  /* Nothing comes after a warm-up that fills the run, nor after its last step. */
  if (schedule->warms_up && n_steps <= n_warmup)
    return 1.0;
  if (t >= n_steps)
    return schedule->after(1.0, 1.0);
  double warm = schedule->warms_up ? (double)n_warmup : 0.0;
  return schedule->after((double)t - warm, (double)n_steps - warm);
}
