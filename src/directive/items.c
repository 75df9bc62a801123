// SPDX-License-Identifier: AGPL-3.0-or-later
#include "directive/directive_internal.h"

#define TITLE_LONGEST 200u /* bytes */
#define DEPTH_MAX 9        /* as many as there are kinds of marker */
#define NO_NODE SIZE_MAX

struct node {
    size_t parent, block, last; /* block of the marker, last paragraph that follows it directly */
    size_t extra, extra_last;   /* paragraphs after its children, chained through `next` */
    size_t children, filled;
    struct epi_directive_item *item;
};
struct tree {
    struct epi__parse *x;
    const struct epi__block *b;
    size_t n;
    struct node *nodes;
    size_t nodes_n;
    size_t *next; /* by block */
    enum epi__rank top;
    size_t closing_from, closing_to; /* blocks */
    struct epi_directive_item **items;
    size_t *items_n;
};

/* "./." ends the body by custom; the value keeps its full stop only. */
static void drop_end_mark(const struct epi__text *t, struct epi__block *b)
{
    while (b->to > b->from && t->fold[b->to - 1] == ' ')
        b->to--;
    if (b->to >= b->from + 2 && t->fold[b->to - 1] == '.' && t->fold[b->to - 2] == '/')
        b->to -= 2;
    else if (b->to > b->from && t->fold[b->to - 1] == '/')
        b->to--;
}

static bool had_end_mark(const struct epi__text *t, const struct epi__block *b)
{
    return b->to < t->n && t->fold[b->to] == '/';
}

static bool is_note(const struct tree *r, const struct epi__block *b)
{
    return b->rank >= EPI__DASH && r->top != EPI__ANNEX &&
           epi__match_any(&r->x->flow, b->from, b->to, &r->x->f->note, NULL) != EPI__NONE;
}

static bool is_marker(const struct tree *r, const struct epi__block *b)
{
    return b->rank != EPI__PARAGRAPH && !is_note(r, b);
}

static enum epi__rank top_rank(const struct tree *r)
{
    enum epi__rank top = EPI__PARAGRAPH;
    for (size_t i = 0; i < r->n; i++)
        if (r->b[i].rank < top && is_marker(r, &r->b[i]))
            top = r->b[i].rank;
    return top;
}

/* Is the block's line a heading and nothing more? Fills the title span. */
static bool heading(const struct tree *r, size_t block, size_t agencies_end, struct epi__span *ret)
{
    const struct epi__text *t = &r->x->flow;
    const struct epi__block *b = &r->b[block];
    *ret = (struct epi__span){b->from, b->from};
    if (agencies_end > b->from) {
        size_t rest = epi__skip_space(t, agencies_end, b->to);
        if (rest < b->to && t->fold[rest] != ':')
            return false;
        ret->to = agencies_end;
        return rest >= b->to || epi__skip_space(t, rest + 1, b->to) >= b->to;
    }
    bool more = block + 1 < r->n && r->b[block + 1].rank > b->rank;
    struct epi__span s = epi__trim_end(t, (struct epi__span){b->from, b->to}, ":");
    if (!more || s.to - s.from > TITLE_LONGEST || epi__ends_sentence(t, s.from, s.to) ||
        s.to <= s.from || t->fold[s.to - 1] == ',')
        return false;
    *ret = s;
    return true;
}

static void own_text(const struct tree *r, struct node *node)
{
    const struct epi__text *t = &r->x->flow;
    struct epi__span s = {r->b[node->block].from, r->b[node->last].to};
    struct epi_directive_field *f = &node->item->text;
    *f = epi__field(t, s, 0.95);
    if (!f->text.n) { /* a marker with nothing behind it still has its place */
        f->offset = r->b[node->block].raw;
        f->confidence = 0.2;
    }
    if (node->extra == NO_NODE)
        return;
    size_t total = f->text.n;
    for (size_t i = node->extra; i != NO_NODE; i = r->next[i])
        total += 1 + r->b[i].to - r->b[i].from;
    char *p = EPI_ARRAY(r->x->a, total + 1, char);
    size_t n = f->text.n;
    if (n)
        memcpy(p, f->text.p, n);
    for (size_t i = node->extra; i != NO_NODE; i = r->next[i]) {
        p[n++] = '\n';
        memcpy(p + n, t->p + r->b[i].from, r->b[i].to - r->b[i].from);
        n += r->b[i].to - r->b[i].from;
    }
    f->text = (epi_str){p, n};
    f->confidence = 0.8;
}

static void new_node(struct tree *r, size_t block, size_t *stack, size_t *depth)
{
    enum epi__rank rank = r->b[block].rank;
    while (*depth && r->b[r->nodes[stack[*depth - 1]].block].rank >= rank)
        (*depth)--;
    struct node *node = &r->nodes[r->nodes_n];
    *node = (struct node){.parent = *depth ? stack[*depth - 1] : NO_NODE,
                          .block = block,
                          .last = block,
                          .extra = NO_NODE};
    if (node->parent != NO_NODE)
        r->nodes[node->parent].children++;
    else
        ++*r->items_n;
    stack[(*depth)++] = r->nodes_n++;
}

static void put_note(struct tree *r, const struct epi__block *b)
{
    struct epi__parse *x = r->x;
    if (x->notes.n >= EPI_DIRECTIVE_MAX_ENTRIES)
        return;
    struct epi_directive_field *f = epi__grow(x->a, &x->notes, sizeof *f);
    *f = epi__field(&x->flow, (struct epi__span){b->from, b->to}, 0.9);
}

/* A paragraph without marker inside the items. */
static void take_paragraph(struct tree *r, size_t block, size_t top_node)
{
    struct node *last = &r->nodes[r->nodes_n - 1];
    if (last->last + 1 == block && last->extra == NO_NODE &&
        (last->parent == NO_NODE || r->b[last->block].rank <= EPI__SUBNUMBER)) {
        last->last = block;
        return;
    }
    struct node *top = &r->nodes[top_node];
    if (top->extra == NO_NODE)
        top->extra = block;
    else
        r->next[top->extra_last] = block;
    top->extra_last = block;
}

/* The paragraphs after the last marker that belong to no item: the closing sentence. */
static void find_closing(struct tree *r, size_t first)
{
    const struct epi__text *t = &r->x->flow;
    size_t mark = NO_NODE, head = NO_NODE, note = NO_NODE;
    for (size_t i = first; i < r->n; i++) {
        if (is_note(r, &r->b[i])) {
            note = i;
        } else if (is_marker(r, &r->b[i])) {
            mark = i;
            head = r->b[i].rank == r->top ? i : head;
        }
    }
    size_t from = mark == NO_NODE ? first : mark + 1;
    if (note != NO_NODE && note + 1 > from)
        from = note + 1; /* what follows a note is not the item's */
    else if (mark != NO_NODE && mark == head) {
        struct epi_directive_agency *list;
        size_t n, end = epi__agencies(r->x, r->b[mark].from, r->b[mark].to, &list, &n);
        struct epi__span title;
        from += heading(r, mark, end, &title);
        while (from < r->n && !had_end_mark(t, &r->b[from]) &&
               epi__match_any(t, r->b[from].from, r->b[from].to, &r->x->f->closing, NULL) ==
                   EPI__NONE)
            from++;
    } else if (mark == NO_NODE) { /* no items: only what says so itself */
        from = r->n > first + 1 ? r->n - 1 : r->n;
        if (from < r->n && !had_end_mark(t, &r->b[from]) &&
            epi__match_any(t, r->b[from].from, r->b[from].to, &r->x->f->closing, NULL) == EPI__NONE)
            from = r->n;
    }
    r->closing_from = from;
    r->closing_to = r->n;
}

static void build_nodes(struct tree *r, size_t first)
{
    size_t stack[DEPTH_MAX + 1], depth = 0, top = 0;
    for (size_t i = first; i < r->closing_from && i < r->n; i++) {
        const struct epi__block *b = &r->b[i];
        if (is_note(r, b)) {
            put_note(r, b);
        } else if (b->rank == EPI__PARAGRAPH) {
            if (r->nodes_n)
                take_paragraph(r, i, top);
        } else if (r->nodes_n >= EPI_DIRECTIVE_MAX_NODES) {
            epi__find(r->x, EPI_WARNING, "directive.too-many-items", "items", b->raw, EPI_NIL);
            return;
        } else {
            new_node(r, i, stack, &depth);
            if (depth == 1)
                top = r->nodes_n - 1;
        }
    }
}

/* The heading of an annex: what stands behind its number, else the capitals below it. */
static struct epi__span annex_title(const struct tree *r, const struct node *node)
{
    const struct epi__text *t = &r->x->flow;
    const struct epi__block *b = &r->b[node->block];
    if (b->to == b->from && node->last > node->block &&
        epi__all_upper(t, r->b[node->block + 1].from, r->b[node->block + 1].to))
        b++;
    size_t to = b->from;
    while (to < b->to && !(t->fold[to] == '(' && to > b->from)) /* "(Kèm theo Công văn ...)" */
        to++;
    return epi__trim(t, (struct epi__span){b->from, to});
}

/* Agencies to work with, named anywhere in the item's own paragraphs. */
static void find_partners(struct tree *r, struct node *node)
{
    struct epi_directive_item *item = node->item;
    struct epi__grow list = {0};
    for (size_t i = node->block; i <= node->last; i++)
        epi__partners(r->x, r->b[i].from, r->b[i].to, item->agencies, item->agencies_n, &list);
    for (size_t i = node->extra; i != NO_NODE; i = r->next[i])
        epi__partners(r->x, r->b[i].from, r->b[i].to, item->agencies, item->agencies_n, &list);
    item->partners = list.list;
    item->partners_n = list.n;
}

static void fill_item(struct tree *r, struct node *node)
{
    struct epi__parse *x = r->x;
    struct epi_directive_item *item = node->item;
    const struct epi__block *b = &r->b[node->block];
    struct epi__span title;
    item->no = b->no;
    own_text(r, node);
    if (b->rank == EPI__ANNEX) {
        title = annex_title(r, node);
    } else {
        size_t end = epi__agencies(x, b->from, b->to, &item->agencies, &item->agencies_n);
        heading(r, node->block, end, &title);
        find_partners(r, node);
    }
    item->title = epi__field(&x->flow, title, 0.9);
    if (node->children)
        item->children = EPI_ARRAY(x->a, node->children, struct epi_directive_item);
    item->children_n = node->children;
}

static bool any_agency(const struct epi_directive_item *item, int depth)
{
    if (item->agencies_n)
        return true;
    for (size_t i = 0; depth < DEPTH_MAX && i < item->children_n; i++)
        if (any_agency(&item->children[i], depth + 1))
            return true;
    return false;
}

static void fill_items(struct tree *r)
{
    size_t filled = 0;
    if (*r->items_n)
        *r->items = EPI_ARRAY(r->x->a, *r->items_n, struct epi_directive_item);
    for (size_t i = 0; i < r->nodes_n; i++) { /* parents stand before their children */
        struct node *node = &r->nodes[i];
        struct node *parent = node->parent == NO_NODE ? NULL : &r->nodes[node->parent];
        node->item = parent ? &parent->item->children[parent->filled++] : &(*r->items)[filled++];
        fill_item(r, node);
    }
}

static void tell_unbound(struct epi__parse *x)
{
    const struct epi_directive *d = x->d;
    for (size_t i = 0; i < d->items_n; i++)
        if (!any_agency(&d->items[i], 0))
            epi__find(x, EPI_NOTE, "directive.item-binds-all", "items", d->items[i].text.offset,
                      d->items[i].no);
}

static void make_room(struct tree *r)
{
    r->next = EPI_ARRAY(r->x->a, r->n, size_t);
    memset(r->next, 0xFF, r->n * sizeof *r->next);
    size_t most = r->n < EPI_DIRECTIVE_MAX_NODES ? r->n : EPI_DIRECTIVE_MAX_NODES;
    r->nodes = EPI_ARRAY(r->x->a, most, struct node);
}

/* Each annex with its own numbered parts below it. They bind nobody by themselves. */
void epi__annexes(struct epi__parse *x)
{
    struct tree r = {.x = x,
                     .b = x->other_blocks.list,
                     .n = x->other_blocks.n,
                     .top = EPI__ANNEX,
                     .items = &x->d->annexes,
                     .items_n = &x->d->annexes_n};
    if (!r.n)
        return;
    make_room(&r);
    r.closing_from = r.closing_to = r.n;
    build_nodes(&r, 0);
    fill_items(&r);
}

void epi__items(struct epi__parse *x)
{
    struct epi__block *blocks = x->blocks.list;
    struct tree r = {.x = x,
                     .b = blocks,
                     .n = x->blocks.n,
                     .top = EPI__PARAGRAPH,
                     .items = &x->d->items,
                     .items_n = &x->d->items_n};
    if (!r.n)
        return;
    for (size_t i = 0; i < r.n; i++)
        drop_end_mark(&x->flow, &blocks[i]);
    r.top = top_rank(&r);
    size_t first = 0;
    while (r.top != EPI__PARAGRAPH && r.b[first].rank != r.top)
        first++;
    bool items = r.top != EPI__PARAGRAPH;
    make_room(&r);
    find_closing(&r, first);
    build_nodes(&r, first);
    fill_items(&r);
    tell_unbound(x);
    size_t preamble = items ? first : r.closing_from;
    if (preamble)
        x->d->preamble =
            epi__field(&x->flow, (struct epi__span){r.b[0].from, r.b[preamble - 1].to}, 0.9);
    if (r.closing_from < r.n)
        x->d->closing =
            epi__field(&x->flow, (struct epi__span){r.b[r.closing_from].from, r.b[r.n - 1].to},
                       had_end_mark(&x->flow, &r.b[r.n - 1]) ? 0.95 : 0.7);
    for (size_t i = 0; i < first; i++)
        if (is_note(&r, &r.b[i]))
            put_note(&r, &r.b[i]);
    x->d->notes = (struct epi_directive_list){x->notes.list, x->notes.n};
    if (items && r.top >= EPI__DASH)
        epi__find(x, EPI_NOTE, "directive.items-unnumbered", "items", r.b[first].raw, EPI_NIL);
}
