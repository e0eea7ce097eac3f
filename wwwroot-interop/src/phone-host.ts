// What this tab does for its agent: waits in line for the phone, and has it or mirrors the tab that has it. Whatever is asked
// of the phone may be asked in any tab: the owner does it, another tab passes it on.
import { OwnedPhone, type OwnedPhoneWorld, type PhoneCommands } from './owned-phone';
import { PhoneLock, type LockWorld, type Wish } from './phone-lock';
import { mirrored, noPhone } from './phone-status';
import { done, refused, type CallCommand, type PhoneAnswer, type PhoneState, type Ringing } from './state';

export interface PhoneHostWorld extends OwnedPhoneWorld {
  lock: LockWorld;
  /** The tab of the page around this one, when this page was opened in a frame to outlive a lost server (lifeboat.ts). */
  hostTab: string | null;
}

export interface PhoneHostListener {
  changed(state: PhoneState): void;
  /** The microphone's level in a call, 0 to 1. */
  level(microphone: number): void;
  nodeLeaving?(withinMs: number): void;
}

/** Another tab may ask for these and nothing else. */
const isCommand: Record<keyof PhoneCommands, true> = {
  startShift: true, endShift: true, carryOut: true, shortcut: true, connectSupervisor: true, leave: true, chooseDevice: true,
  testRing: true,
};

const ownerIsSilent = refused('The tab with your phone does not answer. Bring the phone here, then try again.');

export class PhoneHost {
  private readonly lock: PhoneLock;
  private readonly owned: OwnedPhone;
  private readonly listeners = new Set<PhoneHostListener>();
  private mirror: { state: PhoneState; owner: string } | null = null;
  private lastPublished = '';

  constructor(private readonly world: PhoneHostWorld) {
    this.lock = new PhoneLock(`uppalcrm-phone-${world.user}`, world.lock, {
      lockAcquired: () => {
        this.mirror = null;
        this.owned.lockAcquired();
      },
      lockLost: () => this.owned.lockLost(),
      tabOpened: () => this.lock.publish(this.owned.state()),
      mirrored: (state, owner) => {
        this.mirror = { state, owner };
        this.tell();
      },
      asked: wish => this.perform(wish),
      mayYield: () => !this.owned.holdsCall,
    });
    this.owned = new OwnedPhone(world, {
      changed: () => this.tell(),
      level: microphone => this.tellLevel(microphone),
      nodeLeaving: withinMs => this.listeners.forEach(listener => listener.nodeLeaving?.(withinMs)),
    });
  }

  open(): void {
    this.lock.open();
  }

  /** The user has signed out, or another signed in. */
  close(): void {
    this.lock.close();
    this.owned.dispose();
    this.listeners.clear();
  }

  listen(listener: PhoneHostListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  get isOwner(): boolean {
    return this.lock.isOwner;
  }

  get holdsCall(): boolean {
    return this.owned.holdsCall;
  }

  get hearsServer(): boolean {
    return this.owned.hearsServer;
  }

  get otherParty(): string | null {
    return this.owned.otherParty;
  }

  get ringing(): Ringing[] {
    return this.owned.ringing;
  }

  serverNow(): number {
    return this.owned.serverNow();
  }

  state(): PhoneState {
    if (this.lock.isOwner) {
      return this.owned.state();
    }

    const { mirror } = this;
    return !mirror ? noPhone('connecting', 'Looking for your phone.')
      : mirror.owner === this.world.hostTab ? mirror.state // The page around this one is the same tab to the agent.
        : mirrored(mirror.state);
  }

  async ask<K extends keyof PhoneCommands>(what: K, ...args: Parameters<PhoneCommands[K]>): Promise<PhoneAnswer> {
    if (what === 'startShift' && !this.lock.isOwner && !this.isFramedByOwner && !await this.lock.take()) {
      return refused('Your phone is in a call in another tab.'); // The tab that is clicked becomes the phone: only it may sound.
    }

    if (this.lock.isOwner) {
      return this.perform({ what, args });
    }

    try {
      return await this.lock.ask({ what, args }) as PhoneAnswer;
    } catch {
      return ownerIsSilent;
    }
  }

  async bringHere(): Promise<PhoneAnswer> {
    if (this.lock.isOwner && !this.owned.isElsewhere) {
      return done;
    }

    if (!await this.lock.take()) {
      return refused('Your phone is in a call in another tab. End the call there, or talk on in that tab.');
    }

    await this.owned.bringHere();
    return done;
  }

  /** A command on a live call. End works even when the tab with the phone does not answer. */
  async carryOut(command: CallCommand): Promise<PhoneAnswer> {
    const answer = await this.ask('carryOut', command);
    if (answer === ownerIsSilent && command.action === 'hangUp') {
      await this.owned.hangUpAtServer(command.callId!);
    }
    return answer;
  }

  // What happens around it.

  gesture(): void {
    this.owned.gesture();
  }

  wake(): void {
    this.owned.wake();
  }

  devicesChanged(): void {
    this.owned.devicesChanged();
  }

  visibilityChanged(): void {
    this.owned.visibilityChanged();
  }

  bye(): void {
    this.owned.bye();
  }

  private get isFramedByOwner(): boolean {
    return this.world.hostTab !== null && this.mirror?.owner === this.world.hostTab;
  }

  private async perform(wish: Wish): Promise<PhoneAnswer> {
    return Object.hasOwn(isCommand, wish.what)
      ? (this.owned[wish.what as keyof PhoneCommands] as (...args: unknown[]) => Promise<PhoneAnswer>).apply(this.owned, wish.args)
      : refused('This tab is older than the one that asks: reload it.');
  }

  private tell(): void {
    const state = this.state();
    const text = JSON.stringify(state);
    if (text !== this.lastPublished) {
      this.lastPublished = text;
      for (const listener of [...this.listeners]) {
        listener.changed(state);
      }
      this.lock.publish(this.owned.state());
    }
  }

  private tellLevel(microphone: number): void {
    for (const listener of [...this.listeners]) {
      listener.level(microphone);
    }
  }
}
