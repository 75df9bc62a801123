# SPDX-License-Identifier: AGPL-3.0-or-later
# An epidemic person by person in R, beside build/bench/scenario_bench: name<TAB>seconds<TAB>what.
#   Rscript bench/r/scenario.R [people]
# igraph's sir() (r-cran-igraph) is what Debian has of the kind: individuals on a network that does not change, one
# infection or recovery at a time (Gillespie). The same people, mean contacts (13 a person) and R0 2.5, infectious for 6
# days on average, run to the end. It knows no ages, households, places, days, severity, tests or tracing, infects one
# person at first, and its infectious time is exponential; the time of making the network is told apart.
people <- as.integer(c(commandArgs(TRUE), "1000000")[1])
if (!requireNamespace("igraph", quietly = TRUE)) stop("r-cran-igraph is not installed")
timed <- function(name, f, what) {
  s <- sum(system.time(found <- f())[1:2])
  cat(sprintf("%s\t%.2f\t%s\n", name, s, what(found)))
  found
}
set.seed(1)
graph <- timed("network", function() igraph::sample_gnm(people, people * 13 / 2),
               function(g) sprintf("%d people, %d pairs who meet", people, igraph::ecount(g)))
gamma <- 1 / 6
beta <- gamma * 2.5 / (13 - 2.5) # R0 = degree beta / (beta + gamma)
invisible(timed("epidemic", function() {
  for (i in 1:20) { # the first case may infect nobody
    s <- igraph::sir(graph, beta = beta, gamma = gamma, no.sim = 1)[[1]]
    if (max(s$NR) > people / 10) break
  }
  s
}, function(s) {
  cat(sprintf("infected\t%.3f\tof all, last recovery on day %.0f\n", max(s$NR) / people, max(s$times)))
  "the run that did not die out, and those before it"
}))
