// SPDX-License-Identifier: Apache-2.0
// Agreement files: signed on their way between two parties (FILE and FILE.sig), and put in force in DIR/agreements once
// both have signed.
#ifndef NODE_AGREEMENT_FILE_H
#define NODE_AGREEMENT_FILE_H

#include "node/config.h"

// An agreement and its signatures as far as they are there (empty without FILE.sig).
enum err agreement_file_read(struct arena *arena, const char *path, struct config_agreement *out,
                             struct why *why) MUST_USE;
// Adds this node's signature to FILE.sig, once; *fresh tells whether it was missing. ERR_FORBIDDEN when the node is no
// party of it.
enum err agreement_file_sign(const char *dir, const char *path, bool *fresh, struct why *why) MUST_USE;
// Both signatures, by the keys that the folder knows.
enum err agreement_file_verify(const char *dir, const char *path, struct why *why) MUST_USE;
// Verifies, then puts both files into DIR/agreements; a node that runs is to be reloaded after it. ERR_CONFLICT when
// another text with this id and the same or a later version is in force. `id` (arena) is the agreement's.
enum err agreement_file_activate(struct arena *arena, const char *dir, const char *path, struct str *id,
                                 struct why *why) MUST_USE;

#endif
