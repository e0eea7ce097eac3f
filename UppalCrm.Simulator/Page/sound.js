// @ts-check
// The arithmetic of sound: no browser objects here, so that it runs in the page, in the audio thread and in plain tests alike.
// Samples are 32-bit floats from -1 to 1; levels are dBFS, where a full-scale sine has an amplitude of 1 (0 dB).

/** What silence reads: lower than any sound that 32-bit floats carry. */
export const FLOOR_DB = -180;

/** The rate of recordings, in samples per second. */
export const RECORDING_RATE = 16_000;

/**
 * @param {number} amplitude 0 to 1
 * @returns {number} dBFS, never below {@link FLOOR_DB}
 */
export function toDb(amplitude) {
  return amplitude > 0 ? Math.max(FLOOR_DB, 20 * Math.log10(amplitude)) : FLOOR_DB;
}

/**
 * @param {ArrayLike<number>} samples
 * @returns {number} root mean square, 0 for no samples
 */
export function rms(samples) {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) {
    sum += samples[i] * samples[i];
  }
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length);
}

/**
 * How loud one tone is within a sound: a tone of amplitude 0.5 reads -6. Goertzel's algorithm under a Hann window, so that
 * tones at least four bins away (4 × rate / length) do not leak into the reading.
 * @param {ArrayLike<number>} samples 2048 or more for tones a hundred hertz apart
 * @param {number} hz the tone
 * @param {number} rate samples per second
 * @returns {number} dBFS
 */
export function toneDb(samples, hz, rate) {
  const n = samples.length;
  if (n === 0) {
    return FLOOR_DB;
  }

  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / rate);
  let last = 0;
  let beforeLast = 0;
  for (let i = 0; i < n; i++) {
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / n);
    const now = samples[i] * window + coefficient * last - beforeLast;
    beforeLast = last;
    last = now;
  }

  const power = last * last + beforeLast * beforeLast - coefficient * last * beforeLast;

  // A tone of amplitude A gives |X| = A × n / 4: half from its two-sided spectrum, half from the window's mean.
  return toDb((4 * Math.sqrt(Math.max(0, power))) / n);
}

/** Lowers the sample rate by a whole factor, without letting what is above the new limit fold down into it. */
export class Decimator {
  /**
   * @param {number} fromRate samples per second
   * @param {number} toRate samples per second; fromRate must be a whole multiple of it
   */
  constructor(fromRate, toRate) {
    const factor = fromRate / toRate;
    if (!Number.isInteger(factor) || factor < 1) {
      throw new RangeError(`${fromRate} is no whole multiple of ${toRate}.`);
    }

    this.factor = factor;
    // 48 taps for each step of the factor put the stop band (80 dB down) at about 1.02 × half the new rate.
    this.taps = factor === 1 ? Float32Array.of(1) : lowPass(48 * factor, (0.455 * toRate) / fromRate);
    this.past = new Float32Array(this.taps.length);
    this.at = 0;
    this.untilNext = factor;
  }

  /**
   * @param {ArrayLike<number>} input any length
   * @param {Float32Array} output receives the samples that became due
   * @param {number} offset where in `output` to begin
   * @returns {number} how many samples were written
   */
  push(input, output, offset) {
    const { taps, past } = this;
    const length = taps.length;
    let written = 0;
    for (let i = 0; i < input.length; i++) {
      past[this.at] = input[i];
      this.at = this.at + 1 === length ? 0 : this.at + 1;
      if (--this.untilNext > 0) {
        continue;
      }

      this.untilNext = this.factor;
      let sum = 0;
      for (let tap = 0, from = this.at; tap < length; tap++) {
        sum += taps[tap] * past[from];
        from = from + 1 === length ? 0 : from + 1;
      }
      output[offset + written++] = sum;
    }
    return written;
  }
}

/**
 * A linear-phase low-pass: a windowed sinc (Kaiser, 80 dB), with a gain of exactly one for a constant.
 * @param {number} length taps
 * @param {number} cutoff the middle of the slope, as a part of the sample rate
 */
function lowPass(length, cutoff) {
  const beta = 7.86; // Kaiser's own figure for 80 dB.
  const taps = new Float32Array(length);
  const middle = (length - 1) / 2;
  let sum = 0;
  for (let i = 0; i < length; i++) {
    const x = i - middle;
    const sinc = x === 0 ? 2 * cutoff : Math.sin(2 * Math.PI * cutoff * x) / (Math.PI * x);
    const edge = x / middle;
    taps[i] = (sinc * bessel0(beta * Math.sqrt(Math.max(0, 1 - edge * edge)))) / bessel0(beta);
    sum += taps[i];
  }
  return taps.map((tap) => tap / sum);
}

/** @param {number} x the modified Bessel function of order zero, by its series */
function bessel0(x) {
  let sum = 1;
  let term = 1;
  for (let k = 1; k < 40; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/**
 * Two channels as the recording wants them: signed 16-bit, left and right in turn.
 * @param {Float32Array} left
 * @param {Float32Array} right
 * @param {number} count samples of each channel
 * @returns {Int16Array} 2 × count samples; what is louder than full scale is cut to it
 */
export function interleave(left, right, count) {
  const pcm = new Int16Array(2 * count);
  for (let i = 0; i < count; i++) {
    pcm[2 * i] = toPcm(left[i]);
    pcm[2 * i + 1] = toPcm(right[i]);
  }
  return pcm;
}

/** @param {number} sample */
function toPcm(sample) {
  return Math.round(Math.max(-1, Math.min(1, sample)) * 32_767);
}

/**
 * One message of recorded sound: the recording's sid as 34 ASCII bytes, then the samples, little-endian.
 * @param {string} sid `RE` and 32 hexadecimal digits
 * @param {Int16Array} pcm
 * @returns {ArrayBuffer}
 */
export function recordingFrame(sid, pcm) {
  if (!/^RE[0-9a-f]{32}$/.test(sid)) {
    throw new RangeError('A recording sid is RE and 32 hexadecimal digits.');
  }

  const frame = new ArrayBuffer(sid.length + 2 * pcm.length);
  const bytes = new DataView(frame);
  for (let i = 0; i < sid.length; i++) {
    bytes.setUint8(i, sid.charCodeAt(i));
  }
  for (let i = 0; i < pcm.length; i++) {
    bytes.setInt16(sid.length + 2 * i, pcm[i], true);
  }
  return frame;
}

/**
 * The tone that a caller hears while the other end rings: 440 and 480 Hz, two seconds on, four off, as in North America.
 * @param {number} rate samples per second
 * @returns {Float32Array} six seconds, to be repeated
 */
export function ringbackTone(rate) {
  return paint(rate, 6, [{ from: 0, seconds: 2, tones: [440, 480], amplitude: 0.2 }]);
}

/**
 * The bell of a phone on the table: a soft trill, two bursts, then a pause.
 * @param {number} rate samples per second
 * @returns {Float32Array} three seconds, to be repeated
 */
export function bell(rate) {
  const strokes = [];
  for (const burst of [0, 0.55]) {
    for (let stroke = 0; stroke < 8; stroke++) {
      strokes.push({ from: burst + stroke * 0.05, seconds: 0.05, tones: stroke % 2 === 0 ? [784] : [988], amplitude: 0.22 });
    }
  }
  return paint(rate, 3, strokes);
}

/**
 * The stand-in for spoken text: two soft notes. Their frequencies keep clear of the test tones.
 * @param {number} rate samples per second
 * @returns {Float32Array} just under one second
 */
export function sayNotes(rate) {
  return paint(rate, 0.95, [
    { from: 0.05, seconds: 0.35, tones: [740], amplitude: 0.18 },
    { from: 0.45, seconds: 0.45, tones: [554], amplitude: 0.18 },
  ]);
}

/**
 * The pair of tones of one key.
 * @param {string} digit 0-9, * or #
 * @param {number} rate samples per second
 * @returns {Float32Array} 120 ms; silence for anything that is no key
 */
export function keyTone(digit, rate) {
  const at = '123456789*0#'.indexOf(digit);
  const row = [697, 770, 852, 941][Math.floor(at / 3)];
  const column = [1209, 1336, 1477][at % 3];
  const tones = at < 0 || digit.length !== 1 ? [] : [row, column];
  return paint(rate, 0.12, [{ from: 0, seconds: 0.12, tones, amplitude: 0.2 }]);
}

/**
 * @typedef {{from: number, seconds: number, tones: number[], amplitude: number}} Stroke `amplitude` is shared by the tones
 * @param {number} rate
 * @param {number} seconds
 * @param {Stroke[]} strokes
 */
function paint(rate, seconds, strokes) {
  const samples = new Float32Array(Math.round(rate * seconds));
  const edge = 0.01 * rate;
  for (const { from, seconds: long, tones, amplitude } of strokes) {
    const start = Math.round(from * rate);
    const count = Math.round(long * rate);
    for (let i = 0; i < count && start + i < samples.length; i++) {
      const fade = Math.min(1, i / edge, (count - i) / edge); // Without soft edges each stroke would click.
      let sum = 0;
      for (const hz of tones) {
        sum += Math.sin((2 * Math.PI * hz * i) / rate);
      }
      samples[start + i] += (fade * amplitude * sum) / Math.max(1, tones.length);
    }
  }
  return samples;
}

/**
 * Noise with the rhythm and colour of speech, for hearing at once that a call has sound. The same at each call.
 * @param {number} rate samples per second
 * @returns {Float32Array} eight seconds, to be repeated; peaks at 0.5
 */
export function spokenNoise(rate) {
  const samples = new Float32Array(rate * 8);
  let seed = 20_071;
  const random = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 0x1_0000_0000;
  };

  let at = Math.round(0.2 * rate);
  let syllables = 3 + Math.floor(random() * 4);
  while (at < samples.length - rate * 0.5) {
    const count = Math.round((0.11 + 0.12 * random()) * rate);
    const pitch = 105 + 40 * random();
    const formant = 350 + 450 * random();
    const loudness = 0.6 + 0.4 * random();
    let voiced = 0;
    let ringing = 0;
    for (let i = 0; i < count; i++) {
      // A buzz at the pitch with breath, through one resonance: enough to sound like a person behind a wall.
      const buzz = ((i * pitch) / rate) % 1 < 0.08 ? 1 : 0;
      const input = buzz + 0.12 * (random() - 0.5);
      const next = input + 2 * 0.985 * Math.cos((2 * Math.PI * formant) / rate) * voiced - 0.985 * 0.985 * ringing;
      ringing = voiced;
      voiced = next;
      samples[at + i] += loudness * Math.sin((Math.PI * i) / count) * next;
    }
    at += count + Math.round(0.02 * rate);
    if (--syllables === 0) {
      at += Math.round((0.25 + 0.4 * random()) * rate);
      syllables = 3 + Math.floor(random() * 5);
    }
  }

  // The slope of the sound rather than its value: takes out the constant part and the boom of the lowest tones.
  let peak = 0;
  for (let i = 0; i < samples.length; i++) {
    samples[i] = (i + 1 < samples.length ? samples[i + 1] : 0) - samples[i];
    peak = Math.max(peak, Math.abs(samples[i]));
  }
  return samples.map((sample) => (0.5 * sample) / peak);
}
