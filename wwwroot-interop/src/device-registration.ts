// The Voice SDK's Device, and its registration with the carrier: made, kept registered, and replaced when it is stuck.
import { problemOf } from './phone-errors';
import type { PhoneProblems } from './phone-problems';
import { backoff, timeBox } from './time-box';
import { TokenSource, type PhoneToken } from './token-source';
import type { TokenOptions, VoiceDevice } from './voice-sdk';

export interface RegistrationWorld {
  createDevice(token: string, options: TokenOptions): Promise<VoiceDevice>;
  /** @throws PhoneTrouble when the server refuses or cannot be reached. */
  requestToken(): Promise<PhoneToken>;
  /** The id of the chosen speaker; `default` for the system's own. */
  speaker(): string;
}

export type Registration = 'down' | 'connecting' | 'ready';

const seconds = 1000;
/** The Device must be loaded, and registered, within this many milliseconds. */
export const registerWithin = 15 * seconds;
/** Without registration for this many milliseconds and no call up, the Device is replaced. */
const unregisteredLimit = 45 * seconds;
/** Twilio's codes for a token that has expired or is not accepted. */
const tokenErrors = new Set([20101, 20104, 31204, 31205]);

export class DeviceRegistration {
  device: VoiceDevice | null = null;
  state: Registration = 'down';
  isOpen = false;
  private readonly tokens: TokenSource;
  private starting: Promise<void> | null = null;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private unregisteredSince: number | null = null;

  constructor(
    private readonly world: RegistrationWorld,
    private readonly problems: PhoneProblems,
    private readonly changed: () => void,
  ) {
    this.tokens = new TokenSource(() => world.requestToken(), problems, {
      renewed: token => this.device?.updateToken(token.token),
      changed,
    });
  }

  get tokenInDanger(): boolean {
    return this.tokens.inDanger;
  }

  /** Makes the phone ready and keeps it so until `stop()`. */
  open(): void {
    if (!this.isOpen) {
      this.isOpen = true;
      this.tokens.open();
      void this.start();
    }
  }

  /** Keeps nothing ready any more. The Device stays until `drop()`, for a call that is still to be ended. */
  stop(): void {
    this.isOpen = false;
    clearTimeout(this.retryTimer);
    this.tokens.close();
    this.failures = 0;
  }

  /** Destroys the Device, and any call on it. */
  drop(): void {
    const device = this.device;
    this.device = null;
    this.unregisteredSince = null;
    try {
      device?.destroy();
    } catch {
      // A Device half-way through registering may throw; nothing of it is ours any more.
    }
    if (!this.isOpen) {
      this.setState('down');
    }
  }

  /** Brings a Device up, unless there is one. Settles after this one try; the next tries follow by themselves. */
  start(): Promise<void> {
    return this.starting ??= this.tryStart().finally(() => { this.starting = null; });
  }

  /** A Device that holds a stuck call refuses every other: only a new one helps. */
  restart(): void {
    if (this.isOpen) {
      this.drop();
      void this.start();
    }
  }

  /** The machine woke up, or is back on the network: timers may have slept through their moment. */
  wake(): void {
    if (this.isOpen) {
      this.tokens.wake();
      if (!this.device && !this.starting) {
        clearTimeout(this.retryTimer);
        void this.start();
      }
    }
  }

  /** Once a second. */
  tick(callIsUp: boolean): void {
    if (!callIsUp && this.unregisteredSince !== null && Date.now() - this.unregisteredSince > unregisteredLimit) {
      this.restart();
    }
    this.tokens.tick();
  }

  async useSpeaker(): Promise<void> {
    const audio = this.device?.audio;
    const id = this.world.speaker();
    if (audio?.isOutputSelectionSupported && (id === 'default' || audio.availableOutputDevices.has(id))) {
      await audio.speakerDevices.set(id);
    }
  }

  private async tryStart(): Promise<void> {
    if (!this.isOpen || this.device) {
      return;
    }

    this.setState('connecting');
    clearTimeout(this.retryTimer);
    let device: VoiceDevice | null = null;
    try {
      const { token, options } = await this.tokens.get();
      device = await timeBox(this.world.createDevice(token, options), registerWithin, 'Loading the phone');
      if (!this.isOpen) {
        device.destroy();
        return;
      }

      this.listen(device);
      // Registering is not needed to call out; it proves that the carrier is reached, and keeps the way warm.
      await timeBox(device.register(), registerWithin, 'Registering with the carrier');
      if (!this.isOpen || this.device !== null) {
        device.destroy();
        return;
      }

      this.device = device;
      this.failures = 0;
      this.unregisteredSince = null;
      device.audio?.incoming(false);
      device.audio?.outgoing(false);
      device.audio?.disconnect(false);
      await this.useSpeaker().catch(() => undefined); // A speaker that is gone falls back to the system's own.
      this.setState('ready');
      this.problems.clearOfConnection();
    } catch (error) {
      device?.destroy();
      if (!this.isOpen) {
        return;
      }
      this.setState('connecting');
      this.problems.setOfConnection(problemOf(error));
      this.retryTimer = setTimeout(() => void this.start(), backoff(this.failures++, seconds, 30 * seconds));
    }
  }

  private listen(device: VoiceDevice): void {
    device.on('registered', () => {
      if (this.device === device) {
        this.unregisteredSince = null;
        this.setState('ready');
        this.problems.clearOfConnection();
      }
    });
    device.on('unregistered', () => {
      if (this.device === device) {
        this.unregisteredSince ??= Date.now();
        this.setState('connecting');
      }
    });
    device.on('error', (error: { code?: number }, sdkCall?: unknown) => {
      if (this.device !== device || sdkCall) {
        return; // A call's errors come from the call, too.
      }
      if (error.code !== undefined && tokenErrors.has(error.code)) {
        void this.tokens.renew();
      }
      this.problems.setOfConnection(problemOf(error));
    });
    device.on('tokenWillExpire', () => {
      if (this.device === device) {
        void this.tokens.renew(); // Our own timer is earlier; this is the last chance.
      }
    });
  }

  private setState(state: Registration): void {
    if (this.state !== state) {
      this.state = state;
      this.changed();
    }
  }
}
