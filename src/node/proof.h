// SPDX-License-Identifier: Apache-2.0
// Proof: the receipt of one of this node's own statements, with all that the store holds of it and every cosignature
// there is. For whoever owns the folder; what a partner may see is judged at its door.
#ifndef NODE_PROOF_H
#define NODE_PROOF_H

#include "node/config.h"
#include "views/views.h"

// Appends the receipt of "<origin>:<index>" to `out`. ERR_NOT_FOUND for a statement of another log or of none;
// ERR_BUSY before a checkpoint covers it.
enum err node_proof(struct arena *arena, const struct config *config, struct views *views, struct str name,
                    struct buf *out, struct why *why) MUST_USE;

#endif
