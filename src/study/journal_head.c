/* Lines about a whole study: what it is, its sessions, the scores of its nets.
 * Room: study. */
#include <unistd.h>

#include "study/journal_form.h"
#include "study/journal_parts.h"
#include "study/journal_text.h"
#include "study/plan_parts.h"

static void print_document(bf_json *json, bf_text *text)
{
  if (bf_json_print_exact(json, text) != BF_OK)
    text->short_of_memory = 1;
  bf_json_free(json);
}

void bf_journal_print_job(const bf_plan *plan, bf_text *text)
{
  bf_text job = {0};
  bf_toml_print(plan->job->tree, &job);
  if (bf_text_status(&job) != BF_OK)
    text->short_of_memory = 1;
  bf_text_append(text, BF_STUDY_ATTRIBUTE "\"bitfront\":");
  print_document(bf_head_json(plan), text);
  bf_text_append(text, "}}\n" BF_STUDY_ATTRIBUTE "\"job\":");
  bf_journal_string(bf_text_view(&job), text);
  bf_text_append(text, "}}\n");
  bf_text_release(&job);
}

void bf_journal_print_head(const bf_plan *plan, const char *study_name, bf_text *text)
{
  const bf_goal goal = bf_plan_goal(plan);
  bf_text_append(text, BF_LINE(BF_OP_STUDY) "\"study_name\":");
  bf_journal_string(study_name, text);
  bf_text_append(text, ",\"directions\":[");
  for (size_t i = 0; i < plan->n_objectives; i++)
    bf_text_printf(text, "%s%d", i > 0 ? "," : "", bf_goal_is_maximised(&goal, i) ? 2 : 1);
  bf_text_append(text, "]}\n" BF_LINE(BF_OP_STUDY_SYSTEM) "\"study_id\":0,\"system_attr\":"
                                                          "{\"study:metric_names\":[");
  for (size_t i = 0; i < plan->n_objectives; i++)
    bf_text_printf(text, "%s\"%s\"", i > 0 ? "," : "", bf_goal_name(&goal, i));
  bf_text_append(text, "]}}\n");
  bf_journal_print_job(plan, text);
}

void bf_journal_print_session(size_t k, const bf_run_info *info, double start_s, bf_text *text)
{
  char host[256] = "";
  if (gethostname(host, sizeof host - 1) != 0)
    host[0] = '\0';
  bf_text_printf(text, BF_STUDY_ATTRIBUTE "\"session:%zu\":{\"version\":\"" BITFRONT_VERSION "\"",
                 k);
  bf_text_append(text, ",\"isa\":");
  bf_journal_string(info->isa, text);
  bf_text_append(text, ",\"backend\":");
  bf_journal_string(info->backend, text);
  bf_text_printf(text, ",\"ranks\":%d,\"host\":", info->n_ranks);
  bf_journal_string(host, text);
  bf_text_printf(text, ",\"pid\":%ld,\"start_s\":", (long)getpid());
  bf_journal_number(start_s, text);
  bf_text_append(text, "}}}\n");
}

void bf_journal_print_end(size_t k, const char *end, int exit_code, double wall_s, bf_text *text)
{
  bf_text_printf(text, BF_STUDY_ATTRIBUTE "\"end:%zu\":{\"reason\":", k);
  bf_journal_string(end, text);
  bf_text_printf(text, ",\"exit\":%d,\"wall_s\":", exit_code);
  bf_journal_number(wall_s, text);
  bf_text_append(text, "}}}\n");
}
