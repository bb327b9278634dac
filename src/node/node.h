// SPDX-License-Identifier: Apache-2.0
// The running node: what its folder says, wired together, from start to end. One process holds a folder's store at a
// time.
//
// The folder node/: configuration, keys, wiring, life cycle, reload, and the orders that the command line gives. It
// may not know a wire format.
#ifndef NODE_NODE_H
#define NODE_NODE_H

#include "node/config.h"

#include <sys/types.h>

struct node;

// Reads the configuration, takes the store and readies everything that needs no thread and no door: enough for orders
// (node/order.h) on a node that does not run. ERR_CONFLICT when another process holds the store.
enum err node_open(const char *dir, struct node **out, struct why *why) MUST_USE;

// Asks the witnesses, starts commit, states key set and agreements, starts links and opens the doors and the control
// socket. The calling thread should have blocked SIGTERM, SIGINT and SIGHUP (node_signals), so that node_wait gets
// them.
enum err node_start(struct node *node, struct why *why) MUST_USE;

// Blocks the signals that node_wait waits for; before the first thread.
void node_signals(void);
// Until SIGTERM or SIGINT; SIGHUP reloads.
void node_wait(struct node *node);

// Reads the folder again and swaps rules, triggers, agreements, partners, trust and registry, or changes nothing and
// says why. Thread-safe.
enum err node_reload(struct node *node, struct why *why) MUST_USE;

// Closes the doors, ends the links, drains commit, closes the store. NULL is fine.
void node_close(struct node *node);

// An order of the owner's, see node/order.h. Thread-safe. `who` is the user.
enum err node_act(void *node, uid_t who, struct arena *arena, const struct json *request, struct str bytes,
                  struct json **answer, struct why *why);

// {"party","https","seals","rehearsal","size"…}: see order "status". Thread-safe.
struct json *node_status(struct node *node, struct arena *arena, struct why *why) MUST_USE;

// Of the build: "0.1.0".
extern const char node_version[];

#endif
