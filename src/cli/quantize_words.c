/* Reads the words of bitfront quantize.
 * Room: cli. */
#include "cli/quantize_words.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { MAX_ENTRIES = 8 };

void bf_quantize_words_release(bf_quantize_words *words)
{
  for (size_t i = 0; i < words->n; i++)
    free(words->texts[i]);
  free(words->texts);
  free(words->values);
}

/* Grown in powers of two, or a long input would take quadratic time. */
static bf_status make_room(bf_quantize_words *words)
{
  bf_status status = BF_OK;
  size_t n = words->n;
  if ((n & (n - 1)) != 0)
    return BF_OK;
  size_t capacity = n > 0 ? 2 * n : 1;
  char **texts = bf_grow(words->texts, n, capacity, sizeof *texts);
  BF_CHECK(texts != NULL, BF_ERR_NOMEM, "out of memory (%zu values)", n);
  words->texts = texts;
  float *values = bf_grow(words->values, n, capacity, sizeof *values);
  BF_CHECK(values != NULL, BF_ERR_NOMEM, "out of memory (%zu values)", n);
  words->values = values;
done:
  return status;
}

static bf_status add_value(bf_quantize_words *words, const char *text)
{
  bf_status status;
  char *end = NULL;
  float value = strtof(text, &end);
  BF_CHECK(end != text && *end == '\0', BF_ERR_USAGE, "'%.100s' is no number", text);
  BF_TRY(make_room(words));
  words->texts[words->n] = bf_copy_text(text);
  BF_CHECK(words->texts[words->n] != NULL, BF_ERR_NOMEM, "out of memory (%zu values)", words->n);
  words->values[words->n] = value;
  words->n++;
done:
  return status;
}

/* One value a line: what stands behind it is no part of a number. */
static bf_status read_line(bf_quantize_words *words, char *line)
{
  static const char blanks[] = " \t\r\n";
  char *start = line + strspn(line, blanks);
  size_t n = strlen(start);
  while (n > 0 && strchr(blanks, start[n - 1]) != NULL)
    n--;
  start[n] = '\0';
  return n > 0 ? add_value(words, start) : BF_OK;
}

static bf_status read_lines(bf_quantize_words *words)
{
  bf_status status = BF_OK;
  char *line = NULL;
  size_t capacity = 0;
  for (size_t i = 1; status == BF_OK && getline(&line, &capacity, stdin) >= 0; i++) {
    status = read_line(words, line);
    if (status != BF_OK)
      status = bf_because(status, "standard input, line %zu", i);
  }
  free(line);
  if (status == BF_OK && !feof(stdin))
    return bf_fail(BF_ERR_USAGE, "cannot read standard input: %s", strerror(errno));
  return status;
}

/* Reads "4", "4,4" or "[4, 4]". Returns their number, 0 if the text is something else. */
static size_t read_entries(const char *text, int64_t entries[MAX_ENTRIES])
{
  bool has_bracket = *text == '[';
  const char *at = text + has_bracket;
  for (size_t n = 0; n < MAX_ENTRIES; at++) {
    char *end = NULL;
    errno = 0;
    entries[n++] = strtoll(at, &end, 10);
    if (end == at || errno != 0)
      return 0;
    at = end;
    if (*at != ',')
      return strcmp(at, has_bracket ? "]" : "") == 0 ? n : 0;
  }
  return 0;
}

/* "weight_width" is a key of job files, where a format is set for each tensor. */
static bf_status check_key(const char *key, const char *text)
{
  static const char *const tensors[] = {"weight_", "data_in_", "bias_"};
  for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++)
    if (strncmp(key, tensors[i], strlen(tensors[i])) == 0)
      return bf_fail(BF_ERR_USAGE, "'%s' names a tensor, of which there is one here: give %s=%s",
                     key, key + strlen(tensors[i]), text);
  return BF_OK;
}

/* Whether the kind of value is the one that the format wants is for the format to say. */
static bf_status read_setting(const char *key, const char *text, bf_setting *setting)
{
  int64_t entries[MAX_ENTRIES];
  size_t n = read_entries(text, entries);
  char *end = NULL;
  bool is_true = strcmp(text, "true") == 0;
  *setting = (bf_setting){.key = key, .is_null = strcmp(text, "NA") == 0};
  if (setting->is_null)
    return BF_OK;
  if (n > 1 || (n == 1 && *text == '['))
    return bf_setting_block(setting, n, entries);
  if (n == 1 || is_true || strcmp(text, "false") == 0) {
    setting->kind = n == 1 ? BF_VALUE_NUMBER : BF_VALUE_FLAG;
    setting->value = n == 1 ? entries[0] : is_true;
    return BF_OK;
  }
  setting->kind = BF_VALUE_UNUSED;
  (void)strtod(text, &end);
  if (end != text && *end == '\0')
    return BF_OK;
  return bf_fail(BF_ERR_USAGE, "'%s' is '%s', expected a number, NA, true, false or [4,4]", key,
                 text);
}

static bf_status read_sign(bf_quantize_words *words, const char *text)
{
  words->is_unsigned = strcmp(text, "false") == 0;
  if (words->is_unsigned || strcmp(text, "true") == 0)
    return BF_OK;
  return bf_fail(BF_ERR_USAGE, "'is_signed' is '%s', expected true or false", text);
}

static bf_status read_shape(bf_quantize_words *words, const char *text)
{
  int64_t entries[MAX_ENTRIES];
  if (read_entries(text, entries) != 2 || entries[0] < 1 || entries[1] < 1)
    return bf_fail(BF_ERR_USAGE, "'shape' is '%s', expected rows,columns as in 5,16", text);
  words->n_rows = (size_t)entries[0];
  words->n_columns = (size_t)entries[1];
  return BF_OK;
}

static bf_status read_role(bf_quantize_words *words, const char *text)
{
  static const char *const names[] = {
      [BF_ROLE_WEIGHT] = "weight", [BF_ROLE_DATA_IN] = "data_in", [BF_ROLE_BIAS] = "bias"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(text, names[i]) == 0) {
      words->role = (bf_value_role)i;
      return BF_OK;
    }
  return bf_fail(BF_ERR_USAGE, "'tensor' is '%s', expected weight, data_in or bias", text);
}

/* Keys that are not of the format. */
static const struct {
  const char *key;
  bf_status (*read)(bf_quantize_words *words, const char *text);
} own_keys[] = {{"is_signed", read_sign}, {"shape", read_shape}, {"tensor", read_role}};

/* Cuts "key=value" in two. */
static bf_status read_pair(bf_quantize_words *words, char *pair)
{
  bf_status status = BF_OK;
  char *equals = strchr(pair, '=');
  *equals = '\0';
  for (size_t i = 0; i < sizeof own_keys / sizeof *own_keys; i++)
    if (strcmp(pair, own_keys[i].key) == 0)
      return own_keys[i].read(words, equals + 1);
  BF_TRY(check_key(pair, equals + 1));
  for (size_t i = 0; i < words->n_settings; i++)
    BF_CHECK(strcmp(words->settings[i].key, pair) != 0, BF_ERR_USAGE, "'%s' is given twice", pair);
  BF_CHECK(words->n_settings < BF_MAX_QUANTIZE_SETTINGS, BF_ERR_USAGE, "more than %d keys",
           (int)BF_MAX_QUANTIZE_SETTINGS);
  BF_TRY(read_setting(pair, equals + 1, &words->settings[words->n_settings]));
  words->n_settings++;
done:
  return status;
}

static bf_status read_word(bf_quantize_words *words, char *word)
{
  if (strcmp(word, "-") == 0)
    return read_lines(words);
  if (strcmp(word, "--json") == 0) {
    words->wants_json = true;
    return BF_OK;
  }
  return strchr(word, '=') != NULL ? read_pair(words, word) : add_value(words, word);
}

static bf_status check_shape(bf_quantize_words *words)
{
  bf_status status = BF_OK;
  BF_CHECK(words->n > 0, BF_ERR_USAGE,
           "no values; give some, or - to read them from standard input");
  if (words->n_rows == 0) {
    words->n_rows = 1;
    words->n_columns = words->n;
  }
  BF_CHECK(words->n % words->n_columns == 0 && words->n / words->n_columns == words->n_rows,
           BF_ERR_USAGE, "%zu values do not fill a shape of %zu rows and %zu columns", words->n,
           words->n_rows, words->n_columns);
  BF_CHECK(words->role != BF_ROLE_BIAS || words->n_rows == 1, BF_ERR_USAGE,
           "a bias is one row, the shape has %zu", words->n_rows);
done:
  return status;
}

bf_status bf_quantize_words_read(size_t n, char **words, bf_quantize_words *out)
{
  bf_status status = BF_OK;
  *out = (bf_quantize_words){0};
  for (size_t i = 0; i < n; i++)
    BF_TRY(read_word(out, words[i]));
  BF_TRY(check_shape(out));
done:
  return status;
}
