/* What the outside wants of a running search, said by signals.
 * Room: cli. */
#include "cli/signals.h"

#include <math.h>
#include <signal.h>
#include <stddef.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/cancel.h"

/* Thirty years; an integer can hold it. */
static const double longest_alarm_s = 1e9;
/* Longer than mpirun waits before it kills. */
enum { OUTLIVE_S = 5 };

static const struct {
  int number;
  bf_wish wish;
} wishes[] = {{SIGUSR1, BF_WISH_FINISH},
              {SIGALRM, BF_WISH_LIMIT},
              {SIGTERM, BF_WISH_LEAVE},
              {SIGINT, BF_WISH_LEAVE},
              {SIGHUP, BF_WISH_LEAVE}};
enum { N_WISHES = sizeof wishes / sizeof *wishes };

static volatile sig_atomic_t strongest = BF_WISH_NONE;

static void remember(int number)
{
  for (size_t i = 0; i < N_WISHES; i++)
    if (wishes[i].number == number && strongest < (sig_atomic_t)wishes[i].wish)
      strongest = (sig_atomic_t)wishes[i].wish;
  if (strongest >= BF_WISH_LIMIT)
    bf_cancel();
}

static void outlive(int number)
{
  (void)number;
  alarm(OUTLIVE_S);
}

/* No handler interrupts another: it could overwrite a stronger wish with its own. */
static void install(int number, void (*handler)(int), int flags)
{
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART | flags};
  sigfillset(&action.sa_mask);
  sigaction(number, &action, NULL);
}

/* What is ignored stays so: nohup. */
static void install_to_leave(void (*handler)(int), int flags)
{
  for (size_t i = 0; i < N_WISHES; i++) {
    struct sigaction before;
    if (wishes[i].wish == BF_WISH_LEAVE && sigaction(wishes[i].number, NULL, &before) == 0 &&
        before.sa_handler != SIG_IGN)
      install(wishes[i].number, handler, flags);
  }
}

void bf_signals_start(void)
{
  install(SIGUSR1, remember, 0);
}

void bf_signals_watch(bool has_launcher)
{
  install_to_leave(remember, has_launcher ? 0 : (int)SA_RESETHAND);
}

void bf_signals_outlive(void)
{
  install_to_leave(outlive, (int)SA_RESETHAND);
}

void bf_signals_alarm(double seconds)
{
  double whole;
  double part = modf(fmin(seconds, longest_alarm_s), &whole);
  const struct itimerval timer = {
      .it_value = {.tv_sec = (time_t)whole, .tv_usec = (suseconds_t)(part * 999999) + 1}};
  install(SIGALRM, remember, (int)SA_RESETHAND);
  setitimer(ITIMER_REAL, &timer, NULL);
}

bf_wish bf_signals_wish(void)
{
  return (bf_wish)strongest;
}
