/* Damaged files of any kind.
 * Room: data (tests). */
#include "unit.h"

#include "damage.h"

#include "base/memory.h"
#include "base/random.h"
#include "folder.h"
#include "rows.h"

/* What readers look for, and what they had better not believe. */
static const char *const words[] = {",",
                                    "'",
                                    "\"",
                                    "{",
                                    "}",
                                    "%",
                                    "?",
                                    "\n",
                                    "@",
                                    "\t",
                                    " ",
                                    "nan",
                                    "1e999",
                                    "-",
                                    "(",
                                    ")",
                                    "L",
                                    ":",
                                    "\\",
                                    "\r\n",
                                    "0",
                                    "99999",
                                    "True",
                                    "<f8",
                                    ">i2",
                                    "|O",
                                    "class",
                                    "@data\n",
                                    "{0 1}",
                                    "1e-9",
                                    "18446744073709551616",
                                    "\x80",
                                    "\xff\xff\xff"};

enum { N_WORDS = sizeof words / sizeof words[0], MAX_PIECE = 64 };

typedef struct content {
  unsigned char *bytes;
  size_t n;
} content;

static size_t below(bf_random *random, size_t n)
{
  return (size_t)bf_random_below(random, n > 0 ? n : 1);
}

/* Replaces @p n_out bytes at @p at by @p n_in others. */
static void splice(content *file, size_t at, size_t n_out, const void *in, size_t n_in)
{
  n_out = at + n_out > file->n ? file->n - at : n_out;
  memmove(file->bytes + at + n_in, file->bytes + at + n_out, file->n - at - n_out);
  memcpy(file->bytes + at, in, n_in);
  file->n = file->n - n_out + n_in;
}

static void damage(content *file, bf_random *random)
{
  unsigned char piece[MAX_PIECE];
  const char *word = words[below(random, N_WORDS)];
  size_t at = below(random, file->n);
  size_t n = 1 + below(random, MAX_PIECE);
  n = n > file->n - at ? file->n - at : n;
  switch (below(random, 6)) {
  case 0:
    piece[0] = (unsigned char)bf_random_below(random, 256);
    splice(file, at, 1, piece, 1);
    break;
  case 1:
    splice(file, at, strlen(word), word, strlen(word));
    break;
  case 2:
    splice(file, at, 0, word, strlen(word));
    break;
  case 3:
    splice(file, at, n, "", 0);
    break;
  case 4:
    memcpy(piece, file->bytes + at, n);
    splice(file, below(random, file->n), 0, piece, n);
    break;
  default:
    file->n = at;
  }
}

/* One to three damages. */
static content make_damaged(const content *sound, uint64_t seed)
{
  bf_random random = bf_random_stream(seed, BF_PURPOSE_SPLIT, 2);
  size_t n_damages = 1 + below(&random, 3);
  content file = {malloc(sound->n + 4 * MAX_PIECE), sound->n};
  assert_non_null(file.bytes);
  memcpy(file.bytes, sound->bytes, sound->n);
  for (size_t i = 0; i < n_damages && file.n > 0; i++)
    damage(&file, &random);
  return file;
}

static long n_rounds(long n_times)
{
  const char *is_long = getenv("BITFRONT_LONG");
  return is_long != NULL && strcmp(is_long, "1") == 0 ? 20 * n_times : n_times;
}

void damage_and_read(const bf_request *request, const bf_format *format, long n_times)
{
  content sound = {0};
  const char *path = request->paths[0];
  sound.bytes = folder_read(path, &sound.n);
  for (long i = 0; i < n_rounds(n_times); i++) {
    rows all = {0};
    content file = make_damaged(&sound, (uint64_t)i);
    /* Some file systems sync one that is written anew. */
    remove(path);
    folder_write_bytes(path, file.bytes, file.n);
    bf_trail_set("");
    bf_status status = bf_source_probe(request, format);
    if (status == BF_OK)
      status = rows_read(request, format, 0, &all);
    if (status != BF_OK && (status != BF_ERR_DATA || bf_trail()[0] == '\0'))
      fail_msg("damage %ld: %s: %s", i, bf_status_name(status), bf_trail());
    rows_release(&all);
    free(file.bytes);
  }
  folder_write_bytes(path, sound.bytes, sound.n);
  free(sound.bytes);
}
