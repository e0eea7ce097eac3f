// The hub connection of the agent's phone: /hubs/calls. It reconnects for ever, starts each time from the server's
// snapshot, drops messages older than what it knows, and says when the server was last heard.
import type { Hub, HubKind, Snapshot } from './hub';
import { HubCommands } from './hub-commands';
import { KnownOffers } from './known-offers';
import { backoff, timeBox } from './time-box';
import type { ActiveCall, AskedTransfer, CallOffer, PhoneStatus } from './state';

export interface LiveListener {
  /** Offers, the active call or the connection have changed: read them from this object. */
  changed(): void;
  /** The server says that the agent's call is over: it was there and is not any more. */
  callEnded(callId: number): void;
  /** Another browser of the same agent is the phone now. */
  phoneElsewhere(browser: string): void;
  /** The node behind this connection is going: a page without a call is to load again within so many milliseconds. */
  nodeLeaving(withinMs: number): void;
  /** The server was heard: a ring may go on for another ten seconds. */
  heard(): void;
}

/** A server not heard for this long is not there: the ring falls silent. Heartbeats come every 4 s. */
export const silence = 10_000;
const reportEvery = 10_000;
/** Accept and the like: an agent does not wait longer than this, in milliseconds. */
const answerWithin = 10_000;
/** So many connections must fail, one after the other, before the way to the server is looked at. */
const failuresBeforeLook = 2;

export class Live extends HubCommands {
  private hub: Hub | null = null;
  private wanted = false;
  private connected = false;
  private attempt = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly pulse: ReturnType<typeof setInterval>;
  private heardAt = 0;
  private offset = 0;
  private lastReport: PhoneStatus | null = null;
  private reportedAt = 0;
  private readonly known = new KnownOffers();
  private readonly hangUps = new Set<number>();
  private wasHeard = false;
  /** The server answers a plain request, and no WebSocket gets through to it. */
  isSocketBlocked = false;

  activeCall: ActiveCall | null = null;
  /** What a colleague asks of this agent. */
  asked: AskedTransfer | null = null;

  /**
   * @param createHub Makes a connection: `phone` for the one that makes this tab the agent's phone, `command` for one that only
   * carries a command.
   */
  constructor(
    private readonly createHub: (kind: HubKind) => Hub,
    private readonly listener: LiveListener,
    private readonly status: () => PhoneStatus,
    /** The server answers a plain request. */
    private readonly answers: () => Promise<boolean>,
  ) {
    super();
    this.pulse = setInterval(() => this.beat(), 1000);
  }

  /** Connects, and stays connected until `close()`. */
  open(): void {
    if (!this.wanted) {
      this.wanted = true;
      void this.start();
    }
  }

  close(): void {
    this.wanted = false;
    clearTimeout(this.retryTimer);
    const hub = this.hub;
    this.hub = null;
    this.connected = false;
    this.known.clear();
    this.activeCall = this.asked = null;
    void hub?.stop().catch(() => undefined);
  }

  dispose(): void {
    this.close();
    clearInterval(this.pulse);
  }

  /** The server was heard in the last ten seconds. */
  get isHeard(): boolean {
    return this.connected && Date.now() - this.heardAt < silence;
  }

  /** Open offers: who lost their agent first, then the oldest. */
  get offers(): CallOffer[] {
    return this.known.inOrder();
  }

  /** Milliseconds since 1970 by the server's clock. */
  serverNow(): number {
    return Date.now() + this.offset;
  }

  /** The network or the machine is back: do not wait for the next try. */
  wake(): void {
    if (this.wanted && !this.connected) {
      clearTimeout(this.retryTimer);
      this.attempt = 0;
      void this.start();
    } else if (this.wanted && Date.now() - this.heardAt > silence) {
      this.restart(); // The socket looks open but has been dead since before the sleep.
    }
  }

  /** Drops a connection that looks open but is dead, and connects again. */
  private restart(): void {
    const hub = this.hub;
    this.hub = null;
    this.connected = false;
    clearTimeout(this.retryTimer);
    this.attempt = 0;
    void (hub?.stop() ?? Promise.resolve()).catch(() => undefined).then(() => this.start());
    this.listener.changed();
  }

  async decline(callId: number): Promise<void> {
    this.known.remove(callId);
    this.listener.changed(); // It stops ringing here even if the server cannot be told.
    await this.invoke('Decline', callId);
  }

  /** The SDK's own hang-up is lost while its socket is down, and so may this be: it is sent again until the server has it. */
  async hangUp(callId: number): Promise<void> {
    this.hangUps.add(callId);
    try {
      await this.invoke('HangUp', callId);
      this.hangUps.delete(callId);
    } catch {
      // Sent again after the next snapshot, if the server still holds the call.
    }
  }

  /** Tells the server how the phone is, when that has changed. */
  reportPhone(): void {
    const status = this.status();
    if (this.connected && (status !== this.lastReport || Date.now() - this.reportedAt > reportEvery)) {
      this.lastReport = status;
      this.reportedAt = Date.now();
      void this.hub!.send('ReportPhone', status).catch(() => undefined);
    }
  }

  /** What this screen did with an offer. Best effort: it is for the record. */
  reportOffer(callId: number, stage: string, sinceMs: number): void {
    if (this.connected) {
      void this.hub!.send('ReportOffer', callId, stage, sinceMs).catch(() => undefined);
    }
  }

  /** The page is going. Best effort: the server notices a closed socket by itself. */
  bye(): void {
    if (this.connected) {
      void this.hub!.send('Bye').catch(() => undefined);
    }
  }

  protected override async invoke<T>(method: string, ...args: unknown[]): Promise<T> {
    if (this.hub && this.connected) {
      return timeBox(this.hub.invoke<T>(method, ...args), answerWithin, 'The server’s answer');
    }

    // Our connection is just coming back, or closed because the phone is in another browser: the command gets one of its own.
    const hub = this.createHub('command');
    try {
      await timeBox(hub.start(), answerWithin, 'Connecting to the server');
      return await timeBox(hub.invoke<T>(method, ...args), answerWithin, 'The server’s answer');
    } finally {
      void hub.stop().catch(() => undefined);
    }
  }

  private async start(): Promise<void> {
    if (!this.wanted || this.hub) {
      return;
    }

    const hub = this.hub = this.createHub('phone');
    const mine = (handler: (...args: never[]) => void) => (...args: unknown[]) => {
      if (this.hub === hub) {
        this.hear();
        (handler as (...a: unknown[]) => void)(...args);
      }
    };
    hub.on('Snapshot', mine((snapshot: Snapshot) => this.take(snapshot)));
    hub.on('CallOffered', mine((offer: CallOffer) => this.offered(offer)));
    hub.on('OfferWithdrawn', mine((callId: number) => this.withdrawn(callId)));
    hub.on('CallChanged', mine((callId: number, version: number) => this.known.noteVersion(callId, version)));
    hub.on('ActiveCallChanged', mine((call: ActiveCall | null) => this.activeChanged(call)));
    hub.on('PhoneElsewhere', mine((browser: string) => this.listener.phoneElsewhere(browser)));
    hub.on('NodeLeaving', mine((withinMs: number) => this.listener.nodeLeaving(withinMs)));
    hub.on('Heartbeat', mine((serverTime: string) => {
      this.setClock(serverTime);
      this.reportPhone();
    }));
    hub.onclose(() => {
      if (this.hub === hub) {
        this.lost();
      }
    });

    try {
      await hub.start();
      if (this.hub !== hub) {
        void hub.stop().catch(() => undefined);
        return;
      }
      this.connected = true;
      this.attempt = 0;
      this.isSocketBlocked = false;
      this.lastReport = null;
      this.hear();
      this.reportPhone();
      this.listener.changed();
    } catch {
      if (this.hub === hub) {
        this.lost();
        await this.lookAtWay();
      }
    }
  }

  /** A proxy that lets pages through and no WebSocket looks like a server that is down: a plain request tells them apart. */
  private async lookAtWay(): Promise<void> {
    if (this.attempt >= failuresBeforeLook) {
      const isSocketBlocked = await this.answers().catch(() => false);
      if (!this.connected && this.isSocketBlocked !== isSocketBlocked) {
        this.isSocketBlocked = isSocketBlocked;
        this.listener.changed();
      }
    }
  }

  private lost(): void {
    this.hub = null;
    this.connected = false;
    this.listener.changed();
    if (this.wanted) {
      this.retryTimer = setTimeout(() => void this.start(), backoff(this.attempt++, 500, 10_000));
    }
  }

  /** The snapshot is the whole truth: what it does not name is gone. */
  private take(snapshot: Snapshot): void {
    this.setClock(snapshot.serverTime);
    this.known.replace(snapshot.offers);
    this.asked = snapshot.transfer ?? null;
    this.activeChanged(snapshot.activeCall);
    for (const callId of this.hangUps) {
      if (snapshot.activeCall?.callId === callId) {
        void this.hangUp(callId);
      } else {
        this.hangUps.delete(callId);
      }
    }
    this.listener.changed();
  }

  private offered(offer: CallOffer): void {
    if (this.known.add(offer)) {
      this.listener.changed();
    }
  }

  private withdrawn(callId: number): void {
    this.known.remove(callId);
    this.listener.changed();
  }

  private activeChanged(call: ActiveCall | null): void {
    const before = this.activeCall;
    this.activeCall = call;
    if (before && before.callId !== call?.callId) {
      this.listener.callEnded(before.callId);
    }
    this.listener.changed();
  }

  private setClock(serverTime: string): void {
    const at = Date.parse(serverTime);
    if (!Number.isNaN(at)) {
      this.offset = at - Date.now();
    }
  }

  private hear(): void {
    this.heardAt = Date.now();
    this.listener.heard();
  }

  private beat(): void {
    const heard = this.isHeard;
    if (heard !== this.wasHeard) {
      this.wasHeard = heard;
      this.listener.changed();
    }

    // The server withdraws what has expired; an offer whose withdrawal was lost must not ring for ever.
    for (const offer of this.known.inOrder()) {
      if (this.serverNow() - Date.parse(offer.expiresAt) > 3000) {
        this.known.remove(offer.callId);
        this.listener.changed();
      }
    }

    if (this.wanted && this.connected && !heard && Date.now() - this.heardAt > silence + 5000) {
      this.restart(); // A socket that looks open but is dead: half-open TCP.
    }
  }
}
