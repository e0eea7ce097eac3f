// @ts-check

/** @typedef {import('./network.js').PhoneCall} PhoneCall */

/** Milliseconds until the simulator must have taken a call that a phone places. */
const LONGEST = 10_000;

/** Calls that phones of this page have asked for and that the simulator has not taken yet. */
export class Placements {
  constructor() {
    /** @type {{own: string, done: (leg: string) => void, fail: (error: Error) => void}[]} */
    this.open = [];
  }

  /**
   * @param {string} own the number of the phone that calls
   * @returns {Promise<string>} the leg, once the simulator has taken the call
   */
  wait(own) {
    return new Promise((resolve, reject) => {
      const placement = { own, done: resolve, fail: reject };
      this.open.push(placement);
      setTimeout(() => {
        this.open = this.open.filter((one) => one !== placement);
        reject(new Error(`The simulator did not take the call within ${LONGEST / 1000} seconds.`));
      }, LONGEST);
    });
  }

  /** @param {PhoneCall} call it answers the oldest placement of its phone */
  taken(call) {
    if (call.direction === 'inbound') {
      this.first(call.own)?.done(call.leg);
    }
  }

  /**
   * @param {string} own
   * @param {string} why
   * @returns {boolean} whether a placement of this phone was waiting
   */
  refused(own, why) {
    const placement = this.first(own);
    placement?.fail(new Error(why));
    return placement !== undefined;
  }

  /** @param {string} own */
  first(own) {
    const at = this.open.findIndex((one) => one.own === own);
    return at < 0 ? undefined : this.open.splice(at, 1)[0];
  }
}
