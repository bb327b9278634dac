// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include "expr/conform.h"
#include "expr/json_value.h"
#include "node/file.h"

#include <stdio.h>

#define BIND_MAX ((size_t)16 << 20)
#define SUITE_MAX ((size_t)64 << 20)

// ---- expr eval ----

static const struct cli_option eval_options[] = {
    {"bind", 'b', "FILE.json", "an object: each member is a variable of that name"},
    {"unchecked", 'u', NULL, "evaluate without checking the types first"},
    {0},
};

// The type that a variable with this value is declared with.
static const char *type_of(const struct expr_value *value)
{
    switch (value->kind) {
    case EXPR_NULL:
        return "dyn";
    case EXPR_LIST:
        return "list(dyn)";
    case EXPR_MAP:
        return "map(string, dyn)";
    default:
        return expr_kind_name(value->kind);
    }
}

static enum err bind_file(struct cli *cli, struct expr_env *env, struct expr_run *run)
{
    const char *path = cli_value(cli, "bind");
    struct str bytes;
    if (!path) return ERR_NONE;
    enum err err = file_read(&cli->arena, path, BIND_MAX, &bytes, &cli->why);
    if (err != ERR_NONE) return err;
    const struct json *json = json_parse(&cli->arena, bytes, &cli->why);
    if (!json) return cli->why.err;
    if (json->type != JSON_OBJECT)
        return why_set(&cli->why, ERR_MALFORMED, "", "%.80s must be one object: each member is a variable", path);
    struct expr_value *slots = arena_array(&cli->arena, struct expr_value, json->count + 1);
    if (!slots) return why_set(&cli->why, ERR_NO_MEMORY, "", "no memory for the values");
    json_each(member, json)
    {
        struct expr_value value = EXPR_NULL_VALUE;
        uint32_t slot = 0;
        err = expr_value_of_json(&cli->arena, member, &value, &cli->why);
        if (err == ERR_NONE) err = expr_env_variable(env, member->name, str_of(type_of(&value)), &slot, &cli->why);
        if (err != ERR_NONE) return err;
        slots[slot] = value;
    }
    run->slots = slots;
    run->nslots = json->count;
    return ERR_NONE;
}

// The issues with carets on stderr; the first one is also the reason.
static enum err issues_say(struct cli *cli, enum err err, const struct expr_issues *issues, struct str source)
{
    struct buf out = BUF((size_t)1 << 20);
    const struct expr_issue *first = &issues->items[0];
    expr_issues_print(issues, source, "expression", &out);
    fprintf(stderr, "%.*s", STR_ARG(buf_str(&out)));
    buf_free(&out);
    return why_set(&cli->why, err, "", "line %u, column %u: %s", (unsigned)first->line, (unsigned)first->column,
                   first->text);
}

static enum err value_say(struct cli *cli, const struct expr *expr, const struct expr_value *value, uint64_t cost)
{
    struct buf out = BUF((size_t)64 << 20);
    expr_print(value, &out);
    bool failed = out.failed;
    struct json *answer = json_new_object(&cli->arena);
    json_put_text(&cli->arena, answer, "value", arena_str(&cli->arena, buf_str(&out)));
    json_put_text(&cli->arena, answer, "type", expr_type_text(&cli->arena, expr_result_type(expr)));
    json_put_number(&cli->arena, answer, "cost", (double)cost);
    if (!failed) {
        cli_say_json(cli, answer);
        cli_say(cli, "%.*s\n", STR_ARG(buf_str(&out)));
    }
    buf_free(&out);
    return failed ? why_set(&cli->why, ERR_TOO_LARGE, "", "the value is too large to be shown") : ERR_NONE;
}

static enum err evaluate(struct cli *cli, struct expr_env *env)
{
    struct str source = str_of(cli->args[0]);
    struct expr_run run = {.arena = &cli->arena};
    struct expr_issues issues = {0};
    enum err err = bind_file(cli, env, &run);
    if (err != ERR_NONE) return err;
    struct expr *expr =
        expr_compile(&cli->arena, env, source, cli_flag(cli, "unchecked") ? EXPR_UNCHECKED : 0, &issues);
    if (!expr) return issues_say(cli, ERR_MALFORMED, &issues, source);
    struct expr_value value = expr_eval(expr, &run);
    if (value.kind == EXPR_ERROR) {
        expr_issue_add(&issues, source, value.fault->offset, "%.*s", STR_ARG(value.fault->text));
        return issues_say(cli, ERR_SENSELESS, &issues, source);
    }
    return value_say(cli, expr, &value, run.cost);
}

static enum err eval_run(struct cli *cli)
{
    struct expr_env *env = expr_env_new(EXPR_ALL);
    if (!env) return why_set(&cli->why, ERR_NO_MEMORY, "", "no memory for the environment");
    enum err err = evaluate(cli, env);
    expr_env_free(env);
    return err;
}

// ---- expr conform ----

static const struct cli_option conform_options[] = {
    {"skip", 's', "FILE", "more tests to leave out: lines \"file/section/name: reason\""},
    {0},
};

#define FILES_MAX 256
#define REASONS_MAX 256

struct tally {
    struct str text;
    size_t counts[3]; // by enum conform_verdict
};

// What has been seen so far.
struct report {
    struct cli *cli;
    struct tally all, files[FILES_MAX], reasons[REASONS_MAX];
    size_t nfiles, nreasons;
    struct json *failures, *exclusions;
};

// The tally of this text, a new one if need be; NULL when there are too many.
static struct tally *tally_of(struct report *report, struct tally *tallies, size_t *n, size_t max, struct str text)
{
    for (size_t i = 0; i < *n; i++)
        if (str_eq(tallies[i].text, text)) return &tallies[i];
    if (*n == max) return NULL;
    tallies[*n] = (struct tally){.text = arena_str(&report->cli->arena, text)};
    return &tallies[(*n)++];
}

static void test_add(struct report *report, struct json *list, const struct conform_result *r)
{
    struct arena *arena = &report->cli->arena;
    struct json *test = json_new_object(arena);
    json_put_text(arena, test, "file", arena_str(arena, r->file));
    json_put_text(arena, test, "section", arena_str(arena, r->section));
    json_put_text(arena, test, "name", arena_str(arena, r->name));
    json_put_text(arena, test, "reason", arena_str(arena, r->reason));
    json_add(list, test);
}

static void test_say(struct report *report, const char *what, struct json *list, const struct conform_result *r)
{
    cli_say(report->cli, "%s %.*s/%.*s/%s: ", what, STR_ARG(r->file), STR_ARG(r->section),
            cli_clean(report->cli, r->name));
    cli_say(report->cli, "%s\n", cli_clean(report->cli, r->reason));
    test_add(report, list, r);
}

static void note(void *context, const struct conform_result *r)
{
    struct report *report = context;
    struct tally *file = tally_of(report, report->files, &report->nfiles, FILES_MAX, r->file);
    report->all.counts[r->verdict]++;
    if (file) file->counts[r->verdict]++;
    if (r->verdict == CONFORM_FAILED) test_say(report, "failed", report->failures, r);
    if (r->verdict == CONFORM_SKIPPED && !r->marked) test_say(report, "skipped", report->exclusions, r);
    if (!r->marked) return;
    struct tally *reason = tally_of(report, report->reasons, &report->nreasons, REASONS_MAX, r->reason);
    if (reason) reason->counts[CONFORM_SKIPPED]++;
}

static struct json *tally_json(struct arena *arena, struct json *object, const struct tally *tally)
{
    json_put_number(arena, object, "passed", (double)tally->counts[CONFORM_PASSED]);
    json_put_number(arena, object, "failed", (double)tally->counts[CONFORM_FAILED]);
    json_put_number(arena, object, "skipped", (double)tally->counts[CONFORM_SKIPPED]);
    return object;
}

static struct json *report_json(const struct report *report)
{
    struct arena *arena = &report->cli->arena;
    struct json *answer = tally_json(arena, json_new_object(arena), &report->all);
    struct json *files = json_new_array(arena), *reasons = json_new_array(arena);
    for (size_t i = 0; i < report->nfiles; i++) {
        struct json *file = json_new_object(arena);
        json_put_text(arena, file, "file", report->files[i].text);
        json_add(files, tally_json(arena, file, &report->files[i]));
    }
    for (size_t i = 0; i < report->nreasons; i++) {
        struct json *reason = json_new_object(arena);
        json_put_text(arena, reason, "reason", report->reasons[i].text);
        json_put_number(arena, reason, "skipped", (double)report->reasons[i].counts[CONFORM_SKIPPED]);
        json_add(reasons, reason);
    }
    json_put(answer, "files", files);
    json_put(answer, "marked", reasons);
    json_put(answer, "exclusions", report->exclusions);
    json_put(answer, "failures", report->failures);
    return answer;
}

static enum err conform(struct cli *cli)
{
    struct str suite, skip = STR("");
    struct report *report = arena_new(&cli->arena, struct report);
    const char *path = cli_value(cli, "skip");
    if (!report) return why_set(&cli->why, ERR_NO_MEMORY, "", "no memory for the report");
    report->cli = cli;
    report->failures = json_new_array(&cli->arena);
    report->exclusions = json_new_array(&cli->arena);
    enum err err = file_read(&cli->arena, cli->args[0], SUITE_MAX, &suite, &cli->why);
    if (err == ERR_NONE && path) err = file_read(&cli->arena, path, SUITE_MAX, &skip, &cli->why);
    if (err == ERR_NONE) err = conform_run(suite, skip, note, report, &cli->why);
    if (err != ERR_NONE) return err;
    for (size_t i = 0; i < report->nreasons; i++)
        cli_say(cli, "skipped %zu: %s\n", report->reasons[i].counts[CONFORM_SKIPPED],
                cli_clean(cli, report->reasons[i].text));
    cli_say_json(cli, report_json(report));
    cli_say(cli, "%zu passed, %zu failed, %zu skipped\n", report->all.counts[CONFORM_PASSED],
            report->all.counts[CONFORM_FAILED], report->all.counts[CONFORM_SKIPPED]);
    cli->unmet = report->all.counts[CONFORM_FAILED] > 0;
    return ERR_NONE;
}

const struct cli_command expr_commands[] = {
    {
        .name = "expr eval",
        .usage = "EXPR [--bind FILE.json] [--unchecked]",
        .summary = "Evaluate one expression of the language of rules and agreements",
        .details = "The language is the Common Expression Language, with its extensions for strings, math, networks, "
                   "encodings,\n"
                   "optionals and bindings. The value is printed as a literal. Numbers of the bind file are int when "
                   "they are whole\n"
                   "and written without a point, double otherwise. What is wrong is shown with line, column and a "
                   "caret.\n"
                   "An expression that begins with a hyphen stands after \"--\".\n",
        .options = eval_options,
        .least = 1,
        .most = 1,
        .run = eval_run,
    },
    {
        .name = "expr conform",
        .usage = "FILE.jsonl [--skip FILE]",
        .summary = "Run a conformance suite of the expression language",
        .details = "One test a line, in the form of CEL's own suite as JSON. Says which failed and why, what was left "
                   "out and why,\n"
                   "and ends with \"N passed, N failed, N skipped\". The exit code is 1 when a test failed.\n",
        .options = conform_options,
        .least = 1,
        .most = 1,
        .run = conform,
    },
    {0},
};
