// Stand-ins: small and named. They do what the Voice SDK, the hub, the lock manager and the audio do, seen from outside.
import type { Hub } from '../src/hub';
import type { VoiceAudio, VoiceCall, VoiceDevice } from '../src/voice-sdk';
import type { CallOffer } from '../src/state';

type Handler = (...args: never[]) => void;

class Events {
  private readonly handlers = new Map<string, Handler[]>();

  on(event: string, handler: Handler): this {
    this.handlers.set(event, [...this.handlers.get(event) ?? [], handler]);
    return this;
  }

  emit(event: string, ...args: unknown[]): void {
    for (const handler of this.handlers.get(event) ?? []) {
      (handler as (...a: unknown[]) => void)(...args);
    }
  }

  removeAllListeners(): void {
    this.handlers.clear();
  }
}

export class FakeCall extends Events implements VoiceCall {
  parameters: Record<string, string> = {};
  state = 'connecting';
  sent = '';
  muted = false;
  hangUps = 0;
  /** A stuck call: hang-up changes nothing, as with the SDK's leg without a reconnect token. */
  stuck = false;
  readonly track = new EventTarget();

  constructor(readonly params: Record<string, string>) {
    super();
  }

  status(): string {
    return this.state;
  }

  answer(): void {
    this.parameters = { CallSid: 'CA1' };
    this.emit('ringing', false);
    this.state = 'open';
    this.emit('accept', this);
  }

  end(): void {
    this.state = 'closed';
    this.emit('disconnect', this);
  }

  disconnect(): void {
    this.hangUps++;
    if (!this.stuck && this.state !== 'closed') {
      this.end();
    }
  }

  mute(muted: boolean): void {
    this.muted = muted;
    this.emit('mute', muted, this);
  }

  sendDigits(digits: string): void {
    this.sent += digits;
  }

  getLocalStream(): MediaStream {
    return { getAudioTracks: () => [this.track] } as unknown as MediaStream;
  }
}

export class FakeDevice extends Events implements VoiceDevice {
  audio: VoiceAudio | null = null;
  calls: FakeCall[] = [];
  tokens: string[] = [];
  destroyed = false;
  registering: Promise<void> = Promise.resolve();
  connectError: unknown = null;

  async register(): Promise<void> {
    await this.registering;
    this.emit('registered');
  }

  async connect(options: { params: Record<string, string> }): Promise<FakeCall> {
    if (this.connectError) {
      throw this.connectError;
    }
    const call = new FakeCall(options.params);
    this.calls.push(call);
    return call;
  }

  updateToken(token: string): void {
    this.tokens.push(token);
  }

  destroy(): void {
    this.destroyed = true;
    this.removeAllListeners();
  }
}

export class FakeHub implements Hub {
  readonly invoked: [string, ...unknown[]][] = [];
  readonly answers: Record<string, unknown> = {};
  refuses = false;
  stopped = false;
  private readonly handlers = new Map<string, Handler>();
  private closed: (() => void) | null = null;

  async start(): Promise<void> {
    if (this.refuses) {
      throw new Error('refused');
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
  }

  on(method: string, handler: Handler): void {
    this.handlers.set(method, handler);
  }

  onclose(handler: () => void): void {
    this.closed = handler;
  }

  async invoke<T>(method: string, ...args: unknown[]): Promise<T> {
    this.invoked.push([method, ...args]);
    const answer = this.answers[method];
    if (answer instanceof Error) {
      throw answer;
    }
    return answer as T;
  }

  async send(method: string, ...args: unknown[]): Promise<void> {
    this.invoked.push([method, ...args]);
  }

  says(method: string, ...args: unknown[]): void {
    (this.handlers.get(method) as (...a: unknown[]) => void)(...args);
  }

  drops(): void {
    this.closed?.();
  }

  asked(method: string): unknown[][] {
    return this.invoked.filter(([name]) => name === method).map(([, ...args]) => args);
  }
}

/** The browser's locks, of one origin: exclusive, in order, with steal and abort. */
export class FakeLocks {
  private readonly held = new Map<string, { reject: (error: Error) => void }>();
  private readonly line: { name: string; enter: () => void; aborted: () => boolean }[] = [];

  request = ((name: string, options: LockOptions, callback: () => Promise<unknown>) => new Promise<unknown>((resolve, reject) => {
    const enter = () => {
      const me = { reject };
      this.held.set(name, me);
      void callback().then(value => {
        if (this.held.get(name) === me) {
          this.held.delete(name);
          resolve(value);
          this.next(name);
        }
      });
    };
    if (options.steal) {
      this.held.get(name)?.reject(new DOMException('stolen', 'AbortError'));
      enter();
      return;
    }
    options.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
    if (this.held.has(name)) {
      this.line.push({ name, enter, aborted: () => options.signal?.aborted ?? false });
    } else {
      enter();
    }
  })) as unknown as LockManager['request'];

  private next(name: string): void {
    const at = this.line.findIndex(waiting => waiting.name === name && !waiting.aborted());
    if (at >= 0) {
      this.line.splice(at, 1)[0]!.enter();
    }
  }
}

/** A BroadcastChannel between objects of one test; messages arrive in a later task, as copies. */
export class FakeBroadcast {
  private readonly channels = new Set<FakeChannel>();

  channel(): FakeChannel {
    const channel = new FakeChannel(message => {
      const copy = JSON.stringify(message);
      for (const other of this.channels) {
        if (other !== channel) {
          queueMicrotask(() => other.onmessage?.({ data: JSON.parse(copy) } as MessageEvent));
        }
      }
    }, () => this.channels.delete(channel));
    this.channels.add(channel);
    return channel;
  }
}

class FakeChannel {
  onmessage: ((event: MessageEvent) => void) | null = null;

  constructor(readonly postMessage: (message: unknown) => void, readonly close: () => void) {}
}

/** An AudioContext as far as the ring needs one; it tells what would be heard. */
export class FakeAudio {
  state = 'suspended';
  currentTime = 0;
  sampleRate = 8000;
  destination = {};
  onstatechange: (() => void) | null = null;
  sounding = 0;
  started = 0;
  silentFrom = Infinity;

  async resume(): Promise<void> {
    this.state = 'running';
    this.onstatechange?.();
  }

  async close(): Promise<void> {
    this.state = 'closed';
  }

  createBuffer(): unknown {
    return { copyToChannel: () => undefined };
  }

  createBufferSource(): unknown {
    return {
      connect: (next: unknown) => next,
      disconnect: () => undefined,
      start: () => { this.sounding++; this.started++; },
      stop: (at?: number) => { if (at === undefined) this.sounding--; },
    };
  }

  createGain(): unknown {
    return {
      gain: {
        cancelScheduledValues: () => { this.silentFrom = Infinity; },
        setValueAtTime: (value: number, at: number) => { if (value === 0) this.silentFrom = at; },
      },
      connect: (next: unknown) => next,
      disconnect: () => undefined,
    };
  }

  get isHeard(): boolean {
    return this.sounding > 0 && this.currentTime < this.silentFrom;
  }
}

export class FakeStorage {
  private readonly items = new Map<string, string>();

  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.items.set(key, value);
  }

  removeItem(key: string): void {
    this.items.delete(key);
  }
}

export function anOffer(callId: number, changes: Partial<CallOffer> = {}): CallOffer {
  const now = Date.now();
  return {
    callId, version: 1, from: '+12025550111', fromName: 'Maya Chen', line: '+12025550100',
    waitingSince: new Date(now + callId).toISOString(), expiresAt: new Date(now + 60_000).toISOString(), wasAnswered: false, ...changes,
  };
}
