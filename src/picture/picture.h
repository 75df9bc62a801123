/* picture.h - the columns the engines need, as of one day: people, cases, contacts, visits, doses.
 *
 * Built from store scans by ops (epi_picture_add_* in any order, then epi_picture_seal); pure afterwards.
 * Persons, cases and places are dense indexes; epi_picture_person() etc. translate ids. Sealed pictures are
 * immutable and may be shared by threads. About 60 bytes per person, 40 per contact or visit.
 * A person without any case, contact, visit or household link need not be added. */
#ifndef EPI_PICTURE_PICTURE_H
#define EPI_PICTURE_PICTURE_H
#include "catalogue/catalogue.h"

struct epi_picture;
struct epi_pic_person {
    epi_id id;
    epi_id household; /* 0 = none */
    epi_date birth;   /* unknown when not given */
    int32_t unit;     /* caller's index of the unit, -1 unknown */
    uint32_t first_case;  /* index of the earliest case, UINT32_MAX = none */
};
struct epi_pic_case {
    epi_id id;
    uint32_t person;       /* UINT32_MAX when the case names no person */
    epi_date onset, sampled, reported, isolated;
    int32_t unit;
    uint8_t classification, detection, outcome; /* index in the catalogue's word list, 255 = not given */
    epi_id source_case;
};
struct epi_pic_contact {
    uint32_t cas, person; /* indexes */
    epi_id id;
    epi_date first, last; /* exposure */
    uint8_t setting;      /* contact_setting index, 255 */
    int32_t minutes;      /* -1 unknown */
    float distance;       /* m, NAN unknown */
    int8_t masked;        /* 1, 0, -1 unknown */
};
struct epi_pic_visit {
    uint32_t person, place;
    epi_id id;
    epi_instant from, to; /* `to` unknown: the caller's default length applies */
};
struct epi_pic_dose {
    uint32_t person;
    epi_date given;
    int8_t number;    /* -1 unknown */
    int8_t completes; /* 1, 0, -1 unknown */
};

struct epi_picture *epi_picture_new(epi_date as_of);
void epi_picture_free(struct epi_picture *p);
/* Rows after as_of (reported, exposure, visit start, dose date) are left out. Unknown references are kept as
 * new persons with only an id. */
void epi_picture_add_person(struct epi_picture *p, epi_id id, epi_id household, epi_date birth, int32_t unit);
void epi_picture_add_case(struct epi_picture *p, const struct epi_pic_case *c, epi_id person);
void epi_picture_add_contact(struct epi_picture *p, const struct epi_pic_contact *c, epi_id cas, epi_id person);
void epi_picture_add_visit(struct epi_picture *p, const struct epi_pic_visit *v, epi_id person, epi_id place);
void epi_picture_add_dose(struct epi_picture *p, const struct epi_pic_dose *d, epi_id person);
void epi_picture_seal(struct epi_picture *p);

epi_date epi_picture_as_of(const struct epi_picture *p);
size_t epi_picture_people(const struct epi_picture *p, const struct epi_pic_person **ret);
size_t epi_picture_cases(const struct epi_picture *p, const struct epi_pic_case **ret);
uint32_t epi_picture_person(const struct epi_picture *p, epi_id id); /* UINT32_MAX when absent */
uint32_t epi_picture_case(const struct epi_picture *p, epi_id id);
epi_id epi_picture_place_id(const struct epi_picture *p, uint32_t place);
/* Slices, sorted as said; *ret_n items. */
const struct epi_pic_contact *epi_picture_contacts_of_case(const struct epi_picture *p, uint32_t cas, size_t *ret_n);
const uint32_t *epi_picture_contacts_of_person(const struct epi_picture *p, uint32_t person, size_t *ret_n); /* contact indexes */
const struct epi_pic_contact *epi_picture_contact(const struct epi_picture *p, uint32_t contact);
const struct epi_pic_visit *epi_picture_visits_of_place(const struct epi_picture *p, uint32_t place, size_t *ret_n); /* by from */
const uint32_t *epi_picture_visits_of_person(const struct epi_picture *p, uint32_t person, size_t *ret_n); /* visit indexes */
const struct epi_pic_visit *epi_picture_visit(const struct epi_picture *p, uint32_t visit);
const uint32_t *epi_picture_household(const struct epi_picture *p, epi_id household, size_t *ret_n); /* person indexes */
const struct epi_pic_dose *epi_picture_doses_of(const struct epi_picture *p, uint32_t person, size_t *ret_n); /* by date */
#endif
