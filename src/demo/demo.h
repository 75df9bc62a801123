/* demo.h - a whole made-up province from one seed: places, households, people, doses, cases and
 * what surrounds them, as records of the catalogue handed to a sink one at a time, referred-to
 * records first.
 *
 * Units, census, ages, household sizes, parts of names and the story come from the reference pack;
 * people and phone numbers belong to nobody. Who lives with whom, who falls ill, from whom, who is
 * tested, traced and isolated is one run of the simulator (scenario/) under the pack's response;
 * the names, dates of birth, vaccines, places to go and readiness are made here. Same options, same
 * bytes: every draw comes from a stream keyed by (seed, purpose, unit or person). Not made here:
 * directives and users. No record is dated after `day`. Memory: about 60 bytes a person while it
 * runs. Failure: pack files that are missing or wrong. */
#ifndef EPI_DEMO_DEMO_H
#define EPI_DEMO_DEMO_H
#include "base/base.h"
#include "catalogue/catalogue.h"
#include "unit/unit.h"

#define EPI_DEMO_PEOPLE_MAX 20000000

struct epi_demo_options {
    const struct epi_units *units;
    const struct epi_fs *fs; /* reads the pack's "names", "demo", "demo_scenario", "cases" and
                                "vaccination" files, those of its society, and the disease */
    const char *diseases;    /* folder of disease files */
    const struct epi_catalogue *catalogue;
    epi_str province; /* path; empty = the province of the pack's story */
    uint64_t people;  /* fewer than the census: a sample; more: neighbouring provinces as well */
    uint64_t seed;
    epi_date day; /* the last day; unknown or left zero = the day of the pack's story */
    /* Names the number-th record of a kind (from 0); NULL = ids made from the day, kind and number.
     */
    epi_id (*id)(void *ctx, uint16_t kind, uint64_t number);
    void *id_ctx;
};
struct epi_demo_summary {
    uint64_t records, of_kind[EPI_KINDS];
    epi_date day;
    epi_str province, city;   /* paths of units; they live in the set of units */
    epi_id index_case, event; /* the known case and the class it attended */
    uint64_t cases_on_day; /* of the city; near what the story says if the city is large enough */
    uint64_t returnees;
};
/* The record and its texts are valid during the call only. Anything but EPI_OK ends the run with
 * it. */
typedef epi_status epi_demo_sink(void *ctx, const struct epi_record *r, struct epi_err *reterr);

EPI_MUST_USE epi_status epi_demo_make(const struct epi_demo_options *o, epi_demo_sink *sink,
                                      void *ctx, struct epi_demo_summary *ret,
                                      struct epi_err *reterr);
#endif
