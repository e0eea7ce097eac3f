// @ts-check
// Connections between audio nodes that begin and end without a click.

/** Seconds of a fade: long enough to be inaudible as a click, short enough to seem immediate. */
export const RAMP = 0.01;

/** Milliseconds after which a fade is over, also on a busy machine. Then its nodes may be disconnected. */
export const FADED = 100;

/** A connection between two nodes. It fades in when it is made, and out when it is cut. */
export class Wire {
  /**
   * @param {AudioNode} from
   * @param {AudioNode} to
   * @param {number} [input] which input of `to`
   */
  constructor(from, to, input = 0) {
    this.from = from;
    this.gain = new GainNode(from.context, { gain: 0 });
    const now = from.context.currentTime;
    this.gain.gain.setValueAtTime(0, now).linearRampToValueAtTime(1, now + RAMP);
    from.connect(this.gain).connect(to, 0, input);
  }

  cut() {
    const { gain, from } = this;
    const now = from.context.currentTime;
    gain.gain.cancelScheduledValues(now);
    gain.gain.setValueAtTime(gain.gain.value, now).linearRampToValueAtTime(0, now + RAMP);
    setTimeout(() => {
      from.disconnect(gain);
      gain.disconnect();
    }, FADED);
  }
}

/**
 * Keeps the sum of many voices within full scale, and leaves one voice alone.
 * @param {AudioContext} context
 * @param {AudioNode} input
 * @returns {GainNode} disconnect `input` and this node to free the nodes between them
 */
export function limiter(context, input) {
  const threshold = -1;
  const ratio = 20;
  const compressor = new DynamicsCompressorNode(context, {
    threshold, ratio, knee: 0, attack: 0.002, release: 0.1, channelCount: 1, channelCountMode: 'explicit',
  });

  // The compressor adds make-up gain: (1 / its gain at full scale) ^ 0.6, by the Web Audio specification. This node removes it.
  const atFullScale = threshold - threshold / ratio;
  const level = new GainNode(context, { gain: 10 ** ((0.6 * atFullScale) / 20) });
  input.connect(compressor).connect(level);
  return level;
}

/**
 * @param {AudioContext} context
 * @param {Float32Array} samples
 */
export function bufferOf(context, samples) {
  const buffer = new AudioBuffer({ length: samples.length, sampleRate: context.sampleRate });
  buffer.copyToChannel(/** @type {Float32Array<ArrayBuffer>} */ (samples), 0);
  return buffer;
}
