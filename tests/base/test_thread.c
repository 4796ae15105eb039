/* Tests of base/thread: signals stay with the main thread, waiting ends on time. */
#include "unit.h"

#include <errno.h>
#include <signal.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/thread.h"

static void *look_at_mask(void *context)
{
  return pthread_sigmask(SIG_BLOCK, NULL, context) == 0 ? context : NULL;
}

static void thread_takes_no_signals_and_leaves_the_mask_of_its_maker(void **state)
{
  (void)state;
  sigset_t inside;
  sigset_t outside;
  pthread_t thread;
  void *result = NULL;
  assert_int_equal(bf_thread_start(&thread, look_at_mask, &inside), 0);
  assert_int_equal(pthread_join(thread, &result), 0);
  assert_ptr_equal(result, &inside);
  assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &outside), 0);
  static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGALRM};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    assert_int_equal(sigismember(&inside, numbers[i]), 1);
    assert_int_equal(sigismember(&outside, numbers[i]), 0);
  }
}

static void waiting_ends_at_the_time_that_was_said(void **state)
{
  (void)state;
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t never;
  bf_condition_init(&never);
  pthread_mutex_lock(&lock);
  double start_s = bf_clock_s();
  struct timespec time = bf_condition_time(0.05);
  assert_true(time.tv_nsec >= 0 && time.tv_nsec < 1000000000);
  int code = 0;
  while (code == 0)
    code = pthread_cond_timedwait(&never, &lock, &time);
  assert_int_equal(code, ETIMEDOUT);
  assert_true(bf_clock_s() - start_s >= 0.049);
  pthread_mutex_unlock(&lock);
  pthread_cond_destroy(&never);
}

static void wish_to_stop_is_remembered(void **state)
{
  (void)state;
  assert_false(bf_is_cancelled());
  bf_cancel();
  assert_true(bf_is_cancelled());
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(thread_takes_no_signals_and_leaves_the_mask_of_its_maker),
      cmocka_unit_test(waiting_ends_at_the_time_that_was_said),
      cmocka_unit_test(wish_to_stop_is_remembered),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
