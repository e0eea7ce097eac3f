// The lifeboat's panel: plain DOM, no framework beneath that could be gone. Styles: UppalCrm.Web/wwwroot/css/lifeboat.css.
import { elapsed } from './elapsed';
import type { Circuit } from './lifeboat-decision';
import type { PhoneCommands } from './owned-phone';
import { readable } from './phone-errors';
import type { CallOffer, PhoneAnswer, SoftphoneState } from './state';

/** What the panel shows and does; the phone of this tab provides it. */
export interface LifeboatPhone {
  state(): SoftphoneState;
  readonly offers: CallOffer[];
  readonly otherParty: string | null;
  readonly holdsCall: boolean;
  /** The server was heard in the last ten seconds. */
  readonly hearsServer: boolean;
  serverNow(): number;
  ask<K extends keyof PhoneCommands>(what: K, ...args: Parameters<PhoneCommands[K]>): Promise<PhoneAnswer>;
}

export class LifeboatPanel {
  private readonly root: HTMLElement;
  private readonly status: HTMLElement;
  private readonly call: HTMLElement;
  private readonly who: HTMLElement;
  private readonly timer: HTMLElement;
  private readonly hint: HTMLElement;
  private readonly mute: HTMLButtonElement;
  private readonly keypad: HTMLElement;
  private readonly keys: HTMLButtonElement;
  private readonly offers: HTMLElement;
  private readonly message: HTMLElement;
  private phone: LifeboatPhone | null = null;
  private drawnOffers = '';

  constructor(document: Document) {
    const make = <K extends keyof HTMLElementTagNameMap>(tag: K, name: string, text = ''): HTMLElementTagNameMap[K] => {
      const element = document.createElement(tag);
      element.className = name;
      element.textContent = text;
      return element;
    };
    const button = (name: string, text: string, press: () => void): HTMLButtonElement => {
      const element = make('button', `lifeboat-button ${name}`, text);
      element.type = 'button';
      element.addEventListener('click', press);
      return element;
    };

    this.root = make('section', 'lifeboat');
    this.root.setAttribute('aria-label', 'Your call while the page reconnects');
    this.status = make('p', 'lifeboat-status');
    this.status.setAttribute('role', 'status');
    this.call = make('div', 'lifeboat-call');
    this.who = make('span', 'lifeboat-who');
    this.timer = make('span', 'lifeboat-timer');
    this.timer.setAttribute('role', 'timer');
    this.hint = make('p', 'lifeboat-hint');
    this.hint.setAttribute('role', 'status');
    this.mute = button('lifeboat-mute', 'Mute', () => this.ask('setMuted', this.mute.getAttribute('aria-pressed') !== 'true'));
    this.keys = button('lifeboat-keys', 'Keypad', () => {
      this.keypad.hidden = !this.keypad.hidden;
      this.keys.setAttribute('aria-expanded', String(!this.keypad.hidden));
    });
    this.keys.setAttribute('aria-expanded', 'false');
    const hangUp = button('lifeboat-hang-up', 'Hang up', () => this.ask('hangUp', null));
    const controls = make('div', 'lifeboat-controls');
    controls.append(this.mute, this.keys, hangUp);
    this.keypad = make('div', 'lifeboat-keypad');
    this.keypad.hidden = true;
    for (const digit of '123456789*0#') {
      const key = button('lifeboat-key', digit, () => this.ask('sendDigits', digit));
      key.setAttribute('aria-label', digit === '*' ? 'Star' : digit === '#' ? 'Hash' : digit);
      this.keypad.append(key);
    }
    const line = make('div', 'lifeboat-line');
    line.append(this.who, this.timer);
    this.call.append(line, this.hint, this.keypad, controls); // The panel grows upwards: the buttons stay under the pointer.
    this.offers = make('div', 'lifeboat-offers');
    this.offers.setAttribute('role', 'alert');
    this.message = make('p', 'lifeboat-message');
    this.message.setAttribute('role', 'status');
    this.root.append(this.status, this.call, this.offers, this.message);
    document.body.append(this.root);
  }

  draw(phone: LifeboatPhone | null, circuit: Circuit): void {
    this.phone = phone;
    const state = phone?.state();
    const call = state?.call ?? null;
    setText(this.status, circuit === 'gone'
      ? 'UppalCRM was restarted. The page is being loaded again; your call goes on.'
      : call ? 'Reconnecting to UppalCRM. Your call goes on.' : 'Reconnecting to UppalCRM …');
    this.root.classList.toggle('lifeboat-with-call', call !== null);
    this.call.hidden = call === null;
    if (call) {
      setText(this.who, phone?.otherParty ?? (call.role === 'supervisor' ? 'Listening in' : 'In a call'));
      setText(this.timer, call.phase === 'ending' ? 'ending …'
        : call.startedAt ? elapsed(phone!.serverNow() - Date.parse(call.startedAt), null) : 'connecting …');
      setText(this.hint, call.mutedHint ?? '');
      setText(this.mute, call.muted ? 'Unmute' : 'Mute');
      this.mute.setAttribute('aria-pressed', String(call.muted));
    }
    this.drawOffers(call ? [] : phone?.offers ?? []);
  }

  remove(): void {
    this.root.remove();
  }

  private drawOffers(offers: CallOffer[]): void {
    const drawn = offers.map(offer => `${offer.callId}.${offer.version}`).join();
    if (drawn === this.drawnOffers) {
      return;
    }
    this.drawnOffers = drawn;
    this.offers.replaceChildren(...offers.slice(0, 5).map(offer => {
      const { ownerDocument } = this.root;
      const row = ownerDocument.createElement('div');
      row.className = 'lifeboat-offer';
      const name = ownerDocument.createElement('span');
      name.textContent = `${offer.fromName ?? readable(offer.from)} is calling ${readable(offer.line)}`;
      const accept = ownerDocument.createElement('button');
      const decline = ownerDocument.createElement('button');
      accept.type = decline.type = 'button';
      accept.className = 'lifeboat-button lifeboat-accept';
      decline.className = 'lifeboat-button';
      accept.textContent = 'Accept';
      decline.textContent = 'Decline';
      accept.addEventListener('click', () => this.ask('accept', offer.callId));
      decline.addEventListener('click', () => this.ask('decline', offer.callId));
      row.append(name, accept, decline);
      return row;
    }));
  }

  private ask<K extends keyof PhoneCommands>(what: K, ...args: Parameters<PhoneCommands[K]>): void {
    void this.phone?.ask(what, ...args).then(answer => setText(this.message, answer.message ?? ''));
  }
}

/** Only when it differs: a live region would be read out again. */
function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}
