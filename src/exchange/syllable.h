/* syllable.h - could this word be Vietnamese? The judge of the encoding vote; home use only.
 *
 * A syllable is onset + vowels + coda with at most one tone; a stopped coda (c ch p t) takes only
 * the sharp or the heavy tone. Wrongly decoded bytes almost never pass. */
#ifndef EPI_EXCHANGE_SYLLABLE_H
#define EPI_EXCHANGE_SYLLABLE_H
#include "base/base.h"

/* Words with a letter outside ASCII: how many are possible syllables and how many are not. */
struct epi__syllables {
    size_t good, bad;
};
void epi__syllables_count(epi_str utf8, struct epi__syllables *ret);
#endif
