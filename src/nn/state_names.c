/* Names of state dicts: prefixes off, list off, place and array on.
 * Room: nn. */
#include "nn/state_names.h"

#include <ctype.h>
#include <string.h>

/* More digits than a layer's place can have. */
enum { MOST_DIGITS = 6 };

/* Behind @p start, if the text begins with it; else NULL. */
static const char *behind(const char *text, const char *start)
{
  size_t n = strlen(start);
  return strncmp(text, start, n) == 0 ? text + n : NULL;
}

/* Behind the first of @p starts that the text begins with; the text itself if there is none. */
static const char *behind_any(const char *text, size_t n, const char *const *starts)
{
  for (size_t i = 0; i < n; i++) {
    const char *rest = behind(text, starts[i]);
    if (rest != NULL)
      return rest;
  }
  return text;
}

static const char *without_prefixes(const char *name)
{
  static const char *const wrappers[] = {"model.", "module.", "_orig_mod."};
  const char *dot = strchr(name, '.');
  if (dot != NULL && strstr(name, "model.") != NULL)
    name = dot + 1;
  for (const char *rest = NULL; rest != name;) {
    rest = name;
    name = behind_any(name, sizeof wrappers / sizeof *wrappers, wrappers);
  }
  return name;
}

/* A number as Python prints it. */
static const char *read_place(const char *text, size_t *place)
{
  size_t n = strspn(text, "0123456789");
  if (n == 0 || n > MOST_DIGITS || (n > 1 && text[0] == '0'))
    return NULL;
  *place = strtoul(text, NULL, 10);
  return text + n;
}

bool bf_state_name_read(const char *name, bf_state_name *out)
{
  static const char *const lists[] = {"seq_blocks.", "module_list."};
  const char *rest = behind_any(without_prefixes(name), sizeof lists / sizeof *lists, lists);
  bf_state_name found = {0};
  rest = read_place(rest, &found.index);
  if (rest == NULL || rest[0] != '.')
    return false;
  found.array = rest + 1;
  *out = found;
  return true;
}

/* Where the number at the end of the node begins; NULL without one. */
static const char *number_of(const char *node)
{
  const char *line = strrchr(node, '_');
  size_t place;
  const char *end = line != NULL ? read_place(line + 1, &place) : NULL;
  return end != NULL && *end == '\0' ? line + 1 : NULL;
}

bool bf_node_place(const char *node, size_t *index)
{
  const char *number = number_of(node);
  if (number == NULL)
    return false;
  read_place(number, index);
  return true;
}

void bf_state_name_print(const char *node, const char *array, bf_text *text)
{
  const char *number = number_of(node);
  if (number == NULL)
    bf_text_printf(text, "%s.%s", node, array);
  else
    bf_text_printf(text, "%.*s.%s.%s", (int)(number - node) - 1, node, number, array);
}
