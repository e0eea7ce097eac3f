import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { begin, LONGEST_BEGIN, maySound, SHORTEST_BEGIN } from '../../UppalCrm.Simulator/Page/begin.js';

/** An audio context whose sound begins so many milliseconds after it is asked to; never for Infinity. */
function contextThatTakes(ms: number): AudioContext {
  const context = {
    state: 'suspended',
    resume: () => new Promise<void>((resolve) => {
      if (Number.isFinite(ms)) {
        setTimeout(() => {
          context.state = 'running';
          resolve();
        }, ms);
      }
    }),
  };
  return context as unknown as AudioContext;
}

describe('the sound of the phone network', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  test('a browser that may sound is given the time that it takes', async () => {
    const begun = begin(contextThatTakes(9000), true);

    await vi.advanceTimersByTimeAsync(9000);

    await expect(begun).resolves.toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a person who has pressed the button is told of the loudspeaker and not to press it first', async () => {
    const begun = begin(contextThatTakes(Infinity), true);
    const refused = expect(begun).rejects.toThrow(/within 20 seconds\. Check that a loudspeaker/);

    await vi.advanceTimersByTimeAsync(LONGEST_BEGIN);

    await refused;
  });

  test('a page that nobody has clicked soon asks for the click', async () => {
    const begun = begin(contextThatTakes(Infinity), false);
    const refused = expect(begun).rejects.toThrow('Press the button: a browser lets a page sound only after a click.');

    await vi.advanceTimersByTimeAsync(SHORTEST_BEGIN);

    await refused;
  });

  test.each([
    ['a microphone is captured', true, {}, true],
    ['a person has clicked', false, { userActivation: { hasBeenActive: true } }, true],
    ['the setting of Firefox allows it', false, { getAutoplayPolicy: (): string => 'allowed' }, true],
    [
        'the setting of Firefox forbids it', false,
        { getAutoplayPolicy: (): string => 'disallowed', userActivation: { hasBeenActive: false } }, false
    ],
    ['nothing allows it', false, {}, false],
  ])('a page may sound or not: %s', (_, microphone, browser, expected) => {
    vi.stubGlobal('navigator', browser);

    expect(maySound(contextThatTakes(0), microphone)).toBe(expected);
  });
});
