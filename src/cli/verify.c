// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include "base/clock.h"
#include "base/text.h"
#include "ledger/receipt.h"
#include "node/file.h"

#include <stdio.h>

static const struct cli_option options[] = {
    {"log", 0, "VKEY", "the public key of the log (name+id+base64); required"},
    {"witness", 0, "VKEY", "the public key of a witness; once for each"},
    {"need", 0, "N", "how many of them must have cosigned; default: all that are given"},
    {0},
};

static enum err key_read(struct cli *cli, const char *option, const char *text, enum note_type type,
                         struct note_key *out)
{
    struct why inner = {0};
    if (note_key_parse(str_of(text), out, &inner) != ERR_NONE)
        return why_set(&cli->why, ERR_USAGE, option, "--%s: %s", option, inner.text);
    if (out->type != type)
        return why_set(&cli->why, ERR_USAGE, option,
                       "--%s: that is a key of another kind: a log signs, a witness cosigns", option);
    return ERR_NONE;
}

static enum err policy_read(struct cli *cli, struct receipt_policy *out)
{
    struct note_key *keys = arena_array(&cli->arena, struct note_key, RECEIPT_WITNESSES_MAX + 1);
    const char *log = cli_value(cli, "log"), *text;
    size_t n = 0;
    int64_t need;
    if (!keys) return why_set(&cli->why, ERR_NO_MEMORY, "", "no memory for this");
    if (!log)
        return why_set(&cli->why, ERR_USAGE, "log",
                       "say whose log it must be: --log VKEY, the log_key of the party's public.yaml");
    enum err err = key_read(cli, "log", log, NOTE_ED25519, &keys[0]);
    while (err == ERR_NONE && (text = cli_value_at(cli, "witness", n))) {
        if (n == RECEIPT_WITNESSES_MAX) return why_set(&cli->why, ERR_USAGE, "witness", "too many witnesses");
        err = key_read(cli, "witness", text, NOTE_COSIGNATURE, &keys[1 + n++]);
    }
    if (err == ERR_NONE) err = cli_number(cli, "need", 0, RECEIPT_WITNESSES_MAX, (int64_t)n, &need);
    if (err != ERR_NONE) return err;
    *out = (struct receipt_policy){.log = &keys[0], .witnesses = &keys[1], .nwitnesses = n, .need = (size_t)need};
    return ERR_NONE;
}

static struct str time_of(struct cli *cli, int64_t us)
{
    char text[TIME_TEXT_ROOM];
    size_t n = time_text_ms(us / 1000, text);
    return arena_str(&cli->arena, (struct str){text, n});
}

static struct json *witnesses_json(struct cli *cli, const struct receipt *receipt)
{
    struct json *list = json_new_array(&cli->arena);
    for (size_t i = 0; i < receipt->nwitnesses; i++) {
        struct json *witness = json_new_object(&cli->arena);
        json_put_text(&cli->arena, witness, "name", receipt->witnesses[i].name);
        json_put_text(&cli->arena, witness, "time", time_of(cli, (int64_t)receipt->witnesses[i].time_s * 1000000));
        json_add(list, witness);
    }
    return list;
}

static struct json *receipt_json(struct cli *cli, const struct receipt *receipt)
{
    struct arena *arena = &cli->arena;
    struct json *answer = json_new_object(arena), *log = json_new_object(arena);
    size_t withheld = 0;
    for (size_t i = 0; i < receipt->body.count; i++) withheld += receipt->body.items[i].text.n == 0;
    json_put_text(
        arena, answer, "name",
        arena_printf(arena, "%.*s:%llu", STR_ARG(receipt->checkpoint.origin), (unsigned long long)receipt->index));
    json_put_text(arena, answer, "kind", receipt->header.kind);
    json_put_text(arena, answer, "by", receipt->header.by);
    json_put_text(arena, answer, "at", time_of(cli, receipt->header.at_ms * 1000));
    json_put_text(arena, answer, "in", time_of(cli, receipt->header.in_us));
    json_put_text(arena, answer, "label", str_of(label_name(receipt->header.label)));
    json_put_number(arena, answer, "withheld", (double)withheld);
    json_put(answer, "members", json_copy(arena, receipt->members));
    json_put_text(arena, log, "origin", receipt->checkpoint.origin);
    json_put_number(arena, log, "size", (double)receipt->checkpoint.size);
    json_put_text(
        arena, log, "root",
        base64_text(arena, (struct str){(const char *)receipt->checkpoint.root, sizeof receipt->checkpoint.root}));
    json_put(answer, "log", log);
    json_put(answer, "witnesses", witnesses_json(cli, receipt));
    return answer;
}

static void say(struct cli *cli, const struct json *answer)
{
    const struct json *log = json_get(answer, "log"), *witnesses = json_get(answer, "witnesses");
    struct buf members = BUF((size_t)8 << 20);
    if (cli->json) return;
    printf("The receipt holds.\n");
    cli_say_members(cli, answer);
    json_pretty(json_get(answer, "members"), &members);
    // What a statement says is shown line by line, and nothing of it may steer the terminal.
    printf("  members\n");
    for (struct str rest = buf_str(&members); rest.p;) printf("    %s\n", cli_clean(cli, str_cut(rest, '\n', &rest)));
    printf("  log\n");
    cli_say_members(cli, log);
    printf("  witnesses    %s\n", witnesses->count ? "" : "none");
    json_each(w, witnesses) printf("    %.*s, %.*s\n", STR_ARG(json_text(w, "name")), STR_ARG(json_text(w, "time")));
    buf_free(&members);
}

static enum err run(struct cli *cli)
{
    struct receipt_policy policy;
    struct receipt receipt;
    struct str bytes;
    enum err err = policy_read(cli, &policy);
    if (err == ERR_NONE) err = file_read(&cli->arena, cli->args[0], RECEIPT_MAX, &bytes, &cli->why);
    if (err == ERR_NONE) err = receipt_verify(&cli->arena, bytes, &policy, &receipt, &cli->why);
    if (err != ERR_NONE) return err;
    struct json *answer = receipt_json(cli, &receipt);
    cli_say_json(cli, answer);
    say(cli, answer);
    return ERR_NONE;
}

const struct cli_command verify_command = {
    .name = "verify",
    .usage = "FILE --log VKEY [--witness VKEY]… [--need N]",
    .summary = "Check a receipt, offline, with public keys alone",
    .details = "Holds if the statement hashes to its place in the log, the checkpoint is signed by the log's key and "
               "enough of\n"
               "the given witnesses cosigned it. A signature of anybody else in the receipt is refused, so name every "
               "witness\n"
               "whose cosignature it carries. The keys are log_key and witness_key of the parties' public.yaml.\n",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
};
