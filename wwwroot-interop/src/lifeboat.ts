// Starts Blazor, and keeps the agent's call in reach when the circuit goes. The stock script reloads the page when a restarted
// server refuses the circuit, and a reload ends the call. Here:
//   - circuit interrupted: it is joined again, for ever; meanwhile a panel drawn by this module keeps the call's timer,
//     mute, keypad and hang-up, and lets the agent accept what rings;
//   - circuit refused, no call in this tab: where the server gave the circuit up and kept what had been typed (a laptop that slept),
//     a new circuit goes on with it; where the server was restarted, the page is reloaded;
//   - circuit refused while a call is up in this tab: this document must stay, for the call lives in it. The fresh page is
//     opened in a frame over it, adopts the call as any other tab would, and this document makes way once the call is over;
//   - signed out by somebody else, no call in this tab: the page is reloaded, which leads to the sign-in page;
//   - the node says that it is going: the page is loaded again, from another node, once no call is up and nothing would be lost.
import { decide, type Circuit } from './lifeboat-decision';
import { LifeboatPanel, type LifeboatPhone } from './lifeboat-panel';
import { isTyping } from './shortcuts';
import { backoff } from './time-box';

/** The parts of the Blazor script that we use. */
export interface BlazorRuntime {
  start(options: unknown): Promise<void>;
  /** @returns false when the server refuses the circuit. @throws when it cannot be reached. */
  reconnect(): Promise<boolean>;
  /** A new circuit with the state that the server kept of the one before. @returns false when it kept none. */
  resumeCircuit(): Promise<boolean>;
  addEventListener(name: 'enhancedload', handler: () => void): void;
}

/** What a page in a frame says to the page around it; on `window.uppalcrm` of both. */
export interface PageHandle {
  tab: string;
  adopted(isAdopted: boolean): void;
}

export interface LifeboatWorld {
  blazor: BlazorRuntime;
  document: Document;
  /** The page around this one, when this page was opened in a frame. */
  host: PageHandle | null;
  reload(): void;
  goTo(address: string): void;
  address(): string;
  /** Loading the page again would lose what somebody is writing in it. */
  hasWork(): boolean;
  /** The server answers, and knows nobody here any more. @throws when it cannot be reached. */
  isSignedOut(): Promise<boolean>;
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
  private panel: LifeboatPanel | null = null;
  private readonly pulse: ReturnType<typeof setInterval>;
  private wakeUp: (() => void) | null = null;
  private reloading = false;
  private busyUntil = 0;
  private leaveAt: number | null = null;
  private covered: Element[] = [];

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

  /** The phone whose call the panel shows; null when no user is signed in. */
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

  /** The node that serves this page is going. The pages of a node load again one after another, not all at once. */
  nodeLeaving(withinMs: number): void {
    this.leaveAt ??= Date.now() + Math.random() * withinMs;
  }

  /** The network or the machine is back: do not wait for the next try. */
  wake(): void {
    this.wakeUp?.();
  }

  /** Something shown has changed. */
  look(): void {
    // For styles: a page whose circuit is gone shows an old picture, and some pages must say so at once (the board).
    const { dataset } = this.world.document.documentElement;
    dataset['circuit'] = this.circuit;
    // A dead socket can look open for half a minute before the circuit counts as down. At first the server has not been heard yet.
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
      leaving: this.leaveAt !== null && Date.now() >= this.leaveAt && !this.world.hasWork(),
    });

    // A page in a frame leaves the panel to the page around it, which has the call.
    if ((step === 'panel' || step === 'frame') && !this.world.host) {
      this.panel ??= new LifeboatPanel(this.world.document);
      this.panel.draw(this.phone, this.circuit);
      this.coverPage();
    } else {
      this.panel?.remove();
      this.panel = null;
      this.uncoverPage();
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
    this.uncoverPage();
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
        if (await this.world.blazor.reconnect() || await this.resume()) {
          this.circuitUp();
        } else {
          this.circuitGone();
        }
        return;
      } catch {
        this.hideBlazorError(); // The script shows it for a failed try; the panel says it better.
      }
      // A person who was signed out joins no circuit again: the page makes way for the sign-in page, which a call in it would not survive.
      if (!this.phone?.holdsCall && await this.world.isSignedOut().catch(() => false)) {
        this.circuitGone();
        return;
      }
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, backoff(attempt, 400, 5000));
        this.wakeUp = () => { clearTimeout(timer); resolve(); };
      });
      this.wakeUp = null;
    }
  }

  /** Not while a call lives in this document: its page has a way of its own, which has been proven. */
  private async resume(): Promise<boolean> {
    return !this.phone?.holdsCall && await this.world.blazor.resumeCircuit();
  }

  /** An exception in a circuit kills it and the reconnection handler is not called; the script only shows its error line. */
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
    document.body.append(frame);
    this.frame = frame;
    this.hideBlazorError();
  }

  /** The page beneath has no circuit: nothing in it would answer, by mouse or by key. */
  private coverPage(): void {
    for (const element of this.world.document.body.children) {
      if (!element.hasAttribute('inert') && !element.classList.contains('lifeboat') && element !== this.frame) {
        element.setAttribute('inert', '');
        this.covered.push(element);
      }
    }
  }

  private uncoverPage(): void {
    if (!this.frame) {
      for (const element of this.covered.splice(0)) {
        element.removeAttribute('inert');
      }
    }
  }

  private isIdle(): boolean {
    const inside = this.frame?.contentDocument?.activeElement ?? null;
    if (this.phone?.holdsCall || isTyping(inside) || (this.phone?.ringing.length ?? 0) > 0) {
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
