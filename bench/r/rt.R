# SPDX-License-Identifier: AGPL-3.0-or-later
# The work of build/bench/estimate_rt in EpiEstim (Debian: r-cran-epiestim), printed alike.
#   Rscript bench/r/rt.R [SERIES]
# Times the first SERIES of the 700 (default 14; of the case reproduction number a seventh of them, of
# the uncertain serial interval a fourteenth) and scales up: all of it would take two hours.
suppressMessages(library(EpiEstim))
args <- commandArgs(TRUE)
some <- if (length(args) > 0) as.integer(args[1]) else 14
file <- tempfile()
stopifnot(system2("build/bench/estimate_rt", c("--write", file)) == 0)
cases <- read.csv(file)
days <- nrow(cases)
windows <- list(t_start = 2:(days - 6), t_end = 8:days)
timed <- function(name, n, what, run) {
    t <- system.time(for (i in seq_len(n)) suppressMessages(suppressWarnings(run(cases[[i]]))))
    cat(sprintf("%s\t%.1f\tEpiEstim: %s; timed on %d of 700\n", name, sum(t[1:2]) * 700 / n, what, n))
}
timed("rt-cori-700", some, "estimate_R, parametric_si", function(x)
    estimate_R(x, method = "parametric_si", config = make_config(c(windows, list(mean_si = 8.4, std_si = 3.8)))))
timed("rt-wallinga-teunis-700", max(1, some %/% 7), "wallinga_teunis, mean only (n_sim = 2)", function(x)
    wallinga_teunis(x, method = "parametric_si", config = c(windows, list(mean_si = 8.4, std_si = 3.8, n_sim = 2))))
timed("rt-uncertain-700", max(1, some %/% 14), "estimate_R, uncertain_si, n1 = n2 = 100", function(x)
    estimate_R(x, method = "uncertain_si", config = make_config(c(windows, list(mean_si = 8.4, std_mean_si = 1,
        min_mean_si = 6, max_mean_si = 10.8, std_si = 3.8, std_std_si = 0.5, min_std_si = 2.6, max_std_si = 5,
        n1 = 100, n2 = 100, seed = 1)))))
