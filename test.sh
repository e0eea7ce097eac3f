#!/usr/bin/env bash
# Installs what the tests need (Chromium, Firefox, PulseAudio, nginx and redis-server included) and runs them all: the browser half in
# Node, everything else in .NET.
# Ends with a counted line: "N passed, N failed".   One part only: ./test.sh --unit (no browser) or ./test.sh --journeys.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1

part=${1:-all}
case $part in all | --unit | --journeys) ;; *) echo "usage: ./test.sh [--unit|--journeys]" >&2; exit 2 ;; esac
say() { printf '\n== %s\n' "$*"; }
stop() { printf '%s\n' "$*" >&2; exit 1; }

command -v dotnet >/dev/null || stop "The .NET SDK 10 was not found: install it from https://dot.net/download and run ./test.sh again."
command -v node >/dev/null && command -v npm >/dev/null || stop "Node.js was not found: install Node.js 20 or newer from https://nodejs.org and run ./test.sh again."
[ "$(node -p 'Number(process.versions.node.split(".")[0]) >= 20')" = true ] || stop "Node.js $(node --version) is too old: install Node.js 20 or newer and run ./test.sh again."

find_chromium() { for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do [ -n "$name" ] && command -v "$name" && return 0; done; return 1; }
install() { # package, then what to do by hand
  say "Installing $1 (Debian's package)"
  local as_root=""; [ "$(id -u)" = 0 ] || as_root=sudo
  command -v apt-get >/dev/null || return 0
  { $as_root apt-get update -qq && $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1"; } >/dev/null || stop "$1 could not be installed: $2"
}
if [ "$part" != --unit ] && ! find_chromium >/dev/null; then
  by_hand="run 'sudo apt-get install chromium', or set CHROMIUM to a Chrome or Chromium program, and run ./test.sh again."
  install chromium "$by_hand"
  find_chromium >/dev/null || stop "No Chromium was found: $by_hand"
fi
if [ "$part" != --journeys ] && ! command -v redis-server >/dev/null; then
  by_hand="run 'sudo apt-get install redis-server' (two nodes of the app are tested with it) and run ./test.sh again."
  install redis-server "$by_hand"
  command -v redis-server >/dev/null || stop "No redis-server was found: $by_hand"
fi
if [ "$part" != --journeys ] && [ ! -x /usr/sbin/nginx ] && ! command -v nginx >/dev/null; then
  by_hand="run 'sudo apt-get install nginx-light' (a start in Production is tested behind it) and run ./test.sh again."
  install nginx-light "$by_hand"
  [ -x /usr/sbin/nginx ] || command -v nginx >/dev/null || stop "No nginx was found: $by_hand"
fi
if [ "$part" != --unit ] && ! command -v "${FIREFOX:-firefox-esr}" >/dev/null; then
  by_hand="run 'sudo apt-get install firefox-esr', or set FIREFOX to a Firefox program, and run ./test.sh again."
  install firefox-esr "$by_hand"
  command -v "${FIREFOX:-firefox-esr}" >/dev/null || stop "No Firefox was found: $by_hand"
fi
# Firefox opens no sound on a machine without a sound device: its journey starts a PulseAudio of its own, and ends it.
if [ "$part" != --unit ] && ! command -v pulseaudio >/dev/null; then
  by_hand="run 'sudo apt-get install pulseaudio' (a call in Firefox is tested with it) and run ./test.sh again."
  install pulseaudio "$by_hand"
  command -v pulseaudio >/dev/null || stop "No pulseaudio was found: $by_hand"
fi
[ "$part" = --unit ] || { CHROMIUM=$(find_chromium) && FIREFOX=$(command -v "${FIREFOX:-firefox-esr}") && export CHROMIUM FIREFOX; }

results=$(mktemp -d) || exit 1
trap 'rm -rf "$results"' EXIT
# Test databases live in memory where the system has such a place: every write of ours waits for the disk, on purpose.
if [ -d /dev/shm ] && [ -w /dev/shm ] && [ "$(df -Pk /dev/shm | awk 'NR==2{print $4}')" -gt 2000000 ]; then
  TMPDIR=$(mktemp -d /dev/shm/uppalcrm-XXXXXX) && export TMPDIR && trap 'rm -rf "$results" "$TMPDIR"' EXIT
fi
failed=0

say "Building"
dotnet build UppalCrm.sln -c Debug --nologo -v quiet -clp:NoSummary || stop "The build failed; nothing was tested."

if [ "$part" != --journeys ]; then
  say "Browser half (types, unit tests)"
  ( cd wwwroot-interop && npm run --silent check ) || { echo "The TypeScript does not pass its type check."; failed=1; }
  ( cd wwwroot-interop && npx --no-install vitest run --reporter=default --reporter=json --outputFile.json="$results/vitest.json" ) || failed=1
fi

tests=UppalCrm.Tests/bin/Debug/net10.0/UppalCrm.Tests
# Real browsers, real sockets and killed processes share the machine with whatever else runs on it. What fails is tried once more,
# by itself, and only then counts as failed; what passed on the second try is named, so that it can be looked into.
run() { # name, then the runner's filters
  local name=$1; shift
  say "$name"
  "$tests" -noColor -xml "$results/$name.xml" "$@" && return
  [ -s "$results/$name.xml" ] || { failed=1; return; }
  node -e '
    const text = require("fs").readFileSync(process.argv[1], "utf8"), methods = new Set();
    for (const [tag] of text.matchAll(/<test [^>]*result="Fail"[^>]*>/g)) methods.add(tag.match(/ type="([^"]*)"/)[1] + "." + tag.match(/ method="([^"]*)"/)[1]);
    console.log([...methods].join("\n"));' "$results/$name.xml" > "$results/again.txt"
  if [ ! -s "$results/again.txt" ] || [ "$(wc -l < "$results/again.txt")" -gt 12 ]; then failed=1; return; fi
  local again=() method
  while read -r method; do again+=(-method "$method"); done < "$results/again.txt"
  say "$name: once more, by itself: $(tr '\n' ' ' < "$results/again.txt")"
  if "$tests" -noColor "${again[@]}"; then
    sed -n 's/^/PASSED ON THE SECOND TRY: /p' "$results/again.txt"
    cp "$results/again.txt" "$results/$name.again"
  else
    failed=1
  fi
}
[ "$part" = --journeys ] || run Rules -namespace- "UppalCrm.Tests.Journeys*"
[ "$part" = --unit ] || run Journeys -namespace "UppalCrm.Tests.Journeys*"

# Counted from what the runners wrote; a runner that wrote nothing failed.
node - "$results" "$part" "$failed" <<'JS'
const fs = require('fs'), [folder, part, failedSomewhere] = process.argv.slice(2);
let passed = 0, failed = 0, skipped = 0, seen = 0;
const measured = [], broken = [];
const plain = text => text.replace(/<!\[CDATA\[|\]\]>/g, '').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&apos;/g, "'").replace(/&#x([0-9A-F]+);/gi, (_, hex) => String.fromCodePoint(parseInt(hex, 16))).replace(/&amp;/g, '&');
for (const file of fs.readdirSync(folder).filter(name => /\.(json|xml)$/.test(name))) {
  const text = fs.readFileSync(`${folder}/${file}`, 'utf8');
  if (file.endsWith('.json')) {
    const r = JSON.parse(text);
    for (const suite of r.testResults) {
      for (const test of suite.assertionResults.filter(test => test.status === 'failed')) broken.push(`${test.fullName}\n${test.failureMessages.join('\n')}`);
    }
    passed += r.numPassedTests; failed += r.numFailedTests; skipped += r.numPendingTests; seen++;
  } else {
    for (const [, words] of text.matchAll(/<output>(?:<!\[CDATA\[)?([\s\S]*?)(?:\]\]>)?<\/output>/g)) {
      measured.push(...words.split('\n').map(line => line.trim()).filter(line => /\d (ms|s|dB|kB|KiB|cores)\b/.test(line)));
    }
    for (const [, tag, words] of text.matchAll(/<test ([^>]*result="Fail"[^>]*)>([\s\S]*?)<\/test>/g)) {
      const part = name => plain(words.match(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`))?.[1] ?? '').trim();
      broken.push(`${plain(tag.match(/ ?name="([^"]*)"/)?.[1] ?? '?')}\n${part('message')}\n${part('stack-trace').split('\n').slice(0, 6).join('\n')}`);
    }
    const mended = fs.existsSync(`${folder}/${file.replace('.xml', '.again')}`);
    for (const [tag] of text.matchAll(/<assembly [^>]*>/g)) {
      const n = name => Number(tag.match(new RegExp(` ${name}="(\\d+)"`))?.[1] ?? 0);
      passed += n('passed') + (mended ? n('failed') : 0);
      failed += (mended ? 0 : n('failed')) + n('errors');
      skipped += n('skipped');
      seen++;
    }
  }
}
if (measured.length) console.log(`\n== Measured on the way (printed, not judged)\n${measured.join('\n')}`);
if (broken.length) console.log(`\n== Failed\n${broken.map(words => words.slice(0, 3000)).join('\n\n')}`);
const expected = part === 'all' ? 3 : part === '--unit' ? 2 : 1;
if (seen < expected) failed += expected - seen;
if (failed === 0 && failedSomewhere !== '0') failed = 1;
console.log(`\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
process.exit(failed || passed === 0 ? 1 : 0);
JS
