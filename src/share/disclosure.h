// SPDX-License-Identifier: Apache-2.0
// Disclosure: what of a statement may leave under an agreement. Default deny: what is not listed stays, what cannot be
// read stays. Both ends ask the same questions, the holder before it sends, the puller after it receives.
//
// Some kinds travel by their own rules, whatever is listed:
//   erasure                        always, whole, to whoever holds the statement: it carries nothing but a name and
//                                  digests, and an erasure that stays at home erases nothing
//   link.disclosed, link.received  never: a disclosure of a disclosure is again one, without end. The counterpart knows
//                                  what it got (its own link.received has the same range and root); auditors read the
//                                  discloser's log at its own door
//   agreement, agreement.revoke    only where the agreement names them; "*" does not let out what was agreed with
//   others
#ifndef SHARE_DISCLOSURE_H
#define SHARE_DISCLOSURE_H

#include "share/agreement.h"

// May statements of this kind and label leave at all?
bool disclosure_lets_out(const struct agreement *agreement, struct str kind, enum label label);

// Takes the texts of withheld members out of the body; their digests stay. *withheld counts them (what is erased does
// not count). Nothing is hashed.
enum err disclosure_redact(struct arena *arena, const struct agreement *agreement, const struct header *header,
                           struct body *body, size_t *withheld, struct why *why) MUST_USE;

// Nothing that is present should have been withheld. ERR_UNTRUSTED names the member.
enum err disclosure_check(struct arena *arena, const struct agreement *agreement, const struct header *header,
                          const struct body *body, struct why *why) MUST_USE;

#endif
