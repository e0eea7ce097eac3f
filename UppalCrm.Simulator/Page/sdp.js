// @ts-check

/**
 * Takes comfort noise and telephone-event out of an offer, before a peer connection sees it.
 *
 * With comfort noise agreed, Chromium suppresses steady sounds such as test tones and music to nothing. With telephone-event
 * agreed, the Voice SDK sends digits as audio instead of telling the server. Removing them from the answer only does not help.
 * @param {string} sdp
 * @returns {string}
 */
export function withoutNoiseAndTones(sdp) {
  const lines = sdp.split(/\r\n|\n/);
  const gone = new Set(['13']); // 13 is comfort noise by RFC 3551, also when no rtpmap line names it.
  for (const line of lines) {
    const match = /^a=rtpmap:(\d+) (?:CN|telephone-event)\//i.exec(line);
    if (match) {
      gone.add(match[1]);
    }
  }

  const kept = [];
  for (const line of lines) {
    if (line.startsWith('m=audio ')) {
      const [media, port, protocol, ...payloads] = line.split(' ');
      kept.push([media, port, protocol, ...payloads.filter((payload) => !gone.has(payload))].join(' '));
      continue;
    }

    const about = /^a=(?:rtpmap|fmtp|rtcp-fb):(\d+)[ \t]/.exec(line);
    if (!about || !gone.has(about[1])) {
      kept.push(line);
    }
  }
  return kept.join('\r\n');
}
