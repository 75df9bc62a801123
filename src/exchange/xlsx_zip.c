// SPDX-License-Identifier: AGPL-3.0-or-later
#include "exchange/xlsx_zip.h"

#define ENTRIES_MAX 10000
/* A part that grew beyond this many bytes may not be more than RATIO_MAX times its packed size.
 * Real sheets stay below 100; deflate itself ends near 1030. */
#define RATIO_FREE ((uint64_t)16 * 1024 * 1024)
#define RATIO_MAX 400
#define CHUNK 65536

epi_status epi__zip_open(struct epi__zip *z, epi_str bytes, uint64_t max_expanded,
                         struct epi_err *reterr)
{
    zip_error_t e;
    zip_error_init(&e);
    *z = (struct epi__zip){.max_expanded = max_expanded};
    zip_source_t *src = zip_source_buffer_create(bytes.p, bytes.n, 0, &e);
    z->z = src ? zip_open_from_source(src, ZIP_RDONLY, &e) : NULL;
    if (!z->z) {
        zip_source_free(src);
        zip_error_fini(&e);
        return EPI_FAIL(reterr, EPI_INVALID, "file.truncated", "%s", "");
    }
    zip_error_fini(&e);
    zip_int64_t n = zip_get_num_entries(z->z, 0);
    if (n > ENTRIES_MAX)
        return EPI_FAIL(reterr, EPI_LIMIT, "zip.too-many-entries", "%lld", (long long)n);
    uint64_t total = 0;
    for (zip_int64_t i = 0; i < n; i++) {
        zip_stat_t st;
        if (zip_stat_index(z->z, (zip_uint64_t)i, 0, &st) != 0 || !(st.valid & ZIP_STAT_SIZE))
            return EPI_FAIL(reterr, EPI_INVALID, "file.truncated", "%s", "");
        if (st.size > max_expanded || (total += st.size) > max_expanded)
            return EPI_FAIL(reterr, EPI_LIMIT, "zip.bomb", "%llu",
                            (unsigned long long)(max_expanded / 1000000));
    }
    return EPI_OK;
}

void epi__zip_close(struct epi__zip *z)
{
    if (z->z)
        zip_discard(z->z);
    z->z = NULL;
}

bool epi__zip_has(struct epi__zip *z, const char *name)
{
    return zip_name_locate(z->z, name, ZIP_FL_NOCASE) >= 0;
}

epi_status epi__part_open(struct epi__part *p, struct epi__zip *z, const char *name,
                          struct epi_err *reterr)
{
    zip_stat_t st;
    *p = (struct epi__part){.zip = z};
    zip_int64_t i = zip_name_locate(z->z, name, ZIP_FL_NOCASE);
    if (i < 0 || zip_stat_index(z->z, (zip_uint64_t)i, 0, &st) != 0)
        return EPI_FAIL(reterr, EPI_INVALID, "xlsx.part-missing", "%s", name);
    if ((st.valid & ZIP_STAT_ENCRYPTION_METHOD) && st.encryption_method != ZIP_EM_NONE)
        return EPI_FAIL(reterr, EPI_INVALID, "xlsx.encrypted", "%s", name);
    p->packed = st.valid & ZIP_STAT_COMP_SIZE ? st.comp_size : 0;
    p->f = zip_fopen_index(z->z, (zip_uint64_t)i, 0);
    if (!p->f)
        return EPI_FAIL(reterr, EPI_INVALID, "file.truncated", "%s", name);
    return EPI_OK;
}

epi_status epi__part_read(struct epi__part *p, void *out, size_t max, size_t *ret_n,
                          struct epi_err *reterr)
{
    zip_int64_t n = zip_fread(p->f, out, max);
    if (n < 0)
        return EPI_FAIL(reterr, EPI_INVALID, "file.truncated", "%s", "");
    p->unpacked += (uint64_t)n;
    p->zip->expanded += (uint64_t)n;
    if (p->zip->expanded > p->zip->max_expanded ||
        (p->unpacked > RATIO_FREE && p->unpacked / RATIO_MAX > p->packed))
        return EPI_FAIL(reterr, EPI_LIMIT, "zip.bomb", "%llu",
                        (unsigned long long)(p->zip->max_expanded / 1000000));
    *ret_n = (size_t)n;
    return EPI_OK;
}

void epi__part_close(struct epi__part *p)
{
    if (p->f)
        (void)zip_fclose(p->f);
    p->f = NULL;
}

void epi__xml_stop(struct epi__xml *x, const char *code, epi_status status)
{
    if (x->failed.status == EPI_OK)
        (void)EPI_FAIL(&x->failed, status, code, "%s", "");
    (void)XML_StopParser(x->x, XML_FALSE);
}

static void doctype(void *user, const XML_Char *name, const XML_Char *sysid, const XML_Char *pubid,
                    int internal)
{
    (void)name;
    (void)sysid;
    (void)pubid;
    (void)internal;
    epi__xml_stop(user, "xlsx.doctype", EPI_INVALID);
}

void epi__xml_init(struct epi__xml *x, XML_StartElementHandler start, XML_EndElementHandler end,
                   XML_CharacterDataHandler text)
{
    x->failed = (struct epi_err){.status = EPI_OK};
    x->x = XML_ParserCreate(NULL);
    EPI_ASSERT(x->x);
    XML_SetUserData(x->x, x);
    XML_SetElementHandler(x->x, start, end);
    XML_SetCharacterDataHandler(x->x, text);
    XML_SetStartDoctypeDeclHandler(x->x, doctype);
}

void epi__xml_done(struct epi__xml *x)
{
    if (x->x)
        XML_ParserFree(x->x);
    x->x = NULL;
}

epi_status epi__xml_failure(const struct epi__xml *x, const char *name, struct epi_err *reterr)
{
    if (x->failed.status == EPI_OK)
        return EPI_FAIL(reterr, EPI_INVALID, "xlsx.bad-xml", "%s", name);
    if (reterr)
        *reterr = x->failed;
    return x->failed.status;
}

epi_status epi__xml_run(struct epi__xml *x, struct epi__zip *z, const char *name,
                        struct epi_err *reterr)
{
    struct epi__part part;
    EPI_TRY(epi__part_open(&part, z, name, reterr));
    epi_status s = EPI_OK;
    size_t n = 1;
    while (s == EPI_OK && n) {
        void *chunk = XML_GetBuffer(x->x, CHUNK);
        EPI_ASSERT(chunk);
        s = epi__part_read(&part, chunk, CHUNK, &n, reterr);
        if (s == EPI_OK && XML_ParseBuffer(x->x, (int)n, n == 0) == XML_STATUS_ERROR)
            s = epi__xml_failure(x, name, reterr);
    }
    epi__part_close(&part);
    return s;
}

const char *epi__xml_local(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon ? colon + 1 : name;
}

const char *epi__xml_attr(const char *const *attrs, const char *local)
{
    for (size_t i = 0; attrs[i]; i += 2)
        if (strcmp(epi__xml_local(attrs[i]), local) == 0)
            return attrs[i + 1];
    return NULL;
}
