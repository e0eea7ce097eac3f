// Starts Blazor, and keeps the agent phone when its circuit goes. The stock script reloads the page when a restarted
// server refuses the circuit, and a reload ends the call. Here:
//   - circuit interrupted: it is joined again, for ever; meanwhile a panel drawn by this module keeps the call's timer,
//     mute, keypad and hang-up, and lets the agent accept what rings;
//   - circuit refused (the server was restarted), no call in this tab: the page is loaded anew;
//   - circuit refused while a call is up in this tab: this document must stay, for the call lives in it. The fresh page is
//     opened in a frame over it, adopts the call as any other tab would, and this document makes way once the call is over.
// The 9.0 script cannot start a second circuit in a document whose first one was refused: it disposes a circuit only when
// its root components are removed, and removing them needs that circuit.
import { backoff } from './time-box';
import { isTyping } from './shortcuts';
import { readable } from './phone-errors';
import type { CallOffer, PhoneAnswer, SoftphoneState } from './state';

/** `gone`: refused or crashed; it will not come back. */
export type Circuit = 'up' | 'down' | 'gone';

export interface Situation {
  circuit: Circuit;
  /** A call is up in this very document. */
  callHere: boolean;
  /** A fresh page has been opened in a frame over this one. */
  framed: boolean;
  /** The page in the frame has a circuit of its own. */
  adopted: boolean;
  /** Nobody is typing in the framed page, and nothing rings. */
  idle: boolean;
}

export type Step = 'nothing' | 'panel' | 'reload' | 'frame' | 'leave';

/** What to do now. Nothing that ends a call is ever among it. */
export function decide(now: Situation): Step {
  if (now.framed) {
    return !now.adopted ? 'panel' : !now.callHere && now.idle ? 'leave' : 'nothing';
  }
  switch (now.circuit) {
    case 'up': return 'nothing';
    case 'down': return 'panel';
    case 'gone': return now.callHere ? 'frame' : 'reload';
  }
}

/** What the panel shows and does; the desk provides it. */
export interface LifeboatPhone {
  state(): SoftphoneState;
  readonly offers: CallOffer[];
  readonly otherParty: string | null;
  readonly holdsCall: boolean;
  /** The server was heard in the last ten seconds. */
  readonly hearsServer: boolean;
  serverNow(): number;
  hangUp(): Promise<PhoneAnswer>;
  setMuted(muted: boolean): Promise<PhoneAnswer>;
  sendDigits(digits: string): Promise<PhoneAnswer>;
  accept(callId: number): Promise<{ won: boolean; message: string | null }>;
  decline(callId: number): Promise<PhoneAnswer>;
}

/** The parts of the Blazor script that we use. */
export interface BlazorScript {
  start(options: unknown): Promise<void>;
  /** @returns false when the server refuses the circuit. @throws when it cannot be reached. */
  reconnect(): Promise<boolean>;
  addEventListener(name: 'enhancedload', handler: () => void): void;
}

/** What a page in a frame says to the page around it; on `window.uppalcrm` of both. */
export interface PageHandle {
  tab: string;
  adopted(isAdopted: boolean): void;
}

export interface LifeboatWorld {
  blazor: BlazorScript;
  document: Document;
  /** The page around this one, when this page was opened in a frame. */
  host: PageHandle | null;
  reload(): void;
  goTo(address: string): void;
  address(): string;
}

/** A frame without a circuit after this many milliseconds is loaded again. */
const adoptWithin = 15_000;
/** The framed page is left only when nothing has gone on in it for this many milliseconds: notes are saved as they are typed. */
const calm = 5_000;

export class Lifeboat {
  private circuit: Circuit = 'up';
  private phone: LifeboatPhone | null = null;
  private frame: HTMLIFrameElement | null = null;
  private framedAt = 0;
  private adopted = false;
  private panel: Panel | null = null;
  private readonly pulse: ReturnType<typeof setInterval>;
  private wakeUp: (() => void) | null = null;
  private reloading = false;
  private busyUntil = 0;

  /** @param circuitBack A circuit that was interrupted is joined again: what it missed must be told. */
  constructor(private readonly world: LifeboatWorld, private readonly circuitBack: () => void) {
    this.pulse = setInterval(() => this.look(), 1000);
  }

  /** Starts Blazor with a reconnection handler that never reloads by itself. */
  async start(): Promise<void> {
    await this.world.blazor.start({
      circuit: {
        reconnectionHandler: {
          onConnectionDown: () => this.circuitDown(),
          onConnectionUp: () => this.circuitUp(),
        },
        configureSignalR: (builder: SignalRBuilder) => this.watchForCrash(builder),
      },
    });
  }

  /** The page's circuit can be spoken to. */
  get isCircuitUp(): boolean {
    return this.circuit === 'up';
  }

  /** Whose call is kept phone; null when nobody is signed in. */
  setPhone(phone: LifeboatPhone | null): void {
    this.phone = phone;
    this.look();
  }

  /** A circuit has attached to the phone: this page is alive. */
  attached(): void {
    this.world.host?.adopted(true);
  }

  /** The page in the frame is alive, or is not any more. */
  adoptedByFrame(isAdopted: boolean): void {
    this.adopted = isAdopted;
    this.framedAt = Date.now();
    this.look();
  }

  /** The circuit's connection answers, and yet its page does not. */
  circuitDead(): void {
    if (this.circuit === 'up') {
      this.circuitGone();
    }
  }

  /** The network or the machine is back: do not wait for the next try. */
  wake(): void {
    this.wakeUp?.();
  }

  /** Something shown has changed. */
  look(): void {
    // For styles: a page whose circuit is gone shows old news, and some must say so at once (the board).
    const { dataset } = this.world.document.documentElement;
    dataset['circuit'] = this.circuit;
    // A socket can be open and dumb for half a minute before the circuit counts as down. At first nobody has been heard yet.
    if (this.phone?.hearsServer) {
      dataset['server'] = 'heard';
    } else if (dataset['server'] === 'heard') {
      dataset['server'] = 'lost';
    }
    const step = decide({
      circuit: this.circuit,
      callHere: this.phone?.holdsCall ?? false,
      framed: this.frame !== null,
      adopted: this.adopted,
      idle: this.isIdle(),
    });

    // A page in a frame leaves the panel to the page around it, which has the call.
    if ((step === 'panel' || step === 'frame') && !this.world.host) {
      this.panel ??= new Panel(this.world.document);
      this.panel.draw(this.phone, this.circuit);
    } else {
      this.panel?.remove();
      this.panel = null;
    }

    if (step === 'frame' || step === 'panel' && this.frame && Date.now() - this.framedAt > adoptWithin) {
      this.openFrame();
    } else if (step === 'reload' && !this.reloading) {
      this.reloading = true;
      this.world.reload();
    } else if (step === 'leave' && !this.reloading) {
      this.reloading = true;
      this.world.goTo(this.frame!.contentWindow!.location.href);
    }
  }

  dispose(): void {
    clearInterval(this.pulse);
    this.panel?.remove();
  }

  private circuitDown(): void {
    if (this.circuit === 'up') {
      this.circuit = 'down';
      this.world.host?.adopted(false);
      this.look();
      void this.joinAgain();
    }
  }

  private circuitUp(): void {
    if (this.circuit === 'down') {
      this.circuit = 'up';
      this.hideBlazorError();
      this.world.host?.adopted(true);
      this.circuitBack();
      this.look();
    }
  }

  private circuitGone(): void {
    this.circuit = 'gone';
    this.world.host?.adopted(false);
    this.look();
  }

  private async joinAgain(): Promise<void> {
    for (let attempt = 0; this.circuit === 'down'; attempt++) {
      try {
        // Once refused it must not be asked again: the script then answers yes, because a connection is open.
        if (await this.world.blazor.reconnect()) {
          this.circuitUp();
        } else {
          this.circuitGone();
        }
        return;
      } catch {
        this.hideBlazorError(); // The script shows it for a failed try; the panel says it better.
      }
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, backoff(attempt, 400, 5000));
        this.wakeUp = () => { clearTimeout(timer); resolve(); };
      });
      this.wakeUp = null;
    }
  }

  /** An exception in a circuit kills it without a word to the reconnection handler; the script only shows its error line. */
  private watchForCrash(builder: SignalRBuilder): void {
    builder.configureLogging(critical); // A lost connection is said by the panel; the console need not count the tries.
    const build = builder.build.bind(builder);
    builder.build = () => {
      const connection = build();
      connection.on('JS.Error', () => {
        // Without a call the page's own error line stands, with its reload link: reloading by itself could go round in circles.
        if (this.phone?.holdsCall) {
          this.circuitGone();
        }
      });
      return connection;
    };
  }

  private openFrame(): void {
    const { document } = this.world;
    this.frame?.remove();
    this.adopted = false;
    this.framedAt = Date.now();
    const frame = document.createElement('iframe');
    frame.className = 'lifeboat-page';
    frame.title = 'UppalCRM';
    frame.src = this.world.address();
    for (const element of document.body.children) {
      if (!element.classList.contains('lifeboat')) {
        element.setAttribute('inert', ''); // The page beneath has no circuit: nothing in it would answer.
      }
    }
    document.body.append(frame);
    this.frame = frame;
    this.hideBlazorError();
  }

  private isIdle(): boolean {
    const inside = this.frame?.contentDocument?.activeElement ?? null;
    if (this.phone?.holdsCall || isTyping(inside) || (this.phone?.offers.length ?? 0) > 0) {
      this.busyUntil = Date.now() + calm;
    }
    return Date.now() >= this.busyUntil;
  }

  private hideBlazorError(): void {
    const line = this.world.document.getElementById('blazor-error-ui');
    if (line) {
      line.style.display = 'none';
    }
  }
}

/** LogLevel.Critical of @microsoft/signalr; this file does without the import. */
const critical = 5;

interface SignalRBuilder {
  configureLogging(level: number): unknown;
  build(): { on(method: string, handler: () => void): void };
}

/** The panel: plain DOM, no framework beneath that could be gone. Styles: UppalCrm.Web/wwwroot/css/lifeboat.css. */
class Panel {
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
  private readonly word: HTMLElement;
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
    this.mute = button('lifeboat-mute', 'Mute', () => void this.phone?.setMuted(this.mute.getAttribute('aria-pressed') !== 'true').then(answer => this.say(answer.message)));
    this.keys = button('lifeboat-keys', 'Keypad', () => {
      this.keypad.hidden = !this.keypad.hidden;
      this.keys.setAttribute('aria-expanded', String(!this.keypad.hidden));
    });
    this.keys.setAttribute('aria-expanded', 'false');
    const hangUp = button('lifeboat-hang-up', 'Hang up', () => void this.phone?.hangUp().then(answer => this.say(answer.message)));
    const controls = make('div', 'lifeboat-controls');
    controls.append(this.mute, this.keys, hangUp);
    this.keypad = make('div', 'lifeboat-keypad');
    this.keypad.hidden = true;
    for (const digit of '123456789*0#') {
      const key = button('lifeboat-key', digit, () => void this.phone?.sendDigits(digit).then(answer => this.say(answer.message)));
      key.setAttribute('aria-label', digit === '*' ? 'Star' : digit === '#' ? 'Hash' : digit);
      this.keypad.append(key);
    }
    const line = make('div', 'lifeboat-line');
    line.append(this.who, this.timer);
    this.call.append(line, this.hint, this.keypad, controls); // The panel grows upwards: the buttons stay under the pointer.
    this.offers = make('div', 'lifeboat-offers');
    this.offers.setAttribute('role', 'alert');
    this.word = make('p', 'lifeboat-word');
    this.word.setAttribute('role', 'status');
    this.root.append(this.status, this.call, this.offers, this.word);
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
      setText(this.timer, call.phase === 'ending' ? 'ending …' : call.startedAt ? elapsed(phone!.serverNow() - Date.parse(call.startedAt)) : 'connecting …');
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
      accept.addEventListener('click', () => void this.phone?.accept(offer.callId).then(answer => this.say(answer.won ? null : answer.message)));
      decline.addEventListener('click', () => void this.phone?.decline(offer.callId).then(answer => this.say(answer.message)));
      row.append(name, accept, decline);
      return row;
    }));
  }

  private say(message: string | null): void {
    setText(this.word, message ?? '');
  }
}

/** h:mm:ss, or m:ss below an hour. */
export function elapsed(ms: number): string {
  const all = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes, rest] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** Only when it differs: a live region would be read out again. */
function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}
