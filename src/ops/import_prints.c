// SPDX-License-Identifier: AGPL-3.0-or-later
/* What the rows of a file said of each record so far, as fingerprints: four bytes a mapped field,
 * so that a second row about a record is compared without keeping a million rows. A wrong "the
 * same" has a chance of one in four thousand million. */
#include "ops/import.h"
#include <stdlib.h>

#define HEAD 5 /* id, id of the person behind it, row */

struct epi__prints {
    uint16_t fields[EPI__TARGETS_MAX]; /* those that a column is mapped to */
    size_t n_fields, stride;
    uint32_t *lines;
    size_t n, cap;
    uint32_t *slots; /* line + 1 */
    size_t n_slots;
};

struct epi__prints *epi__prints_new(const struct epi__import *im, uint16_t kind)
{
    struct epi__prints *p = epi_xmalloc(sizeof *p);
    *p = (struct epi__prints){.n_fields = 0};
    for (size_t c = 0; c < im->mapping->n; c++) {
        int t = im->mapping->columns[c].target;
        if (t >= 0 && im->fields[t].kind == kind && im->fields[t].field != EPI__FIELD_ID)
            p->fields[p->n_fields++] = im->fields[t].field;
    }
    p->stride = HEAD + p->n_fields;
    p->cap = im->total_rows > 1024 ? (size_t)im->total_rows : 1024;
    p->lines = epi_xtable(p->cap * p->stride * sizeof *p->lines); /* taken up as it is used */
    return p;
}

void epi__prints_free(struct epi__prints *p)
{
    if (!p)
        return;
    free(p->lines);
    free(p->slots);
    free(p);
}

static uint32_t *line_at(const struct epi__prints *p, size_t i)
{
    return &p->lines[i * p->stride];
}

static uint64_t id_of(const uint32_t *line)
{
    return (uint64_t)line[0] << 32 | line[1];
}

static size_t slot_of(const struct epi__prints *p, uint64_t id)
{
    size_t at = (size_t)((id * 0x9e3779b97f4a7c15ull) >> 32) & (p->n_slots - 1);
    while (p->slots[at] && id_of(line_at(p, p->slots[at] - 1)) != id)
        at = (at + 1) & (p->n_slots - 1);
    return at;
}

static void grow(struct epi__prints *p)
{
    if (p->n == p->cap) {
        p->cap *= 2;
        p->lines = epi_xrealloc(p->lines, p->cap * p->stride * sizeof *p->lines);
    }
    if (p->n * 2 < p->n_slots)
        return;
    free(p->slots);
    p->n_slots = p->n_slots ? p->n_slots * 2 : 4096;
    while (p->n_slots < p->cap * 2 && p->n_slots < p->n * 8)
        p->n_slots *= 2;
    p->slots = epi_xtable(p->n_slots * sizeof *p->slots);
    memset(p->slots, 0, p->n_slots * sizeof *p->slots);
    for (size_t i = 0; i < p->n; i++)
        p->slots[slot_of(p, id_of(line_at(p, i)))] = (uint32_t)i + 1;
}

/* 0 = nothing was said. */
static uint32_t print_of(struct epi_value v)
{
    uint64_t h = 0;
    switch (v.t) {
    case EPI_V_NULL:
        return 0;
    case EPI_V_INT:
        h = epi_str_hash((epi_str){(const char *)&v.i, sizeof v.i});
        break;
    case EPI_V_REAL:
        h = epi_str_hash((epi_str){(const char *)&v.f, sizeof v.f});
        break;
    case EPI_V_TEXT:
        h = epi_str_hash(v.s);
        break;
    }
    uint32_t print = (uint32_t)(h ^ h >> 32);
    return print ? print : 1;
}

bool epi__prints_find(const struct epi__prints *p, const struct epi_record *r, bool *ret_more,
                      bool *ret_other, struct epi__print *ret)
{
    uint32_t slot = p->n_slots ? p->slots[slot_of(p, r->id.v)] : 0;
    if (!slot)
        return false;
    const uint32_t *line = line_at(p, slot - 1);
    *ret = (struct epi__print){.row = line[4], .person = {(uint64_t)line[2] << 32 | line[3]}};
    for (size_t i = 0; i < p->n_fields; i++) {
        uint32_t now = print_of(r->v[p->fields[i]]), before = line[HEAD + i];
        ret_more[p->fields[i]] = now && !before;
        ret_other[p->fields[i]] = now && before && now != before;
        ret->more += ret_more[p->fields[i]];
        ret->other += ret_other[p->fields[i]];
    }
    return true;
}

void epi__prints_add(struct epi__prints *p, const struct epi_record *r, epi_id person, uint32_t row)
{
    grow(p);
    size_t slot = slot_of(p, r->id.v);
    bool first = !p->slots[slot];
    if (first)
        p->slots[slot] = (uint32_t)++p->n;
    uint32_t *line = line_at(p, p->slots[slot] - 1);
    if (first) {
        memset(line, 0, p->stride * sizeof *line);
        line[0] = (uint32_t)(r->id.v >> 32);
        line[1] = (uint32_t)r->id.v;
        line[2] = (uint32_t)(person.v >> 32);
        line[3] = (uint32_t)person.v;
        line[4] = row;
    }
    for (size_t i = 0; i < p->n_fields; i++)
        if (!line[HEAD + i])
            line[HEAD + i] = print_of(r->v[p->fields[i]]);
}
