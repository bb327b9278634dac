// SPDX-License-Identifier: Apache-2.0
// serve_node DIR RULES TRIGGERS PAGE: a node's doors without the node, for clients that test them: makes keys,
// certificates and tokens in DIR, opens HTTPS, the seals' door and a watched folder on free ports of 127.0.0.1, prints
// what there is as one line of JSON, and serves until its standard input ends.
#include "base/clock.h"
#include "base/text.h"
#include "serve/auth.h"
#include "serve/serve.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PARTY "us.cbp"

// The clerk may only speak of custody; the stranger is not known to the node.
static const char *const party_names[] = {PARTY, "mx.anam", "mx.transportes-garza", "mx.yard", "stranger.example"};
enum { OWN, PARTNER, CARRIER, CLERK, STRANGER, PARTIES };

struct testing {
    struct arena arena;
    const char *dir;
    char database[512], folder[512];
    struct serve_party parties[PARTIES];
    char fingerprints[PARTIES][X509_FINGERPRINT_TEXT];
    char certificates[PARTIES][512], keys[PARTIES][512];
    struct commit *commit;
    struct serve *serve;
    struct json *tokens;
};

static void die(const char *what, const struct why *why)
{
    fprintf(stderr, "serve_node: %s: %s %s\n", what, why->member, why->text);
    exit(1);
}

static void put_file(const char *path, struct str bytes)
{
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes.p, 1, bytes.n, f) != bytes.n || fclose(f) != 0) {
        perror(path);
        exit(1);
    }
}

static struct str get_file(struct arena *arena, const char *path)
{
    FILE *f = fopen(path, "rb");
    char *p = arena_alloc(arena, (size_t)1 << 20);
    if (!f || !p) {
        perror(path);
        exit(1);
    }
    size_t n = fread(p, 1, (size_t)1 << 20, f);
    fclose(f);
    return (struct str){p, n};
}

static void make_party(struct testing *t, int i)
{
    struct why why = {0};
    struct buf key = BUF(16384), certificate = BUF(16384);
    snprintf(t->certificates[i], sizeof t->certificates[i], "%s/%s.crt", t->dir, party_names[i]);
    snprintf(t->keys[i], sizeof t->keys[i], "%s/%s.key", t->dir, party_names[i]);
    int64_t yesterday = (int64_t)time(NULL) - 86400;
    if (x509_make(str_of(party_names[i]), yesterday, &key, &certificate, &why) != ERR_NONE ||
        x509_fingerprint(buf_str(&certificate), t->fingerprints[i], &why) != ERR_NONE)
        die("certificate", &why);
    put_file(t->certificates[i], buf_str(&certificate));
    put_file(t->keys[i], buf_str(&key));
    static const struct str all[] = {{"*", 1}}, custody[] = {{"custody.*", 9}};
    t->parties[i] = (struct serve_party){.party = str_of(party_names[i]), .certificate = str_of(t->fingerprints[i])};
    t->parties[i].may = i == CLERK ? custody : all;
    t->parties[i].nmay = 1;
    buf_free(&key);
    buf_free(&certificate);
}

static void open_commit(struct testing *t, const char *rules_path, const char *triggers_path)
{
    struct why why = {0};
    struct rules *rules;
    struct triggers *triggers;
    snprintf(t->database, sizeof t->database, "%s/node.db", t->dir);
    if (rules_read(&t->arena, get_file(&t->arena, rules_path), &rules, &why) != ERR_NONE) die(rules_path, &why);
    if (triggers_read(&t->arena, get_file(&t->arena, triggers_path), &triggers, &why) != ERR_NONE)
        die(triggers_path, &why);
    struct commit_settings settings = {
        .database = t->database, .party = STR(PARTY), .rules = rules, .triggers = triggers, .build = "test"};
    ed25519_from_seed((const uint8_t[ED25519_SEED]){1}, &settings.key);
    if (commit_open(&settings, &t->commit, &why) != ERR_NONE || commit_start(t->commit, &why) != ERR_NONE)
        die("commit", &why);
}

// What a node says of itself when it starts, and of a day of draws once its key is told: for the tests that ask for it.
static void state_policy(struct testing *t, const char *rules_path)
{
    struct why why = {0};
    struct draft *rules = draft_new(&t->arena, "rules.activated", clock_now_us() / 1000, LABEL_AMBER);
    struct draft *day = draft_new(&t->arena, "port.day", clock_now_us() / 1000, LABEL_RED);
    struct json *policy = json_new_object(&t->arena), *told = json_new_object(&t->arena);
    json_put_text(&t->arena, policy, "text", get_file(&t->arena, rules_path));
    draft_put(rules, "rules", policy);
    json_put_text(&t->arena, told, "date", STR("2304/2026-03-01"));
    json_put_text(&t->arena, told, "commitment", STR("00"));
    json_put_text(&t->arena, told, "key", STR("5ec7e75ec7e7"));
    draft_put(day, "day", told);
    rules->next = day;
    if (draft_seal(&t->arena, rules, &why) != ERR_NONE || draft_seal(&t->arena, day, &why) != ERR_NONE)
        die("policy", &why);
    struct job job = {.lane = JOB_PEOPLE, .drafts = rules, .actor = STR("node")};
    if (commit_wait(t->commit, &job, &why) != ERR_NONE) die("policy", &why);
}

static void make_token(struct testing *t, const char *name, enum role role, unsigned scopes, int64_t expires_us)
{
    struct why why = {0};
    char text[TOKEN_TEXT_LEN + 1];
    struct local_write write;
    struct token_grant grant = {str_of(name), role, scopes, expires_us};
    if (token_make(&t->arena, &grant, text, &write, &why) != ERR_NONE) die("token", &why);
    struct job job = {.lane = JOB_PEOPLE, .locals = &write, .actor = STR("node")};
    if (commit_wait(t->commit, &job, &why) != ERR_NONE) die("token", &why);
    json_put_named(t->tokens, str_of(name), json_new_text(&t->arena, arena_str(&t->arena, str_of(text))));
}

static void make_tokens(struct testing *t)
{
    t->tokens = json_new_object(&t->arena);
    make_token(t, "officer", ROLE_OFFICER, SCOPE_ALL, 0);
    make_token(t, "analyst", ROLE_ANALYST, SCOPE_ALL, 0);
    make_token(t, "targeting", ROLE_TARGETING, SCOPE_ALL, 0);
    make_token(t, "operator", ROLE_OPERATOR, SCOPE_ALL, 0);
    make_token(t, "auditor", ROLE_AUDITOR, SCOPE_ALL, 0);
    make_token(t, "admin", ROLE_ADMIN, SCOPE_ALL, 0);
    make_token(t, "reader", ROLE_OFFICER, SCOPE_READ, 0);
    make_token(t, "gone", ROLE_OFFICER, SCOPE_ALL, clock_now_us() - 1);
}

static void open_doors(struct testing *t, const char *page)
{
    struct why why = {0};
    const struct identifier_table *identifiers;
    if (identifier_table_read(&t->arena, identifiers_builtin(), &identifiers, &why) != ERR_NONE)
        die("identifiers", &why);
    snprintf(t->folder, sizeof t->folder, "%s/folder", t->dir);
    if (mkdir(t->folder, 0750) != 0) perror(t->folder);
    struct serve_settings settings = {
        .party = STR(PARTY),
        .version = "test",
        .database = t->database,
        .commit = t->commit,
        .identifiers = identifiers,
        .https_address = "127.0.0.1",
        .certificate = t->certificates[OWN],
        .private_key = t->keys[OWN],
        .parties = t->parties,
        .nparties = STRANGER,
        .page_dir = page[0] ? page : NULL,
        .folder = t->folder,
        .devices_address = "127.0.0.1",
        .devices = STR("[{\"device\":\"imei:356307042441013\",\"party\":\"mx.transportes-garza\",\"vendor\":"
                       "\"Teltonika\",\"vendor_country\":\"LT\"}]"),
        .limits = {.idle_s = 3,
                   .request_s = 3,
                   .device_idle_s = 3,
                   .token_failures = 100,
                   .connections = 160,
                   .streams = 8,
                   .memory = (size_t)8 << 20,
                   .connections_per_ip = 64,
                   .handshakes_per_s = 2000},
    };
    struct ed25519_key key;
    ed25519_from_seed((const uint8_t[ED25519_SEED]){1}, &key);
    settings.log_key = note_key_make(STR(PARTY), NOTE_ED25519, key.public);
    ed25519_from_seed((const uint8_t[ED25519_SEED]){2}, &settings.witness_key);
    if (getenv("SERVE_NODE_BENCH"))
        settings.limits = (struct serve_limits){.devices_per_ip = 4096, .handshakes_per_s = 5000};
    if (serve_start(&settings, &t->serve, &why) != ERR_NONE) die("serve", &why);
}

static void say(struct testing *t)
{
    struct json *out = json_new_object(&t->arena), *certificates = json_new_object(&t->arena);
    json_put_number(&t->arena, out, "https", serve_https_port(t->serve));
    json_put_number(&t->arena, out, "devices", serve_devices_port(t->serve));
    json_put_text(&t->arena, out, "folder", str_of(t->folder));
    json_put(out, "tokens", t->tokens);
    for (int i = 0; i < PARTIES; i++)
        json_put_named(certificates, str_of(party_names[i]), json_new_text(&t->arena, str_of(t->certificates[i])));
    json_put(out, "certificates", certificates);
    struct buf text = BUF(65536);
    json_canonical(out, &text);
    printf("%.*s\n", (int)text.n, text.p);
    fflush(stdout);
    buf_free(&text);
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: serve_node DIR RULES TRIGGERS PAGE (\"\": built in)\n");
        return 64;
    }
    signal(SIGPIPE, SIG_IGN);
    struct testing *t = calloc(1, sizeof *t);
    if (!t) return 71;
    t->arena = ARENA((size_t)64 << 20);
    t->dir = argv[1];
    for (int i = 0; i < PARTIES; i++) make_party(t, i);
    open_commit(t, argv[2], argv[3]);
    make_tokens(t);
    if (getenv("SERVE_NODE_POLICY")) state_policy(t, argv[2]);
    open_doors(t, argv[4]);
    say(t);
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0) {
    }
    serve_stop(t->serve);
    commit_close(t->commit);
    arena_free(&t->arena);
    free(t);
    return 0;
}
