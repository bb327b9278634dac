// SPDX-License-Identifier: Apache-2.0
#include "node/make.h"

#include "node/config.h"
#include "node/file.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

static const char rules_text[] =
    "# The rules by which this node recommends lanes. Without a rule that grants green, every crossing gets the base "
    "lane.\n"
    "# A rule grants a lane or sets a floor; docs/facts.md lists what it can ask, examples/corridor/rules a full set.\n"
    "base: document\n"
    "rules: []\n";

static const char triggers_text[] = "# Who may make a channel suspect, and how far that goes. Whoever is not named "
                                    "here can report as much as it likes: no\n"
                                    "# lane changes. examples/corridor/triggers has some to start from.\n"
                                    "triggers: []\n";

static enum err file_put(struct arena *arena, const char *dir, const char *name, mode_t mode, struct str text,
                         struct why *why)
{
    const char *path = file_path(arena, dir, name);
    return path ? file_write(path, mode, text, true, why) : why_set(why, ERR_NO_MEMORY, "", "no memory for %s", name);
}

static enum err folder_put(struct arena *arena, const char *dir, const char *name, mode_t mode, struct why *why)
{
    const char *path = file_path(arena, dir, name);
    return path ? file_folder(path, mode, why) : why_set(why, ERR_NO_MEMORY, "", "no memory for %s", name);
}

static enum err folder_fresh(const char *path, struct why *why)
{
    enum err err = file_folder(path, 0700, why);
    DIR *dir = err == ERR_NONE ? opendir(path) : NULL;
    if (err == ERR_NONE && !dir) err = why_set(why, ERR_STORE, "", "cannot read the folder %s", path);
    for (struct dirent *entry; dir && err == ERR_NONE && (entry = readdir(dir));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        err = why_set(why, ERR_CONFLICT, "", "%s is not empty (%s); a new node wants a folder of its own", path,
                      entry->d_name);
    }
    if (dir) closedir(dir);
    return err;
}

static enum err settings_check(const struct make_settings *s, struct why *why)
{
    uint8_t address[16];
    bool name = origin_valid(s->party) && s->party.n <= X509_NAME_MAX;
    for (size_t i = 0; name && i < s->party.n; i++) {
        char c = s->party.p[i];
        name = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || (c == '.' && i);
    }
    if (!name)
        return why_set(why, ERR_USAGE, "party", "a party is 1 to %d of a-z, 0-9, dot and hyphen, like mx.anam",
                       X509_NAME_MAX);
    if (s->address && inet_pton(AF_INET, s->address, address) != 1 && inet_pton(AF_INET6, s->address, address) != 1)
        return why_set(why, ERR_USAGE, "address", "\"%s\" is no numeric address", s->address);
    if (s->https_port < 0 || s->https_port > 65535 || s->seals_port > 65535)
        return why_set(why, ERR_USAGE, "port", "a port is 0 to 65535");
    if (s->url && !str_starts(str_of(s->url), "https://"))
        return why_set(why, ERR_USAGE, "url", "a url is https://host:port");
    return ERR_NONE;
}

static enum err node_yaml(struct arena *arena, const struct make_settings *s, struct why *why)
{
    const char *address = s->address ? s->address : "127.0.0.1";
    struct buf text = BUF(16384);
    buf_printf(&text,
               "# This node; docs/configuration.md says what each member means.\n"
               "party: %.*s\n"
               "https: {address: \"%s\", port: %d}\n",
               STR_ARG(s->party), address, s->https_port);
    if (s->seals_port >= 0) buf_printf(&text, "seals: {address: \"%s\", port: %d}\n", address, s->seals_port);
    buf_puts(&text, "folder: inbox\n"
                    "# Whose credentials and rosters count here, whose explanations, and who may sign rosters:\n"
                    "recognised: []\n"
                    "explainers: []\n"
                    "roster_keys: []\n");
    enum err err = text.failed ? why_set(why, ERR_NO_MEMORY, "", "no memory for node.yaml")
                               : file_put(arena, s->dir, "node.yaml", 0644, buf_str(&text), why);
    buf_free(&text);
    return err;
}

// Whoever listens on all addresses is reached by the machine's name; its certificate is pinned, whatever the name.
static struct str url_of(struct arena *arena, const struct make_settings *s)
{
    char host[256] = "";
    if (s->url) return str_of(s->url);
    if (s->https_port == 0) return STR_NONE;
    if (!s->address) return arena_printf(arena, "https://127.0.0.1:%d", s->https_port);
    if (!strcmp(s->address, "::") || !strcmp(s->address, "0.0.0.0")) {
        if (gethostname(host, sizeof host - 1) != 0 || !host[0]) return STR_NONE;
        return arena_printf(arena, "https://%s:%d", host, s->https_port);
    }
    return arena_printf(arena, strchr(s->address, ':') ? "https://[%s]:%d" : "https://%s:%d", s->address,
                        s->https_port);
}

static enum err public_yaml(struct arena *arena, const struct make_settings *s, struct why *why)
{
    struct keys keys;
    enum err err = keys_read(arena, s->dir, s->party, &keys, why);
    if (err != ERR_NONE) return err;
    keys_wipe(&keys);
    struct partner_file self = {.party = s->party,
                                .url = url_of(arena, s),
                                .certificate = keys.certificate_pem,
                                .has_log = true,
                                .has_witness = true,
                                .has_agreement = true,
                                .has_party = true,
                                .log = keys.log,
                                .witness = keys.witness,
                                .agreement = keys.agreement};
    err = note_key_parse(keys.party_key, &self.key, why);
    if (err != ERR_NONE) return err;
    struct buf text = BUF(PARTNER_FILE_MAX);
    buf_puts(&text, "# What partners need to know of this node; they take it with: puente link add DIR public.yaml\n");
    partner_file_write(&self, &text);
    err = text.failed ? why_set(why, ERR_NO_MEMORY, "", "no memory for public.yaml")
                      : file_put(arena, s->dir, "public.yaml", 0644, buf_str(&text), why);
    buf_free(&text);
    return err;
}

enum err make_node(const struct make_settings *s, struct why *why)
{
    static const char *const folders[] = {"partners", "rules", "triggers", "agreements", "inbox"};
    struct arena arena = ARENA((size_t)4 << 20);
    enum err err = settings_check(s, why);
    if (err == ERR_NONE) err = folder_fresh(s->dir, why);
    for (size_t i = 0; i < sizeof folders / sizeof *folders && err == ERR_NONE; i++)
        err = folder_put(&arena, s->dir, folders[i], 0755, why);
    if (err == ERR_NONE) err = keys_make(s->dir, s->party, s->now_us, why);
    if (err == ERR_NONE) err = file_put(&arena, s->dir, "rules/rules.yaml", 0644, str_of(rules_text), why);
    if (err == ERR_NONE) err = file_put(&arena, s->dir, "triggers/triggers.yaml", 0644, str_of(triggers_text), why);
    if (err == ERR_NONE) err = public_yaml(&arena, s, why);
    if (err == ERR_NONE) err = node_yaml(&arena, s, why);
    arena_free(&arena);
    return err;
}
