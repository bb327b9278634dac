// SPDX-License-Identifier: Apache-2.0
// The folders tests/data/<kind>/good and bad: each good file is taken, each bad one refused with the error that the
// file <name>.reason begins with.
#ifndef TESTS_UNIT_FORMATS_SAMPLES_H
#define TESTS_UNIT_FORMATS_SAMPLES_H

#include "base/why.h"
#include "shared_data.h"

#include <glob.h>

// Number of files that were judged otherwise (each is printed); -1 if there are no files at all.
static inline int samples_judge(const char *kind, enum err (*parse)(struct arena *, struct str, void *, struct why *),
                                void *user)
{
    int wrong = 0;
    size_t files = 0;
    for (int bad = 0; bad < 2; bad++) {
        char pattern[256];
        glob_t found = {0};
        snprintf(pattern, sizeof pattern, "tests/data/%s/%s/*", kind, bad ? "bad" : "good");
        if (glob(pattern, 0, NULL, &found) != 0) continue;
        for (size_t i = 0; i < found.gl_pathc; i++) {
            struct arena arena = ARENA((size_t)64 << 20);
            struct why why = {0};
            if (str_ends(str_of(found.gl_pathv[i]), ".reason")) continue;
            enum err err = parse(&arena, test_file(&arena, found.gl_pathv[i]), user, &why);
            char path[512];
            snprintf(path, sizeof path, "%s.reason", found.gl_pathv[i]);
            struct str reason = bad ? test_file(&arena, path) : STR("ok");
            if (!str_starts(reason, err_name(err))) {
                fprintf(stderr, "%s: %s, %s %s\n", found.gl_pathv[i], err_name(err), why.member, why.text);
                wrong++;
            }
            files++;
            arena_free(&arena);
        }
        globfree(&found);
    }
    return files ? wrong : -1;
}

#endif
