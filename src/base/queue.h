// SPDX-License-Identifier: Apache-2.0
// Queue: bounded, many producers, one consumer, several priorities. Threads meet here and nowhere else.
//
// Items are intrusive (`struct queue_item` first in the job). Each lane has its own bound; a push over it is refused at
// once (the door answers 503). queue_take gives up to `max` items, in lane order but with a minimum share for every
// lane that waits, so that bulk is slow, never starved.
#ifndef BASE_QUEUE_H
#define BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUEUE_LANES 4

struct queue_item {
    struct queue_item *next;
    size_t weight; // what this item counts against the bound and the slice, e.g. its number of statements; at least 1
};

struct queue;

// `bound[i]` is the weight that may wait in lane i; lane 0 goes first. NULL without memory. queue_free leaves items
// that still wait to their owners.
struct queue *queue_new(const size_t bound[QUEUE_LANES]);
void queue_free(struct queue *queue);

// false when the lane is full or the queue is closed: the item is still the caller's. Wakes the consumer.
bool queue_push(struct queue *queue, int lane, struct queue_item *item);
// Waits until there is something, `deadline_us` (clock_monotonic_us) passes, or a wake; returns a list of items of at
// most `weight_max` in all (at least one item if any waits), NULL when there is none. The list is in lane order. Each
// waiting lane earns an eighth of every slice and is served from that first, so that an item of up to `weight_max`
// waits 8 slices at most beyond its turn.
struct queue_item *queue_take(struct queue *queue, size_t weight_max, int64_t deadline_us);
// Make a waiting queue_take return.
void queue_wake(struct queue *queue);
// No more pushes; takes drain what is left.
void queue_close(struct queue *queue);
size_t queue_waiting(struct queue *queue, int lane);

#endif
