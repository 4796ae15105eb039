/* Regular expressions that match whole texts.
 * Room: base. */
#include "base/pattern.h"

#include <regex.h>

#include "base/text.h"

/* As POSIX spells it, bound to both ends. */
static void translate(const char *pattern, bf_text *text)
{
  bf_text_append(text, "^(");
  for (const char *c = pattern; *c != '\0'; c++) {
    bool is_escape = c[0] == '\\' && c[1] != '\0';
    if (is_escape && c[1] == 'd')
      bf_text_append(text, "[0-9]");
    else if (is_escape)
      bf_text_printf(text, "%c%c", c[0], c[1]);
    else
      bf_text_printf(text, "%c", c[0]);
    c += is_escape ? 1 : 0;
  }
  bf_text_append(text, ")$");
}

bf_status bf_pattern_match(const char *pattern, const char *text, bool *matches)
{
  bf_status status = BF_OK;
  bf_text whole = {0};
  regex_t compiled;
  translate(pattern, &whole);
  BF_TRY(bf_text_status(&whole));
  int error = regcomp(&compiled, bf_text_view(&whole), REG_EXTENDED | REG_NOSUB);
  if (error != 0) {
    char cause[128];
    regerror(error, &compiled, cause, sizeof cause);
    status = error == REG_ESPACE
                 ? bf_fail(BF_ERR_NOMEM, "out of memory for a regular expression")
                 : bf_fail(BF_ERR_USAGE, "'%s' is no regular expression: %s", pattern, cause);
    goto done;
  }
  *matches = regexec(&compiled, text, 0, NULL, 0) == 0;
  regfree(&compiled);
done:
  bf_text_release(&whole);
  return status;
}
