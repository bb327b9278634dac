// SPDX-License-Identifier: Apache-2.0
// Our own samples of a format: tests/data/<kind>/good are let in, those of tests/data/<kind>/bad are refused, each for
// the reason in the file beside it: "<error>: <sentence>".
#ifndef TESTS_UNIT_FILED_SAMPLES_H
#define TESTS_UNIT_FILED_SAMPLES_H

#include "base/why.h"
#include "shared_data.h"

#include <dirent.h>

// ERR_NONE lets the sample in.
typedef enum err sample_judge(void *context, struct arena *arena, struct str bytes, struct why *why);

// One file: true if it was judged as its folder and its reason say; says what happened otherwise.
static inline bool sample_holds(const char *path, bool good, sample_judge *judge, void *context)
{
    struct arena arena = ARENA((size_t)64 << 20);
    struct why why = {0};
    char said[300] = "", beside[600];
    enum err err = judge(context, &arena, test_file(&arena, path), &why);
    if (err) snprintf(said, sizeof said, "%s: %s", err_name(err), why.text);
    snprintf(beside, sizeof beside, "%s.reason", path);
    struct str expected = good ? STR("") : str_trim(test_file(&arena, beside));
    bool holds = (good || expected.n > 0) && str_is(expected, said);
    if (!holds) printf("%s: \"%s\", not \"%.*s\"\n", path, said, STR_ARG(expected));
    arena_free(&arena);
    return holds;
}

// How many files of tests/data/<kind>/{good,bad} hold; *wrong counts those that do not.
static inline size_t samples_judge(const char *kind, sample_judge *judge, void *context, size_t *wrong)
{
    size_t held = 0;
    *wrong = 0;
    for (int good = 0; good < 2; good++) {
        char folder[200], path[500];
        snprintf(folder, sizeof folder, "tests/data/%s/%s", kind, good ? "good" : "bad");
        DIR *dir = opendir(folder);
        for (struct dirent *entry; dir && (entry = readdir(dir));) {
            if (entry->d_name[0] == '.' || str_ends(str_of(entry->d_name), ".reason")) continue;
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
            if (sample_holds(path, good, judge, context))
                held++;
            else
                ++*wrong;
        }
        if (dir) closedir(dir);
    }
    return held;
}

// tests/data/<kind>/bad/<name>.yaml is refused as <name>.yaml.reason says: the error, the member and words of the text,
// one a line. Says what happened otherwise.
static inline bool sample_refused(struct arena *arena, const char *kind, const char *name, sample_judge *judge)
{
    char path[256];
    struct why why = {0};
    snprintf(path, sizeof path, "tests/data/%s/bad/%s.yaml", kind, name);
    struct str bytes = test_file(arena, path);
    snprintf(path, sizeof path, "tests/data/%s/bad/%s.yaml.reason", kind, name);
    struct str rest, want = test_file(arena, path);
    struct str err = str_cut(want, '\n', &rest), member = str_cut(rest, '\n', &rest),
               words = str_cut(rest, '\n', &rest);
    bool there = bytes.p && want.p;
    if (!there) printf("%s is not there\n", path);
    enum err got = judge(NULL, arena, bytes, &why);
    bool holds = there && got && str_is(err, err_name(got)) && str_is(member, why.member) &&
                 memmem(why.text, strlen(why.text), words.p, words.n);
    if (!holds) printf("%s: %s\n%s\n%s\n", name, err_name(got), why.member, why.text);
    return holds;
}

#endif
