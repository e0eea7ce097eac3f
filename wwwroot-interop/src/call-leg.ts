// One call of this phone: the leg from joining to its end, as the Voice SDK tells it, and with what the SDK fails to tell.
import type { Microphone } from './microphone';
import { PhoneTrouble, problemOf, warningOf } from './phone-errors';
import { sentence, type PhoneProblems } from './phone-problems';
import { done, refused, type PhoneAnswer, type PhoneCall, type PhoneProblem, type PhoneRole, type SupervisorMode } from './state';
import { timeBox } from './time-box';
import type { VoiceCall, VoiceDevice } from './voice-sdk';

export interface Joining {
  callId: number;
  conference: string;
  role: PhoneRole;
  mode?: SupervisorMode;
  /** What the server gave to this session for this call, good once. */
  intent?: string | null;
  /** Nobody hears this phone until it is unmuted. */
  muted?: boolean;
}

export interface LegListener {
  /** Anything that is shown has changed. */
  changed(): void;
  /** The call could not be joined. `isStuck`: the Device cannot be trusted any more. */
  failed(leg: CallLeg, problem: PhoneProblem, isStuck?: boolean): void;
  /** The call is over here. `asked`: this phone hung up. */
  ended(leg: CallLeg, asked: boolean, isStuck?: boolean): void;
  /** The microphone's level, 0 to 1. */
  level(microphone: number): void;
  /** ISO 8601, server time. */
  now(): string;
}

const seconds = 1000;
const joinWithin = 20 * seconds;
/** Hang-up without an end after this many milliseconds: the SDK's call is stuck (its status is "closed", its end never comes). */
export const stuckAfter = 5 * seconds;
/** So many of the digits sent are kept to be shown. */
const digitsShown = 24;
/** A call whose status is "closed" and whose end does not come within this many milliseconds is lost. */
const lostAfter = 2 * seconds;

export class CallLeg {
  readonly call: PhoneCall;
  /** Settles when the leg is open, or with a message when it could not be. */
  readonly joined: Promise<PhoneAnswer>;
  sdkCall: VoiceCall | null = null;
  private settle!: (answer: PhoneAnswer) => void;
  private isOver = false;
  private readonly since = Date.now();
  private endingSince: number | null = null;
  private closedSince: number | null = null;

  constructor(
    private readonly joining: Joining,
    private readonly microphone: Microphone,
    private readonly problems: PhoneProblems,
    private readonly listener: LegListener,
  ) {
    this.call = {
      callId: joining.callId, conference: joining.conference, role: joining.role, phase: 'connecting', muted: false,
      mutedSince: null, mutedHint: null, startedAt: null, digits: '', warnings: [],
    };
    this.joined = new Promise(settle => { this.settle = settle; });
  }

  is(joining: Joining): boolean {
    return this.call.callId === joining.callId && this.call.conference === joining.conference;
  }

  /** @param device Answers null when the carrier cannot be reached. */
  async join(device: () => Promise<VoiceDevice | null>): Promise<void> {
    try {
      const ready = await device();
      if (!ready) {
        throw new PhoneTrouble('timeout', 'The carrier could not be reached.', 'Check the network and try again.');
      }

      if (this.isOver) {
        return; // Hung up while we waited.
      }

      const { conference, role, mode, intent } = this.joining;
      const sdkCall = await timeBox(ready.connect({
        params: { conference, participant: role, ...(mode ? { mode } : {}), ...(intent ? { intent } : {}) },
        rtcConstraints: { audio: this.microphone.constraints() },
      }), joinWithin, 'Joining the call');
      if (this.isOver || this.call.phase === 'ending') {
        sdkCall.disconnect();
        return;
      }

      this.sdkCall = sdkCall;
      this.microphone.attach(sdkCall);
      this.listen(sdkCall);
    } catch (error) {
      this.fail(problemOf(error));
    }
  }

  /** Ends the leg. To tell the server is the listener's business: the server may be out of reach here. */
  hangUp(): PhoneAnswer {
    if (this.call.phase === 'ending') {
      return done;
    }

    if (!this.sdkCall) {
      this.finish(true); // Not yet with the carrier: nothing to hang up there.
      return done;
    }

    this.endingSince = Date.now();
    this.setPhase('ending');
    this.sdkCall.disconnect();
    return done;
  }

  /** The server says the call is over. The first to say it ends it on the screen; the SDK may say it later or never. */
  endedByServer(): void {
    if (this.call.role === 'agent' && this.call.phase !== 'connecting') {
      this.sdkCall?.disconnect();
      this.finish(false);
    }
  }

  setMuted(muted: boolean): PhoneAnswer {
    this.sdkCall?.mute(muted);
    this.noteMuted(muted);
    return done;
  }

  sendDigits(digits: string): PhoneAnswer {
    if (!this.sdkCall || this.call.phase !== 'open') {
      return refused('Digits can be sent once the call is connected.');
    }

    if (!/^[0-9*#w]{1,64}$/.test(digits)) {
      return refused('Only 0–9, * and # can be sent.');
    }

    this.sdkCall.sendDigits(digits);
    this.call.digits = (this.call.digits + digits).slice(-digitsShown);
    this.listener.changed();
    return done;
  }

  /** Ends the leg here, whatever the carrier says. */
  finish(asked: boolean, isStuck = false): void {
    if (!this.isOver) {
      this.isOver = true;
      this.listener.ended(this, asked, isStuck);
      this.settle(refused('The call was ended before it was joined.'));
    }
  }

  /** It was never open: the caller has heard nobody. */
  get isUnanswered(): boolean {
    return this.sdkCall === null || this.call.startedAt === null;
  }

  /** Once a second: what no event tells. */
  tick(): void {
    const now = Date.now();
    const { phase } = this.call;
    if (phase === 'connecting' && now - this.since > joinWithin) {
      this.fail(
        { code: 'timeout', message: 'The call could not be joined in time.', cure: 'It is offered again; check the network.' }, true);
    } else if (phase === 'ending' && this.endingSince !== null && now - this.endingSince > stuckAfter) {
      this.finish(true, true);
    } else if (this.sdkCall && phase !== 'ending' && this.sdkCall.status() === 'closed') {
      // Closed without a 'disconnect': the SDK loses a leg without a reconnect token this way (seen with 2.18.5).
      this.closedSince ??= now;
      if (now - this.closedSince > lostAfter) {
        this.problems.set({ code: 'lost', message: 'The call was lost.', cure: 'Call back from the history.' });
        this.finish(false, true);
      }
    }
  }

  private listen(sdkCall: VoiceCall): void {
    const { call } = this;
    // What the SDK says of a call that is over here is too late.
    const on = (event: string, handler: (...args: never[]) => void) => sdkCall.on(event, (...args: unknown[]) => {
      if (!this.isOver) {
        (handler as (...a: unknown[]) => void)(...args);
      }
    });

    on('accept', () => this.opened(sdkCall));
    on('reconnecting', () => {
      if (call.phase === 'open') {
        this.setPhase('reconnecting');
      }
    });
    on('reconnected', () => {
      if (call.phase === 'reconnecting') {
        this.setPhase('open');
      }
    });
    on('mute', (muted: boolean) => this.noteMuted(muted));
    on('volume', (microphone: number) => this.listener.level(microphone));
    on('warning', (name: string) => {
      const warning = warningOf(name);
      if (!call.warnings.includes(warning)) {
        call.warnings = [...call.warnings, warning];
        this.listener.changed();
      }
    });
    on('warning-cleared', (name: string) => {
      call.warnings = call.warnings.filter(warning => warning !== warningOf(name));
      this.listener.changed();
    });
    on('error', (error: unknown) => {
      if (call.phase === 'connecting') {
        this.fail(problemOf(error));
      } else {
        this.problems.set(problemOf(error)); // An error does not end a call by itself: 'disconnect' follows when it does.
      }
    });
    for (const event of ['disconnect', 'cancel', 'reject']) {
      on(event, () => {
        if (call.phase === 'connecting') {
          this.fail({
            code: 'claim', message: 'The carrier did not let this phone into the call.',
            cure: 'It may have ended, or another agent has it.',
          });
        } else {
          this.finish(call.phase === 'ending');
        }
      });
    }

    // The SDK may have got there before we listened.
    if (sdkCall.status() === 'open') {
      this.opened(sdkCall);
    }
  }

  private opened(sdkCall: VoiceCall): void {
    const { call } = this;
    if (call.phase !== 'connecting') {
      return;
    }

    call.startedAt = this.listener.now();
    if (call.muted) {
      sdkCall.mute(true); // Muted while it was still connecting.
    }
    this.problems.clearOfMicrophone();
    this.setPhase('open');
    this.microphone.watch();
    this.settle(done);
  }

  private noteMuted(muted: boolean): void {
    const { call } = this;
    if (call.muted !== muted) {
      call.muted = muted;
      call.mutedSince = muted ? this.listener.now() : null;
      this.microphone.muteChanged();
      this.listener.changed();
    }
  }

  private fail(problem: PhoneProblem, isStuck = false): void {
    if (!this.isOver) {
      this.isOver = true;
      this.listener.failed(this, problem, isStuck);
      this.settle(refused(sentence(problem)));
    }
  }

  private setPhase(phase: PhoneCall['phase']): void {
    this.call.phase = phase;
    this.listener.changed();
  }
}
