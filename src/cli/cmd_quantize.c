/* bitfront quantize: what numbers become in a number format.
 * Room: cli. */
#include <errno.h>
#include <math.h>

#include "base/memory.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/output.h"
#include "quant/format.h"

/* No option table here: what looks like an option, "-1.5", is a value. */
static const bf_usage usage = {
    .command = "quantize",
    .arguments = "FORMAT key=value ... [VALUE... | -]",
    .description =
        "Prints every value and what it becomes in the number format, one pair a line.\n"
        "Keys are those of job files without the tensor: width, frac_width, ...; NA is null;\n"
        "is_signed=false is the form for the input of a ReLU. With -, values are read from\n"
        "standard input, one a line.\n"
        "\nexample:\n"
        "  bitfront quantize integer width=4 frac_width=2 0.375 -2.1\n",
};

enum { MAX_SETTINGS = 16, LINE_BYTES = 256 };

/** Values with the texts they were given as. */
typedef struct number_list {
  size_t n;
  char **texts; /**< (n), owned */
  float *values;
} number_list;

static void release(number_list *numbers)
{
  for (size_t i = 0; i < numbers->n; i++)
    free(numbers->texts[i]);
  free(numbers->texts);
  free(numbers->values);
}

static bf_status add_number(number_list *numbers, const char *text)
{
  char *end = NULL;
  float value = strtof(text, &end);
  if (end == text || *end != '\0')
    return bf_fail(BF_ERR_USAGE, "'%s' is no number", text);
  size_t n = numbers->n;
  /* Grown in powers of two, or a long input would take quadratic time. */
  if ((n & (n - 1)) == 0) {
    size_t capacity = n > 0 ? 2 * n : 1;
    char **texts = bf_grow(numbers->texts, n, capacity, sizeof *texts);
    if (texts == NULL)
      return bf_fail(BF_ERR_NOMEM, "out of memory (%zu values)", n);
    numbers->texts = texts;
    float *values = bf_grow(numbers->values, n, capacity, sizeof *values);
    if (values == NULL)
      return bf_fail(BF_ERR_NOMEM, "out of memory (%zu values)", n);
    numbers->values = values;
  }
  numbers->texts[n] = bf_copy_text(text);
  if (numbers->texts[n] == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory (%zu values)", n);
  numbers->values[n] = value;
  numbers->n++;
  return BF_OK;
}

static bf_status read_lines(number_list *numbers)
{
  char line[LINE_BYTES];
  for (size_t i = 1; fgets(line, sizeof line, stdin) != NULL; i++) {
    const char *start = line + strspn(line, " \t");
    line[(size_t)(start - line) + strcspn(start, " \t\r\n")] = '\0';
    if (*start == '\0')
      continue;
    bf_status status = add_number(numbers, start);
    if (status != BF_OK)
      return bf_because(status, "standard input, line %zu", i);
  }
  if (ferror(stdin))
    return bf_fail(BF_ERR_USAGE, "cannot read standard input: %s", strerror(errno));
  return BF_OK;
}

/* Splits "key=value" in place. */
static bf_status read_setting(char *pair, bf_setting *setting, bool *is_unsigned, bool *is_setting)
{
  char *equals = strchr(pair, '=');
  char *value = equals + 1;
  char *end = NULL;
  *equals = '\0';
  *is_setting = strcmp(pair, "is_signed") != 0;
  if (!*is_setting) {
    *is_unsigned = strcmp(value, "false") == 0;
    return *is_unsigned || strcmp(value, "true") == 0
               ? BF_OK
               : bf_fail(BF_ERR_USAGE, "'is_signed' is '%s', expected true or false", value);
  }
  *setting = (bf_setting){.key = pair, .is_null = strcmp(value, "NA") == 0};
  if (setting->is_null)
    return BF_OK;
  errno = 0;
  setting->value = strtoll(value, &end, 10);
  if (end == value || *end != '\0' || errno != 0)
    return bf_fail(BF_ERR_USAGE, "'%s' is '%s', expected a whole number or NA", pair, value);
  return BF_OK;
}

/** A command line in parts. */
typedef struct request {
  size_t n_settings;
  bf_setting settings[MAX_SETTINGS];
  bool is_unsigned;
  number_list numbers;
} request;

static bf_status read_word(char *word, request *asked)
{
  if (strcmp(word, "-") == 0)
    return read_lines(&asked->numbers);
  if (strchr(word, '=') == NULL)
    return add_number(&asked->numbers, word);
  if (asked->n_settings == MAX_SETTINGS)
    return bf_fail(BF_ERR_USAGE, "more than %d keys", (int)MAX_SETTINGS);
  bool is_setting = false;
  bf_status status =
      read_setting(word, &asked->settings[asked->n_settings], &asked->is_unsigned, &is_setting);
  for (size_t i = 0; status == BF_OK && is_setting && i < asked->n_settings; i++)
    if (strcmp(asked->settings[i].key, word) == 0)
      return bf_fail(BF_ERR_USAGE, "'%s' is given twice", word);
  asked->n_settings += status == BF_OK && is_setting;
  return status;
}

static bf_status quantize(const bf_quantizer *quantizer, const number_list *in)
{
  bf_status status = BF_OK;
  bf_text text = {0};
  float *out = bf_alloc(in->n, sizeof *out);
  BF_CHECK_MEMORY(out);
  /* One row, so that a block format makes its blocks of neighbours. */
  bf_quantize(quantizer, 1, in->n, in->values, out);
  for (size_t i = 0; i < in->n; i++)
    bf_text_printf(&text, "%s %.9g\n", in->texts[i], (double)out[i]);
  BF_TRY(bf_output_print(&text));
done:
  free(out);
  bf_text_release(&text);
  return status;
}

bf_status bf_cmd_quantize(bf_call *call)
{
  bf_status status = BF_OK;
  bf_quantizer quantizer;
  request asked = {0};
  for (size_t i = 0; i < call->n; i++)
    if (strcmp(call->arguments[i], "--help") == 0)
      return bf_usage_show(&usage);
  BF_CHECK(call->n > 0, BF_ERR_USAGE, "FORMAT is missing; usage: bitfront %s %s", usage.command,
           usage.arguments);
  for (size_t i = 1; i < call->n; i++)
    BF_TRY(read_word(call->arguments[i], &asked));
  BF_TRY(bf_quantizer_init(&quantizer, call->arguments[0], asked.n_settings, asked.settings,
                           asked.is_unsigned));
  BF_CHECK(asked.numbers.n > 0, BF_ERR_USAGE,
           "no values; give some, or - to read them from standard input");
  BF_TRY(quantize(&quantizer, &asked.numbers));
done:
  release(&asked.numbers);
  return status;
}
