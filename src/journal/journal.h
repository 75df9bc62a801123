/* journal.h - operations as they are kept: encoding, hash chain, and the merge rule. Pure; no
 * storage.
 *
 * An operation is one act of one person: it carries any number of changes, which stand or fall
 * together. Order in the journal (seq) decides, never a clock: a device with a wrong date changes
 * nothing. hash(n) = BLAKE2b-256(hash(n-1) || bytes(n)); hash(0) is 32 zero bytes. */
#ifndef EPI_JOURNAL_JOURNAL_H
#define EPI_JOURNAL_JOURNAL_H
#include "catalogue/catalogue.h"

struct epi_set {    /* field = value */
    uint16_t field; /* index in the kind */
    struct epi_value v;
};
struct epi_change {
    uint16_t kind; /* index */
    epi_id id;
    uint64_t base; /* version of the record the author saw; 0 = a new record */
    bool remove;   /* marks the record removed; history stays */
    struct epi_set *sets;
    size_t n_sets;
};
struct epi_op {
    epi_opid op_id;
    epi_str action; /* "case.report", "person.read": what the audit shows */
    epi_str reason; /* why, in the author's words; may be empty */
    epi_id author;  /* user; 0 = the program itself (init, demo) */
    epi_str device; /* "" = the server */
    epi_instant device_time, server_time;
    epi_str scope; /* unit path of the author at the time */
    epi_str
        detail; /* JSON for reads and logins (which filter, how many rows); never personal data */
    struct epi_change *changes;
    size_t n_changes;
    size_t n_unknown; /* set by epi_op_decode: sets and changes with a tag this catalogue lacks,
                         left out */
    /* set by the store */
    uint64_t seq;
    uint8_t hash[32];
};
#define EPI_OP_BYTES_MAX ((size_t)64 << 20)

/* Bytes of an operation, without seq and hash; same operation, same bytes. Tags, not indexes, are
 * written. */
void epi_op_encode(struct epi_buf *b, const struct epi_catalogue *c, const struct epi_op *op);
/* Reads them back; unknown tags are left out and counted in n_unknown. EPI_CORRUPT on anything that
 * epi_op_encode would not have written. Texts are views into `bytes`. */
EPI_MUST_USE epi_status epi_op_decode(struct epi_arena *a, const struct epi_catalogue *c,
                                      epi_str bytes, struct epi_op *ret, struct epi_err *reterr);
/* What must be equal for "the same operation again": everything but times set by the server. */
void epi_op_digest(const struct epi_catalogue *c, const struct epi_op *op, uint8_t ret[32]);
epi_str epi_op_payload(epi_str bytes); /* the part of encoded bytes that the digest covers */
void epi_op_bytes_digest(epi_str bytes, uint8_t ret[32]); /* the same from encoded bytes */
/* True when the field can hold the value at all (type, finite numbers): what every back end relies
 * on. */
bool epi_value_fits(const struct epi_field *f, struct epi_value v);
void epi_chain_next(const uint8_t prev[32], epi_str bytes, uint8_t ret[32]);

/* The merge rule. `record` is the present state (record->version == 0: does not exist); `later[i]`
 * is true when field i was set by another operation after change->base. Applies into `record` and
 * reports each field where a value lost (`losses` has room for change->n_sets): other fields
 * touched meanwhile         -> both stand same field, same value                 -> nothing lost
 *   same field, plain                      -> the change wins (journal order), the older value is
 * the loser same field, EPI_F_CLINICAL             -> the standing value stays, the new one is the
 * loser record removed meanwhile               -> every set is a loser Text in the record
 * afterwards belongs to the change. */
struct epi_loss {
    uint16_t field;
    struct epi_value kept, lost;
};
void epi_merge(const struct epi_catalogue *c, struct epi_record *record,
               const struct epi_change *change, const bool *later, struct epi_loss *losses,
               size_t *n_losses);

/* {"seq","op_id","action","author","device","server_time","changes":[{"kind","id","base","fields":{…}}],"hash"}
 */
void epi_op_json(struct epi_jw *w, const struct epi_catalogue *c, const struct epi_op *op,
                 bool mask_personal);
#endif
