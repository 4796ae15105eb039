/* PyTorch's checkpoints: where the state dict is in them, and its tensors.
 * Room: nn. */
#include <inttypes.h>
#include <stdint.h>

#include "base/memory.h"
#include "nn/pickle.h"
#include "nn/state.h"
#include "nn/torch_archive.h"
#include "nn/torch_names.h"
#include "nn/torch_tensor.h"

/* Honest files have no more values than bytes, but for tensors that were expanded. */
enum { MOST_EXTRA_VALUES = 16 << 20 };

bool bf_torch_applies(const char *path)
{
  return bf_torch_archive_applies(path);
}

/* Where those who save more than a state dict put it. */
static const char *const places[] = {"state_dict", "model_state_dict", "model"};

static const bf_pickle_value *find_state_dict(const bf_pickle_value *root)
{
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    const bf_pickle_value *found = bf_pickle_get(root, places[i]);
    if (found != NULL && found->kind == BF_PICKLE_DICT)
      return found;
  }
  return root;
}

static bool holds_a_tensor(const bf_pickle_value *dict)
{
  for (size_t i = 1; i < dict->n; i += 2)
    if (bf_torch_is_tensor(dict->items[i]))
      return true;
  return false;
}

static const char *kind_of(const bf_pickle_value *root, const bf_pickle_value *dict)
{
  if (dict == root)
    return "PyTorch state dict";
  return bf_pickle_get(root, "pytorch-lightning_version") != NULL ? "PyTorch Lightning checkpoint"
                                                                  : "PyTorch checkpoint";
}

static void add_notes(const bf_pickle_value *root, bf_state *state)
{
  static const char *const names[] = {"pytorch-lightning_version", "epoch", "global_step"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const bf_pickle_value *value = bf_pickle_get(root, names[i]);
    bf_state_note note = {.name = names[i]};
    if (value == NULL)
      continue;
    if (value->kind == BF_PICKLE_TEXT)
      bf_pickle_show(value->text, value->n, sizeof note.text, note.text);
    else if (value->kind == BF_PICKLE_WHOLE)
      snprintf(note.text, sizeof note.text, "%" PRId64, value->whole);
    else
      continue;
    state->notes[state->n_notes++] = note;
  }
}

/* A key as a name: for people, and for files that end names with a NUL. */
static bf_status copy_name(const bf_pickle_value *key, char **name)
{
  bf_status status = BF_OK;
  BF_CHECK(key->kind == BF_PICKLE_TEXT, BF_ERR_DATA,
           "its state dict has a key that is %s, expected a text", bf_pickle_kind_name(key->kind));
  BF_CHECK(memchr(key->text, '\0', key->n) == NULL, BF_ERR_DATA,
           "its state dict has a key with a NUL byte");
  *name = bf_alloc(key->n + 1, 1);
  BF_CHECK_MEMORY(*name);
  memcpy(*name, key->text, key->n);
done:
  return status;
}

static bf_status add_entry(bf_state *state, bf_torch_archive *archive, const bf_pickle_value *key,
                           const bf_pickle_value *value, size_t *n_left)
{
  bf_status status;
  char *name = NULL;
  BF_TRY(copy_name(key, &name));
  BF_TRY(bf_state_check_name(name));
  BF_CHECK(bf_torch_is_tensor(value), BF_ERR_DATA,
           "'%s' of its state dict is %s, expected a tensor", name,
           bf_pickle_kind_name(value->kind));
  BF_TRY(bf_torch_tensor_add(state, archive, name, value, n_left));
done:
  free(name);
  return status;
}

static bf_status add_all(bf_state *state, bf_torch_archive *archive, const bf_pickle_value *dict)
{
  bf_status status = BF_OK;
  size_t n_left = MOST_EXTRA_VALUES + (size_t)bf_torch_archive_n_bytes(archive);
  for (size_t i = 0; i < dict->n && status == BF_OK; i += 2)
    status = add_entry(state, archive, dict->items[i], dict->items[i + 1], &n_left);
  return status == BF_OK ? bf_state_check_names(state) : status;
}

static bf_status make_state(bf_torch_archive *archive, const bf_pickle_value *root, bf_state **out)
{
  bf_status status = BF_OK;
  bf_state *state = NULL;
  const bf_pickle_value *dict = find_state_dict(root);
  BF_CHECK(dict->kind == BF_PICKLE_DICT, BF_ERR_DATA, "it holds %s, expected a state dict",
           bf_torch_is_tensor(dict) ? "one tensor" : bf_pickle_kind_name(dict->kind));
  BF_CHECK(
      dict != root || dict->n == 0 || holds_a_tensor(dict), BF_ERR_DATA,
      "it holds no state dict, at its top or under 'state_dict', 'model_state_dict' or 'model'");
  BF_TRY(bf_state_create(kind_of(root, dict), &state));
  if (dict != root)
    add_notes(root, state);
  BF_TRY(add_all(state, archive, dict));
  *out = state;
  state = NULL;
done:
  bf_state_free(state);
  return status;
}

bf_status bf_torch_read(const char *path, bf_state **out)
{
  bf_status status;
  bf_torch_archive *archive = NULL;
  bf_pickle *pickle = NULL;
  uint8_t *bytes = NULL;
  size_t n = 0;
  BF_TRY(bf_torch_archive_open(path, &archive));
  BF_TRY(bf_torch_archive_pickle(archive, &bytes, &n));
  BF_TRY(bf_pickle_read(bytes, n, bf_torch_names, &pickle));
  BF_TRY(make_state(archive, bf_pickle_root(pickle), out));
done:
  bf_pickle_free(pickle);
  free(bytes);
  bf_torch_archive_close(archive);
  return status;
}
