// SPDX-License-Identifier: Apache-2.0
#include "node/config.h"

#include "folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define NODE "party: us.cbp\n"

static int start(void **state)
{
    static struct folder f;
    folder_begin(&f);
    folder_node(&f, "us.cbp", f.dir);
    *state = &f;
    return 0;
}

static int end(void **state)
{
    folder_free(*state);
    return 0;
}

static void takes_what_init_made(void **state)
{
    struct folder *f = *state;
    struct config *c;
    struct why why = {0};
    assert_int_equal(config_read(f->dir, &c, &why), ERR_NONE);
    assert_true(str_is(c->party, "us.cbp"));
    assert_int_equal(c->https_port, 8443);
    assert_string_equal(c->https_address, "127.0.0.1");
    assert_null(c->seals_address);
    assert_int_equal(c->limits.connections, 1024);
    assert_int_equal(c->limits.idle_s, 30);
    assert_int_equal(c->limits.file_bytes, 4 << 20);
    assert_false(c->clock.rehearsal);
    assert_int_equal(c->rules->base, LANE_DOCUMENT);
    assert_int_equal(c->triggers->count, 0);
    assert_true(str_is(c->keys.witness.name, "us.cbp"));
    config_free(c);
}

static void reads_every_member_of_node_yaml(void **state)
{
    struct folder *f = *state;
    struct config *c;
    struct why why = {0};
    folder_put(f, "devices.yaml",
               "devices:\n  - {device: \"jt701d:1\", vendor: Jointech, vendor_country: CN, door_io: 3}\n");
    folder_put(
        f, "node.yaml",
        "party: us.cbp\nhttps: {address: \"::1\", port: 0}\nseals: {port: 9000}\nfolder: /var/in\npage: web\n"
        "recognised:\n  - {issuer: mx.sat, did: \"did:web:sat.example\", programmes: [OEA]}\n  - {issuer: us.cbp}\n"
        "explainers: [mx.anam]\ndevices: devices.yaml\nschemas: xsd\n"
        "clock: {start: \"2026-03-01T00:00:00Z\", reference: \"2026-02-01T01:00:00+01:00\", rate: 60.5}\n"
        "limits: {connections: 7, idle: 2m, memory: 1GiB}\n");
    assert_int_equal(config_read(f->dir, &c, &why), ERR_NONE);
    assert_string_equal(c->https_address, "::1");
    assert_int_equal(c->https_port, 0);
    assert_int_equal(c->seals_port, 9000);
    assert_string_equal(c->folder, "/var/in");
    char page[256];
    snprintf(page, sizeof page, "%s/web", f->dir);
    assert_string_equal(c->page, page);
    assert_int_equal(c->nissuers, 2);
    assert_int_equal(c->nrecognised, 3); // two names and a DID
    assert_true(str_is(c->explainers[0], "mx.anam"));
    assert_true(c->clock.rehearsal);
    assert_int_equal(c->clock.start_us - c->clock.reference_us, (int64_t)28 * 86400 * 1000000);
    assert_true(c->clock.rate > 60.4 && c->clock.rate < 60.6);
    assert_int_equal(c->limits.connections, 7);
    assert_int_equal(c->limits.idle_s, 120);
    assert_int_equal(c->limits.memory, (size_t)1 << 30);
    assert_true(str_is(c->devices,
                       "[{\"device\":\"jt701d:1\",\"door_io\":3,\"vendor\":\"Jointech\",\"vendor_country\":\"CN\"}]"));
    struct str name;
    assert_true(config_issuer_find(c, STR("did:web:sat.example"), PROGRAMME_OEA, &name));
    assert_true(str_is(name, "mx.sat"));
    assert_false(config_issuer_find(c, STR("did:web:sat.example"), PROGRAMME_FAST, &name));
    assert_false(config_issuer_find(c, STR("did:web:other.example"), PROGRAMME_OEA, &name));
    config_free(c);
}

// What is wrong is named: the file, and where it can be said the line.
static void reads_a_folder_given_relative_to_where_we_stand(void **state)
{
    struct folder *f = *state;
    struct config *c;
    struct why why = {0};
    char here[4096];
    folder_put(f, "devices.yaml", "devices:\n  - {device: \"jt701d:1\"}\n");
    folder_put(f, "node.yaml", "party: us.cbp\ndevices: devices.yaml\n");
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(f->base), 0);
    enum err err = config_read("node", &c, &why);
    assert_int_equal(chdir(here), 0);
    if (err != ERR_NONE) fail_msg("%s", why.text);
    assert_non_null(strstr(c->devices.p, "jt701d:1"));
    config_free(c);
}

static void names_file_and_line_of_what_is_wrong(void **state)
{
    static const struct {
        const char *file, *text;
        enum err err;
        const char *says;
    } cases[] = {
        {"node.yaml", "https: {port: 1}\n", ERR_MALFORMED, "node.yaml: "},
        {"node.yaml", NODE "prot: 1\n", ERR_MALFORMED, "line 2"},
        {"node.yaml", NODE "https: {port: 65536}\n", ERR_MALFORMED, "line 2"},
        {"node.yaml", NODE "https: {port: http}\n", ERR_MALFORMED, "line 2"},
        {"node.yaml", NODE "seals: {address: \"::\"}\n", ERR_MALFORMED, "port"},
        {"node.yaml", NODE "explainers: [\"a b\"]\n", ERR_MALFORMED, "a b"},
        {"node.yaml", NODE "recognised: [{issuer: a, did: nodid123}]\n", ERR_MALFORMED, "nodid123"},
        {"node.yaml", NODE "recognised: [{issuer: a, programmes: [X]}]\n", ERR_MALFORMED, "line 2"},
        {"node.yaml", NODE "roster_keys: [\"mx.sat+00000000+AAAA\"]\n", ERR_MALFORMED, "roster_keys"},
        {"node.yaml", NODE "clock: {start: \"2026-03-01T00:00:00Z\", reference: \"2026-03-01T00:00:00Z\", rate: 0}\n",
         ERR_MALFORMED, "rate"},
        {"node.yaml", NODE "clock: {start: \"2026-03-01T00:00:00Z\", reference: \"2026-03-01T00:00:00Z\", rate: -1}\n",
         ERR_MALFORMED, "rate"},
        {"node.yaml", NODE "devices: nothing.yaml\n", ERR_NOT_FOUND, "nothing.yaml"},
        {"node.yaml", NODE "limits: {idle: 30}\n", ERR_MALFORMED, "line 2"},
        {"node.yaml", "party: ca.cbsa\n", ERR_SENSELESS, "keys/"}, // the keys are another party's
        {"rules/second.yaml", "base: document\nrules: []\n", ERR_CONFLICT, "second.yaml"},
        {"rules/rules.yaml", "base: green\nrules: []\n", ERR_MALFORMED, "rules/rules.yaml: "},
        {"triggers/triggers.yaml", "trigger: []\n", ERR_MALFORMED, "triggers/triggers.yaml: "},
        {"partners/x.yaml", "party: mx.anam\n", ERR_MALFORMED, "partners/x.yaml"},
        {"partners/x.yaml", "party: mx.anam\ncertificate: none.pem\n", ERR_NOT_FOUND, "none.pem"},
        {"partners/x.yaml", "party: us.cbp\ncertificate: ../keys/tls.crt.pem\n", ERR_SENSELESS, "itself"},
        {"partners/x.yaml", "party: mx.anam\ncertificate: ../keys/tls.key.pem\n", ERR_MALFORMED, "partners/x.yaml"},
        {"partners/x.yaml", "party: mx.anam\nurl: \"http://127.0.0.1:1\"\ncertificate: ../keys/tls.crt.pem\n",
         ERR_SENSELESS, "https://"},
        {"partners/x.yaml", "party: mx.anam\nurl: \"https://h/p\"\ncertificate: ../keys/tls.crt.pem\n", ERR_SENSELESS,
         "https://"},
        {"agreements/x.yaml", "id: x\n", ERR_NOT_FOUND, "agreements/x.yaml.sig"},
        {"keyset.json", "{}", ERR_MALFORMED, ""},
    };
    struct folder *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct config *c = NULL;
        struct why why = {0};
        struct str old = STR_NONE;
        const char *path = file_path(&f->arena, f->dir, cases[i].file);
        bool there = file_read(&f->arena, path, 65536, &old, NULL) == ERR_NONE;
        folder_put(f, cases[i].file, cases[i].text);
        enum err err = config_read(f->dir, &c, &why);
        if (err != cases[i].err || !strstr(why.text, cases[i].says))
            fail_msg("case %zu: %s, \"%s\"", i, err_name(err), why.text);
        if (there)
            folder_put(f, cases[i].file, old.p);
        else
            assert_int_equal(unlink(path), 0);
    }
    takes_what_init_made(state); // all was put back
}

static void wants_a_partners_keys_to_be_the_partners(void **state)
{
    struct folder *f = *state;
    struct config *c;
    struct why why = {0};
    char other[128];
    struct str text;
    snprintf(other, sizeof other, "%s/other", f->base);
    folder_node(f, "mx.anam", other);
    assert_int_equal(file_read(&f->arena, file_path(&f->arena, other, "public.yaml"), 65536, &text, &why), ERR_NONE);
    folder_put(f, "partners/mx.anam.yaml", text.p);
    assert_int_equal(config_read(f->dir, &c, &why), ERR_NONE);
    assert_int_equal(c->nparties, 1);
    assert_int_equal(c->npartners, 1);
    assert_true(str_is(c->partners[0].url, "https://127.0.0.1:8443"));
    assert_true(str_is(c->partners[0].witness_key.name, "mx.anam"));
    config_free(c);
    // The same certificate under another name.
    char *renamed = strdup(text.p);
    memcpy(strstr(renamed, "party: mx.anam"), "party: mx.anax", 14);
    folder_put(f, "partners/z.yaml", renamed);
    assert_int_equal(config_read(f->dir, &c, &why), ERR_SENSELESS); // its keys are mx.anam's
    free(renamed);
    why = (struct why){0};
    folder_put(f, "partners/z.yaml", "party: mx.anax\ncertificate: ../../other/keys/tls.crt.pem\n");
    assert_int_equal(config_read(f->dir, &c, &why), ERR_CONFLICT);
    why = (struct why){0};
    folder_put(f, "partners/z.yaml", "party: mx.anam\ncertificate: ../keys/tls.crt.pem\n");
    assert_int_equal(config_read(f->dir, &c, &why), ERR_CONFLICT);
}

static void keys_stay_secret_and_fit_the_key_set(void **state)
{
    struct folder *f = *state;
    struct config *c;
    struct why why = {0};
    const char *log = file_path(&f->arena, f->dir, "keys/log.key");
    struct str text;
    struct note_key key;
    assert_int_equal(chmod(log, 0604), 0);
    assert_int_equal(config_read(f->dir, &c, &why), ERR_UNTRUSTED);
    assert_int_equal(unlink(log), 0);
    why = (struct why){0};
    assert_int_equal(keys_secret_make(log, STR("us.cbp"), &key, &why), ERR_NONE);
    assert_int_equal(config_read(f->dir, &c, &why), ERR_UNTRUSTED); // another log key than the key set's
    assert_non_null(strstr(why.text, "keyset.json"));
    why = (struct why){0};
    assert_int_equal(keys_secret_make(log, STR("us.cbp"), &key, &why), ERR_CONFLICT);
    // A witness key in the place of the agreement key.
    assert_int_equal(file_read(&f->arena, file_path(&f->arena, f->dir, "keys/witness.key"), 4096, &text, NULL),
                     ERR_NONE);
    why = (struct why){0};
    assert_int_equal(file_write(log, 0600, text, false, &why), ERR_NONE);
    assert_int_equal(config_read(f->dir, &c, &why), ERR_SENSELESS);
}

static void tells_what_a_reload_cannot_change(void **state)
{
    static const struct {
        const char *text, *what;
    } cases[] = {
        {NODE, ""},
        {NODE "roster_keys: []\n", ""},
        {NODE "https: {port: 1}\n", "https"},
        {NODE "seals: {port: 1}\n", "seals"},
        {NODE "folder: out\n", "folder"},
        {NODE "schemas: x\n", "schemas"},
        {NODE "recognised: [{issuer: x}]\n", "recognised"},
        {NODE "explainers: [x]\n", "explainers"},
        {NODE "clock: {start: \"2026-03-01T00:00:00Z\", reference: \"2026-03-01T00:00:00Z\"}\n", "clock"},
        {NODE "limits: {devices: 5}\n", "limits"},
    };
    struct folder *f = *state;
    struct config *running, *next;
    struct why why = {0};
    folder_put(f, "node.yaml", NODE);
    assert_int_equal(config_read(f->dir, &running, &why), ERR_NONE);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        folder_put(f, "node.yaml", cases[i].text);
        assert_int_equal(config_read(f->dir, &next, &why), ERR_NONE);
        assert_string_equal(config_needs_restart(running, next), cases[i].what);
        config_free(next);
    }
    config_free(running);
}

static void writes_files_whole_or_not_at_all(void **state)
{
    struct folder *f = *state;
    struct why why = {0};
    struct str text;
    const char *path = file_path(&f->arena, f->base, "x");
    assert_int_equal(file_write(path, 0600, STR("one"), true, &why), ERR_NONE);
    assert_int_equal(file_write(path, 0600, STR("two"), true, &why), ERR_CONFLICT);
    assert_int_equal(file_read(&f->arena, path, 3, &text, NULL), ERR_NONE);
    assert_true(str_is(text, "one"));
    assert_int_equal(file_write(path, 0600, STR("three"), false, NULL), ERR_NONE);
    assert_int_equal(file_read(&f->arena, path, 4, &text, NULL), ERR_TOO_LARGE);
    assert_int_equal(file_read(&f->arena, f->base, 4, &text, NULL), ERR_STORE);
    assert_int_equal(file_read(&f->arena, file_path(&f->arena, f->base, "y"), 4, &text, NULL), ERR_NOT_FOUND);
    struct str *names;
    size_t n;
    assert_int_equal(file_list(&f->arena, f->base, "", &names, &n, NULL), ERR_NONE);
    assert_int_equal(n, 1); // nothing else is left behind
}

static void makes_nodes_of_sound_names_only(void **state)
{
    static const char *const bad[] = {
        "",   "Mx.anam", "mx anam", "../x",
        ".x", "a/b",     "a+b",     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    struct folder *f = *state;
    struct make_settings settings = {.dir = file_path(&f->arena, f->base, "n"), .https_port = 1, .now_us = NOW_US};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        settings.party = str_of(bad[i]);
        assert_int_equal(make_node(&settings, NULL), ERR_USAGE);
        assert_int_not_equal(access(settings.dir, F_OK), 0);
    }
    settings.party = STR("a");
    settings.address = "localhost";
    assert_int_equal(make_node(&settings, NULL), ERR_USAGE);
    settings.address = "::";
    settings.url = "http://x";
    assert_int_equal(make_node(&settings, NULL), ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(takes_what_init_made, start, end),
        cmocka_unit_test_setup_teardown(reads_every_member_of_node_yaml, start, end),
        cmocka_unit_test_setup_teardown(reads_a_folder_given_relative_to_where_we_stand, start, end),
        cmocka_unit_test_setup_teardown(names_file_and_line_of_what_is_wrong, start, end),
        cmocka_unit_test_setup_teardown(wants_a_partners_keys_to_be_the_partners, start, end),
        cmocka_unit_test_setup_teardown(keys_stay_secret_and_fit_the_key_set, start, end),
        cmocka_unit_test_setup_teardown(tells_what_a_reload_cannot_change, start, end),
        cmocka_unit_test_setup_teardown(writes_files_whole_or_not_at_all, start, end),
        cmocka_unit_test_setup_teardown(makes_nodes_of_sound_names_only, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
