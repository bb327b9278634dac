// SPDX-License-Identifier: Apache-2.0
#include "formats/bolt_seal.h"

#include "base/clock.h"

#include <stdio.h>

#define INPUT_MAX ((size_t)64 << 10)
#define TEXT_MAX 200
#define TRAILER_ID_MAX 19

static const char *const grade_names[] = {"high-security", "security", "indicative"};
static const char grade_letters[] = "HSI";
static const char *const event_names[] = {"on", "off", "inspected", "replaced"};
static const char *const check_names[] = {"not-done", "pass", "fail"};

const char *bolt_seal_grade_name(enum bolt_seal_grade grade)
{
    return grade_names[grade];
}

char bolt_seal_grade_letter(enum bolt_seal_grade grade)
{
    return grade_letters[grade];
}

// Capital letters, digits and colons, hyphens and single spaces between them left out. False if there is anything else.
static bool normalise(struct str text, char *out, size_t max)
{
    size_t n = 0;
    bool between = true; // nothing to stand between yet
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '-' || c == ' ') {
            if (between) return false;
            between = true;
            continue;
        }
        if (c >= 'a' && c <= 'z') c = (char)(c - 'a' + 'A');
        bool known = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == ':';
        if (!known || n == max) return false;
        between = false;
        out[n++] = c;
    }
    out[n] = '\0';
    return !between;
}

bool bolt_seal_number(struct str text, char out[BOLT_SEAL_NUMBER_MAX + 1])
{
    if (!normalise(text, out, BOLT_SEAL_NUMBER_MAX) || strchr(out, ':')) return false;
    return strlen(out) >= BOLT_SEAL_NUMBER_MIN && strpbrk(out, "0123456789") != NULL;
}

// A plate: 2 to 10 letters and digits, or two letters of the state, a colon and 2 to 8. A number: its owner's code of 2
// to 4, a colon and 1 to 14. (The schemes trailer.plate and trailer.number of identifiers.yaml.)
static bool trailer_id(struct str text, bool plate, char out[TRAILER_ID_MAX + 1])
{
    if (!normalise(text, out, TRAILER_ID_MAX)) return false;
    const char *colon = strchr(out, ':');
    size_t n = strlen(out), before = colon ? (size_t)(colon - out) : 0, after = colon ? n - before - 1 : n;
    if (colon && strchr(colon + 1, ':')) return false;
    if (!plate) return before >= 2 && before <= 4 && after >= 1 && after <= 14;
    return colon ? before == 2 && after >= 2 && after <= 8 : n >= 2 && n <= 10;
}

static bool all_passed(const struct bolt_seal_inspection *i, enum bolt_seal_check check)
{
    return i->view == check && i->verify == check && i->tug == check && i->twist == check;
}

bool bolt_seal_inspection_complete(const struct bolt_seal_inspection *inspection)
{
    return inspection->view && inspection->verify && inspection->tug && inspection->twist;
}

bool bolt_seal_inspection_passed(const struct bolt_seal_inspection *inspection)
{
    return all_passed(inspection, BOLT_SEAL_PASS);
}

// An object being read, and the JSON pointer of it, for reasons.
struct part {
    const struct json *object;
    const char *pointer;
};

static enum err wrong(struct why *why, struct part part, const char *name, const char *what)
{
    char member[sizeof why->member];
    snprintf(member, sizeof member, "%s%s%s", part.pointer, *name ? "/" : "", name);
    return why_set(why, ERR_MALFORMED, member, "%s %s", *member ? member : "the input", what);
}

// An object with no members but those named; `names` ends with NULL.
static enum err check_members(struct part part, const char *const *names, struct why *why)
{
    if (!part.object || part.object->type != JSON_OBJECT) return wrong(why, part, "", "must be an object");
    json_each(member, part.object)
    {
        size_t i = 0;
        while (names[i] && !str_is(member->name, names[i])) i++;
        if (names[i]) continue;
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)(member->name.n < 40 ? member->name.n : 40), member->name.p);
        return wrong(why, part, name, "is not a member that we know");
    }
    return ERR_NONE;
}

// A text of 1 to TEXT_MAX bytes if it is there.
static enum err read_text(struct part part, const char *name, struct str *out, struct why *why)
{
    const struct json *value = json_get(part.object, name);
    if (!value) return ERR_NONE;
    if (value->type != JSON_STRING || value->text.n == 0 || value->text.n > TEXT_MAX) {
        return wrong(why, part, name, "must be a text of 1 to 200 bytes");
    }
    *out = value->text;
    return ERR_NONE;
}

static enum err need_text(struct part part, const char *name, struct str *out, struct why *why)
{
    if (!json_get(part.object, name)) return wrong(why, part, name, "is missing");
    return read_text(part, name, out, why);
}

static bool find_name(struct str text, const char *const *names, size_t count, int *out)
{
    for (size_t i = 0; i < count; i++) {
        if (!str_is(text, names[i])) continue;
        *out = (int)i;
        return true;
    }
    return false;
}

static enum err read_grade(struct part part, enum bolt_seal_grade *out, struct why *why)
{
    struct str text = STR_NONE;
    enum err err = need_text(part, "grade", &text, why);
    if (err != ERR_NONE) return err;
    int index = 0;
    const char *letter = text.n == 1 ? strchr(grade_letters, text.p[0]) : NULL;
    if (letter && *letter) {
        index = (int)(letter - grade_letters);
    } else if (!find_name(text, grade_names, 3, &index)) {
        (void)wrong(why, part, "grade", "must be \"high-security\" (H), \"security\" (S) or \"indicative\" (I)");
        return why ? why_clause(why, "ISO 17712") : ERR_MALFORMED;
    }
    *out = (enum bolt_seal_grade)index;
    return ERR_NONE;
}

static enum err read_country(struct part part, struct str *out, struct why *why)
{
    enum err err = read_text(part, "country", out, why);
    if (err != ERR_NONE || out->n == 0) return err;
    bool letters = out->n == 2 && out->p[0] >= 'A' && out->p[0] <= 'Z' && out->p[1] >= 'A' && out->p[1] <= 'Z';
    return letters ? ERR_NONE : wrong(why, part, "country", "must be two capital letters (ISO 3166-1)");
}

static enum err read_mark(struct part part, struct bolt_seal_mark *out, struct why *why)
{
    static const char *const names[] = {"number", "grade", "country", "manufacturer", NULL};
    struct str number = STR_NONE;
    enum err err = check_members(part, names, why);
    if (err == ERR_NONE) err = need_text(part, "number", &number, why);
    if (err == ERR_NONE && !bolt_seal_number(number, out->number)) {
        err = wrong(why, part, "number", "must be 4 to 20 letters and digits, one digit at least");
        if (why) (void)why_clause(why, "ISO 17712:2013 4.2");
    }
    if (err == ERR_NONE) err = read_grade(part, &out->grade, why);
    if (err == ERR_NONE) err = read_country(part, &out->country, why);
    if (err == ERR_NONE) err = read_text(part, "manufacturer", &out->manufacturer, why);
    return err;
}

static enum err read_check(struct part part, const char *name, enum bolt_seal_check *out, struct why *why)
{
    struct str text = STR_NONE;
    int index;
    enum err err = need_text(part, name, &text, why);
    if (err != ERR_NONE) return err;
    if (!find_name(text, check_names, 3, &index))
        return wrong(why, part, name, "must be \"pass\", \"fail\" or \"not-done\"");
    *out = (enum bolt_seal_check)index;
    return ERR_NONE;
}

static bool is_sha256(struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        bool hex = (text.p[i] >= '0' && text.p[i] <= '9') || (text.p[i] >= 'a' && text.p[i] <= 'f');
        if (!hex) return false;
    }
    return text.n == 64;
}

static enum err read_inspection(struct part part, struct bolt_seal_inspection *out, struct why *why)
{
    static const char *const names[] = {"view", "verify", "tug", "twist", "photo_sha256", "inspector", NULL};
    enum err err = check_members(part, names, why);
    if (err == ERR_NONE) err = read_check(part, "view", &out->view, why);
    if (err == ERR_NONE) err = read_check(part, "verify", &out->verify, why);
    if (err == ERR_NONE) err = read_check(part, "tug", &out->tug, why);
    if (err == ERR_NONE) err = read_check(part, "twist", &out->twist, why);
    if (err == ERR_NONE) err = read_text(part, "photo_sha256", &out->photo_sha256, why);
    if (err == ERR_NONE && out->photo_sha256.n && !is_sha256(out->photo_sha256)) {
        err = wrong(why, part, "photo_sha256", "must be 64 lower-case hexadecimal digits");
    }
    if (err == ERR_NONE) err = read_text(part, "inspector", &out->inspector, why);
    return err;
}

static enum err read_trailer_id(struct arena *arena, struct part part, const char *name, struct str *out,
                                struct why *why)
{
    struct str text = STR_NONE;
    char normal[TRAILER_ID_MAX + 1];
    bool plate = strcmp(name, "plate") == 0;
    enum err err = read_text(part, name, &text, why);
    if (err != ERR_NONE || text.n == 0) return err;
    if (!trailer_id(text, plate, normal)) {
        return wrong(why, part, name,
                     plate ? "must be a plate, \"21TR43\" or \"TX:R123456\""
                           : "must be the owner's code and number, \"TGZA:53017\"");
    }
    *out = arena_str(arena, str_of(normal));
    return out->p ? ERR_NONE : why_set(why, ERR_NO_MEMORY, "", "no memory for a seal");
}

static enum err read_trailer(struct arena *arena, struct part part, struct bolt_seal *out, struct why *why)
{
    static const char *const names[] = {"plate", "number", NULL};
    enum err err = check_members(part, names, why);
    if (err == ERR_NONE) err = read_trailer_id(arena, part, "plate", &out->trailer_plate, why);
    if (err == ERR_NONE) err = read_trailer_id(arena, part, "number", &out->trailer_number, why);
    if (err != ERR_NONE) return err;
    if (out->trailer_plate.n || out->trailer_number.n) return ERR_NONE;
    return wrong(why, part, "", "needs a plate or a number");
}

static enum err read_event(struct part root, struct bolt_seal *out, struct why *why)
{
    struct str event = STR_NONE, time = STR_NONE;
    int index;
    enum err err = need_text(root, "event", &event, why);
    if (err != ERR_NONE) return err;
    if (!find_name(event, event_names, 4, &index)) {
        return wrong(why, root, "event", "must be \"on\", \"off\", \"inspected\" or \"replaced\"");
    }
    out->event = (enum bolt_seal_event)index;
    err = need_text(root, "time", &time, why);
    if (err != ERR_NONE) return err;
    if (!time_parse_ms(time, &out->at_ms)) return wrong(why, root, "time", "must be a time of RFC 3339");
    err = read_text(root, "place", &out->place, why);
    return err == ERR_NONE ? read_text(root, "reason", &out->reason, why) : err;
}

// What the event needs, and what only it may have.
static enum err check_event(struct part root, const struct bolt_seal *seal, struct why *why)
{
    const struct json *replaced_by = json_get(root.object, "replaced_by");
    if (seal->event == BOLT_SEAL_INSPECTED && !seal->inspected) return wrong(why, root, "inspection", "is missing");
    if (seal->event == BOLT_SEAL_REPLACED && !replaced_by) return wrong(why, root, "replaced_by", "is missing");
    if (seal->event != BOLT_SEAL_REPLACED && replaced_by) {
        return why_set(why, ERR_SENSELESS, "/replaced_by", "only a seal that was replaced has a successor");
    }
    if (replaced_by && strcmp(seal->seal.number, seal->replaced_by.number) == 0) {
        return why_set(why, ERR_SENSELESS, "/replaced_by/number", "a seal cannot be replaced by itself");
    }
    return ERR_NONE;
}

static enum err read_root(struct arena *arena, struct part root, struct bolt_seal *out, struct why *why)
{
    static const char *const names[] = {"seal",       "event",       "trailer", "time", "place",
                                        "inspection", "replaced_by", "reason",  NULL};
    const struct json *inspection, *replaced_by;
    enum err err = check_members(root, names, why);
    if (err != ERR_NONE) return err;
    if (!json_get(root.object, "seal")) return wrong(why, root, "seal", "is missing");
    if (!json_get(root.object, "trailer")) return wrong(why, root, "trailer", "is missing");
    err = read_mark((struct part){json_get(root.object, "seal"), "/seal"}, &out->seal, why);
    if (err == ERR_NONE) err = read_event(root, out, why);
    if (err == ERR_NONE)
        err = read_trailer(arena, (struct part){json_get(root.object, "trailer"), "/trailer"}, out, why);
    inspection = json_get(root.object, "inspection");
    out->inspected = inspection != NULL;
    if (err == ERR_NONE && inspection) {
        err = read_inspection((struct part){inspection, "/inspection"}, &out->inspection, why);
    }
    replaced_by = json_get(root.object, "replaced_by");
    if (err == ERR_NONE && replaced_by) {
        err = read_mark((struct part){replaced_by, "/replaced_by"}, &out->replaced_by, why);
    }
    return err == ERR_NONE ? check_event(root, out, why) : err;
}

enum err bolt_seal_parse(struct arena *arena, struct str input, struct bolt_seal *out, struct why *why)
{
    struct why local = {0};
    if (!why) why = &local;
    *out = (struct bolt_seal){0};
    if (input.n > INPUT_MAX) return why_set(why, ERR_TOO_LARGE, "", "a seal's JSON has at most %zu bytes", INPUT_MAX);
    const struct json *root = json_parse(arena, input, why);
    if (!root) return why->err;
    return read_root(arena, (struct part){root, ""}, out, why);
}

static void put_said(struct arena *arena, struct json *object, const char *name, struct str text)
{
    if (text.n) json_put_text(arena, object, name, text);
}

static struct json *inspection_json(struct arena *arena, const struct bolt_seal_inspection *inspection)
{
    struct json *object = json_new_object(arena);
    json_put_text(arena, object, "view", str_of(check_names[inspection->view]));
    json_put_text(arena, object, "verify", str_of(check_names[inspection->verify]));
    json_put_text(arena, object, "tug", str_of(check_names[inspection->tug]));
    json_put_text(arena, object, "twist", str_of(check_names[inspection->twist]));
    put_said(arena, object, "photo_sha256", inspection->photo_sha256);
    put_said(arena, object, "inspector", inspection->inspector);
    return object;
}

static struct json *status_json(struct arena *arena, const struct bolt_seal *seal, const struct bolt_seal_mark *mark)
{
    struct json *status = json_new_object(arena);
    char letter = bolt_seal_grade_letter(mark->grade);
    json_put_text(arena, status, "grade_letter", arena_str(arena, (struct str){&letter, 1}));
    put_said(arena, status, "country", mark->country);
    put_said(arena, status, "manufacturer", mark->manufacturer);
    put_said(arena, status, "place", seal->place);
    put_said(arena, status, "reason", seal->reason);
    if (!seal->inspected) return status;
    json_put_bool(arena, status, "inspection_complete", bolt_seal_inspection_complete(&seal->inspection));
    json_put_bool(arena, status, "inspection_passed", bolt_seal_inspection_passed(&seal->inspection));
    json_put_bool(arena, status, "photo", seal->inspection.photo_sha256.n > 0);
    return status;
}

static bool about_trailer(struct arena *arena, const struct bolt_seal *seal, struct draft *draft)
{
    bool plate = seal->trailer_plate.n > 0;
    struct subject_ref *trailer =
        draft_about(arena, draft, NOUN_TRAILER, plate ? STR("trailer.plate") : STR("trailer.number"),
                    plate ? seal->trailer_plate : seal->trailer_number);
    if (!trailer) return false;
    return !plate || !seal->trailer_number.n || draft_also(arena, trailer, STR("trailer.number"), seal->trailer_number);
}

static struct draft *mark_draft(struct arena *arena, const struct bolt_seal *seal, const struct bolt_seal_mark *mark,
                                struct json *event)
{
    struct draft *draft = draft_new(arena, "custody.seal", seal->at_ms, LABEL_AMBER);
    struct str number = arena_str(arena, str_of(mark->number));
    if (!draft || !draft_about(arena, draft, NOUN_SEAL, STR("iso17712"), number)) return NULL;
    if (!about_trailer(arena, seal, draft)) return NULL;
    json_put_text(arena, event, "grade", str_of(bolt_seal_grade_name(mark->grade)));
    put_said(arena, event, "who", seal->inspection.inspector);
    draft_put(draft, "event", event);
    draft_put(draft, "status", status_json(arena, seal, mark));
    if (seal->inspected) draft_put(draft, "inspection", inspection_json(arena, &seal->inspection));
    return draft;
}

enum err bolt_seal_draft(struct arena *arena, const struct bolt_seal *seal, struct draft **out, struct why *why)
{
    struct json *event = json_new_object(arena);
    json_put_text(arena, event, "type", str_of(event_names[seal->event]));
    put_said(arena, event, "detail", seal->reason);
    if (seal->event == BOLT_SEAL_REPLACED) {
        json_put_text(arena, event, "new", arena_str(arena, str_of(seal->replaced_by.number)));
    }
    *out = mark_draft(arena, seal, &seal->seal, event);
    if (*out && seal->event == BOLT_SEAL_REPLACED) {
        struct json *on = json_new_object(arena);
        json_put_text(arena, on, "type", STR("on"));
        json_put_text(arena, on, "detail", arena_printf(arena, "replaces %s", seal->seal.number));
        (*out)->next = mark_draft(arena, seal, &seal->replaced_by, on);
    }
    if (!arena->failed && *out && (seal->event != BOLT_SEAL_REPLACED || (*out)->next)) return ERR_NONE;
    *out = NULL;
    return why_set(why, ERR_NO_MEMORY, "", "no memory for a seal's drafts");
}
