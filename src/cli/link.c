// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include "node/file.h"

#include <stdio.h>
#include <unistd.h>

static const struct cli_option add_options[] = {
    {"may", 0, "KIND", "let it state KIND at our doors (\"document\", \"custody.*\"; may be repeated)"},
    {"replace", 0, NULL, "take it in place of what is known of that party"},
    {0},
};

static const char *place_of(struct cli *cli, const char *dir, struct str party)
{
    struct str name = arena_printf(&cli->arena, "%s/partners/%.*s.yaml", dir, STR_ARG(party));
    if (!name.p) (void)why_set(&cli->why, ERR_NO_MEMORY, "", "no memory for this");
    return name.p;
}

// Fit to be a file's name.
static bool party_plain(struct str party)
{
    return party.n && party.p[0] != '.' && !memchr(party.p, '/', party.n);
}

static enum err clash(struct cli *cli, const struct config *config, const struct partner_file *file)
{
    if (str_eq(file->party, config->party))
        return why_set(&cli->why, ERR_SENSELESS, "party", "%s is of this node itself", cli->args[1]);
    if (file->has_log != file->has_witness)
        return why_set(&cli->why, ERR_SENSELESS, "log_key", "%s: log_key and witness_key come together", cli->args[1]);
    for (size_t i = 0; i < config->nfiles; i++) {
        const struct partner_file *held = &config->files[i];
        bool same = str_eq(held->party, file->party);
        if (same && !cli_flag(cli, "replace"))
            return why_set(&cli->why, ERR_CONFLICT, "party", "%.*s is known already; --replace takes this in its place",
                           STR_ARG(file->party));
        if (!same && !strcmp(held->fingerprint, file->fingerprint))
            return why_set(&cli->why, ERR_CONFLICT, "certificate", "%.*s has this certificate", STR_ARG(held->party));
    }
    return ERR_NONE;
}

static enum err put(struct cli *cli, const struct partner_file *file)
{
    struct buf text = BUF(PARTNER_FILE_MAX);
    const char *path = place_of(cli, cli->args[0], file->party);
    partner_file_write(file, &text);
    enum err err = !path || text.failed ? why_set(&cli->why, ERR_NO_MEMORY, "", "no memory for this") : ERR_NONE;
    if (err == ERR_NONE) err = file_write(path, 0644, buf_str(&text), !cli_flag(cli, "replace"), &cli->why);
    buf_free(&text);
    return err;
}

// What a party may state is for us to say: what its own file says of that does not count.
static enum err allow(struct cli *cli, struct partner_file *file)
{
    const char *kind;
    file->nmay = 0;
    while ((kind = cli_value_at(cli, "may", file->nmay)) && file->nmay < PARTNER_MAY_MAX)
        file->may[file->nmay++] = str_of(kind);
    return kind ? why_set(&cli->why, ERR_USAGE, "may", "at most %d kinds", PARTNER_MAY_MAX) : ERR_NONE;
}

static void say_party(struct cli *cli, struct str party, bool running, const char *what)
{
    struct json *answer = json_new_object(&cli->arena);
    json_put_text(&cli->arena, answer, "party", party);
    json_put_bool(&cli->arena, answer, "running", running);
    cli_say_json(cli, answer);
    cli_say(cli, "%.*s %s%s.\n", STR_ARG(party), what, running ? "" : " from the next start on");
}

static enum err add(struct cli *cli)
{
    struct config *config = NULL;
    struct partner_file file;
    bool running = false;
    enum err err = config_read(cli->args[0], &config, &cli->why);
    if (err == ERR_NONE) err = partner_file_read(&cli->arena, cli->args[1], &file, &cli->why);
    if (err == ERR_NONE && !party_plain(file.party))
        err = why_set(&cli->why, ERR_SENSELESS, "party", "that is no name of a party");
    if (err == ERR_NONE) err = clash(cli, config, &file);
    if (err == ERR_NONE) err = allow(cli, &file);
    config_free(config);
    if (err == ERR_NONE) err = put(cli, &file);
    if (err == ERR_NONE) err = cli_reload(cli, cli->args[0], &running);
    if (err != ERR_NONE) return err;
    say_party(cli, file.party, running, file.has_log ? "is a partner" : "may come in");
    if (file.has_log)
        cli_say(cli, "Nothing flows without an agreement; next: puente agreement sign %s FILE\n", cli->args[0]);
    return ERR_NONE;
}

static enum err list(struct cli *cli)
{
    struct config *config = NULL;
    struct json *answer = json_new_array(&cli->arena);
    enum err err = config_read(cli->args[0], &config, &cli->why);
    if (err != ERR_NONE) return err;
    for (size_t i = 0; i < config->nfiles; i++) {
        const struct partner_file *file = &config->files[i];
        struct json *item = json_new_object(&cli->arena);
        json_put_text(&cli->arena, item, "party", file->party);
        if (file->url.p) json_put_text(&cli->arena, item, "url", file->url);
        json_put_text(&cli->arena, item, "certificate", str_of(file->fingerprint));
        json_put_bool(&cli->arena, item, "node", file->has_log);
        json_add(answer, item);
        cli_say(cli, "%-28.*s %.16s  %.*s\n", STR_ARG(file->party), file->fingerprint,
                STR_ARG(file->url.p ? file->url : STR("(a client)")));
    }
    if (!config->nfiles) cli_say(cli, "nobody; next: puente link add %s THEIR/public.yaml\n", cli->args[0]);
    cli_say_json(cli, answer);
    config_free(config);
    return ERR_NONE;
}

static enum err status(struct cli *cli)
{
    struct json *answer = NULL;
    enum err err = cli_order(cli, cli->args[0], cli_request(cli, "status"), &answer);
    if (err != ERR_NONE) return err;
    cli_say_json(cli, answer);
    cli_say_members(cli, answer);
    json_each(link, json_get(answer, "links"))
    {
        int64_t n = 0;
        json_integer(link, "statements", &n);
        struct str id = json_text(link, "agreement"), partner = json_text(link, "partner");
        bool in = str_is(json_text(link, "direction"), "in");
        cli_say(cli, "  %-32.*s %s %-24.*s %-12.*s %lld statements", STR_ARG(id), in ? "from" : "to  ",
                STR_ARG(partner), STR_ARG(json_text(link, "state")), (long long)n);
        if (json_text(link, "detail").n) cli_say(cli, "  %s", cli_clean(cli, json_text(link, "detail")));
        cli_say(cli, "\n");
    }
    json_each(witness, json_get(answer, "witnesses"))
    {
        int64_t size = 0;
        json_integer(witness, "size", &size);
        struct str name = json_text(witness, "name");
        cli_say(cli, "  witness %.*s, %lld statements\n", STR_ARG(name), (long long)size);
    }
    return ERR_NONE;
}

static enum err in_use(struct cli *cli, const struct config *config, struct str party)
{
    for (size_t i = 0; i < config->nagreements; i++) {
        const struct agreement *a = config->agreements[i].agreement;
        if (str_eq(a->from, party) || str_eq(a->to, party))
            return why_set(&cli->why, ERR_CONFLICT, "party",
                           "agreement %.*s is with it: revoke it and take it out of DIR/agreements first",
                           STR_ARG(a->id));
    }
    return ERR_NONE;
}

// The file may have been given another name by hand.
static enum err take_away(struct cli *cli, const char *dir, struct str party)
{
    const char *folder = file_path(&cli->arena, dir, "partners");
    struct str *names;
    size_t n;
    if (!folder) return why_set(&cli->why, ERR_NO_MEMORY, "", "no memory for this");
    enum err err = file_list(&cli->arena, folder, ".yaml", &names, &n, &cli->why);
    for (size_t i = 0; err == ERR_NONE && i < n; i++) {
        struct partner_file file;
        const char *path = file_path(&cli->arena, folder, names[i].p);
        if (!path) return why_set(&cli->why, ERR_NO_MEMORY, "", "no memory for this");
        err = partner_file_read(&cli->arena, path, &file, &cli->why);
        if (err != ERR_NONE || !str_eq(file.party, party)) continue;
        return unlink(path) == 0 ? ERR_NONE : why_set(&cli->why, ERR_STORE, "", "cannot remove %s", path);
    }
    return err != ERR_NONE ? err : why_set(&cli->why, ERR_NOT_FOUND, "", "%.*s is not known here", STR_ARG(party));
}

static enum err remove_party(struct cli *cli)
{
    struct config *config = NULL;
    struct str party = str_of(cli->args[1]);
    bool running = false;
    enum err err = config_read(cli->args[0], &config, &cli->why);
    if (err == ERR_NONE) err = in_use(cli, config, party);
    config_free(config);
    if (err == ERR_NONE) err = take_away(cli, cli->args[0], party);
    if (err == ERR_NONE) err = cli_reload(cli, cli->args[0], &running);
    if (err == ERR_NONE) say_party(cli, party, running, "may not come in any more");
    return err;
}

static enum err resume(struct cli *cli)
{
    struct json *request = cli_request(cli, "resume"), *answer = NULL;
    bool running = false;
    json_put_text(&cli->arena, request, "party", str_of(cli->args[1]));
    enum err err = cli_order(cli, cli->args[0], request, &answer);
    if (err == ERR_NONE) err = cli_reload(cli, cli->args[0], &running);
    if (err != ERR_NONE) return err;
    say_party(cli, str_of(cli->args[1]), running, "is asked again");
    return ERR_NONE;
}

const struct cli_command link_commands[] = {
    {"link add", "DIR FILE [--may KIND]… [--replace]", "Take a party in: a partner's public.yaml, or a client's file",
     "FILE says who it is, its certificate and, if it runs a node, its address and keys (docs/configuration.md). "
     "Compare the\n"
     "keys with the party by another way than the one by which the file came.\n",
     add_options, 2, 2, add},
    {"link list", "DIR", "Say who may come in", NULL, NULL, 1, 1, list},
    {"link status", "DIR", "Say how each link stands", NULL, NULL, 1, 1, status},
    {"link remove", "DIR PARTY", "Let a party in no more", NULL, NULL, 2, 2, remove_party},
    {"link resume", "DIR PARTY", "Ask a partner again whose forked log had stopped the link",
     "Only once it is clear what happened: the evidence is in the log, kind link.fork.\n", NULL, 2, 2, resume},
    {0},
};
