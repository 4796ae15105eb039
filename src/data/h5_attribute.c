/* HDF5 attributes: texts, integers and doubles, single or in one dimension.
 * Room: data. */
#include "data/h5_private.h"

#include "base/memory.h"

/* More elements than any attribute of ours; a damaged size must not take all memory. */
enum { MAX_ELEMENTS = 1 << 24 };

static hid_t text_type(void)
{
  hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

/* @p n is NULL for a scalar. */
static bf_status write_attribute(bf_h5 *file, const char *path, const char *name, const size_t *n,
                                 hid_t type, const void *values)
{
  bf_status status = BF_OK;
  hsize_t dims = n != NULL ? *n : 1;
  hid_t space = n != NULL ? H5Screate_simple(1, &dims, NULL) : H5Screate(H5S_SCALAR);
  hid_t attribute =
      H5Acreate_by_name(file->id, path, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  if (attribute < 0 || H5Awrite(attribute, type, values) < 0)
    status = bf_h5_fail(BF_ERR_IO, "cannot write attribute '%s' of '%s' in '%s'", name, path,
                        file->path);
  bf_h5_drop(attribute);
  bf_h5_drop(space);
  return status;
}

bf_status bf_h5_set_text(bf_h5 *file, const char *path, const char *name, const char *text)
{
  hid_t type = text_type();
  bf_status status = write_attribute(file, path, name, NULL, type, (const void *)&text);
  bf_h5_drop(type);
  return status;
}

bf_status bf_h5_set_texts(bf_h5 *file, const char *path, const char *name, size_t n,
                          const char *const *texts)
{
  hid_t type = text_type();
  bf_status status = write_attribute(file, path, name, &n, type, (const void *)texts);
  bf_h5_drop(type);
  return status;
}

bf_status bf_h5_set_i64(bf_h5 *file, const char *path, const char *name, int64_t value)
{
  return write_attribute(file, path, name, NULL, H5T_NATIVE_INT64, &value);
}

bf_status bf_h5_set_i64s(bf_h5 *file, const char *path, const char *name, size_t n,
                         const int64_t *values)
{
  return write_attribute(file, path, name, &n, H5T_NATIVE_INT64, values);
}

bf_status bf_h5_set_doubles(bf_h5 *file, const char *path, const char *name, size_t n,
                            const double *values)
{
  return write_attribute(file, path, name, &n, H5T_NATIVE_DOUBLE, values);
}

/* An opened attribute. */
typedef struct attribute {
  hid_t id;
  hid_t type;
  hid_t space;
  size_t n;
} attribute;

static const attribute no_attribute = {H5I_INVALID_HID, H5I_INVALID_HID, H5I_INVALID_HID, 0};

static void close_attribute(attribute *opened)
{
  bf_h5_drop(opened->type);
  bf_h5_drop(opened->space);
  bf_h5_drop(opened->id);
}

static const char *class_name(H5T_class_t wanted)
{
  static const struct {
    H5T_class_t class;
    const char *name;
  } names[] = {{H5T_INTEGER, "integer"}, {H5T_FLOAT, "floating point"}, {H5T_STRING, "text"}};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (names[i].class == wanted)
      return names[i].name;
  return "of another kind";
}

/* Opens the attribute if it is of class @p wanted and has at most one dimension. */
static bf_status open_attribute(const bf_h5 *file, const char *path, const char *name,
                                H5T_class_t wanted, attribute *out)
{
  bf_status status = BF_OK;
  attribute opened = no_attribute;
  BF_CHECK(bf_h5_has_attribute(file, path, name), BF_ERR_DATA, "'%s' lacks attribute '%s' of '%s'",
           file->path, name, path);
  opened.id = H5Aopen_by_name(file->id, path, name, H5P_DEFAULT, H5P_DEFAULT);
  opened.type = opened.id < 0 ? H5I_INVALID_HID : H5Aget_type(opened.id);
  opened.space = opened.id < 0 ? H5I_INVALID_HID : H5Aget_space(opened.id);
  if (opened.type < 0 || opened.space < 0) {
    status = bf_h5_fail(BF_ERR_DATA, "cannot read attribute '%s' of '%s' in '%s'", name, path,
                        file->path);
    goto done;
  }
  H5T_class_t found = H5Tget_class(opened.type);
  BF_CHECK(found == wanted, BF_ERR_DATA, "attribute '%s' of '%s' in '%s' is %s, expected %s", name,
           path, file->path, class_name(found), class_name(wanted));
  hssize_t n = H5Sget_simple_extent_npoints(opened.space);
  BF_CHECK(H5Sget_simple_extent_ndims(opened.space) <= 1 && n >= 0 && n <= MAX_ELEMENTS,
           BF_ERR_DATA, "attribute '%s' of '%s' in '%s' has a bad shape", name, path, file->path);
  opened.n = (size_t)n;
  *out = opened;
done:
  if (status != BF_OK)
    close_attribute(&opened);
  return status;
}

/* All elements as @p type, @p size bytes each; freed with free(). */
static bf_status read_elements(const bf_h5 *file, const char *name, const attribute *opened,
                               hid_t type, size_t size, void **out)
{
  void *values = bf_alloc(opened->n, size);
  if (values == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for attribute '%s'", name);
  if (opened->n > 0 && H5Aread(opened->id, type, values) < 0) {
    free(values);
    return bf_h5_fail(BF_ERR_DATA, "cannot read attribute '%s' in '%s'", name, file->path);
  }
  *out = values;
  return BF_OK;
}

static bf_status get_numbers(const bf_h5 *file, const char *path, const char *name,
                             H5T_class_t class, hid_t type, size_t *n, void **values)
{
  attribute opened = no_attribute;
  bf_status status = open_attribute(file, path, name, class, &opened);
  if (status != BF_OK)
    return status;
  status = read_elements(file, name, &opened, type, H5Tget_size(type), values);
  if (status == BF_OK)
    *n = opened.n;
  close_attribute(&opened);
  return status;
}

bf_status bf_h5_get_i64s(const bf_h5 *file, const char *path, const char *name, size_t *n,
                         int64_t **values)
{
  void *read = NULL;
  bf_status status = get_numbers(file, path, name, H5T_INTEGER, H5T_NATIVE_INT64, n, &read);
  if (status == BF_OK)
    *values = read;
  return status;
}

bf_status bf_h5_get_doubles(const bf_h5 *file, const char *path, const char *name, size_t *n,
                            double **values)
{
  void *read = NULL;
  bf_status status = get_numbers(file, path, name, H5T_FLOAT, H5T_NATIVE_DOUBLE, n, &read);
  if (status == BF_OK)
    *values = read;
  return status;
}

static bf_status refuse_length(const bf_h5 *file, const char *name, size_t n)
{
  return bf_fail(BF_ERR_DATA, "attribute '%s' in '%s' has %zu elements, expected 1", name,
                 file->path, n);
}

bf_status bf_h5_get_i64(const bf_h5 *file, const char *path, const char *name, int64_t *value)
{
  size_t n = 0;
  int64_t *values = NULL;
  bf_status status = bf_h5_get_i64s(file, path, name, &n, &values);
  if (status == BF_OK && n != 1)
    status = refuse_length(file, name, n);
  if (status == BF_OK && values != NULL)
    *value = values[0];
  free(values);
  return status;
}

bf_status bf_h5_copy_texts(size_t n, char *const *texts, const char *fixed, size_t stride,
                           char ***out)
{
  bf_status status = BF_OK;
  char **copies = bf_alloc(n, sizeof *copies);
  BF_CHECK_MEMORY(copies);
  for (size_t i = 0; i < n; i++) {
    const char *from = texts != NULL ? texts[i] : fixed + i * stride;
    size_t length = from == NULL ? 0 : texts != NULL ? strlen(from) : strnlen(from, stride);
    copies[i] = bf_alloc(length + 1, 1);
    BF_CHECK_MEMORY(copies[i]);
    if (length > 0)
      memcpy(copies[i], from, length);
  }
  *out = copies;
done:
  if (status != BF_OK)
    bf_h5_free_texts(n, copies);
  return status;
}

static bf_status get_fixed_texts(const bf_h5 *file, const char *name, const attribute *opened,
                                 char ***texts)
{
  void *bytes = NULL;
  size_t stride = H5Tget_size(opened->type);
  bf_status status = read_elements(file, name, opened, opened->type, stride, &bytes);
  if (status == BF_OK)
    status = bf_h5_copy_texts(opened->n, NULL, bytes, stride, texts);
  free(bytes);
  return status;
}

static bf_status get_variable_texts(const bf_h5 *file, const char *name, const attribute *opened,
                                    char ***texts)
{
  void *pointers = NULL;
  hid_t type = H5Tcopy(opened->type);
  bf_status status = read_elements(file, name, opened, type, sizeof(char *), &pointers);
  if (status == BF_OK && pointers != NULL) {
    status = bf_h5_copy_texts(opened->n, pointers, NULL, 0, texts);
    if (opened->n > 0)
      H5Dvlen_reclaim(type, opened->space, H5P_DEFAULT, pointers);
  }
  bf_h5_drop(type);
  free(pointers);
  return status;
}

bf_status bf_h5_get_texts(const bf_h5 *file, const char *path, const char *name, size_t *n,
                          char ***texts)
{
  attribute opened = no_attribute;
  bf_status status = open_attribute(file, path, name, H5T_STRING, &opened);
  if (status != BF_OK)
    return status;
  if (H5Tis_variable_str(opened.type) > 0)
    status = get_variable_texts(file, name, &opened, texts);
  else
    status = get_fixed_texts(file, name, &opened, texts);
  if (status == BF_OK)
    *n = opened.n;
  close_attribute(&opened);
  return status;
}

bf_status bf_h5_get_text(const bf_h5 *file, const char *path, const char *name, char **text)
{
  size_t n = 0;
  char **texts = NULL;
  bf_status status = bf_h5_get_texts(file, path, name, &n, &texts);
  if (status != BF_OK)
    return status;
  if (n != 1)
    status = refuse_length(file, name, n);
  if (status == BF_OK && texts != NULL) {
    *text = texts[0];
    texts[0] = NULL;
  }
  bf_h5_free_texts(n, texts);
  return status;
}

void bf_h5_free_texts(size_t n, char **texts)
{
  for (size_t i = 0; texts != NULL && i < n; i++)
    free(texts[i]);
  free(texts);
}
