// Whether a muted agent speaks, told from the loudness of the microphone. Pure: no sound, no clock.

/** How often the loudness is measured, in milliseconds. */
export const measureEvery = 100;

/** Speech this long, in milliseconds, is no cough. */
const speaks = 400;
/** The hint stays this many milliseconds after the last word: a pause for breath must not take it away. */
const lingers = 3000;
/** Quieter than this, in dBFS, is no voice: a headset's microphone hears speech at some -30. */
const quietest = -45;
/** A voice is louder than the room's noise by this many decibels. */
const aboveNoise = 10;
/** A room as quiet as this, in dBFS, hides no voice; quieter makes no difference. */
const quietRoom = quietest - aboveNoise;
/** The room's noise is taken to grow by this many decibels a second at most: a fan that is switched on is noise after some seconds. */
const noiseGrows = 6;
/** A measurement that came late (timers of a hidden tab) stands for no more than this many milliseconds. */
const longestStep = 200;

export class MutedVoice {
  private noise = quietRoom;
  private spoken = 0;
  private lastVoice = -Infinity;
  private lastAt: number | null = null;

  /**
   * Takes one measurement.
   * @param loudness In dBFS, all of the band.
   * @param at Milliseconds, of any clock that only goes forward.
   * @returns whether the agent should be told that nobody hears them.
   */
  hear(loudness: number, at: number): boolean {
    const step = this.lastAt === null ? measureEvery : Math.min(at - this.lastAt, longestStep);
    this.lastAt = at;
    const isVoice = loudness >= Math.max(quietest, this.noise + aboveNoise);
    // Speech dips between syllables, and what the dips leave is the room: so the floor falls at once, and grows slowly.
    this.noise = Math.max(quietRoom, Math.min(loudness, this.noise + noiseGrows * step / 1000));
    this.spoken = isVoice ? Math.min(this.spoken + step, speaks) : Math.max(this.spoken - step / 2, 0);
    if (isVoice && (this.spoken >= speaks || at - this.lastVoice < lingers)) {
      this.lastVoice = at;
    }
    return at - this.lastVoice < lingers;
  }
}
