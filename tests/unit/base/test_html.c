// SPDX-License-Identifier: Apache-2.0
#include "base/html.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void escapes_text(void **state)
{
    struct buf b = BUF(256);
    (void)state;
    html_text(&b, STR("<a href='x'>\"&\x01\xff\n\xc3\xb1"));
    assert_true(str_is(buf_str(&b), "&lt;a href=&#39;x&#39;&gt;&quot;&amp; \xEF\xBF\xBD\n\xc3\xb1"));
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(escapes_text)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
