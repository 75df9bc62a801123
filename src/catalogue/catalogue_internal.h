/* catalogue_internal.h - what the files of catalogue/ share: the declarations as plain tables. */
#ifndef EPI_CATALOGUE_INTERNAL_H
#define EPI_CATALOGUE_INTERNAL_H
#include "catalogue/catalogue.h"

struct epi__raw_kind {
    const char *name, *plural;
    uint16_t tag;
    bool internal;
    const char *label[2], *help[2];
};
struct epi__raw_field {
    uint16_t kind, index;
    const char *name;
    uint16_t tag;
    epi_type type;
    uint32_t flags;
    const char *spec;
    const char *label[2], *help[2];
};
struct epi__raw_word {
    const char *list;
    struct epi_word word;
};
struct epi__ordered { /* value of field a must be op value of field b */
    uint16_t kind, a, b;
    const char *op, *code;
};
extern const struct epi__raw_kind epi__raw_kinds[];
extern const struct epi__raw_field epi__raw_fields[];
extern const size_t epi__n_raw_fields;
extern const struct epi__raw_word epi__raw_words[];
extern const size_t epi__n_raw_words;
extern const struct epi__ordered epi__ordered_pairs[];
extern const size_t epi__n_ordered;

/* Reads "list=…", "ref=…", "min..max measure" or "..bytes" into the field. False when it is none of
 * these. */
bool epi__spec_read(struct epi_field *f, const char *spec, const char **ret_list,
                    const char **ret_ref);
#endif
