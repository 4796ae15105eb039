/* Damaged checkpoints of PyTorch: bytes of the pickle changed under a checksum that fits, so that
 * the machine sees them; bytes of the archive changed; archives cut off. None may crash the reader,
 * or give a state that is none. BITFRONT_LONG=1: 300,000 of them instead of 6,000; BITFRONT_SEED=N:
 * others. Room: nn. */
#include "unit.h"

#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "nn/state.h"
#include "scratch.h"

typedef struct file_bytes {
  uint8_t *data;
  size_t n;
  size_t pickle, n_pickle; /* where data.pkl is */
  size_t checksums[2];     /* where its CRC-32 is: before it, and in the directory */
} file_bytes;

/* The checksum of ZIP: the reflected polynomial 0xedb88320. */
static uint32_t crc32_of(const uint8_t *data, size_t n)
{
  static uint32_t table[256];
  for (uint32_t i = 0; i < 256 && table[255] == 0; i++) {
    table[i] = i;
    for (int k = 0; k < 8; k++)
      table[i] = (table[i] >> 1) ^ (table[i] & 1 ? 0xedb88320U : 0);
  }
  uint32_t crc = UINT32_MAX;
  for (size_t i = 0; i < n; i++)
    crc = (crc >> 8) ^ table[(crc ^ data[i]) & 255];
  return ~crc;
}

static size_t load(const uint8_t *data, size_t n)
{
  size_t value = 0;
  for (size_t i = 0; i < n; i++)
    value |= (size_t)data[i] << (8 * i);
  return value;
}

/* The entry of data.pkl in the directory at the end, and by that the entry itself. */
static void find_pickle(file_bytes *file)
{
  for (size_t at = 0; at + 46 < file->n; at++) {
    const uint8_t *entry = file->data + at;
    const size_t n_name = load(entry + 28, 2);
    if (memcmp(entry, "PK\1\2", 4) != 0 || n_name < 9 || at + 46 + n_name > file->n ||
        memcmp(entry + 46 + n_name - 9, "/data.pkl", 9) != 0)
      continue;
    const size_t local = load(entry + 42, 4);
    file->n_pickle = load(entry + 20, 4);
    file->pickle = local + 30 + load(file->data + local + 26, 2) + load(file->data + local + 28, 2);
    file->checksums[0] = local + 14;
    file->checksums[1] = at + 16;
  }
  assert_true(file->n_pickle > 0 && file->pickle + file->n_pickle <= file->n);
  assert_int_equal(crc32_of(file->data + file->pickle, file->n_pickle),
                   load(file->data + file->checksums[1], 4));
}

static void read_bytes(const char *from, file_bytes *file)
{
  bf_text text = {0};
  assert_ok(bf_file_read(from, &text));
  *file = (file_bytes){.data = (uint8_t *)text.data, .n = text.length};
  find_pickle(file);
}

/* A state of ours, for where the real checkpoint is not. */
static void write_state(void)
{
  bf_state *state = NULL;
  assert_ok(bf_state_create("test", &state));
  for (size_t i = 0; i < BF_N_DTYPES; i++)
    assert_ok(bf_state_add(state, bf_dtype_name((bf_dtype)i), (bf_dtype)i, i % 4,
                           (const size_t[]){2, 3, 4}, NULL));
  assert_ok(bf_torch_write(path, state));
  bf_state_free(state);
}

/* Not synced, as bf_file_write would do it, and as some file systems do when a file is cut and
 * filled anew. */
static void write_bytes(const uint8_t *data, size_t n)
{
  unlink(path);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(data, 1, n, file), n);
  assert_int_equal(fclose(file), 0);
}

static void check_state(const bf_state *state)
{
  float sum = 0.0F;
  assert_ok(bf_state_check_names(state));
  for (size_t i = 0; i < state->n_tensors; i++) {
    const bf_state_tensor *tensor = &state->tensors[i];
    size_t n = 1;
    assert_true((size_t)tensor->dtype < BF_N_DTYPES && tensor->n_dims <= BF_STATE_MAX_DIMS);
    for (size_t d = 0; d < tensor->n_dims; d++)
      n *= tensor->shape[d];
    assert_int_equal(n, tensor->n_values);
    for (size_t k = 0; k < n; k++)
      sum += tensor->values[k];
  }
  /* Every value was there to be read; their sum is nothing. */
  assert_true(sum == sum || sum != sum);
}

/* Whether it could be read. */
static bool try_to_read(void)
{
  bf_state *state = NULL;
  const bf_status status = bf_torch_read(path, &state);
  if (status == BF_OK)
    check_state(state);
  else
    assert_int_equal(status, BF_ERR_DATA);
  bf_state_free(state);
  return status == BF_OK;
}

/* Some bytes become others: any, a bit of the same, one of the file's, or those that mean
 * something. */
static void change(bf_random *random, uint8_t *data, size_t n)
{
  static const uint8_t telling[] = {0,   1,   0x7f, 0x80, 0xff, '.',  '(',  't',
                                    'h', 'q', 'Q',  'R',  'b',  'c',  'u',  's',
                                    'a', '}', ']',  ')',  0x85, 0x86, 0x8a, 0x93};
  const size_t n_changes = 1 + (size_t)bf_random_below(random, 3);
  for (size_t i = 0; i < n_changes; i++) {
    uint8_t *at = data + bf_random_below(random, n);
    switch (bf_random_below(random, 4)) {
    case 0:
      *at = (uint8_t)bf_random_u32(random);
      break;
    case 1:
      *at ^= (uint8_t)(1U << bf_random_below(random, 8));
      break;
    case 2:
      *at = data[bf_random_below(random, n)];
      break;
    default:
      *at = telling[bf_random_below(random, sizeof telling)];
    }
  }
}

static void change_pickle(bf_random *random, const file_bytes *file, uint8_t *copy)
{
  change(random, copy + file->pickle, file->n_pickle);
  const uint32_t crc = crc32_of(copy + file->pickle, file->n_pickle);
  for (size_t i = 0; i < 4; i++) {
    copy[file->checksums[0] + i] = (uint8_t)(crc >> (8 * i));
    copy[file->checksums[1] + i] = (uint8_t)(crc >> (8 * i));
  }
}

/* Four in six get a pickle that is wrong, one an archive that is, one is cut off. */
static size_t spoil(bf_random *random, const file_bytes *file, uint8_t *copy)
{
  const uint64_t kind = bf_random_below(random, 6);
  memcpy(copy, file->data, file->n);
  if (kind == 0)
    return (size_t)bf_random_below(random, file->n);
  if (kind == 1)
    change(random, copy, file->n);
  else
    change_pickle(random, file, copy);
  return file->n;
}

static void fuzz(const file_bytes *file, uint64_t seed, size_t n_tries)
{
  uint8_t *copy = bf_alloc_bytes(file->n);
  size_t n_read = 0;
  assert_non_null(copy);
  for (size_t i = 0; i < n_tries; i++) {
    bf_random random = bf_random_stream(seed, BF_PURPOSE_SAMPLER, i);
    write_bytes(copy, spoil(&random, file, copy));
    n_read += try_to_read();
  }
  free(copy);
  /* Else the changes are too great to get anywhere, or too small to matter. */
  print_message("%zu of %zu could be read\n", n_read, n_tries);
  assert_in_range(n_read, n_tries / 100, n_tries - n_tries / 100);
}

static uint64_t seed_of_environment(void)
{
  const char *text = getenv("BITFRONT_SEED");
  return text != NULL ? strtoull(text, NULL, 10) : 1;
}

static size_t n_tries_of_environment(void)
{
  const char *text = getenv("BITFRONT_LONG");
  return text != NULL && strcmp(text, "1") == 0 ? 150000 : 3000;
}

static void damaged_state_is_refused_or_read(void **state)
{
  (void)state;
  file_bytes file;
  write_state();
  read_bytes(path, &file);
  fuzz(&file, seed_of_environment(), n_tries_of_environment());
  free(file.data);
}

static void damaged_lightning_checkpoint_is_refused_or_read(void **state)
{
  (void)state;
  file_bytes file;
  const char *real = BF_SHARED "/data/jsc-tiny-best.ckpt";
  if (!bf_file_exists(real))
    skip();
  read_bytes(real, &file);
  fuzz(&file, seed_of_environment(), n_tries_of_environment());
  free(file.data);
}

static int make_folder(void **state)
{
  (void)state;
  return scratch_make("a.pt");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(damaged_state_is_refused_or_read),
      cmocka_unit_test(damaged_lightning_checkpoint_is_refused_or_read),
  };
  return cmocka_run_group_tests(tests, make_folder, scratch_remove);
}
