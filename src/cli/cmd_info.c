/* bitfront --info: the nets and data sets that job files can name.
 * Room: cli. */
#include "base/table.h"
#include "cli/command.h"
#include "cli/output.h"
#include "nn/model.h"

/* The shape that the nets were made for. */
enum { N_FEATURES = 16, N_CLASSES = 5 };

/* "batchnorm, relu, linear 16-5, relu" */
static bf_status add_layers(const char *name, bf_table *table)
{
  bf_model model;
  bf_text layers = {0};
  bf_status status = bf_model_zoo(name, N_FEATURES, N_CLASSES, &model);
  for (size_t i = 0; status == BF_OK && i < model.n_layers; i++) {
    const bf_layer *layer = &model.layers[i];
    bf_text_printf(&layers, "%s%s", i > 0 ? ", " : "", bf_layer_kind_name(layer->kind));
    if (layer->kind == BF_LAYER_LINEAR)
      bf_text_printf(&layers, " %zu-%zu", layer->n_in, layer->n_out);
  }
  bf_table_cell(table, "%s", name);
  bf_table_cell(table, "%s", bf_text_view(&layers));
  if (status == BF_OK)
    status = bf_text_status(&layers);
  bf_text_release(&layers);
  return status;
}

static bf_status print_models(bf_text *text)
{
  bf_status status = BF_OK;
  bf_table table = {.n_columns = 2};
  size_t n;
  const char *const *names = bf_model_zoo_names(&n);
  bf_table_cell(&table, "model");
  bf_table_cell(&table, "layers");
  for (size_t i = 0; i < n; i++)
    BF_TRY(add_layers(names[i], &table));
  BF_TRY(bf_table_print(&table, text));
done:
  bf_table_release(&table);
  return status;
}

static bf_status print_datasets(bf_text *text)
{
  bf_text_append(text, "jsc: 16 features, 5 classes (g, q, w, z, t); 'bitfront data import FILE "
                       "--out DIR' makes a set of\nfiles of rows, 'bitfront data synth --out DIR "
                       "--rows N' one like it; --data DIR names it\n");
  return BF_OK;
}

static const struct {
  const char *what;
  bf_status (*print)(bf_text *text);
} topics[] = {{"model", print_models}, {"dataset", print_datasets}};

bf_status bf_cmd_info(bf_call *call)
{
  bf_status status = BF_OK;
  bf_text text = {0};
  const char *wanted = call->n > 0 ? call->arguments[0] : "all";
  bool is_all = strcmp(wanted, "all") == 0;
  bool is_known = is_all;
  for (size_t i = 0; i < sizeof topics / sizeof *topics; i++)
    if (is_all || strcmp(wanted, topics[i].what) == 0) {
      is_known = true;
      BF_TRY(topics[i].print(&text));
    }
  BF_CHECK(is_known && call->n <= 1, BF_ERR_USAGE,
           "'%s' is nothing to tell of; usage: bitfront --info [all|model|dataset]",
           call->arguments[call->n - 1]);
  BF_TRY(bf_output_print(&text));
done:
  bf_text_release(&text);
  return status;
}
