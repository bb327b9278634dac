// SPDX-License-Identifier: Apache-2.0
#include "expr/regex_tree.h"

#include <unicode/uchar.h>
#include <unicode/uset.h>

#define NAME_MAX_BYTES 63
#define FEW 256 // code points whose cases are looked up without asking which of them have any

// A property's set as it was added, so that a pattern full of them pays for each once.
struct class_property {
    struct str name;
    bool fold;
    struct USet *set;
};

static enum err no_memory(struct why *why)
{
    return why_set(why, ERR_NO_MEMORY, "", "no memory for a regular expression");
}

enum err class_builder_open(struct class_builder *builder, struct arena *arena, struct why *why)
{
    *builder = (struct class_builder){.arena = arena};
    builder->set = uset_openEmpty();
    builder->item = uset_openEmpty();
    builder->properties = arena_array(arena, struct class_property, CLASS_PROPERTIES_MAX);
    if (builder->set && builder->item && builder->properties) return ERR_NONE;
    class_builder_close(builder);
    return no_memory(why);
}

void class_builder_close(struct class_builder *builder)
{
    for (size_t i = 0; i < builder->nproperties; i++) uset_close(builder->properties[i].set);
    if (builder->set) uset_close(builder->set);
    if (builder->item) uset_close(builder->item);
    if (builder->cased) uset_close(builder->cased);
    *builder = (struct class_builder){0};
}

void class_start(struct class_builder *builder)
{
    uset_clear(builder->set);
}

// Folding looks only at what has another case: \pL is 140,000 code points, of which 2,900 have.
static enum err cased_open(struct class_builder *builder, struct why *why)
{
    if (builder->cased) return ERR_NONE;
    UErrorCode status = U_ZERO_ERROR;
    builder->cased = uset_openEmpty();
    USet *folded = uset_openEmpty();
    if (builder->cased && folded) {
        uset_applyIntPropertyValue(builder->cased, UCHAR_CHANGES_WHEN_CASEMAPPED, 1, &status);
        uset_applyIntPropertyValue(folded, UCHAR_CHANGES_WHEN_CASEFOLDED, 1, &status);
        uset_addAll(builder->cased, folded);
    } else {
        status = U_MEMORY_ALLOCATION_ERROR;
    }
    if (folded) uset_close(folded);
    return U_FAILURE(status) ? no_memory(why) : ERR_NONE;
}

// Adds the other cases of the item's members to it.
static enum err item_fold(struct class_builder *builder, struct why *why)
{
    bool large = uset_size(builder->item) > FEW;
    enum err err = large ? cased_open(builder, why) : ERR_NONE;
    if (err != ERR_NONE) return err;
    USet *some = uset_clone(builder->item);
    if (!some) return no_memory(why);
    if (large) uset_retainAll(some, builder->cased);
    builder->folds += (size_t)uset_size(some);
    if (builder->folds <= CLASS_FOLDS_MAX) {
        uset_closeOver(some, USET_CASE_INSENSITIVE);
        uset_removeAllStrings(some); // "ss" for "ß": a class is of single code points
        uset_addAll(builder->item, some);
    } else {
        err = why_set(why, ERR_TOO_LARGE, "", "too many classes to ignore the case of");
    }
    uset_close(some);
    return err;
}

static enum err item_add(struct class_builder *builder, bool fold, bool negated, struct why *why)
{
    enum err err = fold ? item_fold(builder, why) : ERR_NONE;
    if (err != ERR_NONE) return err;
    if (negated) uset_complement(builder->item);
    uset_addAll(builder->set, builder->item);
    return ERR_NONE;
}

enum err class_add_range(struct class_builder *builder, struct regex_range range, bool fold, struct why *why)
{
    return class_add_ranges(builder, &range, 1, fold, false, why);
}

enum err class_add_ranges(struct class_builder *builder, const struct regex_range *ranges, size_t count, bool fold,
                          bool negated, struct why *why)
{
    uset_clear(builder->item);
    for (size_t i = 0; i < count; i++) uset_addRange(builder->item, (UChar32)ranges[i].lo, (UChar32)ranges[i].hi);
    return item_add(builder, fold, negated, why);
}

// false: there is no property of that name.
static bool property_set(USet *set, const char *name, UErrorCode *status)
{
    if (strcmp(name, "Any") == 0) {
        uset_addRange(set, 0, 0x10ffff);
        return true;
    }
    if (strcmp(name, "ASCII") == 0) {
        uset_addRange(set, 0, 0x7f);
        return true;
    }
    if (strcmp(name, "Assigned") == 0) {
        uset_applyIntPropertyValue(set, UCHAR_GENERAL_CATEGORY_MASK, (int32_t)~U_GC_CN_MASK, status);
        return true;
    }
    int32_t mask = u_getPropertyValueEnum(UCHAR_GENERAL_CATEGORY_MASK, name);
    if (mask != UCHAR_INVALID_CODE) {
        // RE2's C leaves out what is not assigned.
        if (mask == (int32_t)U_GC_C_MASK) mask = (int32_t)(U_GC_C_MASK & ~U_GC_CN_MASK);
        uset_applyIntPropertyValue(set, UCHAR_GENERAL_CATEGORY_MASK, mask, status);
        return true;
    }
    int32_t script = u_getPropertyValueEnum(UCHAR_SCRIPT, name);
    if (script == UCHAR_INVALID_CODE) return false;
    uset_applyIntPropertyValue(set, UCHAR_SCRIPT, script, status);
    return true;
}

static const struct class_property *property_find(const struct class_builder *builder, struct str name, bool fold)
{
    for (size_t i = 0; i < builder->nproperties; i++) {
        const struct class_property *p = &builder->properties[i];
        if (p->fold == fold && str_eq(p->name, name)) return p;
    }
    return NULL;
}

static enum err property_make(struct class_builder *builder, struct str name, bool fold, struct why *why)
{
    char z[NAME_MAX_BYTES + 1] = "";
    if (name.n == 0 || name.n > NAME_MAX_BYTES) return why_set(why, ERR_MALFORMED, "", "no such character class");
    memcpy(z, name.p, name.n);
    if (builder->nproperties == CLASS_PROPERTIES_MAX)
        return why_set(why, ERR_TOO_LARGE, "", "more than %d Unicode classes", CLASS_PROPERTIES_MAX);
    UErrorCode status = U_ZERO_ERROR;
    uset_clear(builder->item);
    if (!property_set(builder->item, z, &status)) return why_set(why, ERR_MALFORMED, "", "no such character class");
    if (U_FAILURE(status)) return no_memory(why);
    enum err err = fold ? item_fold(builder, why) : ERR_NONE;
    if (err != ERR_NONE) return err;
    struct USet *set = uset_clone(builder->item);
    if (!set) return no_memory(why);
    builder->properties[builder->nproperties++] = (struct class_property){name, fold, set};
    return ERR_NONE;
}

enum err class_add_property(struct class_builder *builder, struct str name, bool fold, bool negated, struct why *why)
{
    const struct class_property *property = property_find(builder, name, fold);
    if (!property) {
        enum err err = property_make(builder, name, fold, why);
        if (err != ERR_NONE) return err;
        property = &builder->properties[builder->nproperties - 1];
    }
    uset_clear(builder->item);
    uset_addAll(builder->item, property->set);
    return item_add(builder, false, negated, why);
}

static void class_ascii(struct regex_class *class, struct regex_range range)
{
    for (uint32_t c = range.lo; c <= range.hi && c < 128; c++) class->ascii[c >> 6] |= UINT64_C(1) << (c & 63);
}

enum err class_finish(struct class_builder *builder, bool negated, struct regex_node *node, struct why *why)
{
    if (negated) uset_complement(builder->set);
    size_t count = (size_t)uset_getItemCount(builder->set);
    builder->ranges += count;
    if (builder->ranges > CLASS_RANGES_MAX)
        return why_set(why, ERR_TOO_LARGE, "", "its character classes are too large");
    struct regex_class *class = arena_new(builder->arena, struct regex_class);
    struct regex_range *ranges = arena_array(builder->arena, struct regex_range, count ? count : 1);
    if (!class || !ranges) return no_memory(why);
    *class = (struct regex_class){.count = count, .ranges = ranges};
    for (size_t i = 0; i < count; i++) {
        UErrorCode status = U_ZERO_ERROR;
        UChar32 lo = 0, hi = 0;
        (void)uset_getItem(builder->set, (int32_t)i, &lo, &hi, NULL, 0, &status);
        INVARIANT(U_SUCCESS(status) && lo <= hi);
        ranges[i] = (struct regex_range){(uint32_t)lo, (uint32_t)hi};
        class_ascii(class, ranges[i]);
    }
    *node = (struct regex_node){.kind = NODE_CLASS, .class = class, .times = 1};
    if (count == 1) *node = (struct regex_node){.kind = NODE_RANGE, .range = ranges[0], .times = 1};
    return ERR_NONE;
}
