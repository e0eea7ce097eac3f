import { describe, expect, it } from 'vitest';
import { measureEvery, MutedVoice } from '../src/muted-voice';

const second = 1000;
const room = -60;
const voice = -28;

/** Hears `loudness` at each moment and gives when, in milliseconds, the hint was up. */
function listen(until: number, loudness: (at: number) => number): { from: number; to: number }[] {
  const muted = new MutedVoice();
  const stretches: { from: number; to: number }[] = [];
  let open = false;
  for (let at = 0; at < until; at += measureEvery) {
    const hinted = muted.hear(loudness(at), at);
    if (hinted && !open) {
      stretches.push({ from: at, to: Infinity });
    } else if (!hinted && open) {
      stretches.at(-1)!.to = at;
    }
    open = hinted;
  }
  return stretches;
}

/** Words of three syllables with a breath between them, as a headset hears them. */
const speech = (at: number) => at % 1200 >= 900 ? room : at % 300 === 200 ? -42 : voice;

describe('a voice while muted', () => {
  it('is told within half a second, and for three seconds after the last word', () => {
    const [hint, ...more] = listen(20 * second, at => at >= 2 * second && at < 2.6 * second ? voice : room);

    expect(hint!.from - 2 * second).toBeLessThanOrEqual(500);
    expect(hint!.to - 2.5 * second).toBeGreaterThanOrEqual(3 * second);
    expect(hint!.to - 2.5 * second).toBeLessThanOrEqual(3.2 * second);
    expect(more).toEqual([]);
  });

  it('that goes on for a minute is told once, all the while', () => {
    expect(listen(60 * second, speech)).toEqual([{ from: expect.any(Number), to: Infinity }]);
  });

  it('is no cough and no key', () => {
    expect(listen(20 * second, at => at % 3000 < 300 ? -20 : room)).toEqual([]);
  });

  it('is not the room', () => {
    expect(listen(20 * second, at => -50 + 3 * Math.sin(at))).toEqual([]);
  });

  it('is not a fan: a steady noise is told for seconds, not for ever', () => {
    const hints = listen(120 * second, at => at < second ? room : -35 + Math.sin(at));

    expect(hints).toHaveLength(1);
    expect(hints[0]!.to).toBeLessThan(12 * second);
  });

  it('is heard over the fan', () => {
    const fan = -40;
    const hints = listen(60 * second, at => Math.max(fan, at >= 40 * second ? speech(at) + 10 : fan));

    expect(hints.at(-1)!.from).toBeGreaterThanOrEqual(40 * second);
    expect(hints.at(-1)!.from).toBeLessThan(42 * second);
  });

  it('is not made of measurements that did not come', () => {
    const muted = new MutedVoice();
    muted.hear(room, 0);

    expect(muted.hear(voice, 5 * second)).toBe(false);
    expect(muted.hear(room, 10 * second)).toBe(false);
  });

  it('is heard again after a microphone that gave nothing at all', () => {
    expect(listen(20 * second, at => at < 10 * second ? -Infinity : speech(at))[0]!.from).toBeLessThan(12 * second);
  });
});
