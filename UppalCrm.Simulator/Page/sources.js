// @ts-check
// What a phone can say: the microphone, a tone, noise, or nothing.
import { spokenNoise } from './sound.js';
import { bufferOf } from './wire.js';

/** @typedef {'on' | 'refused' | 'missing' | 'busy'} Microphone */

/**
 * Whether a text names a source of sound: `mic`, `noise`, `silence`, or `tone:` and a frequency of 20 to 20000 Hz.
 * @param {string} source
 */
export function isSource(source) {
  const tone = /^tone:(\d{2,5})$/.exec(source);
  return ['mic', 'noise', 'silence'].includes(source) || (tone !== null && Number(tone[1]) >= 20 && Number(tone[1]) <= 20_000);
}

/** The sources of sound, each made once and shared by all channels that say it. */
export class Sources {
  /**
   * @param {AudioContext} context
   * @param {{rawMicrophone: boolean, changed: () => void, found: () => void}} options `rawMicrophone` turns the browser's echo and
   *   noise treatment off, which would take a steady test tone for noise; `changed` runs when the microphone comes or goes, `found`
   *   before it when it comes
   */
  constructor(context, options) {
    this.context = context;
    this.options = options;
    /** @type {Map<string, AudioNode>} */
    this.nodes = new Map();
    /** @type {Microphone} */
    this.microphone = 'missing';
    /** @type {MediaStream | null} */
    this.stream = null;
  }

  /** Asks for the microphone and sets `this.microphone` to the result. Calls go on with test sounds without one. */
  async takeMicrophone() {
    const treatment = !this.options.rawMicrophone;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: treatment, noiseSuppression: treatment, autoGainControl: treatment },
      });
      this.stream = stream;
      this.microphone = 'on';
      stream.getAudioTracks()[0].addEventListener('ended', () => {
        this.dropMicrophone();
        this.options.changed();
      });
      this.nodes.set('mic', new MediaStreamAudioSourceNode(this.context, { mediaStream: stream }));
      this.options.found();
    } catch (error) {
      const name = error instanceof DOMException ? error.name : '';
      this.microphone = name === 'NotAllowedError' ? 'refused' : name === 'NotReadableError' ? 'busy' : 'missing';
    }
    this.options.changed();
  }

  dropMicrophone() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    this.microphone = 'missing';
    this.nodes.delete('mic');
  }

  /**
   * @param {string} source see {@link isSource}
   * @returns {AudioNode | null} null for silence, and for a microphone that is not there
   */
  nodeOf(source) {
    const known = this.nodes.get(source);
    if (known || source === 'mic' || source === 'silence') {
      return known ?? null;
    }

    // A tone of half of full scale reads -6 dB wherever it arrives undamaged.
    const node = new GainNode(this.context, { gain: source === 'noise' ? 1 : 0.5 });
    const sounding = source === 'noise'
      ? new AudioBufferSourceNode(this.context, { buffer: bufferOf(this.context, spokenNoise(this.context.sampleRate)), loop: true })
      : new OscillatorNode(this.context, { frequency: Number(source.slice('tone:'.length)) });
    sounding.connect(node);
    sounding.start();
    this.nodes.set(source, node);
    return node;
  }
}
