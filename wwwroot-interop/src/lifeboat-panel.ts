// The lifeboat's panel: plain DOM, no framework beneath that could be gone. Styles: UppalCrm.Web/wwwroot/css/lifeboat.css.
// Its buttons command the call as those of the page do (call-buttons.ts).
import { elapsed } from './elapsed';
import type { Circuit } from './lifeboat-decision';
import type { CallAction, PhoneState, Ringing } from './state';

/** What the panel shows and does; the phone of this tab provides it. */
export interface LifeboatPhone {
  state(): PhoneState;
  readonly ringing: Ringing[];
  readonly otherParty: string | null;
  readonly holdsCall: boolean;
  /** The server was heard in the last ten seconds. */
  readonly hearsServer: boolean;
  serverNow(): number;
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
  private drawnOffers = '';

  constructor(document: Document) {
    const make = <K extends keyof HTMLElementTagNameMap>(tag: K, name: string, text = ''): HTMLElementTagNameMap[K] => {
      const element = document.createElement(tag);
      element.className = name;
      element.textContent = text;
      return element;
    };
    const button = (name: string, text: string, action?: CallAction): HTMLButtonElement => {
      const element = make('button', `lifeboat-button ${name}`, text);
      element.type = 'button';
      if (action) {
        element.dataset['callAction'] = action;
      }
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
    this.mute = button('lifeboat-mute', 'Mute');
    this.keys = button('lifeboat-keys', 'Keypad');
    this.keys.addEventListener('click', () => {
      this.keypad.hidden = !this.keypad.hidden;
      this.keys.setAttribute('aria-expanded', String(!this.keypad.hidden));
    });
    this.keys.setAttribute('aria-expanded', 'false');
    const hangUp = button('lifeboat-hang-up', 'Hang up', 'hangUp');
    const controls = make('div', 'lifeboat-controls');
    controls.append(this.mute, this.keys, hangUp);
    this.keypad = make('div', 'lifeboat-keypad');
    this.keypad.hidden = true;
    for (const digit of '123456789*0#') {
      const key = button('lifeboat-key', digit, 'digit');
      key.dataset['digit'] = digit;
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
    const state = phone?.state();
    const call = state?.call ?? null;
    setText(this.status, circuit === 'gone'
      ? 'UppalCRM was restarted. The page is being loaded again; your call goes on.'
      : call ? 'Reconnecting to UppalCRM. Your call goes on.' : 'Reconnecting to UppalCRM …');
    this.root.classList.toggle('lifeboat-with-call', call !== null);
    this.call.hidden = call === null;
    if (call) {
      this.call.dataset['call'] = String(call.callId);
      setText(this.who, phone?.otherParty ?? (call.role === 'supervisor' ? 'Listening in' : 'In a call'));
      setText(this.timer, call.phase === 'ending' ? 'ending …'
        : call.startedAt ? elapsed(phone!.serverNow() - Date.parse(call.startedAt), null) : 'connecting …');
      setText(this.hint, call.mutedHint ?? '');
      setText(this.mute, call.muted ? 'Unmute' : 'Mute');
      this.mute.dataset['callAction'] = call.muted ? 'unmute' : 'mute';
      this.mute.setAttribute('aria-pressed', String(call.muted));
    }
    const offers = call ? [] : phone?.ringing ?? [];
    this.drawOffers(offers);
    const ids = call ? [call.callId] : offers.map(offer => offer.callId);
    setText(this.message, state?.refusals.findLast(refusal => ids.includes(refusal.callId ?? 0))?.message ?? '');
  }

  remove(): void {
    this.root.remove();
  }

  private drawOffers(offers: Ringing[]): void {
    const drawn = offers.map(({ callId, who, does }) => `${callId} ${who} ${does}`).join();
    if (drawn === this.drawnOffers) {
      return;
    }
    this.drawnOffers = drawn;
    this.offers.replaceChildren(...offers.slice(0, 5).map(offer => {
      const { ownerDocument } = this.root;
      const row = ownerDocument.createElement('div');
      row.className = 'lifeboat-offer';
      row.dataset['call'] = String(offer.callId);
      const name = ownerDocument.createElement('span');
      name.textContent = `${offer.who} ${offer.does} ${offer.to}`.trimEnd();
      const accept = ownerDocument.createElement('button');
      const decline = ownerDocument.createElement('button');
      accept.type = decline.type = 'button';
      accept.className = 'lifeboat-button lifeboat-accept';
      decline.className = 'lifeboat-button';
      accept.textContent = 'Accept';
      decline.textContent = 'Decline';
      accept.dataset['callAction'] = 'accept';
      decline.dataset['callAction'] = 'decline';
      row.append(name, accept, decline);
      return row;
    }));
  }
}

/** Only when it differs: a live region would be read out again. */
function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}
