// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/io_sim_internal.h"
#include <stdlib.h>

static epi_str tidy(const char *path)
{
    epi_str p = epi_str_of(path);
    while (p.n > 1 && p.p[p.n - 1] == '/')
        p.n--;
    return p;
}

static epi_str parent(epi_str path)
{
    for (size_t i = path.n; i > 0; i--)
        if (path.p[i - 1] == '/')
            return (epi_str){path.p, i > 1 ? i - 1 : 1};
    return EPI_NIL; /* the host's own folder, always there */
}

static struct sim_file *find(struct sim_host *h, epi_str path)
{
    for (struct sim_file *f = h->files; f; f = f->next)
        if (epi_str_eq(f->path, path))
            return f;
    return NULL;
}

static struct sim_file *find_seen(struct sim_host *h, epi_str path)
{
    struct sim_file *f = find(h, path);
    return f && f->seen ? f : NULL;
}

static bool folder_exists(struct sim_host *h, epi_str path)
{
    if (path.n == 0 || epi_str_eqz(path, "/"))
        return true;
    struct sim_file *f = find_seen(h, path);
    return f && f->folder;
}

static struct sim_file *make(struct sim_host *h, epi_str path)
{
    struct sim_file *f = find(h, path);
    if (f)
        return f;
    f = EPI_NEW(h->sim->a, struct sim_file);
    f->path = epi_str_dup(h->sim->a, path);
    f->next = h->files;
    h->files = f;
    return f;
}

static epi_status no_file(struct epi_err *reterr, const char *path)
{
    return EPI_FAIL(reterr, EPI_NOT_FOUND, "io.no-file", "%s", path);
}

static epi_status fs_read(void *ctx, struct epi_arena *a, const char *path, size_t max,
                          epi_str *ret, struct epi_err *reterr)
{
    struct sim_host *h = ctx;
    if (!h->up)
        return epi__sim_down(reterr);
    struct sim_file *f = find_seen(h, tidy(path));
    if (!f)
        return no_file(reterr, path);
    if (f->folder)
        return EPI_FAIL(reterr, EPI_IO, "io.read", "%s\x1f%s", path, "is a folder");
    if (f->text.n > max)
        return EPI_FAIL(reterr, EPI_LIMIT, "io.too-large", "%s\x1f%zu", path, max);
    *ret = epi_str_dup(a, f->text);
    return EPI_OK;
}

/* A completed write also makes earlier removals and folders durable: one journal orders them. */
static void settle(struct sim_host *h)
{
    for (struct sim_file *f = h->files; f; f = f->next)
        if (f->undecided && (f->folder || !f->seen)) {
            f->durable = f->seen;
            f->undecided = false;
        }
}

static enum epi_sim_fault next_fault(struct sim_host *h)
{
    h->writes++;
    if (h->fault_in == 0 || --h->fault_in > 0)
        return EPI_SIM_NO_FAULT;
    return h->fault;
}

static epi_status fs_write(void *ctx, const char *path, epi_str text, struct epi_err *reterr)
{
    struct sim_host *h = ctx;
    if (!h->up)
        return epi__sim_down(reterr);
    epi_str p = tidy(path);
    if (!folder_exists(h, parent(p)))
        return no_file(reterr, path);
    struct sim_file *old = find_seen(h, p);
    if (old && old->folder)
        return EPI_FAIL(reterr, EPI_IO, "io.write", "%s\x1f%s", path, "is a folder");
    enum epi_sim_fault fault = next_fault(h);
    if (fault == EPI_SIM_WRITE_FAILS)
        return EPI_FAIL(reterr, EPI_IO, "io.write", "%s\x1f%s", path, "simulated fault");
    if (fault == EPI_SIM_DISK_FULL)
        return EPI_FAIL(reterr, EPI_IO, "io.disk-full", "%s", path);
    struct sim_file *f = make(h, p);
    f->folder = false;
    f->seen = true;
    f->text = epi_str_dup(h->sim->a, text);
    if (fault == EPI_SIM_NO_FAULT) {
        f->durable = true;
        f->undecided = false;
        f->durable_text = f->text;
        settle(h);
        return EPI_OK;
    }
    f->undecided = true;
    if (fault == EPI_SIM_SYNC_LIES)
        return EPI_OK;
    return EPI_FAIL(reterr, EPI_IO, "io.sync", "%s\x1f%s", path, "simulated fault");
}

/* True when something seen lies directly or deeper in the folder. */
static bool inside(const struct sim_file *f, epi_str folder)
{
    return f->seen && f->path.n > folder.n && epi_str_starts(f->path, folder) &&
           (epi_str_eqz(folder, "/") || f->path.p[folder.n] == '/');
}

static epi_status fs_remove(void *ctx, const char *path, struct epi_err *reterr)
{
    struct sim_host *h = ctx;
    if (!h->up)
        return epi__sim_down(reterr);
    struct sim_file *f = find_seen(h, tidy(path));
    if (!f)
        return no_file(reterr, path);
    for (struct sim_file *other = h->files; f->folder && other; other = other->next)
        if (inside(other, f->path))
            return EPI_FAIL(reterr, EPI_IO, "io.remove", "%s\x1f%s", path,
                            "the folder is not empty");
    f->seen = false;
    f->undecided = true;
    return EPI_OK;
}

static epi_status fs_make_dir(void *ctx, const char *path, struct epi_err *reterr)
{
    struct sim_host *h = ctx;
    if (!h->up)
        return epi__sim_down(reterr);
    epi_str whole = tidy(path);
    for (size_t i = 1; i <= whole.n; i++) {
        if (i < whole.n && whole.p[i] != '/')
            continue;
        struct sim_file *f = make(h, (epi_str){whole.p, i});
        if (f->seen && !f->folder)
            return EPI_FAIL(reterr, EPI_IO, "io.make-dir", "%s\x1f%s", path,
                            "a file is in the way");
        if (!f->seen)
            f->undecided = true;
        f->seen = f->folder = true;
    }
    return EPI_OK;
}

static bool fs_exists(void *ctx, const char *path)
{
    struct sim_host *h = ctx;
    epi_str p = tidy(path);
    return h->up && (folder_exists(h, p) || find_seen(h, p));
}

static int by_bytes(const void *a, const void *b)
{
    return epi_str_cmp(*(const epi_str *)a, *(const epi_str *)b);
}

static epi_status fs_list(void *ctx, struct epi_arena *a, const char *path, epi_str **ret,
                          size_t *ret_n, struct epi_err *reterr)
{
    struct sim_host *h = ctx;
    if (!h->up)
        return epi__sim_down(reterr);
    epi_str folder = tidy(path);
    if (epi_str_eqz(folder, "."))
        folder = EPI_NIL;
    if (!folder_exists(h, folder))
        return no_file(reterr, path);
    size_t n = 0, all = 0;
    for (struct sim_file *f = h->files; f; f = f->next)
        all++;
    epi_str *names = EPI_ARRAY(a, all + 1, epi_str);
    for (struct sim_file *f = h->files; f; f = f->next) {
        if (!f->seen || !epi_str_eq(parent(f->path), folder))
            continue;
        size_t from = folder.n + (folder.n > 0 && !epi_str_eqz(folder, "/"));
        names[n++] = epi_str_dup(a, epi_str_sub(f->path, from, SIZE_MAX));
    }
    qsort(names, n, sizeof *names, by_bytes);
    *ret = names;
    *ret_n = n;
    return EPI_OK;
}

void epi__sim_fs(struct sim_host *h, struct epi_fs *ret)
{
    *ret = (struct epi_fs){h, fs_read, fs_write, fs_remove, fs_make_dir, fs_exists, fs_list};
}

/* An undecided file comes back old, new or, when it was being written, cut somewhere. */
static void settle_by_chance(struct sim_host *h, struct sim_file *f)
{
    struct epi_rng *rng = &h->sim->rng;
    uint64_t choice = epi_rng_below(rng, 3);
    if (choice == 0)
        return;
    f->durable = f->seen;
    if (f->seen && !f->folder) {
        size_t n = choice == 1 ? f->text.n : (size_t)epi_rng_below(rng, f->text.n + 1);
        f->durable_text = (epi_str){f->text.p, n};
    }
}

void epi__sim_fs_crash(struct sim_host *h)
{
    for (struct sim_file *f = h->files; f; f = f->next) {
        if (f->undecided)
            settle_by_chance(h, f);
        f->undecided = false;
        f->seen = f->durable;
        f->text = f->durable_text;
    }
    /* What lies in a folder that did not survive is gone with it. */
    for (struct sim_file *f = h->files; f; f = f->next)
        if (f->folder && !f->seen)
            for (struct sim_file *other = h->files; other; other = other->next)
                if (inside(other, f->path))
                    other->seen = other->durable = false;
}

void epi_sim_fail_write(struct epi_sim *sim, int host, enum epi_sim_fault fault, unsigned nth)
{
    struct sim_host *h = epi__sim_host(sim, host);
    h->fault = fault;
    h->fault_in = nth;
}

unsigned epi_sim_writes(const struct epi_sim *sim, int host)
{
    EPI_ASSERT(host >= 0 && host < sim->host_count);
    return sim->hosts[host].writes;
}
