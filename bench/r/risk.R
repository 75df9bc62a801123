# SPDX-License-Identifier: AGPL-3.0-or-later
# The work of build/bench/estimate_risk in R, printed alike: name<TAB>seconds<TAB>what.
#   Rscript bench/r/risk.R
# There is no Debian package of cfr: its rolling estimate is written here from the same formulas,
# vectorised over the grid, which is less work than the package does (it took 1.2 s for the corrected
# ratio). Exact binomial limits by qbeta in one call, the fastest R has: binom.test computes a p value
# beside. fisher.test and ageadjust.direct (r-cran-epitools, when installed) are the packages' own.
timed <- function(name, what, f) {
  s <- sort(sapply(1:3, function(i) sum(system.time(f())[1:2])))[2]
  cat(sprintf("%s\t%.4f\t%s\n", name, s, what))
}
t <- 0:1093
cases <- floor(400 * (1 + sin(t / 58)) + (t * 7919) %% 97)
deaths <- floor(0.015 * 400 * (1 + sin((t - 14) / 58)) + (t * 104729) %% 3)
grid <- seq(1e-4, 1, 1e-4)

limits <- function(x, n) cbind(qbeta(0.025, x, n - x + 1), qbeta(0.975, x + 1, n - x))
corrected <- function() {
  f <- dgamma(t, 2.4, scale = 3.33)
  u <- cumsum(sapply(seq_along(t), function(i) sum(cases[i:1] * f[1:i])))
  n <- cumsum(cases)
  d <- cumsum(deaths)
  sapply(seq_along(t), function(i) {
    if (u[i] <= 0 || u[i] < d[i]) return(rep(NA, 3))
    r <- round(u[i])
    l <- if (n[i] < 100 || d[i] / r >= 0.05) d[i] * log(grid) + (u[i] - d[i]) * log(1 - grid)
         else dpois(d[i], grid * r, log = TRUE)
    ok <- grid[which(l >= max(l, na.rm = TRUE) - 1.92)]
    c(grid[which.max(l)], min(ok), max(ok))
  })
}
timed("cfr_corrected", "1094 days, corrected alone", corrected)
timed("cfr_rolling", "1094 days, naive and corrected", function() {
  corrected()
  n <- cumsum(cases)
  d <- cumsum(deaths)
  limits(d, n)
})
timed("fisher", "1000 tables: exact odds ratio, limits, p", function() {
  for (i in 0:999)
    fisher.test(matrix(c(5 + (i * 7919) %% 40, 3 + (i * 1299709) %% 30, 10 + (i * 104729) %% 80,
                         20 + (i * 15485863) %% 90), 2))
})
timed("binomial_exact", "10000 Clopper-Pearson intervals", function() {
  i <- 0:9999
  limits((i * 7919) %% 200, 200 + (i * 104729) %% 800)
})
if (requireNamespace("epitools", quietly = TRUE))
  timed("standardise", "10599 communes x 18 ages, Fay-Feuer", function() {
    i <- 0:17
    for (k in 0:10598)
      epitools::ageadjust.direct((k * 31 + i * 7919) %% 9, 100 + (k * 17 + i * 104729) %% 900,
                                 stdpop = 18 - i)
  })
