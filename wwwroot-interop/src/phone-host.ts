// What this tab does for its agent: waits in line for the phone, and while it has it, keeps the hub connection, the
// phone and the ring together. A tab without the phone mirrors the owner's state and passes wishes on.
import { Live, type Hub, type PhoneReport } from './live';
import { PhoneLock, type LockWorld, type Wish } from './phone-lock';
import { Ring, type RingWorld } from './ring';
import { sentence, Softphone, type PhoneWorld } from './softphone';
import {
  done, refused, type AcceptAnswer, type CallOffer, type DeviceKind, type DialAnswer, type PhoneAnswer, type PhoneStatus,
  type SoftphoneState, type SupervisorMode,
} from './state';
import { isMicrophoneProblem, PhoneTrouble } from './phone-errors';

export interface PhoneHostWorld {
  /** E.g. `agent_7`. */
  user: string;
  /** This browser, remembered in it; the same for all its tabs. */
  browser: string;
  lock: LockWorld;
  createHub: () => Hub;
  phone: Omit<PhoneWorld, 'serverNow'>;
  ring: RingWorld;
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  session: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  isHidden: () => boolean;
  /** This browser can make calls at all. */
  isSupported: boolean;
  /** The tab of the page around this one, when this page was opened in a frame to outlive a lost server (lifeboat.ts). */
  hostTab: string | null;
}

export interface PhoneHostListener {
  changed(state: SoftphoneState): void;
  levels(microphone: number, speaker: number): void;
}

/** A shift is taken up again after a reload for this long, in milliseconds; the next morning starts with a click. */
const shiftLasts = 12 * 60 * 60 * 1000;

export class PhoneHost {
  private readonly lock: PhoneLock;
  private readonly live: Live;
  private readonly phone: Softphone;
  private readonly ring: Ring;
  private readonly listeners = new Set<PhoneHostListener>();
  private mirror: { state: SoftphoneState; owner: string } | null = null;
  private elsewhere: boolean;
  private lastPublished = '';
  private accepting: number | null = null;
  private hungUp: number | null = null;

  constructor(private readonly world: PhoneHostWorld) {
    this.elsewhere = world.session.getItem(this.key('elsewhere')) !== null;
    this.lock = new PhoneLock(`uppalcrm-phone-${world.user}`, world.lock, {
      lockAcquired: () => this.lockAcquired(),
      lockLost: () => this.lockLost(),
      tabOpened: () => this.publish(true),
      mirrored: (state, owner) => {
        this.mirror = { state, owner };
        this.tell();
      },
      asked: wish => this.carryOut(wish),
      mayYield: () => this.phone.call === null,
    });
    this.live = new Live(world.createHub, {
      changed: () => this.update(),
      withdrawn: () => this.update(),
      callEnded: callId => this.phone.endedByServer(callId),
      phoneElsewhere: device => this.heardElsewhere(device),
      heard: () => this.ring.heard(),
    }, () => this.report());
    this.phone = new Softphone({ ...world.phone, serverNow: () => this.live.serverNow() }, {
      changed: () => this.update(),
      released: (callId, reason) => void this.live.release(callId, reason).catch(() => undefined),
      ended: (call, asked) => {
        if (asked && call.role === 'agent' && this.hungUp !== call.callId) {
          void this.live.hangUp(call.callId);
        }
      },
      levels: (microphone, speaker) => this.tellLevels(microphone, speaker),
    });
    this.ring = new Ring(world.ring, () => this.update());
    void this.ring.setRinger(world.phone.remembered('ringer'));
  }

  open(): void {
    this.lock.open();
  }

  /** The user has signed out, or another signed in. */
  close(): void {
    this.live.bye();
    this.lock.close();
    this.live.dispose();
    this.phone.dispose();
    this.ring.dispose();
    this.listeners.clear();
  }

  listen(listener: PhoneHostListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  get isOwner(): boolean {
    return this.lock.isOwner;
  }

  /** A call is up in this very tab: reloading it would end the call. */
  get holdsCall(): boolean {
    return this.phone.call !== null;
  }

  /** The server was heard in the last ten seconds. */
  get hearsServer(): boolean {
    return this.live.isHeard;
  }

  /** Who is on the line, as the server knew it last; for the lifeboat's panel. */
  get otherParty(): string | null {
    const call = this.live.activeCall;
    return call && call.callId === this.phone.call?.callId ? call.otherName ?? call.otherParty : null;
  }

  get offers(): CallOffer[] {
    return this.live.offers;
  }

  serverNow(): number {
    return this.live.serverNow();
  }

  state(): SoftphoneState {
    return this.lock.isOwner ? this.ownState() : this.mirroredState();
  }

  // What may be asked. Each works in any tab: the owner does it, another passes it on.

  /** To be called from a click or a key: the tab that is clicked becomes the phone, because only it may sound. */
  async startShift(): Promise<PhoneAnswer> {
    if (!this.lock.isOwner) {
      if (this.mirror?.owner === this.world.hostTab && this.world.hostTab !== null) {
        return this.passOn('startShift') as Promise<PhoneAnswer>;
      }
      if (!await this.lock.take()) {
        return refused('Your phone is in a call in another tab.');
      }
    }

    if (!this.world.isSupported) {
      return refused('This browser cannot make calls. Use a current Chrome, Edge, Firefox or Safari, over https.');
    }

    this.elsewhere = false;
    this.world.session.removeItem(this.key('elsewhere'));
    await this.ring.unlock();
    const microphone = await this.phone.checkMicrophone();
    if (!microphone.done) {
      this.update();
      return microphone;
    }

    this.world.storage.setItem(this.key('shift'), String(Date.now()));
    this.live.open();
    this.phone.open();
    this.ring.test(1.5);
    this.update();
    return done;
  }

  async endShift(): Promise<PhoneAnswer> {
    if (!this.lock.isOwner) {
      return this.passOn('endShift') as Promise<PhoneAnswer>;
    }

    if (this.phone.call) {
      return refused('A call is up: end it first.');
    }

    this.world.storage.removeItem(this.key('shift'));
    this.phone.close();
    this.update();
    return done;
  }

  async accept(callId: number): Promise<AcceptAnswer> {
    if (!this.lock.isOwner) {
      return this.passOn('accept', callId) as Promise<AcceptAnswer>;
    }

    const lost = (message: string, by: string | null = null): AcceptAnswer => ({ won: false, by, message });
    if (this.phone.call || this.accepting !== null) {
      return this.phone.call?.callId === callId || this.accepting === callId
        ? { won: true, by: null, message: null } // Pressed twice.
        : lost('You are in a call already.');
    }

    if (!this.phone.isOpen) {
      return lost('The phone is off: press “Start shift” first.');
    }

    this.accepting = callId;
    this.update(); // Silent at once: the agent has acted.
    try {
      const claim = await this.live.accept(callId);
      if (!claim.won || claim.conferenceName === null) {
        return lost(claim.message ?? (claim.by ? `${claim.by} answered this call.` : 'This call is not there any more.'), claim.by);
      }
      const joined = await this.phone.connect({ callId, conference: claim.conferenceName, role: 'agent' });
      return joined.done ? { won: true, by: null, message: null } : lost(joined.message!);
    } catch {
      return lost('The server cannot be reached, so the call could not be claimed. It is still offered to the others.');
    } finally {
      this.accepting = null;
      this.update();
    }
  }

  async decline(callId: number): Promise<PhoneAnswer> {
    if (!this.lock.isOwner) {
      return this.passOn('decline', callId) as Promise<PhoneAnswer>;
    }

    try {
      await this.live.decline(callId);
      return done;
    } catch {
      return refused('It is silent here, but the server could not be told.');
    }
  }

  async dial(number: string): Promise<DialAnswer> {
    if (!this.lock.isOwner) {
      return this.passOn('dial', number) as Promise<DialAnswer>;
    }

    if (this.phone.call) {
      return { callId: null, error: 'You are in a call already.' };
    }

    if (!this.phone.isOpen) {
      return { callId: null, error: 'The phone is off: press “Start shift” first.' };
    }

    try {
      const dialed = await this.live.dial(number);
      if (dialed.error !== null || dialed.callId === null || dialed.conferenceName === null) {
        return { callId: dialed.callId, error: dialed.error ?? 'The call could not be placed.' };
      }
      const joined = await this.phone.connect({ callId: dialed.callId, conference: dialed.conferenceName, role: 'agent' });
      return { callId: dialed.callId, error: joined.message };
    } catch {
      return { callId: null, error: 'The server cannot be reached, so the call was not placed.' };
    }
  }

  connect(callId: number, conference: string): Promise<PhoneAnswer> {
    return this.lock.isOwner
      ? this.phone.connect({ callId, conference, role: 'agent' })
      : this.passOn('connect', callId, conference) as Promise<PhoneAnswer>;
  }

  connectSupervisor(callId: number, conference: string, mode: SupervisorMode): Promise<PhoneAnswer> {
    return this.lock.isOwner
      ? this.phone.connect({ callId, conference, role: 'supervisor', mode })
      : this.passOn('connectSupervisor', callId, conference, mode) as Promise<PhoneAnswer>;
  }

  /**
   * Hangs up what this phone is in.
   * @param callId Only this call: one that the phone is not in any more, or not yet again, is ended at the server, and the next call is left alone.
   */
  async hangUp(callId: number | null = null): Promise<PhoneAnswer> {
    if (!this.lock.isOwner) {
      return this.passOn('hangUp', callId) as Promise<PhoneAnswer>;
    }

    const call = this.phone.call;
    if (callId !== null && call?.callId !== callId) {
      void this.live.hangUp(callId);
      return done;
    }

    if (call?.role === 'agent') {
      // Two ways at once: the SDK's word is lost while its socket is down, ours while the server is.
      this.hungUp = call.callId;
      void this.live.hangUp(call.callId);
    }
    return this.phone.hangUp();
  }

  async setMuted(muted: boolean): Promise<PhoneAnswer> {
    return this.lock.isOwner ? this.phone.setMuted(muted) : this.passOn('setMuted', muted) as Promise<PhoneAnswer>;
  }

  async sendDigits(digits: string): Promise<PhoneAnswer> {
    return this.lock.isOwner ? this.phone.sendDigits(digits) : this.passOn('sendDigits', digits) as Promise<PhoneAnswer>;
  }

  async chooseDevice(kind: DeviceKind, deviceId: string): Promise<PhoneAnswer> {
    if (!this.lock.isOwner) {
      return this.passOn('chooseDevice', kind, deviceId) as Promise<PhoneAnswer>;
    }

    if (kind === 'ringer') {
      this.world.phone.remember('ringer', deviceId);
      await this.ring.setRinger(deviceId);
      return done;
    }
    return this.phone.chooseDevice(kind, deviceId);
  }

  async testRing(): Promise<PhoneAnswer> {
    if (!this.lock.isOwner) {
      return this.passOn('testRing') as Promise<PhoneAnswer>;
    }

    await this.ring.unlock();
    return this.ring.test() ? done : refused('The browser does not let this page sound yet: click anywhere in it, then try again.');
  }

  async bringHere(): Promise<PhoneAnswer> {
    if (this.lock.isOwner && !this.elsewhere) {
      return done;
    }

    if (!await this.lock.take()) {
      return refused('Your phone is in a call in another tab. End the call there, or talk on in that tab.');
    }

    if (this.elsewhere) {
      this.elsewhere = false;
      this.world.session.removeItem(this.key('elsewhere'));
      this.live.open(); // The newest connection of this agent is the phone.
    }
    this.phone.open();
    await this.ring.unlock();
    this.update();
    return done;
  }

  /** Mute or open, from a shortcut. */
  toggleMuted(): Promise<PhoneAnswer> {
    return this.setMuted(!(this.state().call?.muted ?? false));
  }

  // What happens around it.

  /** A click or a key anywhere: sound may be unlocked now. */
  gesture(): void {
    if (this.lock.isOwner && !this.ring.isAudible) {
      void this.ring.unlock();
    }
  }

  /** The machine woke, the network is back, or the tab came to the front. */
  wake(): void {
    if (this.lock.isOwner) {
      this.live.wake();
      this.phone.wake();
    }
  }

  /** A microphone or a speaker was plugged in or pulled out. */
  devicesChanged(): void {
    if (this.lock.isOwner) {
      void this.phone.devicesChanged();
    }
  }

  visibilityChanged(): void {
    this.ring.visibilityChanged();
    this.live.reportPhone();
  }

  /** The page is going for good. */
  bye(): void {
    if (this.lock.isOwner) {
      this.live.bye();
    }
  }

  private lockAcquired(): void {
    this.mirror = null;
    if (!this.elsewhere) {
      this.live.open();
      if (this.shiftGoesOn()) {
        this.phone.open();
        // Where the microphone is already granted this shows no prompt, and where it is not, the light says so.
        void this.phone.checkMicrophone();
        void this.ring.unlock();
      }
    }
    this.update();
  }

  private lockLost(): void {
    this.live.close();
    this.phone.close();
    this.update();
  }

  private heardElsewhere(device: string): void {
    if (device.split('.')[0] === this.world.browser) {
      return; // A tab of this browser: the lock decides among those.
    }
    this.elsewhere = true;
    this.world.session.setItem(this.key('elsewhere'), '1');
    if (!this.phone.call) {
      this.leave();
    }
    this.update();
  }

  /** Puts the phone down here, because it is in another browser. The hub goes too: reconnecting would fetch it back. */
  private leave(): void {
    this.phone.close();
    this.live.close();
  }

  private shiftGoesOn(): boolean {
    const since = Number(this.world.storage.getItem(this.key('shift')));
    return since > 0 && Date.now() - since < shiftLasts;
  }

  private async carryOut(wish: Wish): Promise<unknown> {
    switch (wish.what) {
      case 'startShift': return this.startShift();
      case 'endShift': return this.endShift();
      case 'accept': return this.accept(wish.args[0] as number);
      case 'decline': return this.decline(wish.args[0] as number);
      case 'dial': return this.dial(wish.args[0] as string);
      case 'connect': return this.connect(wish.args[0] as number, wish.args[1] as string);
      case 'connectSupervisor': return this.connectSupervisor(wish.args[0] as number, wish.args[1] as string, wish.args[2] as SupervisorMode);
      case 'hangUp': return this.hangUp((wish.args[0] as number | undefined) ?? null);
      case 'setMuted': return this.setMuted(wish.args[0] as boolean);
      case 'sendDigits': return this.sendDigits(wish.args[0] as string);
      case 'chooseDevice': return this.chooseDevice(wish.args[0] as DeviceKind, wish.args[1] as string);
      case 'testRing': return this.testRing();
      default: throw new PhoneTrouble('unknown', 'This tab is older than the one that asks: reload it.');
    }
  }

  private async passOn(what: string, ...args: unknown[]): Promise<unknown> {
    try {
      return await this.lock.ask({ what, args });
    } catch {
      const message = 'The tab with your phone does not answer. Bring the phone here, then try again.';
      return { done: false, won: false, by: null, callId: null, error: message, message };
    }
  }

  private update(): void {
    if (this.elsewhere && !this.phone.call && (this.phone.isOpen)) {
      this.leave(); // The call that kept the phone here is over.
    }

    const mayRing = this.lock.isOwner && !this.elsewhere && this.live.isHeard && this.phone.call === null && this.phone.isOpen;
    this.ring.update(mayRing ? this.live.offers.filter(offer => offer.callId !== this.accepting) : []);
    this.live.reportPhone();
    this.tell();
  }

  private tell(): void {
    const state = this.state();
    const text = JSON.stringify(state);
    if (text !== this.lastPublished) {
      this.lastPublished = text;
      for (const listener of [...this.listeners]) {
        listener.changed(state);
      }
      this.publish(false);
    }
  }

  private publish(always: boolean): void {
    if (always || this.lock.isOwner) {
      this.lock.publish(this.ownState());
    }
  }

  private tellLevels(microphone: number, speaker: number): void {
    for (const listener of [...this.listeners]) {
      listener.levels(microphone, speaker);
    }
  }

  private report(): PhoneReport {
    const { light, detail } = this.ownState();
    return { state: light, detail, tabHidden: this.world.isHidden(), audible: this.ring.isAudible };
  }

  private ownState(): SoftphoneState {
    const { phone } = this;
    const light = this.light();
    return {
      light,
      detail: this.detail(light),
      shiftStarted: phone.isOpen,
      audible: this.ring.isAudible,
      ringing: this.ring.isRinging,
      canBringHere: light === 'inAnotherBrowser',
      call: phone.call ? { ...phone.call, warnings: [...phone.call.warnings] } : null,
      problem: phone.problem,
    };
  }

  private mirroredState(): SoftphoneState {
    const { mirror } = this;
    if (!mirror) {
      return {
        light: 'connecting', detail: 'Looking for your phone.', shiftStarted: false, audible: false, ringing: false,
        canBringHere: false, call: null, problem: null,
      };
    }

    if (mirror.owner === this.world.hostTab || mirror.state.light === 'inAnotherBrowser') {
      return mirror.state; // The page around this one is the same tab to the agent.
    }

    return {
      ...mirror.state,
      light: 'inAnotherTab',
      detail: `Your phone is in another tab (${mirror.state.detail.replace(/\.$/, '')}).`,
      canBringHere: mirror.state.call === null,
    };
  }

  private light(): PhoneStatus {
    const { phone } = this;
    if (!this.world.isSupported) return 'unsupported';
    // In a call, too: nobody hears the agent.
    if (isMicrophoneProblem(phone.problem) && !this.elsewhere) return 'noMicrophone';
    if (phone.call) return phone.call.phase === 'reconnecting' ? 'reconnecting' : 'onCall';
    if (this.elsewhere) return 'inAnotherBrowser';
    if (!phone.isOpen) return 'off';
    if (phone.problem?.code === 'token' || phone.tokenInDanger) return 'tokenProblem';
    if (!this.live.isHeard) return 'serverLost';
    return phone.line === 'ready' ? 'ready' : 'connecting';
  }

  private detail(light: PhoneStatus): string {
    const { problem, call } = this.phone;
    switch (light) {
      case 'off': return 'The phone is off. Press “Start shift” to take calls.';
      case 'connecting': return problem ? sentence(problem) : 'Connecting to the carrier.';
      case 'ready': return this.ring.isAudible ? 'Ready for calls.' : 'Ready, but silent: click anywhere in this page so that the phone may ring.';
      case 'onCall': return problem ? sentence(problem) : call?.phase === 'connecting' ? 'Joining the call.' : call?.phase === 'ending' ? 'Ending the call.' : 'In a call.';
      case 'reconnecting': return 'The call’s connection is being restored; stay on the line.';
      case 'noMicrophone': return sentence(problem!);
      case 'tokenProblem': return problem ? sentence(problem) : 'The phone’s access token is running out and cannot be renewed. Check the network, or sign out and in again.';
      case 'serverLost': return 'UppalCRM’s server cannot be reached. Calls that are up go on; new ones wait.';
      case 'inAnotherTab': return 'Your phone is in another tab.';
      case 'inAnotherBrowser': return 'Your phone is in another browser, where you signed in later.';
      case 'unsupported': return 'This browser cannot make calls. Use a current Chrome, Edge, Firefox or Safari, over https.';
    }
  }

  private key(what: string): string {
    return `uppalcrm.${what}.${this.world.user}`;
  }
}
