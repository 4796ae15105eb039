/* Options of a command: a table of names, readers and help lines.
 * Room: cli. */
#ifndef BF_CLI_OPTIONS_H
#define BF_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/text.h"

/*
 * Not argp: under mpirun every rank would print its errors, in two lines, and it takes -1.5 for an
 * option. Here options are long ("--rows 10" or "--rows=10"), stand anywhere among the arguments,
 * and "--" ends them.
 */

/** Reads the @p text given for @p option into @p value. @return BF_OK; BF_ERR_USAGE. */
typedef bf_status (*bf_option_reader)(const char *option, const char *text, void *value);

typedef struct bf_option {
  const char *name;      /**< "--rows" */
  const char *argument;  /**< "N" in the help text; NULL: a switch, read with the text "" */
  const char *help;      /**< one line; NULL: it is one of the Python tool's, which the help page
                              mentions all together */
  bf_option_reader read; /**< one of those below, or a command's own */
  void *value;           /**< where it goes; untouched when the option is not given */
} bf_option;

/** What a command takes. */
typedef struct bf_usage {
  const char *command;     /**< "data synth" */
  const char *arguments;   /**< "JOB.toml --data DIR --out DIR [options]" */
  const char *description; /**< what it does, for people; lines end in a newline */
  size_t n_options;
  const bf_option *options;
} bf_usage;

/** What is left when the options are taken out; items point into argv. */
typedef struct bf_arguments {
  size_t n;
  char **items;
  bool wants_help; /**< --help was given; nothing else counts then */
} bf_arguments;

/**
 * @brief Reads the options and moves the other arguments to the front of @p argv.
 * @return BF_OK; BF_ERR_USAGE: an unknown option (with a suggestion), a missing or superfluous
 * value, or what a reader says.
 */
bf_status bf_options_read(const bf_usage *usage, size_t n, char **argv, bf_arguments *arguments);

/** @brief Prints the help page on standard output. @return BF_OK; BF_ERR_IO; BF_ERR_NOMEM. */
bf_status bf_usage_show(const bf_usage *usage);

/** @brief Whether there are between @p least and @p most arguments, called @p what. @return BF_OK;
 * BF_ERR_USAGE. */
bf_status bf_arguments_check(const bf_usage *usage, const bf_arguments *arguments, size_t least,
                             size_t most, const char *what);

/* Readers. Numbers are whole texts in decimal: no sign, blank or unit around them. */

/** Sets a bool. */
bf_status bf_read_switch(const char *option, const char *text, void *value);
/** Keeps a const char *, not empty. */
bf_status bf_read_text(const char *option, const char *text, void *value);
/** A uint64_t, 0 included, below 2^63 (it must fit TOML and JSON). */
bf_status bf_read_natural(const char *option, const char *text, void *value);
/** A size_t of at least 1. */
bf_status bf_read_count(const char *option, const char *text, void *value);
/** A double in [0, 1]. */
bf_status bf_read_share(const char *option, const char *text, void *value);
/** A double > 0. */
bf_status bf_read_positive(const char *option, const char *text, void *value);
/** A const char * holding what bf_read_natural, bf_read_count or a number > 0 accept. */
bf_status bf_read_natural_text(const char *option, const char *text, void *value);
bf_status bf_read_count_text(const char *option, const char *text, void *value);
bf_status bf_read_seconds_text(const char *option, const char *text, void *value);
/** A const char * holding any number. */
bf_status bf_read_number_text(const char *option, const char *text, void *value);

/** Texts of an option that may be given several times; all zero is an empty list. */
typedef struct bf_list {
  size_t n;
  const char **items; /**< owned array of borrowed texts */
} bf_list;
/** Appends to a bf_list; also BF_ERR_NOMEM. */
bf_status bf_read_list(const char *option, const char *text, void *value);
void bf_list_release(bf_list *list);

#endif
