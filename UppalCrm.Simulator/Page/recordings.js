// @ts-check
import { recordingFrame } from './sound.js';
import { limiter, Wire } from './wire.js';

/**
 * @typedef {import('./channel.js').Channel} Channel
 * @typedef {import('./engine.js').Mix} Mix
 */

/** The recordings that are going on. */
export class Recordings {
  /**
   * @param {AudioContext} context
   * @param {{sound: (frame: ArrayBuffer) => void, recorded: (sid: string) => void}} listener given each piece of a recording, and told
   *   when its last piece has been given
   */
  constructor(context, listener) {
    this.context = context;
    this.listener = listener;
    /** @type {Map<string, Recording>} */
    this.live = new Map();
  }

  /**
   * Records what the server asks for, and nothing else.
   * @param {Mix} mix
   * @param {Map<string, Channel>} channels
   */
  apply(mix, channels) {
    const wanted = new Set(mix.recordings.map(({ sid }) => sid));
    for (const [sid, recording] of this.live) {
      if (!wanted.has(sid)) {
        this.live.delete(sid);
        recording.stop();
      }
    }

    for (const { sid, conferenceSid, left, right, paused } of mix.recordings) {
      let recording = this.live.get(sid);
      if (!recording) {
        recording = new Recording(this.context, sid, (frame) => this.listener.sound(frame), () => this.listener.recorded(sid));
        this.live.set(sid, recording);
      }

      // A conference's recording leaves out who is muted or held, and what a coach says.
      const unheard = new Set(mix.conferences
        .filter((conference) => conference.sid === conferenceSid)
        .flatMap(({ participants }) => participants)
        .filter(({ muted, hold, coaching }) => muted || hold || coaching)
        .map(({ leg }) => leg));
      const voices = (/** @type {string[]} */ legs) => new Map(legs
        .filter((leg) => !unheard.has(leg) && channels.has(leg))
        .map((leg) => [leg, /** @type {Channel} */ (channels.get(leg)).said]));
      recording.record(voices(left), voices(right));
      recording.pause(paused === true);
    }
  }

  /** @param {string} leg a leg that has ended */
  forget(leg) {
    this.live.forEach((recording) => recording.forget(leg));
  }

  close() {
    this.live.forEach((recording) => recording.stop());
    this.live.clear();
  }
}

/** One recording: two buses into the audio thread, pieces of PCM out of it. */
class Recording {
  /**
   * @param {AudioContext} context
   * @param {string} sid
   * @param {(frame: ArrayBuffer) => void} onsound
   * @param {() => void} onstopped
   */
  constructor(context, sid, onsound, onstopped) {
    this.node = new AudioWorkletNode(context, 'recorder', { numberOfInputs: 2, channelCount: 1, channelCountMode: 'explicit' });
    this.sides = [0, 1].map((side) => {
      const bus = new GainNode(context);
      const limited = limiter(context, bus);
      limited.connect(this.node, 0, side);
      return { bus, limited, wires: /** @type {Map<string, Wire>} */ (new Map()) };
    });
    this.paused = false;

    // Its output is silent. A browser does not run a node that is not connected to the destination.
    this.node.connect(context.destination);
    this.node.port.onmessage = ({ data }) => {
      if (data === 'stopped') {
        this.node.disconnect();
        this.sides.forEach(({ bus, limited }) => [bus, limited].forEach((node) => node.disconnect()));
        onstopped();
      } else {
        onsound(recordingFrame(sid, data));
      }
    };
  }

  /**
   * @param {Map<string, AudioNode>} left what is said, by leg
   * @param {Map<string, AudioNode>} right
   */
  record(left, right) {
    [left, right].forEach((voices, side) => {
      const { bus, wires } = this.sides[side];
      for (const [leg, wire] of wires) {
        if (voices.get(leg) !== wire.from) {
          wire.cut();
          wires.delete(leg);
        }
      }
      for (const [leg, voice] of voices) {
        if (!wires.has(leg)) {
          wires.set(leg, new Wire(voice, bus));
        }
      }
    });
  }

  /** @param {string} leg */
  forget(leg) {
    for (const { wires } of this.sides) {
      wires.get(leg)?.cut();
      wires.delete(leg);
    }
  }

  /** @param {boolean} paused */
  pause(paused) {
    if (paused !== this.paused) {
      this.paused = paused;
      this.node.port.postMessage(paused ? 'pause' : 'go');
    }
  }

  /** The last piece comes before `onstopped`. */
  stop() {
    this.record(new Map(), new Map());
    this.node.port.postMessage('stop');
  }
}
