/* Panels of a chart as SVG: axes with ticks and labels, and where a value lies in them.
 * Room: study (private). */
#ifndef BF_STUDY_CHART_H
#define BF_STUDY_CHART_H

#include <stddef.h>

#include "base/text.h"

/** A range of values that ticks divide evenly. */
typedef struct bf_axis {
  double lo;
  double hi;
  double step;
  const char *label; /**< borrowed */
} bf_axis;

/** The smallest axis from @p lo to @p hi, finite, with ticks at 1, 2 or 5 times a power of ten,
 * about five of them. Equal ends are moved apart. */
bf_axis bf_axis_of(double lo, double hi, const char *label);

/** A frame with two axes; places in pixels. */
typedef struct bf_panel {
  double left;
  double top;
  double width;
  double height;
  const char *title; /**< borrowed */
  bf_axis x;
  bf_axis y;
} bf_panel;

/** Appends the frame, the ticks with their lines and numbers, the labels and the title. */
void bf_panel_print(const bf_panel *panel, bf_text *text);

/** The pixel of a value. */
double bf_panel_x(const bf_panel *panel, double value);
double bf_panel_y(const bf_panel *panel, double value);

/** Colours that colour-blind people tell apart, too (Okabe and Ito 2008), and dashes; repeating. */
const char *bf_series_colour(size_t i);
const char *bf_series_dash(size_t i);

/** Appends marker @p i around a pixel, hollow, so that one can be seen through another. */
void bf_marker_print(size_t i, double x, double y, bf_text *text);

/** Appends a text of any bytes as character data of XML; what XML cannot hold becomes '?'. */
void bf_xml_escape(bf_text *text, const char *string);

#endif
