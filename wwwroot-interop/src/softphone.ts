// The agent's phone: one Device of the Voice SDK and at most one Call. It belongs to the tab, not to a Blazor circuit:
// a circuit, or the whole server, may come and go while a call is up.
import { backoff, timeBox } from './time-box';
import type { CallPhase, DeviceKind, PhoneAnswer, PhoneCall, PhoneProblem, PhoneRole, SupervisorMode } from './state';
import { done, refused } from './state';
import { measureEvery, MutedVoice } from './muted-voice';
import { isMicrophoneProblem, mutedHint, PhoneTrouble, problemOf, warningOf } from './phone-errors';

/** The parts of the SDK's Call that we use; tests bring a fake. */
export interface VoiceCall {
  readonly parameters: Record<string, string>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the SDK's events have arguments of many shapes
  on(event: string, handler: (...args: any[]) => void): unknown;
  removeAllListeners(): unknown;
  status(): string;
  disconnect(): void;
  mute(muted: boolean): void;
  sendDigits(digits: string): void;
  getLocalStream(): MediaStream | undefined;
}

/** The parts of the SDK's Device that we use; tests bring a fake. */
export interface VoiceDevice {
  readonly state: string;
  readonly audio: VoiceAudio | null;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  on(event: string, handler: (...args: any[]) => void): unknown;
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

export interface PhoneToken {
  token: string;
  identity: string;
  /** Milliseconds this token is good for from the moment it was received; free of both clocks' errors. */
  lifetime: number;
  options: TokenOptions;
}

/** Everything outside that the phone needs. Tests bring their own. */
export interface PhoneWorld {
  createDevice(token: string, options: TokenOptions): Promise<VoiceDevice>;
  /** @throws PhoneTrouble with words when the server refuses or cannot be reached. */
  requestToken(): Promise<PhoneToken>;
  /** Opens the microphone once and lets it go: only to learn whether we may. */
  tryMicrophone(deviceId: string): Promise<void>;
  /** A microphone is connected to this computer. */
  hasMicrophone(): Promise<boolean>;
  /** Measures a call's microphone, also while its track is muted: dBFS, every so many milliseconds, until closed. */
  openLevelMonitor(track: MediaStreamTrack, every: number, onLoudness: (decibels: number) => void): { close(): void };
  /** The shortcut that opens the microphone, e.g. `Ctrl+Shift+M`; empty when it is switched off. */
  muteKeys(): string;
  /** Milliseconds since 1970 by the server's clock. */
  serverNow(): number;
  remembered(kind: DeviceKind): string;
  remember(kind: DeviceKind, deviceId: string): void;
}

export interface PhoneListener {
  /** Anything that is shown has changed. */
  changed(): void;
  /** A claimed call cannot be joined: give it back, so that it is offered again. */
  released(callId: number, reason: string): void;
  /** The call's leg is over here. `asked`: this phone hung up. */
  ended(call: PhoneCall, asked: boolean): void;
  levels(microphone: number, speaker: number): void;
}

export interface Joining {
  callId: number;
  conference: string;
  role: PhoneRole;
  mode?: SupervisorMode;
}

/** Where the phone stands, calls aside. */
export type Line = 'down' | 'connecting' | 'ready';

const seconds = 1000;

/** All in milliseconds. */
export const limits = {
  register: 15 * seconds,
  join: 20 * seconds,
  // A prompt for the microphone may stand for long while the agent reads it; the server's lease ends sooner in any case.
  microphone: 60 * seconds,
  /** Between two tries to take another microphone into a call. */
  microphoneRetry: 300,
  token: 10 * seconds,
  /** Hang-up without an end after this: the SDK's call is stuck (its status is "closed", its end never comes). */
  stuck: 5 * seconds,
  /** Without registration for this long and no call up, the Device is made anew. */
  unregistered: 45 * seconds,
  /** A token is refreshed at three quarters of its life, and at least this long before its end. */
  tokenMargin: 180 * seconds,
  /** Less than this left of a token that cannot be refreshed, and the light says so. */
  tokenAlarm: 60 * seconds,
};

const microphoneTries = 5;

export class Softphone {
  private device: VoiceDevice | null = null;
  private token: PhoneToken | null = null;
  private tokenSince = 0;
  private tokenTimer: ReturnType<typeof setTimeout> | undefined;
  private tokenFailures = 0;
  private tokenProblem: PhoneProblem | null = null;
  private refreshing: Promise<void> | null = null;
  private bringing: Promise<void> | null = null;
  private bringTimer: ReturnType<typeof setTimeout> | undefined;
  private bringFailures = 0;
  private unregisteredSince: number | null = null;
  private wanted = false;
  private readonly pulse: ReturnType<typeof setInterval>;

  private sdkCall: VoiceCall | null = null;
  private joined: { settle: (answer: PhoneAnswer) => void } | null = null;
  private lineProblem: PhoneProblem | null = null;
  private endingSince: number | null = null;
  private closedSince: number | null = null;
  private connectingSince: number | null = null;
  private monitor: { close(): void } | null = null;

  line: Line = 'down';
  call: PhoneCall | null = null;
  problem: PhoneProblem | null = null;

  constructor(private readonly world: PhoneWorld, private readonly listener: PhoneListener) {
    this.pulse = setInterval(() => this.beat(), seconds);
  }

  /** Makes the phone ready and keeps it so until `close()`. */
  open(): void {
    if (!this.wanted) {
      this.wanted = true;
      void this.bringUp();
    }
  }

  /** Puts the phone down. Ends a call that is up; whoever must not do that asks `call` first. */
  close(): void {
    this.wanted = false;
    clearTimeout(this.bringTimer);
    clearTimeout(this.tokenTimer);
    if (this.call) {
      this.finish(true);
    }
    this.dropDevice();
    this.token = null;
    this.bringFailures = 0;
    this.setLine('down');
  }

  /** The end of this object; a page that lives on makes a new one. */
  dispose(): void {
    this.close();
    clearInterval(this.pulse);
  }

  get isOpen(): boolean {
    return this.wanted;
  }

  /** The token has less than a minute left and asking for another fails. */
  get tokenInDanger(): boolean {
    return this.tokenFailures > 0 && (this.token === null || this.tokenLeft() < limits.tokenAlarm);
  }

  /**
   * The machine woke up, came back to the network or to the front: timers may have slept through their moment.
   * Refreshes what is due and registers again what fell off.
   */
  wake(): void {
    if (!this.wanted) {
      return;
    }

    if (this.token && this.tokenDueIn() <= 0) {
      void this.refreshToken();
    }

    if (!this.device && !this.bringing) {
      clearTimeout(this.bringTimer);
      void this.bringUp();
    }
  }

  /** Asks for the microphone, so that the first call does not have to. */
  async checkMicrophone(): Promise<PhoneAnswer> {
    try {
      await timeBox(this.world.tryMicrophone(this.world.remembered('microphone')), limits.microphone, 'Opening the microphone');
      if (isMicrophoneProblem(this.problem)) {
        this.setProblem(null);
      }
      return done;
    } catch (error) {
      this.setProblem(problemOf(error));
      return refused(sentence(this.problem!));
    }
  }

  /** Something was plugged in or pulled out. The light must say so now, and not when the next call finds out. */
  async devicesChanged(): Promise<void> {
    if (!this.wanted) {
      return;
    }

    const { call } = this;
    const has = await this.world.hasMicrophone();
    if (this.call !== call) {
      return;
    }

    if (!has && !call) {
      this.setProblem({ code: '31402', words: 'No microphone is connected.', cure: 'Connect one: the phone notices by itself.' });
    } else if (has && this.problem?.code === '31402') {
      await (call ? this.replaceMicrophone(call) : this.checkMicrophone());
    }
  }

  /** Joins a conference. Answers when the leg is open, or with words when it could not be. */
  async connect(joining: Joining): Promise<PhoneAnswer> {
    if (this.call) {
      return this.call.callId === joining.callId && this.call.conference === joining.conference
        ? done // Asked twice: the page and the hub may both have heard of it.
        : refused('This phone is in another call.');
    }

    if (!this.wanted) {
      return refused('The phone is off: press “Start shift” first.');
    }

    this.call = {
      callId: joining.callId, conference: joining.conference, role: joining.role, phase: 'connecting', muted: false,
      mutedSince: null, mutedHint: null, startedAt: null, carrierSid: null, warnings: [],
    };
    this.connectingSince = Date.now();
    if (!isMicrophoneProblem(this.problem)) {
      this.problem = null;
    }
    this.listener.changed();

    const answer = new Promise<PhoneAnswer>(settle => { this.joined = { settle }; });
    void this.join(joining, this.call);
    return answer;
  }

  private async join(joining: Joining, mine: PhoneCall): Promise<void> {
    try {
      if (!this.device) {
        await timeBox(this.bringUp(), limits.register, 'Connecting to the carrier');
      }

      const device = this.device;
      if (!device) {
        throw new PhoneTrouble('timeout', 'The carrier could not be reached.', 'Check the network and try again.');
      }

      if (this.call !== mine) {
        return; // Hung up while we waited.
      }

      const params: Record<string, string> = { conference: joining.conference, participant: joining.role };
      if (joining.mode) {
        params['mode'] = joining.mode;
      }

      const sdkCall = await timeBox(device.connect({ params, rtcConstraints: { audio: this.microphoneConstraints() } }), limits.join, 'Joining the call');
      if (this.call !== mine || mine.phase === 'ending') {
        sdkCall.disconnect();
        return;
      }

      this.sdkCall = sdkCall;
      this.listen(sdkCall, mine);
    } catch (error) {
      if (this.call === mine) {
        this.fail(problemOf(error));
      }
    }
  }

  private listen(sdkCall: VoiceCall, mine: PhoneCall): void {
    const current = (handler: (...args: never[]) => void) => (...args: unknown[]) => {
      if (this.call === mine) {
        (handler as (...a: unknown[]) => void)(...args);
      }
    };

    const opened = () => {
      if (mine.phase !== 'connecting') {
        return;
      }
      mine.startedAt = this.serverTime();
      mine.carrierSid = sdkCall.parameters['CallSid'] ?? null;
      this.connectingSince = null;
      if (mine.muted) {
        sdkCall.mute(true); // Muted while it was still connecting.
      }
      if (isMicrophoneProblem(this.problem)) {
        this.problem = null;
      }
      this.setPhase(mine, 'open');
      this.watchMicrophone(sdkCall, mine);
      this.joined?.settle(done);
      this.joined = null;
    };

    sdkCall.on('ringing', current(() => {
      mine.carrierSid = sdkCall.parameters['CallSid'] ?? null;
      this.listener.changed();
    }));
    sdkCall.on('accept', current(opened));
    sdkCall.on('reconnecting', current(() => {
      if (mine.phase === 'open') {
        this.setPhase(mine, 'reconnecting');
      }
    }));
    sdkCall.on('reconnected', current(() => {
      if (mine.phase === 'reconnecting') {
        this.setPhase(mine, 'open');
      }
    }));
    sdkCall.on('mute', current((muted: boolean) => this.noteMuted(mine, muted)));
    sdkCall.on('volume', current((microphone: number, speaker: number) => this.listener.levels(microphone, speaker)));
    sdkCall.on('warning', current((name: string) => {
      const words = warningOf(name);
      if (!mine.warnings.includes(words)) {
        mine.warnings = [...mine.warnings, words];
        this.listener.changed();
      }
    }));
    sdkCall.on('warning-cleared', current((name: string) => {
      mine.warnings = mine.warnings.filter(words => words !== warningOf(name));
      this.listener.changed();
    }));
    sdkCall.on('error', current((error: unknown) => {
      if (mine.phase === 'connecting') {
        this.fail(problemOf(error));
      } else {
        // An error does not end a call by itself: 'disconnect' follows when it does.
        this.setProblem(problemOf(error));
      }
    }));
    const over = current(() => {
      if (mine.phase === 'connecting') {
        this.fail({ code: 'claim', words: 'The carrier did not let this phone into the call.', cure: 'It may have ended, or another agent has it.' });
      } else {
        this.finish(mine.phase === 'ending');
      }
    });
    sdkCall.on('disconnect', over);
    sdkCall.on('cancel', over);
    sdkCall.on('reject', over);

    // The SDK may have got there before we listened.
    if (sdkCall.status() === 'open') {
      opened();
    }
  }

  /** Ends the leg. The word for the server is the listener's business: here it may be out of reach. */
  hangUp(): PhoneAnswer {
    const call = this.call;
    if (!call) {
      return refused('There is no call.');
    }

    if (call.phase === 'ending') {
      return done;
    }

    if (!this.sdkCall) {
      this.finish(true); // Not yet with the carrier: nothing to hang up there.
      return done;
    }

    this.endingSince = Date.now();
    this.setPhase(call, 'ending');
    this.sdkCall.disconnect();
    return done;
  }

  /** The server says the call is over. Whoever says it first ends it on the screen; the SDK's word may come later or never. */
  endedByServer(callId: number): void {
    if (this.call?.callId === callId && this.call.role === 'agent' && this.call.phase !== 'connecting') {
      this.sdkCall?.disconnect();
      this.finish(false);
    }
  }

  setMuted(muted: boolean): PhoneAnswer {
    if (!this.call) {
      return refused('There is no call.');
    }

    this.sdkCall?.mute(muted);
    this.noteMuted(this.call, muted);
    return done;
  }

  sendDigits(digits: string): PhoneAnswer {
    if (!this.sdkCall || this.call?.phase !== 'open') {
      return refused('Digits can be sent once the call is connected.');
    }

    if (!/^[0-9*#w]{1,64}$/.test(digits)) {
      return refused('Only 0–9, * and # can be sent.');
    }

    this.sdkCall.sendDigits(digits);
    return done;
  }

  /** Remembers a device, and uses it at once where that makes a difference. The ringer is the ring's own. */
  async chooseDevice(kind: DeviceKind, deviceId: string): Promise<PhoneAnswer> {
    this.world.remember(kind, deviceId);
    try {
      if (kind === 'microphone' && this.sdkCall && this.device?.audio) {
        await this.useMicrophone(this.device.audio, () => deviceId);
        this.watchMicrophone(this.sdkCall, this.call!);
      } else if (kind === 'speaker') {
        await this.useSpeaker();
      }
      if (kind === 'microphone' && isMicrophoneProblem(this.problem)) {
        await this.checkMicrophone();
      }
      this.listener.changed();
      return done;
    } catch (error) {
      return refused(sentence(problemOf(error)));
    }
  }

  private microphoneConstraints(): MediaTrackConstraints | true {
    const id = this.world.remembered('microphone');
    // Ideal, not exact: a headset left at home must not stop a call.
    return id === 'default' ? true : { deviceId: { ideal: id } };
  }

  /** A microphone pulled out during a call ends its track; the SDK notices only what was chosen through it. */
  private watchMicrophone(sdkCall: VoiceCall, mine: PhoneCall): void {
    const track = this.microphoneOf(sdkCall);
    track?.addEventListener('ended', () => {
      if (this.call === mine && this.sdkCall === sdkCall) {
        void this.replaceMicrophone(mine);
      }
    }, { once: true });
    this.monitorMuted(mine); // A copy of the microphone before this one has ended with it.
  }

  /** While the agent is muted, and only then, their microphone is listened to: whoever speaks for nobody is told. */
  private monitorMuted(call: PhoneCall): void {
    this.monitor?.close();
    this.monitor = null;
    call.mutedHint = null;
    const track = call.muted && this.sdkCall ? this.microphoneOf(this.sdkCall) : undefined;
    if (!track) {
      return;
    }

    const voice = new MutedVoice();
    try {
      this.monitor = this.world.openLevelMonitor(track, measureEvery, decibels => {
        const hint = voice.hear(decibels, performance.now()) ? mutedHint(this.world.muteKeys()) : null;
        if (call.mutedHint !== hint) {
          call.mutedHint = hint;
          this.listener.changed();
        }
      });
    } catch {
      // Without an ear there is no hint, and the call goes on.
    }
  }

  /** The SDK hears of a change in devices by itself, perhaps a moment after us: what it does not know yet is tried again. */
  private async useMicrophone(audio: VoiceAudio, choose: () => string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await timeBox(audio.setInputDevice(choose()), limits.register, 'Changing the microphone');
        return;
      } catch (error) {
        if (attempt === microphoneTries) {
          throw error;
        }
      }
      await new Promise(resolve => setTimeout(resolve, limits.microphoneRetry));
    }
  }

  private microphoneOf(sdkCall: VoiceCall): MediaStreamTrack | undefined {
    return sdkCall.getLocalStream()?.getAudioTracks()[0];
  }

  private async replaceMicrophone(mine: PhoneCall): Promise<void> {
    this.setProblem({ code: 'unplugged', words: 'The microphone was unplugged.', cure: 'Switching to another one …' });
    try {
      const audio = this.device?.audio;
      if (!audio) {
        return;
      }
      // Firefox knows no device of the name 'default'.
      await this.useMicrophone(audio, () => {
        const ids = [...audio.availableInputDevices.keys()];
        return [this.world.remembered('microphone'), 'default'].find(id => ids.includes(id)) ?? ids[0] ?? 'default';
      });
      if (this.call === mine && this.sdkCall) {
        this.setProblem({ code: 'unplugged', words: 'The microphone was unplugged; another one is used now.', cure: 'Choose one in the phone’s settings if the other side does not hear you.' });
        this.watchMicrophone(this.sdkCall, mine);
      }
    } catch {
      this.setProblem({ code: '31402', words: 'The microphone was unplugged and there is no other.', cure: 'Plug one in: the call goes on.' });
    }
  }

  private noteMuted(call: PhoneCall, muted: boolean): void {
    if (call.muted !== muted) {
      call.muted = muted;
      call.mutedSince = muted ? this.serverTime() : null;
      this.monitorMuted(call);
      this.listener.changed();
    }
  }

  /** The call could not be joined. */
  private fail(problem: PhoneProblem): void {
    const call = this.call!;
    this.problem = problem;
    const settle = this.joined?.settle;
    this.letGo();
    this.listener.changed();
    if (call.role === 'agent') {
      this.listener.released(call.callId, problem.words);
    }
    settle?.(refused(sentence(problem)));
  }

  /** The call is over here. */
  private finish(asked: boolean): void {
    const call = this.call!;
    const settle = this.joined?.settle;
    const unanswered = this.sdkCall === null || call.startedAt === null;
    this.letGo();
    this.listener.changed();
    settle?.(refused('The call was ended before it was joined.'));
    if (unanswered && call.role === 'agent') {
      this.listener.released(call.callId, 'hung up before joining');
    }
    this.listener.ended(call, asked);
  }

  /** Forgets the call. A leg that the SDK has not ended cannot be trusted to end: the Device goes with it. */
  private letGo(): void {
    const sdkCall = this.sdkCall;
    this.call = null;
    this.sdkCall = null;
    this.joined = null;
    this.endingSince = this.closedSince = this.connectingSince = null;
    this.monitor?.close();
    this.monitor = null;
    if (sdkCall) {
      const state = sdkCall.status();
      if (state !== 'closed') {
        sdkCall.disconnect();
      }
    }
    // setInputDevice keeps the microphone open, and its red sign on, until it is unset.
    void this.device?.audio?.unsetInputDevice().catch(() => undefined);
    this.leftover = sdkCall ? { sdkCall, since: Date.now() } : null;
  }

  private leftover: { sdkCall: VoiceCall; since: number } | null = null;

  /** Once a second: what no event tells. */
  private beat(): void {
    const now = Date.now();
    const call = this.call;
    if (call?.phase === 'connecting' && this.connectingSince !== null && now - this.connectingSince > limits.join) {
      this.fail({ code: 'timeout', words: 'The call could not be joined in time.', cure: 'It is offered again; check the network.' });
      this.recreate();
    } else if (call?.phase === 'ending' && this.endingSince !== null && now - this.endingSince > limits.stuck) {
      this.finish(true);
      this.recreate();
    } else if (call && this.sdkCall && call.phase !== 'ending' && this.sdkCall.status() === 'closed') {
      // Closed without a 'disconnect': the SDK loses a leg without a reconnect token this way (seen with 2.18.5).
      this.closedSince ??= now;
      if (now - this.closedSince > 2 * seconds) {
        this.problem = { code: 'lost', words: 'The call was lost.', cure: 'Call back from the history.' };
        this.finish(false);
        this.recreate();
      }
    }

    if (this.leftover && now - this.leftover.since > limits.stuck) {
      const stuck = this.leftover.sdkCall.status() !== 'closed';
      this.leftover = null;
      if (stuck && !this.call) {
        this.recreate();
      }
    }

    if (!this.call && this.unregisteredSince !== null && now - this.unregisteredSince > limits.unregistered) {
      this.recreate();
    }

    this.sayTokenProblem();
    // A timer that slept with the machine is late: this one notices.
    if (this.token && this.wanted && this.tokenDueIn() < -5 * seconds && !this.refreshing && this.tokenFailures === 0) {
      void this.refreshToken();
    }
  }

  /** A Device that holds a stuck call refuses every other: only a new one helps. */
  private recreate(): void {
    if (this.wanted) {
      this.dropDevice();
      void this.bringUp();
    }
  }

  private dropDevice(): void {
    const device = this.device;
    this.device = null;
    this.unregisteredSince = null;
    this.leftover = null;
    try {
      device?.destroy();
    } catch {
      // A Device half-way through registering may throw; nothing of it is ours any more.
    }
  }

  private bringUp(): Promise<void> {
    return this.bringing ??= this.tryBringUp().finally(() => { this.bringing = null; });
  }

  private async tryBringUp(): Promise<void> {
    if (!this.wanted || this.device) {
      return;
    }

    this.setLine('connecting');
    clearTimeout(this.bringTimer);
    let device: VoiceDevice | null = null;
    try {
      if (!this.token || this.tokenLeft() < limits.tokenAlarm) {
        await this.takeToken();
      }
      device = await timeBox(this.world.createDevice(this.token!.token, this.token!.options), limits.register, 'Loading the phone');
      if (!this.wanted) {
        device.destroy();
        return;
      }

      this.wire(device);
      // Registering is not needed to call out; it proves that the carrier is reached, and keeps the way warm.
      await timeBox(device.register(), limits.register, 'Registering with the carrier');
      if (!this.wanted || this.device !== null) {
        device.destroy();
        return;
      }

      this.device = device;
      this.bringFailures = 0;
      this.unregisteredSince = null;
      device.audio?.incoming(false);
      device.audio?.outgoing(false);
      device.audio?.disconnect(false);
      await this.useSpeaker().catch(() => undefined); // A speaker that is gone falls back to the system's own.
      this.setLine('ready');
      this.clearLineProblem();
    } catch (error) {
      device?.destroy();
      if (!this.wanted) {
        return;
      }
      this.setLine('connecting');
      this.setLineProblem(problemOf(error));
      this.bringTimer = setTimeout(() => void this.bringUp(), backoff(this.bringFailures++, seconds, 30 * seconds));
    }
  }

  private wire(device: VoiceDevice): void {
    device.on('registered', () => {
      if (this.device === device) {
        this.unregisteredSince = null;
        this.setLine('ready');
        this.clearLineProblem();
      }
    });
    device.on('unregistered', () => {
      if (this.device === device) {
        this.unregisteredSince ??= Date.now();
        this.setLine('connecting');
      }
    });
    device.on('error', (error: { code?: number }, sdkCall?: unknown) => {
      if (this.device !== device || sdkCall) {
        return; // A call's errors come from the call, too.
      }
      if (error.code === 20104 || error.code === 31205 || error.code === 20101 || error.code === 31204) {
        void this.refreshToken();
      }
      this.setLineProblem(problemOf(error));
    });
    device.on('tokenWillExpire', () => {
      if (this.device === device) {
        void this.refreshToken(); // Our own timer is earlier; this is the last call.
      }
    });
  }

  private async useSpeaker(): Promise<void> {
    const audio = this.device?.audio;
    const id = this.world.remembered('speaker');
    if (audio?.isOutputSelectionSupported && (id === 'default' || audio.availableOutputDevices.has(id))) {
      await audio.speakerDevices.set(id);
    }
  }

  // Tokens. Ours to renew: the SDK tells only ten seconds before the end, once, and a sleeping machine misses it.

  private tokenLeft(): number {
    return this.token ? this.tokenSince + this.token.lifetime - Date.now() : 0;
  }

  private tokenDueIn(): number {
    const { lifetime } = this.token!;
    const early = Math.max(lifetime / 4, Math.min(limits.tokenMargin, lifetime / 2));
    return this.tokenLeft() - early;
  }

  private async takeToken(): Promise<void> {
    try {
      this.token = await timeBox(this.world.requestToken(), limits.token, 'Asking for the phone’s access token');
      this.tokenSince = Date.now();
      this.tokenFailures = 0;
      this.planRefresh(Math.max(this.tokenDueIn(), 5 * seconds));
    } catch (error) {
      this.tokenFailures++;
      throw error;
    }
  }

  private planRefresh(inMs: number): void {
    clearTimeout(this.tokenTimer);
    this.tokenTimer = setTimeout(() => void this.refreshToken(), inMs);
  }

  /** A failure is nobody's business while the old token is good for minutes. */
  private sayTokenProblem(): void {
    if (this.tokenProblem && this.tokenInDanger && this.problem !== this.tokenProblem) {
      this.setLineProblem(this.tokenProblem);
    }
  }

  private refreshToken(): Promise<void> {
    return this.refreshing ??= this.tryRefreshToken().finally(() => { this.refreshing = null; });
  }

  private async tryRefreshToken(): Promise<void> {
    if (!this.wanted) {
      return;
    }

    try {
      await this.takeToken();
      if (this.tokenProblem) {
        this.clearLineProblem();
        this.tokenProblem = null;
      }
    } catch (error) {
      this.planRefresh(backoff(this.tokenFailures, seconds, 60 * seconds));
      this.tokenProblem = problemOf(error);
      this.sayTokenProblem();
      this.listener.changed();
      return;
    }

    try {
      this.device?.updateToken(this.token!.token);
    } catch {
      // The SDK refuses while its socket is down. It is given again when the socket is back.
      this.planRefresh(10 * seconds);
    }
    this.listener.changed();
  }

  private setPhase(call: PhoneCall, phase: CallPhase): void {
    call.phase = phase;
    this.listener.changed();
  }

  private setLine(line: Line): void {
    if (this.line !== line) {
      this.line = line;
      this.listener.changed();
    }
  }

  private setProblem(problem: PhoneProblem | null): void {
    this.problem = problem;
    this.listener.changed();
  }

  /** Trouble with the carrier's line: it is over once the phone is registered again. A call's own trouble stays to be read. */
  private setLineProblem(problem: PhoneProblem): void {
    if (this.problem === null || this.problem === this.lineProblem) {
      this.lineProblem = problem;
      this.setProblem(problem);
    }
  }

  private clearLineProblem(): void {
    if (this.problem !== null && this.problem === this.lineProblem) {
      this.setProblem(null);
    }
    this.lineProblem = null;
  }

  private serverTime(): string {
    return new Date(this.world.serverNow()).toISOString();
  }
}

export const sentence = (problem: PhoneProblem): string => problem.cure ? `${problem.words} ${problem.cure}` : problem.words;
