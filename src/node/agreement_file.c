// SPDX-License-Identifier: Apache-2.0
#include "node/agreement_file.h"

#include "formats/yaml_schema.h"
#include "node/file.h"

#define SIGNATURES_MAX 16384

static enum err no_memory(struct why *why)
{
    return why_set(why, ERR_NO_MEMORY, "", "no memory for an agreement");
}

enum err agreement_file_read(struct arena *arena, const char *path, struct config_agreement *out, struct why *why)
{
    struct str signatures = arena_printf(arena, "%s.sig", path);
    struct why none = {0}, inner = {0};
    *out = (struct config_agreement){0};
    if (!signatures.p) return no_memory(why);
    enum err err = file_read(arena, path, YAML_BYTES_MAX, &out->text, why);
    if (err != ERR_NONE) return err;
    err = file_read(arena, signatures.p, SIGNATURES_MAX, &out->signatures, &none);
    if (err == ERR_NOT_FOUND) out->signatures = STR("");
    if (err != ERR_NONE && err != ERR_NOT_FOUND) return why_set(why, err, "", "%s", none.text);
    err = agreement_read(arena, out->text, &out->agreement, &inner);
    return err == ERR_NONE ? ERR_NONE : why_set(why, err, inner.member, "%s: %s", path, inner.text);
}

// ---- Signing ----

static bool line_there(struct str lines, struct str line)
{
    while (lines.p) {
        struct str one = str_cut(lines, '\n', &lines);
        if (str_eq(str_trim(one), str_trim(line))) return true;
    }
    return false;
}

static enum err sign(struct arena *arena, const char *path, const struct config_agreement *item, struct str party,
                     const struct keys *keys, bool *fresh, struct why *why)
{
    struct buf line = BUF(SIGNATURES_MAX), all = BUF(SIGNATURES_MAX);
    struct str to = arena_printf(arena, "%s.sig", path);
    enum err err = agreement_sign(item->text, &keys->agreement_secret, party, &line, why);
    *fresh = err == ERR_NONE && !line_there(item->signatures, buf_str(&line));
    buf_str_add(&all, item->signatures);
    buf_str_add(&all, buf_str(&line));
    if (err == ERR_NONE && (!to.p || all.failed)) err = no_memory(why);
    if (err == ERR_NONE && *fresh) err = file_write(to.p, 0644, buf_str(&all), false, why);
    buf_free(&line);
    buf_free(&all);
    return err;
}

enum err agreement_file_sign(const char *dir, const char *path, bool *fresh, struct why *why)
{
    struct arena arena = ARENA((size_t)16 << 20);
    struct str party = STR_NONE;
    struct keys keys = {0};
    struct config_agreement item = {0};
    enum err err = config_party(&arena, dir, &party, why);
    if (err == ERR_NONE) err = agreement_file_read(&arena, path, &item, why);
    if (err == ERR_NONE && !str_eq(item.agreement->from, party) && !str_eq(item.agreement->to, party))
        err = why_set(why, ERR_FORBIDDEN, "from", "the agreement is between %.*s and %.*s; %.*s is neither",
                      STR_ARG(item.agreement->from), STR_ARG(item.agreement->to), STR_ARG(party));
    if (err == ERR_NONE) err = keys_read(&arena, dir, party, &keys, why);
    if (err == ERR_NONE) err = sign(&arena, path, &item, party, &keys, fresh, why);
    keys_wipe(&keys);
    arena_free(&arena);
    return err;
}

// ---- In force ----

static enum err verify(struct arena *arena, const struct config *config, const char *path, struct config_agreement *out,
                       struct why *why)
{
    struct why inner = {0};
    enum err err = agreement_file_read(arena, path, out, why);
    if (err != ERR_NONE) return err;
    err = config_agreement_verify(arena, config, out->agreement, out->text, out->signatures, &inner);
    return err == ERR_NONE ? ERR_NONE : why_set(why, err, inner.member, "%s: %s", path, inner.text);
}

enum err agreement_file_verify(const char *dir, const char *path, struct why *why)
{
    struct arena arena = ARENA((size_t)16 << 20);
    struct config *config = NULL;
    struct config_agreement item;
    enum err err = config_read(dir, &config, why);
    if (err == ERR_NONE) err = verify(&arena, config, path, &item, why);
    config_free(config);
    arena_free(&arena);
    return err;
}

static enum err version_check(const struct config *config, const struct config_agreement *item, struct why *why)
{
    for (size_t i = 0; i < config->nagreements; i++) {
        const struct config_agreement *held = &config->agreements[i];
        if (!str_eq(held->agreement->id, item->agreement->id) || str_eq(held->text, item->text)) continue;
        if (item->agreement->version <= held->agreement->version)
            return why_set(why, ERR_CONFLICT, "version", "version %lld is in force; a new text needs a higher version",
                           (long long)held->agreement->version);
    }
    return ERR_NONE;
}

// The one in force may stand in a file of another name.
static enum err place_of(struct arena *arena, const char *dir, struct str id, const char **out, struct why *why)
{
    const char *folder = file_path(arena, dir, "agreements");
    struct str *names;
    size_t n;
    struct str plain = arena_printf(arena, "%s/%.*s.yaml", folder ? folder : "", STR_ARG(id));
    if (!folder || !plain.p) return no_memory(why);
    *out = plain.p;
    enum err err = file_list(arena, folder, ".yaml", &names, &n, why);
    for (size_t i = 0; i < n && err == ERR_NONE; i++) {
        struct config_agreement held;
        struct why none = {0};
        const char *path = file_path(arena, folder, names[i].p);
        if (!path) return no_memory(why);
        if (agreement_file_read(arena, path, &held, &none) == ERR_NONE && str_eq(held.agreement->id, id)) *out = path;
    }
    return err;
}

enum err agreement_file_activate(struct arena *arena, const char *dir, const char *path, struct str *id,
                                 struct why *why)
{
    struct config *config = NULL;
    struct config_agreement item;
    const char *to = NULL;
    enum err err = config_read(dir, &config, why);
    if (err == ERR_NONE) err = verify(arena, config, path, &item, why);
    if (err == ERR_NONE) err = version_check(config, &item, why);
    if (err == ERR_NONE) err = place_of(arena, dir, item.agreement->id, &to, why);
    config_free(config);
    if (err != ERR_NONE) return err;
    *id = item.agreement->id;
    struct str signatures = arena_printf(arena, "%s.sig", to);
    if (!signatures.p) return no_memory(why);
    // The signatures first: a text without them would keep the node from starting.
    err = file_write(signatures.p, 0644, item.signatures, false, why);
    return err == ERR_NONE ? file_write(to, 0644, item.text, false, why) : err;
}
