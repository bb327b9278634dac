// SPDX-License-Identifier: Apache-2.0
// Control: the door of whoever owns the node's folder, a Unix socket that only that user (and root) can open. The
// command line speaks through it to the running node. What is asked and what it does is the caller's; this carries it.
//
// On a connection any number of requests, one after the other, integers big-endian:
//     request   u32 length, JSON object; u32 length, bytes (a file; may be empty)
//     answer    u32 length, JSON object: the answer, or {"error":{"err","text","member"?,"clause"?,"offset"?}}
#ifndef SERVE_CONTROL_H
#define SERVE_CONTROL_H

#include "base/json.h"

#include <sys/types.h>

#define CONTROL_REQUEST_MAX ((size_t)1 << 20) // JSON of a request
#define CONTROL_BYTES_MAX ((size_t)32 << 20)  // the file beside it
#define CONTROL_ANSWER_MAX ((size_t)16 << 20)

struct control;

struct control_settings {
    const char *path;   // of the socket; what a dead node left there is replaced
    size_t arena_bytes; // cap of a request's arena
    // Does what is asked and gives the answer, an object in the arena. Called on the control thread, one at a time.
    enum err (*act)(void *context, uid_t who, struct arena *arena, const struct json *request, struct str bytes,
                    struct json **answer, struct why *why);
    void *context;
};

// ERR_CONFLICT when another process answers at the path; ERR_STORE when the socket cannot be made (a path of over 107
// bytes, say).
enum err control_start(const struct control_settings *settings, struct control **out, struct why *why) MUST_USE;
// Waits for the request under way. NULL is fine.
void control_stop(struct control *control);

// The other side. ERR_NOT_FOUND when no node answers at the path; ERR_FORBIDDEN when this user may not.
struct control_line {
    int fd;
};
enum err control_connect(const char *path, struct control_line *out, struct why *why) MUST_USE;
// One request and its answer; an error that the node tells is returned as if it had happened here.
enum err control_ask(struct control_line *line, struct arena *arena, const struct json *request, struct str bytes,
                     struct json **answer, struct why *why) MUST_USE;
void control_hang_up(struct control_line *line);

#endif
