/* The table of number formats, and quantizers made from its rows.
 * Room: quant. */
#include "quant/format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "quant/format_table.h"

static const bf_format *const formats[] = {
#define FORMAT(name) &bf_format_##name,
    BF_FORMAT_LIST(FORMAT)
#undef FORMAT
};
static const char *const names[] = {
#define NAME(name) #name,
    BF_FORMAT_LIST(NAME)
#undef NAME
};
enum { N_FORMATS = sizeof formats / sizeof formats[0] };

enum { LIST_BYTES = 512 };

/* "a, b, c", cut off where there is no room. */
static const char *list_words(const char *const *words, size_t n, char list[LIST_BYTES])
{
  size_t length = 0;
  list[0] = '\0';
  for (size_t i = 0; i < n && length < LIST_BYTES; i++)
    length +=
        (size_t)snprintf(list + length, LIST_BYTES - length, "%s%s", i > 0 ? ", " : "", words[i]);
  return list;
}

const char *const *bf_format_names(size_t *n)
{
  *n = N_FORMATS;
  return names;
}

static const bf_format *find(const char *name)
{
  for (size_t i = 0; i < N_FORMATS; i++)
    if (strcmp(formats[i]->name, name) == 0)
      return formats[i];
  return NULL;
}

bool bf_format_exists(const char *name)
{
  return find(name) != NULL;
}

bool bf_format_is_for_weights(const char *name)
{
  const bf_format *format = find(name);
  return format != NULL && format->is_for_weights;
}

/* Place of parameter `key`, or n_parameters. */
static size_t place(const bf_format *format, const char *key)
{
  size_t i = 0;
  while (i < format->n_parameters && strcmp(format->parameters[i].name, key) != 0)
    i++;
  return i;
}

bool bf_format_has_parameter(const char *name, const char *key)
{
  const bf_format *format = find(name);
  return format != NULL && place(format, key) < format->n_parameters;
}

bool bf_format_uses_parameter(const char *name, const char *key)
{
  const bf_format *format = find(name);
  size_t i = format != NULL ? place(format, key) : 0;
  return format != NULL && i < format->n_parameters &&
         format->parameters[i].kind != BF_VALUE_UNUSED;
}

const char *bf_format_parameter(const char *name, size_t i)
{
  const bf_format *format = find(name);
  return format != NULL && i < format->n_parameters ? format->parameters[i].name : NULL;
}

bf_value_kind bf_format_parameter_kind(const char *name, size_t i)
{
  const bf_format *format = find(name);
  return format != NULL && i < format->n_parameters ? format->parameters[i].kind : BF_VALUE_UNUSED;
}

bf_status bf_setting_block(bf_setting *setting, size_t n_entries, const int64_t *entries)
{
  int64_t last[2] = {-1, -1};
  if (n_entries == 0)
    return bf_fail(BF_ERR_USAGE, "a block has no entries, expected some as in [16] or [4, 4]");
  for (size_t i = 0; i < n_entries; i++) {
    if (entries[i] < -1 || entries[i] == 0)
      return bf_fail(BF_ERR_USAGE, "a block has the extent %" PRId64 ", expected -1 or at least 1",
                     entries[i]);
    last[0] = last[1];
    last[1] = entries[i];
  }
  setting->kind = BF_VALUE_BLOCK;
  setting->block = (bf_block){last[0] > 0 ? last[0] : 0, last[1] > 0 ? last[1] : 0};
  return BF_OK;
}

static bf_status take_value(bf_quantizer *quantizer, size_t i, const bf_setting *given)
{
  static const char *const expected[] = {[BF_VALUE_NUMBER] = "a whole number",
                                         [BF_VALUE_FLAG] = "true or false",
                                         [BF_VALUE_BLOCK] = "a block such as [16] or [4, 4]"};
  bf_setting setting = *given;
  bf_value_kind kind = quantizer->format->parameters[i].kind;
  if (kind == BF_VALUE_UNUSED)
    return BF_OK;
  if (kind == BF_VALUE_BLOCK && setting.kind == BF_VALUE_NUMBER) {
    bf_status status = bf_setting_block(&setting, 1, &given->value);
    if (status != BF_OK)
      return bf_because(status, "%s", given->key);
  }
  if (kind == BF_VALUE_FLAG && setting.kind == BF_VALUE_NUMBER && setting.value / 2 == 0)
    setting.kind = setting.value >= 0 ? BF_VALUE_FLAG : BF_VALUE_NUMBER;
  if (setting.kind != kind)
    return bf_fail(BF_ERR_USAGE, "%s is not %s", given->key, expected[kind]);
  if (kind == BF_VALUE_BLOCK)
    quantizer->block = setting.block;
  else
    quantizer->parameters[i] = setting.value;
  return BF_OK;
}

static bf_status fail_parameter(const bf_format *format, const char *key)
{
  const char *known[BF_MAX_FORMAT_PARAMETERS];
  char list[LIST_BYTES];
  for (size_t i = 0; i < format->n_parameters; i++)
    known[i] = format->parameters[i].name;
  const char *near = bf_suggest(key, known, format->n_parameters);
  return bf_fail(BF_ERR_USAGE, "format '%s' has no parameter '%s'%s%s%s there are %s", format->name,
                 key, near != NULL ? ", did you mean '" : "", near != NULL ? near : "",
                 near != NULL ? "'?" : ";", list_words(known, format->n_parameters, list));
}

/* What a block_size that is null stands for: all rows by 16 columns. */
static const bf_block default_block = {.n_rows = 0, .n_columns = 16};

/* Puts what was given into the quantizer; whatever was not stays null, blocks excepted. */
static bf_status take(bf_quantizer *quantizer, size_t n_settings, const bf_setting *settings,
                      bool is_null[BF_MAX_FORMAT_PARAMETERS])
{
  bf_status status = BF_OK;
  const bf_format *format = quantizer->format;
  for (size_t s = 0; s < n_settings; s++) {
    size_t i = place(format, settings[s].key);
    if (i == format->n_parameters)
      return fail_parameter(format, settings[s].key);
    is_null[i] = settings[s].is_null;
    if (!is_null[i])
      BF_TRY(take_value(quantizer, i, &settings[s]));
  }
  for (size_t i = 0; i < format->n_parameters; i++) {
    const bf_parameter *parameter = &format->parameters[i];
    bool may_be_null = parameter->is_nullable || parameter->kind == BF_VALUE_UNUSED;
    BF_CHECK(!is_null[i] || may_be_null, BF_ERR_USAGE, "format '%s' needs a value for '%s'",
             format->name, parameter->name);
    if (is_null[i] && parameter->kind == BF_VALUE_BLOCK)
      quantizer->block = default_block;
  }
done:
  return status;
}

/* Formats of the Python tool that are no formats of a plain net's numbers. */
static const struct {
  const char *name;
  const char *reason;
} refused[] = {
    {"binary_residual", "it takes means and scales that only a net of such layers has trained, not "
                        "a plain Linear; try 'binary' or 'ternary'"},
    {"lutnet", "it makes look-up tables of a trained binary_residual net, not of a plain Linear; "
               "try 'binary' or 'ternary'"},
    {"logicnets",
     "it tabulates every state of a unit's inputs, which only heavily pruned nets have "
     "few of; try 'integer' with few bits"},
};

const char *bf_format_refusal(const char *name)
{
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
    if (strcmp(name, refused[i].name) == 0)
      return refused[i].reason;
  return NULL;
}

static bf_status fail_unknown(const char *name)
{
  const char *near = bf_suggest(name, names, N_FORMATS);
  const char *refusal = bf_format_refusal(name);
  char list[LIST_BYTES];
  if (refusal != NULL)
    return bf_fail(BF_ERR_USAGE, "number format '%s' is refused: %s", name, refusal);
  if (near != NULL)
    return bf_fail(BF_ERR_USAGE, "unknown number format '%s', did you mean '%s'? there are %s",
                   name, near, list_words(names, N_FORMATS, list));
  return bf_fail(BF_ERR_USAGE, "unknown number format '%s'; there are %s", name,
                 list_words(names, N_FORMATS, list));
}

bf_status bf_quantizer_init(bf_quantizer *quantizer, const char *format, size_t n_settings,
                            const bf_setting *settings, bool is_unsigned)
{
  bf_status status;
  bool is_null[BF_MAX_FORMAT_PARAMETERS];
  memset(is_null, true, sizeof is_null);
  bf_quantizer made = {.format = find(format), .is_unsigned = is_unsigned};
  if (made.format == NULL)
    return fail_unknown(format);
  BF_TRY(take(&made, n_settings, settings, is_null));
  BF_TRY(made.format->check(&made, is_null));
  *quantizer = made;
done:
  return status;
}

bf_status bf_quantizer_check_range(const bf_quantizer *quantizer, size_t i, int64_t lowest,
                                   int64_t highest)
{
  int64_t value = quantizer->parameters[i];
  if (value >= lowest && value <= highest)
    return BF_OK;
  return bf_fail(BF_ERR_USAGE, "%s is %" PRId64 ", expected %" PRId64 "..%" PRId64,
                 quantizer->format->parameters[i].name, value, lowest, highest);
}

void bf_quantize(const bf_quantizer *quantizer, size_t n_rows, size_t n_columns, const float *x,
                 float *y)
{
  if (quantizer->format != NULL)
    quantizer->format->apply(quantizer, n_rows, n_columns, x, y);
  else if (y != x && n_rows * n_columns > 0)
    memcpy(y, x, n_rows * n_columns * sizeof *y);
}

void bf_quantize_rows(const bf_quantizer *quantizer, size_t n_rows, size_t n_columns,
                      const float *x, float *y)
{
  for (size_t row = 0; row < n_rows; row++)
    bf_quantize(quantizer, 1, n_columns, x + row * n_columns, y + row * n_columns);
}

bool bf_quantizer_is_stochastic(const bf_quantizer *quantizer)
{
  const bf_format *format = quantizer->format;
  return format != NULL && format->is_stochastic != NULL && format->is_stochastic(quantizer);
}

void bf_quantize_drawn(const bf_quantizer *quantizer, size_t n, const float *x, bf_random *random,
                       float *y)
{
  BF_ASSERT(bf_quantizer_is_stochastic(quantizer));
  quantizer->format->draw(quantizer, n, x, random, y);
}

bool bf_quantizer_grid(const bf_quantizer *quantizer, bf_grid *grid)
{
  const bf_format *format = quantizer->format;
  return format != NULL && format->grid != NULL && format->grid(quantizer, grid);
}

const char *bf_quantizer_name(const bf_quantizer *quantizer)
{
  return quantizer->format != NULL ? quantizer->format->name : "NA";
}

enum { FLOAT_BITS = 32 };

int64_t bf_quantizer_width(const bf_quantizer *quantizer)
{
  const bf_format *format = quantizer->format;
  if (format == NULL)
    return FLOAT_BITS;
  return format->width != NULL ? format->width(quantizer) : quantizer->parameters[0];
}

bool bf_quantizer_is_local(const bf_quantizer *quantizer)
{
  return quantizer->format == NULL || quantizer->format->shared_bits == NULL;
}

int64_t bf_quantizer_shared_bits(const bf_quantizer *quantizer, size_t n_rows, size_t n_columns)
{
  const bf_format *format = quantizer->format;
  return format != NULL && format->shared_bits != NULL
             ? format->shared_bits(quantizer, n_rows, n_columns)
             : 0;
}

int64_t bf_quantizer_precision(const bf_quantizer *quantizer)
{
  if (quantizer->format == NULL)
    return FLOAT_BITS;
  int64_t sum = 0;
  for (size_t i = 0; i < quantizer->format->n_parameters; i++)
    sum += quantizer->parameters[i];
  return sum;
}

size_t bf_quantizer_n_parameters(const bf_quantizer *quantizer)
{
  return quantizer->format != NULL ? quantizer->format->n_parameters : 0;
}

bf_setting bf_quantizer_parameter(const bf_quantizer *quantizer, size_t i)
{
  const bf_parameter *parameter = &quantizer->format->parameters[i];
  return (bf_setting){.key = parameter->name,
                      .value = quantizer->parameters[i],
                      .is_null = parameter->kind == BF_VALUE_UNUSED,
                      .kind = parameter->kind,
                      .block =
                          parameter->kind == BF_VALUE_BLOCK ? quantizer->block : (bf_block){0}};
}
