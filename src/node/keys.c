// SPDX-License-Identifier: Apache-2.0
#include "node/keys.h"

#include "node/file.h"

#include <stdio.h>
#include <sys/stat.h>

#define KEY_FILE_MAX 4096
#define PEM_FILE_MAX 65536

static enum err secret_write(const char *path, const struct note_key *key, const struct ed25519_key *secret,
                             struct why *why)
{
    struct buf text = BUF(KEY_FILE_MAX);
    note_secret_format(key, secret, &text);
    buf_putc(&text, '\n');
    enum err err = text.failed ? why_set(why, ERR_NO_MEMORY, "", "no memory for a key")
                               : file_write(path, 0600, buf_str(&text), true, why);
    if (text.p) explicit_bzero(text.p, text.n);
    buf_free(&text);
    return err;
}

static enum err secret_put(struct arena *arena, const char *dir, const char *file, const struct note_key *key,
                           const struct ed25519_key *secret, struct why *why)
{
    const char *path = file_path(arena, dir, file);
    return path ? secret_write(path, key, secret, why) : why_set(why, ERR_NO_MEMORY, "", "no memory for a key");
}

enum err keys_secret_make(const char *path, struct str name, struct note_key *out, struct why *why)
{
    struct ed25519_key secret;
    if (!note_name_valid(name))
        return why_set(why, ERR_USAGE, "name", "a key's name is 1 to %d bytes without spaces and '+'", NOTE_NAME_MAX);
    ed25519_generate(&secret);
    *out = note_key_make(name, NOTE_ED25519, secret.public);
    enum err err = secret_write(path, out, &secret, why);
    ed25519_wipe(&secret);
    return err;
}

struct made {
    struct note_key party, log, witness, agreement;
    struct ed25519_key party_secret, log_secret, witness_secret, agreement_secret;
    char fingerprint[X509_FINGERPRINT_TEXT];
};

static struct str vkey(struct arena *arena, const struct note_key *key)
{
    struct buf text = BUF(KEYSET_VKEY_MAX);
    note_key_format(key, &text);
    struct str copy = text.failed ? STR_NONE : arena_str(arena, buf_str(&text));
    buf_free(&text);
    return copy;
}

static enum err keyset_write(struct arena *arena, const char *dir, const struct made *made, int64_t now_us,
                             struct why *why)
{
    struct keyset keyset = {.party = made->party.name,
                            .from_ms = now_us / 1000,
                            .log = vkey(arena, &made->log),
                            .witness = vkey(arena, &made->witness),
                            .agreement = vkey(arena, &made->agreement),
                            .tls = str_of(made->fingerprint)};
    struct buf text = BUF(KEYSET_MAX);
    const char *path = file_path(arena, dir, "keyset.json");
    enum err err = path ? keyset_make(&keyset, &made->party_secret, &text, why)
                        : why_set(why, ERR_NO_MEMORY, "", "no memory for the key set");
    if (err == ERR_NONE) err = file_write(path, 0644, buf_str(&text), true, why);
    buf_free(&text);
    if (err != ERR_NONE) return err;
    struct str public = vkey(arena, &made->party);
    path = file_path(arena, dir, "keys/party.pub");
    struct str line = arena_printf(arena, "%.*s\n", STR_ARG(public));
    if (!path || !line.p) return why_set(why, ERR_NO_MEMORY, "", "no memory for the party key");
    return file_write(path, 0644, line, true, why);
}

static enum err tls_write(struct arena *arena, const char *dir, struct str party, int64_t now_us, struct made *made,
                          struct why *why)
{
    struct buf key = BUF(PEM_FILE_MAX), certificate = BUF(PEM_FILE_MAX);
    // An hour back, for a partner whose clock is behind.
    enum err err = x509_make(party, now_us / 1000000 - 3600, &key, &certificate, why);
    if (err == ERR_NONE) err = x509_fingerprint(buf_str(&certificate), made->fingerprint, why);
    const char *key_path = file_path(arena, dir, "keys/tls.key.pem");
    const char *certificate_path = file_path(arena, dir, "keys/tls.crt.pem");
    if (err == ERR_NONE && (!key_path || !certificate_path))
        err = why_set(why, ERR_NO_MEMORY, "", "no memory for a key");
    if (err == ERR_NONE) err = file_write(key_path, 0600, buf_str(&key), true, why);
    if (err == ERR_NONE) err = file_write(certificate_path, 0644, buf_str(&certificate), true, why);
    if (key.p) explicit_bzero(key.p, key.n);
    buf_free(&key);
    buf_free(&certificate);
    return err;
}

static void made_keys(struct made *made, struct str party)
{
    ed25519_generate(&made->party_secret);
    ed25519_generate(&made->log_secret);
    ed25519_generate(&made->witness_secret);
    ed25519_generate(&made->agreement_secret);
    made->party = note_key_make(party, NOTE_ED25519, made->party_secret.public);
    made->log = note_key_make(party, NOTE_ED25519, made->log_secret.public);
    made->witness = note_key_make(party, NOTE_COSIGNATURE, made->witness_secret.public);
    made->agreement = note_key_make(party, NOTE_ED25519, made->agreement_secret.public);
}

enum err keys_make(const char *dir, struct str party, int64_t now_us, struct why *why)
{
    struct arena arena = ARENA((size_t)1 << 20);
    struct made made;
    const char *folder = file_path(&arena, dir, "keys");
    enum err err = folder ? file_folder(folder, 0700, why) : why_set(why, ERR_NO_MEMORY, "", "no memory for keys");
    made_keys(&made, party);
    if (err == ERR_NONE) err = secret_put(&arena, dir, "keys/party.key", &made.party, &made.party_secret, why);
    if (err == ERR_NONE) err = secret_put(&arena, dir, "keys/log.key", &made.log, &made.log_secret, why);
    if (err == ERR_NONE) err = secret_put(&arena, dir, "keys/witness.key", &made.witness, &made.witness_secret, why);
    if (err == ERR_NONE)
        err = secret_put(&arena, dir, "keys/agreement.key", &made.agreement, &made.agreement_secret, why);
    if (err == ERR_NONE) err = tls_write(&arena, dir, party, now_us, &made, why);
    if (err == ERR_NONE) err = keyset_write(&arena, dir, &made, now_us, why);
    explicit_bzero(&made, sizeof made);
    arena_free(&arena);
    return err;
}

// ---- Reading ----

static enum err private(const char *path, struct why *why) {
    struct stat st; if (stat(path, &st) != 0) return why_set(why, ERR_NOT_FOUND, "", "there is no key %s", path);
    if (st.st_mode & (S_IRWXG | S_IRWXO)) return why_set(why, ERR_UNTRUSTED, "",
                                                         "%s may be read by others; run: chmod 600 %s", path, path);
    return ERR_NONE;
}

enum err keys_secret_read(struct arena *arena, const char *path, struct note_key *key, struct ed25519_key *secret,
                          struct why *why)
{
    struct str text;
    struct why inner = {0};
    enum err err = private(path, why);
    if (err == ERR_NONE) err = file_read(arena, path, KEY_FILE_MAX, &text, why);
    if (err != ERR_NONE) return err;
    if (note_secret_parse(str_trim(text), key, secret, &inner) == ERR_NONE) return ERR_NONE;
    return why_set(why, inner.err, "", "%s: %s", path, inner.text);
}

static enum err secret_read(struct arena *arena, const char *dir, const char *file, struct str party,
                            enum note_type type, struct note_key *key, struct ed25519_key *secret, struct why *why)
{
    const char *path = file_path(arena, dir, file);
    if (!path) return why_set(why, ERR_NO_MEMORY, "", "no memory for a key");
    enum err err = keys_secret_read(arena, path, key, secret, why);
    if (err == ERR_NONE && (key->type != type || !str_eq(key->name, party)))
        err = why_set(why, ERR_SENSELESS, file, "%s is not such a key of %.*s", file, STR_ARG(party));
    return err;
}

static enum err tls_read(struct arena *arena, const char *dir, struct keys *out, struct why *why)
{
    out->private_key = file_path(arena, dir, "keys/tls.key.pem");
    out->certificate = file_path(arena, dir, "keys/tls.crt.pem");
    if (!out->private_key || !out->certificate) return why_set(why, ERR_NO_MEMORY, "", "no memory for a key");
    enum err err = private(out->private_key, why);
    if (err == ERR_NONE) err = file_read(arena, out->certificate, PEM_FILE_MAX, &out->certificate_pem, why);
    return err == ERR_NONE ? x509_fingerprint(out->certificate_pem, out->fingerprint, why) : err;
}

static enum err keyset_read(struct arena *arena, const char *dir, struct str party, struct keys *out, struct why *why)
{
    const char *path = file_path(arena, dir, "keyset.json"), *public_path = file_path(arena, dir, "keys/party.pub");
    struct str public = STR_NONE;
    struct note_key party_key;
    struct keyset set;
    if (!path || !public_path) return why_set(why, ERR_NO_MEMORY, "", "no memory for the key set");
    enum err err = file_read(arena, path, KEYSET_MAX, &out->keyset, why);
    if (err == ERR_NONE) err = file_read(arena, public_path, KEY_FILE_MAX, &public, why);
    out->party_key = str_trim(public);
    if (err == ERR_NONE) err = note_key_parse(out->party_key, &party_key, why);
    if (err == ERR_NONE) err = keyset_verify(arena, out->keyset, party_key.public, &set, why);
    if (err != ERR_NONE) return err;
    if (!str_eq(set.party, party) || !str_eq(party_key.name, party) || !str_eq(set.log, vkey(arena, &out->log)) ||
        !str_eq(set.witness, vkey(arena, &out->witness)) || !str_eq(set.agreement, vkey(arena, &out->agreement)) ||
        !str_is(set.tls, out->fingerprint))
        return why_set(why, ERR_UNTRUSTED, "keyset.json", "keyset.json is not of the keys in keys/");
    return ERR_NONE;
}

enum err keys_read(struct arena *arena, const char *dir, struct str party, struct keys *out, struct why *why)
{
    *out = (struct keys){0};
    enum err err = secret_read(arena, dir, "keys/log.key", party, NOTE_ED25519, &out->log, &out->log_secret, why);
    if (err == ERR_NONE)
        err = secret_read(arena, dir, "keys/witness.key", party, NOTE_COSIGNATURE, &out->witness, &out->witness_secret,
                          why);
    if (err == ERR_NONE)
        err = secret_read(arena, dir, "keys/agreement.key", party, NOTE_ED25519, &out->agreement,
                          &out->agreement_secret, why);
    if (err == ERR_NONE) err = tls_read(arena, dir, out, why);
    if (err == ERR_NONE) err = keyset_read(arena, dir, party, out, why);
    if (err != ERR_NONE) keys_wipe(out);
    return err;
}

void keys_wipe(struct keys *keys)
{
    ed25519_wipe(&keys->log_secret);
    ed25519_wipe(&keys->witness_secret);
    ed25519_wipe(&keys->agreement_secret);
}
