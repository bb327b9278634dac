// SPDX-License-Identifier: Apache-2.0
#include "node/node.h"

#include "base/clock.h"
#include "base/log.h"
#include "node/order.h"
#include "node/restore.h"
#include "node/stated.h"
#include "serve/control.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef PUENTE_VERSION
#error "the build says the version"
#endif
const char node_version[] = PUENTE_VERSION;

#define LINK_WAIT_S 20
#define ORDER_ARENA ((size_t)512 << 20)
#define IDENTIFIER_ARENA ((size_t)8 << 20)

// What a reload makes anew: the configuration and all that points into it.
struct generation {
    struct config *config;
    struct agreements *agreements;
    struct feed_policy feed;
    struct did_documents documents;
    struct intake_trust trust;
    struct puller **pullers;
    size_t npullers;
};

struct node {
    struct config *first;   // what commit holds of it for as long as it runs
    struct generation *now; // in its configuration's arena
    struct arena arena;
    const struct identifier_table *identifiers;
    struct carta_porte_schema *schema;
    struct commit *commit;
    struct engine *engine; // a reader's handle, with views over it, under `lock`
    struct views *views;
    struct serve *serve;
    struct control *control;
    bool started;
    pthread_mutex_t lock; // of reload and orders
};

// ---- A generation ----

static void pullers_stop(struct generation *g)
{
    for (size_t i = 0; i < g->npullers; i++) puller_stop(g->pullers[i]);
    g->npullers = 0;
}

static enum err generation_make(struct node *n, struct config *config, struct generation **out, struct why *why)
{
    struct generation *g = arena_new(&config->arena, struct generation);
    if (!g) return why_set(why, ERR_NO_MEMORY, "", "no memory for the configuration");
    *g = (struct generation){.config = config, .documents = {config_document_find, config}};
    struct agreement **items = arena_array(&config->arena, struct agreement *, config->nagreements + 1);
    g->pullers = arena_array(&config->arena, struct puller *, config->nagreements + 1);
    if (!items || !g->pullers) return why_set(why, ERR_NO_MEMORY, "", "no memory for the agreements");
    for (size_t i = 0; i < config->nagreements; i++) items[i] = config->agreements[i].agreement;
    enum err err = agreements_new(&config->arena, items, config->nagreements, config->party, &g->agreements, why);
    if (err != ERR_NONE) return err;
    g->feed = agreements_feed(g->agreements);
    g->trust = (struct intake_trust){.roster_keys = config->roster_keys,
                                     .nroster_keys = config->nroster_keys,
                                     .issuer = config_issuer_find,
                                     .context = config,
                                     .documents = &g->documents,
                                     .carta_porte = n->schema,
                                     .scanners = &config->scanners};
    *out = g;
    return ERR_NONE;
}

static const struct partner *partner_of(const struct config *config, struct str party)
{
    for (size_t i = 0; i < config->npartners; i++)
        if (str_eq(config->partners[i].party, party)) return &config->partners[i];
    return NULL;
}

static enum err puller_add(struct node *n, struct generation *g, const struct agreement *agreement, struct why *why)
{
    const struct config *config = g->config;
    const struct partner *partner = partner_of(config, agreement->from);
    if (!partner || !partner->url.n) {
        log_line(LOG_WARN, "node", "agreement %.*s: partners/ has no url and log_key of %.*s, so nothing is asked for",
                 STR_ARG(agreement->id), STR_ARG(agreement->from));
        return ERR_NONE;
    }
    struct puller_settings settings = {.own_party = config->party,
                                       .witness_key = config->keys.witness_secret,
                                       .partner = partner,
                                       .agreement = agreement,
                                       .certificate = config->keys.certificate,
                                       .private_key = config->keys.private_key,
                                       .database = config->database,
                                       .commit = n->commit,
                                       .wait_s = LINK_WAIT_S};
    enum err err = puller_start(&settings, &g->pullers[g->npullers], why);
    ed25519_wipe(&settings.witness_key);
    if (err == ERR_NONE) g->npullers++;
    return err;
}

static enum err pullers_start(struct node *n, struct generation *g, struct why *why)
{
    enum err err = ERR_NONE;
    for (size_t i = 0; i < g->config->nagreements && err == ERR_NONE; i++) {
        const struct agreement *agreement = g->config->agreements[i].agreement;
        if (str_eq(agreement->to, g->config->party)) err = puller_add(n, g, agreement, why);
    }
    return err;
}

// Whose rules nobody had to sign says so wherever it is asked about itself.
static void warn_of_rules(const struct config *c)
{
    if (c->rules_unsigned)
        log_line(LOG_WARN, "node",
                 "the rules are UNSIGNED: node.yaml lists no rule_signers, so whoever can write %s decides lanes",
                 c->rules_path);
}

static struct serve_settings settings_of(const struct node *n, const struct generation *g)
{
    const struct config *c = g->config;
    return (struct serve_settings){.party = c->party,
                                   .version = node_version,
                                   .rehearsal = c->clock.rehearsal,
                                   .rules_hash = c->rules->hash,
                                   .rules_unsigned = c->rules_unsigned,
                                   .rules_signed_by = c->rules_signed_by,
                                   .nrules_signed_by = c->nrules_signed_by,
                                   .database = c->database,
                                   .commit = n->commit,
                                   .log_key = c->keys.log,
                                   .witness_key = c->keys.witness_secret,
                                   .identifiers = n->identifiers,
                                   .https_address = c->https_address,
                                   .https_port = c->https_port,
                                   .certificate = c->keys.certificate,
                                   .private_key = c->keys.private_key,
                                   .parties = c->parties,
                                   .nparties = c->nparties,
                                   .page_dir = c->page,
                                   .agreements = g->agreements,
                                   .partners = c->partners,
                                   .npartners = c->npartners,
                                   .pullers = g->pullers,
                                   .npullers = g->npullers,
                                   .trust = &g->trust,
                                   .folder = c->folder,
                                   .devices_address = c->seals_address,
                                   .devices_port = c->seals_port,
                                   .devices = c->devices,
                                   .limits = c->limits};
}

static struct commit_policy policy_of(const struct generation *g)
{
    return (struct commit_policy){.rules = g->config->rules,
                                  .triggers = g->config->triggers,
                                  .plans = (const struct lane_plan *const *)g->config->plans,
                                  .nplans = g->config->nplans,
                                  .feed = g->feed};
}

// ---- Opening ----

static enum err store_open(struct node *n, struct config *c, struct why *why)
{
    struct commit_settings settings = {.database = c->database,
                                       .party = c->party,
                                       .key = c->keys.log_secret,
                                       .rules = c->rules,
                                       .triggers = c->triggers,
                                       .recognised = c->recognised,
                                       .nrecognised = c->nrecognised,
                                       .explainers = c->explainers,
                                       .nexplainers = c->nexplainers,
                                       .build = node_version};
    enum err err = commit_open(&settings, &n->commit, why);
    ed25519_wipe(&settings.key);
    if (err != ERR_NONE) return err;
    const struct commit_policy policy = policy_of(n->now);
    commit_reload(n->commit, &policy);
    err = engine_sqlite_open_reader(c->database, &n->engine, why);
    return err == ERR_NONE ? views_open(n->engine, false, NULL, NULL, &n->views, why) : err;
}

enum err node_open(const char *dir, struct node **out, struct why *why)
{
    struct node *n = calloc(1, sizeof *n);
    if (!n) return why_set(why, ERR_NO_MEMORY, "", "no memory to start");
    n->arena = ARENA(IDENTIFIER_ARENA);
    pthread_mutex_init(&n->lock, NULL);
    enum err err = config_read(dir, &n->first, why);
    struct config *c = n->first;
    if (err == ERR_NONE && c->clock.rehearsal) clock_rehearse(c->clock.start_us, c->clock.reference_us, c->clock.rate);
    if (err == ERR_NONE) err = identifier_table_read(&n->arena, identifiers_builtin(), &n->identifiers, why);
    if (err == ERR_NONE && c->schemas) err = carta_porte_schema_load(c->schemas, &n->schema, why);
    if (err == ERR_NONE) err = generation_make(n, c, &n->now, why);
    if (err == ERR_NONE) err = store_open(n, c, why);
    if (err == ERR_NONE)
        *out = n;
    else
        node_close(n);
    return err;
}

// ---- Starting ----

static enum err control_open(struct node *n, struct why *why)
{
    struct control_settings settings = {
        .path = n->first->socket, .arena_bytes = ORDER_ARENA, .act = node_act, .context = n};
    return control_start(&settings, &n->control, why);
}

enum err node_start(struct node *n, struct why *why)
{
    const struct config *c = n->now->config;
    if (c->clock.rehearsal)
        log_line(LOG_WARN, "node",
                 "REHEARSAL: this node's clock is not the wall clock; its log is no record of real events");
    warn_of_rules(c);
    enum err err = restore_check(c, n->views, why);
    if (err == ERR_NONE) err = commit_start(n->commit, why);
    if (err != ERR_NONE) return err;
    n->started = true;
    err = stated_update(c, n->views, n->commit, why);
    if (err == ERR_NONE) err = pullers_start(n, n->now, why);
    struct serve_settings settings = settings_of(n, n->now);
    if (err == ERR_NONE) err = serve_start(&settings, &n->serve, why);
    ed25519_wipe(&settings.witness_key);
    return err == ERR_NONE ? control_open(n, why) : err;
}

// ---- Reload ----

static enum err serve_again(struct node *n, const struct generation *g, struct why *why)
{
    struct serve_settings settings = settings_of(n, g);
    enum err err = n->serve ? serve_reload(n->serve, &settings, why) : ERR_NONE;
    ed25519_wipe(&settings.witness_key);
    return err;
}

// All that can fail comes before anything is changed, but for what is told at the end.
static enum err swap(struct node *n, struct generation *next, struct why *why)
{
    // Serve is given no links: those that run now go, those that come do not run yet.
    enum err err = serve_again(n, next, why);
    if (err != ERR_NONE) return err;
    struct generation *old = n->now;
    const struct commit_policy policy = policy_of(next);
    commit_reload(n->commit, &policy);
    n->now = next;
    pullers_stop(old);
    if (old->config != n->first) config_free(old->config);
    if (!n->started) return ERR_NONE;
    err = stated_update(next->config, n->views, n->commit, why);
    if (err == ERR_NONE) err = pullers_start(n, next, why);
    return err == ERR_NONE ? serve_again(n, next, why) : err;
}

static enum err reload_locked(struct node *n, struct why *why)
{
    struct config *config;
    struct generation *next = NULL;
    enum err err = config_read(n->first->dir, &config, why);
    if (err != ERR_NONE) return err;
    const char *restart = config_needs_restart(n->first, config);
    if (!strcmp(restart, "party") || !strcmp(restart, "keys")) {
        config_free(config);
        return why_set(why, ERR_CONFLICT, restart, "the node's %s changed; stop it and start it again", restart);
    }
    err = generation_make(n, config, &next, why);
    if (err == ERR_NONE) err = swap(n, next, why);
    if (n->now->config != config) {
        config_free(config);
        return err;
    }
    if (*restart) log_line(LOG_WARN, "node", "\"%s\" changed: that takes effect at the next start", restart);
    log_line(LOG_INFO, "node", "configuration reloaded: %zu agreements, %zu partners, %zu rules",
             n->now->config->nagreements, n->now->config->nfiles, n->now->config->rules->count);
    warn_of_rules(n->now->config);
    return err;
}

enum err node_reload(struct node *n, struct why *why)
{
    pthread_mutex_lock(&n->lock);
    enum err err = reload_locked(n, why);
    pthread_mutex_unlock(&n->lock);
    return err;
}

// ---- Orders ----

static struct json *status_locked(struct node *n, struct arena *arena, struct why *why)
{
    const struct config *c = n->now->config;
    struct json *status = json_new_object(arena), *links = json_new_array(arena);
    uint64_t size = 0;
    if (engine_next_index(n->engine, ENGINE_OWN, &size, why) != ERR_NONE) return NULL;
    json_put_text(arena, status, "party", arena_str(arena, c->party));
    json_put_text(arena, status, "version", str_of(node_version));
    json_put_bool(arena, status, "running", n->started);
    json_put_bool(arena, status, "rehearsal", c->clock.rehearsal);
    json_put_number(arena, status, "https", serve_https_port(n->serve));
    json_put_number(arena, status, "seals", serve_devices_port(n->serve));
    json_put_number(arena, status, "size", (double)size);
    json_put(status, "witnesses", witness_report(n->views, arena));
    for (size_t i = 0; i < n->now->npullers; i++) json_add(links, puller_report(n->now->pullers[i], arena));
    for (size_t i = 0; i < c->nagreements; i++) {
        const struct agreement *a = c->agreements[i].agreement;
        if (n->started && !str_eq(a->from, c->party)) continue;
        json_add(links, link_report(n->views, arena, a, clock_now_us()));
    }
    json_put(status, "links", links);
    return status;
}

struct json *node_status(struct node *n, struct arena *arena, struct why *why)
{
    pthread_mutex_lock(&n->lock);
    struct json *status = status_locked(n, arena, why);
    pthread_mutex_unlock(&n->lock);
    return status;
}

static enum err act_locked(struct node *n, const struct order *o, const struct json *request, struct str bytes,
                           struct json **answer, struct why *why)
{
    struct str what = json_text(request, "do");
    if (str_is(what, "import")) return order_import(o, request, bytes, answer, why);
    if (str_is(what, "token-add")) return order_token_add(o, request, answer, why);
    if (str_is(what, "token-revoke")) return order_token_revoke(o, request, answer, why);
    if (str_is(what, "erase")) return order_erase(o, request, answer, why);
    if (str_is(what, "revoke")) return order_revoke(o, request, answer, why);
    if (str_is(what, "resume")) return order_resume(o, request, answer, why);
    if (str_is(what, "rules-propose")) return order_rules_propose(o, request, bytes, answer, why);
    if (str_is(what, "status")) {
        *answer = status_locked(n, o->arena, why);
        return *answer ? ERR_NONE : why->err;
    }
    if (!str_is(what, "reload")) return why_set(why, ERR_USAGE, "do", "there is no order \"%.*s\"", STR_ARG(what));
    enum err err = reload_locked(n, why);
    if (err != ERR_NONE) return err;
    *answer = json_new_object(o->arena);
    json_put_bool(o->arena, *answer, "reloaded", true);
    return ERR_NONE;
}

enum err node_act(void *context, uid_t who, struct arena *arena, const struct json *request, struct str bytes,
                  struct json **answer, struct why *why)
{
    struct node *n = context;
    pthread_mutex_lock(&n->lock);
    struct order order = {.config = n->now->config,
                          .commit = n->commit,
                          .views = n->views,
                          .identifiers = n->identifiers,
                          .trust = &n->now->trust,
                          .who = who,
                          .arena = arena};
    enum err err = act_locked(n, &order, request, bytes, answer, why);
    if (err == ERR_NONE && arena->failed)
        err = arena->full ? why_set(why, ERR_TOO_LARGE, "", "the file holds more than fits here")
                          : why_set(why, ERR_NO_MEMORY, "", "no memory for this");
    pthread_mutex_unlock(&n->lock);
    return err;
}

// ---- To the end ----

static void signals_of(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
}

void node_signals(void)
{
    sigset_t set;
    signals_of(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

void node_wait(struct node *n)
{
    sigset_t set;
    signals_of(&set);
    for (;;) {
        struct why why = {0};
        int signal = sigwaitinfo(&set, NULL);
        if (signal < 0) continue; // interrupted
        if (signal != SIGHUP) {
            log_line(LOG_INFO, "node", "stopping on signal %d", signal);
            return;
        }
        if (node_reload(n, &why) != ERR_NONE) log_why(LOG_ERROR, "node", "not reloaded, all stays as it was", &why);
    }
}

void node_close(struct node *n)
{
    if (!n) return;
    control_stop(n->control);
    serve_stop(n->serve);
    if (n->now) pullers_stop(n->now);
    commit_close(n->commit);
    views_free(n->views);
    engine_close(n->engine);
    carta_porte_schema_free(n->schema);
    if (n->now && n->now->config != n->first) config_free(n->now->config);
    config_free(n->first);
    arena_free(&n->arena);
    pthread_mutex_destroy(&n->lock);
    free(n);
}
