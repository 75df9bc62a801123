/* final_size.h - how many are infected in the end when an epidemic runs its course.
 *
 * Shares of people, 0 .. 1. R0 is the reproduction number when all are susceptible alike.
 *
 * Papers: Miller 2012, Bull Math Biol 74:2125 (equation 1); Andreasen 2011, Bull Math Biol 73:2305
 * (groups with own susceptibility). */
#ifndef EPI_ESTIMATE_FINAL_SIZE_H
#define EPI_ESTIMATE_FINAL_SIZE_H
#include "base/base.h"

/* Share z of the susceptible infected when people mix at random and the share s of them is
 * susceptible at first: the largest root of z = 1 - exp(-R0 s z); 0 when R0 s <= 1. */
double epi_final_size(double r0, double susceptible);

struct epi_final_size_model {
    size_t ages, groups;
    const double *mixing; /* ages x ages, [i * ages + j]: pressure on a person of age i when all of
                             age j are infected; >= 0; its size does not matter */
    const double *susceptibility; /* ages x groups, >= 0: 1 = as in R0 */
    const double *share; /* ages x groups: share of the age in the group; sums to 1 in an age */
};
/* For each of the n R0: z_ig = 1 - exp(-R0 s_ig sum over j of M_ij sum over h of p_jh z_jh), M the
 * mixing matrix divided by its largest eigenvalue; the largest solution. ret[n * ages * groups].
 * Newton's steps on the force of infection of the ages, from above: the map is increasing and
 * concave, so they fall to the solution without passing it; plain iteration where a step is not
 * one. All 0 when the effective number, ret_effective[n] (R0 times the largest eigenvalue of M with
 * susceptibility), is at most 1. NaN when no age meets another. */
void epi_final_size_ages(struct epi_arena *a, const struct epi_final_size_model *m,
                         const double *r0, size_t n, double *ret_effective, double *ret);

/* How a matrix of contacts is to be read. `contacts`: a person of age i meets c_ij people of age j;
 * `per_person`: the same divided by the people of age j. Contacts are mutual, so that c_ij N_i is
 * symmetric in the first, c_ij in the second. The mean relative asymmetry of each reading. */
void epi_final_size_asymmetry(const double *c, const double *people, size_t ages,
                              double *ret_contacts, double *ret_per_person);
#endif
