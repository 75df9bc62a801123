/* speed.h - is the response faster than the spread?
 *
 * Three delays, each the median over those concerned: a case's onset to its isolation, a sample to
 * its result, a case's result to the listing of its contacts. Their sum is how long one turn of the
 * response takes; the doubling time is how long the epidemic takes for one doubling. Speed of
 * isolation and tracing decides whether an outbreak can be held: Fraser, Riley, Anderson, Ferguson
 * 2004, PNAS 101:6146; Kretzschmar et al. 2020, Lancet Public Health 5:e452 (test and tracing
 * delays). The rule and why it is so: docs/decisions. Pure; days throughout. */
#ifndef EPI_ESTIMATE_SPEED_H
#define EPI_ESTIMATE_SPEED_H
#include "base/base.h"

enum epi_speed_part { EPI_SPEED_ISOLATION, EPI_SPEED_RESULT, EPI_SPEED_CONTACTS, EPI_SPEED_PARTS };
extern const char *const epi_speed_part_words[EPI_SPEED_PARTS];

struct epi_speed_delay {
    double days; /* >= 0 */
    bool open;   /* not over yet: lasts at least so long */
};
/* The day by which a share p of the delays is over, by the product-limit estimate (Kaplan, Meier
 * 1958, JASA 53:457, eq. 2b): the first t with S(t) <= 1 - p, those open at t counting as still at
 * risk there. NaN when it is not reached or n = 0. Sorts `d`. */
double epi_speed_quantile(struct epi_speed_delay *d, size_t n, double p);

/* Growth per day with its limits; NaN = not known. */
struct epi_speed_growth {
    double r, lo, hi;
};
/* What is known of one part: `median` NaN when nothing or not enough is over; then `at_least` days
 * for half of them (0 when nothing is known). */
struct epi_speed_median {
    size_t n;
    double median, at_least;
};
enum epi_speed_verdict {
    EPI_SPEED_FALLING, /* hi <= 0: the epidemic shrinks whatever the counts' noise */
    EPI_SPEED_AHEAD,   /* sum < ln 2 / hi: faster even than the fastest growth the counts allow */
    EPI_SPEED_UNSURE,  /* in between */
    EPI_SPEED_BEHIND,  /* r > 0 and sum >= ln 2 / r: one turn takes a doubling or longer */
    EPI_SPEED_UNKNOWN, /* growth or a part is not known, and what is known does not decide */
};
const char *epi_speed_verdict_word(enum epi_speed_verdict v);
struct epi_speed {
    double sum;           /* of the medians, `at_least` where there is none */
    bool whole;           /* every part has its median */
    double doubling;      /* ln 2 / r; NaN when r <= 0 or unknown */
    double doubling_fast; /* ln 2 / hi; NaN when hi <= 0 or unknown */
    double times;         /* exp(r sum): cases at the end of one turn for one at its start */
    enum epi_speed_verdict verdict;
};
struct epi_speed epi_speed_judge(const struct epi_speed_median parts[static EPI_SPEED_PARTS],
                                 struct epi_speed_growth g);
#endif
