// @ts-check
// All sound of the network: who says what, who hears whom, the agents' peer connections, and the recordings.
import { withoutNoiseAndTones } from './sdp.js';
import { bell, FLOOR_DB, keyTone, recordingFrame, ringbackTone, rms, sayNotes, spokenNoise, toDb, toneDb } from './sound.js';

/**
 * @typedef {{id: string, kind: 'media' | 'say' | 'ringback', url?: string, text?: string, loop?: boolean | number, startedAt?: number}} Play
 * @typedef {{leg: string, kind: 'phone' | 'client', label: string, hears: string[], play: Play | null}} MixLeg
 * @typedef {{sid: string, conferenceSid?: string, left: string[], right: string[], paused?: boolean}} MixRecording
 * @typedef {{leg: string, label: string, muted: boolean, hold: boolean, coaching: boolean, coachTarget?: string | null}} Participant
 * @typedef {{sid: string, name: string, state: string, participants: Participant[]}} Conference
 * @typedef {{version: number, legs: MixLeg[], recordings: MixRecording[], conferences: Conference[]}} Mix
 * @typedef {{rmsDb: number, peaks: Record<number, number>}} Level
 * @typedef {'on' | 'refused' | 'missing' | 'busy'} Microphone
 */

/** @type {Mix} */
export const NOTHING_HEARD = { version: 0, legs: [], recordings: [], conferences: [] };

/** The tones that tests listen for, in hertz. */
export const TEST_TONES = [440, 620, 1000];

// Wide enough to be inaudible as a click, short enough to be felt as "at once".
const RAMP = 0.01;

// By then, in ms, a fade is over also on a busy machine, and what faded may be taken apart.
const FADED = 100;

/**
 * Whether a text names a source of sound: `mic`, `noise`, `silence`, or `tone:` and a frequency of 20 to 20000 Hz.
 * @param {string} source
 */
export function isSource(source) {
  const tone = /^tone:(\d{2,5})$/.exec(source);
  return ['mic', 'noise', 'silence'].includes(source) || (tone !== null && Number(tone[1]) >= 20 && Number(tone[1]) <= 20_000);
}

/** A connection between two nodes that fades in when made and out when cut, so that neither is heard as a click. */
class Wire {
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

/** One person's end of a line: a mouth that is heard, and an ear that hears. */
class Line {
  /**
   * @param {AudioContext} context
   * @param {'phone' | 'client'} kind
   */
  constructor(context, kind) {
    this.kind = kind;
    this.mouth = new GainNode(context);
    this.ear = new GainNode(context);
    this.limited = limiter(context, this.ear);
    this.says = new AnalyserNode(context, { fftSize: 4096 });
    this.hears = new AnalyserNode(context, { fftSize: 4096 });
    this.mouth.connect(this.says);
    this.limited.connect(this.hears);

    /** Where an agent's peer connection takes its sound from. */
    this.out = kind === 'client' ? new MediaStreamAudioDestinationNode(context, { channelCount: 1 }) : null;
    if (this.out) {
      this.limited.connect(this.out);
    }

    /** @type {Wire | null} */
    this.voice = null;
    this.source = '';
    /** @type {{id: string, stop: () => void} | null} */
    this.playing = null;
    /** @type {RTCPeerConnection | null} */
    this.peer = null;
    /** @type {HTMLAudioElement | null} */
    this.sink = null;
    /** @type {Wire | null} */
    this.monitor = null;
  }

  close() {
    this.voice?.cut();
    this.playing?.stop();
    this.monitor?.cut();
    this.peer?.close();
    if (this.sink) {
      this.sink.srcObject = null;
      this.sink.remove();
    }
    this.out?.stream.getTracks().forEach((track) => track.stop());
    // After the wires cut above and before, which are taken from these nodes one by one.
    setTimeout(() => [this.mouth, this.ear, this.limited].forEach((node) => node.disconnect()), FADED);
  }
}

/** The sound of the phone network. It lives from `open()` to `close()`. */
export class SoundEngine {
  /**
   * @param {AudioContext} context
   * @param {{monitor: boolean, rawMicrophone: boolean}} options
   */
  constructor(context, options) {
    this.context = context;
    this.options = options;
    /** @type {Map<string, Line>} */
    this.lines = new Map();
    /** @type {Map<string, Wire>} */
    this.edges = new Map();
    /** @type {Map<string, Recording>} */
    this.recordings = new Map();
    /** @type {Map<string, AudioNode>} */
    this.voices = new Map();
    /** @type {Map<string, Promise<AudioBuffer>>} */
    this.media = new Map();
    /** @type {Microphone} */
    this.microphone = 'missing';
    /** @type {MediaStream | null} */
    this.microphoneStream = null;
    this.mix = NOTHING_HEARD;

    /** Everything that reaches the loudspeakers of this computer. */
    this.speakers = new GainNode(context, { gain: options.monitor ? 0.8 : 0 });
    this.speakers.connect(context.destination);
    /** @type {Wire | null} */
    this.ringing = null;

    /** Told how an agent's media fares. @type {(leg: string, state: 'connecting' | 'connected' | 'failed' | 'closed', detail?: string) => void} */
    this.onmedia = () => {};
    /** Given each piece of a recording. @type {(frame: ArrayBuffer) => void} */
    this.onsound = () => {};
    /** Told when the last piece of a recording has been given. @type {(sid: string) => void} */
    this.onrecorded = () => {};
    /** Told of trouble in words for a person. @type {(text: string) => void} */
    this.onnotice = () => {};
    /** Told when the microphone comes or goes. @type {() => void} */
    this.onmicrophone = () => {};
  }

  /**
   * Takes the microphone and starts the sound. Without a click, the browser lets it sound only while a microphone is captured.
   * @param {{monitor: boolean, rawMicrophone: boolean}} options `rawMicrophone` turns the browser's echo and noise treatment
   *   off, which would take a steady test tone for noise
   * @returns {Promise<SoundEngine>}
   */
  static async open(options) {
    const context = new AudioContext({ sampleRate: 48_000, latencyHint: 'interactive' });
    const engine = new SoundEngine(context, options);
    await engine.takeMicrophone();
    await Promise.race([context.resume(), new Promise((resolve) => setTimeout(resolve, 1500))]);
    if (context.state !== 'running') {
      engine.close();
      throw new Error('Press the button: a browser lets a page sound only after a click.');
    }
    // A loudspeaker that is unplugged can suspend the sound; the calls go on.
    context.addEventListener('statechange', () => {
      if (context.state === 'suspended') {
        context.resume().catch(() => {}); // Closed meanwhile.
      }
    });
    await context.audioWorklet.addModule(new URL('./recorder.js', import.meta.url));
    return engine;
  }

  /** Asks for the microphone; `this.microphone` tells what came of it. Calls go on with test tones without one. */
  async takeMicrophone() {
    const treatment = !this.options.rawMicrophone;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: treatment, noiseSuppression: treatment, autoGainControl: treatment },
      });
      this.microphoneStream = stream;
      this.microphone = 'on';
      stream.getAudioTracks()[0].addEventListener('ended', () => {
        this.dropMicrophone();
        this.onmicrophone();
      });
      const heard = new MediaStreamAudioSourceNode(this.context, { mediaStream: stream });
      this.voices.set('mic', heard);
      for (const [leg, line] of this.lines) {
        if (line.source === 'mic') {
          line.source = '';
          this.setSource(leg, 'mic');
        }
      }
    } catch (error) {
      const name = error instanceof DOMException ? error.name : '';
      this.microphone = name === 'NotAllowedError' ? 'refused' : name === 'NotReadableError' ? 'busy' : 'missing';
    }
    this.onmicrophone();
  }

  dropMicrophone() {
    this.microphoneStream?.getTracks().forEach((track) => track.stop());
    this.microphoneStream = null;
    this.microphone = 'missing';
    this.voices.delete('mic');
  }

  /**
   * @param {string} leg
   * @param {'phone' | 'client'} kind
   */
  line(leg, kind) {
    let line = this.lines.get(leg);
    if (!line) {
      line = new Line(this.context, kind);
      this.lines.set(leg, line);
    }
    return line;
  }

  /**
   * Lets go of every line but these.
   * @param {Set<string>} legs
   */
  keepOnly(legs) {
    for (const leg of this.lines.keys()) {
      if (!legs.has(leg)) {
        this.end(leg);
      }
    }
  }

  /** @param {string} leg */
  end(leg) {
    const line = this.lines.get(leg);
    if (!line) {
      return;
    }
    for (const [key, wire] of this.edges) {
      if (key.split('>').includes(leg)) {
        wire.cut();
        this.edges.delete(key);
      }
    }
    this.recordings.forEach((recording) => recording.forget(leg));
    this.lines.delete(leg);
    line.close();
  }

  /**
   * What a phone says.
   * @param {string} leg
   * @param {string} source see {@link isSource}
   */
  setSource(leg, source) {
    const line = this.line(leg, 'phone');
    if (line.source === source) {
      return;
    }
    line.source = source;
    line.voice?.cut();
    const voice = this.voiceOf(source);
    line.voice = voice && new Wire(voice, line.mouth);
  }

  /**
   * @param {string} source
   * @returns {AudioNode | null}
   */
  voiceOf(source) {
    const known = this.voices.get(source);
    if (known || source === 'mic' || source === 'silence') {
      return known ?? null;
    }

    // One tone for all who say it; at half of full scale it reads -6 dB wherever it arrives undamaged.
    const voice = new GainNode(this.context, { gain: source === 'noise' ? 1 : 0.5 });
    const sounding = source === 'noise'
      ? this.loop(spokenNoise(this.context.sampleRate))
      : new OscillatorNode(this.context, { frequency: Number(source.slice('tone:'.length)) });
    sounding.connect(voice);
    sounding.start();
    this.voices.set(source, voice);
    return voice;
  }

  /** @param {Float32Array} samples */
  loop(samples) {
    return new AudioBufferSourceNode(this.context, { buffer: this.buffer(samples), loop: true });
  }

  /** @param {Float32Array} samples */
  buffer(samples) {
    const buffer = new AudioBuffer({ length: samples.length, sampleRate: this.context.sampleRate });
    buffer.copyToChannel(/** @type {Float32Array<ArrayBuffer>} */ (samples), 0);
    return buffer;
  }

  /**
   * Connects everyone as the server says. What stays is not touched, so an unchanged conversation is not disturbed.
   * @param {Mix} mix
   */
  apply(mix) {
    this.mix = mix;
    const wanted = new Map();
    for (const { leg, kind, hears } of mix.legs) {
      this.line(leg, kind);
      for (const from of hears) {
        wanted.set(`${from}>${leg}`, { from, to: leg });
      }
    }

    for (const [key, wire] of this.edges) {
      if (!wanted.has(key)) {
        wire.cut();
        this.edges.delete(key);
      }
    }
    for (const [key, { from, to }] of wanted) {
      const mouth = this.lines.get(from)?.mouth;
      const ear = this.lines.get(to)?.ear;
      if (mouth && ear && !this.edges.has(key)) {
        this.edges.set(key, new Wire(mouth, ear));
      }
    }

    for (const { leg, play } of mix.legs) {
      this.play(/** @type {Line} */ (this.lines.get(leg)), play);
    }
    this.record(mix);
  }

  /**
   * @param {Line} line
   * @param {Play | null} play
   */
  play(line, play) {
    if (line.playing?.id === play?.id) {
      return;
    }
    line.playing?.stop();
    line.playing = null;
    if (!play) {
      return;
    }

    let stopped = false;
    /** @type {AudioBufferSourceNode | null} */
    let sounding = null;
    /** @type {Wire | null} */
    let wire = null;
    line.playing = {
      id: play.id,
      stop: () => {
        stopped = true;
        wire?.cut();
        sounding?.stop(this.context.currentTime + 2 * RAMP);
      },
    };

    this.soundOf(play).then(
      (buffer) => {
        if (stopped) {
          return;
        }
        const times = play.loop === true || play.loop === 0 ? Infinity : Math.max(1, Number(play.loop ?? 1));
        sounding = new AudioBufferSourceNode(this.context, { buffer, loop: times > 1 });
        wire = new Wire(sounding, line.ear);

        // Music goes on where it would be, after a reload or for one who joins later.
        const passed = play.kind === 'say' ? 0 : Math.max(0, (Date.now() - (play.startedAt ?? Date.now())) / 1000);
        sounding.start(0, times === Infinity || passed < buffer.duration ? passed % buffer.duration : 0);
        if (Number.isFinite(times)) {
          sounding.stop(this.context.currentTime + Math.max(0, times * buffer.duration - passed));
        }
      },
      (/** @type {Error} */ error) => this.onnotice(`A sound could not be played: ${error.message}`),
    );
  }

  /**
   * @param {Play} play
   * @returns {Promise<AudioBuffer>}
   */
  async soundOf(play) {
    const rate = this.context.sampleRate;
    switch (play.kind) {
      case 'ringback':
        return this.kept('ringback', async () => this.buffer(ringbackTone(rate)));
      case 'say':
        return this.kept('say', async () => this.buffer(sayNotes(rate)));
      default: {
        const url = new URL(play.url ?? '', location.href);
        if (url.origin !== location.origin) {
          throw new Error('it is not on the simulator.');
        }
        return this.kept(url.href, async () => {
          const answer = await fetch(url);
          if (!answer.ok) {
            throw new Error(`the simulator answered ${answer.status}.`);
          }
          return this.context.decodeAudioData(await answer.arrayBuffer());
        });
      }
    }
  }

  /**
   * @param {string} key
   * @param {() => Promise<AudioBuffer>} make
   */
  kept(key, make) {
    let sound = this.media.get(key);
    if (!sound) {
      sound = make();
      this.media.set(key, sound);
      sound.catch(() => this.media.delete(key)); // The next one to play it may have more luck.
      if (this.media.size > 16) {
        this.media.delete(/** @type {string} */ (this.media.keys().next().value));
      }
    }
    return sound;
  }

  /** @param {Mix} mix */
  record(mix) {
    const wanted = new Set(mix.recordings.map(({ sid }) => sid));
    for (const [sid, recording] of this.recordings) {
      if (!wanted.has(sid)) {
        this.recordings.delete(sid);
        recording.stop();
      }
    }

    for (const told of mix.recordings) {
      let recording = this.recordings.get(told.sid);
      if (!recording) {
        recording = new Recording(this.context, told.sid, (frame) => this.onsound(frame), () => this.onrecorded(told.sid));
        this.recordings.set(told.sid, recording);
      }

      // A recording holds what the conference carries: nobody who is muted or on hold, and no coach's whisper.
      const unheard = new Set(mix.conferences
        .filter(({ sid }) => sid === told.conferenceSid)
        .flatMap(({ participants }) => participants)
        .filter(({ muted, hold, coaching }) => muted || hold || coaching)
        .map(({ leg }) => leg));
      const mouths = (/** @type {string[]} */ legs) => new Map(legs
        .filter((leg) => !unheard.has(leg) && this.lines.has(leg))
        .map((leg) => [leg, /** @type {Line} */ (this.lines.get(leg)).mouth]));
      recording.hear(mouths(told.left), mouths(told.right));
      recording.pause(told.paused === true);
    }
  }

  /**
   * Answers an agent's Voice SDK. An offer for a leg that has a peer connection replaces it: that is how the SDK restarts ICE.
   * @param {string} leg
   * @param {string} offer
   * @returns {Promise<string | null>} the answer with every candidate in it, or null when a newer offer overtook this one
   */
  async answerOffer(leg, offer) {
    return this.connect(leg, async (peer, speak) => {
      await peer.setRemoteDescription({ type: 'offer', sdp: withoutNoiseAndTones(offer) });
      speak();
      await peer.setLocalDescription(await peer.createAnswer());
    });
  }

  /**
   * Offers a connection to an agent's Voice SDK that is being called. Its answer goes to {@link acceptAnswer}.
   * @param {string} leg
   * @returns {Promise<string | null>} the offer with every candidate in it, or null when the leg has gone meanwhile
   */
  async makeOffer(leg) {
    return this.connect(leg, async (peer, speak) => {
      speak();
      const known = RTCRtpReceiver.getCapabilities('audio')?.codecs ?? [];
      peer.getTransceivers()[0].setCodecPreferences(known.filter(({ mimeType }) => !/\/(CN|telephone-event)$/i.test(mimeType)));
      await peer.setLocalDescription(await peer.createOffer());
    });
  }

  /**
   * @param {string} leg
   * @param {string} answer
   */
  async acceptAnswer(leg, answer) {
    const peer = this.lines.get(leg)?.peer;
    if (peer?.signalingState === 'have-local-offer') {
      await peer.setRemoteDescription({ type: 'answer', sdp: answer });
    }
  }

  /**
   * @param {string} leg
   * @param {(peer: RTCPeerConnection, speak: () => void) => Promise<void>} describe ends with a local description set; calls
   *   `speak` to add what the agent is to hear
   */
  async connect(leg, describe) {
    const line = this.line(leg, 'client');
    const { out } = line;
    if (!out) {
      throw new Error('A phone has no peer connection.');
    }

    const before = line.peer;
    const peer = new RTCPeerConnection({ iceServers: [] });
    line.peer = peer;
    const current = () => line.peer === peer && this.lines.get(leg) === line;
    peer.onconnectionstatechange = () => {
      if (current()) {
        this.reportMedia(leg, peer.connectionState);
      }
    };
    peer.ontrack = ({ track }) => {
      if (current()) {
        this.hearPeer(line, track);
      }
    };
    this.onmedia(leg, 'connecting');

    try {
      // With its stream: without an msid in our description the SDK has no remote stream at all.
      await describe(peer, () => peer.addTrack(out.stream.getAudioTracks()[0], out.stream));
      await gathered(peer);
    } catch (error) {
      peer.close();
      if (!current()) {
        return null;
      }
      this.onmedia(leg, 'failed', error instanceof Error ? error.message : String(error));
      throw error;
    }

    before?.close();
    if (!current()) {
      peer.close();
      return null;
    }
    const described = peer.localDescription?.sdp ?? '';
    if (!described.includes('a=candidate:')) {
      this.onmedia(leg, 'failed', 'This browser offers no network address to talk over. Allow the microphone on the phone-network page.');
    }
    return described;
  }

  /**
   * @param {Line} line
   * @param {MediaStreamTrack} track
   */
  hearPeer(line, track) {
    const stream = new MediaStream([track]);
    // Chromium feeds a remote track to Web Audio only while some media element plays it.
    line.sink ??= new Audio();
    line.sink.muted = true;
    line.sink.srcObject = stream;
    line.sink.play().catch(() => {}); // Replaced by the next track before it began.
    line.voice?.cut();
    line.voice = new Wire(new MediaStreamAudioSourceNode(this.context, { mediaStream: stream }), line.mouth);
  }

  /**
   * @param {string} leg
   * @param {RTCPeerConnectionState} state
   */
  reportMedia(leg, state) {
    switch (state) {
      case 'connected':
      case 'closed':
        this.onmedia(leg, state);
        break;
      case 'failed':
        this.onmedia(leg, state, 'No sound came through between the two pages.');
        break;
      default:
        this.onmedia(leg, 'connecting', state);
    }
  }

  /** Tells again how each agent's media fares, for a server that has just come back. */
  reportAll() {
    for (const [leg, { peer }] of this.lines) {
      if (peer) {
        this.reportMedia(leg, peer.connectionState);
      }
    }
  }

  /**
   * Puts a line's ear to the loudspeakers, or takes it away.
   * @param {string} leg
   * @param {boolean} on
   */
  listen(leg, on) {
    const line = this.lines.get(leg);
    if (line && on !== (line.monitor !== null)) {
      line.monitor?.cut();
      line.monitor = on ? new Wire(line.limited, this.speakers) : null;
    }
  }

  /** @param {boolean} on whether a phone rings on the table */
  ring(on) {
    if (on && !this.ringing) {
      const sound = this.loop(bell(this.context.sampleRate));
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
    const sound = new AudioBufferSourceNode(this.context, { buffer: this.buffer(keyTone(digit, this.context.sampleRate)) });
    sound.connect(this.speakers);
    sound.start();
  }

  /** @param {number} volume 0 to 1 */
  setVolume(volume) {
    this.speakers.gain.setTargetAtTime(volume, this.context.currentTime, RAMP);
  }

  /**
   * How loud each line is, over the last 85 ms.
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
    return Object.fromEntries([...this.lines].map(([leg, { says, hears }]) => [leg, { says: read(says), hears: read(hears) }]));
  }

  /**
   * For a meter: how loud a line is just now.
   * @param {string} leg
   * @returns {{says: number, hears: number}} dBFS
   */
  loudness(leg) {
    const line = this.lines.get(leg);
    if (!line) {
      return { says: FLOOR_DB, hears: FLOOR_DB };
    }
    const samples = new Float32Array(2048);
    const read = (/** @type {AnalyserNode} */ analyser) => {
      analyser.getFloatTimeDomainData(samples);
      return toDb(rms(samples));
    };
    return { says: read(line.says), hears: read(line.hears) };
  }

  close() {
    this.ring(false);
    this.keepOnly(new Set());
    this.recordings.forEach((recording) => recording.stop());
    this.recordings.clear();
    this.dropMicrophone();
    void this.context.close();
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

    // Its output is silent; a node that leads nowhere is not run.
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
   * @param {Map<string, AudioNode>} left mouths by leg
   * @param {Map<string, AudioNode>} right
   */
  hear(left, right) {
    [left, right].forEach((mouths, side) => {
      const { bus, wires } = this.sides[side];
      for (const [leg, wire] of wires) {
        if (mouths.get(leg) !== wire.from) {
          wire.cut();
          wires.delete(leg);
        }
      }
      for (const [leg, mouth] of mouths) {
        if (!wires.has(leg)) {
          wires.set(leg, new Wire(mouth, bus));
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
    this.hear(new Map(), new Map());
    this.node.port.postMessage('stop');
  }
}

/**
 * Keeps the sum of many voices within full scale, and leaves one voice alone.
 * @param {AudioContext} context
 * @param {AudioNode} input
 * @returns {GainNode} freed, with what is behind it, once `input` and it are disconnected
 */
function limiter(context, input) {
  const threshold = -1;
  const ratio = 20;
  const squeeze = new DynamicsCompressorNode(context, { threshold, ratio, knee: 0, attack: 0.002, release: 0.1, channelCount: 1, channelCountMode: 'explicit' });

  // The node adds make-up gain by itself: (1 / its gain at full scale) ^ 0.6, by the Web Audio specification. Taken back here.
  const atFullScale = threshold - threshold / ratio;
  const level = new GainNode(context, { gain: 10 ** ((0.6 * atFullScale) / 20) });
  input.connect(squeeze).connect(level);
  return level;
}

/** @param {RTCPeerConnection} peer */
async function gathered(peer) {
  if (peer.iceGatheringState !== 'complete') {
    await new Promise((resolve) => {
      const deadline = setTimeout(resolve, 3000); // A slow interface must not keep the agent waiting; what is there has to do.
      peer.addEventListener('icegatheringstatechange', () => {
        if (peer.iceGatheringState === 'complete') {
          clearTimeout(deadline);
          resolve(undefined);
        }
      });
    });
  }
}

/** @param {number} db */
function round(db) {
  return Math.round(db * 10) / 10;
}
