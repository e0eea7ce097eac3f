// @ts-check
// Runs in the browser's audio thread: hears our side (input 0) and the customer's side (input 1) and hands the page PCM.
import { Decimator, interleave, RECORDING_RATE } from './sound.js';

// The audio thread's own globals, which the DOM's types do not know.
/** @type {{AudioWorkletProcessor: new () => {port: MessagePort}, registerProcessor: Function, sampleRate: number}} */
const thread = /** @type {any} */ (globalThis);

const CHUNK = RECORDING_RATE / 10;
const SILENCE = new Float32Array(128);

class Recorder extends thread.AudioWorkletProcessor {
  constructor() {
    super();
    this.filters = [new Decimator(thread.sampleRate, RECORDING_RATE), new Decimator(thread.sampleRate, RECORDING_RATE)];
    this.channels = [new Float32Array(CHUNK + 128), new Float32Array(CHUNK + 128)];
    this.count = 0;
    this.paused = false;
    this.done = false;
    this.port.onmessage = ({ data }) => {
      if (data === 'stop') {
        this.flush();
        this.done = true;
        this.port.postMessage('stopped');
      } else {
        this.paused = data === 'pause';
      }
    };
  }

  /**
   * @param {Float32Array[][]} inputs one channel each; none at all while nothing is connected, which is silence
   * @returns {boolean} whether there is more to come
   */
  process(inputs) {
    if (this.done) {
      return false;
    }
    if (this.paused) {
      return true;
    }

    let written = 0;
    for (let side = 0; side < 2; side++) {
      written = this.filters[side].push(inputs[side][0] ?? SILENCE, this.channels[side], this.count);
    }
    this.count += written;
    if (this.count >= CHUNK) {
      this.flush();
    }
    return true;
  }

  flush() {
    if (this.count > 0) {
      const pcm = interleave(this.channels[0], this.channels[1], this.count);
      this.count = 0;
      this.port.postMessage(pcm, [pcm.buffer]);
    }
  }
}

thread.registerProcessor('recorder', Recorder);
