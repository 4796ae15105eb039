/* Rules in words: what they choose.
 * Room: study. */
#include "study/rule.h"

#include <inttypes.h>
#include <math.h>

#include "base/memory.h"
#include "search/selection.h"
#include "study/rule_parts.h"

/* The candidates that a rule looks at, and what it says about them. */
typedef struct choice {
  const bf_rule *rule;
  const bf_record *record;
  size_t n;
  size_t *members; /* (n) candidates */
  double *points;  /* (n, n_objectives) */
  double *scores;  /* (n) */
  bf_selection selection;
  bf_text why;
  bf_text runner_up_why;
} choice;

static void release(choice *c)
{
  free(c->members);
  free(c->points);
  free(c->scores);
  bf_text_release(&c->why);
  bf_text_release(&c->runner_up_why);
}

void bf_pick_release(bf_pick *pick)
{
  free(pick->chosen);
  free(pick->why);
  free(pick->runner_up_why);
  *pick = (bf_pick){.n = 0};
}

static double mean_of(const choice *c, size_t candidate, bf_metric metric)
{
  return c->record->candidates[candidate].mean->value[metric];
}

/* As people see it in trials.csv, and write it in their conditions: with nine digits. */
static double as_shown(double value)
{
  char text[32];
  snprintf(text, sizeof text, "%.9g", value);
  return strtod(text, NULL);
}

static bool meets(double exact, const bf_rule_condition *condition)
{
  /* Counts are shown with all their digits. */
  double value = exact == floor(exact) ? exact : as_shown(exact);
  /* NaN meets nothing. */
  const bool met[] = {
      [BF_AT_LEAST] = value >= condition->bound,
      [BF_AT_MOST] = value <= condition->bound,
      [BF_ABOVE] = value > condition->bound,
      [BF_BELOW] = value < condition->bound,
  };
  return met[condition->relation];
}

/* With one objective the front is its best value alone, and a runner-up is behind it. */
static bool is_plain(const choice *c)
{
  return c->record->n_objectives == 1 && c->rule->kind != BF_RULE_BEST &&
         c->rule->kind != BF_RULE_FRONT;
}

static bool is_member(const choice *c, size_t candidate)
{
  const bf_rule *rule = c->rule;
  if (!bf_record_is_feasible(c->record, candidate))
    return false;
  if (rule->kind != BF_RULE_BEST)
    return is_plain(c) || c->record->candidates[candidate].on_front;
  bool is_met = !isnan(mean_of(c, candidate, rule->metric));
  for (size_t i = 0; i < rule->n_conditions; i++)
    is_met =
        is_met && meets(mean_of(c, candidate, rule->conditions[i].metric), &rule->conditions[i]);
  return is_met;
}

static bf_status gather(choice *c)
{
  bf_status status = BF_OK;
  size_t n_all = c->record->n_candidates;
  size_t m = c->record->n_objectives;
  c->members = bf_alloc(n_all, sizeof *c->members);
  c->points = bf_alloc(n_all * m, sizeof *c->points);
  c->scores = bf_alloc(n_all, sizeof *c->scores);
  BF_CHECK_MEMORY(c->members);
  BF_CHECK_MEMORY(c->points);
  BF_CHECK_MEMORY(c->scores);
  for (size_t i = 0; i < n_all; i++)
    if (is_member(c, i)) {
      memcpy(c->points + c->n * m, bf_record_minimised(c->record, i), m * sizeof *c->points);
      c->members[c->n++] = i;
    }
done:
  return status;
}

static uint64_t number_of(const choice *c, size_t member)
{
  return c->record->candidates[c->members[member]].number;
}

static void print_conditions(const bf_rule *rule, bf_text *text)
{
  for (size_t i = 0; i < rule->n_conditions; i++)
    bf_text_printf(text, "%s%s %s %g", i > 0 ? " and " : "",
                   bf_metric_name(rule->conditions[i].metric),
                   bf_relation_text(rule->conditions[i].relation), rule->conditions[i].bound);
}

/* How near the trials come to a condition: "accuracy goes up to 0.74". */
static void print_reach(const choice *c, const bf_rule_condition *condition, bf_text *text)
{
  double nearest = (double)NAN;
  bool upwards = condition->relation == BF_AT_LEAST || condition->relation == BF_ABOVE;
  for (size_t i = 0; i < c->record->n_candidates; i++)
    if (bf_record_is_feasible(c->record, i)) {
      double value = mean_of(c, i, condition->metric);
      nearest = upwards ? fmax(nearest, value) : fmin(nearest, value);
    }
  bf_text_append(text, bf_metric_name(condition->metric));
  if (isnan(nearest)) {
    bf_text_append(text, " was not measured");
    return;
  }
  bf_text_append(text, upwards ? " goes up to " : " goes down to ");
  bf_text_number(text, nearest);
}

static bf_status fail_conditions(const choice *c)
{
  bf_text text = {0};
  print_conditions(c->rule, &text);
  bf_text_append(&text, "; ");
  for (size_t i = 0; i < c->rule->n_conditions; i++) {
    bf_text_append(&text, i > 0 ? ", " : "");
    print_reach(c, &c->rule->conditions[i], &text);
  }
  bf_status status = bf_text_status(&text);
  if (status == BF_OK)
    status = bf_fail(BF_ERR_USAGE, "no trial of '%s' has %s", c->record->folder, text.data);
  bf_text_release(&text);
  return status;
}

static bf_status fail_empty(const choice *c)
{
  bool any_complete = false;
  bool any_feasible = false;
  for (size_t i = 0; i < c->record->n_candidates; i++) {
    any_complete = any_complete || c->record->candidates[i].n_complete > 0;
    any_feasible = any_feasible || bf_record_is_feasible(c->record, i);
  }
  if (!any_complete)
    return bf_fail(BF_ERR_USAGE, "nothing to choose: no trial of '%s' is complete",
                   c->record->folder);
  if (!any_feasible)
    return bf_fail(BF_ERR_USAGE, "nothing to choose: no trial of '%s' meets its constraints",
                   c->record->folder);
  /* One that is feasible puts one on the front. */
  BF_ASSERT(c->rule->kind == BF_RULE_BEST);
  if (c->rule->n_conditions > 0)
    return fail_conditions(c);
  return bf_fail(BF_ERR_USAGE, "nothing to choose: no trial of '%s' has metric '%s'",
                 c->record->folder, bf_metric_name(c->rule->metric));
}

/* "trials 4 and 17", "trials 4, 9 and 17"; one that is an extreme of several objectives once. */
static void print_extremes(const choice *c, const size_t *extremes, bf_text *text)
{
  size_t distinct[BF_N_METRICS];
  size_t n = 0;
  for (size_t j = 0; j < c->record->n_objectives; j++) {
    bool known = false;
    for (size_t k = 0; k < n; k++)
      known = known || distinct[k] == extremes[j];
    if (!known)
      distinct[n++] = extremes[j];
  }
  bf_text_append(text, n > 1 ? "trials " : "trial ");
  for (size_t k = 0; k < n; k++)
    bf_text_printf(text, "%s%" PRIu64,
                   k == 0      ? ""
                   : k + 1 < n ? ", "
                               : " and ",
                   number_of(c, distinct[k]));
}

static void print_plane(const choice *c, const size_t *extremes, bf_knee_plane plane, bf_text *text)
{
  bf_text_append(text, c->record->n_objectives == 2 ? "the line through " : "the plane through ");
  if (plane == BF_KNEE_EXTREMES)
    print_extremes(c, extremes, text);
  else
    bf_text_append(text, "the worst value of each objective");
}

static bf_status choose_knee(choice *c)
{
  size_t extremes[BF_N_METRICS];
  bf_knee_plane plane;
  bf_status status =
      bf_select_knee(c->record->n_objectives, c->n, c->points, extremes, &plane, &c->selection);
  if (status != BF_OK)
    return status;
  if (c->selection.score > 0) {
    bf_text_printf(&c->why, "largest distance, %.3g, from ", c->selection.score);
    print_plane(c, extremes, plane, &c->why);
  } else {
    bf_text_append(&c->why, "no trial lies below ");
    print_plane(c, extremes, plane, &c->why);
    bf_text_append(&c->why, "; of those on it, this one gives away least");
  }
  bf_text_printf(&c->why, " (front of %zu)", c->n);
  bf_text_printf(&c->runner_up_why, "distance %.3g", c->selection.runner_up_score);
  return BF_OK;
}

static bf_status choose_hypervolume(choice *c)
{
  double volume = 0;
  bf_status status =
      bf_select_hypervolume(c->record->n_objectives, c->n, c->points, &volume, &c->selection);
  if (status != BF_OK)
    return status;
  bf_text_printf(&c->why, "largest hypervolume of its own, %.3g of the front's %.3g (front of %zu)",
                 c->selection.score, volume, c->n);
  bf_text_printf(&c->runner_up_why, "%.3g of its own", c->selection.runner_up_score);
  return BF_OK;
}

static bf_status check_weights(const choice *c)
{
  const bf_record *record = c->record;
  for (int m = 0; m < BF_N_METRICS; m++) {
    bool is_objective = isnan(c->rule->weights[m]);
    for (size_t j = 0; j < record->n_objectives && !record->is_summed; j++)
      is_objective = is_objective || record->terms[j].metric == (bf_metric)m;
    if (!is_objective)
      return bf_fail(BF_ERR_USAGE,
                     "a weight on '%s', which is no objective of '%s'; the first is "
                     "'%s'",
                     bf_metric_name((bf_metric)m), record->folder,
                     bf_record_objective_name(record, 0));
  }
  return BF_OK;
}

static bf_status choose_weighted(choice *c)
{
  bf_status status = BF_OK;
  double weights[BF_N_METRICS] = {0};
  BF_TRY(check_weights(c));
  for (size_t j = 0; j < c->record->n_objectives; j++) {
    double weight = c->rule->weights[c->record->terms[j].metric];
    weights[j] = isnan(weight) ? 0 : weight;
  }
  BF_TRY(bf_select_weighted(c->record->n_objectives, c->n, c->points, weights, &c->selection));
  bf_text_printf(&c->why, "largest weighted score, %.3g of 1, with ", c->selection.score);
  for (size_t j = 0; j < c->record->n_objectives; j++)
    bf_text_printf(&c->why, "%s%s %g", j > 0 ? ", " : "", bf_record_objective_name(c->record, j),
                   weights[j]);
  bf_text_printf(&c->why, " (front of %zu)", c->n);
  bf_text_printf(&c->runner_up_why, "weighted score %.3g", c->selection.runner_up_score);
done:
  return status;
}

/* The value behind a score, which is the value or its negative. */
static double value_of(bool maximize, double score)
{
  return maximize ? score : -score;
}

static bf_status choose_best(choice *c)
{
  const bf_rule *rule = c->rule;
  const char *name = bf_metric_name(rule->metric);
  for (size_t i = 0; i < c->n; i++)
    c->scores[i] = value_of(rule->maximize, mean_of(c, c->members[i], rule->metric));
  bf_status status =
      bf_select_score(c->record->n_objectives, c->n, c->points, c->scores, &c->selection);
  if (status != BF_OK)
    return status;
  bf_text_printf(&c->why, "%s %s, ", rule->maximize ? "largest" : "smallest", name);
  bf_text_number(&c->why, value_of(rule->maximize, c->selection.score));
  bf_text_printf(&c->why, ", of the %zu trial%s %s", c->n, c->n == 1 ? "" : "s",
                 rule->n_conditions > 0 ? "with " : "to choose from");
  print_conditions(rule, &c->why);
  bf_text_printf(&c->runner_up_why, "%s ", name);
  bf_text_number(&c->runner_up_why, value_of(rule->maximize, c->selection.runner_up_score));
  return BF_OK;
}

static bf_status choose_plain(choice *c)
{
  const char *name = bf_record_objective_name(c->record, 0);
  bool maximize = bf_record_is_maximised(c->record, 0);
  bf_status status = c->rule->kind == BF_RULE_WEIGHTS ? check_weights(c) : BF_OK;
  for (size_t i = 0; i < c->n; i++)
    c->scores[i] = -c->points[i];
  if (status == BF_OK)
    status = bf_select_score(1, c->n, c->points, c->scores, &c->selection);
  if (status != BF_OK)
    return status;
  bf_text_printf(&c->why, "best %s, ", name);
  bf_text_number(&c->why, value_of(maximize, c->selection.score));
  bf_text_printf(&c->why, ", the only objective, of %zu trial%s", c->n, c->n == 1 ? "" : "s");
  bf_text_printf(&c->runner_up_why, "%s ", name);
  bf_text_number(&c->runner_up_why, value_of(maximize, c->selection.runner_up_score));
  return BF_OK;
}

static bf_status choose_front(choice *c)
{
  bf_text_printf(&c->why, "the whole front, %zu trial%s", c->n, c->n == 1 ? "" : "s");
  c->selection = (bf_selection){.runner_up = c->n};
  return BF_OK;
}

static bf_status (*const choosers[])(choice *c) = {
    [BF_RULE_KNEE] = choose_knee,   [BF_RULE_HYPERVOLUME] = choose_hypervolume,
    [BF_RULE_FRONT] = choose_front, [BF_RULE_WEIGHTS] = choose_weighted,
    [BF_RULE_BEST] = choose_best,
};

static bool all_same(const choice *c)
{
  size_t m = c->record->n_objectives;
  for (size_t i = 1; i < c->n; i++)
    for (size_t j = 0; j < m; j++)
      if (c->points[i * m + j] != c->points[j])
        return false;
  return true;
}

/* A front of one point needs no measure. */
static bf_status choose(choice *c)
{
  if (is_plain(c))
    return choose_plain(c);
  bf_status status = choosers[c->rule->kind](c);
  if (status != BF_OK || c->rule->kind == BF_RULE_BEST || c->rule->kind == BF_RULE_FRONT ||
      !all_same(c))
    return status;
  bf_text_reset(&c->why);
  bf_text_reset(&c->runner_up_why);
  if (c->n == 1)
    bf_text_append(&c->why, "the only trial on the front");
  else
    bf_text_printf(&c->why, "the first of %zu trials with the same objectives", c->n);
  bf_text_append(&c->runner_up_why, "the same objectives");
  return BF_OK;
}

/* Hands over what was chosen. */
static bf_status fill_in(choice *c, bf_pick *out)
{
  bf_status status = BF_OK;
  bf_pick pick = {.n = c->rule->kind == BF_RULE_FRONT ? c->n : 1};
  pick.chosen = bf_alloc(pick.n, sizeof *pick.chosen);
  BF_CHECK_MEMORY(pick.chosen);
  for (size_t i = 0; i < pick.n; i++)
    pick.chosen[i] = c->members[pick.n > 1 ? i : c->selection.chosen];
  BF_TRY(bf_text_status(&c->why));
  BF_TRY(bf_text_status(&c->runner_up_why));
  pick.why = bf_copy_text(bf_text_view(&c->why));
  BF_CHECK_MEMORY(pick.why);
  pick.has_runner_up = c->selection.runner_up < c->n;
  if (pick.has_runner_up) {
    pick.runner_up = c->members[c->selection.runner_up];
    pick.runner_up_why = bf_copy_text(bf_text_view(&c->runner_up_why));
    BF_CHECK_MEMORY(pick.runner_up_why);
  }
  *out = pick;
  pick = (bf_pick){.n = 0};
done:
  bf_pick_release(&pick);
  return status;
}

bf_status bf_rule_apply(const bf_rule *rule, const bf_record *record, bf_pick *out)
{
  bf_status status = BF_OK;
  choice c = {.rule = rule, .record = record};
  BF_TRY(gather(&c));
  if (c.n == 0)
    status = fail_empty(&c);
  if (status == BF_OK)
    status = choose(&c);
  if (status == BF_OK)
    status = fill_in(&c, out);
done:
  release(&c);
  return status;
}
