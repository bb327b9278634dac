// SPDX-License-Identifier: Apache-2.0
// Stated: what a node's folder says and the log must say too: its key set, its agreements and its rule set, each
// once for each version.
#ifndef NODE_STATED_H
#define NODE_STATED_H

#include "node/config.h"
#include "views/views.h"

// `keyset`, `agreement` and `rules.activated` statements for whatever was not stated yet; `views` is a reader's handle.
// Waits for commit.
enum err stated_update(const struct config *config, struct views *views, struct commit *commit,
                       struct why *why) MUST_USE;

#endif
