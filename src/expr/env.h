// SPDX-License-Identifier: Apache-2.0
// Env: what expressions may name: variables, each with a type and a slot, and functions with their overloads. Made
// once, read by any number of threads after that.
#ifndef EXPR_ENV_H
#define EXPR_ENV_H

#include "expr/type.h"

struct expr_run;

// A function's body. `args` are never errors or unknowns unless the overload is lenient; a member call's target is
// args[0]. May return expr_fail(). Work that grows with its arguments is paid for with expr_spend().
typedef struct expr_value expr_function(struct expr_run *run, const struct expr_value *args, size_t nargs,
                                        void *context);

// One overload. Tables of these end with a name that is NULL. `call` NULL: declared for the checker, the evaluator has
// an instruction of its own for it.
struct expr_overload {
    const char *name;      // "contains", "_+_", "math.greatest"
    const char *signature; // "string.(string) -> bool" of a member, "(int, int) -> int" of a plain one
    expr_function *call;
    bool lenient; // takes errors and unknowns as they come
};

enum expr_feature {
    EXPR_STRINGS = 1,        // the strings extension
    EXPR_MATH = 2,           // math.greatest, math.ceil, math.bitAnd …
    EXPR_NETWORK = 4,        // ip(), cidr(), isIP() …
    EXPR_ENCODERS = 8,       // base64.encode, base64.decode
    EXPR_OPTIONALS = 16,     // optional.of, a.?b, [?a], optMap …
    EXPR_BINDINGS = 32,      // cel.bind
    EXPR_TWO_VARIABLES = 64, // comprehensions over (index, element) and (key, value): transformList …
    EXPR_BLOCKS = 128,       // cel.block, cel.index
    EXPR_ALL = 255
};

struct expr_env;

// The core language, always, and the extensions asked for. NULL without memory.
struct expr_env *expr_env_new(unsigned features);
void expr_env_free(struct expr_env *env);

// Names may have dots ("documents.weight_gap_pct"); then the longest declared prefix of a.b.c is the variable and the
// rest are selections (langdef.md, "Name Resolution"). *slot is 0, 1, 2 … in the order of declaration. ERR_MALFORMED
// for a name that is no name or a type that cannot be read, ERR_CONFLICT for one that is there.
enum err expr_env_variable(struct expr_env *env, struct str name, struct str type, uint32_t *slot,
                           struct why *why) MUST_USE;
size_t expr_env_slots(const struct expr_env *env);
struct str expr_env_slot_name(const struct expr_env *env, uint32_t slot);
// `context` goes to every call of this table, which must outlive the env. Errors: a signature that cannot be read, or
// an overload that cannot be told from one that is there.
enum err expr_env_functions(struct expr_env *env, const struct expr_overload *table, void *context,
                            struct why *why) MUST_USE;
// The namespace in which names are looked for first, innermost out: "a.b" looks for a.b.x, a.x, x.
enum err expr_env_container(struct expr_env *env, struct str name, struct why *why) MUST_USE;
unsigned expr_env_features(const struct expr_env *env);

struct expr_field {
    const char *name, *type;
};
// A record: `name{field: value}` is then a map of the fields that it gives, by their names; no field is obligatory. The
// table ends with a name that is NULL and must outlive the env. ERR_MALFORMED for a name that is no name or a type that
// cannot be read, ERR_CONFLICT for a record that is there.
enum err expr_env_record(struct expr_env *env, struct str name, const struct expr_field *fields,
                         struct why *why) MUST_USE;
// As it was set; empty: none.
struct str env_container(const struct expr_env *env);

// ---- For checker and compiler ----

// An overload with its signature read.
struct env_overload {
    const struct expr_overload *as;
    void *context;
    bool member;
    const struct expr_type *args[8]; // of a member, args[0] is the target
    size_t nargs;
    const struct expr_type *result;
    struct env_overload *next; // of the same name
};
#define ENV_ARGS_MAX 8

struct env_variable {
    struct str name;
    const struct expr_type *type;
    uint32_t slot;
};

// All overloads of a name, members and plain ones; NULL: no such function.
const struct env_overload *env_function(const struct expr_env *env, struct str name);
// Resolves a (dotted) name in the container, or as it stands when it begins with a dot: a variable, or a type's name
// ("int", "google.protobuf.Timestamp", "net.IP" …; *type is what it names). false: neither.
bool env_resolve(const struct expr_env *env, struct str name, const struct env_variable **variable,
                 const struct expr_type **type);
// A record in the container; NULL: none. And its field's type; NULL: it has none of that name.
struct env_record;
const struct env_record *env_resolve_record(const struct expr_env *env, struct str name);
const struct expr_type *env_record_field(const struct env_record *record, struct str name);
// A function's name (a namespaced one, "math.greatest", as a.b.c) in the container; NULL: none.
const struct env_overload *env_resolve_function(const struct expr_env *env, struct str name);
// The declared variable or function that is fewest edits away, for messages; {NULL,0}: none is near.
struct str env_nearest(const struct expr_env *env, struct str name);

#endif
