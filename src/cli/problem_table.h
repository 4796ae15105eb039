/* Tables of objectives: every configuration of a small space, already evaluated.
 * Room: cli. */
#ifndef BF_CLI_PROBLEM_TABLE_H
#define BF_CLI_PROBLEM_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/** Rows in mixed radix order, the last parameter fastest. All zero is valid and empty. */
typedef struct bf_problem_table {
  size_t n_parameters;
  uint32_t *n_choices; /**< (n_parameters) */
  size_t n_rows;       /**< their product */
  size_t n_objectives;
  double *objectives; /**< (n_rows, n_objectives), minimised */
} bf_problem_table;

/**
 * @brief Reads a table: a line `P c1 .. cP M` with the number of parameters, the choices of each
 *        and the number of objectives, then a line of M numbers for each of the c1 x .. x cP rows.
 * @param text   (length) bytes with a NUL behind them.
 * @param source what messages call it.
 * @return BF_OK; BF_ERR_DATA with the line that is wrong, and no table; BF_ERR_NOMEM.
 */
bf_status bf_problem_table_parse(const char *text, size_t length, const char *source,
                                 bf_problem_table *table);
void bf_problem_table_release(bf_problem_table *table);

#endif
