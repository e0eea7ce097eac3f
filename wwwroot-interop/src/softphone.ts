// The agent's phone: one Device of the Voice SDK (device-registration.ts) and at most one call (call-leg.ts). It belongs to
// the tab, not to a Blazor circuit: a circuit, or the whole server, may come and go while a call is up.
import { CallLeg, stuckAfter, type Joining } from './call-leg';
import { DeviceRegistration, registerWithin, type Registration, type RegistrationWorld } from './device-registration';
import { Microphone, type MicrophoneWorld } from './microphone';
import { PhoneProblems, sentence } from './phone-problems';
import { problemOf } from './phone-errors';
import { done, refused, type PhoneAnswer, type PhoneCall, type PhoneProblem } from './state';
import { timeBox } from './time-box';
import type { VoiceCall, VoiceDevice } from './voice-sdk';

/** Everything outside that the phone needs. Tests bring their own. */
export interface PhoneWorld extends RegistrationWorld, MicrophoneWorld {
  /** Milliseconds since 1970 by the server's clock. */
  serverNow(): number;
}

export interface PhoneListener {
  /** Anything that is shown has changed. */
  changed(): void;
  /** A claimed call cannot be joined: give it back, so that it is offered again. */
  released(callId: number, reason: string): void;
  /** The call's leg is over here. `asked`: this phone hung up. */
  ended(call: PhoneCall, asked: boolean): void;
  /** The microphone's level in a call, 0 to 1. */
  level(microphone: number): void;
}

export class Softphone {
  private readonly problems: PhoneProblems;
  private readonly device: DeviceRegistration;
  private readonly microphone: Microphone;
  private readonly timer: ReturnType<typeof setInterval>;
  private leg: CallLeg | null = null;
  /** A call that is over here, whose end the SDK has yet to confirm. */
  private leftover: { sdkCall: VoiceCall; device: VoiceDevice | null; since: number } | null = null;

  constructor(private readonly world: PhoneWorld, private readonly listener: PhoneListener) {
    const changed = () => listener.changed();
    this.problems = new PhoneProblems(changed);
    this.device = new DeviceRegistration(world, this.problems, changed);
    this.microphone = new Microphone(world, this.device, this.problems, changed);
    this.timer = setInterval(() => this.tick(), 1000);
  }

  /** Makes the phone ready and keeps it so until `close()`. */
  open(): void {
    this.device.open();
  }

  /** Puts the phone down. Ends a call that is up: check `call` first. */
  close(): void {
    this.device.stop();
    this.leg?.finish(true);
    this.device.drop();
  }

  /** The end of this object; a page that lives on makes a new one. */
  dispose(): void {
    this.close();
    clearInterval(this.timer);
  }

  get isOpen(): boolean {
    return this.device.isOpen;
  }

  get call(): PhoneCall | null {
    return this.leg?.call ?? null;
  }

  get problem(): PhoneProblem | null {
    return this.problems.current;
  }

  /** Where the phone stands with the carrier, calls aside. */
  get registration(): Registration {
    return this.device.state;
  }

  /** The access token has less than a minute left and asking for another fails. */
  get tokenInDanger(): boolean {
    return this.device.tokenInDanger;
  }

  /** The machine woke up, came back to the network or to the front. */
  wake(): void {
    this.device.wake();
  }

  /** Asks for the microphone, so that the first call does not have to. */
  checkMicrophone(): Promise<PhoneAnswer> {
    return this.microphone.check();
  }

  /** A microphone or a speaker was plugged in or pulled out. */
  async devicesChanged(): Promise<void> {
    if (this.isOpen) {
      await this.microphone.devicesChanged();
    }
  }

  /** Joins a conference. Answers when the leg is open, or with a message when it could not be. */
  async connect(joining: Joining): Promise<PhoneAnswer> {
    if (this.leg) {
      return this.leg.is(joining)
        ? done // Asked twice.
        : refused('This phone is in another call.');
    }

    if (!this.isOpen) {
      return refused('The phone is off: press “Start shift” first.');
    }

    const leg = this.leg = new CallLeg(joining, this.microphone, this.problems, {
      changed: () => this.listener.changed(),
      failed: (failed, problem, isStuck) => this.failed(failed, problem, isStuck),
      ended: (ended, asked, isStuck) => this.ended(ended, asked, isStuck),
      level: microphone => this.listener.level(microphone),
      now: () => new Date(this.world.serverNow()).toISOString(),
    });
    this.microphone.begin(leg.call);
    if (joining.muted) {
      leg.setMuted(true);
    }
    if (!this.problems.isOfMicrophone) {
      this.problems.current = null;
    }
    this.listener.changed();
    void leg.join(async () => {
      if (!this.device.device) {
        await timeBox(this.device.start(), registerWithin, 'Connecting to the carrier');
      }
      return this.device.device;
    });
    return leg.joined;
  }

  hangUp(): PhoneAnswer {
    return this.leg?.hangUp() ?? refused('There is no call.');
  }

  endedByServer(callId: number): void {
    if (this.leg?.call.callId === callId) {
      this.leg.endedByServer();
    }
  }

  setMuted(muted: boolean): PhoneAnswer {
    return this.leg?.setMuted(muted) ?? refused('There is no call.');
  }

  sendDigits(digits: string): PhoneAnswer {
    return this.leg?.sendDigits(digits) ?? refused('Digits can be sent once the call is connected.');
  }

  /** The agent chose another microphone or speaker: used at once where that makes a difference. */
  async deviceChosen(kind: 'microphone' | 'speaker', deviceId: string): Promise<PhoneAnswer> {
    try {
      const answer = kind === 'microphone' ? await this.microphone.choose(deviceId) : await this.device.useSpeaker().then(() => done);
      this.listener.changed();
      return answer;
    } catch (error) {
      return refused(sentence(problemOf(error)));
    }
  }

  private failed(leg: CallLeg, problem: PhoneProblem, isStuck = false): void {
    this.problems.current = problem;
    this.letGo(leg);
    if (leg.call.role === 'agent') {
      this.listener.released(leg.call.callId, problem.message);
    }
    if (isStuck) {
      this.device.restart();
    }
  }

  private ended(leg: CallLeg, asked: boolean, isStuck = false): void {
    const isUnanswered = leg.isUnanswered;
    this.letGo(leg);
    if (isUnanswered && leg.call.role === 'agent') {
      this.listener.released(leg.call.callId, 'hung up before joining');
    }
    this.listener.ended(leg.call, asked);
    if (isStuck) {
      this.device.restart();
    }
  }

  /** Forgets the call. A leg that the SDK has not ended cannot be trusted to end: the Device goes with it. */
  private letGo(leg: CallLeg): void {
    const { sdkCall } = leg;
    this.leg = null;
    if (sdkCall && sdkCall.status() !== 'closed') {
      sdkCall.disconnect();
    }
    this.microphone.end();
    this.leftover = sdkCall ? { sdkCall, device: this.device.device, since: Date.now() } : null;
    this.listener.changed();
  }

  /** Once a second: what no event tells. */
  private tick(): void {
    this.leg?.tick();
    const { leftover } = this;
    if (leftover && Date.now() - leftover.since > stuckAfter) {
      this.leftover = null;
      if (leftover.sdkCall.status() !== 'closed' && leftover.device === this.device.device && !this.leg) {
        this.device.restart();
      }
    }
    this.device.tick(this.leg !== null);
    if (this.isOpen) {
      void this.microphone.permissionChanged();
    }
  }
}
