// SPDX-License-Identifier: Apache-2.0
#include "serve/metrics.h"

#include "serve/devices.h"
#include "serve/https.h"
#include "serve/inside.h"
#include "serve/route.h"

static void head(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_printf(out, "# TYPE puente_%s %s\n# HELP puente_%s %s.\n", name, type, name, help);
}

static void counter(struct buf *out, const char *name, const char *help, uint64_t value)
{
    head(out, name, "counter", help);
    buf_printf(out, "puente_%s_total %llu\n", name, (unsigned long long)value);
}

static void gauge(struct buf *out, const char *name, const char *help, double value)
{
    head(out, name, "gauge", help);
    buf_printf(out, "puente_%s %.15g\n", name, value);
}

static void problems(const struct counters *counters, struct buf *out)
{
    head(out, "problems", "counter", "answers that were problem documents, by kind of error");
    for (int i = ERR_MALFORMED; i < ERR_COUNT; i++)
        buf_printf(out, "puente_problems_total{error=\"%s\"} %llu\n", err_name((enum err)i),
                   (unsigned long long)atomic_load_explicit(&counters->problems[i], memory_order_relaxed));
}

static void waiting(const struct commit_figures *figures, struct buf *out)
{
    static const char *const lanes[QUEUE_LANES] = {"device", "people", "link", "bulk"};
    head(out, "commit_waiting", "gauge", "statements that wait to be stored, by lane");
    for (int i = 0; i < QUEUE_LANES; i++)
        buf_printf(out, "puente_commit_waiting{lane=\"%s\"} %zu\n", lanes[i], figures->waiting[i]);
}

static void commit_part(const struct commit_figures *f, struct buf *out)
{
    counter(out, "statements", "statements stored since the start", f->statements);
    counter(out, "slices", "transactions since the start", f->slices);
    counter(out, "jobs", "jobs stored since the start", f->jobs);
    counter(out, "jobs_refused", "jobs that commit refused", f->refused);
    counter(out, "decisions", "decisions stated since the start", f->decisions);
    counter(out, "redecided", "crossings decided again since the start", f->redecided);
    gauge(out, "slice_max_seconds", "longest transaction since the start", (double)f->slice_max_us / 1e6);
    gauge(out, "wal_bytes", "size of the write-ahead log", (double)f->wal_bytes);
    gauge(out, "healthy", "1 when the last transaction reached the disk", f->healthy ? 1 : 0);
    waiting(f, out);
}

static void links(const unsigned in[LINK_STATES], struct buf *out)
{
    head(out, "links", "gauge", "links by which partners' statements come in, by state");
    for (int i = 0; i < LINK_STATES; i++)
        buf_printf(out, "puente_links{state=\"%s\"} %u\n", link_state_name((enum link_state)i), in[i]);
}

void metrics_write(const struct counters *counters, const struct metrics_now *now, struct buf *out)
{
    head(out, "build", "info", "which party and version this is");
    buf_printf(out, "puente_build_info{party=\"%.*s\",version=\"%s\"} 1\n", STR_ARG(now->party), now->version);
#define X(value, name, help) counter(out, name, help, count_read(counters, value));
    COUNTER_TABLE(X)
#undef X
    problems(counters, out);
    commit_part(&now->commit, out);
    gauge(out, "http_connections_open", "HTTPS connections open now", now->connections);
    gauge(out, "device_connections_open", "connections of seals open now", now->devices);
    gauge(out, "streams_open", "event streams and waiting links", now->streams);
    gauge(out, "http_memory_bytes", "memory of requests that wait", (double)now->memory);
    links(now->links, out);
    gauge(out, "rules_unsigned", "1 when rules run that nobody had to sign", now->rules_unsigned ? 1 : 0);
    gauge(out, "log_size", "statements in this node's own log", (double)now->log_size);
    buf_puts(out, "# EOF\n");
}

enum step metrics_get(struct request *request)
{
    struct serve *serve = request->serve;
    struct why why = {0};
    struct metrics_now now = {.party = serve->settings.party,
                              .version = serve->settings.version ? serve->settings.version : "",
                              .connections = https_connections(serve->https),
                              .devices = devices_open(serve->devices),
                              .streams = atomic_load(&serve->streams),
                              .memory = atomic_load(&serve->memory),
                              .rules_unsigned = serve->settings.rules_unsigned};
    commit_figures(serve->settings.commit, &now.commit);
    for (size_t i = 0; i < serve->settings.npullers; i++) now.links[puller_state(serve->settings.pullers[i])]++;
    struct views *views = request_views(request, &why);
    // Figures are told even while the store fails: that is when they are wanted.
    if (views && engine_next_index(views_engine(views), ENGINE_OWN, &now.log_size, &why) != ERR_NONE) now.log_size = 0;
    request_views_done(request, views);
    struct buf text = BUF((size_t)256 << 10);
    metrics_write(&serve->counters, &now, &text);
    buf_free(&request->body);
    request->body = text;
    return reply_bytes(request, 200, METRICS_TYPE, buf_str(&text));
}
