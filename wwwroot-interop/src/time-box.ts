import { PhoneTrouble } from './phone-errors';

/**
 * The promise, or trouble after `ms` milliseconds. The Voice SDK and the browser both have promises that never settle
 * (voice SDK: register() after a refused token; getUserMedia: an unanswered prompt).
 */
export function timeBox<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => reject(new PhoneTrouble('timeout', `${what} took too long.`, 'Check the network and try again.')), ms);
    promise.then(
      value => { clearTimeout(timer); resolve(value); },
      error => { clearTimeout(timer); reject(error); },
    );
  });
}

/** Doubling from `first` to `last` milliseconds, each 50 to 100 % of it, so that many browsers do not come back at once. */
export function backoff(attempt: number, first: number, last: number): number {
  return Math.min(last, first * 2 ** Math.min(attempt, 20)) * (0.5 + Math.random() / 2);
}
