// SPDX-License-Identifier: AGPL-3.0-or-later
/* The figure "tree": who infected whom. */
#include "estimate/duration_internal.h"
#include "estimate/tree_read.h"

#define UNSETTLED 0.1 /* difference between chains that is too much */
#define LIKELY 0.5

static bool prior(struct epi_estimate_run *r, const char *name, double *ret_a, double *ret_b)
{
    size_t n;
    const double *v = epi_opt_numbers(r, name, &n);
    if (n != 2) {
        epi_finding_add(r->findings, EPI_ERROR, "estimate.tree.prior", 0, epi_str_of(name),
                        epi_opt_word(r, name), EPI_NIL);
        return false;
    }
    *ret_a = v[0], *ret_b = v[1];
    return true;
}

static epi_status read_options(struct epi_estimate_run *r, struct epi_tree_options *o)
{
    *o = EPI_TREE_STANDARD;
    o->seed = (uint64_t)epi_opt_number(r, "seed");
    o->chains = (size_t)epi_opt_number(r, "chains");
    o->rounds = (size_t)epi_opt_number(r, "iterations");
    o->burn_in = (size_t)epi_opt_number(r, "burn-in");
    o->generations = (size_t)epi_opt_number(r, "max-generations");
    o->find_imports = epi_opt_number(r, "find-imports") != 0;
    o->import_threshold = epi_opt_number(r, "import-threshold");
    o->mu_rate = epi_opt_number(r, "mu-prior");
    bool ok = prior(r, "pi-prior", &o->pi_a, &o->pi_b);
    ok = prior(r, "eps-prior", &o->eps_a, &o->eps_b) && ok;
    ok = prior(r, "lambda-prior", &o->lambda_a, &o->lambda_b) && ok;
    return ok ? EPI_OK : EPI_FAIL(r->err, EPI_INVALID, "estimate.options-faulty", "%s", "");
}

/* --- what comes out --- */
static epi_str case_name(const struct epi__tree_cases *c, size_t j)
{
    return j < c->n ? c->ids.name[j] : EPI_NIL;
}

/* The likeliest ancestor of each case, how likely, and how settled. */
static void case_rows(struct epi_estimate_run *r, const struct epi__tree_cases *c,
                      const struct epi_tree *t)
{
    struct epi_frame *f = &r->out->rows;
    size_t width = c->n + 1;
    epi_frame_init(f, c->n);
    epi_str *name = epi_frame_add_word(r->a, f, "case"),
            *ancestor = epi_frame_add_word(r->a, f, "ancestor");
    double *support = epi_frame_add(r->a, f, "support"),
           *entropy = epi_frame_add(r->a, f, "entropy"),
           *generations = epi_frame_add(r->a, f, "generations");
    static const char *const names[] = {"infected", "infected_low", "infected_high"};
    static const double at[] = {0.5, 0.975, 0.025}; /* of the delay: the longer, the earlier */
    double *days[3], *spread;
    for (size_t q = 0; q < 3; q++)
        days[q] = epi__add_days(r, f, names[q], c->date);
    spread = epi_frame_add(r->a, f, "spread");
    for (size_t i = 0; i < c->n; i++) {
        const double *p = t->ancestor + i * width, *kappa = t->kappa + i * t->generations;
        size_t best = 0, k = 0;
        entropy[i] = 0;
        for (size_t j = 0; j < width; j++) {
            best = p[j] > p[best] ? j : best;
            entropy[i] -= p[j] > 0 ? p[j] * log(p[j]) : 0;
        }
        name[i] = c->ids.name[i];
        ancestor[i] = case_name(c, best);
        support[i] = p[best];
        spread[i] = t->spread[i];
        for (size_t g = 1; g < t->generations; g++)
            k = kappa[g] > kappa[k] ? g : k;
        if (best < c->n)
            generations[i] = (double)k + 1;
        for (size_t q = 0; q < 3; q++) {
            double sum = 0;
            size_t d = 0;
            while (d + 1 < t->days && (sum += t->day[i * t->days + d]) < at[q])
                d++;
            days[q][i] = c->day[i] - (double)d;
        }
    }
}

static void edges(struct epi_estimate_run *r, const struct epi__tree_cases *c,
                  const struct epi_tree *t)
{
    double least = epi_opt_number(r, "min-probability");
    size_t width = c->n + 1, rows = 0, at = 0;
    for (size_t k = 0; k < c->n * width; k++)
        rows += t->ancestor[k] >= least;
    struct epi_frame *f = epi_out_table(r, "edges", rows);
    epi_str *name = epi_frame_add_word(r->a, f, "case"),
            *ancestor = epi_frame_add_word(r->a, f, "ancestor");
    double *p = epi_frame_add(r->a, f, "probability");
    for (size_t i = 0; i < c->n; i++)
        for (size_t j = 0; j < width; j++) {
            if (!(t->ancestor[i * width + j] >= least))
                continue;
            name[at] = c->ids.name[i], ancestor[at] = case_name(c, j);
            p[at++] = t->ancestor[i * width + j];
        }
}

static void chains(struct epi_estimate_run *r, const struct epi_tree_data *d,
                   const struct epi_tree *t)
{
    struct epi_frame *f = epi_out_table(r, "chains", t->chains_n);
    static const char *const names[] = {"chain", "log_posterior", "log_likelihood", "mu",
                                        "pi",    "eps",           "lambda"};
    double *column[EPI_COUNT(names)], mean[EPI_COUNT(names)] = {0}, used = 0;
    for (size_t v = 0; v < EPI_COUNT(names); v++)
        column[v] = epi_frame_add(r->a, f, names[v]);
    epi_str *counts = epi_frame_add_word(r->a, f, "used");
    for (size_t k = 0; k < t->chains_n; k++) {
        const struct epi_tree_chain *c = &t->chains[k];
        const double value[] = {(double)k + 1,
                                c->log_posterior,
                                c->log_likelihood,
                                d->distance ? c->mu : (double)NAN,
                                c->pi,
                                d->contact ? c->eps : (double)NAN,
                                d->contact ? c->lambda : (double)NAN};
        counts[k] = c->used ? EPI_S("yes") : EPI_S("no");
        used += c->used;
        for (size_t v = 0; v < EPI_COUNT(names); v++) {
            column[v][k] = value[v];
            mean[v] += c->used ? value[v] : 0;
        }
    }
    for (size_t v = 1; v < EPI_COUNT(names); v++)
        epi_out_value(r, names[v], mean[v] / used);
    epi_out_value(r, "chains_used", used);
    if (used < (double)t->chains_n)
        epi__note_count(r, EPI_NOTE, "estimate.tree.chain-low", t->chains_n - (size_t)used, "");
}

static void notes(struct epi_estimate_run *r, const struct epi__tree_cases *c,
                  const struct epi_tree_data *d, const struct epi_tree *t)
{
    size_t sourceless = 0, found = 0, unsettled = 0, weak = 0, unsequenced = 0, imports = 0;
    for (size_t i = 0; i < c->n; i++) {
        double most = 0, none = t->ancestor[i * (c->n + 1) + c->n];
        bool sequence = false;
        for (size_t j = 0; j < c->n; j++) {
            most = fmax(most, t->ancestor[i * (c->n + 1) + j]);
            sequence = sequence || (d->distance && !isnan(d->distance[i * c->n + j]));
        }
        sourceless += t->sourceless[i];
        found += t->found[i] && !c->imported[i];
        unsettled += t->spread[i] > UNSETTLED;
        weak += fmax(most, none) < LIKELY;
        unsequenced += d->distance && !sequence;
        imports += none > LIKELY;
    }
    epi_out_value(r, "cases", (double)c->n);
    epi_out_value(r, "imports", (double)imports);
    epi__note_count(r, EPI_NOTE, "estimate.tree.left-out", c->left_out, "");
    epi__note_count(r, EPI_NOTE, "estimate.tree.sourceless", sourceless, "");
    if (found > 1)
        epi__note_count(r, EPI_NOTE, "estimate.tree.imports-found", found - 1, "");
    epi__note_count(r, EPI_WARNING, "estimate.tree.unsettled", unsettled, "");
    epi__note_count(r, EPI_NOTE, "estimate.tree.unsequenced", unsequenced, "");
    if (!d->distance && !d->contact)
        epi_out_note(r, EPI_WARNING, "estimate.tree.dates-only", 0, EPI_NIL, EPI_NIL);
    epi__note_count(r, EPI_NOTE, "estimate.tree.weak", weak, "");
}

static epi_status run_reconstruct(struct epi_estimate_run *r)
{
    struct epi__tree_cases c = {0};
    struct epi_tree_data d = {0};
    struct epi_tree_options o;
    struct epi_tree t;
    EPI_TRY(read_options(r, &o));
    EPI_TRY(epi__tree_read(r, &c, &d));
    EPI_TRY(epi_tree(r->a, &d, &o, &t, r->err));
    case_rows(r, &c, &t);
    edges(r, &c, &t);
    chains(r, &d, &t);
    notes(r, &c, &d, &t);
    return EPI_OK;
}

static const struct epi_estimate_option options[] = {
    EPI__DURATION_OPTIONS("generation", "", "thời gian thế hệ", "generation time"),
    EPI__DURATION_OPTIONS("delay", "", "từ nhiễm đến ngày của ca (mặc định như thời gian thế hệ)",
                          "infection to the day of the case (like the generation time if absent)"),
    {"distances", EPI_OPT_TABLE, "", 0, 0, "i|from j|to n_mutations|distance|snps", "",
     "số đột biến khác nhau giữa hai ca", "mutations between two cases"},
    {"genome-length", EPI_OPT_NUMBER, "", 1, 1e11, NULL, "", "độ dài bộ gen đã so sánh",
     "length of the genome compared"},
    {"contacts", EPI_OPT_TABLE, "", 0, 0, "i|from j|to", "", "các cặp ca có tiếp xúc",
     "pairs of cases that had contact"},
    {"contacts-directed", EPI_OPT_FLAG, "no", 0, 0, NULL, "", "cặp tiếp xúc cho biết ai lây cho ai",
     "contacts say who exposed whom"},
    {"find-imports", EPI_OPT_FLAG, "yes", 0, 0, NULL, "",
     "tìm ca từ nơi khác (khi cột imported không cho biết)",
     "look for cases from elsewhere (unless the column imported tells)"},
    {"import-threshold", EPI_OPT_NUMBER, "5", 1, 1000, NULL, "",
     "ca từ nơi khác: khó giải thích gấp chừng này lần trung bình",
     "imports are this many times as hard to explain as the mean case"},
    {"max-generations", EPI_OPT_INTEGER, "5", 1, 20, NULL, "", "số thế hệ nhiều nhất giữa hai ca",
     "most generations between two cases"},
    {"pi-prior", EPI_OPT_NUMBERS, "10,1", 0.01, 1e6, NULL, "",
     "phân phối beta tiên nghiệm của tỷ lệ ca được phát hiện", "beta prior of the share seen"},
    {"mu-prior", EPI_OPT_NUMBER, "1", 1e-9, 1e9, NULL, "",
     "phân phối mũ tiên nghiệm của tốc độ đột biến", "exponential prior of mutations per site"},
    {"eps-prior", EPI_OPT_NUMBERS, "1,1", 0.01, 1e6, NULL, "",
     "phân phối beta tiên nghiệm của tỷ lệ tiếp xúc được khai",
     "beta prior of the share of contacts reported"},
    {"lambda-prior", EPI_OPT_NUMBERS, "1,1", 0.01, 1e6, NULL, "",
     "phân phối beta tiên nghiệm của tiếp xúc không lây",
     "beta prior of contact without transmission"},
    {"chains", EPI_OPT_INTEGER, "4", 1, 32, NULL, "", "số chuỗi độc lập", "independent chains"},
    {"iterations", EPI_OPT_INTEGER, "2500", 100, 1000000, NULL, "",
     "số vòng mỗi chuỗi sau khởi động", "rounds of a chain after the burn-in"},
    {"burn-in", EPI_OPT_INTEGER, "500", 0, 1000000, NULL, "", "số vòng khởi động",
     "rounds left out at first"},
    {"seed", EPI_OPT_INTEGER, "1", 0, 9007199254740992.0, NULL, "", "hạt giống ngẫu nhiên",
     "seed of the random numbers"},
    {"min-probability", EPI_OPT_NUMBER, "0.02", 0, 1, NULL, "",
     "xác suất nhỏ nhất được ghi trong bảng edges", "least probability in the table of edges"},
};
static const struct epi_estimate_column columns[] = {
    {"case", "", "ca", "case"},
    {"ancestor", "", "ca lây có khả năng nhất; trống: từ nơi khác",
     "likeliest infector; empty: from elsewhere"},
    {"support", "", "xác suất của ca ấy", "its probability"},
    {"entropy", "", "độ bất định giữa các khả năng (nat)", "uncertainty among all of them (nats)"},
    {"generations", "", "số thế hệ giữa hai ca; 1 = lây trực tiếp",
     "generations between the two; 1 = direct"},
    {"infected", "", "ngày nhiễm (trung vị)", "day of infection, median"},
    {"infected_low", "", "giới hạn 2,5 %", "2.5 % limit"},
    {"infected_high", "", "giới hạn 97,5 %", "97.5 % limit"},
    {"spread", "", "chênh lệch lớn nhất của xác suất giữa các chuỗi",
     "largest difference of a probability between chains"},
};
static const struct epi_estimate_method methods[] = {
    {.figure = "tree",
     .method = "reconstruct",
     .vi = "Ai lây cho ai: từ ngày, và từ trình tự gen, tiếp xúc nếu có",
     .en = "Who infected whom: from dates, and from sequences and contacts where known",
     .paper =
         "Jombart et al. 2014, PLoS Comput Biol 10:e1003457; Campbell et al. 2019, PLoS Comput "
         "Biol 15:e1006930",
     .shape = EPI_SHAPE_TABLE,
     .input = "case|id date|onset|sampled|t imported?",
     .options = options,
     .options_n = EPI_COUNT(options),
     .columns = columns,
     .columns_n = EPI_COUNT(columns),
     .run = run_reconstruct},
};
const struct epi_estimate_group epi__tree_methods = {methods, EPI_COUNT(methods)};
