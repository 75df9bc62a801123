/* encoding.h - bytes of a text file in any encoding Vietnamese offices use, to clean UTF-8 in NFC.
 *
 * Detection: byte order marks, then validity (UTF-8, UTF-16), then a vote: each candidate decodes
 * the text and the words that are possible Vietnamese syllables are counted for it. A close vote is
 * a warning. Ownership: the result lives in the arena or is a view of `bytes` when nothing had to
 * change. */
#ifndef EPI_EXCHANGE_ENCODING_H
#define EPI_EXCHANGE_ENCODING_H
#include "base/base.h"

#define EPI_ENCODING_LIST(X) \
    X(EPI_ENC_AUTO, "auto") \
    X(EPI_ENC_UTF8, "utf-8") \
    X(EPI_ENC_UTF16LE, "utf-16le") \
    X(EPI_ENC_UTF16BE, "utf-16be") \
    X(EPI_ENC_CP1258, "windows-1258") \
    X(EPI_ENC_TCVN3, "tcvn3") \
    X(EPI_ENC_VNI, "vni")
typedef enum epi_encoding {
#define X(constant, word) constant,
    EPI_ENCODING_LIST(X)
#undef X
        EPI_ENC_COUNT
} epi_encoding;

const char *epi_encoding_word(epi_encoding e);
/* Accepts the words above in any case, and abc, windows1258, cp1258, utf8, utf16. */
bool epi_encoding_parse(epi_str word, epi_encoding *ret);

/* Converts at most `max` bytes. `wanted` EPI_ENC_AUTO detects. Refuses: more than `max` bytes,
 * binary files (with the kind when it is known: a workbook, an archive, a PDF), a wanted encoding
 * the bytes do not fit. Findings: text.encoding-unsure, text.bad-bytes (replaced by U+FFFD),
 * text.font-encoding (UTF-8 that carries TCVN3 or VNI letters typed with an old font; it is
 * converted). */
EPI_MUST_USE epi_status epi_exchange_text(struct epi_arena *a, epi_str bytes, size_t max,
                                          epi_encoding wanted, epi_str *ret_utf8,
                                          epi_encoding *ret_encoding, struct epi_findings *findings,
                                          struct epi_err *reterr);
/* What a file is by its first bytes: "xlsx", "zip", "xls", "pdf", "png", "jpeg", "gzip", "rtf",
 * "html", "sqlite"; "" when it may be text. */
const char *epi_exchange_magic(epi_str bytes);
/* UTF-8 text to one of the encodings, for old systems and for tests; letters it lacks become '?'.
 */
epi_str epi_exchange_encode(struct epi_arena *a, epi_str utf8, epi_encoding e);
#endif
