// SPDX-License-Identifier: Apache-2.0
#include "serve/folder.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "serve/inside.h"
#include "serve/problem.h"
#include "trust/hash.h"
#include "views/local.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define RESCAN_MS 10000 // for what no event told of
#define QUIET_S 5       // a rescan leaves alone what was written to so short a time ago
#define AGAIN_MS 200    // when commit was full
#define FILE_ARENA ((size_t)256 << 20)
#define NAMES_MAX 4096 // looked at in one scan; the rest in the next

struct folder {
    struct serve *serve;
    int in, done, failed; // directories
    int watch, stop;
    pthread_t thread;
    bool runs;
};

// What became of a file.
enum fate { FATE_DONE, FATE_FAILED, FATE_LATER };

// ---- One file ----

static enum err read_whole(const struct folder *f, const char *name, struct arena *arena, struct str *out,
                           struct why *why)
{
    int fd = openat(f->in, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat st;
    size_t most = f->serve->settings.limits.file_bytes;
    if (fd < 0) return why_set(why, ERR_NOT_FOUND, "", "cannot open it: %s", strerror(errno));
    enum err err = ERR_NONE;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        err = why_set(why, ERR_UNSUPPORTED, "", "this is no regular file");
    } else if ((uint64_t)st.st_size > most) {
        err = why_set(why, ERR_TOO_LARGE, "", "a file here has at most %zu bytes", most);
    } else {
        char *bytes = arena_alloc(arena, (size_t)st.st_size + 1);
        size_t n = 0;
        for (ssize_t got = 1; bytes && got > 0 && n<(size_t)st.st_size; n += got> 0 ? (size_t)got : 0) {
            got = read(fd, bytes + n, (size_t)st.st_size - n);
            if (got < 0 && errno != EINTR) err = why_set(why, ERR_STORE, "", "cannot read it: %s", strerror(errno));
        }
        if (!bytes) err = why_set(why, ERR_NO_MEMORY, "", "no memory for the file");
        *out = (struct str){bytes, n};
    }
    close(fd);
    return err;
}

static struct str content_key(struct arena *arena, struct str bytes)
{
    uint8_t hash[SHA256_BYTES];
    sha256(bytes, hash);
    return hex_text(arena, (struct str){(const char *)hash, sizeof hash});
}

static enum err seen_before(struct folder *f, struct arena *arena, struct str key, bool *seen, struct why *why)
{
    struct str value;
    struct views *views = reader_take(f->serve, why);
    if (!views) return why->err;
    enum err err = local_get(views, arena, STR(FILE_SPACE), key, &value, why);
    reader_give(f->serve, views);
    *seen = err == ERR_NONE && value.p;
    return err;
}

static enum err read_drafts(struct folder *f, const char *name, struct arena *arena, struct str bytes,
                            struct drafts *out, struct why *why)
{
    const struct serve_settings *s = &f->serve->settings;
    struct intake intake = {.identifiers = s->identifiers,
                            .received_ms = clock_now_us() / 1000,
                            .name = str_of(name),
                            .reporter = s->party,
                            .label = LABEL_AMBER};
    // What the trust list says may be replaced while this file is read, but not under it.
    pthread_rwlock_rdlock(&f->serve->lock);
    intake.trust = s->trust;
    enum err err = intake_read(arena, bytes, &intake, out, why);
    pthread_rwlock_unlock(&f->serve->lock);
    for (struct draft *d = out->first; d && err == ERR_NONE; d = d->next) err = draft_seal(arena, d, why);
    return err;
}

// States the drafts and the content's hash in one transaction.
static enum err state(struct folder *f, struct str key, const char *name, struct draft *drafts, struct str filer,
                      struct why *why)
{
    struct local_write once = {
        .space = STR(FILE_SPACE), .key = key, .value = str_of(name), .compare = true, .expected = STR_NONE};
    struct job job = {.lane = JOB_BULK, .drafts = drafts, .locals = key.n ? &once : NULL, .actor = STR("folder")};
    job.path = (struct channel_path){.door = STR("folder"), .party = f->serve->settings.party, .filer = filer};
    return commit_wait(f->serve->settings.commit, &job, why);
}

static bool for_later(enum err err)
{
    return err == ERR_BUSY || err == ERR_NO_MEMORY || err == ERR_STORE;
}

static enum fate take_file(struct folder *f, const char *name, struct arena *arena, struct why *why)
{
    struct str bytes = STR_NONE;
    struct drafts drafts = {0};
    bool seen = false;
    enum err err = read_whole(f, name, arena, &bytes, why);
    struct str key = err == ERR_NONE ? content_key(arena, bytes) : STR_NONE;
    if (err == ERR_NONE) err = seen_before(f, arena, key, &seen, why);
    if (err == ERR_NONE && seen) return FATE_DONE;
    if (err == ERR_NONE) err = read_drafts(f, name, arena, bytes, &drafts, why);
    if (err == ERR_NONE) err = state(f, key, name, drafts.first, drafts.filer, why);
    if (err == ERR_NONE) return FATE_DONE;
    if (for_later(err)) return FATE_LATER;
    // Kept as evidence too, as far as this minute allows; the file itself stays in failed.
    struct draft *evidence = evidence_allowed(f->serve) ? evidence_draft(arena, "folder", why, bytes) : NULL;
    struct why ours = {0};
    if (evidence && draft_seal(arena, evidence, &ours) == ERR_NONE &&
        state(f, STR_NONE, name, evidence, STR_NONE, &ours) != ERR_NONE)
        log_why(LOG_WARN, "folder", "evidence of a refused file", &ours);
    return FATE_FAILED;
}

// ---- Where it goes ----

// NAME, or NAME.1, NAME.2 … where there is one already: nothing is written over.
static bool move_to(const struct folder *f, const char *name, int where, char out[NAME_MAX + 1])
{
    for (unsigned i = 0; i < 10000; i++) {
        int n = i ? snprintf(out, NAME_MAX + 1, "%.240s.%u", name, i) : snprintf(out, NAME_MAX + 1, "%s", name);
        if (n < 0) return false;
        if (renameat2(f->in, name, where, out, RENAME_NOREPLACE) == 0) return true;
        if (errno != EEXIST) break;
    }
    log_line(LOG_ERROR, "folder", "cannot move %s: %s", name, strerror(errno));
    return false;
}

static void write_reason(const struct folder *f, const char *name, const struct why *why)
{
    char file[NAME_MAX + 1];
    snprintf(file, sizeof file, "%.240s.reason", name);
    struct buf text = BUF(8192);
    problem_write(why, &text);
    int fd = openat(f->failed, file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
    bool ok = fd >= 0 && write(fd, text.p, text.n) == (ssize_t)text.n && fsync(fd) == 0;
    if (fd >= 0) close(fd);
    if (!ok) log_line(LOG_ERROR, "folder", "cannot write %s: %s", file, strerror(errno));
    buf_free(&text);
}

// False when it is to be tried again.
static bool take(struct folder *f, const char *name)
{
    struct arena arena = ARENA(FILE_ARENA);
    struct why why = {0};
    char moved[NAME_MAX + 1] = "";
    enum fate fate = take_file(f, name, &arena, &why);
    arena_free(&arena);
    if (fate == FATE_LATER) {
        log_why(LOG_WARN, "folder", name, &why);
        return false;
    }
    count_add(&f->serve->counters, fate == FATE_DONE ? COUNT_FILES : COUNT_FILES_FAILED, 1);
    if (!move_to(f, name, fate == FATE_DONE ? f->done : f->failed, moved)) return true;
    if (fate == FATE_FAILED) write_reason(f, moved, &why);
    (void)fsync(fate == FATE_DONE ? f->done : f->failed);
    return true;
}

// ---- Watching ----

// Names that begin with a dot are files that somebody is still writing.
static bool wanted(const char *name)
{
    return name[0] != '.' && name[0] != '\0';
}

static bool settled(const struct folder *f, const char *name)
{
    struct stat st;
    if (fstatat(f->in, name, &st, AT_SYMLINK_NOFOLLOW) != 0) return false;
    return !S_ISDIR(st.st_mode) && time(NULL) - st.st_mtime >= QUIET_S;
}

static bool stopped(const struct folder *f)
{
    struct pollfd p = {.fd = f->stop, .events = POLLIN};
    return poll(&p, 1, 0) > 0;
}

// All that lies in `in`. `fresh`: at the start, nobody has been writing since we were gone that we would not hear of.
// False when some of it is to be tried again.
static bool scan(struct folder *f, bool fresh)
{
    int fd = openat(f->in, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        if (fd >= 0) close(fd);
        return false;
    }
    bool all = true;
    size_t n = 0;
    for (struct dirent *e; n < NAMES_MAX && !stopped(f) && (e = readdir(dir)); n++)
        if (wanted(e->d_name) && (fresh || settled(f, e->d_name)) && e->d_type != DT_DIR)
            all = take(f, e->d_name) && all;
    closedir(dir);
    return all;
}

static bool take_events(struct folder *f)
{
    _Alignas(struct inotify_event) char bytes[16384];
    bool all = true;
    for (ssize_t n; (n = read(f->watch, bytes, sizeof bytes)) > 0;) {
        for (ssize_t at = 0; at < n;) {
            const struct inotify_event *e = (const struct inotify_event *)(const void *)(bytes + at);
            at += (ssize_t)(sizeof *e + e->len);
            if (e->mask & IN_Q_OVERFLOW) all = false; // the scan finds what was not told
            if (!(e->mask & IN_ISDIR) && e->len && wanted(e->name) && !stopped(f)) all = take(f, e->name) && all;
        }
    }
    return all;
}

static void *folder_main(void *context)
{
    struct folder *f = context;
    bool all = scan(f, true);
    for (;;) {
        struct pollfd p[2] = {{.fd = f->watch, .events = POLLIN}, {.fd = f->stop, .events = POLLIN}};
        int n = poll(p, 2, all ? RESCAN_MS : AGAIN_MS);
        if (p[1].revents) return NULL;
        // What has to be tried again was whole when it was first seen.
        bool again = !all;
        all = true;
        if (n > 0 && p[0].revents) all = take_events(f);
        if (n == 0 || again) all = scan(f, again) && all;
    }
}

// ---- Start and stop ----

static enum err make_dir(int above, const char *name, int *out, struct why *why)
{
    if (mkdirat(above, name, 0750) != 0 && errno != EEXIST)
        return why_set(why, ERR_USAGE, "folder", "cannot make %s: %s", name, strerror(errno));
    *out = openat(above, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *out >= 0 ? ERR_NONE : why_set(why, ERR_USAGE, "folder", "cannot open %s: %s", name, strerror(errno));
}

static enum err watch(struct folder *f, struct why *why)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", f->in);
    f->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    f->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (f->watch < 0 || f->stop < 0 || inotify_add_watch(f->watch, path, IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR) < 0)
        return why_set(why, ERR_USAGE, "folder", "cannot watch it: %s", strerror(errno));
    return ERR_NONE;
}

static enum err open_all(struct folder *f, const char *path, struct why *why)
{
    int top = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top < 0) return why_set(why, ERR_USAGE, "folder", "cannot open %s: %s", path, strerror(errno));
    enum err err = make_dir(top, "in", &f->in, why);
    if (err == ERR_NONE) err = make_dir(top, "done", &f->done, why);
    if (err == ERR_NONE) err = make_dir(top, "failed", &f->failed, why);
    close(top);
    return err == ERR_NONE ? watch(f, why) : err;
}

enum err folder_start(struct serve *serve, struct folder **out, struct why *why)
{
    struct folder *f = calloc(1, sizeof *f);
    if (!f) return why_set(why, ERR_NO_MEMORY, "", "no memory for the watched folder");
    f->serve = serve;
    f->in = f->done = f->failed = f->watch = f->stop = -1;
    enum err err = open_all(f, serve->settings.folder, why);
    if (err == ERR_NONE && pthread_create(&f->thread, NULL, folder_main, f) != 0)
        err = why_set(why, ERR_NO_MEMORY, "", "cannot start a thread");
    f->runs = err == ERR_NONE;
    if (err != ERR_NONE) {
        folder_stop(f);
        return err;
    }
    *out = f;
    return ERR_NONE;
}

void folder_stop(struct folder *f)
{
    if (!f) return;
    uint64_t one = 1;
    if (f->runs && write(f->stop, &one, sizeof one) == sizeof one) pthread_join(f->thread, NULL);
    int fds[] = {f->in, f->done, f->failed, f->watch, f->stop};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] >= 0) close(fds[i]);
    free(f);
}
