# SPDX-License-Identifier: AGPL-3.0-or-later
# The work of bench/estimate_signal.c by the R package surveillance, on the same series:
#   Rscript bench/r/signal.R [SERIES]     prints name<TAB>seconds<TAB>what
# Processor seconds of the first SERIES series (standard 10), scaled to 700; build/bench/estimate_signal must exist.
suppressMessages(library(surveillance))
args <- commandArgs(TRUE)
k <- if (length(args) > 0) as.integer(args[1]) else 10
read <- function(which)
    as.matrix(read.csv(pipe(paste("build/bench/estimate_signal", which)), header = FALSE))[, seq_len(k), drop = FALSE]
weekly <- read("weekly")
daily <- read("daily")
days <- as.numeric(as.Date("2015-01-05")) + 7 * (seq_len(nrow(weekly)) - 1)
last <- (nrow(weekly) - 51):nrow(weekly)

line <- function(name, what, run) {
    alarms <- 0
    seconds <- sum(system.time(for (j in seq_len(k)) alarms <- alarms + run(j))[1:2])
    cat(sprintf("%s\t%.2f\t%s, scaled from %d series; %d alarms in these\n", name, seconds * 700 / k, what, k, alarms))
}
week <- function(j, dated = TRUE)
    if (dated) sts(observed = weekly[, j], epoch = days, epochAsDate = TRUE, freq = 52) else
    sts(observed = weekly[, j], freq = 52, start = c(2015, 1))
flexible <- function(j, threshold) sum(suppressWarnings(farringtonFlexible(week(j), control = list(
    range = last, b = 5, w = 3, noPeriods = 10, pastWeeksNotIncluded = 26, weightsThreshold = 2.58,
    pThresholdTrend = 0.05, alpha = 0.05, thresholdMethod = threshold, glmWarnings = FALSE)))@alarm)

line("signal.farrington", "farringtonFlexible", function(j) flexible(j, "delta"))
line("signal.farrington-muan", "farringtonFlexible, muan", function(j) flexible(j, "muan"))
line("signal.farrington-1996", "farrington", function(j)
    sum(suppressWarnings(farrington(week(j), control = list(range = last, b = 5, w = 3, alpha = 0.05)))@alarm))
line("signal.ears", "earsC C1, C2, C3", function(j) {
    s <- sts(observed = daily[, j], freq = 365, start = c(2015, 1))
    sum(sapply(c("C1", "C2", "C3"), function(m) sum(earsC(s, control = list(method = m))@alarm)))
})
old <- function(f, ...) function(j) sum(f(sts2disProg(week(j, FALSE)), control = list(range = last, ...))$alarm)
line("signal.cusum", "algo.cusum", old(algo.cusum, k = 1.04, h = 2.26, trans = "rossi"))
line("signal.bayes", "algo.bayes", old(algo.bayes, b = 0, w = 6, actY = TRUE, alpha = 0.05))
line("signal.rki", "algo.rki", old(algo.rki, b = 2, w = 4, actY = FALSE))
line("signal.outbreak-p", "algo.outbreakP", old(algo.outbreakP, k = 100, ret = "value"))
line("signal.glr", "algo.glrpois", function(j) sum(algo.glrpois(sts2disProg(week(j, FALSE)), control = list(
    range = last, c.ARL = 5, mu0 = rep(mean(weekly[seq_len(last[1] - 1), j]), 52), ret = "value"))$alarm))
