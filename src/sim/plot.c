// SPDX-License-Identifier: Apache-2.0
#include "sim/plot.h"

#include "base/html.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>

#define WIDTH ((double)PLOT_WIDTH)
#define TICKS_MAX 12
#define HEAT_STEPS 7
#define NAME_LETTERS 40

// ---- Text ----

void html_number(struct buf *out, double value, int decimals, bool sign, enum language language)
{
    char text[64];
    if (!isfinite(value) || fabs(value) >= 1e18) {
        buf_puts(out, "–");
        return;
    }
    int n = snprintf(text, sizeof text, "%.*f", decimals, fabs(value));
    INVARIANT(n > 0 && n < (int)sizeof text);
    bool zero = strspn(text, "0.") == (size_t)n;
    if (value < 0 && !zero)
        buf_puts(out, "−");
    else if (sign && !zero)
        buf_putc(out, '+');
    size_t whole = strcspn(text, ".");
    for (size_t i = 0; i < (size_t)n; i++) {
        if (i && i < whole && (whole - i) % 3 == 0) buf_puts(out, language == LANGUAGE_FR ? "\u202f" : ",");
        buf_putc(out, text[i] == '.' && language == LANGUAGE_FR ? ',' : text[i]);
    }
}

static void coordinate(struct buf *out, const char *name, double value)
{
    double tenths = round((isfinite(value) ? value : 0) * 10) / 10;
    buf_printf(out, " %s=\"%.10g\"", name, tenths == 0 ? 0.0 : tenths);
}

// <text class=… x=… y=…>…</text>
static void text_at(struct buf *out, const char *class, double x, double y, struct str text)
{
    buf_printf(out, "<text class=\"%s\"", class);
    coordinate(out, "x", x);
    coordinate(out, "y", y);
    buf_putc(out, '>');
    html_text(out, text);
    buf_puts(out, "</text>");
}

static void number_at(struct buf *out, const char *class, double x, double y, double value, int decimals, bool sign,
                      enum language language)
{
    buf_printf(out, "<text class=\"%s\"", class);
    coordinate(out, "x", x);
    coordinate(out, "y", y);
    buf_putc(out, '>');
    html_number(out, value, decimals, sign, language);
    buf_puts(out, "</text>");
}

static void line_at(struct buf *out, const char *class, double x1, double y1, double x2, double y2)
{
    buf_printf(out, "<line class=\"%s\"", class);
    coordinate(out, "x1", x1);
    coordinate(out, "y1", y1);
    coordinate(out, "x2", x2);
    coordinate(out, "y2", y2);
    buf_puts(out, "/>");
}

static void rect_open(struct buf *out, const char *class, int kind, double x, double y, double w, double h)
{
    buf_printf(out, "<rect class=\"%s%d\"", class, kind);
    coordinate(out, "x", x);
    coordinate(out, "y", y);
    coordinate(out, "width", fmax(w, 0));
    coordinate(out, "height", fmax(h, 0));
}

static void figure_open(struct buf *out, const struct plot *p, double height)
{
    buf_printf(out,
               "<svg class=\"plot\" viewBox=\"0 0 %d %.0f\" role=\"img\" aria-labelledby=\"%s-t %s-d\">"
               "<title id=\"%s-t\">",
               PLOT_WIDTH, height, p->id, p->id, p->id);
    html_text(out, p->title);
    buf_printf(out, "</title><desc id=\"%s-d\">", p->id);
    html_text(out, p->desc);
    buf_puts(out, "</desc>");
}

static void figure_close(struct buf *out)
{
    buf_puts(out, "</svg>\n");
}

// ---- Axes ----

struct axis {
    double low, high, step; // step > 0
    int decimals;
    double from, to; // where low and high are drawn
};

// Bounds and steps that are 1, 2 or 5 of a power of ten.
static struct axis axis_of(double low, double high, double from, double to)
{
    struct axis a = {low, high, 1, 0, from, to};
    if (!(high > low)) a.high = high = low + 1;
    double rough = (high - low) / 5, ten = pow(10, floor(log10(rough))), part = rough / ten;
    a.step = ten * (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10);
    a.low = floor(low / a.step + 1e-9) * a.step;
    a.high = ceil(high / a.step - 1e-9) * a.step;
    a.decimals = a.step >= 1 ? 0 : (int)ceil(-log10(a.step) - 1e-9);
    return a;
}

static double place(const struct axis *a, double value)
{
    double part = (value - a->low) / (a->high - a->low);
    return a->from + (a->to - a->from) * fmin(fmax(part, -0.02), 1.02);
}

static size_t ticks(const struct axis *a)
{
    double n = round((a->high - a->low) / a->step) + 1;
    return n > TICKS_MAX ? TICKS_MAX : (size_t)n;
}

// Grid lines and figures of a vertical axis.
static void grid_y(struct buf *out, const struct axis *a, double left, double right, struct str unit,
                   enum language language)
{
    for (size_t i = 0; i < ticks(a); i++) {
        double value = a->low + (double)i * a->step, y = place(a, value);
        line_at(out, i == 0 && a->low >= 0 ? "axis" : "grid", left, y, right, y);
        number_at(out, "tick end", left - 8, y + 4, value, a->decimals, false, language);
    }
    text_at(out, "unit", left - 8 < 60 ? 4 : left, a->to - 12, unit);
}

static void grid_x(struct buf *out, const struct axis *a, double top, double bottom, enum language language)
{
    for (size_t i = 0; i < ticks(a); i++) {
        double value = a->low + (double)i * a->step, x = place(a, value);
        line_at(out, fabs(value) < a->step / 2 ? "axis" : "grid", x, top, x, bottom);
        number_at(out, "tick middle", x, bottom + 18, value, a->decimals, false, language);
    }
}

static double most(const double *values, size_t n, double least)
{
    for (size_t i = 0; i < n; i++)
        if (isfinite(values[i]) && values[i] > least) least = values[i];
    return least;
}

// ---- Kinds ----

void plot_heat(struct buf *out, const struct plot_heat *p)
{
    double left = 92, top = 24, w = (WIDTH - left - 6) / (double)(p->ncolumns ? p->ncolumns : 1), h = 26;
    double bottom = top + h * (double)p->nrows;
    figure_open(out, &p->plot, bottom + 52);
    for (size_t r = 0; r < p->nrows; r++) {
        text_at(out, "tick end", left - 8, top + h * (double)r + 17, p->rows[r]);
        for (size_t c = 0; c < p->ncolumns; c++) {
            double value = p->values[r * p->ncolumns + c];
            double step = floor(fmin(fmax(value / p->top, 0), 0.9999) * HEAT_STEPS);
            rect_open(out, isfinite(value) ? "heat h" : "heat none h", isfinite(value) ? (int)step : 0,
                      left + w * (double)c + 1, top + h * (double)r + 1, w - 2, h - 2);
            buf_puts(out, " rx=\"3\"><title>");
            html_text(out, p->rows[r]);
            buf_putc(out, ' ');
            html_text(out, p->columns[c]);
            buf_puts(out, ": ");
            html_number(out, value, p->decimals, false, p->plot.language);
            buf_putc(out, ' ');
            html_text(out, p->unit);
            buf_puts(out, "</title></rect>");
        }
    }
    for (size_t c = 0; c < p->ncolumns; c += 3)
        text_at(out, "tick middle", left + w * ((double)c + 0.5), top - 8, p->columns[c]);
    for (int i = 0; i < HEAT_STEPS; i++) {
        rect_open(out, "heat h", i, left + 46 * i, bottom + 12, 44, 12);
        buf_puts(out, " rx=\"2\"/>");
        number_at(out, "tick", left + 46 * i, bottom + 40, p->top * i / HEAT_STEPS, p->decimals, false,
                  p->plot.language);
    }
    buf_puts(out, "<text class=\"tick\"");
    coordinate(out, "x", left + 46 * HEAT_STEPS);
    coordinate(out, "y", bottom + 40);
    buf_puts(out, ">≥ ");
    html_number(out, p->top, p->decimals, false, p->plot.language);
    buf_putc(out, ' ');
    html_text(out, p->unit);
    buf_puts(out, "</text>");
    figure_close(out);
}

// A row of names with their colours, above a plot.
static void legend(struct buf *out, const struct str *names, size_t n, double left)
{
    double x = left;
    for (size_t i = 0; i < n; i++) {
        rect_open(out, "key s", (int)i, x, 8, 12, 12);
        buf_puts(out, " rx=\"3\"/>");
        text_at(out, "name", x + 18, 18, names[i]);
        size_t letters = 0; // of UTF-8
        for (size_t k = 0; k < names[i].n; k++) letters += ((unsigned char)names[i].p[k] & 0xc0) != 0x80;
        x += 38 + 7.2 * (double)letters;
    }
}

static void series_line(struct buf *out, const struct plot_series *s, size_t i, size_t n, const struct axis *x,
                        const struct axis *y)
{
    bool pen = false;
    buf_printf(out, "<path class=\"line l%zu\" d=\"", i);
    for (size_t c = 0; c < n; c++) {
        if (!isfinite(s->values[c])) {
            pen = false;
            continue;
        }
        buf_printf(out, "%c%.1f %.1f", pen ? 'L' : 'M', place(x, (double)c), place(y, s->values[c]));
        pen = true;
    }
    buf_puts(out, "\"/>");
}

void plot_lines(struct buf *out, const struct plot_lines *p)
{
    double left = 56, right = WIDTH - 16, high = 0, bottom = 260;
    struct str names[PLOT_SERIES_MAX];
    INVARIANT(p->nseries <= PLOT_SERIES_MAX && p->every > 0);
    for (size_t s = 0; s < p->nseries; s++) {
        high = most(p->series[s].values, p->ncolumns, high);
        names[s] = p->series[s].name;
    }
    struct axis y = axis_of(0, high, bottom, 52),
                x = {0, p->ncolumns > 1 ? (double)p->ncolumns - 1 : 1, 1, 0, left + 12, right - 12};
    figure_open(out, &p->plot, bottom + 30);
    legend(out, names, p->nseries, left);
    grid_y(out, &y, left, right, p->unit, p->plot.language);
    for (size_t c = 0; c < p->ncolumns; c += p->every)
        text_at(out, "tick middle", place(&x, (double)c), bottom + 18, p->columns[c]);
    for (size_t s = 0; s < p->nseries; s++) series_line(out, &p->series[s], s, p->ncolumns, &x, &y);
    figure_close(out);
}

void plot_columns(struct buf *out, const struct plot_columns *p)
{
    double left = 76, right = WIDTH - 8, bottom = 200;
    double w = (right - left) / (double)(p->ncolumns ? p->ncolumns : 1);
    struct axis y = axis_of(0, most(p->values, p->ncolumns, 0), bottom, 30);
    figure_open(out, &p->plot, bottom + 30);
    grid_y(out, &y, left, right, p->unit, p->plot.language);
    for (size_t c = 0; c < p->ncolumns; c++) {
        double x = left + w * (double)c, top = place(&y, p->values[c]);
        text_at(out, "tick middle", x + w / 2, bottom + 18, p->columns[c]);
        if (!isfinite(p->values[c])) continue;
        rect_open(out, p->marked && p->marked[c] ? "column hollow s" : "column s", 0, x + w * 0.15, top, w * 0.7,
                  bottom - top);
        buf_puts(out, " rx=\"2\"><title>");
        html_text(out, p->columns[c]);
        buf_puts(out, ": ");
        html_number(out, p->values[c], 0, false, p->plot.language);
        buf_puts(out, "</title></rect>");
    }
    figure_close(out);
}

static void curve(struct buf *out, const struct plot_points *p, size_t series, const struct axis *x,
                  const struct axis *y)
{
    bool pen = false;
    buf_printf(out, "<path class=\"line l%zu\" d=\"", series);
    for (size_t i = 0; i < p->npoints; i++) {
        if (p->points[i].series != series) continue;
        buf_printf(out, "%c%.1f %.1f", pen ? 'L' : 'M', place(x, p->points[i].x), place(y, p->points[i].y));
        pen = true;
    }
    buf_puts(out, "\"/>");
}

static void point(struct buf *out, const struct plot_points *p, const struct plot_point *at, const struct axis *x,
                  const struct axis *y)
{
    char class[32];
    double px = place(x, at->x), py = place(y, at->y);
    snprintf(class, sizeof class, "whisker l%zu", at->series);
    if (isfinite(at->y_low) && isfinite(at->y_high))
        line_at(out, class, px, place(y, at->y_low), px, place(y, at->y_high));
    if (isfinite(at->x_low) && isfinite(at->x_high))
        line_at(out, class, place(x, at->x_low), py, place(x, at->x_high), py);
    buf_printf(out, "<circle class=\"point s%zu\" r=\"4.5\"", at->series);
    coordinate(out, "cx", px);
    coordinate(out, "cy", py);
    buf_puts(out, "><title>");
    html_text(out, at->label.n ? at->label : p->series[at->series]);
    buf_puts(out, ": ");
    html_number(out, at->x, 2, false, p->plot.language);
    buf_putc(out, ' ');
    html_text(out, p->x_unit);
    buf_puts(out, ", ");
    html_number(out, at->y, 1, false, p->plot.language);
    buf_putc(out, ' ');
    html_text(out, p->y_unit);
    buf_puts(out, "</title></circle>");
    bool last = px > WIDTH * 0.75;
    if (at->label.n) text_at(out, last ? "name end" : "name", px + (last ? -9 : 9), py - 8, at->label);
}

void plot_points(struct buf *out, const struct plot_points *p)
{
    double left = 56, right = WIDTH - 24, bottom = 320, x_high = 0, y_high = 0;
    for (size_t i = 0; i < p->npoints; i++) {
        x_high = fmax(x_high, p->points[i].x);
        y_high = fmax(y_high, p->points[i].y);
    }
    struct axis x = axis_of(0, x_high, left, right), y = axis_of(0, y_high, bottom, 52);
    INVARIANT(p->nseries <= PLOT_SERIES_MAX);
    figure_open(out, &p->plot, bottom + 44);
    legend(out, p->series, p->nseries, left);
    grid_x(out, &x, 52, bottom, p->plot.language);
    grid_y(out, &y, left, right, p->y_unit, p->plot.language);
    text_at(out, "unit end", right, bottom + 38, p->x_unit);
    for (size_t s = 0; s < p->nseries; s++)
        if (p->curves[s]) curve(out, p, s, &x, &y);
    for (size_t i = 0; i < p->npoints; i++) {
        INVARIANT(p->points[i].series < p->nseries);
        point(out, p, &p->points[i], &x, &y);
    }
    figure_close(out);
}

// 0: worse, 1: better, 2: the interval holds zero.
static int effect_kind(const struct plot_effect *e, int better)
{
    if (!(e->low > 0) && !(e->high < 0)) return 2;
    return (e->value > 0) == (better > 0);
}

// The first letters of a name that is too long for its place; the table beside the plot has all of it.
static void name_at(struct buf *out, double x, double y, struct str name)
{
    size_t at = 0, letters = 0;
    for (; at < name.n && letters < NAME_LETTERS; letters++) {
        size_t n = utf8_sequence(name.p + at, name.n - at);
        at += n ? n : 1;
    }
    buf_puts(out, "<text class=\"name end\"");
    coordinate(out, "x", x);
    coordinate(out, "y", y);
    buf_putc(out, '>');
    html_text(out, (struct str){name.p, at});
    buf_puts(out, at < name.n ? "…</text>" : "</text>");
}

void plot_effects(struct buf *out, const struct plot_effects *p)
{
    double left = 290, right = WIDTH - 104, top = 10, h = 32, bottom = top + h * (double)p->neffects;
    double low = 0, high = 0;
    for (size_t i = 0; i < p->neffects; i++) {
        const struct plot_effect *e = &p->effects[i];
        low = fmin(low, isfinite(e->low) ? e->low : 0);
        high = fmax(high, isfinite(e->high) ? e->high : 0);
    }
    struct axis x = axis_of(low, high, left, right);
    figure_open(out, &p->plot, bottom + 44);
    grid_x(out, &x, top, bottom, p->plot.language);
    text_at(out, "unit end", right, bottom + 38, p->unit);
    for (size_t i = 0; i < p->neffects; i++) {
        const struct plot_effect *e = &p->effects[i];
        double y = top + h * (double)i, zero = place(&x, 0), at = place(&x, e->value);
        name_at(out, left - 12, y + h / 2 + 4, e->name);
        if (!isfinite(e->value)) continue;
        rect_open(out, "effect e", effect_kind(e, p->better), fmin(zero, at), y + 8, fabs(at - zero), h - 16);
        buf_puts(out, "/>");
        line_at(out, "whisker w", place(&x, e->low), y + h / 2, place(&x, e->high), y + h / 2);
        line_at(out, "whisker w", place(&x, e->low), y + h / 2 - 5, place(&x, e->low), y + h / 2 + 5);
        line_at(out, "whisker w", place(&x, e->high), y + h / 2 - 5, place(&x, e->high), y + h / 2 + 5);
        number_at(out, "value", right + 14, y + h / 2 + 4, e->value, p->decimals, true, p->plot.language);
    }
    figure_close(out);
}
