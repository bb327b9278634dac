// SPDX-License-Identifier: Apache-2.0
// Has random expressions evaluated by our library and by another implementation, and compares what they say.
//
//     cel_differ [--count N] [--seed S] [--first I] [--show] DIFFERENCES.md JUDGE [ARGUMENT …]
//
// The judge is a program that speaks as cel-go/main.go says. Differences that fall into a class of DIFFERENCES.md (its
// "## headings") are counted; one that falls into none fails. Ends with "N passed, N explained, N failed".
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "cel_classes.h"
#include "cel_generate.h"
#include "cel_value.h"

#define CASE_BYTES_MAX ((size_t)32 << 20)
#define SHOWN_MAX 25

struct plan {
    uint64_t count, seed, first;
    bool show;
    const char *differences;
    char **judge;
};

static uint64_t case_seed(const struct plan *plan, uint64_t number)
{
    return plan->seed * 1000003 + number;
}

// ---- The question ----

static void ask(FILE *to, const struct buf *source, const struct expr_value *values, struct buf *line)
{
    buf_clear(line);
    buf_puts(line, "{\"expr\":");
    json_quote(buf_str(source), line);
    buf_puts(line, ",\"vars\":{");
    for (size_t i = 0; i < GENERATE_VARIABLES; i++) {
        struct buf text = BUF(BUF_MAX_DEFAULT);
        cel_value_write(&values[i], &text);
        buf_printf(line, "%s\"%s\":", i ? "," : "", generate_variables[i].name);
        json_quote(buf_str(&text), line);
        buf_free(&text);
    }
    buf_puts(line, "}}\n");
    INVARIANT(!line->failed);
    fwrite(line->p, 1, line->n, to);
}

// The child that asks; the parent makes the same cases again, so that neither waits for the other.
static void ask_all(const struct plan *plan, FILE *to)
{
    struct buf source = BUF(1 << 20), line = BUF(BUF_MAX_DEFAULT);
    fputc('{', to);
    for (size_t i = 0; i < GENERATE_VARIABLES; i++)
        fprintf(to, "%s\"%s\":\"%s\"", i ? "," : "", generate_variables[i].name, generate_variables[i].type);
    fputs("}\n", to);
    struct arena arena = ARENA(CASE_BYTES_MAX);
    for (uint64_t i = plan->first; i < plan->first + plan->count && !ferror(to); i++) {
        struct expr_value values[GENERATE_VARIABLES];
        arena_reset(&arena);
        INVARIANT(generate_case(&arena, case_seed(plan, i), &source, values));
        ask(to, &source, values, &line);
    }
    arena_free(&arena);
    buf_free(&source);
    buf_free(&line);
}

// ---- Our answer ----

static struct expr_env *environment(void)
{
    struct expr_env *env = expr_env_new(EXPR_ALL);
    INVARIANT(env);
    for (size_t i = 0; i < GENERATE_VARIABLES; i++) {
        uint32_t slot;
        struct why why = {0};
        enum err err =
            expr_env_variable(env, str_of(generate_variables[i].name), str_of(generate_variables[i].type), &slot, &why);
        if (err) panic(__FILE__, __LINE__, why.text);
        INVARIANT(slot == i);
    }
    return env;
}

static void answer(struct arena *arena, const struct expr_env *env, struct str source, const struct expr_value *values,
                   struct buf *out)
{
    struct expr_issues issues = {0};
    buf_clear(out);
    const struct expr *expr = expr_compile(arena, env, source, 0, &issues);
    if (!expr) {
        buf_printf(out, "refused %s", issues.count ? issues.items[0].text : "");
        return;
    }
    struct expr_run run = {.arena = arena, .slots = values, .nslots = GENERATE_VARIABLES};
    struct expr_value value = expr_eval(expr, &run);
    if (value.kind == EXPR_ERROR) {
        buf_puts(out, "error ");
        buf_str_add(out, value.fault->text);
        return;
    }
    buf_puts(out, "value ");
    cel_value_write(&value, out);
}

// ---- Comparing ----

struct tally {
    uint64_t passed, failed, said[3]; // of the passed: values, errors, refusals
    uint64_t explained[CEL_CLASSES_MAX];
};

static size_t kind_of(struct str said)
{
    return str_starts(said, "value ") ? 0 : str_starts(said, "error ") ? 1 : str_starts(said, "refused ") ? 2 : 3;
}

static void write_bindings(const struct expr_value *values, struct buf *out)
{
    for (size_t i = 0; i < GENERATE_VARIABLES; i++) {
        buf_printf(out, "%s%s=", i ? " " : "", generate_variables[i].name);
        cel_value_write(&values[i], out);
    }
}

static void show(uint64_t number, const char *what, const struct cel_difference *d)
{
    printf("%s: case %" PRIu64 ": %.*s\n  ours:   %.*s\n  theirs: %.*s\n  with %.*s\n", what, number,
           STR_ARG(d->source), STR_ARG(d->ours), STR_ARG(d->theirs), STR_ARG(d->bindings));
}

static void explain(const struct plan *plan, uint64_t number, const struct cel_difference *d, struct tally *tally)
{
    size_t class = cel_class_of(d);
    if (class == CEL_CLASSES_MAX) {
        if (tally->failed++ < SHOWN_MAX) show(number, "FAILED", d);
        return;
    }
    if (plan->show && tally->explained[class] < 3) show(number, cel_class_name(class), d);
    tally->explained[class]++;
}

static void compare(const struct plan *plan, uint64_t number, struct cel_difference *d, const struct expr_value *values,
                    struct tally *tally)
{
    size_t ours = kind_of(d->ours), theirs = kind_of(d->theirs);
    bool same = ours == theirs && ours < 3 && (ours > 0 || str_eq(d->ours, d->theirs));
    if (same) {
        tally->passed++;
        tally->said[ours]++;
        return;
    }
    struct buf bindings = BUF(CASE_BYTES_MAX);
    write_bindings(values, &bindings);
    d->bindings = buf_str(&bindings);
    explain(plan, number, d, tally);
    buf_free(&bindings);
}

static bool compare_all(const struct plan *plan, FILE *from, struct tally *tally)
{
    struct expr_env *env = environment();
    struct arena arena = ARENA(CASE_BYTES_MAX);
    struct buf source = BUF(1 << 20), ours = BUF(CASE_BYTES_MAX);
    char *line = NULL;
    size_t room = 0;
    uint64_t i = plan->first, end = plan->first + plan->count;
    for (; i < end; i++) {
        ssize_t n = getline(&line, &room, from);
        if (n <= 0) break;
        struct expr_value values[GENERATE_VARIABLES];
        arena_reset(&arena);
        INVARIANT(generate_case(&arena, case_seed(plan, i), &source, values));
        answer(&arena, env, buf_str(&source), values, &ours);
        INVARIANT(!ours.failed);
        struct cel_difference d = {
            .source = buf_str(&source), .ours = buf_str(&ours), .theirs = str_trim((struct str){line, (size_t)n})};
        compare(plan, i, &d, values, tally);
    }
    free(line);
    buf_free(&source);
    buf_free(&ours);
    arena_free(&arena);
    expr_env_free(env);
    if (i < end) printf("the judge ended after %" PRIu64 " answers\n", i - plan->first);
    return i == end;
}

// ---- Processes ----

static pid_t judge_start(const struct plan *plan, int in, int out, const int *others)
{
    pid_t pid = fork();
    if (pid) return pid;
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    for (size_t i = 0; i < 4; i++) close(others[i]);
    execvp(plan->judge[0], plan->judge);
    fprintf(stderr, "cel_differ: %s: %s\n", plan->judge[0], strerror(errno));
    _exit(127);
}

static pid_t asker_start(const struct plan *plan, int out, const int *others)
{
    pid_t pid = fork();
    if (pid) return pid;
    for (size_t i = 0; i < 4; i++)
        if (others[i] != out) close(others[i]);
    FILE *to = fdopen(out, "w");
    if (!to) _exit(1);
    ask_all(plan, to);
    _exit(fclose(to) != 0);
}

static bool ended_well(pid_t pid)
{
    int status;
    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool run(const struct plan *plan, struct tally *tally)
{
    int pipes[4]; // questions, answers: each its reading and its writing end
    if (pipe(pipes) || pipe(pipes + 2)) return false;
    pid_t judge = judge_start(plan, pipes[0], pipes[3], pipes);
    pid_t asker = asker_start(plan, pipes[1], pipes);
    close(pipes[0]);
    close(pipes[1]);
    close(pipes[3]);
    FILE *from = fdopen(pipes[2], "r");
    bool complete = from && compare_all(plan, from, tally);
    if (from) fclose(from);
    bool asked = ended_well(asker);
    return ended_well(judge) && asked && complete;
}

static bool read_plan(int argc, char **argv, struct plan *plan)
{
    *plan = (struct plan){.count = 20000, .seed = 1};
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        uint64_t *number = strcmp(argv[i], "--count") == 0   ? &plan->count
                           : strcmp(argv[i], "--seed") == 0  ? &plan->seed
                           : strcmp(argv[i], "--first") == 0 ? &plan->first
                                                             : NULL;
        if (!number && strcmp(argv[i], "--show") == 0) {
            plan->show = true;
            continue;
        }
        if (!number || ++i == argc || !str_decimal(str_of(argv[i]), UINT64_C(1) << 40, number)) return false;
    }
    if (argc - i < 2) return false;
    plan->differences = argv[i];
    plan->judge = argv + i + 1;
    return true;
}

int main(int argc, char **argv)
{
    struct plan plan;
    if (!read_plan(argc, argv, &plan)) {
        fputs("usage: cel_differ [--count N] [--seed S] [--first I] [--show] DIFFERENCES.md JUDGE [ARGUMENT ...]\n",
              stderr);
        return 64;
    }
    struct tally tally = {0};
    bool told = cel_classes_described(plan.differences);
    bool ran = told && run(&plan, &tally);
    uint64_t explained = 0;
    for (size_t i = 0; i < CEL_CLASSES_MAX; i++) {
        explained += tally.explained[i];
        if (tally.explained[i]) printf("%8" PRIu64 " %s\n", tally.explained[i], cel_class_name(i));
    }
    printf("of seed %" PRIu64 ": %" PRIu64 " the same (%" PRIu64 " values, %" PRIu64 " errors, %" PRIu64 " refused)\n",
           plan.seed, tally.passed, tally.said[0], tally.said[1], tally.said[2]);
    printf("%" PRIu64 " passed, %" PRIu64 " explained, %" PRIu64 " failed\n", tally.passed, explained, tally.failed);
    return ran && !tally.failed && tally.passed ? 0 : 1;
}
