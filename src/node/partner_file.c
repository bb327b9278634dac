// SPDX-License-Identifier: Apache-2.0
#include "node/partner_file.h"

#include "formats/yaml_schema.h"
#include "node/file.h"
#include "statement/statement.h"

#include <libgen.h>
#include <stdio.h>

static const struct yaml_field fields[] = {
    {.name = "party", .type = YAML_TEXT, .required = true, .min = 1, .max = ORIGIN_MAX, .doc = "who it is"},
    {.name = "url", .type = YAML_TEXT, .min = 9, .max = 512, .doc = "of its node, https://host:port"},
    {.name = "certificate", .type = YAML_TEXT, .required = true, .min = 1, .max = 16384, .doc = "path, or PEM"},
    {.name = "log_key", .type = YAML_TEXT, .min = 1, .max = 512, .doc = "signs its checkpoints"},
    {.name = "witness_key", .type = YAML_TEXT, .min = 1, .max = 512, .doc = "countersigns ours"},
    {.name = "agreement_key", .type = YAML_TEXT, .min = 1, .max = 512, .doc = "signs agreements"},
    {.name = "party_key", .type = YAML_TEXT, .min = 1, .max = 512, .doc = "signs its key sets"},
    {.name = "may",
     .type = YAML_LIST,
     .of = YAML_TEXT,
     .preset = "[]",
     .max = PARTNER_MAY_MAX,
     .doc = "kinds it may state"},
    {0},
};

static enum err key_read(const struct json *file, const char *member, struct str party, enum note_type type, bool *has,
                         struct note_key *out, struct why *why)
{
    struct str text = json_text(file, member);
    *has = text.p != NULL;
    if (!*has) return ERR_NONE;
    struct why inner = {0};
    if (note_key_parse(text, out, &inner) != ERR_NONE)
        return why_set(why, inner.err, member, "%s: %s", member, inner.text);
    if (out->type != type)
        return why_set(why, ERR_SENSELESS, member,
                       "%s is a key of another kind (a witness key is one for cosignatures)", member);
    if (!str_eq(out->name, party))
        return why_set(why, ERR_SENSELESS, member, "%s is a key of %.*s", member, STR_ARG(out->name));
    return ERR_NONE;
}

static enum err certificate_read(struct arena *arena, const char *path, struct str text, struct partner_file *out,
                                 struct why *why)
{
    out->certificate = text;
    if (!str_starts(text, "-----BEGIN")) {
        struct str folder = arena_str(arena, str_of(path)), name = arena_str(arena, text);
        if (!folder.p || !name.p) return why_set(why, ERR_NO_MEMORY, "", "no memory for a partner");
        const char *from = file_path(arena, dirname((char *)(uintptr_t)folder.p), name.p);
        if (!from) return why_set(why, ERR_NO_MEMORY, "", "no memory for a partner");
        enum err err = file_read(arena, from, PARTNER_FILE_MAX, &out->certificate, why);
        if (err != ERR_NONE) return err;
    }
    return x509_fingerprint(out->certificate, out->fingerprint, why);
}

static enum err url_check(struct str url, struct why *why)
{
    struct str host = str_from(url, 8);
    bool ok = str_starts(url, "https://") && host.n > 0;
    for (size_t i = 0; i < host.n; i++) {
        char c = host.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        ok = ok && (plain || strchr(".-:[]", c));
    }
    return ok ? ERR_NONE
              : why_set(why, ERR_SENSELESS, "url", "url is not https://host:port, without anything after it");
}

static enum err may_read(const struct json *list, struct partner_file *out, struct why *why)
{
    json_each(item, list)
    {
        struct str name = item->text;
        if (str_ends(name, ".*")) name.n -= 2;
        if (!str_is(name, "*") && !kind_valid(name))
            return why_set(why, ERR_MALFORMED, "may", "\"%.*s\" is no kind, no family (\"custody.*\") and not \"*\"",
                           STR_ARG(item->text));
        out->may[out->nmay++] = item->text;
    }
    return ERR_NONE;
}

static enum err read_members(struct arena *arena, const char *path, const struct json *file, struct partner_file *out,
                             struct why *why)
{
    out->party = json_text(file, "party");
    out->url = json_text(file, "url");
    if (!origin_valid(out->party)) return why_set(why, ERR_MALFORMED, "party", "party is no name of a party");
    enum err err = out->url.p ? url_check(out->url, why) : ERR_NONE;
    if (err == ERR_NONE) err = key_read(file, "log_key", out->party, NOTE_ED25519, &out->has_log, &out->log, why);
    if (err == ERR_NONE)
        err = key_read(file, "witness_key", out->party, NOTE_COSIGNATURE, &out->has_witness, &out->witness, why);
    if (err == ERR_NONE)
        err = key_read(file, "agreement_key", out->party, NOTE_ED25519, &out->has_agreement, &out->agreement, why);
    if (err == ERR_NONE) err = key_read(file, "party_key", out->party, NOTE_ED25519, &out->has_party, &out->key, why);
    if (err == ERR_NONE) err = may_read(json_get(file, "may"), out, why);
    if (err == ERR_NONE) err = certificate_read(arena, path, json_text(file, "certificate"), out, why);
    return err;
}

enum err partner_file_read(struct arena *arena, const char *path, struct partner_file *out, struct why *why)
{
    struct str bytes;
    struct json *file;
    struct why inner = {0};
    *out = (struct partner_file){0};
    enum err err = file_read(arena, path, PARTNER_FILE_MAX, &bytes, why);
    if (err != ERR_NONE) return err;
    err = yaml_read(arena, bytes, fields, &file, &inner);
    if (err == ERR_NONE) err = read_members(arena, path, file, out, &inner);
    return err == ERR_NONE ? ERR_NONE : why_set(why, err, inner.member, "%s: %s", path, inner.text);
}

static void key_write(const char *member, bool has, const struct note_key *key, struct buf *out)
{
    if (!has) return;
    buf_printf(out, "%s: ", member);
    note_key_format(key, out);
    buf_putc(out, '\n');
}

void partner_file_write(const struct partner_file *partner, struct buf *out)
{
    buf_printf(out, "party: %.*s\n", STR_ARG(partner->party));
    if (partner->url.p) buf_printf(out, "url: \"%.*s\"\n", STR_ARG(partner->url));
    key_write("log_key", partner->has_log, &partner->log, out);
    key_write("witness_key", partner->has_witness, &partner->witness, out);
    key_write("agreement_key", partner->has_agreement, &partner->agreement, out);
    key_write("party_key", partner->has_party, &partner->key, out);
    for (size_t i = 0; i < partner->nmay; i++)
        buf_printf(out, "%s\"%.*s\"%s", i ? ", " : "may: [", STR_ARG(partner->may[i]),
                   i + 1 == partner->nmay ? "]\n" : "");
    buf_puts(out, "certificate: |\n");
    for (struct str rest = str_trim(partner->certificate); rest.p;) {
        struct str line = str_cut(rest, '\n', &rest);
        buf_printf(out, "  %.*s\n", STR_ARG(str_trim(line)));
    }
}
