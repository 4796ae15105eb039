/* The zoo: nets known by name.
 * Room: nn. Source of the nets: docs/architecture.md, "zoo". */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "nn/model_plan.h"

/* A new model is one entry: name, what its nodes are called, layers as in layer lists. A number
 * belongs to the word before it: outputs of a linear layer (none: the number of classes), chance of
 * a dropout. */
#define ZOO(X)                                                                                     \
  X("jsc-tiny", "seq_blocks", "batchnorm relu linear relu")                                        \
  X("jsc-toy", "seq_blocks",                                                                       \
    "batchnorm relu linear 8 batchnorm relu linear 8 batchnorm relu linear batchnorm relu")        \
  X("jsc-s", "module_list",                                                                        \
    "batchnorm relu linear 64 batchnorm relu linear 32 relu linear 32 relu linear 32 relu "        \
    "linear batchnorm relu")                                                                       \
  X("jsc-lab4", "seq_blocks", "batchnorm relu linear 16 relu linear 16 relu linear relu")          \
  X("jsc-lab4-doubled", "seq_blocks", "batchnorm relu linear 32 relu linear 32 relu linear relu")  \
  X("jsc-lab4-nonuniform", "seq_blocks",                                                           \
    "batchnorm relu linear 32 relu linear 64 relu linear relu")                                    \
  X("test-net", "seq_blocks",                                                                      \
    "batchnorm relu linear 32 batchnorm relu linear 16 batchnorm relu linear 8 batchnorm relu "    \
    "linear batchnorm relu")                                                                       \
  X("jsc-trt", "seq_blocks",                                                                       \
    "batchnorm relu linear 32 batchnorm relu linear 48 batchnorm relu dropout 0.5 "                \
    "linear 16 batchnorm relu linear batchnorm relu")

static const struct {
  const char *prefix;
  const char *layers;
} nets[] = {
#define NET(name, prefix, layers) {prefix, layers},
    ZOO(NET)
#undef NET
};
static const char *const names[] = {
#define NAME(name, prefix, layers) name,
    ZOO(NAME)
#undef NAME
};
enum { N_NETS = sizeof nets / sizeof nets[0], MAX_LINES = 24, WORD_BYTES = 16 };

/* Names that the Python tool and its forks use for the same net. */
static const struct {
  const char *alias;
  const char *name;
} aliases[] = {{"jsc-three-linear-layers", "jsc-lab4"}};

const char *const *bf_model_zoo_names(size_t *n)
{
  *n = N_NETS;
  return names;
}

/* Row of the table; N_NETS if unknown. Job files spell JSC_Tiny, jsc_tiny and jsc-tiny. */
static size_t find(const char *name)
{
  size_t row = 0;
  for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
    if (bf_same_name(aliases[i].alias, name))
      name = aliases[i].name;
  while (row < N_NETS && !bf_same_name(names[row], name))
    row++;
  return row;
}

bool bf_model_zoo_has(const char *name)
{
  return find(name) < N_NETS;
}

static bf_status fail_unknown(const char *name)
{
  const char *near = bf_suggest(name, names, N_NETS);
  char list[256] = "";
  size_t length = 0;
  for (size_t i = 0; i < N_NETS && length < sizeof list; i++)
    length +=
        (size_t)snprintf(list + length, sizeof list - length, "%s%s", i > 0 ? ", " : "", names[i]);
  if (near != NULL)
    return bf_fail(BF_ERR_USAGE, "unknown model '%s', did you mean '%s'? there are: %s", name, near,
                   list);
  return bf_fail(BF_ERR_USAGE, "unknown model '%s'; there are: %s", name, list);
}

/* Reads the table's own text: `lines` has room for MAX_LINES. */
static size_t read_lines(const char *text, bf_layer_line *lines)
{
  size_t n = 0;
  while (*text != '\0') {
    char word[WORD_BYTES];
    size_t length = strcspn(text, " ");
    snprintf(word, sizeof word, "%.*s", (int)length, text);
    if (!isdigit((unsigned char)word[0]))
      bf_layer_kind_find(word, &lines[n++].kind);
    else if (lines[n - 1].kind == BF_LAYER_LINEAR)
      lines[n - 1].out = strtoul(word, NULL, 10);
    else
      lines[n - 1].drop = strtod(word, NULL);
    text += length;
    text += strspn(text, " ");
  }
  return n;
}

bf_status bf_model_zoo(const char *name, size_t n_features, size_t n_classes, bf_model *out)
{
  bf_layer_line lines[MAX_LINES] = {{0}};
  size_t row = find(name);
  if (row == N_NETS)
    return fail_unknown(name);
  bf_model_plan plan = {names[row], nets[row].prefix, read_lines(nets[row].layers, lines), lines};
  return bf_model_build(&plan, n_features, n_classes, out);
}
