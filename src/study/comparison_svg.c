/* A comparison as a picture: hypervolume over trials, and the fronts.
 * Room: study. */
#include <math.h>

#include "base/memory.h"
#include "study/chart.h"
#include "study/comparison.h"

enum {
  PANEL_WIDTH = 400,
  PANEL_HEIGHT = 300,
  MARGIN_LEFT = 80,
  MARGIN_TOP = 40,
  MARGIN_BOTTOM = 60,
  MARGIN_RIGHT = 20,
  LEGEND_LINE = 20
};

static size_t n_panels(const bf_comparison *comparison)
{
  return comparison->n_objectives > 1 ? 2 : 1;
}

static bf_panel panel_at(size_t i, const char *title, bf_axis x, bf_axis y)
{
  double pitch = MARGIN_LEFT + PANEL_WIDTH + MARGIN_RIGHT;
  return (bf_panel){.left = MARGIN_LEFT + pitch * (double)i,
                    .top = MARGIN_TOP,
                    .width = PANEL_WIDTH,
                    .height = PANEL_HEIGHT,
                    .title = title,
                    .x = x,
                    .y = y};
}

static bf_panel volume_panel(const bf_comparison *comparison)
{
  double least = 1;
  double most = 1;
  for (size_t s = 0; s < comparison->n_studies; s++) {
    const bf_compared *study = &comparison->studies[s];
    most = fmax(most, (double)study->record->n_trials);
    if (study->n_steps > 0)
      least = fmin(least, study->steps[0].share);
  }
  /* All at once is no curve, but wants an axis. */
  least = least < 1 ? least : 0;
  return panel_at(0, "Hypervolume over trials", bf_axis_of(0, most, "trials"),
                  bf_axis_of(least, 1, "share of joint hypervolume (dashed: 95, 99 %)"));
}

/* A line that rises from the floor and holds its height until the next step. */
static void print_curve(const bf_panel *panel, const bf_compared *study, size_t s, bf_text *text)
{
  if (study->n_steps == 0)
    return;
  bf_text_printf(text, "<path d=\"M%.1f %.1f", bf_panel_x(panel, 0),
                 bf_panel_y(panel, panel->y.lo));
  for (size_t i = 0; i < study->n_steps; i++)
    bf_text_printf(text, "H%.1fV%.1f", bf_panel_x(panel, (double)study->steps[i].n_trials),
                   bf_panel_y(panel, study->steps[i].share));
  bf_text_printf(text,
                 "H%.1f\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\" "
                 "stroke-dasharray=\"%s\"/>\n",
                 bf_panel_x(panel, (double)study->record->n_trials), bf_series_colour(s),
                 bf_series_dash(s));
}

/* Where 95 and 99 % are reached, unless the axis begins above. */
static void print_goals(const bf_panel *panel, bf_text *text)
{
  static const double goals[] = {0.95, 0.99};
  for (size_t i = 0; i < 2; i++) {
    if (goals[i] < panel->y.lo)
      continue;
    double y = bf_panel_y(panel, goals[i]);
    bf_text_printf(text,
                   "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#888888\" "
                   "stroke-dasharray=\"3 3\"/>\n",
                   panel->left, y, panel->left + panel->width, y);
  }
}

static void print_volumes(const bf_comparison *comparison, bf_text *text)
{
  bf_panel panel = volume_panel(comparison);
  bf_panel_print(&panel, text);
  print_goals(&panel, text);
  for (size_t s = 0; s < comparison->n_studies; s++)
    print_curve(&panel, &comparison->studies[s], s, text);
}

/* An objective as the user sees it. */
static double seen(const bf_record *record, size_t c, size_t j)
{
  double value = bf_record_minimised(record, c)[j];
  return bf_record_is_maximised(record, j) ? -value : value;
}

static bf_axis objective_axis(const bf_comparison *comparison, size_t j, const char *label)
{
  double lo = (double)INFINITY;
  double hi = -(double)INFINITY;
  for (size_t s = 0; s < comparison->n_studies; s++) {
    const bf_record *record = comparison->studies[s].record;
    for (size_t c = 0; c < record->n_candidates; c++)
      if (record->candidates[c].on_front) {
        lo = fmin(lo, seen(record, c, j));
        hi = fmax(hi, seen(record, c, j));
      }
  }
  return lo <= hi ? bf_axis_of(lo, hi, label) : bf_axis_of(0, 1, label);
}

static void label_objective(const bf_record *record, size_t j, char *label, size_t n_label)
{
  const char *name = bf_record_objective_name(record, j);
  const char *direction = bf_record_is_maximised(record, j) ? "maximised" : "minimised";
  if (record->is_summed || record->terms[j].scale == 1)
    snprintf(label, n_label, "%s (%s)", name, direction);
  else
    snprintf(label, n_label, "%g %s (%s)", record->terms[j].scale, name, direction);
}

/* A front member with its objectives in sight of qsort. */
typedef struct member {
  double first;  /* minimised */
  double second; /* minimised */
  size_t candidate;
} member;

static int compare(const void *a, const void *b)
{
  const member *x = a;
  const member *y = b;
  if (x->first != y->first)
    return x->first < y->first ? -1 : 1;
  return (x->second > y->second) - (x->second < y->second);
}

static bf_status list_front(const bf_compared *study, member **list, size_t *n)
{
  const bf_record *record = study->record;
  member *members = bf_alloc(study->n_front, sizeof *members);
  if (members == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for a front of %zu trials", study->n_front);
  *n = 0;
  for (size_t c = 0; c < record->n_candidates; c++)
    if (record->candidates[c].on_front)
      members[(*n)++] = (member){.first = bf_record_minimised(record, c)[0],
                                 .second = bf_record_minimised(record, c)[1],
                                 .candidate = c};
  qsort(members, *n, sizeof *members, compare);
  *list = members;
  return BF_OK;
}

/* The border of what the front dominates; of more than two objectives it would show nothing. */
static void print_stairs(const bf_panel *panel, const bf_compared *study, size_t s, size_t n,
                         const member *list, bf_text *text)
{
  if (n < 2 || study->record->n_objectives > 2)
    return;
  bf_text_append(text, "<path d=\"");
  for (size_t i = 0; i < n; i++) {
    bf_text_printf(text, i == 0 ? "M%.1f " : "H%.1fV",
                   bf_panel_x(panel, seen(study->record, list[i].candidate, 0)));
    bf_text_printf(text, "%.1f", bf_panel_y(panel, seen(study->record, list[i].candidate, 1)));
  }
  bf_text_printf(text, "\" fill=\"none\" stroke=\"%s\" stroke-dasharray=\"%s\"/>\n",
                 bf_series_colour(s), bf_series_dash(s));
}

static bf_status print_front(const bf_panel *panel, const bf_compared *study, size_t s,
                             bf_text *text)
{
  member *list = NULL;
  size_t n = 0;
  bf_status status = list_front(study, &list, &n);
  if (status != BF_OK)
    return status;
  print_stairs(panel, study, s, n, list, text);
  for (size_t i = 0; i < n; i++)
    bf_marker_print(s, bf_panel_x(panel, seen(study->record, list[i].candidate, 0)),
                    bf_panel_y(panel, seen(study->record, list[i].candidate, 1)), text);
  free(list);
  return BF_OK;
}

static bf_status print_fronts(const bf_comparison *comparison, bf_text *text)
{
  char labels[2][96];
  for (size_t j = 0; j < 2; j++)
    label_objective(comparison->studies[0].record, j, labels[j], sizeof labels[j]);
  bf_panel panel = panel_at(1, "Fronts", objective_axis(comparison, 0, labels[0]),
                            objective_axis(comparison, 1, labels[1]));
  bf_panel_print(&panel, text);
  bf_status status = BF_OK;
  for (size_t s = 0; status == BF_OK && s < comparison->n_studies; s++)
    status = print_front(&panel, &comparison->studies[s], s, text);
  return status;
}

static void print_legend(const bf_comparison *comparison, bf_text *text)
{
  for (size_t s = 0; s < comparison->n_studies; s++) {
    const bf_compared *study = &comparison->studies[s];
    double y = MARGIN_TOP + PANEL_HEIGHT + MARGIN_BOTTOM + LEGEND_LINE * (double)s;
    bf_text_printf(text,
                   "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"%s\" "
                   "stroke-width=\"2\" stroke-dasharray=\"%s\"/>\n",
                   MARGIN_LEFT, y, MARGIN_LEFT + 40, y, bf_series_colour(s), bf_series_dash(s));
    bf_marker_print(s, MARGIN_LEFT + 20, y, text);
    bf_text_printf(text, "<text x=\"%d\" y=\"%.1f\">", MARGIN_LEFT + 50, y + 4);
    bf_xml_escape(text, study->name);
    bf_text_append(text, " (");
    bf_xml_escape(text, study->record->sampler);
    bf_text_printf(text, ", %zu trials%s)</text>\n", study->record->n_trials,
                   study->record->is_compat ? ", compat = true" : "");
  }
}

bf_status bf_comparison_svg(const bf_comparison *comparison, bf_text *text)
{
  size_t width = n_panels(comparison) * (MARGIN_LEFT + PANEL_WIDTH + MARGIN_RIGHT);
  size_t height = MARGIN_TOP + PANEL_HEIGHT + MARGIN_BOTTOM + LEGEND_LINE * comparison->n_studies;
  bf_text_printf(text,
                 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%zu\" height=\"%zu\" "
                 "viewBox=\"0 0 %zu %zu\" font-family=\"sans-serif\" font-size=\"12\">\n"
                 "<title>Comparison of %zu studies</title>\n"
                 "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
                 width, height, width, height, comparison->n_studies);
  print_volumes(comparison, text);
  bf_status status = BF_OK;
  if (comparison->n_objectives > 1)
    status = print_fronts(comparison, text);
  print_legend(comparison, text);
  bf_text_append(text, "</svg>\n");
  return status == BF_OK ? bf_text_status(text) : status;
}
