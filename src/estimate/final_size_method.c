// SPDX-License-Identifier: AGPL-3.0-or-later
/* The figure "final-size": how many are infected when an epidemic runs its course. */
#include "estimate/final_size.h"
#include "estimate/risk_internal.h"

#define AGES_MAX 500
#define COMBINATIONS_MAX 100000
#define NEAR_ONE 0.05 /* of the effective number: the answer hangs on its last digits */
#define LOPSIDED 0.1  /* asymmetry above which a matrix is no matrix of contacts */

static void note_near(struct epi_estimate_run *r, size_t row, double effective)
{
    if (fabs(effective - 1) < NEAR_ONE)
        epi_out_note(r, EPI_NOTE, "estimate.final-size.near-one", row,
                     epi_str_printf(r->a, "%.3g", effective), EPI_NIL);
}

static epi_status run_homogeneous(struct epi_estimate_run *r)
{
    size_t n, m, at = 0;
    const double *r0 = epi_opt_numbers(r, "r0", &n), *s = epi_opt_numbers(r, "susceptible", &m);
    if (n * m > COMBINATIONS_MAX)
        return EPI_FAIL(r->err, EPI_LIMIT, "estimate.too-large", "%zu", n * m);
    struct epi_frame *f = &r->out->rows;
    epi_frame_init(f, n * m);
    double *r0_ = epi_frame_add(r->a, f, "r0"), *s_ = epi_frame_add(r->a, f, "susceptible"),
           *among = epi_frame_add(r->a, f, "attack_susceptible"),
           *all = epi_frame_add(r->a, f, "attack_population");
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < m; k++, at++) {
            r0_[at] = r0[i], s_[at] = s[k];
            among[at] = epi_final_size(r0[i], s[k]);
            all[at] = s[k] * among[at];
            note_near(r, at + 1, r0[i] * s[k]);
        }
    return EPI_OK;
}

/* --- ages --- */
struct ages {
    size_t n;
    const double *people;
    double *mixing;
};

static epi_status read_matrix(struct epi_estimate_run *r, struct ages *ret)
{
    size_t n = r->input.rows;
    if (n > AGES_MAX)
        return EPI_FAIL(r->err, EPI_LIMIT, "estimate.too-large", "%zu", n);
    const char *name = epi__column_of(r, &r->input, "demography|population|people");
    bool ok = (ret->people = epi_frame_need(&r->input, name, 1e-9, 1e12, 0, r->findings)) != NULL;
    double *c = EPI_ARRAY(r->a, n * n, double), sum = 0;
    for (size_t j = 0; j < n; j++) {
        const double *v =
            epi_frame_need(&r->input, epi_str_cz(r->a, epi_str_printf(r->a, "c%zu", j + 1)), 0,
                           1e12, 0, r->findings);
        ok = ok && v;
        for (size_t i = 0; v && i < n; i++)
            sum += c[i * n + j] = v[i];
    }
    if (ok && sum == 0)
        epi_finding_add(r->findings, EPI_ERROR, "estimate.final-size.no-contacts", 0, EPI_NIL,
                        EPI_NIL, EPI_NIL);
    if (!ok || sum == 0)
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.table-faulty", "%s", "");
    double contacts, per_person;
    epi_final_size_asymmetry(c, ret->people, n, &contacts, &per_person);
    bool divided = epi_opt_is(r, "matrix", "per-person") ||
                   (epi_opt_is(r, "matrix", "auto") && per_person <= contacts);
    for (size_t k = 0; k < n * n && divided; k++)
        c[k] *= ret->people[k % n];
    ret->n = n;
    ret->mixing = c;
    epi_out_word(r, "matrix", divided ? EPI_S("per-person") : EPI_S("contacts"));
    if ((divided ? per_person : contacts) > LOPSIDED)
        epi_out_note(r, EPI_WARNING, "estimate.final-size.lopsided", 0,
                     epi_str_printf(r->a, "%.0f", 100 * (divided ? per_person : contacts)),
                     EPI_NIL);
    return EPI_OK;
}

/* susceptibility_1, p_susceptibility_1, .. in the order of the ages; all alike when not given. */
static epi_status read_groups(struct epi_estimate_run *r, size_t ages,
                              struct epi_final_size_model *m)
{
    const struct epi_frame *f = epi_opt_table(r, "susceptibility");
    size_t groups = 0;
    while (f && epi_frame_column(
                    f, epi_str_cz(r->a, epi_str_printf(r->a, "susceptibility_%zu", groups + 1))))
        groups++;
    m->groups = groups ? groups : 1;
    double *s = EPI_ARRAY(r->a, ages * m->groups, double),
           *p = EPI_ARRAY(r->a, ages * m->groups, double);
    m->susceptibility = s, m->share = p;
    if (!f) {
        for (size_t i = 0; i < ages; i++)
            s[i] = p[i] = 1;
        return EPI_OK;
    }
    bool ok = f->rows == ages && groups > 0, whole = true;
    if (f->rows != ages)
        epi_finding_add(r->findings, EPI_ERROR, "estimate.final-size.ages", 0,
                        EPI_S("susceptibility"), epi_str_printf(r->a, "%zu", f->rows),
                        epi_str_printf(r->a, "%zu", ages));
    else if (groups == 0)
        (void)epi_frame_need(f, "susceptibility_1", 0, 1e3, 0, r->findings);
    for (size_t h = 0; h < groups && ok; h++) {
        const char *name = epi_str_cz(r->a, epi_str_printf(r->a, "susceptibility_%zu", h + 1)),
                   *share = epi_str_cz(r->a, epi_str_printf(r->a, "p_%s", name));
        const double *value = epi_frame_need(f, name, 0, 1e3, 0, r->findings),
                     *part = groups == 1 && !epi_frame_column(f, share)
                                 ? NULL
                                 : epi_frame_need(f, share, 0, 1, 0, r->findings);
        ok = value && (part || !epi_frame_column(f, share));
        ok = ok && (part || groups == 1);
        for (size_t i = 0; ok && i < ages; i++) {
            s[i * groups + h] = value[i];
            p[i * groups + h] = part ? part[i] : 1;
        }
    }
    for (size_t i = 0; ok && i < ages; i++) {
        double sum = 0;
        for (size_t h = 0; h < groups; h++)
            sum += p[i * groups + h];
        if (fabs(sum - 1) <= 1e-6)
            continue;
        epi_finding_add(r->findings, EPI_ERROR, "estimate.final-size.shares", (uint32_t)i + 1,
                        EPI_S("susceptibility"), epi_str_printf(r->a, "%g", sum), EPI_NIL);
        whole = false;
    }
    if (!ok || !whole)
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.table-faulty", "%s", "");
    return EPI_OK;
}

static epi_status run_ages(struct epi_estimate_run *r)
{
    struct ages in = {0};
    struct epi_final_size_model m = {0};
    size_t n;
    const double *r0 = epi_opt_numbers(r, "r0", &n);
    EPI_TRY(read_matrix(r, &in));
    EPI_TRY(read_groups(r, in.n, &m));
    m.ages = in.n, m.mixing = in.mixing;
    size_t each = m.ages * m.groups, at = 0;
    if (n * each > COMBINATIONS_MAX)
        return EPI_FAIL(r->err, EPI_LIMIT, "estimate.too-large", "%zu", n * each);
    struct epi_frame *f = &r->out->rows, *whole = epi_out_table(r, "population", n);
    epi_frame_init(f, n * each);
    double *r0_ = epi_frame_add(r->a, f, "r0");
    epi_str *age = epi_frame_add_word(r->a, f, "age");
    double *group = epi_frame_add(r->a, f, "group"),
           *susceptibility = epi_frame_add(r->a, f, "susceptibility"),
           *share = epi_frame_add(r->a, f, "share"),
           *infected = epi_frame_add(r->a, f, "p_infected"),
           *number = epi_frame_add(r->a, f, "infected"), *z = EPI_ARRAY(r->a, n * each, double);
    double *whole_r0 = epi_frame_add(r->a, whole, "r0"),
           *effective = epi_frame_add(r->a, whole, "r_effective"),
           *attack = epi_frame_add(r->a, whole, "attack_population"),
           *all = epi_frame_add(r->a, whole, "infected");
    epi_final_size_ages(r->a, &m, r0, n, effective, z);
    for (size_t k = 0; k < n; k++, z += each) {
        double people = 0;
        whole_r0[k] = r0[k], all[k] = 0;
        for (size_t h = 0; h < m.groups; h++)
            for (size_t i = 0; i < m.ages; i++, at++) {
                size_t cell = i * m.groups + h;
                r0_[at] = r0[k], group[at] = (double)h + 1;
                age[at] = epi__row_label(r, &r->input, "age", i);
                susceptibility[at] = m.susceptibility[cell], share[at] = m.share[cell];
                infected[at] = z[cell];
                number[at] = in.people[i] * m.share[cell] * z[cell];
                all[k] += number[at], people += in.people[i] * m.share[cell];
            }
        attack[k] = all[k] / people;
        note_near(r, 0, effective[k]);
    }
    return EPI_OK;
}

static const struct epi_estimate_option homogeneous_options[] = {
    {"r0", EPI_OPT_NUMBERS, NULL, 0, 1000, NULL, "", "số lây nhiễm cơ bản",
     "basic reproduction number"},
    {"susceptible", EPI_OPT_NUMBERS, "1", 0, 1, NULL, "", "phần dân số còn cảm nhiễm lúc đầu",
     "share of people susceptible at first"},
};
static const struct epi_estimate_option ages_options[] = {
    {"r0", EPI_OPT_NUMBERS, NULL, 0, 1000, NULL, "", "số lây nhiễm cơ bản khi mọi người cảm nhiễm",
     "basic reproduction number when all are susceptible"},
    {"matrix", EPI_OPT_WORD, "auto", 0, 0, "auto|contacts|per-person", "",
     "ma trận: số người tuổi j một người tuổi i gặp, hoặc số ấy chia cho dân số tuổi j; auto: cách "
     "đọc đối xứng hơn",
     "the matrix: people of age j met by one of age i, or that divided by the people of age j; "
     "auto: whichever reading is the more mutual"},
    {"susceptibility", EPI_OPT_TABLE, "", 0, 0, "susceptibility_1 p_susceptibility_1", "",
     "mức cảm nhiễm và tỷ lệ từng nhóm theo tuổi", "susceptibility and share of groups, by age"},
};
static const struct epi_estimate_column homogeneous_columns[] = {
    {"r0", "", "số lây nhiễm cơ bản", "basic reproduction number"},
    {"susceptible", "", "phần dân số cảm nhiễm", "share of people susceptible"},
    {"attack_susceptible", "", "tỷ lệ nhiễm cuối cùng trong người cảm nhiễm",
     "infected in the end among the susceptible"},
    {"attack_population", "", "tỷ lệ nhiễm cuối cùng trong dân số",
     "infected in the end among all"},
};
static const struct epi_estimate_column ages_columns[] = {
    {"r0", "", "số lây nhiễm cơ bản", "basic reproduction number"},
    {"age", "", "nhóm tuổi", "age"},
    {"group", "", "nhóm cảm nhiễm", "group of susceptibility"},
    {"susceptibility", "", "mức cảm nhiễm", "susceptibility"},
    {"share", "", "phần của nhóm trong lứa tuổi", "share of the group in its age"},
    {"p_infected", "", "tỷ lệ nhiễm cuối cùng", "infected in the end"},
    {"infected", "person", "số người nhiễm cuối cùng", "people infected in the end"},
};
static const struct epi_estimate_method methods[] = {
    {.figure = "final-size",
     .method = "homogeneous",
     .vi = "Quy mô cuối cùng của dịch khi mọi người tiếp xúc như nhau",
     .en = "Final size of an epidemic when all mix alike",
     .paper = "Miller 2012, Bull Math Biol 74:2125",
     .shape = EPI_SHAPE_NONE,
     .options = homogeneous_options,
     .options_n = EPI_COUNT(homogeneous_options),
     .columns = homogeneous_columns,
     .columns_n = EPI_COUNT(homogeneous_columns),
     .run = run_homogeneous},
    {.figure = "final-size",
     .method = "ages",
     .vi = "Quy mô cuối cùng của dịch theo lứa tuổi và nhóm cảm nhiễm",
     .en = "Final size of an epidemic by age and group of susceptibility",
     .paper = "Miller 2012, Bull Math Biol 74:2125; Andreasen 2011, Bull Math Biol 73:2305",
     .shape = EPI_SHAPE_TABLE,
     .input = "demography|population|people c1 c2? age?",
     .options = ages_options,
     .options_n = EPI_COUNT(ages_options),
     .columns = ages_columns,
     .columns_n = EPI_COUNT(ages_columns),
     .run = run_ages},
};
const struct epi_estimate_group epi__final_size_methods = {methods, EPI_COUNT(methods)};
