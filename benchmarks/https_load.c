// SPDX-License-Identifier: Apache-2.0
// HTTPS load: POST /v1/statements over keep-alive TLS 1.3 connections with a client certificate. `append` keeps one
// batch of 100 in flight on each of sixteen; `single` posts one statement at a time on one, and measures its latency.
#include "base/clock.h"
#include "figures.h"
#include "tls_client.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CONNECTIONS 16
#define BATCH 100
#define BODY 500
#define SINGLE_GAP_US 20000 // light load: fifty a second
#define SINGLES_MAX 100000

static const char before[] =
    "{\"kind\":\"bench.fact\",\"re\":[{\"noun\":\"consignment\",\"ids\":[{\"scheme\":\"us.paps\",\"value\":\"BNCH";
static const char nothing[] = "{\"kind\":\"bench.fact\"";
static const char members[] = ",\"members\":{\"note\":\"";

// A disclosure of BODY bytes: ["<22 of salt>","note","…"].
#define NOTE (BODY - (int)(sizeof "[\"\",\"note\",\"\"]" - 1) - 22)

static char note[NOTE]; // filled before the threads start

struct load {
    const struct tls_identity *identity;
    uint16_t port;
    uint64_t consignments;
    int64_t until_us;
    _Atomic uint64_t stated, busy;
    _Atomic uint64_t threads;
};

static void write_draft(struct buf *out, uint64_t consignments, uint64_t *state)
{
    if (consignments)
        buf_printf(out, "%s%010llu\"}]}]", before, (unsigned long long)(pick(state) % consignments));
    else
        buf_puts(out, nothing);
    buf_puts(out, members);
    buf_add(out, note, sizeof note);
    buf_puts(out, "\"}}");
}

static void write_batch(struct buf *out, uint64_t consignments, uint64_t *state)
{
    buf_clear(out);
    buf_putc(out, '[');
    for (int i = 0; i < BATCH; i++) {
        if (i) buf_putc(out, ',');
        write_draft(out, consignments, state);
    }
    buf_putc(out, ']');
}

static size_t names_in(struct str answer)
{
    size_t n = 0;
    for (const char *p = answer.p; (p = memchr(p, ':', (size_t)(answer.p + answer.n - p))); p++) n++;
    return n - 1; // the colon after "statements"
}

// Every answer is checked: a 2xx that names another number of statements would make the figure a lie.
static void check(int status, struct str answer, size_t count)
{
    if (status / 100 == 2 && names_in(answer) == count) return;
    fprintf(stderr, "refused: %d %.*s\n", status, (int)(answer.n < 400 ? answer.n : 400), answer.p);
    exit(1);
}

static void *run(void *context)
{
    struct load *load = context;
    uint64_t state = atomic_fetch_add(&load->threads, 1) * 7919 + 1;
    struct tls_client *client = tls_client_new(load->identity, load->port);
    struct buf body = BUF((size_t)1 << 20);
    while (clock_monotonic_us() < load->until_us) {
        struct str answer;
        write_batch(&body, load->consignments, &state);
        int status = tls_post(client, "/v1/statements", buf_str(&body), &answer);
        if (status == 503) {
            atomic_fetch_add(&load->busy, 1);
            usleep(20000);
            continue;
        }
        check(status, answer, BATCH);
        atomic_fetch_add(&load->stated, BATCH);
    }
    tls_client_free(client);
    buf_free(&body);
    return NULL;
}

static void append(const struct tls_identity *identity, uint16_t port, uint64_t consignments, double seconds)
{
    int64_t began = clock_monotonic_us(), used = cpu_us();
    struct load load = {identity, port, consignments, began + (int64_t)(seconds * 1e6), 0, 0, 0};
    pthread_t threads[CONNECTIONS];
    for (int i = 0; i < CONNECTIONS; i++)
        if (pthread_create(&threads[i], NULL, run, &load) != 0) abort();
    for (int i = 0; i < CONNECTIONS; i++) pthread_join(threads[i], NULL);
    double took = (double)(clock_monotonic_us() - began) / 1e6;
    figure("statements_per_s", (double)load.stated / took);
    figure("busy_answers", (double)load.busy);
    figure("client_cpu_us_per_statement", load.stated ? (double)(cpu_us() - used) / (double)load.stated : 0);
}

static void single(const struct tls_identity *identity, uint16_t port, uint64_t consignments, double seconds)
{
    struct tls_client *client = tls_client_new(identity, port);
    struct buf body = BUF(4096);
    int64_t *spans = calloc(SINGLES_MAX, sizeof *spans), until = clock_monotonic_us() + (int64_t)(seconds * 1e6);
    size_t n = 0;
    uint64_t state = 42;
    if (!spans) abort();
    while (n < SINGLES_MAX && clock_monotonic_us() < until) {
        struct str answer;
        buf_clear(&body);
        write_draft(&body, consignments, &state);
        int64_t began = clock_monotonic_us();
        int status = tls_post(client, "/v1/statements", buf_str(&body), &answer);
        spans[n++] = clock_monotonic_us() - began;
        check(status, answer, 1);
        usleep(SINGLE_GAP_US);
    }
    figure("post_p50_ms", percentile(spans, n, 0.5) / 1000);
    figure("post_p99_ms", percentile(spans, n, 0.99) / 1000);
    figure("post_max_ms", percentile(spans, n, 1) / 1000);
    figure("posts", (double)n);
    tls_client_free(client);
    buf_free(&body);
    free(spans);
}

int main(int argc, char **argv)
{
    if (argc != 8) {
        fprintf(stderr, "usage: https_load append|single PORT CERTIFICATE KEY NODE-CERTIFICATE CONSIGNMENTS SECONDS\n");
        return 64;
    }
    memset(note, 'x', sizeof note);
    uint16_t port = (uint16_t)strtoul(argv[2], NULL, 10);
    uint64_t consignments = strtoull(argv[6], NULL, 10);
    const struct tls_identity *identity = tls_identity_new(argv[3], argv[4], argv[5]);
    if (str_is(str_of(argv[1]), "single"))
        single(identity, port, consignments, strtod(argv[7], NULL));
    else
        append(identity, port, consignments, strtod(argv[7], NULL));
    return 0;
}
