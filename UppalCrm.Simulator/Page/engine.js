// @ts-check
// All sound of the network: it connects the channels of the legs as the server says.
import { begin, maySound } from './begin.js';
import { Channel } from './channel.js';
import { Peers } from './peers.js';
import { Player } from './player.js';
import { Recordings } from './recordings.js';
import { bell, FLOOR_DB, keyTone, rms, toDb, toneDb } from './sound.js';
import { Sources } from './sources.js';
import { bufferOf, FADED, RAMP, Wire } from './wire.js';

/**
 * @typedef {{id: string, kind: 'media' | 'say' | 'ringback', url?: string, text?: string, loop?: boolean | number,
 *   startedAt?: number}} Play `startedAt` in ms since 1970
 * @typedef {{leg: string, kind: 'phone' | 'client', label: string, hears: string[], play: Play | null}} MixLeg
 * @typedef {{sid: string, conferenceSid?: string, left: string[], right: string[], paused?: boolean}} MixRecording
 * @typedef {{leg: string, label: string, muted: boolean, hold: boolean, coaching: boolean, coachTarget?: string | null}} Participant
 * @typedef {{sid: string, name: string, state: string, participants: Participant[]}} Conference
 * @typedef {{version: number, legs: MixLeg[], recordings: MixRecording[], conferences: Conference[]}} Mix
 * @typedef {{rmsDb: number, peaks: Record<number, number>}} Level
 */

/** @type {Mix} */
export const NOTHING_HEARD = { version: 0, legs: [], recordings: [], conferences: [] };

/** The tones that tests listen for, in hertz. */
export const TEST_TONES = [440, 620, 1000];

/** The sound of the phone network. It lives from `open()` to `close()`. */
export class SoundEngine {
  /**
   * @param {AudioContext} context
   * @param {{monitor: boolean, rawMicrophone: boolean}} options
   */
  constructor(context, options) {
    this.context = context;
    /** @type {Map<string, Channel>} */
    this.channels = new Map();
    /** Who hears whom: `from>to`, both legs. @type {Map<string, Wire>} */
    this.wires = new Map();
    this.mix = NOTHING_HEARD;

    /** Everything that reaches the loudspeakers of this computer. */
    this.speakers = new GainNode(context, { gain: options.monitor ? 0.8 : 0 });
    this.speakers.connect(context.destination);
    /** @type {Wire | null} */
    this.ringing = null;

    /** Told how an agent's media is. @type {(leg: string, state: import('./peers.js').MediaState, detail?: string) => void} */
    this.onmedia = () => {};
    /** Given each piece of a recording. @type {(frame: ArrayBuffer) => void} */
    this.onsound = () => {};
    /** Told when the last piece of a recording has been given. @type {(sid: string) => void} */
    this.onrecorded = () => {};
    /** Told of trouble in words for a person. @type {(text: string) => void} */
    this.onnotice = () => {};
    /** Told when the microphone comes or goes. @type {() => void} */
    this.onmicrophone = () => {};

    this.sources = new Sources(context, {
      rawMicrophone: options.rawMicrophone,
      changed: () => this.onmicrophone(),
      found: () => this.speakMicrophone(),
    });
    this.player = new Player(context, (text) => this.onnotice(text));
    this.recordings = new Recordings(context, {
      sound: (frame) => this.onsound(frame),
      recorded: (sid) => this.onrecorded(sid),
    });
    this.peers = new Peers(
      context,
      { find: (leg) => this.channels.get(leg), open: (leg) => this.channel(leg, 'client') },
      (leg, state, detail) => this.onmedia(leg, state, detail),
    );
  }

  /**
   * Takes the microphone and starts the sound. Without a click, the browser lets it sound only while a microphone is captured.
   * @param {{monitor: boolean, rawMicrophone: boolean}} options `rawMicrophone` turns the browser's echo and noise treatment
   *   off, which would take a steady test tone for noise
   * @param {(step: string) => void} [progress] told what is being waited for, in words for a person
   * @returns {Promise<SoundEngine>}
   * @throws {Error} when the sound does not begin, with words for a person
   */
  static async open(options, progress = () => {}) {
    const context = new AudioContext({ sampleRate: 48_000, latencyHint: 'interactive' });
    const engine = new SoundEngine(context, options);
    try {
      progress('Waiting for the microphone: answer the browser’s question about it.');
      await engine.takeMicrophone();
      progress('Waiting for the browser to open the sound of this computer…');
      await begin(context, maySound(context, engine.microphone === 'on'));
      await context.audioWorklet.addModule(new URL('./recorder.js', import.meta.url));
    } catch (error) {
      engine.close();
      throw error;
    }

    // A loudspeaker that is unplugged can suspend the sound; the calls go on.
    context.addEventListener('statechange', () => {
      if (context.state === 'suspended') {
        context.resume().catch(() => {}); // It was closed in the meantime.
      }
    });
    return engine;
  }

  get microphone() {
    return this.sources.microphone;
  }

  takeMicrophone() {
    return this.sources.takeMicrophone();
  }

  /** The microphone has come: the phones that should say it do so from now on. */
  speakMicrophone() {
    for (const channel of this.channels.values()) {
      if (channel.source === 'mic') {
        channel.speak(this.sources.nodeOf('mic'));
      }
    }
  }

  /**
   * @param {string} leg
   * @param {'phone' | 'client'} kind
   */
  channel(leg, kind) {
    let channel = this.channels.get(leg);
    if (!channel) {
      channel = new Channel(this.context, kind);
      this.channels.set(leg, channel);
    }
    return channel;
  }

  /**
   * Closes every channel but these.
   * @param {Set<string>} legs
   */
  keepOnly(legs) {
    for (const leg of this.channels.keys()) {
      if (!legs.has(leg)) {
        this.end(leg);
      }
    }
  }

  /** @param {string} leg */
  end(leg) {
    const channel = this.channels.get(leg);
    if (!channel) {
      return;
    }
    for (const [key, wire] of this.wires) {
      if (key.split('>').includes(leg)) {
        wire.cut();
        this.wires.delete(key);
      }
    }
    this.recordings.forget(leg);
    this.channels.delete(leg);
    channel.close();
  }

  /**
   * What a phone says.
   * @param {string} leg
   * @param {string} source see `isSource`
   */
  setSource(leg, source) {
    const channel = this.channel(leg, 'phone');
    if (channel.source !== source) {
      channel.source = source;
      channel.speak(this.sources.nodeOf(source));
    }
  }

  /**
   * Connects the channels as the server says. A connection that stays is not touched, so an unchanged conversation is not disturbed.
   * @param {Mix} mix
   */
  apply(mix) {
    this.mix = mix;
    const wanted = new Map();
    for (const { leg, kind, hears } of mix.legs) {
      this.channel(leg, kind);
      for (const from of hears) {
        wanted.set(`${from}>${leg}`, { from, to: leg });
      }
    }

    for (const [key, wire] of this.wires) {
      if (!wanted.has(key)) {
        wire.cut();
        this.wires.delete(key);
      }
    }
    for (const [key, { from, to }] of wanted) {
      const said = this.channels.get(from)?.said;
      const heard = this.channels.get(to)?.heard;
      if (said && heard && !this.wires.has(key)) {
        this.wires.set(key, new Wire(said, heard));
      }
    }

    for (const { leg, play } of mix.legs) {
      this.player.play(/** @type {Channel} */ (this.channels.get(leg)), play);
    }
    this.recordings.apply(mix, this.channels);
  }

  /** Reports the state of every agent's media again, to a server that has just come back. */
  reportAll() {
    for (const [leg, { peer }] of this.channels) {
      if (peer) {
        this.peers.reportState(leg, peer.connectionState);
      }
    }
  }

  /**
   * Plays what a leg hears to the loudspeakers, or stops that.
   * @param {string} leg
   * @param {boolean} on
   */
  listen(leg, on) {
    this.channels.get(leg)?.listen(on ? this.speakers : null);
  }

  /** @param {boolean} on whether a phone on this page rings */
  ring(on) {
    if (on && !this.ringing) {
      const sound = new AudioBufferSourceNode(this.context, { buffer: bufferOf(this.context, bell(this.context.sampleRate)), loop: true });
      sound.start();
      this.ringing = new Wire(sound, this.speakers);
    } else if (!on && this.ringing) {
      const { ringing } = this;
      this.ringing = null;
      ringing.cut();
      setTimeout(() => /** @type {AudioBufferSourceNode} */ (ringing.from).stop(), FADED);
    }
  }

  /** @param {string} digit pressed by the person at this computer */
  click(digit) {
    const sound = new AudioBufferSourceNode(this.context, { buffer: bufferOf(this.context, keyTone(digit, this.context.sampleRate)) });
    sound.connect(this.speakers);
    sound.start();
  }

  /** @param {number} volume 0 to 1 */
  setVolume(volume) {
    this.speakers.gain.setTargetAtTime(volume, this.context.currentTime, RAMP);
  }

  /**
   * How loud each leg is, over the last 85 ms.
   * @param {number[]} [tones] hertz
   * @returns {Record<string, {says: Level, hears: Level}>} dBFS; a tone of half of full scale reads -6
   */
  levels(tones = TEST_TONES) {
    const samples = new Float32Array(4096);
    const read = (/** @type {AnalyserNode} */ analyser) => {
      analyser.getFloatTimeDomainData(samples);
      const peaks = Object.fromEntries(tones.map((hz) => [hz, round(toneDb(samples, hz, this.context.sampleRate))]));
      return { rmsDb: round(toDb(rms(samples))), peaks };
    };
    return Object.fromEntries([...this.channels].map(
      ([leg, { saidMeter, heardMeter }]) => [leg, { says: read(saidMeter), hears: read(heardMeter) }],
    ));
  }

  /**
   * For a meter: how loud a leg is just now.
   * @param {string} leg
   * @returns {{says: number, hears: number}} dBFS
   */
  loudness(leg) {
    const channel = this.channels.get(leg);
    if (!channel) {
      return { says: FLOOR_DB, hears: FLOOR_DB };
    }
    const samples = new Float32Array(2048);
    const read = (/** @type {AnalyserNode} */ analyser) => {
      analyser.getFloatTimeDomainData(samples);
      return toDb(rms(samples));
    };
    return { says: read(channel.saidMeter), hears: read(channel.heardMeter) };
  }

  close() {
    this.ring(false);
    this.keepOnly(new Set());
    this.recordings.close();
    this.sources.dropMicrophone();
    void this.context.close();
  }
}

/** @param {number} db */
function round(db) {
  return Math.round(db * 10) / 10;
}
