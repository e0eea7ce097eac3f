// @ts-check
import { toDb } from './sound.js';

/**
 * @typedef {import('./network.js').PhoneNetwork} PhoneNetwork
 * @typedef {import('./handsets.js').Handset} Handset
 * @typedef {import('./network.js').PhoneCall} PhoneCall
 */

/** What a carrier's reason is called at the phone. */
const ENDINGS = new Map(Object.entries({
  completed: 'Call ended',
  busy: 'Busy',
  'no-answer': 'No answer',
  canceled: 'Missed call',
  rejected: 'Call rejected',
  failed: 'Call failed',
}));

/**
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {T}
 */
export function part(root, selector) {
  const found = root.querySelector(selector);
  if (!found) {
    throw new Error(`The page has no ${selector}.`);
  }
  return /** @type {T} */ (found);
}

/**
 * Sets a text only when it differs, so that a screen reader does not read the same text again.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/**
 * A number as it is read aloud: grouped where we know how, as it is elsewhere.
 * @param {string} number E.164
 */
export function spaced(number) {
  const north = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number);
  if (north) {
    return `+1 ${north[1]} ${north[2]} ${north[3]}`;
  }
  const london = /^\+4420(\d{4})(\d{4})$/.exec(number);
  return london ? `+44 20 ${london[1]} ${london[2]}` : number;
}

/**
 * @param {Element} meter
 * @param {number} db
 */
export function setMeter(meter, db) {
  // -60 dB and below shows nothing; the scale is linear in decibels, as hearing is.
  const share = Math.max(0, Math.min(1, (db + 60) / 60));
  /** @type {HTMLElement} */ (meter.firstElementChild).style.transform = `scaleX(${share.toFixed(3)})`;
  meter.classList.toggle('loud', db > toDb(0.7));
}

/** The card of one phone. It lives as long as the phone is on the page. */
export class PhoneCard {
  /**
   * @param {PhoneNetwork} network
   * @param {string} own
   * @param {(text: string) => void} complain
   */
  constructor(network, own, complain) {
    this.network = network;
    this.own = own;
    this.complain = complain;
    const template = /** @type {HTMLTemplateElement} */ (part(document, '#phone-template'));
    /** @type {HTMLElement} */
    this.root = part(/** @type {DocumentFragment} */ (template.content.cloneNode(true)), '.phone');
    this.root.dataset.own = own;

    /** @type {HTMLFormElement} */
    this.dial = part(this.root, '.phone-dial');
    /** @type {HTMLInputElement} */
    this.to = part(this.dial, 'input');
    this.dial.addEventListener('submit', (event) => {
      event.preventDefault();
      this.act(() => network.place(own, this.to.value));
    });

    for (const button of this.root.querySelectorAll('[data-act]')) {
      button.addEventListener('click', () => this.press(/** @type {HTMLElement} */ (button).dataset.act ?? ''));
    }

    /** @type {HTMLSelectElement} */
    this.source = part(this.root, '[data-field=source]');
    this.source.addEventListener('change', () => this.act(() => network.setSource(own, this.source.value)));

    /** @type {HTMLElement} */
    this.keys = part(this.root, '.phone-keys');
    for (const digit of '123456789*0#') {
      const key = document.createElement('button');
      key.type = 'button';
      key.textContent = digit;
      key.setAttribute('aria-label', digit === '*' ? 'star' : digit === '#' ? 'hash' : digit);
      key.addEventListener('click', () => this.key(digit));
      this.keys.append(key);
    }

    // A digit typed on the keyboard presses its key, unless it is being written into a field.
    this.root.addEventListener('keydown', (event) => {
      const writing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
      if (!writing && !this.keys.hidden && !event.ctrlKey && !event.metaKey && !event.altKey && /^[0-9*#]$/.test(event.key)) {
        event.preventDefault();
        this.key(event.key);
      }
    });
  }

  /** @param {() => unknown} command */
  act(command) {
    Promise.resolve().then(command).catch((/** @type {Error} */ error) => this.complain(error.message));
  }

  /** @param {string} what */
  press(what) {
    const { network, own } = this;
    switch (what) {
      case 'answer':
        this.act(() => network.answer(own));
        break;
      case 'reject':
        this.act(() => network.reject(own, 'rejected'));
        break;
      case 'busy':
        this.act(() => network.reject(own, 'busy'));
        break;
      case 'hangup':
        this.act(() => network.hangup(own));
        break;
      case 'listen':
        network.listen(own, !network.listening.has(own));
        break;
      case 'remove':
        network.removePhone(own);
        break;
      case 'keys':
        this.keys.hidden = !this.keys.hidden;
        part(this.root, '[data-act=keys]').setAttribute('aria-expanded', String(!this.keys.hidden));
        break;
    }
  }

  /** @param {string} digit */
  key(digit) {
    this.network.engine?.click(digit);
    this.act(() => this.network.digits(this.own, digit));
  }

  /** @param {Handset} handset */
  draw(handset) {
    const { network, root } = this;
    const call = handset.leg === null ? null : network.calls.get(handset.leg) ?? null;
    const name = handset.name || spaced(handset.own);
    const state = call ? call.state : handset.lastEnd ? 'over' : 'idle';
    const before = root.dataset.state;
    const heldFocus = root.contains(document.activeElement);
    root.dataset.state = state;
    root.setAttribute('aria-label', handset.name ? `${name}, ${spaced(handset.own)}` : name);

    setText(part(root, '.phone-name'), name);
    /** @type {HTMLElement} */ (part(root, '.phone-name')).title = name;
    setText(part(root, '.phone-number'), handset.name ? spaced(handset.own) : 'added phone');
    setText(part(root, '.avatar'), initials(handset.name));
    part(root, '[data-act=remove]').setAttribute('aria-label', `Remove ${name}`);
    this.show('[data-act=remove]', !handset.readyMade && !call);

    root.dataset.tone = call ? this.toneOf(call) : state;
    setText(part(root, '.phone-state-text'), call ? this.wordsFor(call) : endWords(handset));
    setText(part(root, '.phone-other'), call ? otherEnd(call) : handset.lastEnd ? endDetail(handset.lastEnd) : '');
    setText(part(root, '.phone-caption'), handset.caption && `“${handset.caption}”`);

    if (this.to.value === '' && document.activeElement !== this.to) {
      this.to.value = spaced(network.businessNumbers[0] ?? '');
    }
    this.dial.hidden = call !== null;
    const ringing = call?.state === 'ringing';
    this.show('[data-act=answer]', ringing);
    this.show('[data-act=reject]', ringing);
    this.show('[data-act=busy]', ringing);
    this.show('[data-act=hangup]', call !== null && !ringing);
    this.show('[data-act=keys]', call !== null && !ringing);
    this.show('[data-act=listen]', call !== null && !ringing);
    part(root, '[data-act=listen]').setAttribute('aria-pressed', String(network.listening.has(this.own)));
    if (!call || ringing) {
      this.keys.hidden = true;
      part(root, '[data-act=keys]').setAttribute('aria-expanded', 'false');
    }

    // The pressed button may be hidden now; the keyboard's focus must not fall back to the top of the page.
    const focused = document.activeElement;
    const lost = focused === document.body || (focused instanceof HTMLElement && focused.offsetParent === null);
    if (heldFocus && before !== state && lost) {
      this.focusFirst();
    }

    const source = network.sourceOf(handset);
    if (![...this.source.options].some(({ value }) => value === source)) {
      this.source.add(new Option(source.startsWith('tone:') ? `${source.slice(5)} Hz tone` : source, source));
    }
    if (this.source.value !== source) {
      this.source.value = source;
    }
    const microphone = part(this.source, '[value=mic]');
    const absent = network.engine !== null && network.engine.microphone !== 'on';
    setText(microphone, absent ? 'Microphone (none)' : 'Microphone');
    this.tick();
  }

  focusFirst() {
    /** @type {NodeListOf<HTMLElement>} */
    const buttons = this.root.querySelectorAll('.phone-dial button, .phone-actions button');
    for (const button of buttons) {
      if (button.offsetParent !== null) {
        button.focus();
        return;
      }
    }
  }

  /**
   * @param {string} selector
   * @param {boolean} shown
   */
  show(selector, shown) {
    /** @type {HTMLElement} */ (part(this.root, selector)).hidden = !shown;
  }

  /** @param {PhoneCall} call */
  participantOf({ leg }) {
    for (const conference of this.network.mix.conferences) {
      const participant = conference.participants.find((one) => one.leg === leg);
      if (participant) {
        return { ...participant, alone: conference.participants.length === 1 };
      }
    }
    return null;
  }

  /** @param {PhoneCall} call */
  wordsFor(call) {
    switch (call.state) {
      case 'calling':
        return 'Calling…';
      case 'ringing':
        return 'Ringing';
      case 'in-call':
        return 'Connected';
      default: {
        const participant = this.participantOf(call);
        const music = this.network.mix.legs.find(({ leg }) => leg === call.leg)?.play?.kind === 'media';
        return participant?.hold ? 'On hold' : music || participant?.alone ? 'Waiting' : participant?.muted ? 'Muted' : 'Talking';
      }
    }
  }

  /** @param {PhoneCall} call */
  toneOf(call) {
    const words = this.wordsFor(call);
    switch (words) {
      case 'Talking':
      case 'Connected':
        return 'talking';
      case 'Ringing':
      case 'Calling…':
        return 'ringing';
      default:
        return 'waiting';
    }
  }

  /** Moves the timer. */
  tick() {
    const leg = this.network.handsets.get(this.own)?.leg;
    const call = leg ? this.network.calls.get(leg) : undefined;
    setText(part(this.root, '.phone-timer'), call ? clock(Date.now() - call.since) : '');
  }

  /** Moves the meters. */
  meter() {
    const leg = this.network.handsets.get(this.own)?.leg;
    const level = leg ? this.network.engine?.loudness(leg) : undefined;
    setMeter(part(this.root, '[data-meter=says]'), level?.says ?? -180);
    setMeter(part(this.root, '[data-meter=hears]'), level?.hears ?? -180);
  }
}

/** @param {PhoneCall} call */
function otherEnd({ direction, other }) {
  return `${direction === 'inbound' ? 'to' : 'from'} ${spaced(other)}`;
}

/** @param {Handset} handset */
function endWords({ lastEnd }) {
  return lastEnd === null ? 'Ready' : ENDINGS.get(lastEnd.reason) ?? 'Call ended';
}

/** @param {{reason: string, other: string}} end */
function endDetail({ reason, other }) {
  // A reason that is not one of the carrier's words is a sentence of the simulator, in lower case.
  return reason === '' || ENDINGS.has(reason) ? spaced(other) : reason[0].toUpperCase() + reason.slice(1);
}

/** @param {string} name */
function initials(name) {
  return (name.match(/(?<![\p{L}\p{N}])[\p{L}\p{N}]/gu) ?? []).slice(0, 2).join('').toUpperCase() || '#';
}

/** @param {number} ms */
function clock(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
