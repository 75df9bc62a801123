/* xlsx_calls.h - the calls of libxlsxwriter we use; home use only.
 *
 * The library's own headers define macros with names that base/banned.h forbids, so they cannot be
 * included. These declarations follow its documented API (1.1.4 and later); the options struct has
 * the members of the newest version, which older ones do not look at. */
#ifndef EPI_EXCHANGE_XLSX_CALLS_H
#define EPI_EXCHANGE_XLSX_CALLS_H
#include <stddef.h>
#include <stdint.h>

typedef struct lxw_workbook lxw_workbook;
typedef struct lxw_worksheet lxw_worksheet;
typedef struct lxw_format lxw_format;
struct epi__lxw_options {
    uint8_t constant_memory;
    char *tmpdir;
    uint8_t use_zip64;
    const char **output_buffer;
    size_t *output_buffer_size;
};
/* Results of type lxw_error: 0 = no error. */
lxw_workbook *workbook_new_opt(const char *path, struct epi__lxw_options *options);
lxw_worksheet *workbook_add_worksheet(lxw_workbook *b, const char *name);
lxw_format *workbook_add_format(lxw_workbook *b);
unsigned workbook_close(lxw_workbook *b);
void format_set_num_format(lxw_format *f, const char *code);
void worksheet_freeze_panes(lxw_worksheet *s, uint32_t row, uint16_t column);
unsigned worksheet_write_string(lxw_worksheet *s, uint32_t row, uint16_t column, const char *text,
                                lxw_format *f);
unsigned worksheet_write_number(lxw_worksheet *s, uint32_t row, uint16_t column, double v,
                                lxw_format *f);
unsigned worksheet_write_boolean(lxw_worksheet *s, uint32_t row, uint16_t column, int v,
                                 lxw_format *f);
#endif
