/* What signals ask of a search. A process remembers the strongest, so each case has its own.
 * Room: cli (tests). */
#include "unit.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "cli/signals.h"

/** What a child of the test says when all was as it should be. */
enum { GOOD = 42, BAD = 1 };

/* In the child, where cmocka cannot fail. */
#define expect(condition)                                                                          \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                      \
      _exit(BAD);                                                                                  \
    }                                                                                              \
  } while (0)

/* What whoever started the test set is not to matter. */
static void forget_handlers(void)
{
  static const int numbers[] = {SIGUSR1, SIGALRM, SIGTERM, SIGINT, SIGHUP};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    signal(numbers[i], SIG_DFL);
}

/* @return wait status. */
static int run(void (*body)(void))
{
  int status = -1;
  pid_t child = fork();
  if (child == 0) {
    forget_handlers();
    body();
    _exit(GOOD);
  }
  assert_true(child > 0);
  assert_int_equal(waitpid(child, &status, 0), child);
  return status;
}

static void run_to_its_end(void (*body)(void))
{
  int status = run(body);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), GOOD);
}

static void run_to_its_death(void (*body)(void), int number)
{
  int status = run(body);
  assert_true(WIFSIGNALED(status));
  assert_int_equal(WTERMSIG(status), number);
}

static void grow_stronger(void)
{
  bf_signals_start();
  expect(bf_signals_wish() == BF_WISH_NONE);
  raise(SIGUSR1);
  raise(SIGUSR1);
  expect(bf_signals_wish() == BF_WISH_FINISH && !bf_is_cancelled());
  bf_signals_watch(false);
  expect(bf_signals_wish() == BF_WISH_FINISH);
  bf_signals_alarm(1e-3);
  bf_sleep(0.1);
  expect(bf_signals_wish() == BF_WISH_LIMIT && bf_is_cancelled());
  raise(SIGINT);
  expect(bf_signals_wish() == BF_WISH_LEAVE);
  raise(SIGUSR1);
  expect(bf_signals_wish() == BF_WISH_LEAVE);
}

static void wish_grows_stronger_and_never_weaker(void **state)
{
  (void)state;
  run_to_its_end(grow_stronger);
}

static void leave_by_each(void)
{
  bf_signals_watch(false);
  raise(SIGTERM);
  raise(SIGHUP);
  raise(SIGINT);
  expect(bf_signals_wish() == BF_WISH_LEAVE && bf_is_cancelled());
}

static void leave_twice(void)
{
  bf_signals_watch(false);
  raise(SIGTERM);
  expect(bf_signals_wish() == BF_WISH_LEAVE);
  raise(SIGTERM);
}

static void second_signal_of_a_kind_kills(void **state)
{
  (void)state;
  run_to_its_end(leave_by_each);
  run_to_its_death(leave_twice, SIGTERM);
}

static void leave_twice_with_launcher(void)
{
  bf_signals_watch(true);
  raise(SIGTERM);
  raise(SIGTERM);
  expect(bf_signals_wish() == BF_WISH_LEAVE);
}

static void second_signal_of_a_kind_is_left_to_the_launcher(void **state)
{
  (void)state;
  run_to_its_end(leave_twice_with_launcher);
}

static void leave_unwatched(void)
{
  bf_signals_start();
  raise(SIGTERM);
}

static void search_that_is_not_watched_yet_is_killed(void **state)
{
  (void)state;
  run_to_its_death(leave_unwatched, SIGTERM);
}

static void ignore_and_watch(void)
{
  signal(SIGHUP, SIG_IGN);
  bf_signals_watch(false);
  bf_signals_outlive();
  raise(SIGHUP);
  raise(SIGHUP);
  expect(bf_signals_wish() == BF_WISH_NONE);
}

static void ignored_signal_stays_ignored(void **state)
{
  (void)state;
  run_to_its_end(ignore_and_watch);
}

static void outlive_one(void)
{
  bf_signals_start();
  bf_signals_outlive();
  raise(SIGTERM);
  expect(bf_signals_wish() == BF_WISH_NONE && !bf_is_cancelled());
  /* So much is left of it. */
  unsigned seconds = alarm(0);
  expect(seconds >= 3 && seconds <= 5);
}

static void outlive_two(void)
{
  bf_signals_outlive();
  raise(SIGTERM);
  alarm(0);
  raise(SIGTERM);
}

static void worker_outlives_one_signal_for_seconds(void **state)
{
  (void)state;
  run_to_its_end(outlive_one);
  run_to_its_death(outlive_two, SIGTERM);
}

/* Seconds for which the alarm of @p seconds is set; 0: it is not. */
static double alarm_of(double seconds)
{
  struct itimerval timer = {0};
  bf_signals_alarm(seconds);
  getitimer(ITIMER_REAL, &timer);
  return (double)timer.it_value.tv_sec + 1e-6 * (double)timer.it_value.tv_usec;
}

static void set_alarms(void)
{
  static const double seconds[] = {0.5, 1, 99.9999995, 99.999999, 3600.25, 1e8};
  for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++)
    expect(fabs(alarm_of(seconds[i]) - seconds[i]) < 0.1);
  expect(alarm_of(1e300) > 1e8);
  expect(alarm_of(HUGE_VAL) > 1e8);
}

static void alarm_is_set_whatever_the_number(void **state)
{
  (void)state;
  run_to_its_end(set_alarms);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(wish_grows_stronger_and_never_weaker),
      cmocka_unit_test(second_signal_of_a_kind_kills),
      cmocka_unit_test(second_signal_of_a_kind_is_left_to_the_launcher),
      cmocka_unit_test(search_that_is_not_watched_yet_is_killed),
      cmocka_unit_test(ignored_signal_stays_ignored),
      cmocka_unit_test(worker_outlives_one_signal_for_seconds),
      cmocka_unit_test(alarm_is_set_whatever_the_number),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
