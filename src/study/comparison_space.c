/* Whether two studies can be compared.
 * Room: study. */
#include "study/comparison_parts.h"

static bf_status check_parameter(const bf_record *a, const bf_record *b, size_t d)
{
  const bf_record_parameter *p = &a->parameters[d];
  const bf_record_parameter *q = &b->parameters[d];
  if (strcmp(p->name, q->name) != 0)
    return bf_fail(BF_ERR_USAGE, "parameter %zu is '%s' in the first and '%s' in the second", d + 1,
                   p->name, q->name);
  if (p->n_values != q->n_values)
    return bf_fail(BF_ERR_USAGE, "parameter '%s' has %zu values in the first and %zu in the second",
                   p->name, p->n_values, q->n_values);
  for (size_t i = 0; i < p->n_values; i++)
    if (strcmp(p->texts[i], q->texts[i]) != 0)
      return bf_fail(BF_ERR_USAGE,
                     "value %zu of parameter '%s' is %s in the first and %s in the second", i + 1,
                     p->name, p->texts[i], q->texts[i]);
  return BF_OK;
}

/* Kinds are left out: whether a sampler knows that widths have an order is worth a comparison. */
static bf_status check_parameters(const bf_record *a, const bf_record *b)
{
  size_t n = a->n_parameters < b->n_parameters ? a->n_parameters : b->n_parameters;
  for (size_t d = 0; d < n; d++) {
    bf_status status = check_parameter(a, b, d);
    if (status != BF_OK)
      return status;
  }
  if (a->n_parameters > n)
    return bf_fail(BF_ERR_USAGE, "parameter '%s' is only in the first", a->parameters[n].name);
  if (b->n_parameters > n)
    return bf_fail(BF_ERR_USAGE, "parameter '%s' is only in the second", b->parameters[n].name);
  return BF_OK;
}

static const char *direction(bool maximize)
{
  return maximize ? "maximised" : "minimised";
}

static bf_status check_term(const bf_record *a, const bf_record *b, size_t i)
{
  const bf_objective *p = &a->terms[i];
  const bf_objective *q = &b->terms[i];
  const char *name = bf_metric_name(p->metric);
  if (p->metric != q->metric)
    return bf_fail(BF_ERR_USAGE, "objective %zu is '%s' in the first and '%s' in the second", i + 1,
                   name, bf_metric_name(q->metric));
  if (!a->is_summed && p->maximize != q->maximize)
    return bf_fail(BF_ERR_USAGE, "objective '%s' is %s in the first and %s in the second", name,
                   direction(p->maximize), direction(q->maximize));
  if (p->scale != q->scale)
    return bf_fail(BF_ERR_USAGE, "the scale of '%s' is %g in the first and %g in the second", name,
                   p->scale, q->scale);
  return BF_OK;
}

static bf_status check_objectives(const bf_record *a, const bf_record *b)
{
  if (a->is_summed != b->is_summed)
    return bf_fail(BF_ERR_USAGE, "the %s optimises a sum of metrics and the other each of them",
                   a->is_summed ? "first" : "second");
  if (a->is_summed && a->sum_maximize != b->sum_maximize)
    return bf_fail(BF_ERR_USAGE, "the sum is %s in the first and %s in the second",
                   direction(a->sum_maximize), direction(b->sum_maximize));
  if (a->n_terms != b->n_terms)
    return bf_fail(BF_ERR_USAGE, "the first has %zu objectives and the second %zu", a->n_terms,
                   b->n_terms);
  for (size_t i = 0; i < a->n_terms; i++) {
    bf_status status = check_term(a, b, i);
    if (status != BF_OK)
      return status;
  }
  return BF_OK;
}

static bool same_constraint(const bf_constraint *p, const bf_constraint *q)
{
  return p->metric == q->metric && p->is_upper == q->is_upper && p->bound == q->bound;
}

/* Both are in the order of metrics. */
static bf_status check_constraints(const bf_record *a, const bf_record *b)
{
  bool same = a->n_constraints == b->n_constraints;
  for (size_t i = 0; same && i < a->n_constraints; i++)
    same = same_constraint(&a->constraints[i], &b->constraints[i]);
  return same ? BF_OK : bf_fail(BF_ERR_USAGE, "they have different constraints");
}

bf_status bf_comparison_check(const bf_record *a, const bf_record *b)
{
  bf_status status = BF_OK;
  BF_TRY(check_parameters(a, b));
  BF_TRY(check_objectives(a, b));
  BF_TRY(check_constraints(a, b));
done:
  if (status == BF_OK)
    return BF_OK;
  return bf_because(status, "studies '%s' and '%s' are not of one space", a->folder, b->folder);
}
