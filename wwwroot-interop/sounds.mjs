// The Voice SDK's small sounds, made here so that none is fetched from another host. Key tones are DTMF (ITU-T Q.23);
// incoming, outgoing and disconnect are silent: the ring is ours (src/ring.ts), ringback comes with the call.

const rate = 8000;
const rows = [697, 770, 852, 941];
const columns = [1209, 1336, 1477];
const keys = ['123', '456', '789', 's0h'];

/** @returns {Record<string, Buffer>} WAV files by the SDK's names for them. */
export function sounds() {
  const made = { incoming: wav([]), outgoing: wav([]), disconnect: wav([]) };
  keys.forEach((line, row) => [...line].forEach((key, column) => {
    made[`dtmf${key}`] = wav(tone(rows[row], columns[column]));
  }));
  return made;
}

function tone(low, high) {
  const length = rate * 0.16;
  return Array.from({ length }, (_, i) => {
    const swell = Math.min(1, i / 40, (length - i) / 40);
    return 0.2 * swell * (Math.sin(2 * Math.PI * low * i / rate) + Math.sin(2 * Math.PI * high * i / rate));
  });
}

/** 16-bit mono PCM; at least 20 ms, so that every player takes it. */
function wav(samples) {
  const length = Math.max(samples.length, rate / 50);
  const file = Buffer.alloc(44 + length * 2);
  file.write('RIFF', 0);
  file.writeUInt32LE(36 + length * 2, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(rate * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(length * 2, 40);
  samples.forEach((sample, i) => file.writeInt16LE(Math.round(sample * 32767), 44 + i * 2));
  return file;
}
