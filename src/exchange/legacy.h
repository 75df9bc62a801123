/* legacy.h - the one-byte Vietnamese encodings: Windows-1258, TCVN3 (ABC) and VNI; home use only.
 *
 * Each decoder appends UTF-8 to a buffer; Windows-1258 output still has combining marks and needs
 * NFC. Sources: the Windows-1258 code page; TCVN 5712:1993 VN3; the VNI-Windows font encoding. */
#ifndef EPI_EXCHANGE_LEGACY_H
#define EPI_EXCHANGE_LEGACY_H
#include "exchange/encoding.h"

/* False past the cap of the buffer. `*ret_bad` counts bytes with no meaning (U+FFFD is written). */
bool epi__legacy_decode(struct epi_buf *out, epi_str bytes, epi_encoding e, size_t *ret_bad);
/* UTF-8 whose code points 0x80..0xFF are really bytes of an old font, back to those bytes.
 * False when the text holds a code point above 0xFF other than the few Windows-1252 ones. */
bool epi__legacy_bytes(struct epi_buf *out, epi_str utf8);
#endif
