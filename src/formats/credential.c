// SPDX-License-Identifier: Apache-2.0
#include "formats/credential.h"

#include "base/clock.h"
#include "formats/document.h"

#include <stdio.h>

#define BASE_CONTEXT "https://www.w3.org/ns/credentials/v2"
// Gives our terms a meaning to those who do process JSON-LD.
#define OUR_VOCABULARY "https://www.w3.org/ns/credentials/issuer-dependent#"

static const char *const programmes[] = {"FAST", "CTPAT", "OEA", "PIP"};
static const char *const statuses[] = {"valid", "suspended", "revoked"};
static const char *const schemes[] = {"fast.id", "ctpat.svi", "oea.id", "pip.id"};

const char *programme_name(enum programme programme)
{
    return programmes[programme];
}

bool programme_parse(struct str text, enum programme *out)
{
    for (int i = PROGRAMME_FAST; i <= PROGRAMME_PIP; i++) {
        if (!str_is(text, programmes[i])) continue;
        *out = (enum programme)i;
        return true;
    }
    return false;
}

const char *credential_status_name(enum credential_status status)
{
    return statuses[status];
}

bool credential_status_parse(struct str text, enum credential_status *out)
{
    for (int i = CREDENTIAL_VALID; i <= CREDENTIAL_REVOKED; i++) {
        if (!str_is(text, statuses[i])) continue;
        *out = (enum credential_status)i;
        return true;
    }
    return false;
}

bool credential_role_parse(struct str text, enum noun *out)
{
    return noun_parse(text, out) &&
           (*out == NOUN_DRIVER || *out == NOUN_CARRIER || *out == NOUN_IMPORTER || *out == NOUN_MANUFACTURER);
}

static enum err no_memory(const struct arena *arena, struct why *why)
{
    if (arena->full) return why_set(why, ERR_TOO_LARGE, "", "the credential is larger than its memory's limit");
    return why_set(why, ERR_NO_MEMORY, "", "no memory for the credential");
}

// --- structure ---

static enum err malformed(struct why *why, const char *member, const char *clause, const char *text)
{
    why_set(why, ERR_MALFORMED, member, "%s", text);
    why_clause(why, clause);
    return ERR_MALFORMED;
}

static bool is_scheme_char(char c, size_t i)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (i > 0 && ((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.'));
}

// An absolute URL as far as VCDM needs it: a scheme, a colon, and something without spaces or RFC 3986's unwise
// characters.
static bool is_url(const struct json *value)
{
    if (!value || value->type != JSON_STRING) return false;
    struct str s = value->text;
    size_t i = 0;
    while (i < s.n && is_scheme_char(s.p[i], i)) i++;
    if (i == 0 || i + 1 >= s.n || s.p[i] != ':') return false;
    for (; i < s.n; i++) {
        uint8_t c = (uint8_t)s.p[i];
        if (c <= ' ' || c == 0x7F || strchr("<>\"{}|\\^`", c)) return false;
    }
    return true;
}

static bool id_is_url_or_absent(const struct json *object)
{
    const struct json *id = json_get(object, "id");
    return !id || is_url(id);
}

static bool has_type(const struct json *object, const char *wanted)
{
    const struct json *type = json_get(object, "type");
    if (type && type->type == JSON_STRING) return str_is(type->text, wanted);
    if (!type || type->type != JSON_ARRAY) return false;
    json_each(item, type)
    {
        if (item->type == JSON_STRING && str_is(item->text, wanted)) return true;
    }
    return false;
}

// One or more texts, none empty.
static bool type_is_shaped(const struct json *object)
{
    const struct json *type = json_get(object, "type");
    if (!type) return false;
    if (type->type == JSON_STRING) return type->text.n > 0;
    if (type->type != JSON_ARRAY || type->count == 0) return false;
    json_each(item, type)
    {
        if (item->type != JSON_STRING || item->text.n == 0) return false;
    }
    return true;
}

static enum err context_check(const struct json *document, struct why *why)
{
    const struct json *context = json_get(document, "@context");
    if (context && context->type == JSON_STRING && str_is(context->text, BASE_CONTEXT)) return ERR_NONE;
    const struct json *first = context && context->type == JSON_ARRAY ? context->child : NULL;
    if (!first || first->type != JSON_STRING || !str_is(first->text, BASE_CONTEXT)) {
        return malformed(why, "/@context", "VCDM 2.0 4.3", "must be a list that starts with " BASE_CONTEXT);
    }
    json_each(item, context)
    {
        if (!is_url(item) && item->type != JSON_OBJECT) {
            return malformed(why, "/@context", "VCDM 2.0 4.3", "must hold URLs and objects only");
        }
    }
    return ERR_NONE;
}

// A language value object: @value, and nothing but @language and @direction beside it.
static bool is_language_value(const struct json *value)
{
    if (value->type != JSON_OBJECT || !json_text(value, "@value").p) return false;
    json_each(member, value)
    {
        bool known =
            str_is(member->name, "@value") || str_is(member->name, "@language") || str_is(member->name, "@direction");
        if (!known || member->type != JSON_STRING) return false;
    }
    return true;
}

static bool is_language_text(const struct json *value)
{
    if (!value || value->type == JSON_STRING) return true;
    if (value->type != JSON_ARRAY) return is_language_value(value);
    json_each(item, value)
    {
        if (!is_language_value(item)) return false;
    }
    return value->count > 0;
}

static enum err names_check(const struct json *object, const char *member, struct why *why)
{
    if (is_language_text(json_get(object, "name")) && is_language_text(json_get(object, "description")))
        return ERR_NONE;
    return malformed(why, member, "VCDM 2.0 11.1", "name and description are texts or language value objects");
}

static enum err issuer_check(const struct json *document, struct why *why)
{
    const struct json *issuer = json_get(document, "issuer");
    if (is_url(issuer)) return ERR_NONE;
    if (!issuer || issuer->type != JSON_OBJECT || !is_url(json_get(issuer, "id"))) {
        return malformed(why, "/issuer", "VCDM 2.0 4.7", "must be a URL, or an object whose id is one");
    }
    return names_check(issuer, "/issuer", why);
}

static enum err subject_check(const struct json *document, struct why *why)
{
    const struct json *subject = json_get(document, "credentialSubject");
    const struct json *one = subject && subject->type == JSON_ARRAY ? subject->child : subject;
    if (!one) return malformed(why, "/credentialSubject", "VCDM 2.0 4.8", "there must be a subject");
    for (; one; one = one == subject ? NULL : one->next) {
        if (one->type != JSON_OBJECT || one->count == 0) {
            return malformed(why, "/credentialSubject", "VCDM 2.0 4.8",
                             "a subject is an object with at least one claim");
        }
        if (!id_is_url_or_absent(one)) {
            return malformed(why, "/credentialSubject/id", "VCDM 2.0 4.4", "must be one URL");
        }
    }
    return ERR_NONE;
}

// An absent date is INT64_MIN / INT64_MAX.
static enum err validity_read(const struct json *document, int64_t *from_ms, int64_t *to_ms, struct why *why)
{
    const struct json *from = json_get(document, "validFrom"), *to = json_get(document, "validUntil");
    *from_ms = INT64_MIN;
    *to_ms = INT64_MAX;
    if (from && (from->type != JSON_STRING || !time_parse_ms(from->text, from_ms))) {
        return malformed(why, "/validFrom", "VCDM 2.0 4.9", "must be a date and time with an offset");
    }
    if (to && (to->type != JSON_STRING || !time_parse_ms(to->text, to_ms))) {
        return malformed(why, "/validUntil", "VCDM 2.0 4.9", "must be a date and time with an offset");
    }
    if (*from_ms > *to_ms) return malformed(why, "/validUntil", "VCDM 2.0 4.9", "lies before validFrom");
    return ERR_NONE;
}

// What may stand beside the claims: one object or a list of them, each with a type, an id that is a URL if there is
// one.
static const struct {
    const char *name, *pointer, *clause;
    bool needs_type, needs_id;
} extras[] = {
    {"credentialStatus", "/credentialStatus", "VCDM 2.0 4.10", true, false},
    {"credentialSchema", "/credentialSchema", "VCDM 2.0 4.11", true, true},
    {"proof", "/proof", "VCDM 2.0 4.12", true, false},
    {"refreshService", "/refreshService", "VCDM 2.0 5.4", true, false},
    {"termsOfUse", "/termsOfUse", "VCDM 2.0 5.5", true, false},
    {"evidence", "/evidence", "VCDM 2.0 5.6", true, false},
    {"relatedResource", "/relatedResource", "VCDM 2.0 5.3", false, true},
};

static enum err extra_check(const struct json *value, size_t e, struct why *why)
{
    const struct json *one = value->type == JSON_ARRAY ? value->child : value;
    for (; one; one = one == value ? NULL : one->next) {
        if (one->type != JSON_OBJECT) return malformed(why, extras[e].pointer, extras[e].clause, "must hold objects");
        if (extras[e].needs_type && !type_is_shaped(one)) {
            return malformed(why, extras[e].pointer, extras[e].clause, "must have a type");
        }
        if (!id_is_url_or_absent(one) || (extras[e].needs_id && !json_get(one, "id"))) {
            return malformed(why, extras[e].pointer, extras[e].clause, "must have a URL as its id");
        }
    }
    return ERR_NONE;
}

enum err credential_check(const struct json *document, struct why *why)
{
    int64_t from_ms, to_ms;
    if (document->type != JSON_OBJECT) return malformed(why, "", "VCDM 2.0 4", "a credential is an object");
    enum err err = context_check(document, why);
    if (err) return err;
    if (!id_is_url_or_absent(document)) return malformed(why, "/id", "VCDM 2.0 4.4", "must be one URL");
    if (!type_is_shaped(document) || !has_type(document, "VerifiableCredential")) {
        return malformed(why, "/type", "VCDM 2.0 4.5", "must hold VerifiableCredential, and texts only");
    }
    err = names_check(document, "/name", why);
    if (!err) err = issuer_check(document, why);
    if (!err) err = subject_check(document, why);
    if (!err) err = validity_read(document, &from_ms, &to_ms, why);
    for (size_t e = 0; !err && e < sizeof extras / sizeof extras[0]; e++) {
        const struct json *value = json_get(document, extras[e].name);
        if (value) err = extra_check(value, e, why);
    }
    return err;
}

// --- the trader ---

enum err credential_holder(struct arena *arena, const struct identifier_table *identifiers, struct str scheme,
                           struct str value, const char *member, struct credential *credential, struct why *why)
{
    struct identifier id;
    struct why inner = {0};
    enum err err = identifier_check(identifiers, arena, scheme, value, &id, &inner);
    if (err && arena->failed) return no_memory(arena, why);
    if (err) {
        why_set(why, err, member, "%s", inner.text);
        why_clause(why, inner.clause);
        return err;
    }
    if (!identifier_names(identifier_scheme_find(identifiers, id.scheme), credential->role)) {
        return why_set(why, ERR_SENSELESS, member, "%.*s does not name a %s", STR_ARG(id.scheme),
                       noun_name(credential->role));
    }
    for (size_t i = 0; i < credential->nholder; i++) {
        if (str_eq(credential->holder[i].scheme, id.scheme) && str_eq(credential->holder[i].value, id.value))
            return ERR_NONE;
    }
    if (credential->nholder == CREDENTIAL_HOLDERS_MAX) {
        return why_set(why, ERR_TOO_LARGE, member, "a holder has at most %d identifiers", CREDENTIAL_HOLDERS_MAX);
    }
    credential->holder[credential->nholder++] = id;
    return ERR_NONE;
}

enum err credential_programme_id(struct arena *arena, const struct identifier_table *identifiers, struct str id,
                                 const char *member, struct credential *credential, struct why *why)
{
    struct str scheme = str_of(schemes[credential->programme]);
    if (id.n == 0 || id.n > CREDENTIAL_ID_MAX) {
        return why_set(why, ERR_MALFORMED, member, "the id in the programme is missing or over %d bytes",
                       CREDENTIAL_ID_MAX);
    }
    credential->id = id;
    const struct identifier_scheme *known = identifier_scheme_find(identifiers, scheme);
    if (!known || !identifier_names(known, credential->role)) return ERR_NONE;
    size_t before = credential->nholder;
    enum err err = credential_holder(arena, identifiers, scheme, id, member, credential, why);
    if (!err && credential->nholder > before) credential->id = credential->holder[before].value;
    return err;
}

static enum err identifiers_read(struct arena *arena, const struct identifier_table *table, const struct json *list,
                                 struct credential *out, struct why *why)
{
    if (!list || list->type != JSON_ARRAY || list->count == 0) {
        return why_set(why, ERR_MALFORMED, "/credentialSubject/identifiers",
                       "a list of {\"scheme\",\"value\"} is needed");
    }
    size_t i = 0;
    json_each(item, list)
    {
        char member[64];
        snprintf(member, sizeof member, "/credentialSubject/identifiers/%zu", i++);
        struct str scheme = json_text(item, "scheme"), value = json_text(item, "value");
        if (!scheme.n || !value.n) return why_set(why, ERR_MALFORMED, member, "scheme and value must be texts");
        enum err err = credential_holder(arena, table, scheme, value, member, out, why);
        if (err) return err;
    }
    return ERR_NONE;
}

// Our own TrustedTraderCertificate.
static enum err trader_read(struct arena *arena, const struct identifier_table *table, const struct json *subject,
                            struct credential *out, struct why *why)
{
    if (!has_type(subject, "TrustedTrader")) {
        return why_set(why, ERR_MALFORMED, "/credentialSubject/type", "must be TrustedTrader");
    }
    if (!programme_parse(json_text(subject, "programme"), &out->programme)) {
        return why_set(why, ERR_MALFORMED, "/credentialSubject/programme", "must be FAST, CTPAT, OEA or PIP");
    }
    if (!credential_role_parse(json_text(subject, "role"), &out->role)) {
        return why_set(why, ERR_MALFORMED, "/credentialSubject/role",
                       "must be driver, carrier, importer or manufacturer");
    }
    const struct json *level = json_get(subject, "securityLevel");
    if (level && (level->type != JSON_STRING || level->text.n == 0 || level->text.n > CREDENTIAL_ID_MAX)) {
        return why_set(why, ERR_MALFORMED, "/credentialSubject/securityLevel", "must be a text of at most %d bytes",
                       CREDENTIAL_ID_MAX);
    }
    if (level) out->security_level = level->text;
    enum err err = identifiers_read(arena, table, json_get(subject, "identifiers"), out, why);
    if (err) return err;
    return credential_programme_id(arena, table, json_text(subject, "programmeId"), "/credentialSubject/programmeId",
                                   out, why);
}

static bool text_contains(struct str text, const char *part)
{
    return text.p && memmem(text.p, text.n, part, strlen(part)) != NULL;
}

// The trade sector is free text in the vocabulary ("Sea Carrier", "U.S. Importer", "Foreign Manufacturer").
static bool ctpat_role(const struct json *subject, const struct json *member, enum noun *out)
{
    struct str sector = json_text(subject, "tradeSector");
    if (text_contains(sector, "Carrier"))
        *out = NOUN_CARRIER;
    else if (text_contains(sector, "Importer"))
        *out = NOUN_IMPORTER;
    else if (text_contains(sector, "Manufacturer"))
        *out = NOUN_MANUFACTURER;
    else if (sector.n)
        return false;
    else if (json_text(member, "scac").n)
        *out = NOUN_CARRIER;
    else if (json_get(member, "importerOfRecord"))
        *out = NOUN_IMPORTER;
    else
        return false;
    return true;
}

// traceability-vocab's CTPATCertificate. The certificate's own number comes first: it is what the issuer vouches for.
static enum err ctpat_read(struct arena *arena, const struct identifier_table *table, const struct json *subject,
                           struct credential *out, struct why *why)
{
    const struct json *member = json_get(subject, "member");
    out->programme = PROGRAMME_CTPAT;
    if (!ctpat_role(subject, member, &out->role)) {
        return why_set(why, ERR_UNSUPPORTED, "/credentialSubject/tradeSector",
                       "no carrier, importer or manufacturer: neither tradeSector nor member says which");
    }
    struct str tier = json_text(subject, "tier"), scac = json_text(member, "scac");
    if (tier.n && tier.n <= CREDENTIAL_ID_MAX) out->security_level = tier;
    enum err err = credential_programme_id(arena, table, json_text(subject, "sviNumber"),
                                           "/credentialSubject/sviNumber", out, why);
    if (!err && out->role == NOUN_CARRIER && scac.n) {
        err = credential_holder(arena, table, STR("us.scac"), scac, "/credentialSubject/member/scac", out, why);
    }
    if (!err && out->role == NOUN_IMPORTER && json_get(member, "importerOfRecord")) {
        err = credential_holder(arena, table, STR("us.ior"), json_text(json_get(member, "importerOfRecord"), "number"),
                                "/credentialSubject/member/importerOfRecord/number", out, why);
    }
    return err;
}

static enum err subject_read(struct arena *arena, const struct identifier_table *table, const struct json *document,
                             struct credential *out, struct why *why)
{
    const struct json *subject = json_get(document, "credentialSubject");
    if (subject->type == JSON_ARRAY && subject->count == 1) subject = subject->child;
    if (subject->type == JSON_ARRAY) {
        return why_set(why, ERR_UNSUPPORTED, "/credentialSubject", "one trader a credential, not %zu", subject->count);
    }
    if (has_type(document, "TrustedTraderCertificate")) return trader_read(arena, table, subject, out, why);
    if (has_type(document, "CTPATCertificate")) return ctpat_read(arena, table, subject, out, why);
    return why_set(why, ERR_UNSUPPORTED, "/type", "only TrustedTraderCertificate and CTPATCertificate are read");
}

static enum err dates_read(const struct json *document, int64_t now_ms, struct credential *out, struct why *why)
{
    enum err err = validity_read(document, &out->from_ms, &out->to_ms, why);
    if (err) return err;
    if (out->from_ms == INT64_MIN || out->to_ms == INT64_MAX) {
        return why_set(why, ERR_MALFORMED, out->from_ms == INT64_MIN ? "/validFrom" : "/validUntil",
                       "a trader's credential must say from when and until when it is valid");
    }
    if (out->to_ms < now_ms) {
        return why_set(why, ERR_EXPIRED, "/validUntil", "the credential expired at %.*s",
                       STR_ARG(json_text(document, "validUntil")));
    }
    return ERR_NONE;
}

enum err credential_verify(struct arena *arena, struct str bytes, const struct credential_context *context,
                           struct credential *out, struct why *why)
{
    *out = (struct credential){0};
    if (bytes.n > CREDENTIAL_BYTES_MAX) {
        return why_set(why, ERR_TOO_LARGE, "", "a credential has at most %zu bytes", CREDENTIAL_BYTES_MAX);
    }
    struct why inner = {0};
    const struct json *document = json_parse(arena, bytes, &inner);
    if (!document) {
        if (why) *why = inner;
        return inner.err;
    }
    enum err err = credential_check(document, why);
    if (!err) err = dates_read(document, context->now_ms, out, why);
    if (!err) err = subject_read(arena, context->identifiers, document, out, why);
    if (err) return err;
    const struct json *issuer = json_get(document, "issuer");
    out->issuer_did = issuer->type == JSON_OBJECT ? json_text(issuer, "id") : issuer->text;
    if (!context->issuer(context->issuer_context, out->issuer_did, out->programme, &out->issuer)) {
        return why_set(why, ERR_FORBIDDEN, "/issuer", "%.*s is not on this node's list of issuers for %s",
                       STR_ARG(out->issuer_did), programme_name(out->programme));
    }
    out->status_unknown = json_get(document, "credentialStatus") != NULL;
    struct integrity integrity;
    struct integrity_policy policy = {"assertionMethod", out->issuer_did, context->now_ms, context->documents};
    err = integrity_verify(arena, document, &policy, &integrity, why);
    if (!err && arena->failed) err = no_memory(arena, why);
    return err;
}

// --- statement and credential ---

static struct str time_in(struct arena *arena, int64_t ms)
{
    char text[TIME_TEXT_ROOM];
    size_t n = time_text_ms(ms, text);
    return arena_str(arena, (struct str){text, n});
}

struct draft *credential_draft(struct arena *arena, const struct credential *credential, struct str original)
{
    INVARIANT(credential->nholder > 0);
    struct draft *draft = draft_new(arena, "credential", credential->from_ms, LABEL_AMBER);
    if (!draft) return NULL;
    struct subject_ref *holder =
        draft_about(arena, draft, credential->role, credential->holder[0].scheme, credential->holder[0].value);
    for (size_t i = 1; holder && i < credential->nholder; i++) {
        draft_also(arena, holder, credential->holder[i].scheme, credential->holder[i].value);
    }
    struct json *member = json_new_object(arena);
    json_put_text(arena, member, "programme", str_of(programme_name(credential->programme)));
    json_put_text(arena, member, "role", str_of(noun_name(credential->role)));
    json_put_text(arena, member, "id", credential->id);
    json_put_text(arena, member, "issuer", credential->issuer);
    json_put_text(arena, member, "from", time_in(arena, credential->from_ms));
    json_put_text(arena, member, "to", time_in(arena, credential->to_ms));
    json_put_text(arena, member, "status", str_of(credential_status_name(credential->status)));
    json_put_text(arena, member, "proof", credential->from_roster ? STR("roster") : STR("vc"));
    draft_put(draft, "credential", member);
    if (original.n) draft_put(draft, "original", document_original(arena, "application/vc", original));
    return holder && !arena->failed ? draft : NULL;
}

static struct json *subject_make(struct arena *arena, const struct credential *credential)
{
    struct json *subject = json_new_object(arena), *list = json_new_array(arena);
    json_put_text(arena, subject, "type", STR("TrustedTrader"));
    json_put_text(arena, subject, "programme", str_of(programme_name(credential->programme)));
    json_put_text(arena, subject, "role", str_of(noun_name(credential->role)));
    for (size_t i = 0; i < credential->nholder; i++) {
        struct json *one = json_new_object(arena);
        json_put_text(arena, one, "scheme", credential->holder[i].scheme);
        json_put_text(arena, one, "value", credential->holder[i].value);
        json_add(list, one);
    }
    json_put(subject, "identifiers", list);
    json_put_text(arena, subject, "programmeId", credential->id);
    if (credential->security_level.n) json_put_text(arena, subject, "securityLevel", credential->security_level);
    return subject;
}

static struct json *document_make(struct arena *arena, const struct credential_offer *offer)
{
    struct json *root = json_new_object(arena), *context = json_new_array(arena), *types = json_new_array(arena);
    struct json *terms = json_new_object(arena);
    json_put_text(arena, terms, "@vocab", STR(OUR_VOCABULARY));
    json_add(context, json_new_text(arena, STR(BASE_CONTEXT)));
    json_add(context, terms);
    json_add(types, json_new_text(arena, STR("VerifiableCredential")));
    json_add(types, json_new_text(arena, STR("TrustedTraderCertificate")));
    json_put(root, "@context", context);
    if (offer->urn.n) json_put_text(arena, root, "id", offer->urn);
    json_put(root, "type", types);
    json_put_text(arena, root, "issuer", offer->issuer);
    json_put_text(arena, root, "validFrom", time_in(arena, offer->credential->from_ms));
    json_put_text(arena, root, "validUntil", time_in(arena, offer->credential->to_ms));
    json_put(root, "credentialSubject", subject_make(arena, offer->credential));
    return arena->failed ? NULL : root;
}

static enum err document_sign(struct arena *arena, const struct credential_offer *offer, const struct signing_key *key,
                              struct buf *out, struct why *why)
{
    struct json *document = document_make(arena, offer), *made;
    if (!document) return no_memory(arena, why);
    enum err err = credential_check(document, why);
    if (err) return err;
    struct integrity_options options = {offer->method, time_in(arena, offer->created_ms), STR_NONE, "assertionMethod"};
    err = integrity_sign(arena, document, key, &options, &made, why);
    if (err) return err;
    json_canonical(made, out);
    return out->failed ? no_memory(arena, why) : ERR_NONE;
}

enum err credential_make(const struct credential_offer *offer, const struct signing_key *key, struct buf *out,
                         struct why *why)
{
    struct arena arena = ARENA(4 * CREDENTIAL_BYTES_MAX);
    enum err err = document_sign(&arena, offer, key, out, why);
    arena_free(&arena);
    return err;
}
