/* xlsx_zip.h - the parts of a workbook file, unpacked in bounded pieces; home use only.
 *
 * Guards: number of entries, declared and real size of each part and of all together, ratio of
 * expansion. Every part is read through expat with document types refused, so no entity can grow.
 */
#ifndef EPI_EXCHANGE_XLSX_ZIP_H
#define EPI_EXCHANGE_XLSX_ZIP_H
#include "exchange/table.h"

#include <expat.h>
#include <zip.h>

struct epi__zip {
    zip_t *z;
    uint64_t expanded, max_expanded; /* bytes unpacked so far and their cap */
};
struct epi__part {
    zip_file_t *f;
    struct epi__zip *zip;
    uint64_t packed, unpacked;
};
EPI_MUST_USE epi_status epi__zip_open(struct epi__zip *z, epi_str bytes, uint64_t max_expanded,
                                      struct epi_err *reterr);
void epi__zip_close(struct epi__zip *z);
bool epi__zip_has(struct epi__zip *z, const char *name);
EPI_MUST_USE epi_status epi__part_open(struct epi__part *p, struct epi__zip *z, const char *name,
                                       struct epi_err *reterr);
/* *ret_n = 0 at the end of the part. */
EPI_MUST_USE epi_status epi__part_read(struct epi__part *p, void *out, size_t max, size_t *ret_n,
                                       struct epi_err *reterr);
void epi__part_close(struct epi__part *p);
/* The first member of every parser's user data. A declared document type stops the parser with
 * `failed` set; so does a handler that sets `failed` through epi__xml_stop. */
struct epi__xml {
    XML_Parser x;
    struct epi_err failed;
};
void epi__xml_init(struct epi__xml *x, XML_StartElementHandler start, XML_EndElementHandler end,
                   XML_CharacterDataHandler text);
void epi__xml_done(struct epi__xml *x);
void epi__xml_stop(struct epi__xml *x, const char *code, epi_status status);
/* Runs a whole part through the parser. */
EPI_MUST_USE epi_status epi__xml_run(struct epi__xml *x, struct epi__zip *z, const char *name,
                                     struct epi_err *reterr);
/* The failure after XML_STATUS_ERROR. */
epi_status epi__xml_failure(const struct epi__xml *x, const char *name, struct epi_err *reterr);
/* Local name after the namespace prefix. */
const char *epi__xml_local(const char *name);
const char *epi__xml_attr(const char *const *attrs, const char *local); /* NULL when absent */
#endif
