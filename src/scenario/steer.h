/* steer.h - what a caller brings about in a run from outside, and what he is told of it.
 *
 * Part of scenario.h. Everything is of the present day and is said before epi_world_day works on
 * it. A restored world has neither gatherings nor a listener: they are said again. */
#ifndef EPI_SCENARIO_STEER_H
#define EPI_SCENARIO_STEER_H
#include "base/base.h"

enum epi_why { /* a sample was taken */
               EPI_WHY_SICK,
               EPI_WHY_CONTACT,
               EPI_WHY_SCREEN,
               EPI_WHY_ARRIVAL,
};
struct epi_world;
/* Somebody of the society comes home today, infected there or not; the lever `arrive` says how he
 * is quarantined and whether tested. */
void epi_world_arrive(struct epi_world *w, uint32_t person, bool infected);
/* Is sampled today, whatever other reason there is; nothing for the dead and those found. */
void epi_world_sample(struct epi_world *w, uint32_t person, enum epi_why why);
/* A meeting on the days [from, to): of those who go out on such a day, each meets each other one,
 * which counts as `contacts` contacts of the setting. It is a contact that tracing asks about. */
void epi_world_gather(struct epi_world *w, const uint32_t *who, size_t n, int from, int to,
                      enum epi_meeting how, double contacts);
/* Whether the person's present order keeps him from others on a day, since when, and at home or in
 * a site or bed. */
bool epi_world_kept(const struct epi_world *w, uint32_t person, int day, int *ret_from,
                    bool *ret_home);
/* Whether the person's hamlet is locked on the present day. */
bool epi_world_locked(const struct epi_world *w, uint32_t person);

struct epi_tested { /* a sample that got its turn */
    uint32_t person;
    int taken, resulted; /* days; the result may lie ahead */
    enum epi_why why;
    bool positive, antigen;
};
struct epi_named { /* a contact named by somebody found today */
    uint32_t person, index;
    int met, ordered; /* days: of the contact; on which the order to stay apart comes */
    enum epi_meeting how;
};
struct epi_listener { /* called within epi_world_day, by one thread; NULL is not called */
    void *ctx;
    void (*tested)(void *ctx, const struct epi_tested *t);
    void (*named)(void *ctx, const struct epi_named *n);
};
void epi_world_listen(struct epi_world *w, const struct epi_listener *l);
#endif
