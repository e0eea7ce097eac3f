// @ts-check
// How the sound of the page begins: a browser lets a page sound only when it may, and then takes its time.

/** Milliseconds that a browser may take to open the sound of the computer. Firefox takes seconds when it does so for the first time. */
export const LONGEST_BEGIN = 20_000;

/** Milliseconds after which a browser that has no reason to let the page sound will not do so any more. */
export const SHORTEST_BEGIN = 1500;

/**
 * Whether this browser lets the page sound now: it captures a microphone for it, a person has clicked or typed in it, or its own
 * setting allows sound.
 * @param {AudioContext} context
 * @param {boolean} microphone whether the page captures one
 */
export function maySound(context, microphone) {
  /** Firefox only. @type {{getAutoplayPolicy?: (context: AudioContext) => string}} */
  const { getAutoplayPolicy } = /** @type {any} */ (navigator);
  return microphone
    || navigator.userActivation?.hasBeenActive === true
    || getAutoplayPolicy?.call(navigator, context) === 'allowed';
}

/**
 * Starts the sound, and waits until it runs.
 * @param {AudioContext} context
 * @param {boolean} allowed see {@link maySound}
 * @throws {Error} with words for a person: what to do
 */
export async function begin(context, allowed) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let deadline;
  const late = new Promise((resolve) => {
    deadline = setTimeout(resolve, allowed ? LONGEST_BEGIN : SHORTEST_BEGIN);
  });
  await Promise.race([context.resume(), late]);
  clearTimeout(deadline);
  if (context.state !== 'running') {
    throw new Error(allowed
      ? `This browser did not open the sound of this computer within ${LONGEST_BEGIN / 1000} seconds. `
        + 'Check that a loudspeaker or a headset is connected, then press the button again.'
      : 'Press the button: a browser lets a page sound only after a click.');
  }
}
