# SPDX-License-Identifier: AGPL-3.0-or-later
# The work of bench/stats_bench.c by base R and MASS, whose distributions are compiled C called with whole vectors:
#   Rscript bench/r/stats.R     prints name<TAB>seconds<TAB>what, processor seconds, median of three
spread <- function(i, lo, hi) lo * exp(((i * 2654435761) %% 4294967296 %% 1000003) / 1000003 * log(hi / lo))
u <- function(i, k) ((i * 40503 + k * 7919) %% 9973 + 1) / 9975
line <- function(name, what, run, times = 1) {
    s <- sapply(1:3, function(k) sum(system.time(run())[1:2])) * times
    cat(sprintf("%s\t%.4f\t%s\n", name, median(s), what))
}
p <- c(0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975)
i <- 0:249999
a <- floor(spread(i, 1, 2000)); line("stats.quants", "qgamma", function() for (q in p) qgamma(q, a))
b <- spread(i, 1, 5); line("stats.quants-small", "qgamma", function() for (q in p) qgamma(q, b))
b2 <- spread(0:24999, 0.05, 1); line("stats.quants-tiny", "qgamma", function() for (q in p) qgamma(q, b2))
i <- 0:199999
a <- spread(i, 0.5, 2000); v <- u(i, 0); line("stats.gamma-quant", "qgamma", function() qgamma(v, a))
i <- 0:999999
a <- spread(i, 0.5, 20); x <- spread(i + 1, 0.5, 40); line("stats.gamma-p", "pgamma", function() pgamma(x, a))
a2 <- spread(i, 20, 2000); x2 <- a2 * (0.8 + 0.4 * u(i, 1)); line("stats.gamma-p-large", "pgamma", function() pgamma(x2, a2))
l <- spread(i, 0.01, 1e4); line("stats.lgamma", "lgamma", function() lgamma(l))
d <- spread(i, 0.1, 1e4); line("stats.digamma", "digamma", function() digamma(d))
z <- 6 * u(i, 0) - 3; line("stats.normal-cdf", "pnorm", function() pnorm(z))
w <- u(i, 0); line("stats.normal-q", "qnorm", function() qnorm(w))
j <- 0:199999
ba <- spread(j, 0.5, 50); bb <- spread(j + 3, 0.5, 50); line("stats.beta", "pbeta", function() pbeta(u(j, 0), ba, bb))
ca <- spread(j, 200, 4000); cb <- ca * (0.9 + 0.2 * u(j, 1)); cx <- 0.5 + 0.1 * (u(j, 0) - 0.5)
line("stats.beta-large", "pbeta", function() pbeta(cx, ca, cb))
k <- 0:99999
line("stats.beta-quant", "qbeta, 10,000 of them scaled", function() qbeta(u(k[1:1e4], 0), spread(k[1:1e4], 0.5, 300), spread(k[1:1e4] + 3, 0.5, 300)), 10)
line("stats.t-quant", "qt", function() qt(u(k, 0), spread(k, 1, 300)))
m <- floor(spread(i, 1, 1000)); mu <- spread(i + 1, 1, 1000)
line("stats.poisson-pmf", "dpois, log", function() dpois(m, mu, log = TRUE))
line("stats.poisson-cdf", "ppois", function() ppois(m, mu))
line("stats.nbinom-pmf", "dnbinom, log", function() dnbinom(m, mu = mu, size = 3, log = TRUE))
line("stats.nbinom-quant", "qnbinom", function() qnbinom(u(k, 0), mu = spread(k, 1, 1000), size = spread(k + 5, 0.5, 50)))
line("stats.draw-binomial", "rbinom", function() rbinom(1e6, 1000, u(i, 0)))
line("stats.draw-nbinom", "rnbinom", function() rnbinom(1e6, mu = mu, size = 3))
line("stats.sort", "sort of runif", function() sort(runif(1e6), method = "quick"))
t <- 0:262; x <- cbind(1, t, outer(t %% 52 %/% 5, 1:9, "==") + 0)
counts <- function() rnbinom(263, mu = exp(4 * runif(1)) * (1 + 0.5 * sin(t / 8.3)), size = 5)
line("stats.poisson-fit", "glm.fit, 50 scaled", function() for (k in 1:50) glm.fit(x, counts(), family = poisson()), 40)
suppressMessages(library(MASS))
line("stats.nbinom-fit", "glm.nb, 20 scaled", function() for (k in 1:20) { y <- counts(); suppressWarnings(glm.nb(y ~ x - 1)) }, 25)
