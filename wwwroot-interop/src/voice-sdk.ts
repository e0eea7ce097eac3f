// The parts of the Voice SDK that the phone uses, and how a Device is made. Tests bring fakes of these interfaces.

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the SDK's events have arguments of many shapes
type Handler = (...args: any[]) => void;

export interface VoiceCall {
  on(event: string, handler: Handler): unknown;
  status(): string;
  disconnect(): void;
  mute(muted: boolean): void;
  sendDigits(digits: string): void;
  getLocalStream(): MediaStream | undefined;
}

export interface VoiceDevice {
  readonly audio: VoiceAudio | null;
  on(event: string, handler: Handler): unknown;
  register(): Promise<void>;
  connect(options: { params: Record<string, string>; rtcConstraints: MediaStreamConstraints }): Promise<VoiceCall>;
  updateToken(token: string): void;
  destroy(): void;
}

export interface VoiceAudio {
  readonly isOutputSelectionSupported: boolean;
  readonly availableInputDevices: Map<string, unknown>;
  readonly availableOutputDevices: Map<string, unknown>;
  readonly speakerDevices: { set(ids: string | string[]): Promise<unknown> };
  incoming(on: boolean): unknown;
  outgoing(on: boolean): unknown;
  disconnect(on: boolean): unknown;
  setInputDevice(id: string): Promise<void>;
  unsetInputDevice(): Promise<void>;
}

/** Options the server may hand out with a token: all of them are for the simulator or for a chosen edge. */
export interface TokenOptions {
  chunderw?: string;
  publishEvents?: boolean;
  sounds?: Record<string, string>;
  edge?: string;
}

const soundNames = ['disconnect', 'incoming', 'outgoing', ...Array.from('0123456789hs', key => `dtmf${key}`)];

export async function createVoiceDevice(token: string, options: TokenOptions): Promise<VoiceDevice> {
  const { Device } = await import('@twilio/voice-sdk'); // Only now: a page's first paint does not pay for it.
  const known = {
    closeProtection: 'A call is up. Leaving this page ends it.',
    maxCallSignalingTimeoutMs: 30_000,
    codecPreferences: ['opus', 'pcmu'],
    enableImprovedSignalingErrorPrecision: true,
    tokenRefreshMs: 60_000,
    logLevel: 5, // Silent: the agent reads what goes wrong in the page, and a lost connection is tried once a second.
    // Our own key tones: nothing is fetched from another host, and the page's policy need not allow one.
    sounds: { ...Object.fromEntries(soundNames.map(name => [name, `${location.origin}/js/sounds/${name}.wav`])), ...options.sounds },
    ...(options.edge ? { edge: options.edge } : {}),
    ...(options.chunderw ? { chunderw: options.chunderw } : {}),
    ...(options.publishEvents === undefined ? {} : { publishEvents: options.publishEvents }),
  };
  return new Device(token, known as ConstructorParameters<typeof Device>[1]) as unknown as VoiceDevice;
}
