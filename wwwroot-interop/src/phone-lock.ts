// One phone per agent and browser: a Web Lock elects the tab that owns it, a BroadcastChannel carries its state to the
// others and their wishes to it. Closing, crashing or discarding the owner's tab frees the lock, and the next tab has it.
import type { PhoneState } from './state';

/** A tab's wish, carried out by the owner. */
export interface Wish {
  what: string;
  args: unknown[];
}

export interface LockListener {
  /** This tab owns the phone from now on. */
  lockAcquired(): void;
  /** Another tab has taken it: put the phone down. */
  lockLost(): void;
  /** Another tab has opened and does not know yet how the phone is; only the owner hears this. */
  tabOpened(): void;
  /** The owner, another tab, says how its phone is. */
  mirrored(state: PhoneState, owner: string): void;
  /** Another tab asks; only the owner hears this. */
  asked(wish: Wish): Promise<unknown>;
  /** May the phone go to another tab now? Not while a call is up. */
  mayYield(): boolean;
}

type Message =
  | { kind: 'state'; from: string; state: PhoneState }
  | { kind: 'hello'; from: string }
  | { kind: 'ask'; from: string; id: number; wish: Wish }
  | { kind: 'answer'; to: string; id: number; value?: unknown; error?: string }
  | { kind: 'yield'; from: string; id: number };

export interface LockWorld {
  /** Absent on an insecure page: then there is no microphone either, and every tab owns a phone that cannot be used. */
  locks: Pick<LockManager, 'request'> | undefined;
  channel: Pick<BroadcastChannel, 'postMessage' | 'close'> & { onmessage: ((event: MessageEvent) => void) | null };
  /** Names this tab. */
  tab: string;
}

const answerWithin = 20_000;
const yieldWithin = 1_500;

export class PhoneLock {
  private owner = false;
  private release: (() => void) | null = null;
  private queued: AbortController | null = null;
  private acquired: (() => void) | null = null;
  private closed = false;
  private next = 1;
  private readonly waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();

  /** @param name The lock's name: one per signed-in user. */
  constructor(private readonly name: string, private readonly world: LockWorld, private readonly listener: LockListener) {
    world.channel.onmessage = event => void this.hear(event.data as Message);
  }

  get isOwner(): boolean {
    return this.owner;
  }

  /** Waits in line for the phone until `close()`. */
  open(): void {
    this.post({ kind: 'hello', from: this.world.tab });
    this.queue(false);
  }

  close(): void {
    this.closed = true;
    this.queued?.abort();
    this.release?.();
    this.world.channel.close();
    for (const { reject } of this.waiting.values()) {
      reject(new Error('This tab is closing.'));
    }
    this.waiting.clear();
  }

  /** Says how the phone is; the owner calls it at each change. */
  publish(state: PhoneState): void {
    if (this.owner) {
      this.post({ kind: 'state', from: this.world.tab, state });
    }
  }

  /** Asks the owner to do something. @throws when no owner answers. */
  ask(wish: Wish): Promise<unknown> {
    return this.request(id => ({ kind: 'ask', from: this.world.tab, id, wish }), answerWithin);
  }

  /**
   * Brings the phone to this tab. A busy owner keeps it; one that does not answer (a frozen tab) loses it.
   * @returns once this tab owns the phone; false when the owner is in a call.
   */
  async take(): Promise<boolean> {
    if (this.owner) {
      return true;
    }

    try {
      const gave = await this.request(id => ({ kind: 'yield', from: this.world.tab, id }), yieldWithin);
      if (gave === false) {
        return false;
      }
    } catch {
      // Nobody answers: taken below.
    }

    if (this.isOwner) {
      return true; // First in line, so it came to us when the owner let go.
    }

    this.queued?.abort();
    await new Promise<void>(resolve => {
      this.acquired = resolve;
      this.queue(true);
    });
    return true;
  }

  private queue(steal: boolean): void {
    if (!this.world.locks) {
      this.acquire();
      return;
    }

    const abort = new AbortController();
    this.queued = abort;
    // A stealing request may carry no signal (Web Locks specification, request() step 5 ff.).
    const options: LockOptions = steal ? { steal: true } : { signal: abort.signal };
    let held = false;
    this.world.locks
      .request(this.name, options, () => {
        if (abort.signal.aborted) {
          return Promise.resolve(); // Granted while it was being given up.
        }
        held = true;
        return this.hold();
      })
      .catch(() => {
        // Taken from us while held; or only left the line, which changes nothing; or taken by our own stealing request,
        // when the lock came to us in line at the same moment.
        if (held && this.owner && !this.acquired) {
          this.owner = false;
          this.release = null;
          this.listener.lockLost();
          if (!this.closed) {
            this.queue(false);
          }
        }
      });
  }

  private hold(): Promise<void> {
    if (this.closed) {
      return Promise.resolve();
    }

    const held = new Promise<void>(resolve => { this.release = resolve; });
    this.acquire();
    return held;
  }

  private acquire(): void {
    this.owner = true;
    this.listener.lockAcquired();
    this.acquired?.();
    this.acquired = null;
  }

  /** Lets go and gets back in line, behind the tab that asked. */
  private stepDown(): void {
    this.owner = false;
    this.release?.();
    this.release = null;
    this.listener.lockLost();
    this.queue(false);
  }

  private async hear(message: Message): Promise<void> {
    switch (message.kind) {
      case 'state':
        if (!this.owner) {
          this.listener.mirrored(message.state, message.from);
        }
        break;
      case 'hello':
        if (this.owner) {
          this.listener.tabOpened();
        }
        break;
      case 'ask':
        if (this.owner) {
          try {
            this.post({ kind: 'answer', to: message.from, id: message.id, value: await this.listener.asked(message.wish) });
          } catch (error) {
            this.post({ kind: 'answer', to: message.from, id: message.id, error: String(error) });
          }
        }
        break;
      case 'yield':
        if (this.owner) {
          const may = this.listener.mayYield();
          this.post({ kind: 'answer', to: message.from, id: message.id, value: may });
          if (may) {
            this.stepDown();
          }
        }
        break;
      case 'answer':
        if (message.to === this.world.tab) {
          const waiter = this.waiting.get(message.id);
          this.waiting.delete(message.id);
          if (message.error === undefined) {
            waiter?.resolve(message.value);
          } else {
            waiter?.reject(new Error(message.error));
          }
        }
        break;
    }
  }

  private request(message: (id: number) => Message, within: number): Promise<unknown> {
    const id = this.next++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(new Error('The tab with the phone does not answer.'));
      }, within);
      this.waiting.set(id, {
        resolve: value => { clearTimeout(timer); resolve(value); },
        reject: error => { clearTimeout(timer); reject(error); },
      });
      this.post(message(id));
    });
  }

  private post(message: Message): void {
    this.world.channel.postMessage(message);
  }
}
