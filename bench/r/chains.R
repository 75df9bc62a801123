# SPDX-License-Identifier: AGPL-3.0-or-later
# The work of build/bench/estimate_chains in R, printed alike: name<TAB>seconds<TAB>what.
#   Rscript bench/r/chains.R
# Clusters and degrees by igraph (r-cran-igraph), when installed. The packages outbreaker2, epicontacts,
# superspreading and finalsize are not in Debian: what they do is written here from the same formulas, in
# the plainest vectorised R; trees have no counterpart (outbreaker2 took 39 s for 30 cases and 10,000 rounds,
# epicontacts 0.4 s for the line list).
timed <- function(name, what, f, scale = 1) {
  found <- NULL
  s <- sort(sapply(1:3, function(i) sum(system.time(found <<- f())[1:2])))[2]
  cat(sprintf("%s\t%.4f\t%s; %.10g\n", name, s * scale, what, found))
}
contacts <- function(people, n) {
  k <- seq_len(n) - 1
  from <- ((k * 2654435761) %% 2^32) %% people
  data.frame(from = from, to = (from + 1 + (k * 40503) %% 9973) %% people)
}
if (requireNamespace("igraph", quietly = TRUE)) {
  met <- contacts(1e6, 8e5)
  edges <- as.vector(rbind(met$from, met$to)) + 1
  graph <- igraph::make_graph(edges, n = 1e6)
  timed("clusters", "1,000,000 people, 800,000 contacts: degrees, clusters, the graph ready", function() {
    igraph::degree(graph, mode = "in")
    igraph::degree(graph, mode = "out")
    igraph::components(graph, mode = "weak")$no
  })
  timed("clusters_built", "the same with the graph made of the contacts", function() {
    graph <- igraph::make_graph(edges, n = 1e6)
    igraph::degree(graph, mode = "in")
    igraph::degree(graph, mode = "out")
    igraph::components(graph, mode = "weak")$no
  })
  linelist <- data.frame(id = sprintf("case-%05d", 0:5828), onset = 18000 + (0:5828 * 7919) %% 300)
  met <- contacts(5829, 3800)
  met <- data.frame(from = linelist$id[met$from + 1], to = linelist$id[met$to + 1])
  timed("network", "5829 cases, 3800 contacts: degrees, clusters, pairs", function() {
    graph <- igraph::graph_from_data_frame(met, vertices = linelist)
    igraph::degree(graph, mode = "in")
    igraph::degree(graph, mode = "out")
    days <- linelist$onset[match(met$to, linelist$id)] - linelist$onset[match(met$from, linelist$id)]
    median(days)
    igraph::components(graph, mode = "weak")$no
  })
}
timed("offspring_fit", "1000 fits of R and k with profile limits of k, 164 cases (scaled from 50)", function() {
  y <- rep(c(0, 1, 2, 4, 5, 6, 10, 26, 38), c(151, 4, 2, 1, 1, 1, 1, 1, 1))
  m <- mean(y)
  l <- function(u) sum(dnbinom(y, size = exp(u), mu = m, log = TRUE))
  for (i in 1:50) {
    best <- optimize(l, c(-10, 10), maximum = TRUE, tol = 1e-10)
    fall <- function(u) l(u) - best$objective + qchisq(0.95, 1) / 2
    uniroot(fall, c(-10, best$maximum), tol = 1e-10)
    uniroot(fall, c(best$maximum, 10), tol = 1e-10)
  }
  exp(best$maximum)
}, 20)
timed("spread", "10,000 probabilities of an epidemic and shares of cases (scaled from 1000)", function() {
  g <- expand.grid(r = seq_len(100) * 0.05, k = seq_len(10) * 0.05)
  sum(mapply(function(r, k) {
    q <- if (r <= 1) 0 else uniroot(function(q) -expm1(-k * log1p(r * q / k)) - q, c(1e-9, 1), tol = 1e-14)$root
    i <- qnbinom(0.2, size = k + 1, mu = r * (k + 1) / k)
    f <- (0.2 - pnbinom(i - 1, size = k + 1, mu = r * (k + 1) / k)) / dnbinom(i, size = k + 1, mu = r * (k + 1) / k)
    q + pnbinom(i, size = k, mu = r, lower.tail = FALSE) - f * dnbinom(i + 1, size = k, mu = r)
  }, g$r, g$k))
}, 10)
timed("final_size", "1000 final sizes of 16 ages by iteration to 1e-12", function() {
  m <- 1 / (1 + abs(outer(1:16, 1:16, "-")))
  m <- m / eigen(m)$values[1]
  sum(sapply(seq_len(1000), function(k) {
    z <- rep(1, 16)
    repeat {
      next_z <- 1 - exp(-(1 + k * 0.005) * drop(m %*% z))
      if (max(abs(next_z - z)) < 1e-12) break
      z <- next_z
    }
    next_z[16]
  }))
})
timed("household", "100 distributions of 60 susceptible (scaled from 5)", function() {
  sum(sapply(1:5, function(k) {
    q <- 0.9 + k * 0.0009
    p <- matrix(0, 61, 61)
    p[61, 3] <- 1
    done <- numeric(61)
    for (s in 60:0) for (i in 1:60) if (p[s + 1, i + 1] > 0) {
      w <- p[s + 1, i + 1] * dbinom(0:s, s, 1 - q^i)
      done[61 - s] <- done[61 - s] + w[1]
      if (s > 0) for (j in 1:s) p[s - j + 1, j + 1] <- p[s - j + 1, j + 1] + w[j + 1]
    }
    done[61]
  }))
}, 20)
