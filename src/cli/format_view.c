/* Number formats, for people and for programs.
 * Room: cli. */
#include "cli/format_view.h"

#include <inttypes.h>

#include "base/table.h"

/* All rows or columns, as job files say it. */
static int64_t entry(int64_t n)
{
  return n > 0 ? n : -1;
}

static void print_setting(const bf_setting *setting, bf_text *text)
{
  if (setting->kind == BF_VALUE_BLOCK)
    bf_text_printf(text, "%s [%" PRId64 ", %" PRId64 "]", setting->key,
                   entry(setting->block.n_rows), entry(setting->block.n_columns));
  else
    bf_text_printf(text, "%s %" PRId64, setting->key, setting->value);
}

/* A quantizer has no nulls any more. What a format takes without a meaning was not kept, and is not
 * shown. */
void bf_format_print(const bf_quantizer *quantizer, bf_text *text)
{
  if (quantizer->format == NULL) {
    bf_text_append(text, "-");
    return;
  }
  bf_text_printf(text, "%s", bf_quantizer_name(quantizer));
  const char *before = " (";
  for (size_t i = 0; i < bf_quantizer_n_parameters(quantizer); i++) {
    bf_setting setting = bf_quantizer_parameter(quantizer, i);
    if (setting.kind == BF_VALUE_UNUSED)
      continue;
    bf_text_append(text, before);
    before = ", ";
    print_setting(&setting, text);
  }
  bf_text_append(text, ")");
}

static bf_json *block_json(const bf_block *block)
{
  bf_json *json = bf_json_array();
  bf_json_push(json, bf_json_integer(entry(block->n_rows)));
  bf_json_push(json, bf_json_integer(entry(block->n_columns)));
  return json;
}

bf_json *bf_format_json(const bf_quantizer *quantizer)
{
  bf_json *json = bf_json_object();
  bf_json_set(json, "name", bf_json_string(bf_quantizer_name(quantizer)));
  for (size_t i = 0; i < bf_quantizer_n_parameters(quantizer); i++) {
    bf_setting setting = bf_quantizer_parameter(quantizer, i);
    if (setting.kind == BF_VALUE_UNUSED)
      continue;
    bf_json *value = setting.kind == BF_VALUE_BLOCK ? block_json(&setting.block)
                                                    : bf_json_integer(setting.value);
    bf_json_set(json, setting.key, value);
  }
  return json;
}

static void add_format(bf_table *table, const bf_quantizer *quantizer)
{
  bf_text text = {0};
  bf_format_print(quantizer, &text);
  bf_table_cell(table, "%s", bf_text_view(&text));
  table->short_of_memory |= bf_text_status(&text) != BF_OK;
  bf_text_release(&text);
}

bf_status bf_formats_print(const bf_model *model, bf_text *text)
{
  static const char *const header[] = {"node", "layer", "in", "out", "data_in", "weight", "bias"};
  bf_table table = {.n_columns = sizeof header / sizeof *header};
  if (model->input.format != NULL) {
    bf_text_append(text, "input    ");
    bf_format_print(&model->input, text);
    bf_text_append(text, "\n");
  }
  for (size_t i = 0; i < table.n_columns; i++)
    bf_table_cell(&table, "%s", header[i]);
  for (size_t i = 0; i < model->n_layers; i++) {
    const bf_layer *layer = &model->layers[i];
    bf_table_cell(&table, "%s", layer->node);
    bf_table_cell(&table, "%s", bf_layer_kind_name(layer->kind));
    bf_table_cell(&table, "%zu", layer->n_in);
    bf_table_cell(&table, "%zu", layer->n_out);
    add_format(&table, &layer->data_in);
    add_format(&table, &layer->weight);
    add_format(&table, &layer->bias);
  }
  bf_status status = bf_table_print(&table, text);
  bf_table_release(&table);
  return status;
}
