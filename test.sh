#!/usr/bin/env bash
# Installs what the tests need (Chromium, Firefox, PulseAudio, nginx and redis-server included) and runs them all: the browser half in
# Node, everything else in .NET.
# Ends with a counted line: "N passed, N failed". A test that fails is named with its words; nothing is tried twice.
#   ./test.sh                                    everything, on SQLite
#   ./test.sh --unit | --journeys                one part only: without a browser, or the journeys of real browsers
#   ./test.sh --sqlserver "<connection string>"  everything but the journeys on SQL Server, each test in a database of its own, which it
#                                                makes and drops: the login may create databases, and the string needs name none
set -u
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1

usage() { echo 'usage: ./test.sh [--unit | --journeys | --sqlserver "<connection string>"]' >&2; exit 2; }
say() { printf '\n== %s\n' "$*"; }
stop() { printf '%s\n' "$*" >&2; exit 1; }

unit=yes journeys=yes database=SQLite
case ${1:-all} in
  all) ;;
  --unit) journeys=no ;;
  --journeys) unit=no ;;
  --sqlserver)
    [ -n "${2:-}" ] || usage
    export UPPALCRM_TEST_SQLSERVER=$2
    database="SQL Server" journeys=no ;;
  *) usage ;;
esac
[ "$database" = "SQL Server" ] || unset UPPALCRM_TEST_SQLSERVER

again="and run ./test.sh again."
command -v dotnet >/dev/null || stop "The .NET SDK 10 was not found: install it from https://dot.net/download $again"
command -v node >/dev/null && command -v npm >/dev/null ||
  stop "Node.js was not found: install Node.js 20 or newer from https://nodejs.org $again"
[ "$(node -p 'Number(process.versions.node.split(".")[0]) >= 20')" = true ] ||
  stop "Node.js $(node --version) is too old: install Node.js 20 or newer $again"

find_chromium() {
  local name
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    [ -n "$name" ] && command -v "$name" && return 0
  done
  return 1
}
install() { # package, then what to do by hand
  say "Installing $1 (Debian's package)"
  local as_root=""
  [ "$(id -u)" = 0 ] || as_root=sudo
  command -v apt-get >/dev/null || return 0
  $as_root apt-get update -qq >/dev/null &&
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" >/dev/null ||
    stop "$1 could not be installed: $2"
}
if [ $journeys = yes ]; then
  by_hand="run 'sudo apt-get install chromium', or set CHROMIUM to a Chrome or Chromium program, $again"
  find_chromium >/dev/null || install chromium "$by_hand"
  CHROMIUM=$(find_chromium) || stop "No Chromium was found: $by_hand"
  by_hand="run 'sudo apt-get install firefox-esr', or set FIREFOX to a Firefox program, $again"
  command -v "${FIREFOX:-firefox-esr}" >/dev/null || install firefox-esr "$by_hand"
  FIREFOX=$(command -v "${FIREFOX:-firefox-esr}") || stop "No Firefox was found: $by_hand"
  # Firefox opens no sound on a machine without a sound device: its journey starts a PulseAudio of its own, and ends it.
  by_hand="run 'sudo apt-get install pulseaudio' (a call in Firefox is tested with it) $again"
  command -v pulseaudio >/dev/null || install pulseaudio "$by_hand"
  command -v pulseaudio >/dev/null || stop "No pulseaudio was found: $by_hand"
  export CHROMIUM FIREFOX
fi
by_hand="run 'sudo apt-get install redis-server' (two nodes of the app are tested with it) $again"
command -v redis-server >/dev/null || install redis-server "$by_hand"
command -v redis-server >/dev/null || stop "No redis-server was found: $by_hand"
by_hand="run 'sudo apt-get install nginx-light' (a start in Production is tested behind it) $again"
find_nginx() { [ -x /usr/sbin/nginx ] || command -v nginx >/dev/null; }
find_nginx || install nginx-light "$by_hand"
find_nginx || stop "No nginx was found: $by_hand"

results=$(mktemp -d) || exit 1
trap 'rm -rf "$results"' EXIT
# Test databases live in memory where the system has such a place: every write of ours waits for the disk, on purpose.
if [ -d /dev/shm ] && [ -w /dev/shm ] && [ "$(df -Pk /dev/shm | awk 'NR==2{print $4}')" -gt 2000000 ]; then
  TMPDIR=$(mktemp -d /dev/shm/uppalcrm-XXXXXX) && export TMPDIR && trap 'rm -rf "$results" "$TMPDIR"' EXIT
fi

say "Dependencies (those of the lock files; one with a known hole stops here)"
dotnet restore UppalCrm.sln --locked-mode -v quiet --nologo ||
  stop "The packages are not those of packages.lock.json, or one has a known hole: nothing was tested."
audit=$(cd wwwroot-interop && npm audit --package-lock-only --fetch-retries=0 --fetch-timeout=10000 2>&1)
case $audit in
  *"found 0 vulnerabilities"*) echo "npm's packages have no known hole." ;;
  *[1-9]*" vulnerabilit"*) stop "A package of npm has a known hole; nothing was tested.
$audit" ;;
  *) echo "npm's registry was asked for known holes and did not say." ;;
esac

# Nothing runs here for long: what the runtime would measure in order to compile it better is never used, and compiling a method anew
# after thirty calls (here: after 1,024) costs more than it gives back.
export DOTNET_TieredPGO=0 DOTNET_TC_CallCountThreshold=400

say "Building"
dotnet build UppalCrm.sln -c Debug --nologo -v quiet -clp:NoSummary || stop "The build failed; nothing was tested."

passed=0 failed=0 skipped=0
count() { passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3)); }

browser_half() {
  say "Browser half (types, unit tests)"
  local report=$results/vitest.json ended=well bad
  (cd wwwroot-interop && npm run --silent check) ||
    { echo "The TypeScript does not pass its type check." | tee -a "$results/broken"; count 0 1 0; }
  (cd wwwroot-interop && npx --no-install vitest run --reporter=default --reporter=json --outputFile.json="$report") || ended=badly
  if [ ! -s "$report" ]; then count 0 1 0; return; fi
  number() { sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" "$report" | head -1; }
  bad=$(number numFailedTests)
  count "$(number numPassedTests)" "$bad" "$(number numPendingTests)"
  # A file that could not be loaded, or an error outside every test.
  if [ $bad = 0 ] && [ $ended = badly ]; then echo "Vitest ended badly: its words are above." >> "$results/broken"; count 0 1 0; fi
  node -e '
    for (const file of JSON.parse(require("fs").readFileSync(process.argv[1])).testResults)
      for (const test of file.assertionResults)
        if (test.status === "failed") console.log(`\n${test.fullName} [FAIL]\n${test.failureMessages.join("\n")}`)
    ' "$report" >> "$results/broken"
}

start() { # name, then the runner's filters
  local name=$1
  shift
  UppalCrm.Tests/bin/Debug/net10.0/UppalCrm.Tests -noColor -showLiveOutput -result-xml "$results/$name.xml" "$@" \
    > "$results/$name.log" 2>&1 &
  running=$!
}
finish() { # name
  local log=$results/$1.log total errors bad left
  # The runner's last line: "Total: 256, Errors: 0, Failed: 1, Skipped: 0, ...". A runner that did not come so far has failed.
  read -r total errors bad left < <(
    sed -n 's/.*Total: \([0-9]*\), Errors: \([0-9]*\), Failed: \([0-9]*\), Skipped: \([0-9]*\).*/\1 \2 \3 \4/p' "$log" | tail -1)
  if [ -z "${total:-}" ]; then tail -40 "$log"; count 0 1 0; return; fi
  count $((total - bad - left)) $((bad + errors)) "$left"
  grep -hE '\[OUTPUT\].*[0-9] (ms|s|dB|kB|KiB|cores)\b' "$log" | sed 's/^ *[^ ]* \[OUTPUT\] *//' >> "$results/measured"
  # A failure is printed with its words and its stack, up to the next test's line.
  awk '/\[(FAIL|ERROR|FATAL ERROR|Test .* Cleanup Failure.*)\]/ { on = 1; lines = 0; print "" }
       /\[(OUTPUT|SKIP|FINISHED)\]/ { on = 0 } /^  Finished:/ { on = 0 }
       on && lines++ < 40' "$log" | cut -c1-1000 >> "$results/broken"
  echo "$1: $total tests, $bad failed"
}

only=()
[ "$database" = SQLite ] || only=(-trait- "Database=Sqlite") # those ask SQLite for its plans, or lock its file
scenarios="UppalCrm.Tests.Scenarios*"
[ $unit = no ] || [ "$database" != SQLite ] || browser_half
if [ $unit = yes ]; then
  # Most of a scenario is waiting for a carrier that takes its time: the others run beside them, each half one test after another.
  say "Rules and scenarios"
  stories="UppalCrm.Tests.Scenarios.ScenarioTests"
  start Scenarios -class "$stories" "${only[@]}"
  told=$running
  start Rules -namespace- "$scenarios" -namespace- "UppalCrm.Tests.Journeys*" "${only[@]}"
  wait "$running" # and then, beside the rest of the scenarios
  start Races -namespace "$scenarios" -class- "$stories" "${only[@]}"
  wait "$told" "$running"
  finish Rules
  finish Races
  finish Scenarios
fi
if [ $journeys = yes ]; then
  say "Journeys"
  start Journeys -namespace "UppalCrm.Tests.Journeys*"
  wait "$running"
  finish Journeys
fi

if [ -s "$results/measured" ]; then say "Measured on the way (printed, not judged)"; cat "$results/measured"; fi
# Seconds and name of the slowest, from the runner's report.
slowest=$(grep -oh '<test id="[^"]*" name="[^"]*" result="[^"]*" time="[^"]*"' "$results"/*.xml 2>/dev/null |
  sed 's/.* name="\([^"]*\)".* time="\(.*\)"/\2 \1/' | sort -rn | head -12 | cut -c1-180)
if [ -n "$slowest" ]; then say "Slowest (seconds)"; echo "$slowest"; fi
if [ -s "$results/broken" ]; then say "Failed"; cat "$results/broken"; fi
say "Tests that touch storage ran on $database."
[ "$database" != SQLite ] || echo 'On SQL Server: ./test.sh --sqlserver "Server=...;User ID=...;Password=...;TrustServerCertificate=True"'
printf '\n%s passed, %s failed%s\n' "$passed" "$failed" "$([ "$skipped" = 0 ] || echo ", $skipped skipped")"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
