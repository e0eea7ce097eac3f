// What is wrong with the phone. One problem is shown at a time: the last one of a call or a microphone before one of the connection.
import { isMicrophoneProblem, problemOf } from './phone-errors';
import { refused, type PhoneAnswer, type PhoneProblem } from './state';

export class PhoneProblems {
  current: PhoneProblem | null = null;
  private ofConnection: PhoneProblem | null = null;

  constructor(private readonly changed: () => void) {}

  set(problem: PhoneProblem | null): void {
    this.current = problem;
    this.changed();
  }

  /** @returns the refusal that says the same to the agent. */
  report(error: unknown): PhoneAnswer {
    const problem = problemOf(error);
    this.set(problem);
    return refused(sentence(problem));
  }

  get isOfMicrophone(): boolean {
    return isMicrophoneProblem(this.current);
  }

  clearOfMicrophone(): void {
    if (this.isOfMicrophone) {
      this.set(null);
    }
  }

  /** A problem of the connection to the carrier is over once the phone is registered again. A call's own problem stays to be read. */
  setOfConnection(problem: PhoneProblem): void {
    if (this.current === null || this.current === this.ofConnection) {
      this.ofConnection = problem;
      this.set(problem);
    }
  }

  clearOfConnection(): void {
    if (this.current !== null && this.current === this.ofConnection) {
      this.set(null);
    }
    this.ofConnection = null;
  }
}

export const sentence = (problem: PhoneProblem): string => problem.cure ? `${problem.message} ${problem.cure}` : problem.message;
