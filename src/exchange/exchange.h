/* exchange.h - the decoding half of import and export: bytes from outside to clean, typed values,
 * and back.
 *
 * Knows formats (CSV, XLSX, JSON), encodings, the many spellings of dates, numbers, phones and
 * documents, which column is which field, and whether two descriptions are one person. It stores
 * nothing and decides nothing: ops/ takes the values, the findings and the match reasons and acts
 * on them.
 *
 *   epi_table_open -> epi_mapping_propose -> epi_profile_* over all rows -> epi_table_rewind
 *   -> per row: epi_exchange_cell for each mapped column, epi_identity_find -> ops
 *
 * Ownership: stated per part. Threads: an object belongs to one thread at a time; plans, lexicons
 * and mappings are immutable once made and may be shared. */
#ifndef EPI_EXCHANGE_EXCHANGE_H
#define EPI_EXCHANGE_EXCHANGE_H
#include "exchange/encoding.h"
#include "exchange/table.h"
#include "exchange/dates.h"
#include "exchange/values.h"
#include "exchange/cell.h"
#include "exchange/mapping.h"
#include "exchange/identity.h"
#endif
