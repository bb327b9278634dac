// SPDX-License-Identifier: Apache-2.0
// HTML: text from outside, as it may stand in a page of ours or in an SVG.
#ifndef BASE_HTML_H
#define BASE_HTML_H

#include "base/bytes.h"

// "&lt;" for "<" and so on: text or attribute value in HTML and SVG. What is no UTF-8 becomes U+FFFD, control
// characters but the line's end become spaces.
void html_text(struct buf *out, struct str text);

#endif
