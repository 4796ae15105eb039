/* Rules in words: reading them.
 * Room: study. */
#include <ctype.h>
#include <math.h>

#include "base/suggest.h"
#include "study/rule.h"
#include "study/rule_parts.h"

/* A rule in pieces: names and numbers, relations, commas. */
typedef struct lexer {
  const char *rule;
  const char *at;
  char token[64]; /* the current piece; "" at the end */
} lexer;

static const struct {
  const char *text;
  bf_relation relation;
} relations[] = {
    {">=", BF_AT_LEAST},
    {"<=", BF_AT_MOST},
    {">", BF_ABOVE},
    {"<", BF_BELOW},
};
enum { N_RELATIONS = sizeof relations / sizeof *relations };

static const struct {
  const char *name;
  bf_rule_kind kind;
} words[] = {
    {"knee", BF_RULE_KNEE},
    {"hypervolume", BF_RULE_HYPERVOLUME},
    {"front", BF_RULE_FRONT},
};
enum { N_WORDS = sizeof words / sizeof *words };

const char *bf_relation_text(bf_relation relation)
{
  for (size_t i = 0; i < N_RELATIONS; i++)
    if (relations[i].relation == relation)
      return relations[i].text;
  return "?";
}

static bool is_of_word(char c)
{
  return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '+' || c == '-';
}

static bool is_of_relation(char c)
{
  return c == '<' || c == '>' || c == '=';
}

static size_t token_length(const char *at)
{
  size_t n = 0;
  if (is_of_word(*at))
    while (is_of_word(at[n]))
      n++;
  else if (is_of_relation(*at))
    while (is_of_relation(at[n]))
      n++;
  else
    n = *at != '\0';
  return n;
}

/* A piece that is too long is cut, and a mark at its end keeps it from being a number or a name. */
static void advance(lexer *l)
{
  l->at += strspn(l->at, " \t\r\n");
  size_t n = token_length(l->at);
  size_t most = sizeof l->token - 4;
  snprintf(l->token, sizeof l->token, "%.*s%s", (int)(n < most ? n : most), l->at,
           n > most ? "..." : "");
  l->at += n;
}

static bf_status fail_expected(const lexer *l, const char *expected)
{
  if (l->token[0] == '\0')
    return bf_fail(BF_ERR_USAGE, "rule '%.200s': expected %s at its end", l->rule, expected);
  return bf_fail(BF_ERR_USAGE, "rule '%.200s': expected %s, found '%s'", l->rule, expected,
                 l->token);
}

static bf_status read_metric(lexer *l, bf_metric *metric)
{
  if (!is_of_word(l->token[0]))
    return fail_expected(l, "a metric");
  if (bf_metric_find(l->token, metric) != BF_OK)
    return bf_because(BF_ERR_USAGE, "rule '%.200s'", l->rule);
  advance(l);
  return BF_OK;
}

static bf_status read_number(lexer *l, double *number)
{
  char *end = NULL;
  *number = strtod(l->token, &end);
  if (end == l->token || *end != '\0' || !isfinite(*number))
    return fail_expected(l, "a number");
  advance(l);
  return BF_OK;
}

static bf_status read_condition(lexer *l, bf_rule_condition *out)
{
  bf_status status = read_metric(l, &out->metric);
  if (status != BF_OK)
    return status;
  size_t i = 0;
  while (i < N_RELATIONS && strcmp(relations[i].text, l->token) != 0)
    i++;
  if (i == N_RELATIONS)
    return fail_expected(l, "'>=', '<=', '>' or '<'");
  out->relation = relations[i].relation;
  advance(l);
  return read_number(l, &out->bound);
}

static bf_status read_conditions(lexer *l, bf_rule *rule)
{
  bf_status status = BF_OK;
  if (strcmp(l->token, "where") != 0)
    return fail_expected(l, "'where'");
  do {
    if (rule->n_conditions == BF_MAX_CONDITIONS)
      return bf_fail(BF_ERR_USAGE, "rule '%.200s': more than %d conditions", l->rule,
                     (int)BF_MAX_CONDITIONS);
    advance(l);
    status = read_condition(l, &rule->conditions[rule->n_conditions]);
    rule->n_conditions++;
  } while (status == BF_OK && strcmp(l->token, "and") == 0);
  if (status == BF_OK && l->token[0] != '\0')
    return fail_expected(l, "'and' or the end");
  return status;
}

static bf_status read_best(lexer *l, bool maximize, bf_rule *rule)
{
  rule->kind = BF_RULE_BEST;
  rule->maximize = maximize;
  advance(l);
  bf_status status = read_metric(l, &rule->metric);
  return status == BF_OK && l->token[0] != '\0' ? read_conditions(l, rule) : status;
}

static bf_status read_weight(lexer *l, bf_rule *rule)
{
  bf_metric metric = BF_METRIC_loss;
  double weight = 0;
  bf_status status = read_metric(l, &metric);
  if (status != BF_OK)
    return status;
  if (strcmp(l->token, "=") != 0)
    return fail_expected(l, "'='");
  advance(l);
  status = read_number(l, &weight);
  if (status != BF_OK)
    return status;
  if (weight < 0)
    return bf_fail(BF_ERR_USAGE, "rule '%.200s': the weight of '%s' is %g, expected at least 0",
                   l->rule, bf_metric_name(metric), weight);
  if (!isnan(rule->weights[metric]))
    return bf_fail(BF_ERR_USAGE, "rule '%.200s': '%s' has two weights", l->rule,
                   bf_metric_name(metric));
  rule->weights[metric] = weight;
  return BF_OK;
}

static bf_status read_weights(lexer *l, bf_rule *rule)
{
  double sum = 0;
  rule->kind = BF_RULE_WEIGHTS;
  for (;;) {
    bf_status status = read_weight(l, rule);
    if (status != BF_OK)
      return status;
    if (l->token[0] == '\0')
      break;
    if (strcmp(l->token, ",") != 0)
      return fail_expected(l, "a comma");
    advance(l);
  }
  for (int m = 0; m < BF_N_METRICS; m++)
    sum += isnan(rule->weights[m]) ? 0 : rule->weights[m];
  if (!(sum > 0) || isinf(sum))
    return bf_fail(BF_ERR_USAGE, "rule '%.200s': the weights add up to %g", l->rule, sum);
  return BF_OK;
}

static bf_status fail_unknown(const lexer *l)
{
  static const char *const names[] = {"knee", "hypervolume", "front", "min", "max"};
  const char *near = bf_suggest(l->token, names, sizeof names / sizeof *names);
  return bf_fail(BF_ERR_USAGE,
                 "rule '%.200s': expected knee, hypervolume, front, weights such as "
                 "'accuracy=0.7, bitops=0.3', or 'min METRIC where METRIC >= NUMBER'%s%s%s",
                 l->rule, near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
                 near != NULL ? "'?" : "");
}

static bf_status read_word(lexer *l, bf_rule *rule)
{
  for (size_t i = 0; i < N_WORDS; i++)
    if (strcmp(words[i].name, l->token) == 0) {
      rule->kind = words[i].kind;
      advance(l);
      return l->token[0] == '\0' ? BF_OK : fail_expected(l, "nothing more");
    }
  return fail_unknown(l);
}

bf_status bf_rule_parse(const char *text, bf_rule *out)
{
  bf_rule rule = {.kind = BF_RULE_FRONT};
  lexer l = {.rule = text, .at = text};
  for (int m = 0; m < BF_N_METRICS; m++)
    rule.weights[m] = (double)NAN;
  advance(&l);
  bf_status status;
  if (l.at[strspn(l.at, " \t")] == '=')
    status = read_weights(&l, &rule);
  else if (strcmp(l.token, "min") == 0 || strcmp(l.token, "max") == 0)
    status = read_best(&l, l.token[1] == 'a', &rule);
  else
    status = read_word(&l, &rule);
  if (status == BF_OK)
    *out = rule;
  return status;
}
