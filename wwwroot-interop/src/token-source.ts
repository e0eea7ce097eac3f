// The phone's access token: fetched, and renewed in good time. The SDK warns only ten seconds before the end, once, and a
// machine that sleeps misses the warning.
import { problemOf } from './phone-errors';
import type { PhoneProblems } from './phone-problems';
import type { PhoneProblem } from './state';
import { backoff, timeBox } from './time-box';
import type { TokenOptions } from './voice-sdk';

export interface PhoneToken {
  token: string;
  /** Milliseconds this token is good for from the moment it was received; free of both clocks' errors. */
  lifetime: number;
  options: TokenOptions;
}

export interface TokenListener {
  /** A new token is to be given to the Device. @throws while the SDK cannot take it. */
  renewed(token: PhoneToken): void;
  changed(): void;
}

const seconds = 1000;
const requestWithin = 10 * seconds;
/** A token is renewed at three quarters of its life, and at least this many milliseconds before its end. */
const margin = 180 * seconds;
/** Less than this left of a token that cannot be renewed, in milliseconds, and the phone status says so. */
const danger = 60 * seconds;
/** A renewal this late, in milliseconds, has been slept through. */
const overdue = 5 * seconds;

export class TokenSource {
  private token: PhoneToken | null = null;
  private receivedAt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private problem: PhoneProblem | null = null;
  private renewing: Promise<void> | null = null;
  private isOpen = false;

  /** @param request Throws PhoneTrouble when the server refuses or cannot be reached. */
  constructor(
    private readonly request: () => Promise<PhoneToken>,
    private readonly problems: PhoneProblems,
    private readonly listener: TokenListener,
  ) {}

  open(): void {
    this.isOpen = true;
  }

  close(): void {
    this.isOpen = false;
    clearTimeout(this.timer);
    this.token = null;
  }

  /** The token has less than a minute left and asking for another fails. */
  get inDanger(): boolean {
    return this.failures > 0 && (this.token === null || this.timeLeft() < danger);
  }

  /** A token that is good for a minute at least. */
  async get(): Promise<PhoneToken> {
    return this.token && this.timeLeft() >= danger ? this.token : this.fetch();
  }

  renew(): Promise<void> {
    return this.renewing ??= this.tryRenew().finally(() => { this.renewing = null; });
  }

  /** The machine woke up: the timer may have slept through its moment. */
  wake(): void {
    if (this.token && this.renewalDueIn() <= 0) {
      void this.renew();
    }
  }

  /** Once a second. */
  tick(): void {
    this.reportProblem();
    if (this.isOpen && this.token && this.renewalDueIn() < -overdue && !this.renewing && this.failures === 0) {
      void this.renew();
    }
  }

  private timeLeft(): number {
    return this.token ? this.receivedAt + this.token.lifetime - Date.now() : 0;
  }

  private renewalDueIn(): number {
    const { lifetime } = this.token!;
    return this.timeLeft() - Math.max(lifetime / 4, Math.min(margin, lifetime / 2));
  }

  private async fetch(): Promise<PhoneToken> {
    try {
      const token = this.token = await timeBox(this.request(), requestWithin, 'Asking for the phone’s access token');
      this.receivedAt = Date.now();
      this.failures = 0;
      this.renewIn(Math.max(this.renewalDueIn(), 5 * seconds));
      return token;
    } catch (error) {
      this.failures++;
      throw error;
    }
  }

  private renewIn(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.renew(), ms);
  }

  /** The agent need not know of a failure while the old token is good for minutes. */
  private reportProblem(): void {
    if (this.problem && this.inDanger && this.problems.current !== this.problem) {
      this.problems.setOfConnection(this.problem);
    }
  }

  private async tryRenew(): Promise<void> {
    if (!this.isOpen) {
      return;
    }

    let token: PhoneToken;
    try {
      token = await this.fetch();
      if (this.problem) {
        this.problems.clearOfConnection();
        this.problem = null;
      }
    } catch (error) {
      this.renewIn(backoff(this.failures, seconds, 60 * seconds));
      this.problem = problemOf(error);
      this.reportProblem();
      this.listener.changed();
      return;
    }

    try {
      this.listener.renewed(token);
    } catch {
      // The SDK refuses while its socket is down. It gets a token again when the socket is back.
      this.renewIn(10 * seconds);
    }
    this.listener.changed();
  }
}
