// SPDX-License-Identifier: Apache-2.0
#include "serve/auth.h"

#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"
#include "trust/hash.h"

#include <stdio.h>
#include <strings.h>

static const struct {
    enum role role;
    const char *name;
} roles[] = {
#define X(value, bit, text) {value, text},
    ROLE_TABLE(X)
#undef X
};
#define ROLES (sizeof roles / sizeof *roles)

static const struct {
    enum scope scope;
    const char *name;
} scopes[] = {{SCOPE_READ, "read"}, {SCOPE_WRITE, "write"}, {SCOPE_STREAM, "stream"}};
#define SCOPES (sizeof scopes / sizeof *scopes)

const char *role_name(enum role role)
{
    for (size_t i = 0; i < ROLES; i++)
        if (roles[i].role == role) return roles[i].name;
    return "";
}

enum role role_parse(struct str name)
{
    for (size_t i = 0; i < ROLES; i++)
        if (str_is(name, roles[i].name) && (roles[i].role & ROLE_PEOPLE)) return roles[i].role;
    return ROLE_NONE;
}

// ---- Tokens ----

static bool name_plain(struct str name)
{
    if (name.n == 0 || name.n > CALLER_NAME_MAX) return false;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-')) return false;
    }
    return true;
}

static struct str token_hash(struct arena *arena, struct str text)
{
    uint8_t hash[SHA256_BYTES];
    sha256(text, hash);
    return hex_text(arena, (struct str){(const char *)hash, sizeof hash});
}

static struct str grant_text(struct arena *arena, const struct token_grant *grant)
{
    struct json *value = json_new_object(arena);
    json_put_text(arena, value, "name", grant->name);
    json_put_text(arena, value, "role", str_of(role_name(grant->role)));
    struct json *list = json_new_array(arena);
    for (size_t i = 0; i < SCOPES; i++)
        if (grant->scopes & scopes[i].scope) json_add(list, json_new_text(arena, str_of(scopes[i].name)));
    json_put(value, "scopes", list);
    if (grant->expires_us) {
        char time[TIME_TEXT_ROOM];
        size_t n = time_text_ms(grant->expires_us / 1000, time);
        json_put_text(arena, value, "expires", arena_str(arena, (struct str){time, n}));
    }
    struct buf text = BUF(4096);
    json_canonical(value, &text);
    struct str copy = text.failed ? STR_NONE : arena_str(arena, buf_str(&text));
    buf_free(&text);
    return copy;
}

enum err token_make(struct arena *arena, const struct token_grant *grant, char text[TOKEN_TEXT_LEN + 1],
                    struct local_write *out, struct why *why)
{
    if (!name_plain(grant->name))
        return why_set(why, ERR_USAGE, "name", "a name is 1 to %d of a-z, 0-9, dot, underscore and hyphen",
                       CALLER_NAME_MAX);
    if (!(grant->role & ROLE_PEOPLE) || !*role_name(grant->role))
        return why_set(why, ERR_USAGE, "role", "a role is officer, analyst, targeting, operator, auditor or admin");
    if (!(grant->scopes & SCOPE_ALL))
        return why_set(why, ERR_USAGE, "scopes", "the token could not be used for anything");
    uint8_t secret[TOKEN_BYTES];
    random_bytes(secret, sizeof secret);
    struct buf encoded = BUF(TOKEN_TEXT_LEN + 8);
    base64url_encode((struct str){(const char *)secret, sizeof secret}, &encoded);
    INVARIANT(!encoded.failed && encoded.n == TOKEN_TEXT_LEN);
    memcpy(text, encoded.p, TOKEN_TEXT_LEN);
    text[TOKEN_TEXT_LEN] = '\0';
    buf_free(&encoded);
    *out = (struct local_write){.space = STR(TOKEN_SPACE),
                                .key = token_hash(arena, (struct str){text, TOKEN_TEXT_LEN}),
                                .value = grant_text(arena, grant)};
    if (arena->failed || !out->value.p) return why_set(why, ERR_NO_MEMORY, "", "no memory for a token");
    return ERR_NONE;
}

struct local_write token_revoke(struct str hash)
{
    return (struct local_write){.space = STR(TOKEN_SPACE), .key = hash};
}

static unsigned scopes_read(const struct json *list)
{
    unsigned found = 0;
    json_each(item, list)
    {
        for (size_t i = 0; i < SCOPES; i++)
            if (item->type == JSON_STRING && str_is(item->text, scopes[i].name)) found |= scopes[i].scope;
    }
    return found;
}

enum err token_read(struct arena *arena, struct str value, struct token_grant *out, struct why *why)
{
    const struct json *json = json_parse(arena, value, why);
    if (!json) return why ? why->err : ERR_MALFORMED;
    *out = (struct token_grant){.name = json_text(json, "name"),
                                .role = role_parse(json_text(json, "role")),
                                .scopes = scopes_read(json_get(json, "scopes"))};
    struct str expires = json_text(json, "expires");
    if (!name_plain(out->name) || out->role == ROLE_NONE || (expires.p && !time_parse_us(expires, &out->expires_us)))
        return why_set(why, ERR_MALFORMED, "", "what is stored of the token is no grant");
    return ERR_NONE;
}

// ---- Failed tries ----

#define TRIES_WINDOW_US 60000000

void token_tries_init(struct token_tries *tries)
{
    memset(tries, 0, sizeof *tries);
    pthread_mutex_init(&tries->lock, NULL);
    random_bytes(&tries->key, sizeof tries->key);
}

void token_tries_free(struct token_tries *tries)
{
    pthread_mutex_destroy(&tries->lock);
}

// FNV-1a from a random start, so that nobody outside knows which addresses share a slot.
static uint64_t address_hash(const struct token_tries *tries, const char *address)
{
    uint64_t h = 0xcbf29ce484222325u ^ tries->key;
    for (const char *p = address; *p; p++) h = (h ^ (uint8_t)*p) * 0x100000001b3u;
    return h ? h : 1;
}

bool token_tries_allow(struct token_tries *tries, const char *address, unsigned most, int64_t now_us)
{
    uint64_t h = address_hash(tries, address);
    pthread_mutex_lock(&tries->lock);
    const struct token_try *t = &tries->at[h % TOKEN_TRIES];
    bool allow = t->address != h || now_us - t->since_us >= TRIES_WINDOW_US || t->failed < most;
    pthread_mutex_unlock(&tries->lock);
    return allow;
}

void token_tries_failed(struct token_tries *tries, const char *address, int64_t now_us)
{
    uint64_t h = address_hash(tries, address);
    pthread_mutex_lock(&tries->lock);
    struct token_try *t = &tries->at[h % TOKEN_TRIES];
    if (t->address != h || now_us - t->since_us >= TRIES_WINDOW_US) *t = (struct token_try){h, now_us, 0};
    t->failed++;
    pthread_mutex_unlock(&tries->lock);
}

// ---- Who ----

static void caller_name(struct caller *caller, enum role role, struct str name)
{
    caller->role = role;
    snprintf(caller->name, sizeof caller->name, "%.*s", STR_ARG(name));
    snprintf(caller->actor, sizeof caller->actor, "%s:%s", role_name(role), caller->name);
}

enum err auth_certificate(const struct serve_party *parties, size_t nparties, const char *fingerprint,
                          struct caller *caller, struct why *why)
{
    for (size_t i = 0; i < nparties; i++) {
        struct str known = parties[i].certificate;
        if (known.n != X509_FINGERPRINT_TEXT - 1 || strncasecmp(known.p, fingerprint, known.n) != 0) continue;
        if (parties[i].party.n > CALLER_NAME_MAX) continue;
        caller_name(caller, ROLE_PARTY, parties[i].party);
        caller->scopes = SCOPE_ALL;
        snprintf(caller->party, sizeof caller->party, "%s", caller->name);
        snprintf(caller->certificate, sizeof caller->certificate, "%s", fingerprint);
        return ERR_NONE;
    }
    return why_set(why, ERR_FORBIDDEN, "", "the certificate %s is of no party that this node knows", fingerprint);
}

enum err auth_may(const struct serve_party *parties, size_t nparties, const char *party, struct str kind,
                  struct why *why)
{
    if (str_is(kind, "threat")) return ERR_NONE;
    for (size_t i = 0; i < nparties; i++) {
        if (!str_is(parties[i].party, party)) continue;
        for (size_t k = 0; k < parties[i].nmay; k++)
            if (kind_matches(parties[i].may[k], kind)) return ERR_NONE;
    }
    return why_set(why, ERR_FORBIDDEN, "/kind",
                   "%s may not state a %.*s here; its partner file's `may` would have to list it", party,
                   STR_ARG(kind));
}

static enum err wrong_token(struct why *why)
{
    return why_set(why, ERR_UNAUTHENTICATED, "Authorization", "this is no token of this node, or it is past its date");
}

enum err auth_token(struct views *views, struct arena *arena, struct str authorization, int64_t now_us,
                    struct caller *caller, struct why *why)
{
    if (authorization.n < 7 || strncasecmp(authorization.p, "Bearer ", 7) != 0)
        return why_set(why, ERR_UNAUTHENTICATED, "Authorization", "send \"Authorization: Bearer <token>\"");
    struct str text = str_trim(str_from(authorization, 7));
    if (text.n != TOKEN_TEXT_LEN) return wrong_token(why);
    // Looked up by its hash: how long that takes tells nothing of the token, since nobody chooses a token by its hash.
    struct str hash = token_hash(arena, text);
    struct str value = STR_NONE;
    if (!hash.p) return why_set(why, ERR_NO_MEMORY, "", "no memory for this now");
    enum err err = local_get(views, arena, STR(TOKEN_SPACE), hash, &value, why);
    if (err != ERR_NONE) return err;
    if (!value.p) return wrong_token(why);
    struct token_grant grant = {0};
    err = token_read(arena, value, &grant, why);
    if (err != ERR_NONE) return err;
    if (grant.expires_us && grant.expires_us <= now_us) return wrong_token(why);
    caller_name(caller, grant.role, grant.name);
    caller->scopes = grant.scopes;
    return ERR_NONE;
}
