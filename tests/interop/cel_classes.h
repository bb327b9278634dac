// SPDX-License-Identifier: Apache-2.0
// The differences to the other implementation that have a reason: each class is told by what was asked and answered,
// and described under its name in cel-go/differences.md.
#ifndef TESTS_INTEROP_CEL_CLASSES_H
#define TESTS_INTEROP_CEL_CLASSES_H

#include "base/bytes.h"

#define CEL_CLASSES_MAX 64

struct cel_difference {
    struct str source, ours, theirs; // "value …", "error …", "refused …"
    struct str bindings;             // the variables: "b=true i=i5 …"
};

// The first class that explains it; CEL_CLASSES_MAX: none does.
size_t cel_class_of(const struct cel_difference *difference);
const char *cel_class_name(size_t class);
// Whether the file has a heading for each class, and no other; what is missing is said.
bool cel_classes_described(const char *path);

#endif
