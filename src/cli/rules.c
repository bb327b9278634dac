// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include "base/clock.h"
#include "base/text.h"
#include "decide/rules_check.h"
#include "decide/trial.h"
#include "node/file.h"
#include "node/rules_file.h"
#include "node/rules_report.h"
#include "views/history.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#define HTML_MAX ((size_t)64 << 20)
#define LIST_MAX 1000
#define DAY_US ((int64_t)86400 * 1000000)

static enum err no_memory(struct cli *cli)
{
    return why_set(&cli->why, ERR_NO_MEMORY, "", "no memory for the rules");
}

// "admin:ana": who does it.
static struct str actor(struct cli *cli)
{
    const struct passwd *entry = getpwuid(getuid());
    if (entry) return arena_printf(&cli->arena, "admin:%s", entry->pw_name);
    return arena_printf(&cli->arena, "admin:uid-%u", (unsigned)getuid());
}

static size_t put_states(struct cli *cli, const struct rules *rules, struct json *answer)
{
    size_t counts[RULE_RETIRED + 1] = {0};
    struct json *states = json_new_object(&cli->arena);
    for (size_t i = 0; i < rules->count; i++) counts[rules->items[i].state]++;
    for (size_t i = 0; i <= RULE_RETIRED; i++)
        json_put_number(&cli->arena, states, rule_state_name((enum rule_state)i), (double)counts[i]);
    json_put(answer, "states", states);
    return counts[RULE_LIVE] + counts[RULE_SHADOW];
}

// ---- rules check, rules test ----

static const struct cli_option check_options[] = {
    {"notes", 'n', NULL, "show the notes, too"},
    {0},
};

static void say_finding(struct cli *cli, const struct rules_finding *f)
{
    cli_say(cli, "%-8s %.*s%s%s\n", finding_severity_name(f->severity),
            STR_ARG(f->rule ? f->rule->head.id : STR("all")), ": ", cli_clean(cli, f->text));
    if (!f->example) return;
    struct buf text = BUF(65536);
    json_canonical(f->example, &text);
    cli_say(cli, "         at %s\n", cli_clean(cli, buf_str(&text)));
    buf_free(&text);
}

static enum err check(struct cli *cli)
{
    struct rules_file file;
    struct rules_checked checked;
    enum err err = rules_file_read(&cli->arena, cli->args[0], &file, &cli->why);
    if (err == ERR_NONE) err = rules_check(&cli->arena, file.rules, &checked, &cli->why);
    if (err != ERR_NONE) return err;
    struct json *answer = rules_checked_json(&cli->arena, file.rules, &checked);
    if (!answer) return no_memory(cli);
    json_put_text(&cli->arena, answer, "hash", file.hash);
    put_states(cli, file.rules, answer);
    cli_say_json(cli, answer);
    for (size_t i = 0; i < checked.count; i++)
        if (checked.items[i].severity > FINDING_NOTE || cli_flag(cli, "notes")) say_finding(cli, &checked.items[i]);
    cli_say(cli, "%zu rules, %zu errors, %zu warnings, %zu notes; a decision costs at most %llu steps\n%.*s\n",
            file.rules->count, checked.errors, checked.warnings, checked.notes, (unsigned long long)checked.cost,
            STR_ARG(file.hash));
    if (!checked.errors) cli_say(cli, "next: puente rules test %s\n", cli->args[0]);
    cli->unmet = checked.errors > 0;
    return ERR_NONE;
}

static enum err test(struct cli *cli)
{
    struct rules_file file;
    struct trials trials;
    enum err err = rules_file_read(&cli->arena, cli->args[0], &file, &cli->why);
    if (err == ERR_NONE) err = trials_run(&cli->arena, file.rules, &trials, &cli->why);
    if (err != ERR_NONE) return err;
    cli_say_json(cli, trials_json(&cli->arena, &trials, true));
    for (size_t i = 0; i < trials.count; i++) {
        const struct trial *t = &trials.items[i];
        if (trial_passed(t)) continue;
        cli_say(cli, "failed   %.*s: \"%s\" is %s, not %s", STR_ARG(t->rule->head.id), cli_clean(cli, t->test->name),
                truth_name(t->got), truth_name(t->test->expect));
        cli_say(cli, "%s%s\n", t->fault.p ? ": " : "", t->fault.p ? cli_clean(cli, t->fault) : "");
    }
    for (size_t i = 0; i < trials.nuntested; i++)
        cli_say(cli, "untested %.*s: it runs and has no case of its own\n", STR_ARG(trials.untested[i]->head.id));
    cli_say(cli, "%zu passed, %zu failed, %zu rules without a case\n", trials.passed, trials.failed, trials.nuntested);
    cli->unmet = !trials_suffice(&trials);
    return ERR_NONE;
}

// ---- rules backtest ----

static const struct cli_option backtest_options[] = {
    {"days", 'd', "N", "of the last N days; default: all there is"},
    {"out", 'o', "REPORT.json", "write the report, for puente rules activate"},
    {"html", 0, "FILE", "write it as a page"},
    {0},
};

static double number(const struct json *object, const char *name)
{
    double value = 0;
    (void)json_number(object, name, &value);
    return value;
}

static void say_rule(struct cli *cli, const struct json *rule)
{
    const struct json *outcomes = json_get(rule, "outcomes"), *found = json_get(rule, "found");
    cli_say(cli, "  %-28s %-8s %-8s", cli_clean(cli, json_text(rule, "rule")), cli_clean(cli, json_text(rule, "state")),
            cli_clean(cli, json_text(rule, "change")));
    cli_say(cli, "%8.0f%8.0f%8.0f%8.0f%8.0f", number(rule, "hits"), number(rule, "unknown"), number(rule, "decides"),
            number(rule, "hits") - number(outcomes, "unknown"),
            number(outcomes, "discrepancy") + number(outcomes, "contraband"));
    if (json_get(found, "share"))
        cli_say(cli, "  %5.1f %% (%.1f to %.1f)", number(found, "share") * 100, number(found, "low") * 100,
                number(found, "high") * 100);
    cli_say(cli, "\n");
}

static void say_report(struct cli *cli, const struct json *report)
{
    const struct json *result = json_get(report, "result"), *history = json_get(report, "history"),
                      *change = json_get(result, "change"), *waits = json_get(result, "waits");
    cli_say(cli, "%.0f crossings, statements from %.0f on and before %.0f of the log", number(result, "cases"),
            number(history, "first"), number(history, "next"));
    cli_say(cli, "; %.0f decisions whose facts are erased\n", number(history, "skipped"));
    cli_say(cli, "  %-28s %-8s %-8s%8s%8s%8s%8s%8s  %s\n", "", "state", "change", "true", "unknown", "decides",
            "looked", "found", "of all such trucks");
    json_each(rule, json_get(result, "rules")) say_rule(cli, rule);
    cli_say(cli, "lanes\n");
    json_each(cell, json_get(result, "lanes"))
    {
        struct str from = json_text(cell, "from"), to = json_text(cell, "to");
        cli_say(cli, "  %-8.*s → %-8.*s %8.0f, %.0f with a finding\n", STR_ARG(from), STR_ARG(to),
                number(cell, "crossings"), number(cell, "found"));
    }
    cli_say(cli, "%.0f change lanes; %+.1f scans a day", number(change, "changed"), number(waits, "scans_a_day"));
    if (number(waits, "of") > 0)
        cli_say(cli, "; %+.2f minutes a truck",
                number(waits, "minutes_a_truck_after") - number(waits, "minutes_a_truck_before"));
    const struct json *cost = json_get(result, "cost");
    cli_say(cli, "; a decision costs at most %.0f steps, before %.0f\n", number(cost, "after"), number(cost, "before"));
    struct str little = json_text(report, "little");
    if (little.n) cli_say(cli, "TOO LITTLE HISTORY: %s\n", cli_clean(cli, little));
}

static enum err write_report(struct cli *cli, const struct json *report)
{
    const char *out = cli_value(cli, "out"), *html = cli_value(cli, "html");
    struct buf text = BUF(RULES_REPORT_MAX), page = BUF(HTML_MAX);
    enum err err = ERR_NONE;
    json_pretty(report, &text);
    buf_putc(&text, '\n');
    if (html) backtest_html(report, &page);
    if (text.failed || page.failed) err = no_memory(cli);
    if (err == ERR_NONE && out) err = file_write(out, 0644, buf_str(&text), false, &cli->why);
    if (err == ERR_NONE && html) err = file_write(html, 0644, buf_str(&page), false, &cli->why);
    buf_free(&text);
    buf_free(&page);
    return err;
}

static enum err backtest(struct cli *cli)
{
    struct config *config = NULL;
    struct rules_file file;
    struct json *report = NULL;
    int64_t days;
    enum err err = cli_number(cli, "days", 1, 36500, 0, &days);
    if (err == ERR_NONE) err = config_read(cli->args[0], &config, &cli->why);
    if (err == ERR_NONE) err = rules_file_read(&cli->arena, cli->args[1], &file, &cli->why);
    if (err == ERR_NONE && config->clock.rehearsal)
        clock_rehearse(config->clock.start_us, config->clock.reference_us, config->clock.rate);
    if (err == ERR_NONE)
        err = rules_report_make(&cli->arena, config, &file, days ? clock_now_us() - days * DAY_US : 0, &report,
                                &cli->why);
    if (err == ERR_NONE) err = write_report(cli, report);
    if (err == ERR_NONE) {
        cli_say_json(cli, report);
        say_report(cli, report);
        if (cli_value(cli, "out"))
            cli_say(cli, "next: two people sign: puente rules sign %s --key THEIRS\n", cli->args[1]);
    }
    config_free(config);
    return err;
}

// ---- rules signer, rules sign ----

static const struct cli_option signer_options[] = {
    {"out", 'o', "FILE", "where the secret key goes; it must not be there"},
    {0},
};

static enum err signer(struct cli *cli)
{
    struct note_key key;
    const char *out = cli_value(cli, "out");
    if (!out) return why_set(&cli->why, ERR_USAGE, "out", "say where the key goes: --out FILE");
    enum err err = keys_secret_make(out, str_of(cli->args[0]), &key, &cli->why);
    if (err != ERR_NONE) return err;
    struct buf text = BUF(KEYSET_VKEY_MAX);
    note_key_format(&key, &text);
    struct json *answer = json_new_object(&cli->arena);
    json_put_text(&cli->arena, answer, "name", str_of(cli->args[0]));
    json_put_text(&cli->arena, answer, "file", str_of(out));
    json_put_text(&cli->arena, answer, "key", arena_str(&cli->arena, buf_str(&text)));
    buf_free(&text);
    cli_say_json(cli, answer);
    cli_say(cli,
            "%s is for %s alone, with no copy on the node. For node.yaml:\nrule_signers:\n  - {name: %s, key: "
            "\"%.*s\"}\n",
            out, cli->args[0], cli->args[0], STR_ARG(json_text(answer, "key")));
    return ERR_NONE;
}

static const struct cli_option sign_options[] = {
    {"key", 'k', "KEYFILE", "the secret key, of puente rules signer"},
    {0},
};

static enum err sign(struct cli *cli)
{
    const char *key = cli_value(cli, "key");
    bool fresh = false;
    struct str name = STR_NONE;
    if (!key) return why_set(&cli->why, ERR_USAGE, "key", "say whose signature: --key KEYFILE");
    enum err err = rules_file_sign(&cli->arena, cli->args[0], key, &fresh, &name, &cli->why);
    if (err != ERR_NONE) return err;
    struct json *answer = json_new_object(&cli->arena);
    json_put_text(&cli->arena, answer, "file", str_of(cli->args[0]));
    json_put_text(&cli->arena, answer, "name", name);
    json_put_bool(&cli->arena, answer, "signed", fresh);
    cli_say_json(cli, answer);
    cli_say(cli, "%s.sig %s the signature of %.*s\n", cli->args[0], fresh ? "now has" : "had already", STR_ARG(name));
    return ERR_NONE;
}

// ---- rules propose, rules activate, rules rollback ----

static enum err propose(struct cli *cli)
{
    struct rules_file file;
    struct cli_node node;
    struct json *request = cli_request(cli, "rules-propose"), *answer = NULL;
    enum err err = rules_file_read(&cli->arena, cli->args[1], &file, &cli->why);
    if (err != ERR_NONE) return err;
    const char *slash = strrchr(cli->args[1], '/');
    json_put_text(&cli->arena, request, "name", str_of(slash ? slash + 1 : cli->args[1]));
    err = cli_node_open(cli, cli->args[0], &node);
    if (err != ERR_NONE) return err;
    err = cli_node_ask(cli, &node, request, file.text, &answer);
    cli_node_close(&node);
    if (err != ERR_NONE) return err;
    cli_say_json(cli, answer);
    cli_say_members(cli, answer);
    cli_say(cli, "next: puente rules backtest %s %s --out REPORT.json\n", cli->args[0], cli->args[1]);
    return ERR_NONE;
}

// A node that runs takes it now, or all is as it was.
static enum err take(struct cli *cli, const struct rules_installed *installed)
{
    bool running = false;
    struct why none = {0};
    enum err err = cli_reload(cli, cli->args[0], &running);
    if (err != ERR_NONE && rules_restore(&cli->arena, cli->args[0], installed, &none) != ERR_NONE)
        cli->next = "the old set could not be put back either; copy it from rules/past";
    if (err != ERR_NONE) return err;
    struct json *answer = json_new_object(&cli->arena), *names = json_new_array(&cli->arena);
    for (size_t i = 0; i < installed->nsigners; i++) json_add(names, json_new_text(&cli->arena, installed->signers[i]));
    json_put_text(&cli->arena, answer, "hash", installed->hash);
    json_put_text(&cli->arena, answer, "previous", installed->previous);
    json_put(answer, "signed_by", names);
    json_put_bool(&cli->arena, answer, "running", running);
    cli_say_json(cli, answer);
    cli_say_members(cli, answer);
    for (size_t i = 0; i < installed->nsigners; i++)
        cli_say(cli, "  signed by    %s\n", cli_clean(cli, installed->signers[i]));
    cli_say(cli, "The set is in force%s. To take it back: puente rules rollback %s --reason TEXT\n",
            running ? "" : " from the next start on", cli->args[0]);
    return ERR_NONE;
}

static const struct cli_option activate_options[] = {
    {"report", 'r', "REPORT.json", "the back-test's report"},
    {"max-age", 0, "DAYS", "how old the report's history may be; default 30"},
    {"little-history", 0, NULL, "activate although the report says that its history is little"},
    {0},
};

static enum err activate(struct cli *cli)
{
    struct rules_installed installed;
    struct rules_activation a = {.file = cli->args[1],
                                 .report = cli_value(cli, "report"),
                                 .little_history = cli_flag(cli, "little-history"),
                                 .by = actor(cli)};
    enum err err = cli_number(cli, "max-age", 1, 36500, RULES_MAX_AGE_DAYS, &a.max_age_days);
    if (err == ERR_NONE && !a.report)
        err = why_set(&cli->why, ERR_USAGE, "report",
                      "say what it would have done: --report REPORT.json, of puente rules backtest");
    if (err == ERR_NONE) err = rules_activate(&cli->arena, cli->args[0], &a, &installed, &cli->why);
    return err == ERR_NONE ? take(cli, &installed) : err;
}

static const struct cli_option rollback_options[] = {
    {"to", 0, "HASH", "the set, or the first 8 digits of its hash; default: the one before"},
    {"reason", 0, "TEXT", "why; it is stated in the log"},
    {0},
};

static enum err rollback(struct cli *cli)
{
    struct rules_installed installed;
    const char *to = cli_value(cli, "to"), *reason = cli_value(cli, "reason");
    if (!reason || !*reason)
        return why_set(&cli->why, ERR_USAGE, "reason", "say why: --reason TEXT; it is stated in the log");
    if (!json_text_valid(str_of(reason))) return why_set(&cli->why, ERR_USAGE, "reason", "the reason is no UTF-8 text");
    enum err err = rules_roll_back(&cli->arena, cli->args[0], to ? str_of(to) : STR_NONE, str_of(reason), actor(cli),
                                   &installed, &cli->why);
    return err == ERR_NONE ? take(cli, &installed) : err;
}

// ---- rules list, rules show ----

static struct json *item_of(struct cli *cli, const struct config *config, const struct history_statement *s)
{
    struct arena *arena = &cli->arena;
    const struct json *rules = json_get(s->members, "rules");
    struct json *item = json_new_object(arena), *names = json_new_array(arena);
    struct str *signers;
    struct why none = {0};
    size_t n = 0;
    char time[TIME_TEXT_ROOM];
    size_t length = time_text_us(s->in_us, time);
    static const char *const texts[] = {"previous", "report", "by", "reason"};
    json_put_text(arena, item, "hash", json_text(rules, "hash"));
    json_put_text(arena, item, "name", json_text(rules, "name"));
    json_put_text(arena, item, "at", arena_str(arena, (struct str){time, length}));
    json_put_number(arena, item, "index", (double)s->index);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (json_text(s->members, texts[i]).p) json_put_text(arena, item, texts[i], json_text(s->members, texts[i]));
    if (rules_signed_by(arena, config->signers, config->nsigners, json_text(rules, "text"),
                        json_text(s->members, "signatures"), &signers, &n, &none) != ERR_NONE)
        n = 0; // it was taken in when other signatures counted
    for (size_t i = 0; i < n; i++) json_add(names, json_new_text(arena, signers[i]));
    json_put(item, "signed_by", names);
    return item;
}

static void say_item(struct cli *cli, const struct json *item, bool in_force)
{
    struct str reason = json_text(item, "reason");
    cli_say(cli, "%s %.12s  %.19s  %s", in_force ? "*" : " ", cli_clean(cli, json_text(item, "hash")),
            cli_clean(cli, json_text(item, "at")), cli_clean(cli, json_text(item, "by")));
    json_each(name, json_get(item, "signed_by")) cli_say(cli, ", signed by %s", cli_clean(cli, name->text));
    cli_say(cli, "%s%s\n", reason.p ? ": " : "", reason.p ? cli_clean(cli, reason) : "");
}

static enum err list_history(struct cli *cli, const struct config *config, struct str hash, struct json *list)
{
    struct cli_store store;
    struct history_statement *items;
    size_t n = 0;
    if (access(config->database, F_OK) != 0) return ERR_NONE; // it never ran
    enum err err = cli_store_open(cli, config->database, &store);
    if (err != ERR_NONE) return err;
    err = history_of_kind(store.views, &cli->arena, "rules.activated", LIST_MAX, &items, &n, &cli->why);
    for (size_t i = 0; i < n && err == ERR_NONE; i++) {
        struct json *item = item_of(cli, config, &items[i]);
        say_item(cli, item, i == 0 && str_eq(json_text(item, "hash"), hash));
        json_add(list, item);
    }
    cli_store_close(&store);
    return err;
}

// What the rules that run without effect have come to since this set is in force.
static enum err list_shadows(struct cli *cli, const struct config *config, struct str hash, struct json *answer)
{
    struct rules_shadow *shadows;
    size_t n;
    struct json *list = json_new_array(&cli->arena);
    enum err err = rules_shadows(&cli->arena, config, hash, &shadows, &n, &cli->why);
    for (size_t i = 0; i < n && err == ERR_NONE; i++) {
        struct json *item = json_new_object(&cli->arena);
        json_put_text(&cli->arena, item, "rule", shadows[i].rule->head.id);
        json_put_number(&cli->arena, item, "crossings", (double)shadows[i].cases);
        json_put_number(&cli->arena, item, "hits", (double)shadows[i].hits);
        json_put_number(&cli->arena, item, "inspected", (double)shadows[i].inspected);
        json_put_number(&cli->arena, item, "found", (double)shadows[i].found);
        json_add(list, item);
        cli_say(cli, "  shadow %.*s: true for %zu of %zu crossings; of %zu of them inspected, %zu with a finding\n",
                STR_ARG(shadows[i].rule->head.id), shadows[i].hits, shadows[i].cases, shadows[i].inspected,
                shadows[i].found);
    }
    json_put(answer, "shadow", list);
    return err;
}

static enum err list(struct cli *cli)
{
    struct config *config = NULL;
    struct json *answer = json_new_object(&cli->arena), *history = json_new_array(&cli->arena);
    enum err err = config_read(cli->args[0], &config, &cli->why);
    if (err != ERR_NONE) return err;
    struct str hash =
        hex_text(&cli->arena, (struct str){(const char *)config->rules->hash, sizeof config->rules->hash});
    if (!hash.p) return why_set(&cli->why, ERR_NO_MEMORY, "", "no memory for the rules");
    json_put_text(&cli->arena, answer, "hash", hash);
    json_put_bool(&cli->arena, answer, "unsigned", config->rules_unsigned);
    size_t runs = put_states(cli, config->rules, answer);
    cli_say(cli, "%.12s in the folder: %zu rules, of which %zu run%s\n", hash.p, config->rules->count, runs,
            config->rules_unsigned ? "; UNSIGNED, node.yaml lists no rule_signers" : "");
    err = list_shadows(cli, config, hash, answer);
    if (err == ERR_NONE) err = list_history(cli, config, hash, history);
    json_put(answer, "history", history);
    if (err == ERR_NONE) cli_say_json(cli, answer);
    config_free(config);
    return err;
}

static void say_rule_of(struct cli *cli, struct json *list, const struct rule *rule)
{
    struct json *item = json_new_object(&cli->arena);
    json_put_text(&cli->arena, item, "rule", arena_str(&cli->arena, rule->head.id));
    json_put_text(&cli->arena, item, "state", str_of(rule_state_name(rule->state)));
    json_put_number(&cli->arena, item, "revision", (double)rule->revision);
    if (rule->effect == RULE_WEIGHT)
        json_put_number(&cli->arena, item, "weight", rule->weight);
    else
        json_put_text(&cli->arena, item, "lane",
                      str_of(lane_name(rule->effect == RULE_GRANT ? LANE_GREEN : rule->floor)));
    json_put_text(&cli->arena, item, "when", arena_str(&cli->arena, rule->when.text));
    if (rule->has_among) json_put_text(&cli->arena, item, "for", arena_str(&cli->arena, rule->among.text));
    json_put_number(&cli->arena, item, "tests", (double)rule->ntests);
    json_add(list, item);
}

static enum err show(struct cli *cli)
{
    struct config *config = NULL;
    struct rules_file file = {0};
    struct json *answer = json_new_object(&cli->arena), *rules = json_new_array(&cli->arena);
    enum err err = config_read(cli->args[0], &config, &cli->why);
    if (err == ERR_NONE)
        err = cli->nargs > 1 ? rules_past_read(&cli->arena, cli->args[0], str_of(cli->args[1]), &file, &cli->why)
                             : rules_file_read(&cli->arena, arena_str(&cli->arena, str_of(config->rules_path)).p, &file,
                                               &cli->why);
    if (err == ERR_NONE) {
        for (size_t i = 0; i < file.rules->count; i++) say_rule_of(cli, rules, &file.rules->items[i]);
        json_put_text(&cli->arena, answer, "hash", file.hash);
        json_put(answer, "rules", rules);
        json_put_text(&cli->arena, answer, "text", file.text);
        cli_say_json(cli, answer);
        cli_say(cli, "%.*s", STR_ARG(file.text));
    }
    config_free(config);
    return err;
}

const struct cli_command rules_commands[] = {
    {"rules check", "FILE [--notes]", "Look for rules that can never work",
     "Never or always true, contradicting, shadowed by another, a fact that no statement has, and what asking costs.\n"
     "Exit code 1: there are errors, and the set cannot be activated.\n",
     check_options, 1, 1, check},
    {"rules test", "FILE", "Run the rules' own cases",
     "Exit code 1: a case fails, or a live or shadow rule has none.\n", NULL, 1, 1, test},
    {"rules backtest", "DIR FILE [--days N] [--out REPORT.json] [--html FILE]",
     "Say what a set would have done to past crossings",
     "Every crossing of this node's log is decided again, with the set in force and with FILE: hits, findings, lanes\n"
     "that change, scans and minutes, cost. Nothing is changed.\n",
     backtest_options, 2, 2, backtest},
    {"rules signer", "NAME --out FILE", "Make a person's key for signing rules",
     "NAME has no space, like ana.torres. The secret key goes to FILE (0600); the public one is printed for\n"
     "rule_signers of node.yaml.\n",
     signer_options, 1, 1, signer},
    {"rules sign", "FILE --key KEYFILE", "Add a person's signature to FILE.sig",
     "Over the file's very bytes: changed by a space, it wants signing anew.\n", sign_options, 1, 1, sign},
    {"rules propose", "DIR FILE", "State a set in the log before anybody decides about it", NULL, NULL, 2, 2, propose},
    {"rules activate", "DIR FILE --report REPORT.json [--max-age DAYS] [--little-history]", "Put a set in force",
     "Its own cases pass, the checks find no error, two of the rule_signers have signed, and the report is of this "
     "set\n"
     "beside the one in force, recent, and comes out again the same. The set before it is kept in DIR/rules/past.\n",
     activate_options, 2, 2, activate},
    {"rules rollback", "DIR [--to HASH] --reason TEXT", "Put the set before it back in force",
     "At once, and stated in the log with its reason.\n", rollback_options, 1, 1, rollback},
    {"rules list", "DIR", "Say which sets were in force, and what shadow rules came to", NULL, NULL, 1, 1, list},
    {"rules show", "DIR [HASH]", "Show the set in force, or one of the past", NULL, NULL, 1, 2, show},
    {0},
};
