/* Whether rows fit a net: a net loaded from a file may meet any data set.
 * Room: nn. */
#include "nn/rows.h"

bf_status bf_rows_check(bf_tiles rows, const bf_model *model)
{
  bf_status status = BF_OK;
  size_t n_outputs = bf_model_n_outputs(model);
  uint8_t largest = 0;
  BF_CHECK(rows.n > 0, BF_ERR_DATA, "there are no rows");
  BF_CHECK(rows.n_features == model->n_features, BF_ERR_DATA,
           "the rows have %zu features, model '%s' takes %zu", rows.n_features, model->name,
           model->n_features);
  for (size_t i = 0; i < rows.n; i++)
    largest = rows.labels[i] > largest ? rows.labels[i] : largest;
  BF_CHECK(largest < n_outputs, BF_ERR_DATA, "a row has label %d, model '%s' has %zu outputs",
           (int)largest, model->name, n_outputs);
done:
  return status;
}
