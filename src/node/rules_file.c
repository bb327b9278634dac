// SPDX-License-Identifier: Apache-2.0
#include "node/rules_file.h"

#include "base/clock.h"
#include "base/text.h"
#include "decide/rules_check.h"
#include "decide/trial.h"
#include "node/file.h"
#include "node/rules_report.h"
#include "trust/hash.h"

#define SIGNATURES_MAX 16384
#define HASH_PREFIX_LEAST 8

static enum err no_memory(struct why *why)
{
    return why_set(why, ERR_NO_MEMORY, "", "no memory for the rules");
}

static struct str hash_text(struct arena *arena, const uint8_t hash[SHA256_BYTES])
{
    return hex_text(arena, (struct str){(const char *)hash, SHA256_BYTES});
}

// Empty where there is no such file.
static enum err file_read_or_empty(struct arena *arena, const char *path, size_t max, struct str *out, struct why *why)
{
    struct why inner = {0};
    enum err err = file_read(arena, path, max, out, &inner);
    if (err == ERR_NOT_FOUND) {
        *out = STR("");
        return ERR_NONE;
    }
    return err == ERR_NONE ? err : why_set(why, err, inner.member, "%s", inner.text);
}

enum err rules_file_read(struct arena *arena, const char *path, struct rules_file *out, struct why *why)
{
    struct why inner = {0};
    struct str signatures = arena_printf(arena, "%s.sig", path);
    *out = (struct rules_file){.path = path};
    if (!signatures.p) return no_memory(why);
    enum err err = file_read(arena, path, RULES_FILE_MAX, &out->text, why);
    if (err == ERR_NONE) err = file_read_or_empty(arena, signatures.p, SIGNATURES_MAX, &out->signatures, why);
    if (err != ERR_NONE) return err;
    err = rules_read(arena, out->text, &out->rules, &inner);
    if (err != ERR_NONE) return why_set(why, err, inner.member, "%s: %s", path, inner.text);
    out->hash = hash_text(arena, out->rules->hash);
    return out->hash.p ? ERR_NONE : no_memory(why);
}

// ---- Signatures ----

static bool line_there(struct str lines, struct str line)
{
    while (lines.p) {
        struct str one = str_cut(lines, '\n', &lines);
        if (str_eq(str_trim(one), str_trim(line))) return true;
    }
    return false;
}

static enum err sign(struct arena *arena, const struct rules_file *file, const struct note_key *key,
                     const struct ed25519_key *secret, bool *fresh, struct why *why)
{
    struct buf line = BUF(SIGNATURES_MAX), all = BUF(SIGNATURES_MAX);
    struct str to = arena_printf(arena, "%s.sig", file->path);
    enum err err = to.p ? ERR_NONE : no_memory(why);
    note_sign(key->name, secret, file->text, &line);
    *fresh = !line_there(file->signatures, buf_str(&line));
    buf_str_add(&all, file->signatures);
    buf_str_add(&all, buf_str(&line));
    if (err == ERR_NONE && (line.failed || all.failed))
        err = why_set(why, ERR_TOO_LARGE, "", "%s.sig would be over %d bytes", file->path, SIGNATURES_MAX);
    if (err == ERR_NONE && *fresh) err = file_write(to.p, 0644, buf_str(&all), false, why);
    buf_free(&line);
    buf_free(&all);
    return err;
}

enum err rules_file_sign(struct arena *arena, const char *path, const char *key_path, bool *fresh, struct str *name,
                         struct why *why)
{
    struct rules_file file;
    struct note_key key = {0};
    struct ed25519_key secret = {0};
    enum err err = rules_file_read(arena, path, &file, why);
    if (err == ERR_NONE && !note_text_valid(file.text))
        err = why_set(why, ERR_MALFORMED, "", "only UTF-8 text without tabs that ends in a newline can be signed");
    if (err == ERR_NONE) err = keys_secret_read(arena, key_path, &key, &secret, why);
    if (err == ERR_NONE) err = sign(arena, &file, &key, &secret, fresh, why);
    ed25519_wipe(&secret);
    *name = key.name;
    return err;
}

static bool holds(const struct note *note, size_t i, const struct note_key *key)
{
    struct note one = {.text = note->text, .signatures = &note->signatures[i], .count = 1};
    struct note_verdict verdict = {0};
    struct why none = {0};
    return note_verify(&one, key, 1, &verdict, NULL, &none) == ERR_NONE && verdict.verified;
}

enum err rules_signed_by(struct arena *arena, const struct config_signer *signers, size_t nsigners, struct str text,
                         struct str signatures, struct str **names, size_t *count, struct why *why)
{
    struct note note;
    *count = 0;
    *names = arena_array(arena, struct str, nsigners + 1);
    struct str bytes = arena_printf(arena, "%.*s\n%.*s", STR_ARG(text), STR_ARG(signatures));
    if (!*names || !bytes.p) return no_memory(why);
    if (!signatures.n) return ERR_NONE;
    enum err err = note_parse(arena, bytes, &note, why);
    if (err != ERR_NONE) return err;
    if (note.text.n != text.n)
        return why_set(why, ERR_MALFORMED, "signatures", "signature lines stand one below the other, without a gap");
    for (size_t s = 0; s < nsigners; s++) {
        bool signed_by = false;
        for (size_t k = 0; k < *count; k++)
            if (str_eq((*names)[k], signers[s].name)) signed_by = true; // by another key of the same person
        for (size_t i = 0; i < note.count && !signed_by; i++) {
            if (!holds(&note, i, &signers[s].key)) continue;
            signed_by = true;
            (*names)[(*count)++] = arena_str(arena, signers[s].name); // they may outlive the configuration
        }
    }
    return arena->failed ? no_memory(why) : ERR_NONE;
}

bool rules_want_signatures(const struct rules *rules)
{
    for (size_t i = 0; i < rules->count; i++)
        if (rules->items[i].state == RULE_LIVE || rules->items[i].state == RULE_SHADOW) return true;
    return false;
}

static enum err verify_signers(struct arena *arena, const struct config *c, const struct rules_file *file,
                               struct rules_installed *out, struct why *why)
{
    enum err err = rules_signed_by(arena, c->signers, c->nsigners, file->text, file->signatures, &out->signers,
                                   &out->nsigners, why);
    if (err != ERR_NONE) return err;
    if (out->nsigners >= RULES_SIGNATURES_LEAST) return ERR_NONE;
    if (!out->nsigners)
        return why_set(why, ERR_UNTRUSTED, "signatures",
                       "none of the rule_signers of node.yaml has signed these very bytes; two must");
    return why_set(why, ERR_UNTRUSTED, "signatures", "only %.*s has signed these very bytes; a second person must",
                   STR_ARG(out->signers[0]));
}

// ---- Installing ----

static struct str record_text(struct arena *arena, const struct str *hash, struct str previous, struct str report,
                              struct str by, struct str reason)
{
    struct json *record = json_new_object(arena);
    struct buf text = BUF(65536);
    char at[TIME_TEXT_ROOM];
    size_t n = time_text_us(clock_now_us(), at);
    json_put_text(arena, record, "hash", *hash);
    json_put_text(arena, record, "previous", previous);
    if (report.p) json_put_text(arena, record, "report", report);
    json_put_text(arena, record, "by", by);
    if (reason.p) json_put_text(arena, record, "reason", reason);
    json_put_text(arena, record, "at", (struct str){at, n});
    json_pretty(record, &text);
    buf_putc(&text, '\n');
    struct str out = text.failed || !record ? STR_NONE : arena_str(arena, buf_str(&text));
    buf_free(&text);
    return out;
}

static enum err write_pair(struct arena *arena, const char *path, struct str text, struct str signatures,
                           struct why *why)
{
    struct str name = arena_printf(arena, "%s.sig", path);
    if (!name.p) return no_memory(why);
    enum err err = signatures.n ? file_write(name.p, 0644, signatures, false, why) : ERR_NONE;
    return err == ERR_NONE ? file_write(path, 0644, text, false, why) : err;
}

static enum err keep_past(struct arena *arena, const char *dir, struct str hash, struct str text, struct str signatures,
                          struct why *why)
{
    const char *folder = file_path(arena, dir, "rules/past");
    struct str path = arena_printf(arena, "%s/rules/past/%.*s.yaml", dir, STR_ARG(hash));
    if (!folder || !path.p) return no_memory(why);
    enum err err = file_folder(folder, 0755, why);
    return err == ERR_NONE ? write_pair(arena, path.p, text, signatures, why) : err;
}

// At every moment the text that stands there has its signatures beside it: those of both first, then the text, then
// those of the new one alone. So a crash, or a reload in between, finds a set that is in order.
static enum err swap(struct arena *arena, const char *path, struct str old_signatures, struct str text,
                     struct str signatures, struct why *why)
{
    struct str sig = arena_printf(arena, "%s.sig", path);
    struct str both = arena_printf(arena, "%.*s%.*s", STR_ARG(old_signatures), STR_ARG(signatures));
    if (!sig.p || !both.p) return no_memory(why);
    enum err err = both.n ? file_write(sig.p, 0644, both, false, why) : ERR_NONE;
    if (err == ERR_NONE) err = file_write(path, 0644, text, false, why);
    return err == ERR_NONE && both.n ? file_write(sig.p, 0644, signatures, false, why) : err;
}

static enum err install(struct arena *arena, const char *dir, const struct config *c, const struct rules_file *file,
                        struct str record, struct rules_installed *out, struct why *why)
{
    const char *record_path = file_path(arena, dir, "rules/activation.json");
    if (!record.p || !record_path) return no_memory(why);
    out->hash = file->hash;
    out->path = arena_str(arena, str_of(c->rules_path)).p;
    out->old_text = arena_str(arena, c->rules_text);
    out->old_signatures = arena_str(arena, c->rules_signatures);
    if (!out->path || !out->old_text.p || !out->old_signatures.p) return no_memory(why);
    enum err err = file_read_or_empty(arena, record_path, RULES_FILE_MAX, &out->old_record, why);
    if (err == ERR_NONE) err = keep_past(arena, dir, out->previous, out->old_text, out->old_signatures, why);
    if (err == ERR_NONE) err = file_write(record_path, 0644, record, false, why);
    return err == ERR_NONE ? swap(arena, out->path, out->old_signatures, file->text, file->signatures, why) : err;
}

enum err rules_restore(struct arena *arena, const char *dir, const struct rules_installed *installed, struct why *why)
{
    const char *record_path = file_path(arena, dir, "rules/activation.json");
    struct rules_file now;
    if (!record_path) return no_memory(why);
    enum err err = rules_file_read(arena, installed->path, &now, why);
    if (err == ERR_NONE && installed->old_record.n)
        err = file_write(record_path, 0644, installed->old_record, false, why);
    return err == ERR_NONE
               ? swap(arena, installed->path, now.signatures, installed->old_text, installed->old_signatures, why)
               : err;
}

// ---- Activating ----

static enum err sound(struct arena *arena, const struct rules *rules, struct why *why)
{
    struct trials trials;
    struct rules_checked checked;
    enum err err = trials_run(arena, rules, &trials, why);
    for (size_t i = 0; err == ERR_NONE && i < trials.count; i++) {
        const struct trial *t = &trials.items[i];
        if (trial_passed(t)) continue;
        return why_set(why, ERR_SENSELESS, "tests",
                       "%zu of the rules' own cases fail: the first is \"%.*s\" of '%.*s', which is %s, not %s",
                       trials.failed, STR_ARG(t->test->name), STR_ARG(t->rule->head.id), truth_name(t->got),
                       truth_name(t->test->expect));
    }
    if (err == ERR_NONE && trials.nuntested)
        return why_set(why, ERR_SENSELESS, "tests", "%zu live or shadow rules have no case of their own: '%.*s' is one",
                       trials.nuntested, STR_ARG(trials.untested[0]->head.id));
    if (err == ERR_NONE) err = rules_check(arena, rules, &checked, why);
    if (err == ERR_NONE && checked.errors)
        return why_set(why, ERR_SENSELESS, "rules", "'%.*s': %.*s", STR_ARG(checked.items[0].rule->head.id),
                       STR_ARG(checked.items[0].text));
    return err;
}

static enum err begin(struct arena *arena, const char *dir, struct config **config, struct rules_installed *out,
                      struct why *why)
{
    *out = (struct rules_installed){0};
    enum err err = config_read(dir, config, why);
    if (err != ERR_NONE) return err;
    const struct config *c = *config;
    if (c->clock.rehearsal) clock_rehearse(c->clock.start_us, c->clock.reference_us, c->clock.rate);
    out->previous = hash_text(arena, c->rules->hash);
    return out->previous.p ? ERR_NONE : no_memory(why);
}

static enum err differs(const struct rules_file *file, const struct rules_installed *out, struct why *why)
{
    return str_eq(file->hash, out->previous) ? why_set(why, ERR_CONFLICT, "", "this very set is in force already")
                                             : ERR_NONE;
}

enum err rules_activate(struct arena *arena, const char *dir, const struct rules_activation *a,
                        struct rules_installed *out, struct why *why)
{
    struct config *config = NULL;
    struct rules_file file;
    struct str report = STR_NONE;
    enum err err = begin(arena, dir, &config, out, why);
    if (err == ERR_NONE && !config->nsigners)
        err = why_set(why, ERR_UNTRUSTED, "rule_signers",
                      "node.yaml lists no rule_signers: two named people must sign; see puente rules signer");
    if (err == ERR_NONE) err = rules_file_read(arena, a->file, &file, why);
    if (err == ERR_NONE) err = differs(&file, out, why);
    if (err == ERR_NONE) err = sound(arena, file.rules, why);
    if (err == ERR_NONE) err = verify_signers(arena, config, &file, out, why);
    if (err == ERR_NONE) err = rules_report_verify(arena, config, &file, a, &report, why);
    if (err == ERR_NONE)
        err = install(arena, dir, config, &file, record_text(arena, &file.hash, out->previous, report, a->by, STR_NONE),
                      out, why);
    config_free(config);
    return err;
}

// ---- Rolling back ----

enum err rules_past_read(struct arena *arena, const char *dir, struct str hash, struct rules_file *out, struct why *why)
{
    const char *folder = file_path(arena, dir, "rules/past"), *path = NULL;
    struct str *names;
    size_t n;
    if (!folder) return no_memory(why);
    if (hash.n < HASH_PREFIX_LEAST)
        return why_set(why, ERR_USAGE, "to", "say at least %d digits of the set's hash", HASH_PREFIX_LEAST);
    enum err err = file_list(arena, folder, ".yaml", &names, &n, why);
    for (size_t i = 0; i < n && err == ERR_NONE; i++) {
        if (names[i].n < hash.n || memcmp(names[i].p, hash.p, hash.n) != 0) continue;
        if (path) return why_set(why, ERR_USAGE, "to", "several sets begin with %.*s", STR_ARG(hash));
        path = file_path(arena, folder, names[i].p);
        if (!path) return no_memory(why);
    }
    if (err == ERR_NONE && !path)
        err = why_set(why, ERR_NOT_FOUND, "to", "no set of the past is %.*s; see: puente rules list", STR_ARG(hash));
    if (err == ERR_NONE) err = rules_file_read(arena, path, out, why);
    if (err == ERR_NONE && memcmp(out->hash.p, hash.p, hash.n) != 0)
        err = why_set(why, ERR_UNTRUSTED, "to", "%s was changed: its bytes have another hash", path);
    return err;
}

static enum err set_before(const struct config *c, const struct rules_installed *out, struct str *to, struct why *why)
{
    if (to->p) return ERR_NONE;
    if (str_eq(json_text(c->rules_record, "hash"), out->previous)) *to = json_text(c->rules_record, "previous");
    return to->p
               ? ERR_NONE
               : why_set(why, ERR_NOT_FOUND, "to", "it is not on record which set was in force before; say --to HASH");
}

enum err rules_roll_back(struct arena *arena, const char *dir, struct str to, struct str reason, struct str by,
                         struct rules_installed *out, struct why *why)
{
    struct config *config = NULL;
    struct rules_file file;
    enum err err = begin(arena, dir, &config, out, why);
    if (err == ERR_NONE) err = set_before(config, out, &to, why);
    if (err == ERR_NONE) err = rules_past_read(arena, dir, to, &file, why);
    if (err == ERR_NONE) err = differs(&file, out, why);
    if (err == ERR_NONE && config->nsigners && rules_want_signatures(file.rules))
        err = verify_signers(arena, config, &file, out, why);
    if (err == ERR_NONE)
        err = install(arena, dir, config, &file, record_text(arena, &file.hash, out->previous, STR_NONE, by, reason),
                      out, why);
    config_free(config);
    return err;
}
