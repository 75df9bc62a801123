/* base.h - layer 0 in one include: memory, text, dates, errors, JSON, CSV, random numbers, the
 * outside world. Knows no epidemic word. */
#ifndef EPI_BASE_BASE_H
#define EPI_BASE_BASE_H
#include "base/attr.h"
#include "base/arena.h"
#include "base/str.h"
#include "base/err.h"
#include "base/date.h"
#include "base/id.h"
#include "base/json.h"
#include "base/csv.h"
#include "base/rng.h"
#include "base/io.h"
#endif
