// @ts-check
import { FADED, limiter, Wire } from './wire.js';

/** The sound of one leg: what its person says, and what its person hears. */
export class Channel {
  /**
   * @param {AudioContext} context
   * @param {'phone' | 'client'} kind
   */
  constructor(context, kind) {
    this.kind = kind;
    this.said = new GainNode(context);
    this.heard = new GainNode(context);
    this.limited = limiter(context, this.heard);
    this.saidMeter = new AnalyserNode(context, { fftSize: 4096 });
    this.heardMeter = new AnalyserNode(context, { fftSize: 4096 });
    this.said.connect(this.saidMeter);
    this.limited.connect(this.heardMeter);

    /** An agent's peer connection takes its sound from here. */
    this.output = kind === 'client' ? new MediaStreamAudioDestinationNode(context, { channelCount: 1 }) : null;
    if (this.output) {
      this.limited.connect(this.output);
    }

    /** @type {Wire | null} */
    this.voice = null;
    /** The name of the source that a phone says; see `isSource`. */
    this.source = '';
    /** @type {{id: string, stop: () => void} | null} */
    this.playing = null;
    /** @type {RTCPeerConnection | null} */
    this.peer = null;
    /** @type {HTMLAudioElement | null} */
    this.sink = null;
    /** To the loudspeakers. @type {Wire | null} */
    this.monitor = null;
  }

  /** @param {AudioNode | null} source what is said from now on */
  speak(source) {
    this.voice?.cut();
    this.voice = source && new Wire(source, this.said);
  }

  /**
   * Plays a channel to the loudspeakers, or stops that.
   * @param {AudioNode | null} speakers
   */
  listen(speakers) {
    if ((speakers !== null) !== (this.monitor !== null)) {
      this.monitor?.cut();
      this.monitor = speakers && new Wire(this.limited, speakers);
    }
  }

  close() {
    this.speak(null);
    this.playing?.stop();
    this.listen(null);
    this.peer?.close();
    if (this.sink) {
      this.sink.srcObject = null;
      this.sink.remove();
    }
    this.output?.stream.getTracks().forEach((track) => track.stop());
    // Later than the wires that were cut just now: each of them disconnects itself from these nodes.
    setTimeout(() => [this.said, this.heard, this.limited].forEach((node) => node.disconnect()), FADED);
  }
}
