/* picture.h - the columns the engines need, as of one day: people, cases, contacts, visits, doses.
 *
 * Call order: epi_picture_new, epi_picture_add_* in any order, epi_picture_seal, then read. Ops
 * builds it from store scans; nothing is decided here. Persons, cases, contacts, visits and places
 * are dense indexes, UINT32_MAX is "none". A sealed picture never changes and may be shared by
 * threads. Memory once sealed: about 60 bytes per person, 60 per contact, 36 per visit, 12 per
 * place. A person without any case, contact, visit, dose or household link need not be added. */
#ifndef EPI_PICTURE_PICTURE_H
#define EPI_PICTURE_PICTURE_H
#include "catalogue/catalogue.h"

#define EPI_NO_INDEX UINT32_MAX
#define EPI_NO_WORD 255 /* a word column that was not given */

struct epi_picture;
struct epi_pic_person {
    epi_id id;
    epi_id household;    /* 0 = none */
    epi_date birth;      /* unknown when not given */
    int32_t unit;        /* caller's index of the unit, -1 unknown */
    uint32_t first_case; /* index of the earliest case */
};
struct epi_pic_case {
    epi_id id;
    epi_id source_case;
    uint32_t person; /* EPI_NO_INDEX when the case names no person */
    epi_date onset, sampled, reported, isolated, outcome_date;
    int32_t unit;
    uint8_t classification, detection,
        outcome; /* index in the catalogue's word list, 255 = not given */
};
struct epi_pic_contact {
    epi_id id;
    uint32_t cas, person, place; /* indexes; place may be EPI_NO_INDEX */
    epi_date first, last;        /* exposure */
    epi_date isolated;           /* the contact's own isolation */
    int32_t minutes;             /* -1 unknown */
    float distance;              /* m, NAN unknown */
    uint8_t setting;             /* contact_setting index, 255 */
    int8_t masked;               /* 1, 0, -1 unknown */
};
struct epi_pic_visit {
    epi_id id;
    epi_instant from, to; /* `to` unknown: the caller's default length applies */
    uint32_t person, place;
};
struct epi_pic_dose {
    uint32_t person;
    epi_date given;
    int8_t number;    /* -1 unknown */
    int8_t completes; /* 1, 0, -1 unknown */
};

/* `utc_offset` in minutes says which instants belong to which day (Viet Nam: 420). */
struct epi_picture *epi_picture_new(epi_date as_of, int utc_offset);
void epi_picture_free(struct epi_picture *p); /* NULL allowed */
/* What the adding functions do with a row:
 * - the index fields of the row are set here from the ids given beside it; the caller leaves them
 * alone;
 * - a row that begins after the day (case: reported, else sampled, else onset; contact: first, else
 * last exposure; visit: start; dose: given) is left out; later ends are cut to the day, and an
 * isolation or an outcome after the day is not known yet;
 * - a person only mentioned by other rows becomes a person with nothing but an id; a contact of a
 * case that is not in the picture is left out; a row without a person (a case excepted) or without
 * a place (visit) is left out. epi_picture_counts tells how many;
 * - a person, or a case, added twice keeps the row added last. */
void epi_picture_add_person(struct epi_picture *p, epi_id id, epi_id household, epi_date birth,
                            int32_t unit);
void epi_picture_add_case(struct epi_picture *p, const struct epi_pic_case *c, epi_id person);
void epi_picture_add_contact(struct epi_picture *p, const struct epi_pic_contact *c, epi_id cas,
                             epi_id person, epi_id place);
void epi_picture_add_visit(struct epi_picture *p, const struct epi_pic_visit *v, epi_id person,
                           epi_id place);
void epi_picture_add_dose(struct epi_picture *p, const struct epi_pic_dose *d, epi_id person);
void epi_picture_seal(struct epi_picture *p);

struct epi_picture_counts {
    size_t people, cases, contacts, visits, doses, places;
    size_t later;    /* rows left out because they begin after the day */
    size_t nameless; /* rows left out because they name no person, case or place */
    size_t caseless; /* contacts left out because their case is not in the picture */
    size_t bytes;    /* held by the picture */
};
void epi_picture_counts(const struct epi_picture *p, struct epi_picture_counts *ret);
epi_date epi_picture_as_of(const struct epi_picture *p);
int epi_picture_utc_offset(const struct epi_picture *p);
size_t epi_picture_people(const struct epi_picture *p, const struct epi_pic_person **ret);
size_t epi_picture_cases(const struct epi_picture *p, const struct epi_pic_case **ret);
size_t epi_picture_contacts(const struct epi_picture *p, const struct epi_pic_contact **ret);
uint32_t epi_picture_person(const struct epi_picture *p, epi_id id); /* EPI_NO_INDEX when absent */
uint32_t epi_picture_case(const struct epi_picture *p, epi_id id);
uint32_t epi_picture_place(const struct epi_picture *p, epi_id id);
epi_id epi_picture_place_id(const struct epi_picture *p,
                            uint32_t place); /* none for EPI_NO_INDEX */
/* Onset, else sample, else report; unknown when none is known. */
epi_date epi_pic_case_date(const struct epi_pic_case *c);

/* Slices of *ret_n items in the order said, then by id; unknown dates of cases last, of contacts
 * first. Those of uint32_t hold indexes. */
/* by case date */
const uint32_t *epi_picture_cases_of_person(const struct epi_picture *p, uint32_t person,
                                            size_t *ret_n);
/* by first exposure */
const struct epi_pic_contact *epi_picture_contacts_of_case(const struct epi_picture *p,
                                                           uint32_t cas, size_t *ret_n);
const uint32_t *epi_picture_contacts_of_person(const struct epi_picture *p, uint32_t person,
                                               size_t *ret_n);
const struct epi_pic_contact *epi_picture_contact(const struct epi_picture *p, uint32_t contact);
/* by start */
const struct epi_pic_visit *epi_picture_visits_of_place(const struct epi_picture *p, uint32_t place,
                                                        size_t *ret_n);
const uint32_t *epi_picture_visits_of_person(const struct epi_picture *p, uint32_t person,
                                             size_t *ret_n);
const struct epi_pic_visit *epi_picture_visit(const struct epi_picture *p, uint32_t visit);
const uint32_t *epi_picture_household(const struct epi_picture *p, epi_id household, size_t *ret_n);
/* by day given, then number */
const struct epi_pic_dose *epi_picture_doses_of(const struct epi_picture *p, uint32_t person,
                                                size_t *ret_n);
/* The visits of a place among which are all that may overlap [from, to), by `from`; visits without
 * an end last `open_ms`. The caller still tests each one: the slice holds some that ended before.
 */
const struct epi_pic_visit *epi_picture_visits_around(const struct epi_picture *p, uint32_t place,
                                                      epi_instant from, epi_instant to,
                                                      int64_t open_ms, size_t *ret_n);
#endif
