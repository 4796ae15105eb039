/* Opening a checkpoint of whatever kind its content says it is.
 * Room: nn. */
#include "base/file.h"
#include "base/text.h"
#include "nn/checkpoint.h"
#include "nn/safetensors.h"
#include "nn/state_net.h"

/* A new kind is one row. */
static const struct kind {
  bool (*applies)(const char *path);
  bf_status (*read)(const char *path, bf_state **out);
} kinds[] = {
    {bf_torch_applies, bf_torch_read},
    {bf_safetensors_applies, bf_safetensors_read},
};

bool bf_checkpoint_is_ours(const char *path)
{
  static const unsigned char signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1A, '\n'};
  unsigned char head[sizeof signature];
  size_t n = bf_file_head(path, head, sizeof head);
  return n == 0 || (n == sizeof head && memcmp(head, signature, sizeof head) == 0);
}

/* Bytes of a list of names in a message, and of one of them. */
enum { LIST_BYTES = 200, NAME_BYTES = 32 };

/* As --classes takes them, if they are not too many. */
static void list_names(size_t n, char *const *names, bf_text *text)
{
  for (size_t i = 0; i < n; i++) {
    bf_text_append(text, i > 0 ? "," : "");
    if (text->length > LIST_BYTES) {
      bf_text_append(text, "...");
      return;
    }
    bf_text_printable(text, names[i], NAME_BYTES);
  }
}

static bool is_among(const char *name, size_t n, char *const *names)
{
  for (size_t i = 0; i < n; i++)
    if (strcmp(names[i], name) == 0)
      return true;
  return false;
}

static bf_status fail_classes(const char *path, const bf_origin *origin,
                              const bf_manifest *manifest)
{
  bool is_same_set = true;
  bf_text ours = {0}, theirs = {0};
  for (size_t i = 0; i < origin->n_classes; i++)
    is_same_set &= is_among(origin->classes[i], manifest->n_classes, manifest->classes) &&
                   is_among(manifest->classes[i], origin->n_classes, origin->classes);
  list_names(origin->n_classes, origin->classes, &ours);
  list_names(manifest->n_classes, manifest->classes, &theirs);
  bf_status status =
      bf_fail(BF_ERR_DATA, "the net in '%s' tells classes '%s' apart, data set '%s' has '%s'%s%s",
              path, bf_text_view(&ours), manifest->folder, bf_text_view(&theirs),
              is_same_set ? ": import the rows with --classes " : "",
              is_same_set ? bf_text_view(&ours) : "");
  bf_text_release(&ours);
  bf_text_release(&theirs);
  return status;
}

bf_status bf_checkpoint_check_data(const char *path, const bf_model *model, const bf_origin *origin,
                                   const bf_manifest *manifest)
{
  if (model->n_features != manifest->n_features || model->n_classes != manifest->n_classes)
    return bf_fail(BF_ERR_DATA,
                   "the net in '%s' takes %zu features and tells %zu classes apart; data set '%s' "
                   "has %zu and %zu",
                   path, model->n_features, model->n_classes, manifest->folder,
                   manifest->n_features, manifest->n_classes);
  for (size_t i = 0; origin->classes != NULL && i < origin->n_classes; i++)
    if (manifest->classes != NULL && strcmp(origin->classes[i], manifest->classes[i]) != 0)
      return fail_classes(path, origin, manifest);
  return BF_OK;
}

bf_status bf_checkpoint_check_model(const char *path, const bf_model *model, const bf_model *named)
{
  if (bf_model_fits(model, named))
    return BF_OK;
  return bf_fail(BF_ERR_USAGE,
                 "checkpoint '%s' holds net '%s', whose layers are not those of '%s' for %zu "
                 "features and %zu classes",
                 path, model->name, named->name, named->n_features, named->n_classes);
}

static const struct kind *kind_of(const char *path)
{
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (kinds[i].applies(path))
      return &kinds[i];
  return NULL;
}

static bf_status read_foreign(const char *path, bf_state **out)
{
  bf_status status;
  const struct kind *kind = kind_of(path);
  BF_CHECK(kind != NULL, BF_ERR_DATA,
           "its content is of no kind that is known: an HDF5 file of bitfront, a ZIP file of "
           "PyTorch or Lightning (.ckpt, .pt, .pth), safetensors");
  BF_TRY(kind->read(path, out));
done:
  return status;
}

static bf_status explain(bf_status status, const char *path)
{
  return status == BF_OK ? status : bf_because(status, "cannot load checkpoint '%s'", path);
}

bf_status bf_checkpoint_read_foreign(const char *path, bf_state **out)
{
  return explain(read_foreign(path, out), path);
}

static bf_status open_foreign(const char *path, const bf_model *model, bf_net **out)
{
  bf_status status;
  bf_state *state = NULL;
  BF_TRY(read_foreign(path, &state));
  BF_TRY(model != NULL ? bf_state_to_net(state, model, out) : bf_state_fail_unnamed(state));
done:
  bf_state_free(state);
  return explain(status, path);
}

static bf_status open_ours(const char *path, const bf_model *model, const bf_manifest *manifest,
                           bf_net **out)
{
  bf_status status;
  bf_checkpoint *checkpoint = NULL;
  BF_TRY(bf_checkpoint_read(path, &checkpoint));
  if (manifest != NULL)
    BF_TRY(bf_checkpoint_check_data(path, &checkpoint->net->model, &checkpoint->origin, manifest));
  if (model != NULL)
    BF_TRY(bf_checkpoint_check_model(path, &checkpoint->net->model, model));
  *out = checkpoint->net;
  checkpoint->net = NULL;
done:
  bf_checkpoint_free(checkpoint);
  return status;
}

bf_status bf_checkpoint_open(const char *path, const bf_model *model, const bf_manifest *manifest,
                             bf_net **out)
{
  return bf_checkpoint_is_ours(path) ? open_ours(path, model, manifest, out)
                                     : open_foreign(path, model, out);
}
