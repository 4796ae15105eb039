/* A net's predictions class by class: who is taken for whom, and how well each is told apart.
 * Room: metrics. */
#include "metrics/by_class.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

/** What turns a row's outputs into probabilities: exp(output - largest) / sum. */
typedef struct softmax {
  double largest;
  double sum;
} softmax;

/** One evaluation. */
typedef struct scoring {
  bf_by_class *made;
  bf_tiles rows;
  const float *outputs; /* (tiles, n_outputs, 16) */
  softmax *scales;      /* (rows) */
  double *terms;        /* (n_outputs) of one row */
  bf_scored *scored;    /* (rows) for one class */
} scoring;

static double output_of(const scoring *s, size_t row, size_t c)
{
  return (double)s->outputs[bf_tile_place(s->made->n_outputs, row, c)];
}

static int by_size(const void *a, const void *b)
{
  double left = *(const double *)a;
  double right = *(const double *)b;
  return (left > right) - (left < right);
}

/* The terms are added in the order of their size: rows whose outputs are the same but for the order
 * of the other classes have the same probability, and stay ties. */
static size_t scale_row(scoring *s, size_t row)
{
  size_t n = s->made->n_outputs;
  size_t predicted = 0;
  softmax *scale = &s->scales[row];
  for (size_t c = 1; c < n; c++)
    if (output_of(s, row, c) > output_of(s, row, predicted))
      predicted = c;
  scale->largest = output_of(s, row, predicted);
  for (size_t c = 0; c < n; c++)
    s->terms[c] = exp(output_of(s, row, c) - scale->largest);
  qsort(s->terms, n, sizeof *s->terms, by_size);
  scale->sum = 0;
  for (size_t c = 0; c < n; c++)
    scale->sum += s->terms[c];
  return predicted;
}

static void score_class(scoring *s, size_t label)
{
  bool has_output = label < s->made->n_outputs;
  for (size_t r = 0; r < s->rows.n; r++) {
    double score = has_output ? exp(output_of(s, r, label) - s->scales[r].largest) : 0.0;
    s->scored[r] =
        (bf_scored){.score = score / s->scales[r].sum, .is_signal = s->rows.labels[r] == label};
  }
  s->made->roc[label] = bf_roc_of(s->rows.n, s->scored);
}

static bf_status scoring_init(scoring *s, const bf_model *model, bf_tiles rows)
{
  bf_status status = BF_OK;
  bf_by_class *made = bf_alloc(1, sizeof *made);
  BF_CHECK_MEMORY(made);
  *s = (scoring){.made = made, .rows = rows};
  made->n_classes = model->n_classes;
  made->n_outputs = bf_model_n_outputs(model);
  made->confusion = bf_alloc(made->n_classes * made->n_outputs, sizeof *made->confusion);
  BF_CHECK_MEMORY(made->confusion);
  made->roc = bf_alloc(made->n_classes, sizeof *made->roc);
  BF_CHECK_MEMORY(made->roc);
  s->scales = bf_alloc(rows.n, sizeof *s->scales);
  BF_CHECK_MEMORY(s->scales);
  s->terms = bf_alloc(made->n_outputs, sizeof *s->terms);
  BF_CHECK_MEMORY(s->terms);
  s->scored = bf_alloc(rows.n, sizeof *s->scored);
  BF_CHECK_MEMORY(s->scored);
done:
  return status;
}

bf_status bf_by_class_create(const bf_net *net, const bf_kernels *kernels, bf_tiles rows,
                             bf_by_class **out)
{
  bf_status status = BF_OK;
  bf_forward *forward = NULL;
  scoring s = {0};
  BF_TRY(scoring_init(&s, &net->model, rows));
  BF_TRY(bf_forward_create(net, kernels, rows.n, false, &forward));
  s.outputs = bf_forward_run(forward, rows);
  for (size_t r = 0; r < rows.n; r++)
    s.made->confusion[rows.labels[r] * s.made->n_outputs + scale_row(&s, r)]++;
  for (size_t label = 0; label < s.made->n_classes; label++)
    score_class(&s, label);
  *out = s.made;
  s.made = NULL;
done:
  bf_forward_free(forward);
  bf_by_class_free(s.made);
  free(s.scales);
  free(s.terms);
  free(s.scored);
  return status;
}

void bf_by_class_free(bf_by_class *by_class)
{
  if (by_class == NULL)
    return;
  free(by_class->confusion);
  free(by_class->roc);
  free(by_class);
}

/* n_hit of n, if there are any. */
static double share(size_t n_hit, size_t n)
{
  return n > 0 ? (double)n_hit / (double)n : (double)NAN;
}

/* A class without an output is never predicted. */
static size_t hits(const bf_by_class *by_class, size_t label)
{
  return label < by_class->n_outputs ? by_class->confusion[label * by_class->n_outputs + label] : 0;
}

double bf_by_class_recall(const bf_by_class *by_class, size_t label)
{
  return share(hits(by_class, label), by_class->roc[label].n_signal);
}

double bf_by_class_precision(const bf_by_class *by_class, size_t label)
{
  size_t n_predicted = 0;
  for (size_t c = 0; c < by_class->n_classes && label < by_class->n_outputs; c++)
    n_predicted += by_class->confusion[c * by_class->n_outputs + label];
  return share(hits(by_class, label), n_predicted);
}
