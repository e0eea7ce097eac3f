// The agent's microphone: asked for before the first call, replaced when it is unplugged in one, and measured while it is muted.
import { registerWithin, type DeviceRegistration } from './device-registration';
import { MutedVoice, measureEvery } from './muted-voice';
import { mutedHint, problemOf } from './phone-errors';
import { sentence, type PhoneProblems } from './phone-problems';
import { done, refused, type PhoneAnswer, type PhoneCall } from './state';
import { timeBox } from './time-box';
import type { VoiceAudio, VoiceCall } from './voice-sdk';

export interface MicrophoneWorld {
  /** Opens the microphone once and lets it go: only to learn whether we may. */
  tryMicrophone(deviceId: string): Promise<void>;
  /** A microphone is connected to this computer. */
  hasMicrophone(): Promise<boolean>;
  /** What the browser would answer if the microphone were asked for; null where it does not tell. */
  microphonePermission(): Promise<PermissionState | null>;
  /** Measures a call's microphone, also while its track is muted: dBFS, every so many milliseconds, until closed. */
  openLevelMonitor(track: MediaStreamTrack, every: number, onLoudness: (decibels: number) => void): { close(): void };
  /** The shortcut that opens the microphone, e.g. `Ctrl+Shift+M`; empty when it is switched off. */
  muteKeys(): string;
  /** The id of the chosen microphone; `default` for the system's own. */
  microphone(): string;
}

/** A prompt may stand for long while the agent reads it, in milliseconds; the server's lease ends sooner in any case. */
const promptWithin = 60_000;
/** Between two tries to take another microphone into a call, in milliseconds. */
const retryAfter = 300;
const tries = 5;
/** The Voice SDK's code for: there is no microphone. */
const none = '31402';
/** The Voice SDK's code for: the microphone may not be used. */
const denied = '31401';

export class Microphone {
  private call: PhoneCall | null = null;
  private sdkCall: VoiceCall | null = null;
  private monitor: { close(): void } | null = null;
  private permission: PermissionState | null = null;

  constructor(
    private readonly world: MicrophoneWorld,
    private readonly registration: DeviceRegistration,
    private readonly problems: PhoneProblems,
    private readonly changed: () => void,
  ) {}

  /** A call begins. */
  begin(call: PhoneCall): void {
    this.call = call;
  }

  /** The call begun is with the carrier. */
  attach(sdkCall: VoiceCall): void {
    this.sdkCall = sdkCall;
  }

  /** The call is over. */
  end(): void {
    this.call = this.sdkCall = null;
    this.monitor?.close();
    this.monitor = null;
    // setInputDevice keeps the microphone open, and its red sign on, until it is unset.
    void this.registration.device?.audio?.unsetInputDevice().catch(() => undefined);
  }

  /** Asks for the microphone, so that the first call does not have to. */
  async check(): Promise<PhoneAnswer> {
    try {
      await timeBox(this.world.tryMicrophone(this.world.microphone()), promptWithin, 'Opening the microphone');
      this.problems.clearOfMicrophone();
      return done;
    } catch (error) {
      return this.problems.report(error);
    }
  }

  /** Something was plugged in or pulled out. The phone status must say so now, and not when the next call finds out. */
  async devicesChanged(): Promise<void> {
    const { call } = this;
    const has = await this.world.hasMicrophone();
    if (this.call !== call) {
      return;
    }

    if (!has && !call) {
      this.problems.set({ code: none, message: 'No microphone is connected.', cure: 'Connect one: the phone notices by itself.' });
    } else if (has && this.problems.current?.code === none) {
      await (call ? this.replace(call) : this.check());
    }
  }

  /** Once a second while the phone is on: a permission can be taken away, or given back, with no event in some browsers. */
  async permissionChanged(): Promise<void> {
    const { call } = this;
    const permission = await this.world.microphonePermission();
    const was = this.permission;
    this.permission = permission;
    if (this.call !== call || call) {
      return; // A call's own microphone tells of itself.
    }

    if (permission === 'denied' && this.problems.current?.code !== denied) {
      this.problems.report(Object.assign(new Error('The permission was taken away.'), { name: 'NotAllowedError' }));
    } else if (permission === 'granted' && was !== null && was !== 'granted' && this.problems.current?.code === denied) {
      await this.check();
    } else if (permission === 'prompt' && was === 'granted') {
      this.problems.set({
        code: denied, message: 'The microphone’s permission was taken away.',
        cure: 'Press “Start shift” again and allow the microphone for this page.',
      });
    }
  }

  /** Another microphone was chosen: used at once, if a call is up. */
  async choose(deviceId: string): Promise<PhoneAnswer> {
    const audio = this.registration.device?.audio;
    try {
      if (this.sdkCall && audio) {
        await this.use(audio, () => deviceId);
        this.watch();
      }
      if (this.problems.isOfMicrophone) {
        await this.check();
      }
      return done;
    } catch (error) {
      return refused(sentence(problemOf(error)));
    }
  }

  constraints(): MediaTrackConstraints | true {
    const id = this.world.microphone();
    // Ideal, not exact: a headset left at home must not stop a call.
    return id === 'default' ? true : { deviceId: { ideal: id } };
  }

  /** Watches the open call's microphone: one that is pulled out ends its track, and the SDK notices only what was chosen through it. */
  watch(): void {
    const { call, sdkCall } = this;
    if (!call || !sdkCall) {
      return;
    }

    trackOf(sdkCall)?.addEventListener('ended', () => {
      if (this.call === call) {
        void this.replace(call);
      }
    }, { once: true });
    this.muteChanged(); // A copy of the microphone before this one has ended with it.
  }

  /** While the agent is muted, and only then, the microphone is measured: an agent who speaks unheard gets a hint. */
  muteChanged(): void {
    const { call, sdkCall } = this;
    this.monitor?.close();
    this.monitor = null;
    if (call) {
      call.mutedHint = null;
    }
    const track = call?.muted && sdkCall ? trackOf(sdkCall) : undefined;
    if (!call || !track) {
      return;
    }

    const voice = new MutedVoice();
    try {
      this.monitor = this.world.openLevelMonitor(track, measureEvery, decibels => {
        const hint = voice.hear(decibels, performance.now()) ? mutedHint(this.world.muteKeys()) : null;
        if (call.mutedHint !== hint) {
          call.mutedHint = hint;
          this.changed();
        }
      });
    } catch {
      // Without a monitor there is no hint, and the call goes on.
    }
  }

  /** The SDK hears of a change in devices by itself, perhaps a moment after us: what it does not know yet is tried again. */
  private async use(audio: VoiceAudio, choose: () => string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await timeBox(audio.setInputDevice(choose()), registerWithin, 'Changing the microphone');
        return;
      } catch (error) {
        if (attempt === tries) {
          throw error;
        }
      }
      await new Promise(resolve => setTimeout(resolve, retryAfter));
    }
  }

  private async replace(call: PhoneCall): Promise<void> {
    this.problems.set({ code: 'unplugged', message: 'The microphone was unplugged.', cure: 'Switching to another one …' });
    try {
      const audio = this.registration.device?.audio;
      if (!audio) {
        return;
      }
      // Firefox knows no device of the name 'default'.
      await this.use(audio, () => {
        const ids = [...audio.availableInputDevices.keys()];
        return [this.world.microphone(), 'default'].find(id => ids.includes(id)) ?? ids[0] ?? 'default';
      });
      if (this.call === call && this.sdkCall) {
        this.problems.set({
          code: 'unplugged', message: 'The microphone was unplugged; another one is used now.',
          cure: 'Choose one in the phone’s settings if the other side does not hear you.',
        });
        this.watch();
      }
    } catch {
      this.problems.set({
        code: none, message: 'The microphone was unplugged and there is no other.', cure: 'Plug one in: the call goes on.',
      });
    }
  }
}

function trackOf(sdkCall: VoiceCall): MediaStreamTrack | undefined {
  return sdkCall.getLocalStream()?.getAudioTracks()[0];
}
