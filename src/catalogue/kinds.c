// SPDX-License-Identifier: AGPL-3.0-or-later
/* The built-in declarations of kinds.def as tables. */
#include "catalogue/catalogue_internal.h"

#define TEXT EPI_T_TEXT
#define WORD EPI_T_WORD
#define INT EPI_T_INT
#define REAL EPI_T_REAL
#define BOOL EPI_T_BOOL
#define DATE EPI_T_DATE
#define INSTANT EPI_T_INSTANT
#define REF EPI_T_REF
#define UNIT EPI_T_UNIT
#define JSON EPI_T_JSON

#define KIND(K, name, plural, tag, internal, vi, en, hvi, hen)
#define END_KIND(K)
#define FIELD(K, F, name, tag, type, flags, spec, vi, en, hvi, hen)
#define LIST(L)
#define END_LIST(L)
#define ENTRY(w, vi, en)
#define ORDERED(K, A, op, B, code)

#undef KIND
#define KIND(K, name, plural, tag, internal, vi, en, hvi, hen) \
    [EPI_K_##K] = {name, plural, tag, internal, {en, vi}, {hen, hvi}},
const struct epi__raw_kind epi__raw_kinds[] = {
#include "catalogue/kinds.def"
};
#undef KIND
#define KIND(K, name, plural, tag, internal, vi, en, hvi, hen)

#undef FIELD
#define FIELD(K, F, name, tag, type, flags, spec, vi, en, hvi, hen) \
    {EPI_K_##K, EPI_##K##_##F, name, tag, type, flags, spec, {en, vi}, {hen, hvi}},
const struct epi__raw_field epi__raw_fields[] = {
#include "catalogue/kinds.def"
};
const size_t epi__n_raw_fields = EPI_COUNT(epi__raw_fields);
#undef FIELD
#define FIELD(K, F, name, tag, type, flags, spec, vi, en, hvi, hen)

/* One flat table: a row with a list's name opens the list, the rows after it are its words. */
#undef ENTRY
#undef LIST
#define LIST(L) {#L, {NULL, {NULL, NULL}}},
#define ENTRY(w, vi, en) {NULL, {w, {en, vi}}},
const struct epi__raw_word epi__raw_words[] = {
#include "catalogue/kinds.def"
};
const size_t epi__n_raw_words = EPI_COUNT(epi__raw_words);
#undef ENTRY
#undef LIST
#define ENTRY(w, vi, en)
#define LIST(L)

#undef ORDERED
#define ORDERED(K, A, op, B, code) {EPI_K_##K, EPI_##K##_##A, EPI_##K##_##B, op, code},
const struct epi__ordered epi__ordered_pairs[] = {
#include "catalogue/kinds.def"
};
const size_t epi__n_ordered = EPI_COUNT(epi__ordered_pairs);
