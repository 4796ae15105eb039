/* Tests of src/base/process.c.
 * Room: tests. */
#include <math.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#include "base/clock.h"
#include "base/process.h"

static void process_alive_lives(void **state)
{
  (void)state;
  assert_true(bf_process_lives(getpid()));
  assert_true(bf_process_lives(1));
}

static void process_stopped_lives(void **state)
{
  (void)state;
  pid_t child = fork();
  if (child == 0)
    for (;;)
      pause();
  kill(child, SIGSTOP);
  waitpid(child, NULL, WUNTRACED);
  bool lives = bf_process_lives(child);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  assert_true(lives);
}

static void process_ended_does_not_live(void **state)
{
  (void)state;
  siginfo_t end;
  pid_t child = fork();
  if (child == 0)
    _exit(0);
  waitid(P_PID, (id_t)child, &end, WEXITED | WNOWAIT);
  bool lives_as_zombie = bf_process_lives(child);
  waitpid(child, NULL, 0);
  assert_false(lives_as_zombie);
  assert_false(bf_process_lives(child));
}

static void process_impossible_does_not_live(void **state)
{
  (void)state;
  assert_false(bf_process_lives(0));
  assert_false(bf_process_lives(-1));
  assert_false(bf_process_lives((INT64_C(1) << 32) + getpid()));
}

static void age_grows_with_the_clock(void **state)
{
  (void)state;
  double before_s = bf_process_age_s(getpid());
  double start_s = bf_clock_s();
  bf_sleep(0.1);
  double grown_s = bf_process_age_s(getpid()) - before_s;
  assert_true(before_s >= 0 && before_s < 60);
  assert_true(fabs(grown_s - (bf_clock_s() - start_s)) < 0.05);
  assert_true(bf_process_age_s(1) >= before_s);
}

static void age_of_nobody_is_not_known(void **state)
{
  (void)state;
  assert_true(isnan(bf_process_age_s(0)));
  assert_true(isnan(bf_process_age_s(-1)));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(process_alive_lives),
      cmocka_unit_test(process_stopped_lives),
      cmocka_unit_test(process_ended_does_not_live),
      cmocka_unit_test(process_impossible_does_not_live),
      cmocka_unit_test(age_grows_with_the_clock),
      cmocka_unit_test(age_of_nobody_is_not_known),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
