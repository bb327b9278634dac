// SPDX-License-Identifier: Apache-2.0
#include "formats/yaml_schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const modes[] = {"open", "shut", NULL};
static const struct yaml_field table[] = {
    {"party", YAML_TEXT, .required = true, .min = 1, .max = 20, .doc = "who"},
    {"workers", YAML_INTEGER, .preset = "2", .min = 1, .max = 64, .doc = "threads"},
    {"share", YAML_DECIMAL, .doc = "a part"},
    {"live", YAML_BOOLEAN, .doc = "in force"},
    {"silence", YAML_DURATION, .doc = "silence"},
    {"body", YAML_SIZE, .doc = "body"},
    {"from", YAML_DATE, .doc = "day"},
    {"until", YAML_TIME, .doc = "time"},
    {"mode", YAML_ENUM, .choices = modes, .doc = "mode"},
    {"kinds", YAML_LIST, .of = YAML_TEXT, .doc = "kinds"},
    {"groups", YAML_LIST, .of = YAML_TABLE, .table = table, .doc = "groups"},
    {"waits", YAML_MAP, .of = YAML_DURATION, .doc = "waits"},
    {"when", YAML_FREE, .doc = "a condition"},
    {NULL},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA((size_t)16 << 20);
    struct json *out = NULL;
    struct why why = {0};
    enum err err = yaml_read(&arena, (struct str){(const char *)data, size}, table, &out, &why);
    INVARIANT(err == ERR_NONE ? out && json_get(out, "party") && json_get(out, "workers") : why.text[0] != '\0');
    arena_free(&arena);
    return 0;
}
