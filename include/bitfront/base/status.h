/* Status codes, the error trail, and the checks that use them.
 * Room: base. */
#ifndef BF_BASE_STATUS_H
#define BF_BASE_STATUS_H

#include "base/banned.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Three kinds of fault, three mechanisms:
 *   - the outside world (files, arguments, memory) is wrong: a function returns a bf_status and
 *     has written one line about it to the trail of its thread;
 *   - a trial diverges: that is data, not an error. BF_ERR_TRIAL travels as far as the evaluator,
 *     which turns the trail into the trial's reason;
 *   - an invariant of ours is broken: BF_ASSERT stops the program in dev, asan and CI builds.
 *
 * A function that fails leaves its outputs as they were. Texts are lower case, without a full
 * stop, name the subject in single quotes and give units:
 *   cannot read shard 'a.h5': dataset 'features' has 15 columns, expected 16
 */

/** X(name, exit code of the program, what it means). */
#define BF_STATUS_LIST(X)                                                                          \
  X(BF_OK, 0, "success")                                                                           \
  X(BF_ERR_IO, 1, "a file cannot be written or the disk is full")                                  \
  X(BF_ERR_NOMEM, 1, "out of memory")                                                              \
  X(BF_ERR_MPI, 1, "an MPI call failed")                                                           \
  X(BF_ERR_USAGE, 2, "a bad argument, job file, model, metric, sampler or width")                  \
  X(BF_ERR_TRIAL, 3, "a trial failed (diverged, for instance)")                                    \
  X(BF_ERR_STOPPED, 4, "it ended before its time and can be resumed")                              \
  X(BF_ERR_DATA, 5, "a bad data set, shard or checkpoint")                                         \
  X(BF_ERR_BUG, 70, "a fault of bitfront itself")

typedef enum bf_status {
#define BF_STATUS_ENUM(name, exit_code, text) name,
  BF_STATUS_LIST(BF_STATUS_ENUM)
#undef BF_STATUS_ENUM
} bf_status;

#if defined(__GNUC__)
#define BF_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define BF_PRINTF(text, first)
#endif

/** The documented exit code (docs/formats.md) for @p status. */
int bf_status_exit_code(bf_status status);

/** The name of @p status, "BF_ERR_DATA" for instance; never NULL. */
const char *bf_status_name(bf_status status);

/**
 * @brief Starts a new trail with one line and returns @p status.
 *
 * Thread: the trail is thread-local. Lines longer than 1 KiB are cut.
 */
bf_status bf_fail(bf_status status, const char *format, ...) BF_PRINTF(2, 3);

/**
 * @brief Puts "<text>: " in front of the trail and returns @p status.
 *
 * For callers that know *why* the failed thing was done: bf_because(s, "cannot read job '%s'",
 * path).
 */
bf_status bf_because(bf_status status, const char *format, ...) BF_PRINTF(2, 3);

/** The trail of this thread: the last failure's line, "" if there was none. Borrowed. */
const char *bf_trail(void);

/** Replaces the trail, for a failure that another rank met. @p text may be cut at 1 KiB. */
void bf_trail_set(const char *text);

/** Prints the broken invariant to stderr and aborts. Use BF_ASSERT. */
#ifdef __cplusplus
[[noreturn]]
#else
_Noreturn
#endif
void bf_assert_failed(const char *condition, const char *file, int line);

/* The three macros below want `bf_status status` and the label `done` in the function. */

/** Leaves through `done` if @p expression is not BF_OK. */
#define BF_TRY(expression)                                                                         \
  do {                                                                                             \
    status = (expression);                                                                         \
    if (status != BF_OK)                                                                           \
      goto done;                                                                                   \
  } while (0)

/** Leaves through `done` with @p code and a new trail if @p condition is false: BF_CHECK(n > 0,
 * BF_ERR_DATA, "..", ..). The compiler sees the code itself, so that it can follow the path. */
#define BF_CHECK(condition, code, ...)                                                             \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      status = (code);                                                                             \
      bf_fail(status, __VA_ARGS__);                                                                \
      goto done;                                                                                   \
    }                                                                                              \
  } while (0)

/** Leaves through `done` with BF_ERR_NOMEM if @p pointer is NULL. */
#define BF_CHECK_MEMORY(pointer)                                                                   \
  BF_CHECK((pointer) != NULL, BF_ERR_NOMEM, "out of memory (%s, line %d)", __FILE__, __LINE__)

/** Our own invariants; compiled in with BITFRONT_ASSERTIONS (dev and asan presets, CI). */
#ifdef BF_ASSERTIONS
#define BF_ASSERT(condition)                                                                       \
  ((condition) ? (void)0 : bf_assert_failed(#condition, __FILE__, __LINE__))
#else
#define BF_ASSERT(condition) ((void)sizeof(condition))
#endif

#ifdef __cplusplus
}
#endif

#endif
