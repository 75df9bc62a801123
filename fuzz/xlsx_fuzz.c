// SPDX-License-Identifier: AGPL-3.0-or-later
/* Workbooks: any bytes, and any sheet XML inside a sound archive (first byte 'S': the rest is the
 * sheet). */
#include "exchange/exchange.h"

#include <stdlib.h>
#include <zip.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char workbook[] =
    "<workbook><workbookPr date1904=\"0\"/><sheets><sheet name=\"a\"/></sheets></workbook>";
static const char styles[] = "<styleSheet><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf "
                             "numFmtId=\"20\"/></cellXfs></styleSheet>";
static const char strings[] = "<sst><si><t>id</t></si><si><t>name</t></si></sst>";

static size_t pack(const uint8_t *sheet, size_t n, char *out, size_t max)
{
    zip_error_t e;
    zip_error_init(&e);
    zip_source_t *src = zip_source_buffer_create(NULL, 0, 0, &e);
    zip_source_keep(src);
    zip_t *z = zip_open_from_source(src, ZIP_CREATE | ZIP_TRUNCATE, &e);
    const struct {
        const char *name;
        const void *p;
        size_t n;
    } parts[] = {{"xl/workbook.xml", workbook, sizeof workbook - 1},
                 {"xl/styles.xml", styles, sizeof styles - 1},
                 {"xl/sharedStrings.xml", strings, sizeof strings - 1},
                 {"xl/worksheets/sheet1.xml", sheet, n}};
    for (size_t i = 0; i < EPI_COUNT(parts); i++) {
        zip_int64_t at =
            zip_file_add(z, parts[i].name, zip_source_buffer(z, parts[i].p, parts[i].n, 0), 0);
        (void)zip_set_file_compression(z, (zip_uint64_t)at, ZIP_CM_STORE, 0);
    }
    if (zip_close(z) != 0)
        zip_discard(z);
    (void)zip_source_open(src);
    zip_int64_t got = zip_source_read(src, out, max);
    (void)zip_source_close(src);
    zip_source_free(src);
    zip_error_fini(&e);
    return got > 0 ? (size_t)got : 0;
}

/* Two readings of one file must agree: rows, findings, failure. */
static void read_twice(epi_str bytes)
{
    EPI_ARENA_LOCAL(a);
    struct epi_findings f[2];
    struct epi_table *t = NULL;
    struct epi_table_options o = {
        .format = EPI_TABLE_XLSX, .max_expanded = 64 << 20, .max_strings = 4 << 20};
    epi_findings_init(&f[0], a, 50);
    epi_findings_init(&f[1], a, 50);
    struct epi_err err = {.status = EPI_OK};
    if (epi_table_open(&t, bytes, &o, &f[0], &err) != EPI_OK) {
        EPI_ASSERT(err.code);
        return;
    }
    uint32_t rows[2] = {0, 0};
    epi_findings_init(&f[0], a, 50);
    for (int round = 0; round < 2; round++) {
        if (epi_table_rewind(t, &f[round], NULL) != EPI_OK)
            break;
        while (epi_table_next(t))
            for (size_t i = 0; i < t->n_columns; i++)
                EPI_ASSERT(epi_utf8_valid(t->fields[i]));
        rows[round] = t->row;
    }
    EPI_ASSERT(rows[0] == rows[1] && f[0].n == f[1].n);
    epi_table_close(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 100000)
        return 0;
    if (data[0] != 'S') {
        read_twice((epi_str){(const char *)data, size});
        return 0;
    }
    char *out = malloc(size + 4096);
    size_t n = out ? pack(data + 1, size - 1, out, size + 4096) : 0;
    read_twice((epi_str){out, n});
    free(out);
    return 0;
}
