#!/usr/bin/env bash
# Measures the rows W1 W2 P1 R1 R2 C1 C2 M1 N1 N2 L1 L2 H1 H2 H3 F1 F2 F3 G1 G2 X1 (all of them but X1, or those named), each beside a floor
# in the same run; docs/benchmarks.md explains them.
#   ./bench.sh                 everything, about ten minutes; G1 and G2 need Chromium (CHROMIUM names another one than /usr/bin/chromium)
#   ./bench.sh W1 H1 --smoke   two rows, ten seconds each at most
#   ./bench.sh N2 --sqlserver "Server=...;User ID=...;Password=...;TrustServerCertificate=True"
#                              calls and races on that SQL Server, in databases that the row makes and drops; N2 is skipped without one
# A line for people each, and a line of JSON in bench/results/. Loopback only, but for the server of N2. Never part of the tests.
# X1, the bad ten minutes, takes eleven and runs only when it is named: SEED=7 ./bench.sh X1 (BAD_MINUTES=3 for fewer).
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")"
dotnet build bench/UppalCrm.Bench.csproj -c Release --nologo -v quiet -clp:NoSummary
rows=() options=() x1=no
while [ $# -gt 0 ]; do
  case $1 in
    X1 | x1) x1=yes ;;
    --sqlserver) options+=("$1" "${2:-}"); shift ;;
    --*) options+=("$1") ;;
    *) rows+=("$(echo "$1" | tr a-z A-Z)") ;;
  esac
  [ $# -eq 0 ] || shift
done
if [ $x1 = yes ]; then
  # The test of that name, for longer and with more agents: it judges itself, and prints what it saw.
  dotnet build UppalCrm.Tests/UppalCrm.Tests.csproj -c Release --nologo -v quiet -clp:NoSummary
  BAD_MINUTES=${BAD_MINUTES:-10} UppalCrm.Tests/bin/Release/net10.0/UppalCrm.Tests -noColor -showLiveOutput \
    -class UppalCrm.Tests.Scenarios.BadMinutesTests
  [ ${#rows[@]} -gt 0 ] || exit 0
fi
# Starts are those of the app as it is published, and browsers are shown that one: its files are compressed then, and only then.
case " ${rows[*]-} " in
  *" G1 "* | *" G2 "* | *" C1 "* | *" C2 "* | "  ")
    machine=()
    [ "$(uname -sm)" != "Linux x86_64" ] || machine=(-r linux-x64)
    dotnet publish UppalCrm.Web/UppalCrm.Web.csproj -c Release ${machine[@]+"${machine[@]}"} -o bench/bin/published --nologo -v quiet ;;
esac
UPPALCRM_COMMIT=$(git rev-parse --short HEAD 2>/dev/null || echo unknown) exec bench/bin/Release/net10.0/UppalCrm.Bench \
  ${rows[@]+"${rows[@]}"} ${options[@]+"${options[@]}"}
