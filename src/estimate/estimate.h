/* estimate.h - the figures of the epidemic, from series and tables, with their doubt.
 *
 * Pure functions: no clock, no database; randomness is a seed that is passed in. Each header below
 * is one subject and cites the paper and equation of every formula. method.h holds them all in one
 * table for the command line, the API and the pages. */
#ifndef EPI_ESTIMATE_ESTIMATE_H
#define EPI_ESTIMATE_ESTIMATE_H
#include "estimate/capacity.h"
#include "estimate/cfr.h"
#include "estimate/delay.h"
#include "estimate/disease.h"
#include "estimate/duration.h"
#include "estimate/final_size.h"
#include "estimate/forecast.h"
#include "estimate/forecast_care.h"
#include "estimate/growth.h"
#include "estimate/household.h"
#include "estimate/immunity.h"
#include "estimate/method.h"
#include "estimate/network.h"
#include "estimate/nowcast.h"
#include "estimate/offspring.h"
#include "estimate/pool.h"
#include "estimate/proportion.h"
#include "estimate/rt.h"
#include "estimate/scan.h"
#include "estimate/score.h"
#include "estimate/si.h"
#include "estimate/signal.h"
#include "estimate/speed.h"
#include "estimate/standardise.h"
#include "estimate/tree.h"
#include "estimate/two_by_two.h"
#endif
