// @ts-check
// The phones on the page, and the numbers that they have.

/**
 * @typedef {{own: string, name: string, readyMade: boolean, source: string | null, leg: string | null,
 *   lastEnd: {reason: string, other: string} | null, caption: string}} Handset a phone on the page; `source` is null until it is chosen
 */

/** Numbers that belong to nobody: 555-01xx in North America, 020 7946 0xxx in London. */
const READY_MADE = [
  ['+12025550111', 'Maya Chen'],
  ['+13125550142', 'Omar Haddad'],
  ['+14155550173', 'Sofia Rossi'],
  ['+442079460018', 'James Okafor'],
];

const STORED = 'phone-network.phones';

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
 * @param {string} text
 * @throws {Error} with words for a person
 */
export function numberOrThrow(text) {
  const number = toNumber(text);
  if (number === null) {
    throw new Error(`"${text}" is no number. Write it with its country code, for example +1 202 555 0123.`);
  }
  return number;
}

/** The phones on the page, by number. */
export class Handsets {
  /** @param {string | null} source what every phone says, until another source is chosen */
  constructor(source) {
    this.source = source;
    /** @type {Map<string, Handset>} */
    this.all = new Map();
    READY_MADE.forEach(([own, name]) => this.open(own, name, true));
    stored().forEach(({ own, name }) => this.open(own, name));
  }

  /** @param {string} own */
  find(own) {
    return this.all.get(own);
  }

  /**
   * The phone with this number; a new one when there is none.
   * @param {string} own
   * @param {string} [name]
   * @param {boolean} [readyMade]
   * @returns {Handset}
   */
  open(own, name = '', readyMade = false) {
    const known = this.all.get(own);
    if (known) {
      known.name ||= name;
      return known;
    }
    /** @type {Handset} */
    const handset = { own, name, readyMade, source: this.source, leg: null, lastEnd: null, caption: '' };
    this.all.set(own, handset);
    return handset;
  }

  /**
   * Adds a phone and stores it for the next visit.
   * @param {string} text its number
   * @param {string} name
   * @returns {Handset}
   */
  add(text, name) {
    const own = toNumber(text);
    if (own === null) {
      throw new Error('Write the number with its country code, for example +1 202 555 0123.');
    }
    const handset = this.open(own, name.trim());
    this.store();
    return handset;
  }

  /** @param {string} own */
  remove(own) {
    this.all.delete(own);
    this.store();
  }

  /** No phone is in a call any more. */
  clearCalls() {
    this.all.forEach((handset) => (handset.leg = null));
  }

  /** @param {string} leg */
  inCall(leg) {
    return [...this.all.values()].find((handset) => handset.leg === leg) ?? null;
  }

  store() {
    try {
      const added = [...this.all.values()].filter(({ readyMade }) => !readyMade).map(({ own, name }) => ({ own, name }));
      localStorage.setItem(STORED, JSON.stringify(added));
    } catch {
      // A browser that stores nothing can place calls too.
    }
  }
}

/** @returns {{own: string, name: string}[]} phones that were added on an earlier visit */
function stored() {
  try {
    const phones = JSON.parse(localStorage.getItem(STORED) ?? '[]');
    return Array.isArray(phones)
      ? phones.filter(({ own, name }) => toNumber(String(own)) === own && typeof name === 'string').slice(0, 24)
      : [];
  } catch {
    return []; // Nothing is stored, or another program stored it.
  }
}
