/* Where the Python tool would put its results.
 * Room: cli. */
#include "cli/project.h"

#include <time.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"

bool bf_project_is_asked(const bf_tool_flags *flags)
{
  return bf_tool_flags_value(flags, "project") != NULL ||
         bf_tool_flags_value(flags, "project_dir") != NULL;
}

static const char *word(const bf_toml *tree, const char *key, const char *otherwise)
{
  const bf_toml *node = bf_toml_get(tree, key);
  return node != NULL && node->kind == BF_TOML_STRING ? node->string : otherwise;
}

static void print_default_name(const bf_toml *tree, bf_text *name)
{
  char date[16] = "";
  struct tm parts;
  time_t now = (time_t)bf_date_s();
  if (localtime_r(&now, &parts) != NULL)
    strftime(date, sizeof date, "%Y-%m-%d", &parts);
  bf_text_printf(name, "%s_%s_%s_%s", word(tree, "model", "layers"),
                 word(tree, "task", "classification"), word(tree, "dataset", "jsc"), date);
}

bf_status bf_project_folder(const bf_toml *tree, char **folder)
{
  bf_status status = BF_OK;
  bf_text name = {0};
  const char *parent = word(tree, "project_dir", NULL);
  const char *project = word(tree, "project", NULL);
  if (project != NULL)
    bf_text_append(&name, project);
  else
    print_default_name(tree, &name);
  BF_TRY(bf_text_status(&name));
  *folder = parent != NULL ? bf_path_join(parent, bf_text_view(&name))
                           : bf_copy_text(bf_text_view(&name));
  BF_CHECK_MEMORY(*folder);
done:
  bf_text_release(&name);
  return status;
}
