// SPDX-License-Identifier: Apache-2.0
#include "node/rules_file.h"

#include "folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define RULES                                                                                                          \
    "base: scan\nrules:\n  - {id: a, owner: o, revision: 1, citation: c, from: 2026-01-01, when: crossing.empty, "     \
    "floor: joint, reason: {en: a, es: b, fr: c}}\n"

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

// A person's key in DIR/NAME.key; its line of rule_signers, under the person's name.
static struct str person(struct folder *f, const char *key, const char *name)
{
    struct note_key made;
    struct why why = {0};
    struct buf text = BUF(1024);
    struct str path = arena_printf(&f->arena, "%s/%s.key", f->dir, key);
    assert_int_equal(keys_secret_make(path.p, str_of(key), &made, &why), ERR_NONE);
    note_key_format(&made, &text);
    struct str line = arena_printf(&f->arena, "  - {name: %s, key: \"%.*s\"}\n", name, STR_ARG(buf_str(&text)));
    buf_free(&text);
    return line;
}

static void node(struct folder *f, const struct str *signers, size_t n)
{
    struct buf text = BUF(65536);
    buf_puts(&text, n ? "party: us.cbp\nrule_signers:\n" : "party: us.cbp\n");
    for (size_t i = 0; i < n; i++) buf_str_add(&text, signers[i]);
    buf_putc(&text, '\0');
    folder_put(f, "node.yaml", text.p);
    buf_free(&text);
}

static enum err sign(struct folder *f, const char *key, bool *fresh)
{
    struct why why = {0};
    struct str name;
    const char *rules = file_path(&f->arena, f->dir, "rules/rules.yaml");
    struct str path = arena_printf(&f->arena, "%s/%s.key", f->dir, key);
    return rules_file_sign(&f->arena, rules, path.p, fresh, &name, &why);
}

static enum err read_node(struct folder *f, size_t *signed_by, bool *unsigned_, const char *reason)
{
    struct config *c;
    struct why why = {0};
    enum err err = config_read(f->dir, &c, &why);
    if (err == ERR_NONE) {
        *signed_by = c->nrules_signed_by;
        *unsigned_ = c->rules_unsigned;
        config_free(c);
    } else if (!strstr(why.text, reason)) {
        fail_msg("%s", why.text);
    }
    return err;
}

static void rules_that_run_want_two_people_where_any_are_listed(void **state)
{
    struct folder *f = *state;
    struct str signers[] = {person(f, "ana", "Ana"), person(f, "luis", "Luis"), person(f, "eva", "Eva")};
    size_t n;
    bool unsigned_, fresh;
    node(f, signers, 0);
    assert_int_equal(read_node(f, &n, &unsigned_, ""), ERR_NONE);
    assert_false(unsigned_); // nothing runs
    folder_put(f, "rules/rules.yaml", RULES);
    assert_int_equal(read_node(f, &n, &unsigned_, ""), ERR_NONE);
    assert_true(unsigned_);
    node(f, signers, 3);
    assert_int_equal(read_node(f, &n, &unsigned_, "0 of the rule_signers"), ERR_UNTRUSTED);
    assert_int_equal(sign(f, "ana", &fresh), ERR_NONE);
    assert_true(fresh);
    assert_int_equal(sign(f, "ana", &fresh), ERR_NONE);
    assert_false(fresh);
    assert_int_equal(read_node(f, &n, &unsigned_, "1 of the rule_signers"), ERR_UNTRUSTED);
    assert_int_equal(sign(f, "eva", &fresh), ERR_NONE);
    assert_int_equal(read_node(f, &n, &unsigned_, ""), ERR_NONE);
    assert_true(n == 2 && !unsigned_);
    folder_put(f, "rules/rules.yaml", RULES "# and one word more\n");
    assert_int_equal(read_node(f, &n, &unsigned_, "0 of the rule_signers"), ERR_UNTRUSTED);
    // The lines of the bytes before do no harm.
    assert_int_equal(sign(f, "luis", &fresh), ERR_NONE);
    assert_int_equal(sign(f, "eva", &fresh), ERR_NONE);
    assert_int_equal(read_node(f, &n, &unsigned_, ""), ERR_NONE);
    assert_int_equal(n, 2);
    folder_put(f, "rules/rules.yaml.sig", "this is no signature\n");
    assert_int_equal(read_node(f, &n, &unsigned_, "rules/rules.yaml"), ERR_MALFORMED);
}

static void a_person_with_two_keys_is_one(void **state)
{
    struct folder *f = *state;
    struct str signers[] = {person(f, "ana", "Ana"), person(f, "ana-two", "Ana"), person(f, "luis", "Luis")};
    size_t n;
    bool unsigned_, fresh;
    folder_put(f, "rules/rules.yaml", RULES);
    node(f, signers, 3);
    assert_int_equal(sign(f, "ana", &fresh), ERR_NONE);
    assert_int_equal(sign(f, "ana-two", &fresh), ERR_NONE);
    assert_int_equal(read_node(f, &n, &unsigned_, "1 of the rule_signers"), ERR_UNTRUSTED);
    node(f, signers, 2);
    assert_int_equal(read_node(f, &n, &unsigned_, "two people at least"), ERR_SENSELESS);
}

static void refuses_two_people_with_one_key(void **state)
{
    struct folder *f = *state;
    struct str ana = person(f, "ana", "Ana");
    const char *brace = strstr(ana.p, "key:");
    struct str signers[] = {ana, arena_printf(&f->arena, "  - {name: Luis, %s", brace)};
    size_t n;
    bool unsigned_;
    node(f, signers, 2);
    assert_int_equal(read_node(f, &n, &unsigned_, "one key"), ERR_CONFLICT);
}

static void a_set_of_the_past_is_found_by_its_hash_and_not_when_it_was_changed(void **state)
{
    struct folder *f = *state;
    struct rules_file file;
    struct why why = {0};
    struct str none = STR("0000000000000000");
    assert_int_equal(rules_past_read(&f->arena, f->dir, none, &file, &why), ERR_NOT_FOUND);
    assert_int_equal(rules_past_read(&f->arena, f->dir, STR("00"), &file, &(struct why){0}), ERR_USAGE);
    const char *past = file_path(&f->arena, f->dir, "rules/past");
    assert_int_equal(file_folder(past, 0755, &why), ERR_NONE);
    folder_put(f, "rules/past/0000000000000000aa.yaml", RULES);
    assert_int_equal(rules_past_read(&f->arena, f->dir, none, &file, &(struct why){0}), ERR_UNTRUSTED);
    folder_put(f, "rules/past/0000000000000000bb.yaml", RULES);
    assert_int_equal(rules_past_read(&f->arena, f->dir, none, &file, &(struct why){0}), ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rules_that_run_want_two_people_where_any_are_listed, start, end),
        cmocka_unit_test_setup_teardown(a_person_with_two_keys_is_one, start, end),
        cmocka_unit_test_setup_teardown(refuses_two_people_with_one_key, start, end),
        cmocka_unit_test_setup_teardown(a_set_of_the_past_is_found_by_its_hash_and_not_when_it_was_changed, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
