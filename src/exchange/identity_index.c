// SPDX-License-Identifier: AGPL-3.0-or-later
#include "exchange/identity.h"

#include <stdlib.h>

/* Per person 28 bytes of facts, about 8 of name and up to six slots of 4 bytes: a million people
 * fit in 64 MB. Names are lists of word numbers (Vietnamese names draw on a few thousand words);
 * documents, phones and codes are 40-bit hashes: among a million people one question in a million
 * meets a wrong one, name and birth date must agree besides, and the store compares the texts
 * before anything is merged. */
#define PEOPLE_MAX 16777214U
#define KEYS 6
#define BUCKET 16 /* slots of one cache line */
#define TOKENS 12
/* Candidates looked at for one key: a very common name without a birth year has thousands. */
#define LOOK_MAX 64
#define CANDIDATES 96

struct hash40 {
    uint8_t b[5]; /* all zero = unknown */
};
struct word {
    uint32_t at; /* into word_text */
    uint8_t n;
};
struct person {    /* 28 bytes: one line of the cache holds two */
    uint32_t name; /* offset into names: count byte, then 1 to 3 bytes per word number */
    int32_t birth; /* days, or YEAR_BASE - year when only the year is known, or INT32_MIN */
    uint16_t unit; /* hash; 0 = unknown */
    uint8_t sex;
    struct hash40 document, phone, code;
};
struct epi_identity_index {
    size_t n, cap;
    struct person *people;
    /* names */
    uint8_t *names;
    size_t names_n, names_cap;
    struct word *words;
    size_t n_words, words_cap;
    char *word_text;
    size_t word_text_n, word_text_cap;
    uint32_t *word_table;
    size_t word_table_size;
    /* keys: slot = (number + 1) << 8 | tag */
    uint32_t *slots;
    size_t n_buckets, used;
};

#define YEAR_BASE (-2000000000)

static uint64_t mix(uint64_t h)
{
    h ^= h >> 32;
    h *= 0xD6E8FEB86659FD93ULL;
    h ^= h >> 32;
    h *= 0xD6E8FEB86659FD93ULL;
    return h ^ h >> 32;
}

static struct hash40 hash40(epi_str s)
{
    struct hash40 h = {{0}};
    if (s.n) {
        uint64_t v = epi_str_hash(s) | 1;
        memcpy(h.b, &v, sizeof h.b);
    }
    return h;
}

static bool known(struct hash40 h)
{
    static const struct hash40 none = {{0}};
    return memcmp(&h, &none, sizeof h) != 0;
}

static uint64_t widen(struct hash40 h)
{
    uint64_t v = 0;
    memcpy(&v, h.b, sizeof h.b);
    return v;
}

/* --- memory ---------------------------------------------------------------------------------- */
static void grow_people(struct epi_identity_index *x, size_t cap)
{
    struct person *people = epi_xtable(cap * sizeof *people);
    if (x->n)
        memcpy(people, x->people, x->n * sizeof *people);
    free(x->people);
    x->people = people;
    x->cap = cap;
}

static uint32_t *new_slots(size_t buckets)
{
    size_t bytes = buckets * BUCKET * sizeof(uint32_t);
    uint32_t *slots = epi_xtable(bytes);
    memset(slots, 0, bytes);
    return slots;
}

struct epi_identity_index *epi_identity_index_new(size_t expected)
{
    struct epi_identity_index *x = epi_xmalloc(sizeof *x);
    *x = (struct epi_identity_index){.n = 0};
    expected = expected > PEOPLE_MAX ? PEOPLE_MAX : expected < 64 ? 64 : expected;
    grow_people(x, expected);
    /* eight ninths full when everybody has every key */
    x->n_buckets = expected * KEYS * 9 / 8 / BUCKET + 2;
    x->slots = new_slots(x->n_buckets);
    x->names_cap = expected * 8;
    x->names = epi_xtable(x->names_cap);
    x->word_table_size = 8192;
    x->word_table = epi_xmalloc(x->word_table_size * sizeof *x->word_table);
    memset(x->word_table, 0, x->word_table_size * sizeof *x->word_table);
    return x;
}

void epi_identity_index_free(struct epi_identity_index *x)
{
    if (!x)
        return;
    void *all[] = {x->people, x->names, x->words, x->word_text, x->word_table, x->slots};
    for (size_t i = 0; i < EPI_COUNT(all); i++)
        free(all[i]);
    free(x);
}

size_t epi_identity_count(const struct epi_identity_index *x)
{
    return x->n;
}

size_t epi_identity_memory(const struct epi_identity_index *x)
{
    return sizeof *x + x->cap * sizeof *x->people + x->names_cap + x->words_cap * sizeof *x->words +
           x->word_text_cap + x->word_table_size * sizeof *x->word_table +
           x->n_buckets * BUCKET * sizeof *x->slots;
}

/* --- words of names -------------------------------------------------------------------------- */
static size_t word_slot(const struct epi_identity_index *x, epi_str w)
{
    size_t i = (size_t)epi_str_hash(w) & (x->word_table_size - 1);
    for (; x->word_table[i]; i = (i + 1) & (x->word_table_size - 1)) {
        const struct word *k = &x->words[x->word_table[i] - 1];
        if (k->n == w.n && memcmp(x->word_text + k->at, w.p, w.n) == 0)
            break;
    }
    return i;
}

static void grow_word_table(struct epi_identity_index *x)
{
    x->word_table_size *= 2;
    free(x->word_table);
    x->word_table = epi_xmalloc(x->word_table_size * sizeof *x->word_table);
    memset(x->word_table, 0, x->word_table_size * sizeof *x->word_table);
    for (size_t i = 0; i < x->n_words; i++) {
        epi_str w = {x->word_text + x->words[i].at, x->words[i].n};
        x->word_table[word_slot(x, w)] = (uint32_t)i + 1;
    }
}

static uint32_t intern(struct epi_identity_index *x, epi_str w)
{
    size_t slot = word_slot(x, w);
    if (x->word_table[slot])
        return x->word_table[slot] - 1;
    if (x->n_words == x->words_cap) {
        x->words_cap = x->words_cap ? x->words_cap * 2 : 1024;
        x->words = epi_xrealloc(x->words, x->words_cap * sizeof *x->words);
    }
    while (x->word_text_n + w.n > x->word_text_cap) {
        x->word_text_cap = x->word_text_cap ? x->word_text_cap * 2 : 8192;
        x->word_text = epi_xrealloc(x->word_text, x->word_text_cap);
    }
    memcpy(x->word_text + x->word_text_n, w.p, w.n);
    x->words[x->n_words] = (struct word){(uint32_t)x->word_text_n, (uint8_t)w.n};
    x->word_text_n += w.n;
    x->word_table[slot] = (uint32_t)++x->n_words;
    uint32_t number = (uint32_t)x->n_words - 1;
    if (x->n_words * 2 > x->word_table_size)
        grow_word_table(x);
    return number;
}

static size_t tokens(epi_str name, epi_str out[TOKENS])
{
    size_t n = 0;
    epi_str rest = name, part;
    while (n < TOKENS && epi_str_split(&rest, ' ', &part))
        if (part.n)
            out[n++] = epi_str_sub(part, 0, 255);
    return n;
}

static uint32_t store_name(struct epi_identity_index *x, const epi_str *t, size_t n)
{
    if (x->names_n + 1 + TOKENS * 4 > x->names_cap) {
        x->names_cap = x->names_cap + x->names_cap / 4 + 4096;
        x->names = epi_xrealloc(x->names, x->names_cap);
    }
    size_t at = x->names_n;
    x->names[x->names_n++] = (uint8_t)n;
    for (size_t i = 0; i < n; i++) {
        uint32_t w = intern(x, t[i]);
        while (w >= 0x80) {
            x->names[x->names_n++] = (uint8_t)(w | 0x80);
            w >>= 7;
        }
        x->names[x->names_n++] = (uint8_t)w;
    }
    return (uint32_t)at;
}

static epi_str load_name(const struct epi_identity_index *x, uint32_t at, char out[256])
{
    const uint8_t *p = x->names + at;
    size_t n = *p++, len = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t w = 0;
        for (unsigned shift = 0;; shift += 7) {
            w |= (uint32_t)(*p & 0x7F) << shift;
            if (!(*p++ & 0x80))
                break;
        }
        const struct word *k = &x->words[w];
        if (len + k->n + 1 > 255)
            break;
        if (len)
            out[len++] = ' ';
        memcpy(out + len, x->word_text + k->at, k->n);
        len += k->n;
    }
    return (epi_str){out, len};
}

/* --- keys ------------------------------------------------------------------------------------ */
static uint64_t name_set(const epi_str *t, size_t n) /* the same for any order of the words */
{
    uint64_t h = n;
    for (size_t i = 0; i < n; i++)
        h += mix(epi_str_hash(t[i]));
    return h;
}

static uint64_t initials(const epi_str *t, size_t n)
{
    uint64_t h = n;
    for (size_t i = 0; i < n; i++)
        h += mix((uint64_t)(uint8_t)t[i].p[0] + 77);
    return h;
}

/* What a slot found by a key must show before it counts: the tag alone is right in 255 of 256
 * cases. */
enum key_kind {
    K_CODE = 1,
    K_DOCUMENT,
    K_BIRTH_GIVEN,
    K_BIRTH_INITIALS,
    K_NAME_YEAR,
    K_PHONE_GIVEN
};

struct key {
    uint64_t v;
    enum key_kind kind;
};

static struct key key(enum key_kind kind, uint64_t a, uint64_t b)
{
    return (struct key){mix(mix(a + (uint64_t)kind * 0x9E3779B97F4A7C15ULL) + b), kind};
}

/* The word that carries a name: the last in Vietnamese, and the family name in the Western order.
 * Names written the other way round still meet in the initials and the whole set. */
static size_t keys_of(const struct epi_identity *p, const epi_str *t, size_t n, int year,
                      struct key out[KEYS])
{
    size_t k = 0;
    struct hash40 code = hash40(p->code), document = hash40(p->document), phone = hash40(p->phone);
    if (known(code))
        out[k++] = key(K_CODE, widen(code), 0);
    if (known(document))
        out[k++] = key(K_DOCUMENT, widen(document), 0);
    if (n == 0)
        return k;
    uint64_t given = epi_str_hash(t[n - 1]);
    if (epi_date_known(p->birth)) {
        out[k++] = key(K_BIRTH_GIVEN, (uint64_t)(int64_t)p->birth.d, given);
        out[k++] = key(K_BIRTH_INITIALS, (uint64_t)(int64_t)p->birth.d, initials(t, n));
    }
    out[k++] = key(K_NAME_YEAR, name_set(t, n), (uint64_t)year);
    if (known(phone))
        out[k++] = key(K_PHONE_GIVEN, widen(phone), given);
    return k;
}

static size_t bucket_of(const struct epi_identity_index *x, uint64_t key)
{
    return (size_t)(((key >> 32) * (uint64_t)x->n_buckets) >> 32);
}

static void put_slot(struct epi_identity_index *x, struct key k, uint32_t number)
{
    size_t b = bucket_of(x, k.v);
    for (;; b = b + 1 == x->n_buckets ? 0 : b + 1)
        for (size_t i = 0; i < BUCKET; i++)
            if (!x->slots[b * BUCKET + i]) {
                x->slots[b * BUCKET + i] = (number + 1) << 8 | (uint32_t)(k.v & 0xFF);
                x->used++;
                return;
            }
}

static int year_of(const struct epi_identity *p)
{
    int y = p->birth_year, m, d;
    if (epi_date_known(p->birth))
        epi_date_split(p->birth, &y, &m, &d);
    return y > 0 && y < 10000 ? y : 0;
}

static uint16_t unit_hash(epi_str unit)
{
    return unit.n ? (uint16_t)(epi_str_hash(unit) | 1) : 0;
}

/* --- people ---------------------------------------------------------------------------------- */
/* The texts of documents, phones and codes are not kept: where the hash is that of the asked
 * person, the asked person's text stands in, else a text that equals nothing. */
static epi_str stand_in(struct hash40 mine, epi_str asked)
{
    if (!known(mine))
        return EPI_NIL;
    struct hash40 h = hash40(asked);
    return known(h) && memcmp(&h, &mine, sizeof h) == 0 ? asked : EPI_S("\x01");
}

static bool year_only(int32_t birth)
{
    return birth > INT32_MIN && birth <= YEAR_BASE;
}

static struct epi_identity load(const struct epi_identity_index *x, uint32_t i,
                                const struct epi_identity *asked, char name[256])
{
    const struct person *k = &x->people[i];
    struct epi_identity p = {
        .name = load_name(x, k->name, name),
        .birth = year_only(k->birth) ? EPI_DATE_UNKNOWN : (epi_date){k->birth},
        .birth_year = year_only(k->birth) ? YEAR_BASE - k->birth : 0,
        .sex = (char)k->sex,
        .document = stand_in(k->document, asked->document),
        .phone = stand_in(k->phone, asked->phone),
        .code = stand_in(k->code, asked->code),
    };
    if (k->unit && asked->unit.n)
        p.unit = k->unit == unit_hash(asked->unit) ? asked->unit : EPI_S("\x01");
    return p;
}

static void rebuild(struct epi_identity_index *x, size_t cap);

uint32_t epi_identity_add(struct epi_identity_index *x, const struct epi_identity *p)
{
    if (x->n >= PEOPLE_MAX || x->names_n > UINT32_MAX - 256)
        return EPI_IDENTITY_FULL;
    if (x->n == x->cap || (x->used + KEYS) * 16 > x->n_buckets * BUCKET * 15)
        rebuild(x, x->n == x->cap ? x->cap + x->cap / 2 : x->cap);
    epi_str t[TOKENS];
    struct key keys[KEYS];
    size_t n = tokens(p->name, t);
    int year = year_of(p);
    uint32_t i = (uint32_t)x->n++;
    size_t n_keys = keys_of(p, t, n, year, keys);
    for (size_t k = 0; k < n_keys; k++)
        __builtin_prefetch(&x->slots[bucket_of(x, keys[k].v) * BUCKET], 1);
    x->people[i] = (struct person){
        .name = store_name(x, t, n),
        .birth = epi_date_known(p->birth) ? p->birth.d
                 : year                   ? YEAR_BASE - year
                                          : INT32_MIN,
        .unit = unit_hash(p->unit),
        .sex = (uint8_t)p->sex,
        .document = hash40(p->document),
        .phone = hash40(p->phone),
        .code = hash40(p->code),
    };
    for (size_t k = 0; k < n_keys; k++)
        put_slot(x, keys[k], i);
    return i;
}

/* Keys are made from hashes of texts that are not kept, but the hashes are, and they are all a key
 * needs. */
static void rekey(struct epi_identity_index *x, uint32_t i)
{
    char name[256];
    epi_str t[TOKENS];
    static const struct epi_identity nobody = {.sex = 0};
    struct epi_identity p = load(x, i, &nobody, name);
    size_t n = tokens(p.name, t);
    if (known(x->people[i].code))
        put_slot(x, key(K_CODE, widen(x->people[i].code), 0), i);
    if (known(x->people[i].document))
        put_slot(x, key(K_DOCUMENT, widen(x->people[i].document), 0), i);
    p.code = p.document = p.phone = EPI_NIL;
    struct key keys[KEYS];
    size_t n_keys = keys_of(&p, t, n, year_of(&p), keys);
    for (size_t k = 0; k < n_keys; k++)
        put_slot(x, keys[k], i);
    if (n && known(x->people[i].phone))
        put_slot(x, key(K_PHONE_GIVEN, widen(x->people[i].phone), epi_str_hash(t[n - 1])), i);
}

static void rebuild(struct epi_identity_index *x, size_t cap)
{
    if (cap > x->cap)
        grow_people(x, cap > PEOPLE_MAX ? PEOPLE_MAX : cap);
    size_t wanted = x->cap * KEYS * 9 / 8 / BUCKET + 2;
    x->n_buckets = wanted > x->n_buckets ? wanted : x->n_buckets + x->n_buckets / 4 + 1;
    free(x->slots);
    x->slots = new_slots(x->n_buckets);
    x->used = 0;
    for (uint32_t i = 0; i < x->n; i++)
        rekey(x, i);
}

/* --- finding --------------------------------------------------------------------------------- */
struct found {
    uint32_t list[CANDIDATES];
    size_t n;
};

struct asked { /* the question, prepared once */
    const struct epi_identity *p;
    struct hash40 document, phone, code;
    int year;
    int32_t first_day, last_day; /* of the year */
};

static bool same_hash(struct hash40 a, struct hash40 b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

/* Does the person found under a key really have what the key stands for? */
static bool confirmed(const struct person *k, const struct asked *q, enum key_kind kind)
{
    switch (kind) {
    case K_CODE:
        return same_hash(k->code, q->code);
    case K_DOCUMENT:
        return same_hash(k->document, q->document);
    case K_PHONE_GIVEN:
        return same_hash(k->phone, q->phone);
    case K_BIRTH_GIVEN:
    case K_BIRTH_INITIALS:
        return k->birth == q->p->birth.d;
    case K_NAME_YEAR: /* people without a year are asked for by everybody, and ask for everybody */
        return !q->year || k->birth == INT32_MIN || k->birth == YEAR_BASE - q->year ||
               (k->birth >= q->first_day && k->birth <= q->last_day);
    }
    return false;
}

static void collect(const struct epi_identity_index *x, struct key k, const struct asked *q,
                    struct found *f)
{
    size_t b = bucket_of(x, k.v), looked = 0;
    for (;; b = b + 1 == x->n_buckets ? 0 : b + 1)
        for (size_t i = 0; i < BUCKET; i++) {
            uint32_t slot = x->slots[b * BUCKET + i];
            if (!slot)
                return;
            if ((slot & 0xFF) != (uint32_t)(k.v & 0xFF))
                continue;
            uint32_t number = (slot >> 8) - 1;
            if (!confirmed(&x->people[number], q, k.kind))
                continue;
            size_t c = 0;
            while (c < f->n && f->list[c] != number)
                c++;
            if (c == f->n && f->n < CANDIDATES)
                f->list[f->n++] = number;
            if (++looked >= LOOK_MAX)
                return;
        }
}

/* The people that the first line of a key names are on their way while other keys are looked at. */
static void fetch_ahead(const struct epi_identity_index *x, struct key k)
{
    const uint32_t *slot = &x->slots[bucket_of(x, k.v) * BUCKET];
    for (size_t i = 0; i < BUCKET && slot[i]; i++)
        if ((slot[i] & 0xFF) == (uint32_t)(k.v & 0xFF))
            __builtin_prefetch(&x->people[(slot[i] >> 8) - 1]);
}

/* Another document and another birthday: different whatever the name is (identity.c), so the name
 * need not be read. Most people found by name and year alone are that. */
static bool surely_different(const struct person *k, const struct asked *q)
{
    return known(k->document) && known(q->document) && !same_hash(k->document, q->document) &&
           !(known(k->code) && same_hash(k->code, q->code)) &&
           !(epi_date_known(q->p->birth) && k->birth == q->p->birth.d);
}

static bool better(const struct epi_match *a, const struct epi_match *b)
{
    if (a->outcome != b->outcome)
        return a->outcome > b->outcome;
    return a->score > b->score;
}

static size_t judge(const struct epi_identity_index *x, const struct asked *q,
                    const struct found *f, struct epi_match *out, size_t max)
{
    const struct epi_identity *p = q->p;
    size_t n = 0;
    for (size_t c = 0; c < f->n; c++) {
        char name[256];
        uint32_t i = f->list[c];
        if (surely_different(&x->people[i], q))
            continue;
        struct epi_identity other = load(x, i, p, name);
        struct epi_match m = epi_identity_compare(p, &other);
        if (m.outcome == EPI_MATCH_DIFFERENT)
            continue;
        m.who = i;
        size_t at = n < max ? n++ : max;
        while (at > 0 && better(&m, &out[at - 1])) {
            if (at < max)
                out[at] = out[at - 1];
            at--;
        }
        if (at < max)
            out[at] = m;
    }
    return n;
}

size_t epi_identity_find(const struct epi_identity_index *x, const struct epi_identity *p,
                         struct epi_match *out, size_t max)
{
    epi_str t[TOKENS];
    struct key keys[KEYS];
    struct found f = {.n = 0};
    size_t n = tokens(p->name, t);
    struct asked q = {p, hash40(p->document), hash40(p->phone), hash40(p->code), year_of(p), 0, 0};
    if (q.year) {
        q.first_day = epi_date_ymd(q.year, 1, 1).d;
        q.last_day = epi_date_ymd(q.year, 12, 31).d;
    }
    size_t n_keys = keys_of(p, t, n, q.year, keys);
    for (size_t k = 0; k < n_keys; k++) /* all lines on their way before the first is needed */
        __builtin_prefetch(&x->slots[bucket_of(x, keys[k].v) * BUCKET]);
    for (size_t k = 0; k < n_keys; k++)
        fetch_ahead(x, keys[k]);
    for (size_t k = 0; k < n_keys; k++) {
        if (max == 1 && f.n && keys[k].kind > K_DOCUMENT && judge(x, &q, &f, out, 1) &&
            out[0].outcome == EPI_MATCH_SAME)
            return 1; /* one answer was asked for and code or document gave it */
        collect(x, keys[k], &q, &f);
    }
    if (n && q.year) /* people whose year is unknown */
        collect(x, key(K_NAME_YEAR, name_set(t, n), 0), &q, &f);
    if (n && !q.year) /* asked without a year: every year somebody alive can be born in */
        for (int y = 1900; y < 2100; y++)
            collect(x, key(K_NAME_YEAR, name_set(t, n), (uint64_t)y), &q, &f);
    return max ? judge(x, &q, &f, out, max) : 0;
}
