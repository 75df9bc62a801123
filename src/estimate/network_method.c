// SPDX-License-Identifier: AGPL-3.0-or-later
/* The figure "network": what a table of contacts among cases says. */
#include "estimate/network.h"
#include "estimate/chains_internal.h"
#include "estimate/delay.h"
#include <stdlib.h>

struct people {
    struct epi__ids ids;
    size_t listed;       /* the first of them stand in the line list */
    const double *onset; /* of those; NULL when not known */
    bool date;
    struct epi_contacts contacts;
    uint32_t *from, *to, *in, *out, *cluster, *size;
    uint32_t *order, *rank; /* people by name */
};

static epi_status read_people(struct epi_estimate_run *r, struct people *p)
{
    const struct epi_frame *list = epi_opt_table(r, "linelist");
    size_t rows = r->input.rows, listed = list ? list->rows : 0;
    const epi_str *from = epi__names(r, &r->input, "from|i"),
                  *to = epi__names(r, &r->input, "to|j"), *names = NULL;
    bool ok = from && to;
    epi__ids_init(r->a, &p->ids, 2 * rows + listed);
    if (list) {
        names = epi__names(r, list, "id|case");
        ok = names && epi__names_once(r, names, listed, "id", &p->ids) && ok;
        if (epi_frame_column(list, "onset") || epi_frame_column(list, "date")) {
            p->onset = epi__days(r, list, "onset|date", &p->date);
            ok = ok && p->onset;
        }
    }
    if (!ok)
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.table-faulty", "%s", "");
    p->listed = listed;
    p->from = EPI_ARRAY(r->a, rows, uint32_t), p->to = EPI_ARRAY(r->a, rows, uint32_t);
    for (size_t k = 0; k < rows; k++) {
        p->from[k] = epi__ids_put(&p->ids, from[k]);
        p->to[k] = epi__ids_put(&p->ids, to[k]);
    }
    p->contacts = (struct epi_contacts){p->ids.n, rows, p->from, p->to};
    return EPI_OK;
}

struct named {
    epi_str name;
    uint32_t at;
};
static int by_name(const void *x, const void *y)
{
    const struct named *a = x, *b = y;
    return epi_str_cmp(a->name, b->name);
}

/* People in the order of their names, so that a cluster is called by the first of its names. */
static void rank(struct epi_estimate_run *r, struct people *p)
{
    size_t n = p->ids.n;
    struct named *list = EPI_ARRAY(r->a, n, struct named);
    for (size_t i = 0; i < n; i++)
        list[i] = (struct named){p->ids.name[i], (uint32_t)i};
    qsort(list, n, sizeof *list, by_name);
    p->order = EPI_ARRAY(r->a, n, uint32_t), p->rank = EPI_ARRAY(r->a, n, uint32_t);
    for (size_t k = 0; k < n; k++) {
        p->order[k] = list[k].at;
        p->rank[list[k].at] = (uint32_t)k;
    }
}

static size_t clusters(struct epi_estimate_run *r, struct people *p)
{
    size_t n = p->ids.n, rows = p->contacts.rows;
    uint32_t *from = EPI_ARRAY(r->a, rows, uint32_t), *to = EPI_ARRAY(r->a, rows, uint32_t);
    struct epi_contacts ranked = {n, rows, from, to};
    for (size_t k = 0; k < rows; k++)
        from[k] = p->rank[p->from[k]], to[k] = p->rank[p->to[k]];
    p->cluster = EPI_ARRAY(r->a, n, uint32_t), p->size = EPI_ARRAY(r->a, n, uint32_t);
    p->in = EPI_ARRAY(r->a, n, uint32_t), p->out = EPI_ARRAY(r->a, n, uint32_t);
    epi_network_degrees(&p->contacts, p->in, p->out);
    return epi_network_clusters(&ranked, p->cluster, p->size);
}

/* Somebody without a row among the contacts has no degree: nobody may have asked. */
static void people_rows(struct epi_estimate_run *r, const struct people *p)
{
    struct epi_frame *f = &r->out->rows;
    size_t n = p->ids.n;
    epi_frame_init(f, n);
    epi_str *id = epi_frame_add_word(r->a, f, "id");
    double *in = epi_frame_add(r->a, f, "in_degree"), *out = epi_frame_add(r->a, f, "out_degree"),
           *both = epi_frame_add(r->a, f, "both_degree"),
           *size = epi_frame_add(r->a, f, "cluster_size");
    epi_str *first = epi_frame_add_word(r->a, f, "cluster");
    double *listed = epi_frame_add(r->a, f, "in_linelist"),
           *onset = p->onset ? epi__add_days(r, f, "onset", p->date) : NULL;
    for (size_t k = 0; k < n; k++) {
        uint32_t i = p->order[k];
        id[k] = p->ids.name[i];
        if (p->in[i] + p->out[i] > 0)
            in[k] = p->in[i], out[k] = p->out[i], both[k] = (double)p->in[i] + p->out[i];
        size[k] = p->size[k];
        first[k] = p->ids.name[p->order[p->cluster[k]]];
        listed[k] = i < p->listed ? 1 : 0;
        if (onset && i < p->listed)
            onset[k] = p->onset[i];
    }
}

static void cluster_sizes(struct epi_estimate_run *r, const struct people *p, size_t *ret_largest)
{
    size_t n = p->ids.n, kinds = 0, at = 0;
    uint32_t *times = EPI_ARRAY(r->a, n + 1, uint32_t);
    for (size_t k = 0; k < n; k++)
        times[p->size[k]] += p->cluster[k] == k;
    for (size_t s = 1; s <= n; s++) {
        kinds += times[s] > 0;
        *ret_largest = times[s] ? s : *ret_largest;
    }
    struct epi_frame *f = epi_out_table(r, "clusters", kinds);
    double *size = epi_frame_add(r->a, f, "cluster_size"),
           *many = epi_frame_add(r->a, f, "n_clusters");
    for (size_t s = 1; s <= n; s++)
        if (times[s])
            size[at] = (double)s, many[at++] = times[s];
}

static double onset_of(const struct people *p, uint32_t i)
{
    return p->onset && i < p->listed ? p->onset[i] : (double)NAN;
}

/* Differences of onset, and the gamma distribution of the positive ones. */
static void pairs(struct epi_estimate_run *r, const struct people *p)
{
    size_t rows = p->contacts.rows, n = 0, negative = 0, zero = 0, positive = 0;
    struct epi_frame *f = epi_out_table(r, "pairs", rows);
    epi_str *from = epi_frame_add_word(r->a, f, "from"), *to = epi_frame_add_word(r->a, f, "to");
    double *days = epi_frame_add(r->a, f, "days"), *known = EPI_ARRAY(r->a, rows + 1, double),
           *above = EPI_ARRAY(r->a, rows + 1, double);
    for (size_t k = 0; k < rows; k++) {
        from[k] = p->ids.name[p->from[k]], to[k] = p->ids.name[p->to[k]];
        days[k] = onset_of(p, p->to[k]) - onset_of(p, p->from[k]);
        if (isnan(days[k]))
            continue;
        known[n++] = days[k];
        negative += days[k] < 0, zero += days[k] == 0;
        if (days[k] > 0)
            above[positive++] = days[k];
    }
    epi_sort(known, n);
    epi_out_value(r, "pairs", (double)n);
    epi_out_value(r, "days_mean", epi_mean(known, n));
    epi_out_value(r, "days_sd", sqrt(epi_variance(known, n)));
    epi_out_value(r, "days_median", n ? epi_quantile_sorted(known, n, 0.5) : (double)NAN);
    epi_out_value(r, "days_min", n ? known[0] : (double)NAN);
    epi_out_value(r, "days_max", n ? known[n - 1] : (double)NAN);
    epi_out_value(r, "pairs_negative", (double)negative);
    epi_out_value(r, "pairs_zero", (double)zero);
    struct epi_delays d;
    struct epi_delay_fit fit;
    epi_delays_of(r->a, above, positive, &d);
    bool fitted =
        d.n > 1 && epi_delay_fit_exact(&d, EPI_DELAY_GAMMA, &fit, NULL) == EPI_OK && fit.converged;
    epi_out_value(r, "gamma_shape", fitted ? fit.par[0] : (double)NAN);
    epi_out_value(r, "gamma_rate", fitted ? 1 / fit.par[1] : (double)NAN);
    if (p->onset && n == 0)
        epi_out_note(r, EPI_NOTE, "estimate.network.no-pairs", 0, EPI_NIL, EPI_NIL);
    epi__note_count(r, EPI_NOTE, "estimate.network.backwards", negative, "");
}

/* Those a case of the list is said to have infected; of everybody when there is no list. */
static void offspring(struct epi_estimate_run *r, const struct people *p)
{
    size_t n = p->listed ? p->listed : p->ids.n, most = 0;
    struct epi_offspring_fit fit;
    for (size_t i = 0; i < n; i++)
        most = p->out[i] > most ? p->out[i] : most;
    struct epi_frame *f = epi_out_table(r, "offspring", 0);
    if (most > EPI_OFFSPRING_MAX) {
        epi_out_note(r, EPI_WARNING, "estimate.network.degree", 0,
                     epi_str_printf(r->a, "%zu", most), EPI_NIL);
        return;
    }
    double *times = EPI_ARRAY(r->a, most + 1, double);
    for (size_t i = 0; i < n; i++)
        times[p->out[i]]++;
    epi_offspring_fit(r->a, times, most + 1, epi_opt_number(r, "level"), &fit);
    epi__offspring_rows(r, f, &fit);
    f->name = EPI_S("offspring");
    epi_out_value(r, "offspring_mean", fit.r.est);
    epi_out_value(r, "offspring_variance", fit.variance);
    epi_out_value(r, "offspring_max", fit.most);
    epi_out_value(r, "offspring_zero_fraction", fit.zeros);
    epi_out_value(r, "loglik", fit.loglik);
    epi__offspring_notes(r, &fit);
}

static epi_status run_contacts(struct epi_estimate_run *r)
{
    struct people p = {0};
    size_t in_contacts = 0, known = 0, alone = 0, largest = 0;
    EPI_TRY(read_people(r, &p));
    rank(r, &p);
    size_t n_clusters = clusters(r, &p);
    people_rows(r, &p);
    cluster_sizes(r, &p, &largest);
    for (size_t i = 0; i < p.ids.n; i++) {
        in_contacts += p.in[i] + p.out[i] > 0;
        known += p.in[i] + p.out[i] > 0 && i < p.listed;
    }
    for (size_t k = 0; k < p.contacts.rows; k++)
        alone += p.from[k] == p.to[k];
    epi_out_value(r, "listed", (double)p.listed);
    epi_out_value(r, "contacts", (double)p.contacts.rows);
    epi_out_value(r, "ids_in_contacts", (double)in_contacts);
    epi_out_value(r, "ids_in_both", (double)known);
    epi_out_value(r, "ids", (double)p.ids.n);
    epi_out_value(r, "clusters", (double)n_clusters);
    epi_out_value(r, "largest_cluster", (double)largest);
    pairs(r, &p);
    offspring(r, &p);
    epi__note_count(r, EPI_NOTE, "estimate.network.repeats", epi_network_repeats(r->a, &p.contacts),
                    "");
    epi__note_count(r, EPI_WARNING, "estimate.network.with-itself", alone, "");
    if (p.listed)
        epi__note_count(r, EPI_NOTE, "estimate.network.not-listed", in_contacts - known, "");
    return EPI_OK;
}

static const struct epi_estimate_option options[] = {
    {"linelist", EPI_OPT_TABLE, "", 0, 0, "id|case onset|date?", "",
     "danh sách ca, kèm ngày khởi phát nếu có", "the cases, with onset where known"},
    {"level", EPI_OPT_NUMBER, "0.95", 0.5, 0.999, NULL, "", "mức tin cậy của khoảng",
     "coverage of the intervals"},
};
static const struct epi_estimate_column columns[] = {
    {"id", "", "người", "person"},
    {"in_degree", "", "số dòng tiếp xúc dẫn đến; trống nếu không có dòng nào",
     "contact rows that lead here; empty for somebody without any"},
    {"out_degree", "", "số dòng tiếp xúc đi ra", "contact rows that lead away"},
    {"both_degree", "", "tổng hai số trên", "both together"},
    {"cluster_size", "person", "số người trong ổ", "people in the cluster"},
    {"cluster", "", "tên đứng đầu trong ổ", "the first name in the cluster"},
    {"in_linelist", "", "1 = có trong danh sách ca", "1 = in the line list"},
    {"onset", "", "ngày khởi phát", "onset"},
};
static const struct epi_estimate_method methods[] = {
    {.figure = "network",
     .method = "contacts",
     .vi = "Mạng tiếp xúc: bậc, ổ dịch, khoảng cách khởi phát, số người mỗi ca lây",
     .en = "Contacts: degrees, clusters, differences of onset, offspring",
     .paper = "Nagraj et al. 2018, F1000Research 7:566",
     .shape = EPI_SHAPE_TABLE,
     .input = "from|i to|j",
     .options = options,
     .options_n = EPI_COUNT(options),
     .columns = columns,
     .columns_n = EPI_COUNT(columns),
     .run = run_contacts},
};
const struct epi_estimate_group epi__network_methods = {methods, EPI_COUNT(methods)};
