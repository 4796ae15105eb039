/* The ZIP archive that torch.save makes, one entry a storage.
 * Room: nn. */
#include "nn/torch_archive.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/zip.h"

/* A tensor takes about 150 bytes of a pickle, and what is read of it 60 times the bytes. torch.save
 * does not compress it; who does gets an eighth or so of its length. */
enum { MOST_PICKLE = 8 << 20, SMALL_PICKLE = 1 << 16, PICKLE_RATIO = 20 };
/* Storages that are compressed may be longer than their file, but not by so much. */
enum { MOST_EXTRA = 64 << 20, MOST_RATIO = 4 };

typedef struct storage {
  uint8_t *bytes;
  size_t n;
} storage;

struct bf_torch_archive {
  bf_zip *zip;
  char *root; /* the folder that everything in it is in */
  bool is_big_endian;
  size_t n_left;     /* bytes of storages that may still be read */
  storage *storages; /* (entries) those that were read */
};

/* torch.save began with a pickle of this number before it made archives. */
static bool is_legacy(const char *path)
{
  static const uint8_t magic[] = {0x80, 2,    0x8a, 10,   0x6c, 0xfc, 0x9c, 0x46,
                                  0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, '.'};
  uint8_t start[sizeof magic];
  struct stat info;
  if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
    return false;
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return false;
  const ssize_t n = read(fd, start, sizeof start);
  close(fd);
  return n == (ssize_t)sizeof start && memcmp(start, magic, sizeof magic) == 0;
}

/* The entry "<root>/data.pkl" with a root that is one folder; NULL if there is none. */
static const char *find_pickle(const bf_zip *zip)
{
  for (size_t i = 0; i < bf_zip_n_entries(zip); i++) {
    const char *slash = strchr(bf_zip_name(zip, i), '/');
    if (slash != NULL && strcmp(slash, "/data.pkl") == 0)
      return bf_zip_name(zip, i);
  }
  return NULL;
}

/* Whether it begins as a ZIP archive does, whole or not. */
static bool begins_a_zip(const char *path)
{
  static const uint8_t magic[] = {'P', 'K', 3, 4};
  uint8_t start[sizeof magic];
  return bf_file_head(path, start, sizeof start) == sizeof start &&
         memcmp(start, magic, sizeof magic) == 0;
}

bool bf_torch_archive_applies(const char *path)
{
  bf_zip *zip = NULL;
  bool applies = is_legacy(path) || begins_a_zip(path);
  if (!applies && bf_zip_open(path, &zip) == BF_OK)
    applies = find_pickle(zip) != NULL;
  bf_zip_close(zip);
  return applies;
}

/* Whether there is an entry "<root>/<folder><name>", and its place. */
static bf_status find(const bf_torch_archive *archive, const char *folder, const char *name,
                      bool *is_there, size_t *entry)
{
  bf_status status;
  bf_text path = {0};
  bf_text_printf(&path, "%s/%s%s", archive->root, folder, name);
  BF_TRY(bf_text_status(&path));
  *is_there = bf_zip_find(archive->zip, path.data, entry);
done:
  bf_text_release(&path);
  return status;
}

static bf_status read_byte_order(bf_torch_archive *archive)
{
  enum { MOST = 16 };
  bf_status status;
  bool is_there;
  size_t entry = 0;
  uint8_t *order = NULL;
  size_t n = 0;
  BF_TRY(find(archive, "", "byteorder", &is_there, &entry));
  /* PyTorch before 2.1 did not say, and wrote little-endian only. */
  if (!is_there)
    return BF_OK;
  BF_TRY(bf_zip_read(archive->zip, entry, MOST, &order, &n));
  archive->is_big_endian = n == 3 && memcmp(order, "big", 3) == 0;
  BF_CHECK(archive->is_big_endian || (n == 6 && memcmp(order, "little", 6) == 0), BF_ERR_DATA,
           "it is neither 'little' nor 'big'");
done:
  free(order);
  return status != BF_OK ? bf_because(status, "its record 'byteorder'") : BF_OK;
}

static bf_status refuse_torchscript(const bf_torch_archive *archive)
{
  bf_status status;
  bool is_there;
  BF_TRY(find(archive, "", "constants.pkl", &is_there, NULL));
  BF_CHECK(!is_there, BF_ERR_DATA,
           "it is a TorchScript program, not a checkpoint; save the weights alone: "
           "torch.save(torch.jit.load('model.pt').state_dict(), 'weights.pt')");
done:
  return status;
}

static bf_status open_zip(const char *path, bf_torch_archive *archive)
{
  bf_status status;
  BF_CHECK(!is_legacy(path), BF_ERR_DATA,
           "it is of the format that PyTorch wrote before 1.6; convert it: "
           "torch.save(torch.load('old.pt'), 'new.pt')");
  status = bf_zip_open(path, &archive->zip);
  BF_CHECK(status != BF_ERR_DATA || !begins_a_zip(path), BF_ERR_DATA,
           "it is a ZIP archive that was cut off or damaged");
  if (status != BF_OK)
    goto done;
  const char *pickle = find_pickle(archive->zip);
  BF_CHECK(pickle != NULL, BF_ERR_DATA,
           "it is a ZIP archive without 'data.pkl', so none of PyTorch");
  archive->root = bf_copy_text(pickle);
  BF_CHECK_MEMORY(archive->root);
  *strchr(archive->root, '/') = '\0';
  archive->storages = bf_alloc(bf_zip_n_entries(archive->zip), sizeof *archive->storages);
  BF_CHECK_MEMORY(archive->storages);
done:
  return status;
}

bf_status bf_torch_archive_open(const char *path, bf_torch_archive **out)
{
  bf_status status = BF_OK;
  bf_torch_archive *archive = bf_alloc(1, sizeof *archive);
  BF_CHECK_MEMORY(archive);
  BF_TRY(open_zip(path, archive));
  BF_TRY(refuse_torchscript(archive));
  BF_TRY(read_byte_order(archive));
  archive->n_left = MOST_EXTRA + MOST_RATIO * (size_t)bf_zip_n_bytes(archive->zip);
  *out = archive;
  archive = NULL;
done:
  bf_torch_archive_close(archive);
  return status;
}

void bf_torch_archive_close(bf_torch_archive *archive)
{
  if (archive == NULL)
    return;
  for (size_t i = 0; archive->storages != NULL && i < bf_zip_n_entries(archive->zip); i++)
    free(archive->storages[i].bytes);
  free(archive->storages);
  free(archive->root);
  bf_zip_close(archive->zip);
  free(archive);
}

bf_status bf_torch_archive_pickle(const bf_torch_archive *archive, uint8_t **data, size_t *n)
{
  bf_status status;
  bool is_there;
  size_t entry = 0;
  const uint64_t n_archive = bf_zip_n_bytes(archive->zip);
  const size_t most = n_archive < (MOST_PICKLE - SMALL_PICKLE) / PICKLE_RATIO
                          ? SMALL_PICKLE + PICKLE_RATIO * (size_t)n_archive
                          : MOST_PICKLE;
  BF_TRY(find(archive, "", "data.pkl", &is_there, &entry));
  BF_TRY(bf_zip_read(archive->zip, entry, most, data, n));
done:
  return status != BF_OK ? bf_because(status, "its record 'data.pkl'") : BF_OK;
}

bool bf_torch_archive_is_big_endian(const bf_torch_archive *archive)
{
  return archive->is_big_endian;
}

uint64_t bf_torch_archive_n_bytes(const bf_torch_archive *archive)
{
  return bf_zip_n_bytes(archive->zip);
}

bf_status bf_torch_archive_storage(bf_torch_archive *archive, const char *key, size_t n_bytes,
                                   const uint8_t **bytes)
{
  bf_status status;
  bool is_there;
  size_t entry = 0;
  BF_TRY(find(archive, "data/", key, &is_there, &entry));
  BF_CHECK(is_there, BF_ERR_DATA, "it is not in the archive");
  storage *found = &archive->storages[entry];
  if (found->bytes == NULL) {
    BF_TRY(bf_zip_read(archive->zip, entry, archive->n_left, &found->bytes, &found->n));
    archive->n_left -= found->n;
  }
  BF_CHECK(found->n == n_bytes, BF_ERR_DATA, "it has %zu bytes, expected %zu", found->n, n_bytes);
  *bytes = found->bytes;
done:
  return status != BF_OK ? bf_because(status, "its storage '%s'", key) : BF_OK;
}
