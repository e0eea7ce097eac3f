// The microphone's level for a meter in the page: in a call from the call, otherwise from a microphone opened for the meter alone.
import { openLevelMeter, type LevelMeter } from './levels';
import { problemOf } from './phone-errors';
import { sentence } from './phone-problems';
import { chosenDevice } from './sound-devices';
import { done, refused, type PhoneAnswer } from './state';

/** A level goes to the page ten times a second at most. */
const tellEvery = 100;

export class LevelWatch {
  private meter: LevelMeter | null = null;
  private isOn = false;
  private callWasUp = false;
  private toldAt = 0;

  constructor(private readonly holdsCall: () => boolean, private readonly tell: (microphone: number) => void) {}

  async watch(on: boolean): Promise<PhoneAnswer> {
    this.stop();
    this.isOn = on;
    if (!on || this.holdsCall()) {
      return done;
    }

    try {
      const opened = await openLevelMeter(chosenDevice('microphone'), level => {
        if (!this.holdsCall()) {
          this.level(level);
        }
      });
      if (this.isOn && !this.meter) {
        this.meter = opened;
      } else {
        opened.close();
      }
      return done;
    } catch (error) {
      return refused(sentence(problemOf(error)));
    }
  }

  /** The page is not there any more. */
  stop(): void {
    this.isOn = false;
    this.meter?.close();
    this.meter = null;
  }

  /** Another microphone was chosen. */
  async microphoneChosen(): Promise<void> {
    if (this.meter) {
      await this.watch(true);
    }
  }

  /** A call may have begun or ended. */
  phoneChanged(): void {
    if (this.isOn && this.callWasUp !== this.holdsCall()) {
      void this.watch(true);
    }
    this.callWasUp = this.holdsCall();
  }

  /** @param microphone 0 to 1. */
  level(microphone: number): void {
    const now = performance.now();
    if (this.isOn && now - this.toldAt >= tellEvery) {
      this.toldAt = now;
      this.tell(microphone);
    }
  }
}
