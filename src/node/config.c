// SPDX-License-Identifier: Apache-2.0
#include "node/config.h"

#include "base/clock.h"
#include "base/text.h"
#include "formats/yaml_schema.h"
#include "node/file.h"
#include "node/rules_file.h"

#include <stdio.h>
#include <stdlib.h>

#define CONFIG_ARENA ((size_t)64 << 20)
#define CONFIG_FILE_MAX YAML_BYTES_MAX
#define SIGNATURES_MAX 16384
#define RATE_MAX 100000.0

// ---- node.yaml ----

static const struct yaml_field https_fields[] = {
    {.name = "address", .type = YAML_TEXT, .preset = "127.0.0.1", .min = 1, .max = 64, .doc = "numeric; \"::\": all"},
    {.name = "port", .type = YAML_INTEGER, .preset = "8443", .min = 0, .max = 65535, .doc = "0: any free one"},
    {0},
};

static const struct yaml_field seals_fields[] = {
    {.name = "address", .type = YAML_TEXT, .preset = "127.0.0.1", .min = 1, .max = 64, .doc = "numeric"},
    {.name = "port", .type = YAML_INTEGER, .required = true, .min = 0, .max = 65535, .doc = "0: any free one"},
    {0},
};

static const char *const programmes[] = {"FAST", "CTPAT", "OEA", "PIP", NULL};

static const struct yaml_field issuer_fields[] = {
    {.name = "issuer", .type = YAML_TEXT, .required = true, .min = 1, .max = ORIGIN_MAX, .doc = "a party's name"},
    {.name = "did", .type = YAML_TEXT, .min = 8, .max = DID_MAX, .doc = "whose credentials are its"},
    {.name = "programmes",
     .type = YAML_LIST,
     .of = YAML_ENUM,
     .choices = programmes,
     .min = 1,
     .max = 4,
     .doc = "in which it counts; default all"},
    {0},
};

static const struct yaml_field signer_fields[] = {
    {.name = "name", .type = YAML_TEXT, .required = true, .min = 1, .max = 120, .doc = "of the person"},
    {.name = "key", .type = YAML_TEXT, .required = true, .min = 1, .max = 400, .doc = "verifier key"},
    {0},
};

static const struct yaml_field clock_fields[] = {
    {.name = "start", .type = YAML_TIME, .required = true, .doc = "node time at the reference"},
    {.name = "reference", .type = YAML_TIME, .required = true, .doc = "wall time of the start"},
    {.name = "rate", .type = YAML_DECIMAL, .preset = "1", .doc = "node seconds a wall second"},
    {0},
};

#define LIMIT_MAX 10000000
static const struct yaml_field limit_fields[] = {
    {.name = "connections", .type = YAML_INTEGER, .preset = "1024", .min = 1, .max = LIMIT_MAX, .doc = "HTTPS, in all"},
    {.name = "connections_per_ip", .type = YAML_INTEGER, .preset = "256", .min = 1, .max = LIMIT_MAX, .doc = "HTTPS"},
    {.name = "handshakes_per_s", .type = YAML_INTEGER, .preset = "400", .min = 1, .max = 100000, .doc = "in all"},
    {.name = "idle", .type = YAML_DURATION, .preset = "30s", .min = 1000, .max = 86400000, .doc = "no whole request"},
    {.name = "request", .type = YAML_DURATION, .preset = "60s", .min = 1000, .max = 86400000, .doc = "a body's time"},
    {.name = "statements", .type = YAML_SIZE, .preset = "1MiB", .min = 1024, .max = 1 << 26, .doc = "body of a POST"},
    {.name = "file", .type = YAML_SIZE, .preset = "4MiB", .min = 1024, .max = 1 << 26, .doc = "a file that comes in"},
    {.name = "memory", .type = YAML_SIZE, .preset = "256MiB", .min = 1 << 20, .max = (int64_t)1 << 40, .doc = "in all"},
    {.name = "streams", .type = YAML_INTEGER, .preset = "256", .min = 1, .max = LIMIT_MAX, .doc = "and waiting links"},
    {.name = "token_failures", .type = YAML_INTEGER, .preset = "20", .min = 1, .max = LIMIT_MAX, .doc = "a minute"},
    {.name = "devices", .type = YAML_INTEGER, .preset = "4096", .min = 1, .max = LIMIT_MAX, .doc = "connections"},
    {.name = "devices_per_ip",
     .type = YAML_INTEGER,
     .preset = "1024",
     .min = 1,
     .max = LIMIT_MAX,
     .doc = "connections"},
    {.name = "device_idle", .type = YAML_DURATION, .preset = "15m", .min = 1000, .max = 604800000, .doc = "silence"},
    {.name = "rejected_per_minute", .type = YAML_INTEGER, .preset = "600", .min = 1, .max = LIMIT_MAX, .doc = "kept"},
    {0},
};

static const struct yaml_field node_fields[] = {
    {.name = "party", .type = YAML_TEXT, .required = true, .min = 1, .max = ORIGIN_MAX, .doc = "whose node this is"},
    {.name = "https",
     .type = YAML_TABLE,
     .table = https_fields,
     .preset = "{}",
     .doc = "where partners and people come in"},
    {.name = "seals", .type = YAML_TABLE, .table = seals_fields, .doc = "TCP listener for seals; absent: none"},
    {.name = "folder", .type = YAML_TEXT, .preset = "inbox", .min = 1, .max = 1024, .doc = "watched folder"},
    {.name = "page", .type = YAML_TEXT, .min = 1, .max = 1024, .doc = "folder of the page's files; absent: built in"},
    {.name = "recognised",
     .type = YAML_LIST,
     .of = YAML_TABLE,
     .table = issuer_fields,
     .preset = "[]",
     .max = CONFIG_ISSUERS_MAX,
     .doc = "issuers of credentials and rosters that count here"},
    {.name = "explainers",
     .type = YAML_LIST,
     .of = YAML_TEXT,
     .preset = "[]",
     .max = CONFIG_ISSUERS_MAX,
     .doc = "parties whose custody.explain counts here"},
    {.name = "roster_keys",
     .type = YAML_LIST,
     .of = YAML_TEXT,
     .preset = "[]",
     .max = CONFIG_ISSUERS_MAX,
     .doc = "verifier keys that may sign rosters"},
    {.name = "rule_signers",
     .type = YAML_LIST,
     .of = YAML_TABLE,
     .table = signer_fields,
     .preset = "[]",
     .max = CONFIG_SIGNERS_MAX,
     .doc = "people of whom two must sign a rule set; absent: nobody is asked"},
    {.name = "pinned", .type = YAML_TEXT, .min = 1, .max = 1024, .doc = "folder of pinned did:web documents"},
    {.name = "devices", .type = YAML_TEXT, .min = 1, .max = 1024, .doc = "file with the registry of devices"},
    {.name = "schemas", .type = YAML_TEXT, .min = 1, .max = 1024, .doc = "folder with SAT's CartaPorte31.xsd"},
    {.name = "clock", .type = YAML_TABLE, .table = clock_fields, .doc = "a rehearsal's clock; absent: wall time"},
    {.name = "limits", .type = YAML_TABLE, .table = limit_fields, .preset = "{}", .doc = "what strangers may use up"},
    {0},
};

static const struct yaml_field device_fields[] = {
    {.name = "device", .type = YAML_TEXT, .required = true, .min = 3, .max = 128, .doc = "scheme:number"},
    {.name = "party", .type = YAML_TEXT, .min = 1, .max = ORIGIN_MAX, .doc = "whose it is"},
    {.name = "vendor", .type = YAML_TEXT, .min = 1, .max = 128, .doc = "its maker"},
    {.name = "vendor_country", .type = YAML_TEXT, .min = 2, .max = 2, .doc = "ISO 3166-1 alpha-2"},
    {.name = "door_io", .type = YAML_INTEGER, .min = 1, .max = 255, .doc = "input of its door sensor"},
    {.name = "door_open", .type = YAML_INTEGER, .min = 0, .max = 255, .doc = "the input's value while open"},
    {0},
};

static const struct yaml_field registry_fields[] = {
    {.name = "devices",
     .type = YAML_LIST,
     .of = YAML_TABLE,
     .table = device_fields,
     .required = true,
     .max = CONFIG_DEVICES_MAX,
     .doc = "the registry"},
    {0},
};

void config_describe(struct buf *out)
{
    yaml_schema_describe(node_fields, out);
}

// ---- Small things ----

static enum err no_memory(struct why *why)
{
    return why_set(why, ERR_NO_MEMORY, "", "no memory for the configuration");
}

// The reason, with the file's name in front of it.
static enum err in_file(const char *name, const struct why *inner, struct why *why)
{
    (void)why_set(why, inner->err, inner->member, "%s: %s", name, inner->text);
    if (why && inner->clause[0]) return why_clause(why, inner->clause);
    return inner->err;
}

static enum err yaml_file(struct config *c, const char *name, const struct yaml_field *table, struct json **out,
                          struct why *why)
{
    struct str bytes;
    struct why inner = {0};
    const char *path = file_path(&c->arena, c->dir, name);
    if (!path) return no_memory(why);
    enum err err = file_read(&c->arena, path, CONFIG_FILE_MAX, &bytes, why);
    if (err != ERR_NONE) return err;
    return yaml_read(&c->arena, bytes, table, out, &inner) == ERR_NONE ? ERR_NONE : in_file(name, &inner, why);
}

// A member that is a path: within DIR unless absolute. NULL when absent.
static const char *path_member(struct config *c, const struct json *file, const char *member)
{
    struct str text = arena_str(&c->arena, json_text(file, member));
    return text.n ? file_path(&c->arena, c->dir, text.p) : NULL;
}

static int64_t integer(const struct json *table, const char *member)
{
    int64_t value = 0;
    bool there = json_integer(table, member, &value);
    INVARIANT(there); // required, or preset
    return value;
}

static size_t bytes_of(const struct json *table, const char *member)
{
    return (size_t)integer(table, member);
}

static unsigned count_of(const struct json *table, const char *member)
{
    return (unsigned)integer(table, member);
}

static unsigned seconds_of(const struct json *table, const char *member)
{
    return (unsigned)(integer(table, member) / 1000);
}

static void limits_read(const struct json *t, struct serve_limits *out)
{
    *out = (struct serve_limits){
        .connections = count_of(t, "connections"),
        .connections_per_ip = count_of(t, "connections_per_ip"),
        .handshakes_per_s = count_of(t, "handshakes_per_s"),
        .idle_s = seconds_of(t, "idle"),
        .request_s = seconds_of(t, "request"),
        .statements_bytes = bytes_of(t, "statements"),
        .file_bytes = bytes_of(t, "file"),
        .memory = bytes_of(t, "memory"),
        .streams = count_of(t, "streams"),
        .token_failures = count_of(t, "token_failures"),
        .devices = count_of(t, "devices"),
        .devices_per_ip = count_of(t, "devices_per_ip"),
        .device_idle_s = seconds_of(t, "device_idle"),
        .rejected_per_minute = count_of(t, "rejected_per_minute"),
    };
}

static enum err clock_read(const struct json *t, struct config_clock *out, struct why *why)
{
    if (!t) return ERR_NONE;
    out->rehearsal = true;
    if (!time_parse_us(json_text(t, "start"), &out->start_us) ||
        !time_parse_us(json_text(t, "reference"), &out->reference_us))
        return why_set(why, ERR_MALFORMED, "/clock", "node.yaml: clock: these are no times");
    if (!json_number(t, "rate", &out->rate) || !(out->rate > 0) || out->rate > RATE_MAX)
        return why_set(why, ERR_MALFORMED, "/clock/rate", "node.yaml: clock.rate is from above 0 to %.0f", RATE_MAX);
    return ERR_NONE;
}

static unsigned programmes_read(const struct json *list)
{
    unsigned bits = 0;
    json_each(item, list)
    {
        enum programme programme;
        if (programme_parse(item->text, &programme)) bits |= 1u << programme;
    }
    return list ? bits : ~0u;
}

// An issuer is known by its name, in statements of rosters and partners, and by its DID.
static enum err issuers_read(struct config *c, const struct json *list, struct why *why)
{
    c->issuers = arena_array(&c->arena, struct config_issuer, list->count + 1);
    c->recognised = arena_array(&c->arena, struct str, 2 * list->count + 1);
    if (!c->issuers || !c->recognised) return no_memory(why);
    json_each(item, list)
    {
        struct config_issuer *issuer = &c->issuers[c->nissuers++];
        *issuer = (struct config_issuer){.issuer = json_text(item, "issuer"),
                                         .did = json_text(item, "did"),
                                         .programmes = programmes_read(json_get(item, "programmes"))};
        if (issuer->did.p && !str_starts(issuer->did, "did:"))
            return why_set(why, ERR_MALFORMED, "/recognised", "node.yaml: %.*s is no DID", STR_ARG(issuer->did));
        bool known = false;
        for (size_t i = 0; i < c->nrecognised; i++) known = known || str_eq(c->recognised[i], issuer->issuer);
        if (!known) c->recognised[c->nrecognised++] = issuer->issuer;
        if (issuer->did.p) c->recognised[c->nrecognised++] = issuer->did;
    }
    return ERR_NONE;
}

static enum err explainers_read(struct config *c, const struct json *list, struct why *why)
{
    c->explainers = arena_array(&c->arena, struct str, list->count + 1);
    if (!c->explainers) return no_memory(why);
    json_each(item, list)
    {
        if (!origin_valid(item->text))
            return why_set(why, ERR_MALFORMED, "/explainers", "node.yaml: \"%.*s\" is no party", STR_ARG(item->text));
        c->explainers[c->nexplainers++] = item->text;
    }
    return ERR_NONE;
}

static enum err roster_keys_read(struct config *c, const struct json *list, struct why *why)
{
    c->roster_keys = arena_array(&c->arena, struct note_key, list->count + 1);
    if (!c->roster_keys) return no_memory(why);
    json_each(item, list)
    {
        struct why inner = {0};
        struct note_key *key = &c->roster_keys[c->nroster_keys++];
        if (note_key_parse(item->text, key, &inner) != ERR_NONE) return in_file("node.yaml: roster_keys", &inner, why);
        if (key->type != NOTE_ED25519)
            return why_set(why, ERR_SENSELESS, "/roster_keys", "node.yaml: %.*s is no key that signs",
                           STR_ARG(item->text));
    }
    return ERR_NONE;
}

static enum err signer_add(struct config *c, const struct json *item, struct why *why)
{
    struct config_signer *signer = &c->signers[c->nsigners];
    struct why inner = {0};
    signer->name = json_text(item, "name");
    if (note_key_parse(json_text(item, "key"), &signer->key, &inner) != ERR_NONE)
        return in_file("node.yaml: rule_signers", &inner, why);
    if (signer->key.type != NOTE_ED25519)
        return why_set(why, ERR_SENSELESS, "/rule_signers", "node.yaml: the key of %.*s is none that signs",
                       STR_ARG(signer->name));
    for (size_t i = 0; i < c->nsigners; i++)
        if (!memcmp(c->signers[i].key.public, signer->key.public, ED25519_PUBLIC))
            return why_set(why, ERR_CONFLICT, "/rule_signers",
                           "node.yaml: %.*s and %.*s have one key; each wants their own", STR_ARG(c->signers[i].name),
                           STR_ARG(signer->name));
    c->nsigners++;
    return ERR_NONE;
}

static enum err signers_read(struct config *c, const struct json *list, struct why *why)
{
    enum err err = ERR_NONE;
    bool two = false;
    c->signers = arena_array(&c->arena, struct config_signer, list->count + 1);
    if (!c->signers) return no_memory(why);
    for (const struct json *item = list->child; item && err == ERR_NONE; item = item->next)
        err = signer_add(c, item, why);
    for (size_t i = 1; err == ERR_NONE && i < c->nsigners; i++)
        two = two || !str_eq(c->signers[i].name, c->signers[0].name);
    if (err == ERR_NONE && c->nsigners && !two)
        err = why_set(why, ERR_SENSELESS, "/rule_signers", "node.yaml: rule_signers wants two people at least");
    return err;
}

// ---- Files beside it ----

static enum err documents_read(struct config *c, const char *folder, struct why *why)
{
    struct str *names;
    if (!folder) return ERR_NONE;
    enum err err = file_list(&c->arena, folder, ".json", &names, &c->ndocuments, why);
    if (err != ERR_NONE) return err;
    if (c->ndocuments > CONFIG_DOCUMENTS_MAX)
        return why_set(why, ERR_TOO_LARGE, "pinned", "over %d pinned documents", CONFIG_DOCUMENTS_MAX);
    c->documents = arena_array(&c->arena, struct config_document, c->ndocuments + 1);
    if (!c->documents) return no_memory(why);
    for (size_t i = 0; i < c->ndocuments; i++) {
        struct config_document *document = &c->documents[i];
        struct why inner = {0};
        const char *path = file_path(&c->arena, folder, names[i].p);
        if (!path) return no_memory(why);
        err = file_read(&c->arena, path, DID_DOCUMENT_MAX, &document->bytes, why);
        if (err != ERR_NONE) return err;
        const struct json *json = json_parse(&c->arena, document->bytes, &inner);
        if (!json) return in_file(path, &inner, why);
        document->did = json_text(json, "id");
        if (!str_starts(document->did, "did:"))
            return why_set(why, ERR_MALFORMED, "/id", "%s: the document's id is no DID", path);
    }
    return ERR_NONE;
}

static enum err devices_read(struct config *c, struct str name, struct why *why)
{
    struct json *file;
    struct str registry = arena_str(&c->arena, name);
    if (!name.n) return ERR_NONE;
    if (!registry.p) return no_memory(why);
    enum err err = yaml_file(c, registry.p, registry_fields, &file, why);
    if (err != ERR_NONE) return err;
    struct buf text = BUF((size_t)4 << 20);
    json_canonical(json_get(file, "devices"), &text);
    c->devices = text.failed ? STR_NONE : arena_str(&c->arena, buf_str(&text));
    buf_free(&text);
    return c->devices.p ? ERR_NONE : no_memory(why);
}

// scanner-logs/*.yaml: how the logs of scanners are read.
static enum err scanners_read(struct config *c, struct why *why)
{
    struct str *names;
    size_t n;
    const struct identifier_table *identifiers;
    const char *folder = file_path(&c->arena, c->dir, "scanner-logs");
    if (!folder) return no_memory(why);
    enum err err = file_list(&c->arena, folder, ".yaml", &names, &n, why);
    if (err != ERR_NONE || !n) return err;
    if (n > CONFIG_SCANNERS_MAX) return why_set(why, ERR_TOO_LARGE, "", "over %d scanner logs", CONFIG_SCANNERS_MAX);
    const struct scanner_mapping **items = arena_array(&c->arena, const struct scanner_mapping *, n);
    if (!items) return no_memory(why);
    err = identifier_table_read(&c->arena, identifiers_builtin(), &identifiers, why);
    for (size_t i = 0; i < n && err == ERR_NONE; i++) {
        struct str bytes;
        struct why inner = {0};
        const char *path = file_path(&c->arena, folder, names[i].p);
        if (!path) return no_memory(why);
        err = file_read(&c->arena, path, CONFIG_FILE_MAX, &bytes, why);
        if (err == ERR_NONE && scanner_mapping_read(&c->arena, bytes, identifiers, &items[i], &inner) != ERR_NONE)
            err = in_file(path, &inner, why);
    }
    c->scanners = (struct scanner_mappings){items, n};
    return err;
}

static enum err partner_add(struct config *c, const char *name, struct why *why)
{
    const char *path = file_path(&c->arena, c->dir, name);
    if (!path) return no_memory(why);
    struct partner_file *file = &c->files[c->nfiles];
    enum err err = partner_file_read(&c->arena, path, file, why);
    if (err != ERR_NONE) return err;
    if (str_eq(file->party, c->party)) return why_set(why, ERR_SENSELESS, "party", "%s: this is the node itself", name);
    for (size_t i = 0; i < c->nfiles; i++) {
        if (str_eq(c->files[i].party, file->party))
            return why_set(why, ERR_CONFLICT, "party", "%s: there is another file of this party", name);
        if (!strcmp(c->files[i].fingerprint, file->fingerprint))
            return why_set(why, ERR_CONFLICT, "certificate", "%s: %.*s has this certificate", name,
                           STR_ARG(c->files[i].party));
    }
    c->nfiles++;
    c->parties[c->nparties++] = (struct serve_party){file->party, str_of(file->fingerprint), file->may, file->nmay};
    if (file->has_log != file->has_witness)
        return why_set(why, ERR_SENSELESS, file->has_log ? "witness_key" : "log_key",
                       "%s: log_key and witness_key come together", name);
    if (!file->has_log) return ERR_NONE;
    struct partner *partner = &c->partners[c->npartners++];
    *partner = (struct partner){.party = file->party,
                                .url = file->url,
                                .log_key = file->log,
                                .witness_key = file->witness,
                                .certificate = str_of(file->fingerprint)};
    if (file->has_agreement) memcpy(partner->agreement_key, file->agreement.public, ED25519_PUBLIC);
    return ERR_NONE;
}

static enum err partners_read(struct config *c, struct why *why)
{
    struct str *names;
    size_t n;
    const char *folder = file_path(&c->arena, c->dir, "partners");
    if (!folder) return no_memory(why);
    enum err err = file_list(&c->arena, folder, ".yaml", &names, &n, why);
    if (err != ERR_NONE) return err;
    if (n > CONFIG_PARTNERS_MAX) return why_set(why, ERR_TOO_LARGE, "", "over %d partners", CONFIG_PARTNERS_MAX);
    c->files = arena_array(&c->arena, struct partner_file, n + 1);
    c->partners = arena_array(&c->arena, struct partner, n + 1);
    c->parties = arena_array(&c->arena, struct serve_party, n + 1);
    if (!c->files || !c->partners || !c->parties) return no_memory(why);
    for (size_t i = 0; i < n && err == ERR_NONE; i++) {
        struct str name = arena_printf(&c->arena, "partners/%s", names[i].p);
        err = name.p ? partner_add(c, name.p, why) : no_memory(why);
    }
    return err;
}

// The one file of a folder; *name NULL when there is none.
static enum err single_file(struct config *c, const char *folder, const char **name, struct str *bytes, struct why *why)
{
    struct str *names;
    size_t n;
    *name = NULL;
    const char *path = file_path(&c->arena, c->dir, folder);
    if (!path) return no_memory(why);
    enum err err = file_list(&c->arena, path, ".yaml", &names, &n, why);
    if (err != ERR_NONE || n == 0) return err;
    if (n > 1)
        return why_set(why, ERR_CONFLICT, "", "%s/ holds %s and %s; a node has one such file", folder, names[0].p,
                       names[1].p);
    *name = arena_printf(&c->arena, "%s/%s", folder, names[0].p).p;
    path = *name ? file_path(&c->arena, c->dir, *name) : NULL;
    return path ? file_read(&c->arena, path, CONFIG_FILE_MAX, bytes, why) : no_memory(why);
}

// Rules that run want two people's signatures, where anybody may sign at all.
static enum err rules_signed(struct config *c, const char *name, struct why *why)
{
    struct why inner = {0};
    bool wanted = rules_want_signatures(c->rules);
    c->rules_unsigned = wanted && !c->nsigners;
    if (!c->nsigners) return ERR_NONE;
    enum err err = rules_signed_by(&c->arena, c->signers, c->nsigners, c->rules_text, c->rules_signatures,
                                   &c->rules_signed_by, &c->nrules_signed_by, &inner);
    if (err != ERR_NONE) return in_file(name, &inner, why);
    if (!wanted || c->nrules_signed_by >= RULES_SIGNATURES_LEAST) return ERR_NONE;
    return why_set(why, ERR_UNTRUSTED, "rule_signers",
                   "%s: %zu of the rule_signers of node.yaml signed these very bytes, two must; see: puente rules sign",
                   name, c->nrules_signed_by);
}

// How the set came to be in force; a record of another set says nothing.
static enum err rules_record_read(struct config *c, struct why *why)
{
    struct str bytes;
    struct why inner = {0};
    const char *path = file_path(&c->arena, c->dir, "rules/activation.json");
    if (!path) return no_memory(why);
    enum err err = file_read(&c->arena, path, CONFIG_FILE_MAX, &bytes, &inner);
    if (err == ERR_NOT_FOUND) return ERR_NONE;
    if (err != ERR_NONE) return in_file("rules", &inner, why);
    const struct json *record = json_parse(&c->arena, bytes, &inner);
    if (!record) return in_file("rules/activation.json", &inner, why);
    struct str hash = hex_text(&c->arena, (struct str){(const char *)c->rules->hash, sizeof c->rules->hash});
    if (str_eq(json_text(record, "hash"), hash)) c->rules_record = record;
    return ERR_NONE;
}

static enum err rule_set_read(struct config *c, struct why *why)
{
    const char *name;
    struct rules_file file;
    struct str bytes;
    enum err err = single_file(c, "rules", &name, &bytes, why);
    if (err != ERR_NONE) return err;
    if (!name) return why_set(why, ERR_NOT_FOUND, "", "rules/ holds no rules (*.yaml)");
    c->rules_path = file_path(&c->arena, c->dir, name);
    if (!c->rules_path) return no_memory(why);
    err = rules_file_read(&c->arena, c->rules_path, &file, why);
    if (err != ERR_NONE) return err;
    c->rules = file.rules;
    c->rules_text = file.text;
    c->rules_signatures = file.signatures;
    err = rules_signed(c, name, why);
    return err == ERR_NONE ? rules_record_read(c, why) : err;
}

static enum err rules_files_read(struct config *c, struct why *why)
{
    const char *name;
    struct str bytes;
    struct why inner = {0};
    enum err err = rule_set_read(c, why);
    if (err != ERR_NONE) return err;
    err = single_file(c, "triggers", &name, &bytes, why);
    if (err != ERR_NONE) return err;
    if (!name) bytes = STR("triggers: []\n"); // nobody may
    if (triggers_read(&c->arena, bytes, &c->triggers, &inner) != ERR_NONE)
        return in_file(name ? name : "triggers", &inner, why);
    return ERR_NONE;
}

// ---- Lanes ----

static enum err plan_add(struct config *c, struct str file, struct why *why)
{
    struct str name = arena_printf(&c->arena, "lanes/%s", file.p), bytes;
    const char *path = name.p ? file_path(&c->arena, c->dir, name.p) : NULL;
    struct why inner = {0};
    if (!path) return no_memory(why);
    enum err err = file_read(&c->arena, path, CONFIG_FILE_MAX, &bytes, why);
    if (err != ERR_NONE) return err;
    struct lane_plan *plan;
    if (lane_plan_read(&c->arena, bytes, &plan, &inner) != ERR_NONE) return in_file(name.p, &inner, why);
    for (size_t i = 0; i < c->nplans; i++)
        if (str_eq(c->plans[i]->port, plan->port))
            return why_set(why, ERR_CONFLICT, "port", "%s: there is another file of this port", name.p);
    c->plans[c->nplans++] = plan;
    return ERR_NONE;
}

static enum err plans_read(struct config *c, struct why *why)
{
    struct str *names;
    size_t n;
    const char *folder = file_path(&c->arena, c->dir, "lanes");
    if (!folder) return no_memory(why);
    enum err err = file_list(&c->arena, folder, ".yaml", &names, &n, why);
    if (err != ERR_NONE) return err;
    if (n > CONFIG_PLANS_MAX) return why_set(why, ERR_TOO_LARGE, "", "lanes/ holds over %d ports", CONFIG_PLANS_MAX);
    c->plans = arena_array(&c->arena, struct lane_plan *, n + 1);
    if (!c->plans) return no_memory(why);
    for (size_t i = 0; i < n && err == ERR_NONE; i++) err = plan_add(c, names[i], why);
    return err;
}

// ---- Agreements ----

static enum err agreement_key(const struct config *c, struct str party, const uint8_t **out, struct why *why)
{
    if (str_eq(party, c->party)) {
        *out = c->keys.agreement.public;
        return ERR_NONE;
    }
    for (size_t i = 0; i < c->nfiles; i++) {
        if (!c->files[i].has_agreement || !str_eq(c->files[i].party, party)) continue;
        *out = c->files[i].agreement.public;
        return ERR_NONE;
    }
    return why_set(why, ERR_NOT_FOUND, "agreement_key",
                   "the agreement key of %.*s is not known: puente link add it first", STR_ARG(party));
}

enum err config_agreement_verify(struct arena *arena, const struct config *c, const struct agreement *agreement,
                                 struct str text, struct str signatures, struct why *why)
{
    const uint8_t *from = NULL, *to = NULL;
    if (!str_eq(agreement->from, c->party) && !str_eq(agreement->to, c->party))
        return why_set(why, ERR_FORBIDDEN, "from", "%.*s is no party of this agreement", STR_ARG(c->party));
    enum err err = agreement_key(c, agreement->from, &from, why);
    if (err == ERR_NONE) err = agreement_key(c, agreement->to, &to, why);
    return err == ERR_NONE ? agreement_verify(arena, agreement, text, signatures, from, to, why) : err;
}

static enum err agreement_add(struct config *c, const char *name, struct why *why)
{
    struct config_agreement *item = &c->agreements[c->nagreements];
    struct why inner = {0};
    const char *path = file_path(&c->arena, c->dir, name);
    struct str signatures = arena_printf(&c->arena, "%s.sig", path ? path : "");
    if (!path || !signatures.p) return no_memory(why);
    enum err err = file_read(&c->arena, path, CONFIG_FILE_MAX, &item->text, why);
    if (err == ERR_NONE) err = file_read(&c->arena, signatures.p, SIGNATURES_MAX, &item->signatures, why);
    if (err != ERR_NONE) return err;
    err = agreement_read(&c->arena, item->text, &item->agreement, &inner);
    if (err == ERR_NONE)
        err = config_agreement_verify(&c->arena, c, item->agreement, item->text, item->signatures, &inner);
    if (err != ERR_NONE) return in_file(name, &inner, why);
    for (size_t i = 0; i < c->nagreements; i++)
        if (str_eq(c->agreements[i].agreement->id, item->agreement->id))
            return why_set(why, ERR_CONFLICT, "id", "%s: there is another agreement of this id", name);
    c->nagreements++;
    return ERR_NONE;
}

static enum err agreements_read(struct config *c, struct why *why)
{
    struct str *names;
    size_t n;
    const char *folder = file_path(&c->arena, c->dir, "agreements");
    if (!folder) return no_memory(why);
    enum err err = file_list(&c->arena, folder, ".yaml", &names, &n, why);
    if (err != ERR_NONE) return err;
    if (n > CONFIG_AGREEMENTS_MAX) return why_set(why, ERR_TOO_LARGE, "", "over %d agreements", CONFIG_AGREEMENTS_MAX);
    c->agreements = arena_array(&c->arena, struct config_agreement, n + 1);
    if (!c->agreements) return no_memory(why);
    for (size_t i = 0; i < n && err == ERR_NONE; i++) {
        struct str name = arena_printf(&c->arena, "agreements/%s", names[i].p);
        err = name.p ? agreement_add(c, name.p, why) : no_memory(why);
    }
    return err;
}

// ---- All of it ----

static enum err node_read(struct config *c, struct why *why)
{
    struct json *file;
    enum err err = yaml_file(c, "node.yaml", node_fields, &file, why);
    if (err != ERR_NONE) return err;
    c->party = json_text(file, "party");
    if (!origin_valid(c->party) || memchr(c->party.p, '/', c->party.n))
        return why_set(why, ERR_MALFORMED, "/party", "node.yaml: party is no name of a party");
    const struct json *https = json_get(file, "https"), *seals = json_get(file, "seals");
    c->https_address = arena_str(&c->arena, json_text(https, "address")).p;
    c->https_port = (uint16_t)integer(https, "port");
    if (seals) {
        c->seals_address = arena_str(&c->arena, json_text(seals, "address")).p;
        c->seals_port = (uint16_t)integer(seals, "port");
    }
    c->folder = path_member(c, file, "folder");
    c->page = path_member(c, file, "page");
    c->schemas = path_member(c, file, "schemas");
    limits_read(json_get(file, "limits"), &c->limits);
    err = clock_read(json_get(file, "clock"), &c->clock, why);
    if (err == ERR_NONE) err = issuers_read(c, json_get(file, "recognised"), why);
    if (err == ERR_NONE) err = explainers_read(c, json_get(file, "explainers"), why);
    if (err == ERR_NONE) err = roster_keys_read(c, json_get(file, "roster_keys"), why);
    if (err == ERR_NONE) err = signers_read(c, json_get(file, "rule_signers"), why);
    if (err == ERR_NONE) err = documents_read(c, path_member(c, file, "pinned"), why);
    if (err == ERR_NONE) err = devices_read(c, json_text(file, "devices"), why);
    if (err == ERR_NONE) err = scanners_read(c, why);
    return err;
}

enum err config_read(const char *dir, struct config **out, struct why *why)
{
    struct config *c = calloc(1, sizeof *c);
    if (!c) return no_memory(why);
    c->arena = ARENA(CONFIG_ARENA);
    c->dir = arena_str(&c->arena, str_of(dir)).p;
    c->database = file_path(&c->arena, dir, "store.db");
    c->socket = file_path(&c->arena, dir, "node.sock");
    const char *node = file_path(&c->arena, dir, "node.yaml");
    enum err err = c->dir && c->database && c->socket && node ? ERR_NONE : no_memory(why);
    if (err == ERR_NONE) err = node_read(c, why);
    if (err == ERR_NONE) err = keys_read(&c->arena, dir, c->party, &c->keys, why);
    if (err == ERR_NONE) err = partners_read(c, why);
    if (err == ERR_NONE) err = rules_files_read(c, why);
    if (err == ERR_NONE) err = plans_read(c, why);
    if (err == ERR_NONE) err = agreements_read(c, why);
    if (err == ERR_NONE && c->arena.failed) err = no_memory(why);
    if (err == ERR_NONE)
        *out = c;
    else
        config_free(c);
    return err;
}

void config_free(struct config *c)
{
    if (!c) return;
    keys_wipe(&c->keys);
    arena_free(&c->arena);
    free(c);
}

enum err config_party(struct arena *arena, const char *dir, struct str *party, struct why *why)
{
    struct config c = {.arena = ARENA(CONFIG_ARENA), .dir = dir};
    struct json *file;
    enum err err = yaml_file(&c, "node.yaml", node_fields, &file, why);
    if (err == ERR_NONE) *party = arena_str(arena, json_text(file, "party"));
    arena_free(&c.arena);
    return err != ERR_NONE || party->p ? err : no_memory(why);
}

// ---- Trust ----

bool config_issuer_find(void *context, struct str did, enum programme programme, struct str *name)
{
    const struct config *c = context;
    for (size_t i = 0; i < c->nissuers; i++) {
        const struct config_issuer *issuer = &c->issuers[i];
        if (!issuer->did.p || !str_eq(issuer->did, did) || !(issuer->programmes & (1u << programme))) continue;
        *name = issuer->issuer;
        return true;
    }
    return false;
}

bool config_document_find(void *context, struct str did, struct str *document)
{
    const struct config *c = context;
    for (size_t i = 0; i < c->ndocuments; i++) {
        if (!str_eq(c->documents[i].did, did)) continue;
        *document = c->documents[i].bytes;
        return true;
    }
    return false;
}

// ---- Reload ----

static bool texts_differ(const struct str *a, size_t na, const struct str *b, size_t nb)
{
    if (na != nb) return true;
    for (size_t i = 0; i < na; i++)
        if (!str_eq(a[i], b[i])) return true;
    return false;
}

static bool address_differs(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") != 0;
}

static bool limits_differ(const struct serve_limits *a, const struct serve_limits *b)
{
    return a->connections != b->connections || a->connections_per_ip != b->connections_per_ip ||
           a->handshakes_per_s != b->handshakes_per_s || a->idle_s != b->idle_s || a->request_s != b->request_s ||
           a->statements_bytes != b->statements_bytes || a->file_bytes != b->file_bytes || a->memory != b->memory ||
           a->streams != b->streams || a->token_failures != b->token_failures || a->devices != b->devices ||
           a->devices_per_ip != b->devices_per_ip || a->device_idle_s != b->device_idle_s ||
           a->rejected_per_minute != b->rejected_per_minute;
}

const char *config_needs_restart(const struct config *a, const struct config *b)
{
    if (!str_eq(a->party, b->party)) return "party";
    if (address_differs(a->https_address, b->https_address) || a->https_port != b->https_port) return "https";
    if (address_differs(a->seals_address, b->seals_address) || a->seals_port != b->seals_port) return "seals";
    if (address_differs(a->folder, b->folder)) return "folder";
    if (address_differs(a->schemas, b->schemas)) return "schemas";
    if (texts_differ(a->recognised, a->nrecognised, b->recognised, b->nrecognised)) return "recognised";
    if (texts_differ(a->explainers, a->nexplainers, b->explainers, b->nexplainers)) return "explainers";
    if (!str_eq(a->keys.keyset, b->keys.keyset)) return "keys";
    if (a->clock.rehearsal != b->clock.rehearsal || a->clock.start_us != b->clock.start_us ||
        a->clock.reference_us != b->clock.reference_us || a->clock.rate < b->clock.rate ||
        a->clock.rate > b->clock.rate)
        return "clock";
    if (limits_differ(&a->limits, &b->limits)) return "limits";
    return "";
}
