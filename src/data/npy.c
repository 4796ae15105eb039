/* NumPy's array files (.npy): their header, and rows of numbers.
 * Room: data. Format: numpy.lib.format. */
#include "data/npy.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <sys/stat.h>

#include "base/memory.h"

/* NumPy itself reads no header of more than 10,000 bytes without being told to. */
enum { MAGIC_BYTES = 6, PREFIX_BYTES = 12, MAX_HEADER = 1 << 14 };

static const char magic[MAGIC_BYTES + 1] = "\x93NUMPY";

bool bf_npy_applies(const char *path)
{
  char bytes[MAGIC_BYTES];
  FILE *file = fopen(path, "rb");
  if (file == NULL)
    return false;
  size_t n = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  return n == sizeof bytes && memcmp(bytes, magic, sizeof bytes) == 0;
}

void bf_npy_close(bf_npy *array)
{
  if (array->file != NULL)
    fclose(array->file);
  *array = (bf_npy){0};
}

/* Each accepts what it is named after, blanks before it, and returns what follows; NULL: it is not
 * there. They pass a NULL on. */

static const char *skip_blanks(const char *at)
{
  return at + strspn(at, " \t\r\n");
}

static const char *accept(const char *at, char wanted)
{
  if (at == NULL)
    return NULL;
  at = skip_blanks(at);
  return *at == wanted ? at + 1 : NULL;
}

/* A text of up to @p n_bytes - 1 characters in either kind of quotes. */
static const char *accept_text(const char *at, size_t n_bytes, char *text)
{
  if (at == NULL)
    return NULL;
  at = skip_blanks(at);
  char quote = *at;
  const char *end = quote == '\'' || quote == '"' ? strchr(at + 1, quote) : NULL;
  if (end == NULL || (size_t)(end - at) > n_bytes)
    return NULL;
  size_t n = (size_t)(end - at) - 1;
  memcpy(text, at + 1, n);
  text[n] = '\0';
  return end + 1;
}

static const char *accept_truth(const char *at, bool *truth)
{
  if (at == NULL)
    return NULL;
  at = skip_blanks(at);
  *truth = strncmp(at, "True", 4) == 0;
  if (*truth)
    return at + 4;
  return strncmp(at, "False", 5) == 0 ? at + 5 : NULL;
}

static const char *accept_size(const char *at, size_t *size)
{
  char *end = NULL;
  at = skip_blanks(at);
  if (!isdigit((unsigned char)*at))
    return NULL;
  errno = 0;
  unsigned long long value = strtoull(at, &end, 10);
  *size = (size_t)value;
  /* Python 2 wrote an L behind long ones. */
  return errno != 0 || value > SIZE_MAX / 2 ? NULL : end + (*end == 'L');
}

/* "(830000, 16)", "(5,)" or "()". */
static const char *accept_shape(const char *at, bf_npy *array)
{
  array->n_dims = 0;
  at = accept(at, '(');
  while (at != NULL && accept(at, ')') == NULL) {
    if (array->n_dims == BF_NPY_MAX_DIMS)
      return NULL;
    at = accept_size(at, &array->dims[array->n_dims++]);
    if (at != NULL && accept(at, ')') == NULL)
      at = accept(at, ',');
  }
  return accept(at, ')');
}

static bool is_little_endian(void)
{
  const uint16_t one = 1;
  return *(const uint8_t *)&one == 1;
}

/* "<f4": byte order, kind, bytes of an element; "|O" has none of the last. */
static bool parse_type(const char *text, bf_npy *array)
{
  char *end = NULL;
  if (text[0] == '\0' || strchr("<>|=", text[0]) == NULL || !isalpha((unsigned char)text[1]))
    return false;
  array->is_swapped = text[0] == (is_little_endian() ? '>' : '<');
  array->kind = text[1];
  array->size = isdigit((unsigned char)text[2]) ? (size_t)strtoul(text + 2, &end, 10) : 0;
  return end == NULL || *end == '\0' || *end == '[';
}

/* "'descr': '<f4'", one of the three entries; those found are noted in @p found. */
static const char *accept_entry(const char *at, bf_npy *array, unsigned *found)
{
  static const char *const keys[] = {"descr", "fortran_order", "shape"};
  enum { N_KEYS = sizeof keys / sizeof keys[0], TEXT_BYTES = 32 };
  char text[TEXT_BYTES] = "";
  unsigned key = 0;
  at = accept(accept_text(at, sizeof text, text), ':');
  while (key < N_KEYS && strcmp(text, keys[key]) != 0)
    key++;
  if (key == N_KEYS || (*found & 1U << key) != 0)
    return NULL;
  *found |= 1U << key;
  if (key == 1)
    return accept_truth(at, &array->is_fortran);
  if (key == 2)
    return accept_shape(at, array);
  at = accept_text(at, sizeof text, text);
  return at != NULL && parse_type(text, array) ? at : NULL;
}

/* The literal of a Python dictionary, with just the three entries. */
static bool parse_header(const char *at, bf_npy *array)
{
  enum { ALL_KEYS = 7 };
  unsigned found = 0;
  at = accept(at, '{');
  while (at != NULL && accept(at, '}') == NULL) {
    at = accept_entry(at, array, &found);
    if (at != NULL && accept(at, '}') == NULL)
      at = accept(at, ',');
  }
  at = accept(at, '}');
  return at != NULL && found == ALL_KEYS && *skip_blanks(at) == '\0';
}

/* Version 1 has a length of two bytes, later ones one of four. */
static bf_status read_prefix(bf_npy *array, size_t *n_header)
{
  uint8_t bytes[PREFIX_BYTES] = {0};
  size_t n_bytes = fread(bytes, 1, sizeof bytes, array->file);
  size_t n = bytes[8] + ((size_t)bytes[9] << 8);
  unsigned version = bytes[6];
  array->start = version == 1 ? 10 : 12;
  if (version > 1)
    n += ((size_t)bytes[10] << 16) + ((size_t)bytes[11] << 24);
  if (n_bytes < (size_t)array->start || memcmp(bytes, magic, MAGIC_BYTES) != 0)
    return bf_fail(BF_ERR_DATA, "it does not start like an NPY file");
  if (version < 1 || version > 3)
    return bf_fail(BF_ERR_DATA, "it is of NPY version %u; known are 1, 2 and 3", version);
  if (n > MAX_HEADER)
    return bf_fail(BF_ERR_DATA, "its header has %zu bytes; %d are the most", n, MAX_HEADER);
  *n_header = n;
  return BF_OK;
}

static bf_status read_header(bf_npy *array)
{
  char text[MAX_HEADER + 1];
  size_t n = 0;
  bf_status status = read_prefix(array, &n);
  if (status != BF_OK)
    return status;
  if (fseek(array->file, (long)array->start, SEEK_SET) != 0 || fread(text, 1, n, array->file) != n)
    return bf_fail(BF_ERR_DATA, "it ends within its header");
  text[n] = '\0';
  array->start += (int64_t)n;
  if (strlen(text) != n || !parse_header(text, array))
    return bf_fail(BF_ERR_DATA, "its header is damaged, or describes a structured array");
  return BF_OK;
}

bool bf_npy_is_numeric(const bf_npy *array)
{
  static const struct {
    char kind;
    size_t sizes;
  } types[] = {{'f', 2 | 4 | 8}, {'i', 1 | 2 | 4 | 8}, {'u', 1 | 2 | 4 | 8}, {'b', 1}};
  bool is_power = array->size != 0 && (array->size & (array->size - 1)) == 0;
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
    if (array->kind == types[i].kind && is_power && (array->size & types[i].sizes) != 0)
      return true;
  return false;
}

/* The sizes are the file's: their product is compared with its length before anything uses it. */
static bf_status check_length(const bf_npy *array)
{
  struct stat info;
  uint64_t n_bytes = array->size;
  bool overflows = false;
  for (size_t i = 0; i < array->n_dims; i++)
    overflows |= __builtin_mul_overflow(n_bytes, array->dims[i], &n_bytes);
  if (fstat(fileno(array->file), &info) != 0)
    return bf_fail(BF_ERR_DATA, "%s", strerror(errno));
  uint64_t n_found = (uint64_t)(info.st_size - array->start);
  if (!overflows && n_bytes == n_found)
    return BF_OK;
  return bf_fail(BF_ERR_DATA, "%llu bytes follow its header, which announces %s%llu",
                 (unsigned long long)n_found, overflows ? "more than " : "",
                 overflows ? ~0ULL : (unsigned long long)n_bytes);
}

bf_status bf_npy_open(const char *path, bf_npy *array)
{
  bf_status status = BF_OK;
  bf_npy opened = {.file = fopen(path, "rb")};
  BF_CHECK(opened.file != NULL, BF_ERR_DATA, "%s", strerror(errno));
  BF_TRY(read_header(&opened));
  if (bf_npy_is_numeric(&opened))
    BF_TRY(check_length(&opened));
  *array = opened;
  opened.file = NULL;
done:
  bf_npy_close(&opened);
  return status;
}

size_t bf_npy_rows(const bf_npy *array)
{
  return array->n_dims > 0 ? array->dims[0] : 0;
}

size_t bf_npy_columns(const bf_npy *array)
{
  return array->n_dims > 1 ? array->dims[1] : 1;
}

static double half_value(uint16_t half)
{
  int exponent = half >> 10 & 31;
  int mantissa = half & 1023;
  double size =
      ldexp(exponent > 0 ? mantissa + 1024 : mantissa, (exponent > 0 ? exponent : 1) - 25);
  if (exponent == 31)
    size = mantissa == 0 ? (double)INFINITY : (double)NAN;
  return (half & 0x8000) != 0 ? -size : size;
}

static double number_value(char kind, size_t size, uint64_t bits)
{
  float single;
  double number;
  int64_t whole;
  uint32_t low = (uint32_t)bits;
  if (kind == 'f' && size == 2)
    return half_value((uint16_t)bits);
  memcpy(&single, &low, sizeof single);
  memcpy(&number, &bits, sizeof number);
  memcpy(&whole, &bits, sizeof whole);
  if (kind == 'f')
    return size == 4 ? (double)single : number;
  if (kind == 'i')
    return (double)whole;
  return kind == 'b' ? (double)(bits != 0) : (double)bits;
}

/* The bytes' number, the first byte being the lowest, or the highest if @p is_big; a negative one
 * as 64 bits have it. */
static uint64_t gather(size_t size, const uint8_t *bytes, bool is_big, bool is_signed)
{
  uint8_t highest = bytes[is_big ? 0 : size - 1];
  uint64_t bits = is_signed && highest >= 0x80 ? UINT64_MAX : 0;
  for (size_t i = 0; i < size; i++)
    bits = bits << 8 | bytes[is_big ? i : size - 1 - i];
  return bits;
}

static void convert(const bf_npy *array, size_t n, const uint8_t *raw, double *values)
{
  bool is_big = is_little_endian() == array->is_swapped;
  for (size_t i = 0; i < n; i++)
    values[i] =
        number_value(array->kind, array->size,
                     gather(array->size, raw + i * array->size, is_big, array->kind == 'i'));
}

static bf_status read_bytes(const bf_npy *array, size_t element, size_t n, uint8_t *bytes)
{
  errno = 0;
  bool is_read = fseeko(array->file, (off_t)(array->start + (int64_t)(element * array->size)),
                        SEEK_SET) == 0 &&
                 fread(bytes, array->size, n, array->file) == n;
  if (is_read)
    return BF_OK;
  return bf_fail(BF_ERR_DATA, "%s", errno != 0 ? strerror(errno) : "it ends too early");
}

/* Column after column, put together row after row. */
static bf_status read_columns(const bf_npy *array, size_t first, size_t n, uint8_t *raw)
{
  bf_status status = BF_OK;
  size_t size = array->size;
  size_t n_columns = bf_npy_columns(array);
  uint8_t *column = bf_alloc(n, size);
  BF_CHECK_MEMORY(column);
  for (size_t j = 0; j < n_columns; j++) {
    BF_TRY(read_bytes(array, j * bf_npy_rows(array) + first, n, column));
    for (size_t i = 0; i < n; i++)
      memcpy(raw + (i * n_columns + j) * size, column + i * size, size);
  }
done:
  free(column);
  return status;
}

bf_status bf_npy_read(const bf_npy *array, size_t first, size_t n, uint8_t *raw, double *values)
{
  size_t n_columns = bf_npy_columns(array);
  bf_status status = array->is_fortran ? read_columns(array, first, n, raw)
                                       : read_bytes(array, first * n_columns, n * n_columns, raw);
  if (status == BF_OK)
    convert(array, n * n_columns, raw, values);
  return status;
}
