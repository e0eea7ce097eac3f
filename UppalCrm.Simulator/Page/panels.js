// @ts-check
// What lies behind the phones: the conferences, the agents' legs and the log.
import { part, setMeter, setText, spaced } from './cards.js';

/**
 * @typedef {import('./network.js').PhoneNetwork} PhoneNetwork
 * @typedef {import('./engine.js').Conference} Conference
 */

const MEDIA_WORDS = { connecting: 'connecting', connected: 'sound on', failed: 'no sound', closed: 'closed' };

/**
 * @param {string} tag
 * @param {string} className
 * @param {string} [text]
 */
function make(tag, className, text = '') {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

/**
 * Who a leg is, as people say it.
 * @param {PhoneNetwork} network
 * @param {string} leg
 */
function nameOf(network, leg) {
  const agent = network.agents.get(leg);
  if (agent) {
    return agent;
  }
  const own = network.calls.get(leg)?.own;
  const label = own ?? network.mix.legs.find((one) => one.leg === leg)?.label ?? leg.slice(-6);
  return (own && network.handsets.get(own)?.name) || spaced(label.replace(/^client:/, ''));
}

/** The agents' legs, each with how its sound fares and how loud it is. */
export class AgentsPanel {
  /** @param {PhoneNetwork} network */
  constructor(network) {
    this.network = network;
    /** @type {Map<string, HTMLElement>} */
    this.rows = new Map();
    this.list = part(document, '#agents');
  }

  draw() {
    const { network, rows } = this;
    for (const [leg, row] of rows) {
      if (!network.agents.has(leg)) {
        row.remove();
        rows.delete(leg);
      }
    }
    for (const [leg, identity] of network.agents) {
      let row = rows.get(leg);
      if (!row) {
        row = make('li', 'agent');
        row.append(make('span', 'agent-name'), make('span', 'chip'));
        const meters = make('div', 'meters');
        for (const side of ['says', 'hears']) {
          const meter = make('span', 'meter');
          meter.dataset.meter = side;
          meter.append(document.createElement('span'));
          meters.append(make('span', 'meter-name', side), meter);
        }
        row.append(meters, make('p', 'agent-trouble'));
        this.list.append(row);
        rows.set(leg, row);
      }
      const media = network.media.get(leg) ?? { state: 'connecting' };
      row.dataset.media = media.state;
      setText(part(row, '.agent-name'), identity);
      setText(part(row, '.chip'), MEDIA_WORDS[media.state]);
      setText(part(row, '.agent-trouble'), media.state === 'failed' ? media.detail ?? '' : '');
    }
    /** @type {HTMLElement} */ (part(document, '#agents-empty')).hidden = network.agents.size > 0;
  }

  meter() {
    for (const [leg, row] of this.rows) {
      const level = this.network.engine?.loudness(leg);
      setMeter(part(row, '[data-meter=says]'), level?.says ?? -180);
      setMeter(part(row, '[data-meter=hears]'), level?.hears ?? -180);
    }
  }
}

/** The conferences: who is in each, and a grid of who hears whom. Drawn again when something has changed. */
export class ConferencesPanel {
  /** @param {PhoneNetwork} network */
  constructor(network) {
    this.network = network;
    this.drawn = '';
  }

  draw() {
    const { mix } = this.network;
    const conferences = mix.conferences.filter(({ state }) => state !== 'completed');
    const names = conferences.flatMap(({ participants }) => participants.map(({ leg }) => nameOf(this.network, leg)));
    const now = JSON.stringify([conferences, mix.legs.map(({ leg, hears, play }) => [leg, hears, play?.kind]), mix.recordings, names]);
    if (now === this.drawn) {
      return;
    }
    this.drawn = now;
    part(document, '#conferences').replaceChildren(...conferences.map((conference) => this.card(conference)));
    /** @type {HTMLElement} */ (part(document, '#conferences-empty')).hidden = conferences.length > 0;
  }

  /** @param {Conference} conference */
  card(conference) {
    const { network } = this;
    const card = make('section', 'conference');
    const head = make('header', 'conference-head');
    head.append(make('h3', '', conference.name));
    const recording = network.mix.recordings.find(({ conferenceSid }) => conferenceSid === conference.sid);
    if (recording) {
      head.append(make('span', recording.paused ? 'recording paused' : 'recording', recording.paused ? 'Recording paused' : 'Recording'));
    }
    card.append(head);

    const hearing = new Map(network.mix.legs.map(({ leg, hears, play }) => [leg, { hears: new Set(hears), play }]));
    const grid = make('table', 'grid');
    grid.append(make('caption', 'hidden', `Who hears whom in ${conference.name}`));
    const names = document.createElement('tr');
    const columns = conference.participants.map(({ leg }) => heading('col', nameOf(network, leg)));
    names.append(make('td', ''), ...columns, heading('col', 'sound'));
    const top = document.createElement('thead');
    top.append(names);
    const body = document.createElement('tbody');
    for (const participant of conference.participants) {
      const row = document.createElement('tr');
      const who = heading('row', '');
      who.append(make('span', 'grid-name', nameOf(network, participant.leg)));
      const coached = participant.coaching && participant.coachTarget ? nameOf(network, participant.coachTarget) : null;
      const coaches = coached ? `coaches ${coached}` : 'coach';
      const marks = [participant.muted && 'muted', participant.hold && 'on hold', participant.coaching && coaches];
      marks.filter((mark) => typeof mark === 'string').forEach((mark) => who.append(make('span', 'mark', mark)));
      who.append(make('span', 'grid-hears', ' hears'));
      row.append(who);
      const heard = hearing.get(participant.leg);
      for (const other of conference.participants) {
        const cell = make('td', other.leg === participant.leg ? 'self' : heard?.hears.has(other.leg) ? 'yes' : 'no');
        cell.append(make('span', 'hidden', other.leg === participant.leg ? '–' : heard?.hears.has(other.leg) ? 'yes' : 'no'));
        row.append(cell);
      }
      const sounds = { media: 'music', say: 'words', ringback: 'ringing' };
      row.append(make('td', 'sound', heard?.play ? sounds[heard.play.kind] : ''));
      body.append(row);
    }
    grid.append(top, body);
    const frame = make('div', 'grid-frame');
    frame.tabIndex = 0;
    frame.setAttribute('role', 'region');
    frame.setAttribute('aria-label', `Who hears whom in ${conference.name}`);
    frame.append(grid);
    card.append(frame);
    return card;
  }
}

/**
 * @param {'col' | 'row'} scope
 * @param {string} text
 */
function heading(scope, text) {
  const cell = document.createElement('th');
  cell.scope = scope;
  if (text) {
    cell.append(make('span', 'grid-name', text));
    cell.title = text;
  }
  return cell;
}

/** What the simulator did, newest last. Looked up only while the panel is open, and then only when something has changed. */
export class LogPanel {
  constructor() {
    /** @type {HTMLDetailsElement} */
    this.panel = part(document, '#log');
    this.list = part(document, '#log-entries');
    this.last = 0;
    this.asking = false;
    this.again = false;
    this.panel.addEventListener('toggle', () => this.look());
  }

  async look() {
    if (!this.panel.open || this.asking) {
      this.again = this.asking;
      return;
    }
    this.asking = true;
    try {
      do {
        this.again = false;
        await new Promise((resolve) => setTimeout(resolve, 150)); // News comes in bunches.
        const answer = await fetch(`/sim/log?after=${this.last}`);
        this.show(answer.ok ? await answer.json() : []);
      } while (this.again && this.panel.open);
    } catch {
      // The simulator is away; the next change asks again.
    } finally {
      this.asking = false;
    }
  }

  /** @param {unknown} entries */
  show(entries) {
    if (!Array.isArray(entries) || entries.length === 0) {
      return;
    }
    this.last = entries.at(-1).n;
    for (const { at, kind, text } of entries.slice(-400)) {
      const entry = make('li', 'log-entry');
      entry.dataset.kind = String(kind ?? '');
      entry.append(
        make('time', '', new Date(at).toLocaleTimeString([], { hour12: false })),
        make('span', 'log-kind', String(kind ?? '')),
        make('span', 'log-text', String(text ?? '')),
      );
      this.list.append(entry);
    }
    while (this.list.childElementCount > 400) {
      this.list.firstElementChild?.remove();
    }
    this.list.scrollTop = this.list.scrollHeight;
    /** @type {HTMLElement} */ (part(document, '#log-empty')).hidden = true;
  }

  /** Starts again, for another simulator, whose entries count from one. */
  reset() {
    this.last = 0;
    this.list.replaceChildren();
  }
}
