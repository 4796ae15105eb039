/* cmocka with the headers it wants in front of it, in the order it wants them.
 * Every unit test includes this one file first. */
#ifndef BF_TESTS_UNIT_H
#define BF_TESTS_UNIT_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/status.h"

/** Fails the test with the trail when @p expression is not BF_OK. */
#define assert_ok(expression)                                                                      \
  do {                                                                                             \
    bf_status status_ = (expression);                                                              \
    if (status_ != BF_OK)                                                                          \
      fail_msg("%s: %s: %s", #expression, bf_status_name(status_), bf_trail());                    \
  } while (0)

/** Fails unless @p expression returns @p expected and the trail contains @p words. */
#define assert_fails(expression, expected, words)                                                  \
  do {                                                                                             \
    bf_trail_set("");                                                                              \
    bf_status status_ = (expression);                                                              \
    if (status_ != (expected))                                                                     \
      fail_msg("%s: %s, expected %s (%s)", #expression, bf_status_name(status_),                   \
               bf_status_name(expected), bf_trail());                                              \
    if (strstr(bf_trail(), (words)) == NULL)                                                       \
      fail_msg("%s: '%s' does not contain '%s'", #expression, bf_trail(), (words));                \
  } while (0)

#endif
