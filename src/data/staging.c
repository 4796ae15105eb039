/* A data set's shards on a disk of this machine, copied once and shared by all who need them.
 * Room: data. */
#include "data/staging.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/volume.h"

/* In a folder that everybody may write to, such as /tmp, somebody else may have made it. */
static bf_status make_own_folder(const char *path)
{
  struct stat info;
  if (mkdir(path, 0700) != 0 && errno != EEXIST)
    return bf_fail(BF_ERR_IO, "cannot create folder '%s': %s", path, strerror(errno));
  if (lstat(path, &info) != 0)
    return bf_fail(BF_ERR_IO, "cannot use folder '%s': %s", path, strerror(errno));
  if (!S_ISDIR(info.st_mode) || info.st_uid != geteuid() ||
      (info.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return bf_fail(BF_ERR_IO, "'%s' is no folder that only this user may write to", path);
  return BF_OK;
}

static bf_status make_folders(const bf_manifest *manifest, const char *folder, char **staged)
{
  bf_status status = BF_OK;
  bf_text path = {0};
  bf_text_printf(&path, "%s/bitfront-%lu", folder, (unsigned long)geteuid());
  BF_TRY(bf_text_status(&path));
  BF_TRY(make_own_folder(path.data));
  bf_text_printf(&path, "/%016" PRIx64, manifest->hash);
  BF_TRY(bf_text_status(&path));
  BF_TRY(make_own_folder(path.data));
  *staged = path.data;
  path.data = NULL;
done:
  bf_text_release(&path);
  return status;
}

static bool is_there(const char *path, const bf_shard *shard)
{
  uint64_t hash = 0;
  return bf_file_exists(path) && bf_file_hash(path, &hash) == BF_OK && hash == shard->hash;
}

/* A shard on its way: from, to. */
typedef struct route {
  char *from;
  char *to;
} route;

static void release_route(route *way)
{
  free(way->from);
  free(way->to);
}

static bf_status find_route(const bf_manifest *manifest, const char *staged, size_t i, route *way)
{
  bf_status status = BF_OK;
  *way = (route){bf_path_join(manifest->folder, manifest->shards[i].file),
                 bf_path_join(staged, manifest->shards[i].file)};
  BF_CHECK_MEMORY(way->from);
  BF_CHECK_MEMORY(way->to);
  return BF_OK;
done:
  release_route(way);
  return status;
}

/* Which shards are missing, and how many bytes they take. One that cannot be looked at is none: the
 * copy will say why. */
static bf_status find_missing(const bf_manifest *manifest, const char *staged, bool *is_missing,
                              double *n_bytes)
{
  for (size_t i = 0; i < manifest->n_shards; i++) {
    route way;
    struct stat info;
    bf_status status = find_route(manifest, staged, i, &way);
    if (status != BF_OK)
      return status;
    is_missing[i] = !is_there(way.to, &manifest->shards[i]);
    if (is_missing[i] && stat(way.from, &info) == 0)
      *n_bytes += (double)info.st_size;
    release_route(&way);
  }
  return BF_OK;
}

/* Asked first, so that a disk that others need as well is not filled to its end for nothing. */
static bf_status check_room(const char *staged, double n_bytes)
{
  bf_volume volume;
  if (n_bytes == 0 || bf_volume_look(staged, &volume) != BF_OK)
    return BF_OK;
  if (volume.n_free < n_bytes)
    return bf_fail(BF_ERR_IO, "'%s' has %.1f MB free and the data take %.1f MB", staged,
                   volume.n_free / 1e6, n_bytes / 1e6);
  return BF_OK;
}

static bf_status copy_missing(const bf_manifest *manifest, const char *staged,
                              const bool *is_missing)
{
  bf_status status = BF_OK;
  for (size_t i = 0; i < manifest->n_shards && status == BF_OK; i++) {
    route way;
    if (!is_missing[i])
      continue;
    status = find_route(manifest, staged, i, &way);
    if (status != BF_OK)
      return status;
    status = bf_file_copy(way.from, way.to, manifest->shards[i].hash);
    release_route(&way);
  }
  return status;
}

bf_status bf_data_stage(const bf_manifest *manifest, const char *folder, char **staged)
{
  bf_status status = BF_OK;
  double n_bytes = 0;
  char *path = NULL;
  bool *is_missing = bf_alloc(manifest->n_shards, sizeof *is_missing);
  BF_CHECK_MEMORY(is_missing);
  BF_TRY(make_folders(manifest, folder, &path));
  BF_TRY(find_missing(manifest, path, is_missing, &n_bytes));
  BF_TRY(check_room(path, n_bytes));
  BF_TRY(copy_missing(manifest, path, is_missing));
  *staged = path;
  path = NULL;
done:
  free(path);
  free(is_missing);
  return status;
}
