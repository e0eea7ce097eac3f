// @ts-check
// The phone network as this page knows it: the server's calls, the phones on the page, and what a person may do with them.
import { NOTHING_HEARD, SoundEngine } from './engine.js';
import { Handsets, numberOrThrow, toNumber } from './handsets.js';
import { PhoneLink } from './link.js';
import { Placements } from './placements.js';
import { isSource } from './sources.js';

/**
 * @typedef {import('./engine.js').Mix} Mix
 * @typedef {{leg: string, state: 'calling' | 'ringing' | 'in-call' | 'in-conference' | 'ended', direction: 'inbound' | 'outbound',
 *   own: string, other: string, since: number, reason?: string}} PhoneCall one call of one phone; `own` is the phone's number,
 *   `since` in ms since 1970
 * @typedef {import('./handsets.js').Handset} Handset
 * @typedef {{state: 'connecting' | 'connected' | 'failed' | 'closed', detail?: string}} Media
 * @typedef {'off' | 'connecting' | 'open' | 'lost' | 'moved'} Status
 */

/**
 * Emits `change` when anything to be drawn has changed; `notice`, with a text for a person; `said`, when words are spoken to a
 * phone; `session`, when the simulator is another one than before.
 */
export class PhoneNetwork extends EventTarget {
  /**
   * @param {{monitor: boolean, source: string | null, rawMicrophone: boolean}} options `source` presets what every phone says
   */
  constructor(options) {
    super();
    this.options = options;
    /** @type {Status} */
    this.status = 'off';
    this.sessionId = '';
    /** @type {string[]} */
    this.businessNumbers = [];
    /** @type {Map<string, PhoneCall>} */
    this.calls = new Map();
    /** @type {Map<string, string>} */
    this.agents = new Map();
    /** @type {Map<string, Media>} */
    this.media = new Map();
    /** @type {Mix} */
    this.mix = NOTHING_HEARD;
    this.phones = new Handsets(options.source);
    /** The numbers of the phones that are played to the loudspeakers. */
    this.listening = new Set();
    this.listenToSeveral = false;
    /** @type {SoundEngine | null} */
    this.engine = null;
    this.starting = false;
    /** @type {PhoneLink | null} */
    this.link = null;
    this.placements = new Placements();
    /** @type {Set<string>} */
    this.spoken = new Set();
  }

  get handsets() {
    return this.phones.all;
  }

  /** Whether the server counts on this page for sound. */
  get ready() {
    return this.status === 'open' && this.sessionId !== '';
  }

  /**
   * Takes the microphone, starts the sound and joins the simulator.
   * @param {(step: string) => void} [progress] told what is being waited for, in words for a person
   * @throws {Error} when the browser does not let the page sound, with words for a person
   */
  async start(progress) {
    if (this.engine || this.starting) {
      return;
    }
    this.starting = true;
    const engine = await SoundEngine.open(this.options, progress).finally(() => (this.starting = false));
    this.engine = engine;
    engine.onmedia = (leg, state, detail) => {
      this.media.set(leg, detail === undefined ? { state } : { state, detail });
      this.link?.send({ type: 'media', leg, state, ...(detail === undefined ? {} : { detail }) });
      this.changed();
    };
    engine.onsound = (frame) => this.link?.sendSound(frame);
    engine.onrecorded = (sid) => this.link?.send({ type: 'recorded', sid });
    engine.onnotice = (text) => this.notice(text);
    engine.onmicrophone = () => {
      this.sendReady();
      this.changed();
    };
    this.link = new PhoneLink({
      message: (message) => this.receive(message),
      status: (status) => this.setStatus(status),
    });
  }

  /** @param {Status} status */
  setStatus(status) {
    this.status = status;
    if (status === 'moved') {
      // Another page is the network now. Two pages would both answer the agents.
      this.engine?.close();
      this.engine = null;
      this.link = null;
      this.clearCalls();
    }
    this.changed();
  }

  /** @param {any} message one of the server's, see the simulator's own description of `/phone` */
  receive(message) {
    switch (message.type) {
      case 'hello':
        this.receiveHello(message);
        break;
      case 'phone':
        this.receiveCall(message);
        break;
      case 'leg-offer':
        void this.connectAgent(message, (engine) => engine.peers.answer(message.leg, message.sdp), 'leg-answer');
        break;
      case 'leg-invite':
        void this.connectAgent(message, (engine) => engine.peers.offer(message.leg), 'leg-sdp');
        break;
      case 'leg-accept':
        this.engine?.peers.accept(message.leg, message.sdp).catch((error) => this.notice(String(error)));
        break;
      case 'problem':
        this.receiveProblem(message);
        break;
      case 'leg-end':
        this.agents.delete(message.leg);
        this.media.delete(message.leg);
        this.engine?.end(message.leg);
        break;
      case 'mix':
        this.receiveMix(message);
        break;
      case 'state':
        break; // The log has new entries; an open log panel reads them at each change.
      default:
        return;
    }
    this.changed();
  }

  /**
   * @param {{sessionId: string, businessNumbers: string[], mix: Mix, phones: PhoneCall[],
   *   clients: {leg: string, identity: string}[]}} hello
   */
  receiveHello({ sessionId, businessNumbers, mix, phones, clients }) {
    // The sound of agents who are still in a call goes on; receiveMix below drops the others.
    if (sessionId !== this.sessionId) {
      this.spoken.clear(); // Another simulator starts its numbering again.
      this.dispatchEvent(new Event('session'));
    }
    this.sessionId = sessionId;
    this.businessNumbers = businessNumbers ?? [];
    this.calls.clear();
    this.phones.clearCalls();
    this.agents = new Map((clients ?? []).map(({ leg, identity }) => [leg, identity]));
    this.media = new Map([...this.media].filter(([leg]) => this.agents.has(leg)));
    (phones ?? []).forEach((call) => this.receiveCall(call));
    this.receiveMix(mix ?? NOTHING_HEARD);
    const talking = [...this.calls.values()].find(({ state }) => state !== 'ringing');
    if (this.listening.size === 0 && talking) {
      this.pickUp(talking.own); // The page was reloaded; the person was on this phone before.
    }
    this.sendReady();
    this.engine?.reportAll();
  }

  sendReady() {
    if (this.sessionId !== '') {
      this.link?.send({ type: 'ready', audio: true, mic: this.engine?.microphone === 'on' });
    }
  }

  clearCalls() {
    this.calls.clear();
    this.agents.clear();
    this.media.clear();
    this.phones.clearCalls();
    this.mix = NOTHING_HEARD;
    this.engine?.apply(NOTHING_HEARD);
    this.engine?.keepOnly(new Set());
    this.sessionId = '';
  }

  /** @param {PhoneCall} call */
  receiveCall(call) {
    const handset = this.phones.open(call.own);
    const known = this.calls.get(call.leg);
    if (call.state === 'ended') {
      this.calls.delete(call.leg);
      if (handset.leg === call.leg) {
        handset.leg = [...this.calls.values()].find(({ own }) => own === call.own)?.leg ?? null;
        handset.lastEnd = { reason: call.reason ?? '', other: call.other };
        handset.caption = '';
      }
      if (!known && call.direction === 'inbound') {
        this.placements.refused(call.own, `The call was not taken: ${call.reason ?? 'it ended at once'}.`);
      }
      this.dropUnused();
      this.updateLoudspeakers();
      return;
    }

    if (call.state === 'ringing' && handset.leg !== null && handset.leg !== call.leg) {
      this.link?.send({ type: 'reject', leg: call.leg, reason: 'busy' }); // This phone is in another call.
      return;
    }

    this.calls.set(call.leg, call);
    handset.leg = call.leg;
    handset.lastEnd = null;
    if (!known) {
      handset.caption = '';
      this.engine?.setSource(call.leg, this.sourceOf(handset));
      this.updateLoudspeakers();
      this.placements.taken(call);
    }
  }

  /** @param {{own: string, text: string}} problem why the server refused a request of this page */
  receiveProblem({ own, text }) {
    if (!this.placements.refused(own, text)) {
      this.notice(text);
    }
  }

  /**
   * Sets up the sound of an agent's leg, and tells the server how to reach it.
   * @param {{leg: string, identity: string}} agent
   * @param {(engine: SoundEngine) => Promise<string | null>} describe
   * @param {'leg-answer' | 'leg-sdp'} type
   */
  async connectAgent({ leg, identity }, describe, type) {
    this.agents.set(leg, identity);
    try {
      const sdp = this.engine && await describe(this.engine);
      if (sdp) {
        this.link?.send({ type, leg, sdp });
      }
    } catch (error) {
      this.notice(`The sound of ${identity} could not be set up: ${error instanceof Error ? error.message : error}`);
    }
    this.changed();
  }

  /** @param {Mix} mix */
  receiveMix(mix) {
    this.mix = mix;
    this.engine?.apply(mix);
    for (const { leg, play } of mix.legs) {
      const handset = this.phones.inCall(leg);
      if (handset && play?.kind === 'say') {
        handset.caption = play.text ?? '';
        if (!this.spoken.has(play.id)) {
          this.spoken.add(play.id);
          this.dispatchEvent(new CustomEvent('said', { detail: { own: handset.own, text: handset.caption } }));
        }
      } else if (handset) {
        handset.caption = '';
      }
    }
    this.dropUnused();
    this.updateLoudspeakers();
  }

  /** Drops the sound of every leg that neither the calls, nor the agents, nor the mix name any more. */
  dropUnused() {
    this.engine?.keepOnly(new Set([...this.calls.keys(), ...this.agents.keys(), ...this.mix.legs.map(({ leg }) => leg)]));
  }

  /**
   * Adds a phone and stores it for the next visit.
   * @param {string} text its number
   * @param {string} name
   * @returns {Handset}
   */
  addPhone(text, name) {
    const handset = this.phones.add(text, name);
    this.changed();
    return handset;
  }

  /** @param {string} own a phone that is in no call */
  removePhone(own) {
    if (this.phones.find(own)?.leg === null) {
      this.phones.remove(own);
      this.listening.delete(own);
      this.changed();
    }
  }

  /** @param {Handset} handset what it says: the chosen source, or the microphone where there is one */
  sourceOf(handset) {
    return handset.source ?? (this.engine?.microphone === 'on' ? 'mic' : 'noise');
  }

  /**
   * Calls as a phone.
   * @param {string} ownText the phone's own number; a new phone is added for an unknown one
   * @param {string} toText the number to call
   * @returns {Promise<string>} the leg, once the simulator has taken the call
   */
  async place(ownText, toText) {
    const own = numberOrThrow(ownText);
    const to = numberOrThrow(toText);
    this.phones.open(own).lastEnd = null;
    this.changed();
    const taken = this.placements.wait(own);
    this.command({ type: 'place-call', own, to });
    this.pickUp(own);
    return taken;
  }

  /** @param {string} legOrOwn a leg, or the number of a phone on the page */
  answer(legOrOwn) {
    const call = this.callOf(legOrOwn);
    this.command({ type: 'answer', leg: call.leg });
    this.pickUp(call.own);
  }

  /**
   * @param {string} legOrOwn
   * @param {'busy' | 'rejected'} [reason]
   */
  reject(legOrOwn, reason = 'rejected') {
    this.command({ type: 'reject', leg: this.callOf(legOrOwn).leg, reason });
  }

  /** @param {string} legOrOwn */
  hangup(legOrOwn) {
    this.command({ type: 'hangup', leg: this.callOf(legOrOwn).leg });
  }

  /**
   * @param {string} legOrOwn
   * @param {string} digits 0-9, * and #
   */
  digits(legOrOwn, digits) {
    if (!/^[0-9*#]+$/.test(digits)) {
      throw new Error('Only the keys 0 to 9, * and # can be pressed.');
    }
    this.command({ type: 'digits', leg: this.callOf(legOrOwn).leg, digits });
  }

  /**
   * @param {string} ownText the phone's number
   * @param {string} source `mic`, `noise`, `silence` or `tone:1000`
   */
  setSource(ownText, source) {
    if (!isSource(source)) {
      throw new Error(`There is no source "${source}": use mic, noise, silence or tone:1000.`);
    }
    const handset = this.phones.open(numberOrThrow(ownText));
    handset.source = source;
    for (const call of this.calls.values()) {
      if (call.own === handset.own) {
        this.engine?.setSource(call.leg, source);
      }
    }
    this.changed();
  }

  /**
   * Plays a phone to the loudspeakers of this computer: only this one, unless several are chosen.
   * @param {string} own
   * @param {boolean} on
   */
  listen(own, on) {
    if (!this.listenToSeveral && on) {
      this.listening.clear();
    }
    if (on) {
      this.listening.add(own);
    } else {
      this.listening.delete(own);
    }
    this.updateLoudspeakers();
    this.changed();
  }

  /** @param {string} own */
  pickUp(own) {
    this.listen(own, true);
  }

  updateLoudspeakers() {
    for (const call of this.calls.values()) {
      this.engine?.listen(call.leg, call.state !== 'ringing' && this.listening.has(call.own));
    }
    this.engine?.ring([...this.calls.values()].some(({ state }) => state === 'ringing'));
  }

  /** @param {string} legOrOwn */
  callOf(legOrOwn) {
    const leg = this.calls.has(legOrOwn) ? legOrOwn : this.phones.find(toNumber(legOrOwn) ?? '')?.leg;
    const call = leg === null || leg === undefined ? undefined : this.calls.get(leg);
    if (!call) {
      throw new Error(`${legOrOwn} has no call.`);
    }
    return call;
  }

  /** @param {{type: string} & Record<string, unknown>} message */
  command(message) {
    if (this.link?.send(message) !== true) {
      throw new Error('The simulator does not answer just now. This page reconnects by itself.');
    }
  }

  /** Everything but the sound, for tests and for the curious. */
  state() {
    return {
      status: this.status,
      sessionId: this.sessionId,
      businessNumbers: [...this.businessNumbers],
      microphone: this.engine?.microphone ?? 'missing',
      phones: [...this.calls.values()].map((call) => ({ ...call })),
      clients: [...this.agents].map(([leg, identity]) => (
        { leg, identity, media: this.media.get(leg)?.state ?? 'connecting' })),
      handsets: [...this.handsets.values()].map((handset) => (
        { ...handset, source: this.sourceOf(handset), listening: this.listening.has(handset.own) })),
      mix: structuredClone(this.mix),
    };
  }

  /** @param {string} text */
  notice(text) {
    this.dispatchEvent(new CustomEvent('notice', { detail: text }));
  }

  changed() {
    this.dispatchEvent(new Event('change'));
  }
}
