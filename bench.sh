#!/usr/bin/env bash
# Measures the rows W1 W2 P1 R1 R2 C1 C2 M1 L1 L2 H1 H2 H3 F1 F2 F3 G1 G2 (all of them, or those named), each beside a floor in the same run; docs/benchmarks.md explains them.
#   ./bench.sh                 everything, about ten minutes; G1 and G2 need Chromium (CHROMIUM names another one than /usr/bin/chromium)
#   ./bench.sh W1 H1 --smoke   two rows, ten seconds each at most
# A line for people each, and a line of JSON in bench/results/. Loopback only. Never part of the tests.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")"
dotnet build bench/UppalCrm.Bench.csproj -c Release --nologo -v quiet -clp:NoSummary
# Browsers are shown the app as it is published: its files are compressed then, and only then.
rows=" $(echo "$*" | tr a-z A-Z) "
case "${rows/ --SMOKE / }" in
  *" G1 "* | *" G2 "* | " " | "  ") dotnet publish UppalCrm.Web/UppalCrm.Web.csproj -c Release -o bench/bin/published --nologo -v quiet ;;
esac
UPPALCRM_COMMIT=$(git rev-parse --short HEAD 2>/dev/null || echo unknown) exec bench/bin/Release/net10.0/UppalCrm.Bench "$@"
