// SPDX-License-Identifier: Apache-2.0
// Order: what the owner of the folder may have a node do beside serving. The command line gives the same orders to a
// node that runs (by the control socket) and to one that does not (with the store's lock held).
//
//     {"do":"import","name","filer"?,"label"?} + bytes   → {"name","count","statements":[first 1000],"kinds":{kind:n}}
//     {"do":"token-add","name","role","days"?}            → {"token","hash","name","role","expires"?}
//     {"do":"token-revoke","name"}                        → {"name","revoked":n}
//     {"do":"erase","statement","members":[…]}            → {"statement","erased":[member…],"by":name}
//     {"do":"revoke","agreement"}                         → {"agreement","from":index,"statement":name}
//     {"do":"resume","party"}                             → {"party"}: a link that a fork had stopped
//     {"do":"rules-propose","name"} + bytes               → {"hash","statement":name}: a rule set, for all to see
//     {"do":"reload"}                                     → {"reloaded":true}
//     {"do":"status"}                                     → node_status
#ifndef NODE_ORDER_H
#define NODE_ORDER_H

#include "node/config.h"
#include "views/views.h"

#include <sys/types.h>

struct order {
    const struct config *config;
    struct commit *commit;
    struct views *views; // a reader's handle
    const struct identifier_table *identifiers;
    const struct intake_trust *trust;
    uid_t who;
    struct arena *arena; // what is answered lives here
};

#define ORDER_IMPORT_SLICE 2000 // statements of one job; a longer file takes several
#define ORDER_STATEMENTS_MAX 1000

enum err order_import(const struct order *order, const struct json *request, struct str bytes, struct json **answer,
                      struct why *why) MUST_USE;
enum err order_token_add(const struct order *order, const struct json *request, struct json **answer,
                         struct why *why) MUST_USE;
enum err order_token_revoke(const struct order *order, const struct json *request, struct json **answer,
                            struct why *why) MUST_USE;
enum err order_erase(const struct order *order, const struct json *request, struct json **answer,
                     struct why *why) MUST_USE;
enum err order_revoke(const struct order *order, const struct json *request, struct json **answer,
                      struct why *why) MUST_USE;

enum err order_resume(const struct order *order, const struct json *request, struct json **answer,
                      struct why *why) MUST_USE;

enum err order_rules_propose(const struct order *order, const struct json *request, struct str bytes,
                             struct json **answer, struct why *why) MUST_USE;

// What reads only, and needs no node: [{"name","role","scopes","expires"?,"hash"}…].
enum err order_tokens(struct arena *arena, struct views *views, struct json **answer, struct why *why) MUST_USE;

#endif
