/* bitfront quantize: what numbers become in a number format, and what the format can hold.
 * Room: cli. */
#include <stdlib.h>

#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/quantize_words.h"
#include "quant/facts.h"

/* No option table here: what looks like an option, "-1.5", is a value. */
static const bf_usage usage = {
    .command = "quantize",
    .arguments = "FORMAT key=value ... [VALUE... | -] [--json]",
    .description =
        "Prints every value and what it becomes in the number format, one pair a line, and on\n"
        "standard error what the format can hold.\n"
        "Keys are those of job files without the tensor: width, frac_width, block_size=4,4,\n"
        "bipolar=true, ...; NA is null. With -, values are read from standard input, one a line.\n"
        "\n"
        "  is_signed=false   the form for the input of a ReLU\n"
        "  shape=R,C         the values are a matrix, row by row; else they are one row\n"
        "  tensor=T          weight: blocks are tiles; data_in: each row by itself; bias: one row\n"
        "  --json            values and format in one JSON document\n"
        "\nexamples:\n"
        "  bitfront quantize integer width=4 frac_width=2 0.375 -2.1\n"
        "  bitfront quantize ternary scaling_factor=true shape=2,3 1 2 -3 0.1 0.2 -0.9\n",
};

/* With the formats and their keys, which are not to be written down twice. */
static bf_status show_help(void)
{
  bf_text text = {0};
  size_t n;
  const char *const *names = bf_format_names(&n);
  const char *key;
  bf_status status = bf_usage_show(&usage);
  bf_text_append(&text, "\nformats and their keys:\n");
  for (size_t f = 0; f < n; f++) {
    bf_text_printf(&text, "  %s:", names[f]);
    for (size_t i = 0; (key = bf_format_parameter(names[f], i)) != NULL; i++)
      bf_text_printf(&text, "%s %s", i > 0 ? "," : "", key);
    bf_text_append(&text, "\n");
  }
  if (status == BF_OK)
    status = bf_output_print(&text);
  bf_text_release(&text);
  return status;
}

/* What is known of the format is talk: scripts take lines of values. */
static void tell_facts(const bf_quantizer *quantizer)
{
  bf_fact facts[BF_MAX_FACTS];
  char hls[BF_HLS_BYTES];
  size_t n = bf_quantizer_facts(quantizer, facts);
  bf_info("%s", bf_quantizer_name(quantizer));
  for (size_t i = 0; i < n; i++)
    bf_info("  %-18s %.9g", facts[i].name, facts[i].value);
  if (bf_quantizer_hls(quantizer, hls))
    bf_info("  %-18s %s", "hls", hls);
}

static bf_status print_lines(const bf_quantize_words *words, const float *out)
{
  bf_text text = {0};
  for (size_t i = 0; i < words->n; i++)
    bf_text_printf(&text, "%s %.9g\n", words->texts[i], (double)out[i]);
  bf_status status = bf_output_print(&text);
  bf_text_release(&text);
  return status;
}

static bf_status print_json(const bf_quantizer *quantizer, const bf_quantize_words *words,
                            const float *out)
{
  bf_fact facts[BF_MAX_FACTS];
  char hls[BF_HLS_BYTES];
  size_t n = bf_quantizer_facts(quantizer, facts);
  bf_json *json = bf_json_object(), *known = bf_json_object(), *values = bf_json_array();
  for (size_t i = 0; i < n; i++)
    bf_json_set(known, facts[i].name, bf_json_number(facts[i].value));
  for (size_t i = 0; i < words->n; i++) {
    bf_json *pair = bf_json_object();
    bf_json_set(pair, "value", bf_json_number((double)words->values[i]));
    bf_json_set(pair, "quantised", bf_json_number((double)out[i]));
    bf_json_push(values, pair);
  }
  bf_json_set(json, "format", bf_json_string(bf_quantizer_name(quantizer)));
  bf_json_set(json, "facts", known);
  bf_json_set(json, "hls", bf_quantizer_hls(quantizer, hls) ? bf_json_string(hls) : bf_json_null());
  bf_json_set(json, "values", values);
  return bf_output_print_json(json);
}

static bf_status quantize(const bf_quantizer *quantizer, const bf_quantize_words *words)
{
  bf_status status = BF_OK;
  float *out = bf_alloc(words->n, sizeof *out);
  BF_CHECK_MEMORY(out);
  /* Data are a batch here, as to the Python tool: blocks lie within rows, and one of zeros looks at
   * those of all rows. (A net's rows do not look at each other: bf_quantize_rows.) */
  bf_quantizer used = *quantizer;
  if (words->role == BF_ROLE_DATA_IN)
    used.block.n_rows = 1;
  bf_quantize(&used, words->n_rows, words->n_columns, words->values, out);
  if (words->wants_json) {
    BF_TRY(print_json(quantizer, words, out));
  } else {
    BF_TRY(print_lines(words, out));
    tell_facts(quantizer);
  }
done:
  free(out);
  return status;
}

bf_status bf_cmd_quantize(bf_call *call)
{
  bf_status status = BF_OK;
  bf_quantizer quantizer;
  bf_quantize_words words = {0};
  for (size_t i = 0; i < call->n; i++)
    if (strcmp(call->arguments[i], "--help") == 0 || strcmp(call->arguments[i], "-h") == 0)
      return show_help();
  BF_CHECK(call->n > 0, BF_ERR_USAGE, "FORMAT is missing; usage: bitfront %s %s", usage.command,
           usage.arguments);
  BF_TRY(bf_quantize_words_read(call->n - 1, call->arguments + 1, &words));
  BF_TRY(bf_quantizer_init(&quantizer, call->arguments[0], words.n_settings, words.settings,
                           words.is_unsigned));
  BF_TRY(quantize(&quantizer, &words));
done:
  bf_quantize_words_release(&words);
  return status;
}
