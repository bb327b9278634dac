// SPDX-License-Identifier: Apache-2.0
// Plots: inline SVG for the simulator's report. Each has a title and a description for those who do not see it, takes
// its colours from the page's style (classes, custom properties), and needs no script. Texts are escaped (base/html.h);
// coordinates are rounded to a tenth, so that the same figures give the same bytes.
#ifndef SIM_PLOT_H
#define SIM_PLOT_H

#include "base/bytes.h"
#include "decide/wording.h"

#define PLOT_WIDTH 720

// What every plot has. `id` is one of ours, unique in the page.
struct plot {
    const char *id;
    struct str title, desc;
    enum language language;
};

// A number as it is written in that language: 1,234.5 in English and Spanish of Mexico, 1 234,5 in French (narrow
// no-break spaces). "–" for a NaN or infinity. A sign before positive ones too with `sign`.
void html_number(struct buf *out, double value, int decimals, bool sign, enum language language);

// Rows by columns of squares, the darker the more. NaN: nothing known, hatched.
struct plot_heat {
    struct plot plot;
    const struct str *rows, *columns;
    size_t nrows, ncolumns;
    const double *values; // row after row
    double top;           // gets the darkest; > 0
    int decimals;
    struct str unit;
};
void plot_heat(struct buf *out, const struct plot_heat *p);

#define PLOT_SERIES_MAX 6
struct plot_series {
    struct str name;
    const double *values; // NaN: a gap
};
// Lines over categories, from zero.
struct plot_lines {
    struct plot plot;
    const struct str *columns;
    size_t ncolumns, every; // how many columns a label stands for
    const struct plot_series *series;
    size_t nseries;
    struct str unit;
};
void plot_lines(struct buf *out, const struct plot_lines *p);

// Columns from zero; those marked are drawn hollow.
struct plot_columns {
    struct plot plot;
    const struct str *columns;
    const double *values;
    const bool *marked; // may be NULL
    size_t ncolumns;
    struct str unit;
};
void plot_columns(struct buf *out, const struct plot_columns *p);

// Points with intervals in both directions; those of one series that is a curve are joined.
struct plot_point {
    size_t series;
    double x, x_low, x_high, y, y_low, y_high;
    struct str label; // {NULL,0}: none
};
struct plot_points {
    struct plot plot;
    const struct str *series;
    const bool *curves;
    size_t nseries;
    const struct plot_point *points;
    size_t npoints;
    struct str x_unit, y_unit;
};
void plot_points(struct buf *out, const struct plot_points *p);

// Horizontal bars from zero, with intervals: what each change does.
struct plot_effect {
    struct str name;
    double value, low, high;
};
struct plot_effects {
    struct plot plot;
    const struct plot_effect *effects;
    size_t neffects;
    int decimals;
    int better; // 1: more is better; -1: less is better
    struct str unit;
};
void plot_effects(struct buf *out, const struct plot_effects *p);

#endif
