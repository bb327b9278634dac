// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include "base/clock.h"
#include "node/agreement_file.h"

#include <stdio.h>

static struct json *agreement_json(struct cli *cli, const struct agreement *a)
{
    struct json *answer = json_new_object(&cli->arena), *kinds = json_new_array(&cli->arena);
    json_put_text(&cli->arena, answer, "id", arena_str(&cli->arena, a->id));
    json_put_number(&cli->arena, answer, "version", (double)a->version);
    json_put_text(&cli->arena, answer, "from", arena_str(&cli->arena, a->from));
    json_put_text(&cli->arena, answer, "to", arena_str(&cli->arena, a->to));
    json_put_text(&cli->arena, answer, "legal_basis", arena_str(&cli->arena, a->instrument));
    json_put_text(&cli->arena, answer, "expires", arena_str(&cli->arena, a->expires));
    json_put_text(&cli->arena, answer, "purpose", arena_str(&cli->arena, a->purpose));
    json_put_text(&cli->arena, answer, "label_max", str_of(label_name(a->label_max)));
    for (size_t i = 0; i < a->nkinds; i++)
        json_add(kinds, json_new_text(&cli->arena, arena_str(&cli->arena, a->kinds[i])));
    json_put(answer, "kinds", kinds);
    return answer;
}

// What stands in the way of it by its dates alone; "" for nothing.
static struct str dates(struct cli *cli, const struct agreement *a)
{
    struct why why = {0};
    if (agreement_in_force(a, clock_now_us(), &why) == ERR_NONE) return STR("");
    return arena_str(&cli->arena, str_of(why.text));
}

static void show_one(struct cli *cli, const struct agreement *a)
{
    struct json *answer = agreement_json(cli, a);
    struct str out = dates(cli, a);
    if (out.n) json_put_text(&cli->arena, answer, "not_in_force", out);
    cli_say_json(cli, answer);
    cli_say_members(cli, answer);
    cli_say(cli, "  kinds       ");
    for (size_t i = 0; i < a->nkinds; i++) cli_say(cli, " %.*s", STR_ARG(a->kinds[i]));
    cli_say(cli, "\n");
    for (size_t i = 0; i < a->nwithheld; i++) {
        cli_say(cli, "  withheld     of %.*s", STR_ARG(a->withheld[i].kind));
        if (a->withheld[i].noun.p) cli_say(cli, " (%.*s)", STR_ARG(a->withheld[i].noun));
        for (size_t k = 0; k < a->withheld[i].nmembers; k++)
            cli_say(cli, "%s %.*s", k ? "," : ":", STR_ARG(a->withheld[i].members[k]));
        cli_say(cli, "\n");
    }
}

static enum err check(struct cli *cli)
{
    struct config_agreement item;
    enum err err = agreement_file_read(&cli->arena, cli->args[0], &item, &cli->why);
    if (err != ERR_NONE) return err;
    show_one(cli, item.agreement);
    cli_say(cli, "The file is well formed. next: puente agreement sign DIR %s\n", cli->args[0]);
    return ERR_NONE;
}

// {"file", what: value}
static void say_done(struct cli *cli, const char *what, bool value)
{
    struct json *answer = json_new_object(&cli->arena);
    json_put_text(&cli->arena, answer, "file", str_of(cli->args[1]));
    json_put_bool(&cli->arena, answer, what, value);
    cli_say_json(cli, answer);
}

static enum err sign(struct cli *cli)
{
    bool fresh = false;
    enum err err = agreement_file_sign(cli->args[0], cli->args[1], &fresh, &cli->why);
    if (err != ERR_NONE) return err;
    say_done(cli, "signed", fresh);
    cli_say(cli,
            "%s.sig %s our signature.\nnext: give both files to the other party to sign, then: puente agreement "
            "activate %s %s\n",
            cli->args[1], fresh ? "now has" : "had already", cli->args[0], cli->args[1]);
    return ERR_NONE;
}

static enum err verify(struct cli *cli)
{
    enum err err = agreement_file_verify(cli->args[0], cli->args[1], &cli->why);
    if (err != ERR_NONE) return err;
    say_done(cli, "verified", true);
    cli_say(cli, "Both parties signed these very bytes.\nnext: puente agreement activate %s %s\n", cli->args[0],
            cli->args[1]);
    return ERR_NONE;
}

static enum err activate(struct cli *cli)
{
    struct str id = STR_NONE;
    bool running = false;
    enum err err = agreement_file_activate(&cli->arena, cli->args[0], cli->args[1], &id, &cli->why);
    if (err == ERR_NONE) err = cli_reload(cli, cli->args[0], &running);
    if (err != ERR_NONE) return err;
    struct json *answer = json_new_object(&cli->arena);
    json_put_text(&cli->arena, answer, "id", id);
    json_put_bool(&cli->arena, answer, "running", running);
    cli_say_json(cli, answer);
    cli_say(cli, "%.*s is in force here%s.\n", STR_ARG(id), running ? "" : " from the next start on");
    return ERR_NONE;
}

static enum err revoke(struct cli *cli)
{
    struct json *request = cli_request(cli, "revoke"), *answer = NULL;
    int64_t from = 0;
    json_put_text(&cli->arena, request, "agreement", str_of(cli->args[1]));
    enum err err = cli_order(cli, cli->args[0], request, &answer);
    if (err != ERR_NONE) return err;
    json_integer(answer, "from", &from);
    struct str name = json_text(answer, "statement");
    cli_say_json(cli, answer);
    cli_say(cli,
            "%s is revoked, with effect from the discloser's statement %lld (%.*s says so). Nothing flows under it.\n",
            cli->args[1], (long long)from, STR_ARG(name));
    return ERR_NONE;
}

static enum err list(struct cli *cli)
{
    struct config *config = NULL;
    struct json *answer = json_new_array(&cli->arena);
    enum err err = config_read(cli->args[0], &config, &cli->why);
    if (err != ERR_NONE) return err;
    for (size_t i = 0; i < config->nagreements; i++) {
        const struct agreement *a = config->agreements[i].agreement;
        struct json *item = agreement_json(cli, a);
        struct str out = dates(cli, a);
        if (out.n) json_put_text(&cli->arena, item, "not_in_force", out);
        json_add(answer, item);
        cli_say(cli, "%-32.*s %.*s → %.*s  until %.*s%s%.*s\n", STR_ARG(a->id), STR_ARG(a->from), STR_ARG(a->to),
                STR_ARG(a->expires), out.n ? "  NOT IN FORCE: " : "", STR_ARG(out));
    }
    if (!config->nagreements) cli_say(cli, "no agreements: nothing flows in or out\n");
    cli_say_json(cli, answer);
    config_free(config);
    return ERR_NONE;
}

static enum err show(struct cli *cli)
{
    struct config *config = NULL;
    enum err err = config_read(cli->args[0], &config, &cli->why);
    const struct agreement *found = NULL;
    for (size_t i = 0; err == ERR_NONE && i < config->nagreements; i++)
        if (str_is(config->agreements[i].agreement->id, cli->args[1])) found = config->agreements[i].agreement;
    if (err == ERR_NONE && !found)
        err = why_set(&cli->why, ERR_NOT_FOUND, "", "no agreement %s is in force here", cli->args[1]);
    if (err == ERR_NONE) show_one(cli, found);
    config_free(config);
    return err;
}

const struct cli_command agreement_commands[] = {
    {"agreement check", "FILE", "Read an agreement and say what it lets out", NULL, NULL, 1, 1, check},
    {"agreement sign", "DIR FILE", "Add this party's signature to FILE.sig",
     "The signature is over the file's bytes: changed by a space, it wants signing anew.\n", NULL, 2, 2, sign},
    {"agreement verify", "DIR FILE", "Check both parties' signatures",
     "By the agreement keys of this node and of DIR/partners.\n", NULL, 2, 2, verify},
    {"agreement activate", "DIR FILE", "Put an agreement that both have signed in force",
     "Copies FILE and FILE.sig to DIR/agreements and has the node read its folder again; the agreement then becomes a\n"
     "statement of the log. A new text of an agreement in force needs a higher version.\n",
     NULL, 2, 2, activate},
    {"agreement revoke", "DIR ID", "End an agreement now", "Either party may, at any time; it is stated in the log.\n",
     NULL, 2, 2, revoke},
    {"agreement list", "DIR", "Say which agreements are in force", NULL, NULL, 1, 1, list},
    {"agreement show", "DIR ID", "Say what one of them lets out", NULL, NULL, 2, 2, show},
    {0},
};
