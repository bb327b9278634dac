// SPDX-License-Identifier: Apache-2.0
#include "base/html.h"

#include "base/text.h"

void html_text(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.n;) {
        size_t n = utf8_sequence(text.p + i, text.n - i);
        unsigned char c = (unsigned char)text.p[i];
        if (n == 0)
            buf_puts(out, "\xEF\xBF\xBD");
        else if (c == '&')
            buf_puts(out, "&amp;");
        else if (c == '<')
            buf_puts(out, "&lt;");
        else if (c == '>')
            buf_puts(out, "&gt;");
        else if (c == '"')
            buf_puts(out, "&quot;");
        else if (c == '\'')
            buf_puts(out, "&#39;");
        else if ((c < 0x20 && c != '\n') || c == 0x7f)
            buf_putc(out, ' ');
        else
            buf_add(out, text.p + i, n);
        i += n ? n : 1;
    }
}
