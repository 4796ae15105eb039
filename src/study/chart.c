/* Panels of a chart as SVG.
 * Room: study. */
#include "study/chart.h"

#include <math.h>
#include <stdbool.h>

static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                      "#e69f00", "#56b4e9", "#000000"};
static const char *const dashes[] = {"none", "6 3", "2 2", "8 3 2 3"};
enum {
  N_COLOURS = sizeof colours / sizeof *colours,
  N_DASHES = sizeof dashes / sizeof *dashes,
  TICKS_WANTED = 5
};

const char *bf_series_colour(size_t i)
{
  return colours[i % N_COLOURS];
}

const char *bf_series_dash(size_t i)
{
  return dashes[i / N_COLOURS % N_DASHES];
}

static const double most = 1e300;

/* 1, 2 or 5 times a power of ten, at least @p rough. */
static double nice_step(double rough)
{
  double power = pow(10, floor(log10(rough)));
  double digits = rough / power;
  return power * (digits <= 1 ? 1 : digits <= 2 ? 2 : digits <= 5 ? 5 : 10);
}

bf_axis bf_axis_of(double lo, double hi, const char *label)
{
  /* The difference of the largest numbers is none. */
  lo = fmin(fmax(lo, -most), most);
  hi = fmin(fmax(hi, -most), most);
  /* Less than that, ticks could not be told from each other. */
  double least = 1e-9 * fmax(fabs(lo), fabs(hi));
  if (!(hi - lo > least)) {
    double margin = lo != 0 ? fabs(lo) / 10 : 1;
    lo -= margin;
    hi += margin;
  }
  double step = nice_step((hi - lo) / TICKS_WANTED);
  return (bf_axis){.lo = step * floor(lo / step + 1e-9),
                   .hi = step * ceil(hi / step - 1e-9),
                   .step = step,
                   .label = label};
}

double bf_panel_x(const bf_panel *panel, double value)
{
  return panel->left + panel->width * (value - panel->x.lo) / (panel->x.hi - panel->x.lo);
}

double bf_panel_y(const bf_panel *panel, double value)
{
  return panel->top + panel->height * (panel->y.hi - value) / (panel->y.hi - panel->y.lo);
}

/* Bytes of the UTF-8 character at @p at; 0 if it is none, or none of XML. */
static size_t n_of_character(const unsigned char *at)
{
  if (at[0] < 0x80)
    return at[0] >= 0x20 || at[0] == '\t' || at[0] == '\n';
  size_t n = at[0] >= 0xc2 && at[0] <= 0xdf ? 2 : at[0] >= 0xe0 && at[0] <= 0xef ? 3 : 0;
  n = at[0] >= 0xf0 && at[0] <= 0xf4 ? 4 : n;
  for (size_t i = 1; i < n; i++)
    if ((at[i] & 0xc0) != 0x80)
      return 0;
  bool is_long = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90);
  bool is_beyond = (at[0] == 0xed && at[1] > 0x9f) || (at[0] == 0xf4 && at[1] > 0x8f);
  bool is_none = n == 3 && at[0] == 0xef && at[1] == 0xbf && at[2] >= 0xbe;
  return is_long || is_beyond || is_none ? 0 : n;
}

static const char *entity_of(char c)
{
  switch (c) {
  case '&':
    return "&amp;";
  case '<':
    return "&lt;";
  case '>':
    return "&gt;";
  case '"':
    return "&quot;";
  default:
    return NULL;
  }
}

void bf_xml_escape(bf_text *text, const char *string)
{
  while (*string != '\0') {
    const char *entity = entity_of(*string);
    size_t n = n_of_character((const unsigned char *)string);
    if (entity != NULL)
      bf_text_append(text, entity);
    else
      bf_text_append_bytes(text, n > 0 ? string : "?", n > 0 ? n : 1);
    string += n > 0 ? n : 1;
  }
}

static void print_label(double x, double y, const char *attributes, const char *label,
                        bf_text *text)
{
  bf_text_printf(text, "<text x=\"%.1f\" y=\"%.1f\" %s>", x, y, attributes);
  bf_xml_escape(text, label);
  bf_text_append(text, "</text>\n");
}

static size_t n_ticks(const bf_axis *axis)
{
  return (size_t)llround((axis->hi - axis->lo) / axis->step) + 1;
}

/* Tick @p i, without the rounding that makes 3e-17 of a zero. */
static void tick_text(const bf_axis *axis, size_t i, double *value, char *label, size_t n_label)
{
  *value = axis->lo + (double)i * axis->step;
  double shown = fabs(*value) < 1e-6 * axis->step ? 0 : *value;
  snprintf(label, n_label, "%.6g", shown);
}

static void print_ticks(const bf_panel *p, bf_text *text)
{
  static const char line[] =
      "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#dddddd\"/>\n";
  double value = 0;
  char label[32];
  for (size_t i = 0; i < n_ticks(&p->x); i++) {
    tick_text(&p->x, i, &value, label, sizeof label);
    double x = bf_panel_x(p, value);
    bf_text_printf(text, line, x, p->top, x, p->top + p->height);
    print_label(x, p->top + p->height + 16, "text-anchor=\"middle\"", label, text);
  }
  for (size_t i = 0; i < n_ticks(&p->y); i++) {
    tick_text(&p->y, i, &value, label, sizeof label);
    double y = bf_panel_y(p, value);
    bf_text_printf(text, line, p->left, y, p->left + p->width, y);
    print_label(p->left - 6, y + 4, "text-anchor=\"end\"", label, text);
  }
}

void bf_panel_print(const bf_panel *p, bf_text *text)
{
  char turned[96];
  double middle = p->top + p->height / 2;
  double y_label_x = p->left - 56;
  print_ticks(p, text);
  bf_text_printf(text,
                 "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"none\" "
                 "stroke=\"#444444\"/>\n",
                 p->left, p->top, p->width, p->height);
  print_label(p->left + p->width / 2, p->top - 12, "text-anchor=\"middle\" font-weight=\"bold\"",
              p->title, text);
  print_label(p->left + p->width / 2, p->top + p->height + 36, "text-anchor=\"middle\"", p->x.label,
              text);
  snprintf(turned, sizeof turned, "text-anchor=\"middle\" transform=\"rotate(-90 %.1f %.1f)\"",
           y_label_x, middle);
  print_label(y_label_x, middle, turned, p->y.label, text);
}

void bf_marker_print(size_t i, double x, double y, bf_text *text)
{
  static const char *const shapes[] = {
      "M-5 0A5 5 0 1 0 5 0A5 5 0 1 0 -5 0Z", /* circle */
      "M-4 -4H4V4H-4Z",                      /* square */
      "M0 -6L5.5 4H-5.5Z",                   /* triangle */
      "M0 -6L6 0L0 6L-6 0Z",                 /* diamond */
      "M-5 -5L5 5M-5 5L5 -5",                /* cross */
      "M0 6L5.5 -4H-5.5Z",                   /* triangle on its head */
      "M-6 0H6M0 -6V6",                      /* plus */
  };
  bf_text_printf(text,
                 "<path transform=\"translate(%.1f %.1f)\" d=\"%s\" fill=\"none\" stroke=\"%s\" "
                 "stroke-width=\"1.5\"/>\n",
                 x, y, shapes[i % (sizeof shapes / sizeof *shapes)], bf_series_colour(i));
}
