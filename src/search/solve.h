/* Small systems of linear equations.
 * Room: search, private. */
#ifndef BF_SEARCH_SOLVE_H
#define BF_SEARCH_SOLVE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * @brief Solves @p n equations by the elimination of Gauss and Jordan, the largest pivot of a
 *        column first.
 * @param rows (n, n + 1) coefficients and right side; the solution ends up in the last column.
 * @param least a pivot smaller than this is none.
 * @return Whether there is one solution and only one; @p rows are of no use otherwise.
 */
bool bf_solve(size_t n, double *rows, double least);

#endif
