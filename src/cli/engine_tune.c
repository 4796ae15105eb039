/* Which Linears BLIS computes faster than the tile kernels.
 * Room: cli. */
#include "cli/engine_tune.h"

#include "base/table.h"
#include "nn/tuning.h"

/* As wide as nets of the field get, and some beyond. */
static const size_t widths[] = {16, 32, 64, 96, 128, 192, 256, 384, 512, 768, 1024};
enum { N_WIDTHS = sizeof widths / sizeof *widths, N_ROUNDS = 15 };

/* BLIS must be this much faster: what the clock says twice about the same code differs by as much.
 */
static const double margin = 1.05;

/* Index of the first width from which on BLIS is faster throughout; N_WIDTHS if there is none. */
static size_t first_on_blis(const bf_tuning *tunings, bf_pass pass)
{
  size_t first = N_WIDTHS;
  while (first > 0 && tunings[first - 1].blis_s[pass] * margin < tunings[first - 1].tile_s[pass])
    first--;
  return first;
}

static bf_status print_times(const bf_tuning *tunings, bf_text *text)
{
  bf_table table = {.n_columns = 1 + BF_N_PASSES};
  bf_table_cell(&table, "width");
  for (int pass = 0; pass < BF_N_PASSES; pass++)
    bf_table_cell(&table, "%s", bf_pass_name((bf_pass)pass));
  for (size_t i = 0; i < N_WIDTHS; i++) {
    bf_table_cell(&table, "%zu", widths[i]);
    for (int pass = 0; pass < BF_N_PASSES; pass++)
      bf_table_cell(&table, "%.2f", tunings[i].blis_s[pass] / tunings[i].tile_s[pass]);
  }
  bf_status status = bf_table_print(&table, text);
  bf_table_release(&table);
  return status;
}

bf_status bf_engine_tune(bf_isa isa, bf_text *text)
{
  bf_status status = BF_OK;
  bf_tuning tunings[N_WIDTHS];
  for (size_t i = 0; i < N_WIDTHS; i++)
    BF_TRY(bf_tune_shape(isa, widths[i], widths[i], N_ROUNDS, &tunings[i]));
  bf_text_printf(text, "time of BLIS in units of the tile kernels', ISA %s:\n", bf_isa_name(isa));
  BF_TRY(print_times(tunings, text));
  bf_text_append(text, "least width for BLIS (src/nn/kernel_choice.c):");
  for (int pass = 0; pass < BF_N_PASSES; pass++) {
    size_t first = first_on_blis(tunings, (bf_pass)pass);
    bf_text_printf(text, " %s ", bf_pass_name((bf_pass)pass));
    if (first < N_WIDTHS)
      bf_text_printf(text, "%zu", widths[first]);
    else
      bf_text_append(text, "never");
  }
  bf_text_append(text, "\n");
done:
  return status;
}
