/* The table of number formats, and quantizers made from its rows.
 * Room: quant. */
#include "quant/format.h"

#include <inttypes.h>
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

const char *bf_format_parameter(const char *name, size_t i)
{
  const bf_format *format = find(name);
  return format != NULL && i < format->n_parameters ? format->parameters[i].name : NULL;
}

/* Puts what was given into the quantizer; whatever was not stays null. */
static bf_status take(bf_quantizer *quantizer, size_t n_settings, const bf_setting *settings,
                      bool is_null[BF_MAX_FORMAT_PARAMETERS])
{
  bf_status status = BF_OK;
  const bf_format *format = quantizer->format;
  for (size_t s = 0; s < n_settings; s++) {
    size_t i = place(format, settings[s].key);
    BF_CHECK(i < format->n_parameters, BF_ERR_USAGE, "format '%s' has no parameter '%s'",
             format->name, settings[s].key);
    is_null[i] = settings[s].is_null;
    quantizer->parameters[i] = settings[s].is_null ? 0 : settings[s].value;
  }
  for (size_t i = 0; i < format->n_parameters; i++)
    BF_CHECK(!is_null[i] || format->parameters[i].is_nullable, BF_ERR_USAGE,
             "format '%s' needs a value for '%s'", format->name, format->parameters[i].name);
done:
  return status;
}

static bf_status fail_unknown(const char *name)
{
  const char *near = bf_suggest(name, names, N_FORMATS);
  if (near != NULL)
    return bf_fail(BF_ERR_USAGE, "unknown number format '%s', did you mean '%s'?", name, near);
  return bf_fail(BF_ERR_USAGE, "unknown number format '%s'", name);
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
  return quantizer->format != NULL ? quantizer->format->width(quantizer) : FLOAT_BITS;
}

int64_t bf_quantizer_precision(const bf_quantizer *quantizer)
{
  return quantizer->format != NULL ? quantizer->format->precision(quantizer) : FLOAT_BITS;
}

size_t bf_quantizer_n_parameters(const bf_quantizer *quantizer)
{
  return quantizer->format != NULL ? quantizer->format->n_parameters : 0;
}

const char *bf_quantizer_parameter_name(const bf_quantizer *quantizer, size_t i)
{
  return quantizer->format->parameters[i].name;
}
