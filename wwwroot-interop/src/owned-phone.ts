// The agent's phone in the tab that owns it: the hub connection, the softphone and the ring, kept together, and what may be
// asked of them.
import { CallCommands } from './call-commands';
import type { Hub, HubKind } from './hub';
import { Live } from './live';
import { detailOf, statusOf, type PhoneFacts } from './phone-status';
import { OfferReceipts, type Screen } from './offer-receipts';
import { ofOffer, ofTransfer, Ring, type RingWorld } from './ring';
import { Softphone, type PhoneWorld } from './softphone';
import {
  done, refused, type CallCommand, type DeviceKind, type PhoneAnswer, type PhoneState, type Ringing, type SupervisorMode,
} from './state';

/** Shortcuts that mean the oldest offer or the call in hand. */
export type CallShortcut = 'accept' | 'decline' | 'mute' | 'hold' | 'hangUp';

/** What may be asked of the phone, from any tab. */
export interface PhoneCommands {
  startShift(): Promise<PhoneAnswer>;
  endShift(): Promise<PhoneAnswer>;
  /** A command on a live call. */
  carryOut(command: CallCommand): Promise<PhoneAnswer>;
  /** A shortcut was pressed. Refused when there is no call that it could mean. */
  shortcut(action: CallShortcut): Promise<PhoneAnswer>;
  connectSupervisor(callId: number, conference: string, mode: SupervisorMode, intent: string): Promise<PhoneAnswer>;
  /** Leaves the call that this phone supervises. */
  leave(): Promise<PhoneAnswer>;
  chooseDevice(kind: DeviceKind, deviceId: string): Promise<PhoneAnswer>;
  testRing(): Promise<PhoneAnswer>;
}

export interface OwnedPhoneWorld {
  /** E.g. `agent_7`. */
  user: string;
  /** This browser, remembered in it; the same for all its tabs. */
  browser: string;
  createHub: (kind: HubKind) => Hub;
  /** The server answers a plain request. */
  serverAnswers: () => Promise<boolean>;
  phone: Omit<PhoneWorld, 'serverNow' | 'speaker' | 'microphone'>;
  ring: RingWorld;
  screen: Screen;
  /** The devices chosen in this browser; `default` where none was. */
  devices: { chosen(kind: DeviceKind): string; choose(kind: DeviceKind, deviceId: string): void };
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  session: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  /** This browser can make calls at all. */
  isSupported: boolean;
}

export interface OwnedPhoneListener {
  /** Anything that is shown has changed. */
  changed(): void;
  /** The microphone's level in a call, 0 to 1. */
  level(microphone: number): void;
  /** The server's node is going: this page is to load again within so many milliseconds, once it holds no call. */
  nodeLeaving(withinMs: number): void;
}

/** A shift is taken up again after a reload for this long, in milliseconds; the next morning starts with a click. */
const shiftLasts = 12 * 60 * 60 * 1000;

/** A phone that was just started waits so many milliseconds for the server. */
const serverHeardWithin = 10_000;

/** A call that ended is known at the server within this many milliseconds. */
const serverKnowsWithin = 1_500;

/** A phone that could not come back tries again after this many milliseconds. */
const tryAgainAfter = 3_000;

export class OwnedPhone implements PhoneCommands {
  private readonly live: Live;
  private readonly phone: Softphone;
  private readonly ring: Ring;
  private readonly receipts: OfferReceipts;
  private isOwner = false;
  private elsewhere: boolean;
  private readonly commands: CallCommands;
  /** Since when this phone has been in no call, in milliseconds since 1970. */
  private idleSince = Date.now();
  private triedAt = 0;
  private readonly pulse: ReturnType<typeof setInterval>;

  constructor(private readonly world: OwnedPhoneWorld, private readonly listener: OwnedPhoneListener) {
    this.elsewhere = world.session.getItem(this.key('elsewhere')) !== null;
    this.live = new Live(world.createHub, {
      changed: () => this.update(),
      callEnded: callId => this.phone.endedByServer(callId),
      phoneElsewhere: browser => this.phoneElsewhere(browser),
      nodeLeaving: withinMs => listener.nodeLeaving(withinMs),
      heard: () => this.ring.heard(),
    }, () => statusOf(this.facts()), world.serverAnswers);
    this.phone = new Softphone({
      ...world.phone,
      microphone: () => world.devices.chosen('microphone'),
      speaker: () => world.devices.chosen('speaker'),
      serverNow: () => this.live.serverNow(),
    }, {
      changed: () => this.update(),
      released: (callId, reason) => this.released(callId, reason),
      ended: (call, asked) => {
        if (asked && call.role === 'agent' && !this.commands.hasHungUp(call.callId)
          && !this.commands.hasPutAside(call.callId)) {
          void this.live.hangUp(call.callId);
        }
      },
      level: microphone => listener.level(microphone),
    });
    this.commands = new CallCommands({
      live: this.live,
      phone: this.phone,
      unavailable: () => this.unavailable(),
      wasMuted: callId => this.lastCall()?.callId === callId && this.lastCall()?.muted === true,
      changed: () => this.update(),
    });
    this.ring = new Ring(world.ring, () => this.update());
    this.receipts = new OfferReceipts({
      isPainted: callId => world.screen.isPainted(callId),
      soon: run => world.screen.soon(run),
      isAudible: () => this.ring.isRinging && this.ring.isAudible,
      serverNow: () => this.live.serverNow(),
      report: (callId, stage, sinceMs) => this.live.reportOffer(callId, stage, sinceMs),
    });
    void this.ring.setRinger(world.devices.chosen('ringer'));
    this.pulse = setInterval(() => this.comeBack(), 500);
  }

  /** This tab owns the phone from now on. */
  lockAcquired(): void {
    this.isOwner = true;
    if (!this.elsewhere) {
      this.live.open();
      if (this.shiftGoesOn()) {
        this.phone.open();
        // Where the microphone is already granted this shows no prompt, and where it is not, the phone status says so.
        void this.phone.checkMicrophone();
        void this.ring.unlock(); // Works without a click only where the browser trusts the page with sound already.
      }
    }
    this.update();
  }

  /** Another tab owns the phone now. */
  lockLost(): void {
    this.isOwner = false;
    this.putDown();
    this.update();
  }

  dispose(): void {
    clearInterval(this.pulse);
    this.live.bye();
    this.live.dispose();
    this.phone.dispose();
    this.ring.dispose();
  }

  /** A call is up in this very tab: reloading it would end the call. */
  get holdsCall(): boolean {
    return this.phone.call !== null;
  }

  /** The server was heard in the last ten seconds. */
  get hearsServer(): boolean {
    return this.live.isHeard;
  }

  /** Who is in the call, as the server knew it last. */
  get otherParty(): string | null {
    const call = this.live.activeCall;
    return call && call.callId === this.phone.call?.callId ? call.otherName ?? call.otherParty : null;
  }

  /** What asks for this agent: a colleague's request first, then the offers in their order. */
  get ringing(): Ringing[] {
    const { asked, offers } = this.live;
    return [...asked ? [ofTransfer(asked)] : [], ...offers.map(ofOffer)];
  }

  serverNow(): number {
    return this.live.serverNow();
  }

  state(): PhoneState {
    const { phone } = this;
    const facts = this.facts();
    const status = statusOf(facts);
    return {
      status,
      detail: detailOf(status, facts),
      shiftStarted: phone.isOpen,
      audible: this.ring.isAudible,
      canBringHere: status === 'inAnotherBrowser',
      call: phone.call ? { ...phone.call, warnings: [...phone.call.warnings] } : null,
      problem: phone.problem,
      pending: this.commands.pending,
      refusals: this.commands.refusals,
    };
  }

  async startShift(): Promise<PhoneAnswer> {
    const started = await this.startPhone();
    if (started.done) {
      this.ring.test(1.5);
    }
    return started;
  }

  private async startPhone(): Promise<PhoneAnswer> {
    if (!this.world.isSupported) {
      return refused(detailOf('unsupported', this.facts()));
    }

    this.setElsewhere(false);
    await this.ring.unlock();
    const microphone = await this.phone.checkMicrophone();
    if (!microphone.done) {
      this.update();
      return microphone;
    }

    this.world.storage.setItem(this.key('shift'), String(Date.now()));
    this.live.open();
    this.phone.open();
    this.update();
    return done;
  }

  async endShift(): Promise<PhoneAnswer> {
    if (this.phone.call) {
      return refused('A call is up: end it first.');
    }

    this.world.storage.removeItem(this.key('shift'));
    this.phone.close();
    this.update();
    return done;
  }

  /** What is said of a call that rings means the colleague's request, where it is one. */
  async carryOut(command: CallCommand): Promise<PhoneAnswer> {
    const { action, callId } = command;
    if (action === 'join' && !this.phone.isOpen && (await this.startPhone()).done) {
      await this.serverHeard(); // The call is on the agent's other machine: the press that brings it here starts the phone, too.
    }
    const isAsked = callId !== null && callId === this.live.asked?.callId;
    return this.commands.carryOut(
      isAsked && action === 'accept' ? { ...command, action: 'acceptTransfer' }
        : isAsked && action === 'decline' ? { ...command, action: 'declineTransfer' } : command);
  }

  /** Waits until the server is heard, ten seconds at most: what needs it then says that it cannot be reached. */
  private async serverHeard(): Promise<void> {
    for (let waited = 0; !this.live.isHeard && waited < serverHeardWithin; waited += 100) {
      await new Promise(resolve => setTimeout(resolve, 100));
    }
  }

  async shortcut(action: CallShortcut): Promise<PhoneAnswer> {
    const command = this.commandOf(action);
    return command ? this.carryOut(command) : refused('There is no call for this.');
  }

  connectSupervisor(callId: number, conference: string, mode: SupervisorMode, intent: string): Promise<PhoneAnswer> {
    return this.phone.connect({ callId, conference, role: 'supervisor', mode, intent });
  }

  async leave(): Promise<PhoneAnswer> {
    return this.phone.hangUp();
  }

  async chooseDevice(kind: DeviceKind, deviceId: string): Promise<PhoneAnswer> {
    this.world.devices.choose(kind, deviceId);
    if (kind === 'ringer') {
      await this.ring.setRinger(deviceId);
      return done;
    }
    return this.phone.deviceChosen(kind, deviceId);
  }

  async testRing(): Promise<PhoneAnswer> {
    await this.ring.unlock();
    return this.ring.test() ? done : refused('The browser does not let this page sound yet: click anywhere in it, then try again.');
  }

  /** The phone was in another browser, or in another tab: from now on it is here. */
  async bringHere(): Promise<void> {
    if (this.elsewhere) {
      this.setElsewhere(false);
      this.live.open(); // The newest connection of this agent is the phone.
    }
    this.phone.open();
    await this.ring.unlock();
    this.update();
  }

  get isElsewhere(): boolean {
    return this.elsewhere;
  }

  /** A click or a key anywhere: sound may be unlocked now. */
  gesture(): void {
    if (this.isOwner && !this.ring.isAudible) {
      void this.ring.unlock();
    }
  }

  /** The machine woke, the network is back, or the tab came to the front. */
  wake(): void {
    if (this.isOwner) {
      this.live.wake();
      this.phone.wake();
    }
  }

  /** A microphone or a speaker was plugged in or pulled out. */
  devicesChanged(): void {
    if (this.isOwner) {
      void this.phone.devicesChanged();
    }
  }

  visibilityChanged(): void {
    this.ring.visibilityChanged();
  }

  /** Ends the call at the server, when the tab that has the phone does not answer. */
  hangUpAtServer(callId: number): Promise<void> {
    return this.live.hangUp(callId);
  }

  /** The page is going for good. */
  bye(): void {
    if (this.isOwner) {
      this.live.bye();
    }
  }

  private phoneElsewhere(browser: string): void {
    if (browser === this.world.browser) {
      return; // A tab of this browser: the lock decides among those.
    }
    this.setElsewhere(true);
    if (!this.phone.call) {
      this.putDown();
    }
    this.update();
  }

  /** Puts the phone down here, because it is somewhere else. The hub goes too: reconnecting would fetch it back. */
  private putDown(): void {
    this.live.close();
    this.phone.close();
  }

  private setElsewhere(elsewhere: boolean): void {
    this.elsewhere = elsewhere;
    if (elsewhere) {
      this.world.session.setItem(this.key('elsewhere'), '1');
    } else {
      this.world.session.removeItem(this.key('elsewhere'));
    }
  }

  private shiftGoesOn(): boolean {
    const since = Number(this.world.storage.getItem(this.key('shift')));
    return since > 0 && Date.now() - since < shiftLasts;
  }

  private update(): void {
    this.rememberCall();
    this.comeBack();
    if (this.elsewhere && !this.phone.call && this.phone.isOpen) {
      this.putDown(); // The call that kept the phone here is over.
    }

    const mayRing = this.isOwner && !this.elsewhere && this.live.isHeard && this.phone.call === null && this.phone.isOpen;
    const isTaken = ({ callId }: Ringing) =>
      this.commands.isPending('accept', callId) || this.commands.isPending('acceptTransfer', callId);
    this.ring.update(mayRing ? this.ringing.filter(one => !isTaken(one)) : []);
    this.receipts.update(mayRing ? this.live.offers : []);
    this.commands.update();
    this.live.reportPhone();
    this.listener.changed();
  }

  /** What this browser was in, for the page after a reload: kept until the server says that the agent's call is another or none. */
  private rememberCall(): void {
    const { call } = this.phone;
    if (call) {
      this.idleSince = Date.now();
    }

    if (call?.role === 'agent' && call.phase === 'open') {
      const text = JSON.stringify({ callId: call.callId, muted: call.muted });
      if (this.world.storage.getItem(this.key('call')) !== text) {
        this.world.storage.setItem(this.key('call'), text);
      }
    }
  }

  private lastCall(): { callId: number; muted: boolean } | null {
    try {
      return JSON.parse(this.world.storage.getItem(this.key('call')) ?? 'null') as { callId: number; muted: boolean } | null;
    } catch {
      return null;
    }
  }

  /**
   * The customer waits for this agent (`Calls:WhenAgentIsLost`): the phone joins the call again without being asked. The server may not
   * know yet that the leg is gone; of a call that was in this browser it is believed after a while, but one that just ended is not
   * begun again.
   */
  private comeBack(): void {
    const { activeCall } = this.live;
    const now = Date.now();
    if (!activeCall?.mayReturn || !this.isOwner || this.elsewhere || !this.live.isHeard || !this.phone.isOpen || this.phone.call
      || this.commands.pending.length > 0 || this.commands.hasHungUp(activeCall.callId) || now - this.triedAt < tryAgainAfter) {
      return;
    }

    const wasHere = this.lastCall()?.callId === activeCall.callId && now - this.idleSince > serverKnowsWithin;
    if (activeCall.isAwaited || wasHere) {
      this.triedAt = now;
      void this.carryOut({ action: 'join', callId: activeCall.callId, value: null });
    }
  }

  /** A call that could not be joined goes back to the others; one whose customer waits for this agent is tried again. */
  private released(callId: number, reason: string): void {
    const { activeCall } = this.live;
    const isTriedAgain = activeCall?.callId === callId && activeCall.mayReturn && statusOf(this.facts()) !== 'noMicrophone';
    if (!isTriedAgain) {
      void this.live.release(callId, reason).catch(() => undefined);
    }
  }

  private facts(): PhoneFacts {
    return {
      isSupported: this.world.isSupported,
      isElsewhere: this.elsewhere,
      isServerHeard: this.live.isHeard,
      isSocketBlocked: this.live.isSocketBlocked,
      isAudible: this.ring.isAudible,
      phone: this.phone,
    };
  }

  private unavailable(): string | null {
    const facts = this.facts();
    const status = statusOf(facts);
    return status === 'unsupported' || status === 'noMicrophone' ? detailOf(status, facts)
      : this.phone.isOpen ? null : 'Start your shift first: your phone is off.';
  }

  /** The command that a shortcut means: on the oldest offer, or on the call in hand. */
  private commandOf(action: CallShortcut): CallCommand | null {
    const { activeCall } = this.live;
    const command = (of: CallCommand['action'], callId: number | undefined) =>
      callId === undefined ? null : { action: of, callId, value: null };
    switch (action) {
      case 'accept':
      case 'decline': return command(action, this.live.asked?.callId ?? this.live.offers[0]?.callId);
      case 'mute': return command(this.phone.call?.muted ? 'unmute' : 'mute', this.phone.call?.callId);
      case 'hold': return command(activeCall?.isHeld ? 'unhold' : 'hold', activeCall?.isConnected ? activeCall.callId : undefined);
      case 'hangUp': return command('hangUp', this.phone.call?.callId ?? activeCall?.callId);
    }
  }

  private key(what: string): string {
    return `uppalcrm.${what}.${this.world.user}`;
  }
}
