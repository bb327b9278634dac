// SPDX-License-Identifier: Apache-2.0
// Errand: a call that waits for commit (a link's batch, a cosignature) and so must not run on the thread that serves
// connections. A few threads, a bounded list.
#ifndef SERVE_ERRAND_H
#define SERVE_ERRAND_H

#include "base/why.h"

struct errand {
    struct errand *next;
    void (*run)(struct errand *errand); // the errand may be gone when it returns
};

struct errands;

enum err errands_start(unsigned threads, unsigned waiting_max, struct errands **out, struct why *why) MUST_USE;
// Runs what waits, then ends the threads. NULL is fine.
void errands_stop(struct errands *errands);
// ERR_BUSY when too many wait: the errand stays the caller's.
enum err errands_push(struct errands *errands, struct errand *errand, struct why *why) MUST_USE;

#endif
