// @ts-check
// The phone network as this page knows it: the server's calls, the phones on the table, and what a person may do with them.
import { isSource, NOTHING_HEARD, SoundEngine } from './engine.js';
import { PhoneLink } from './link.js';

/**
 * @typedef {import('./engine.js').Mix} Mix
 * @typedef {{leg: string, state: 'calling' | 'ringing' | 'in-call' | 'in-conference' | 'ended', direction: 'inbound' | 'outbound',
 *   own: string, other: string, since: number, reason?: string}} PhoneCall one call of one phone; `own` is the phone's number, `since` in ms since 1970
 * @typedef {{own: string, name: string, readyMade: boolean, source: string | null, leg: string | null,
 *   lastEnd: {reason: string, other: string} | null, caption: string}} Handset a phone on the table
 * @typedef {{state: 'connecting' | 'connected' | 'failed' | 'closed', detail?: string}} Media
 * @typedef {'off' | 'connecting' | 'open' | 'lost' | 'moved'} Status
 */

/** Numbers that belong to nobody: 555-01xx in North America, 020 7946 0xxx in London. */
const READY_MADE = [
  ['+12025550111', 'Maya Chen'],
  ['+13125550142', 'Omar Haddad'],
  ['+14155550173', 'Sofia Rossi'],
  ['+442079460018', 'James Okafor'],
];

const REMEMBERED = 'phone-network.phones';

/**
 * A number as it is dialled, in E.164.
 * @param {string} text as a person writes it
 * @returns {string | null} null if it is no number with a country code
 */
export function toNumber(text) {
  const number = text.replace(/[\s().\u00a0-]/g, '').replace(/^00/, '+');
  return /^\+[1-9]\d{6,14}$/.test(number) ? number : null;
}

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
    /** @type {Map<string, Handset>} */
    this.handsets = new Map();
    /** The phones whose ear is at the loudspeakers, by number. */
    this.atEar = new Set();
    this.listenToSeveral = false;
    /** @type {SoundEngine | null} */
    this.engine = null;
    this.starting = false;
    /** @type {PhoneLink | null} */
    this.link = null;
    /** @type {{own: string, done: (call: PhoneCall) => void, fail: (error: Error) => void}[]} */
    this.placing = [];
    /** @type {Set<string>} */
    this.spoken = new Set();

    READY_MADE.forEach(([own, name]) => this.addHandset(own, name, true));
    remembered().forEach(({ own, name }) => this.addHandset(own, name, false));
  }

  /** Whether the server counts on this page for sound. */
  get ready() {
    return this.status === 'open' && this.sessionId !== '';
  }

  /**
   * Takes the microphone, starts the sound and joins the simulator.
   * @throws {Error} when the browser wants a click first
   */
  async start() {
    if (this.engine || this.starting) {
      return;
    }
    this.starting = true;
    const engine = await SoundEngine.open(this.options).finally(() => (this.starting = false));
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
      this.tellReady();
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
      // Another page is the network now; two of them would each answer the agents.
      this.engine?.close();
      this.engine = null;
      this.link = null;
      this.forgetCalls();
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
        void this.connectAgent(message, (engine) => engine.answerOffer(message.leg, message.sdp), 'leg-answer');
        break;
      case 'leg-invite':
        void this.connectAgent(message, (engine) => engine.makeOffer(message.leg), 'leg-sdp');
        break;
      case 'leg-accept':
        this.engine?.acceptAnswer(message.leg, message.sdp).catch((error) => this.notice(String(error)));
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
        break; // There is news in the log; an open log panel goes and looks at every change.
      default:
        return;
    }
    this.changed();
  }

  /** @param {{sessionId: string, businessNumbers: string[], mix: Mix, phones: PhoneCall[], clients: {leg: string, identity: string}[]}} hello */
  receiveHello({ sessionId, businessNumbers, mix, phones, clients }) {
    // The sound of agents that are still there goes on; that of the others is let go with the mix below.
    if (sessionId !== this.sessionId) {
      this.spoken.clear(); // Another simulator numbers its words from the beginning again.
      this.dispatchEvent(new Event('session'));
    }
    this.sessionId = sessionId;
    this.businessNumbers = businessNumbers ?? [];
    this.calls.clear();
    this.handsets.forEach((handset) => (handset.leg = null));
    this.agents = new Map((clients ?? []).map(({ leg, identity }) => [leg, identity]));
    this.media = new Map([...this.media].filter(([leg]) => this.agents.has(leg)));
    (phones ?? []).forEach((call) => this.receiveCall(call));
    this.receiveMix(mix ?? NOTHING_HEARD);
    const talking = [...this.calls.values()].find(({ state }) => state !== 'ringing');
    if (this.atEar.size === 0 && talking) {
      this.pickUp(talking.own); // The page was loaded anew; the person was on this phone before.
    }
    this.tellReady();
    this.engine?.reportAll();
  }

  tellReady() {
    if (this.sessionId !== '') {
      this.link?.send({ type: 'ready', audio: true, mic: this.engine?.microphone === 'on' });
    }
  }

  forgetCalls() {
    this.calls.clear();
    this.agents.clear();
    this.media.clear();
    this.handsets.forEach((handset) => (handset.leg = null));
    this.mix = NOTHING_HEARD;
    this.engine?.apply(NOTHING_HEARD);
    this.engine?.keepOnly(new Set());
    this.sessionId = '';
  }

  /** @param {PhoneCall} call */
  receiveCall(call) {
    const handset = this.handsets.get(call.own) ?? this.addHandset(call.own, '', false);
    const known = this.calls.get(call.leg);
    if (call.state === 'ended') {
      this.calls.delete(call.leg);
      if (handset.leg === call.leg) {
        handset.leg = [...this.calls.values()].find(({ own }) => own === call.own)?.leg ?? null;
        handset.lastEnd = { reason: call.reason ?? '', other: call.other };
        handset.caption = '';
      }
      if (!known) {
        this.takePlacing(call)?.fail(new Error(`The call was not taken: ${call.reason ?? 'it ended at once'}.`));
      }
      this.letGo();
      this.listenAsWished();
      return;
    }

    if (call.state === 'ringing' && handset.leg !== null && handset.leg !== call.leg) {
      this.link?.send({ type: 'reject', leg: call.leg, reason: 'busy' }); // This phone is off the hook, as a real one would be.
      return;
    }

    this.calls.set(call.leg, call);
    handset.leg = call.leg;
    handset.lastEnd = null;
    if (!known) {
      handset.caption = '';
      this.engine?.setSource(call.leg, this.sourceOf(handset));
      this.listenAsWished();
      this.takePlacing(call)?.done(call);
    }
  }

  /** @param {Pick<PhoneCall, 'own' | 'direction'>} call the oldest wish for a call from its phone is answered by it */
  takePlacing({ own, direction }) {
    const at = direction === 'inbound' ? this.placing.findIndex((one) => one.own === own) : -1;
    return at < 0 ? null : this.placing.splice(at, 1)[0];
  }

  /** @param {{own: string, text: string}} problem why a wish of this page was not granted */
  receiveProblem({ own, text }) {
    const waiting = this.takePlacing({ own, direction: 'inbound' });
    if (waiting) {
      waiting.fail(new Error(text));
    } else {
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
      const handset = this.handsetOf(leg);
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
    this.letGo();
    this.listenAsWished();
  }

  /** Frees the sound of every leg that neither the calls, nor the agents, nor the mix name any more. */
  letGo() {
    this.engine?.keepOnly(new Set([...this.calls.keys(), ...this.agents.keys(), ...this.mix.legs.map(({ leg }) => leg)]));
  }

  /**
   * @param {string} own
   * @param {string} name
   * @param {boolean} readyMade
   * @returns {Handset}
   */
  addHandset(own, name, readyMade) {
    const known = this.handsets.get(own);
    if (known) {
      known.name ||= name;
      return known;
    }
    /** @type {Handset} */
    const handset = { own, name, readyMade, source: this.options.source, leg: null, lastEnd: null, caption: '' };
    this.handsets.set(own, handset);
    return handset;
  }

  /**
   * Puts one more phone on the table and remembers it for the next visit.
   * @param {string} text its number
   * @param {string} name
   * @returns {Handset}
   */
  addPhone(text, name) {
    const own = toNumber(text);
    if (own === null) {
      throw new Error('Write the number with its country code, for example +1 202 555 0123.');
    }
    const handset = this.addHandset(own, name.trim(), false);
    this.remember();
    this.changed();
    return handset;
  }

  /** @param {string} own a phone with no call in hand */
  removePhone(own) {
    if (this.handsets.get(own)?.leg === null) {
      this.handsets.delete(own);
      this.atEar.delete(own);
      this.remember();
      this.changed();
    }
  }

  remember() {
    try {
      const own = [...this.handsets.values()].filter(({ readyMade }) => !readyMade).map(({ own, name }) => ({ own, name }));
      localStorage.setItem(REMEMBERED, JSON.stringify(own));
    } catch {
      // A browser that keeps nothing still places calls.
    }
  }

  /** @param {string} leg */
  handsetOf(leg) {
    return [...this.handsets.values()].find((handset) => handset.leg === leg) ?? null;
  }

  /** @param {Handset} handset what it says: chosen, or the microphone where there is one */
  sourceOf(handset) {
    return handset.source ?? (this.engine?.microphone === 'on' ? 'mic' : 'noise');
  }

  /**
   * Calls as a phone.
   * @param {string} ownText the phone's own number; one that is not on the table yet is put there
   * @param {string} toText the number to call
   * @returns {Promise<string>} the leg, once the simulator has taken the call
   */
  async place(ownText, toText) {
    const own = this.numberOrThrow(ownText);
    const to = this.numberOrThrow(toText);
    this.addHandset(own, '', false).lastEnd = null;
    this.changed();
    const taken = new Promise((resolve, reject) => {
      const waiting = { own, done: (/** @type {PhoneCall} */ call) => resolve(call.leg), fail: reject };
      this.placing.push(waiting);
      setTimeout(() => {
        this.placing = this.placing.filter((one) => one !== waiting);
        reject(new Error('The simulator did not take the call within 10 seconds.'));
      }, 10_000);
    });
    this.command({ type: 'place-call', own, to });
    this.pickUp(own);
    return taken;
  }

  /** @param {string} legOrOwn a leg, or the number of a phone on the table */
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
    const handset = this.addHandset(this.numberOrThrow(ownText), '', false);
    handset.source = source;
    for (const call of this.calls.values()) {
      if (call.own === handset.own) {
        this.engine?.setSource(call.leg, source);
      }
    }
    this.changed();
  }

  /**
   * Puts a phone to the ear of the person at this computer: the one phone, unless several are wished.
   * @param {string} own
   * @param {boolean} on
   */
  listen(own, on) {
    if (!this.listenToSeveral && on) {
      this.atEar.clear();
    }
    if (on) {
      this.atEar.add(own);
    } else {
      this.atEar.delete(own);
    }
    this.listenAsWished();
    this.changed();
  }

  /** @param {string} own */
  pickUp(own) {
    this.listen(own, true);
  }

  listenAsWished() {
    for (const call of this.calls.values()) {
      this.engine?.listen(call.leg, call.state !== 'ringing' && this.atEar.has(call.own));
    }
    this.engine?.ring([...this.calls.values()].some(({ state }) => state === 'ringing'));
  }

  /** @param {string} legOrOwn */
  callOf(legOrOwn) {
    const leg = this.calls.has(legOrOwn) ? legOrOwn : this.handsets.get(toNumber(legOrOwn) ?? '')?.leg;
    const call = leg === null || leg === undefined ? undefined : this.calls.get(leg);
    if (!call) {
      throw new Error(`${legOrOwn} has no call.`);
    }
    return call;
  }

  /** @param {string} text */
  numberOrThrow(text) {
    const number = toNumber(text);
    if (number === null) {
      throw new Error(`"${text}" is no number. Write it with its country code, for example +1 202 555 0123.`);
    }
    return number;
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
      clients: [...this.agents].map(([leg, identity]) => ({ leg, identity, media: this.media.get(leg)?.state ?? 'connecting' })),
      handsets: [...this.handsets.values()].map((handset) => ({ ...handset, source: this.sourceOf(handset), listening: this.atEar.has(handset.own) })),
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

/** @returns {{own: string, name: string}[]} phones that were added on an earlier visit */
function remembered() {
  try {
    const kept = JSON.parse(localStorage.getItem(REMEMBERED) ?? '[]');
    return Array.isArray(kept) ? kept.filter(({ own, name }) => toNumber(String(own)) === own && typeof name === 'string').slice(0, 24) : [];
  } catch {
    return []; // Nothing kept, or not by us.
  }
}
