# Delays and nowcasts with R packages, the work of bench/estimate_delay.c: name, seconds (processor time, median of
# three; one run of what takes minutes), what. Packages that are not installed are left out.
#   Rscript bench/r/delay.R
take <- function(name, what, work, runs = 3) {
    time <- replicate(runs, {
        capture.output(suppressMessages(t <- system.time(work())))
        sum(t[c("user.self", "sys.self")])
    })
    cat(sprintf("%s\t%.3g\t%s\n", name, median(time), what))
}
has <- function(p) suppressWarnings(suppressPackageStartupMessages(require(p, character.only = TRUE, quietly = TRUE)))
set.seed(1)
exact <- rgamma(100000, 2, 1 / 3)
days <- floor(exact)
if (has("fitdistrplus")) {
    take("delay-gamma-days", "fitdistrplus", function() fitdist(days[days > 0], "gamma"))
    take("delay-gamma-exact", "fitdistrplus", function() fitdist(exact, "gamma"))
    take("delay-nbinom-days", "fitdistrplus", function() fitdist(days, "nbinom"))
}
if (has("coarseDataTools")) {
    d <- data.frame(EL = 0, ER = 1, SL = days[1:1000], SR = days[1:1000] + 1, type = 0)
    take("delay-interval", "coarseDataTools, log-normal alone, 1,000 pairs", function()
        dic.fit(d, dist = "L"), 1)
}
# Counts of an epidemic of two waves by onset and delay.
triangle <- function(n, delays, level) {
    x <- (seq_len(delays) - 0.5) / (delays / 3)
    p <- x^1.5 * exp(-2.5 * x) / delays * 8
    y <- t(sapply(seq_len(n), function(t) rpois(delays, rgamma(delays, 2, 2 / (level * exp(sin(t / 9)) * p)))))
    y[outer(seq_len(n), seq_len(delays), "+") > n + 1] <- NA
    y
}
if (has("surveillance")) {
    y <- triangle(143, 11, 30)
    at <- which(!is.na(y) & y > 0, arr.ind = TRUE)
    at <- at[rep(seq_len(nrow(at)), y[at]), ]
    day <- as.Date("2021-11-01")
    list <- data.frame(onset = day + at[, 1] - 1, report = day + at[, 1] + at[, 2] - 2)
    take("nowcast-bnb", "surveillance", function()
        nowcast(now = day + 142, when = day + 132:142, data = list, dEventCol = "onset", dReportCol = "report",
                method = "bayes.notrunc.bnb", D = 10, control = list(dRange = c(day, day + 142), N.tInf.max = 20000,
                                                                     N.tInf.prior = structure("unif", max = 20000))))
}
# The model of McGough et al. 2020 in JAGS, 2,000 rounds to settle, 10,000 kept of 20,000.
if (has("rjags")) {
    model <- function(nb) sprintf("model {
        for (t in 1:n) { for (d in 1:k) { mu[t, d] <- exp(a[t]) * b[d]
            %s } }
        a[1] ~ dnorm(0, 0.001); for (t in 2:n) { a[t] ~ dnorm(a[t - 1], tau) }
        tau ~ dgamma(0.001, 0.001); b ~ ddirch(kappa) %s }",
        if (nb) "y[t, d] ~ dnegbin(r / (r + mu[t, d]), r)" else "y[t, d] ~ dpois(mu[t, d])",
        if (nb) "; r ~ dgamma(0.001, 0.001)" else "")
    y <- triangle(35, 15, 30)
    run <- function(nb) function() {
        init <- list(tau = 10, a = rep(3, 35))
        j <- jags.model(textConnection(model(nb)), list(y = y, n = 35, k = 15, kappa = rep(0.1, 15)),
                        inits = if (nb) c(init, r = 3) else init, n.adapt = 1000, quiet = TRUE)
        update(j, 2000, progress.bar = "none")
        coda.samples(j, c("y", "b"), 20000, thin = 2, progress.bar = "none")
    }
    take("nowcast-smooth-poisson", "JAGS, 10,000 draws", run(FALSE), 1)
    take("nowcast-smooth-nbinom", "JAGS, 10,000 draws", run(TRUE), 1)
}
