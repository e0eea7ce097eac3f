import { describe, expect, it } from 'vitest';
import { isMicrophoneProblem, PhoneTrouble, problemOf, readable, warningOf } from '../src/phone-errors';

describe('phone errors', () => {
  it('read a number of the North American plan in groups, and leave others as they are', () => {
    expect(['+12025550111', '+442079460018', 'anonymous'].map(readable)).toEqual(
        ['+1\u00a0202\u00a0555\u00a00111', '+442079460018', 'anonymous']);
  });

  it('say what happened and what to do for what the SDK reports', () => {
    for (const code of [20101, 20104, 31000, 31003, 31005, 31009, 31205, 31209, 31401, 31402, 53000, 53001, 53405]) {
      const { message, cure } = problemOf({ code, message: 'raw' });
      expect(message).not.toContain('raw');
      expect(cure).not.toBe('');
    }
  });

  it('know a refused or missing microphone by the browser’s own names too', () => {
    expect(isMicrophoneProblem(problemOf(new DOMException('no', 'NotAllowedError')))).toBe(true);
    expect(problemOf(new DOMException('no', 'NotFoundError')).code).toBe('31402');
    expect(isMicrophoneProblem(problemOf({ code: 53000 }))).toBe(false);
  });

  it('pass on an unknown error with its number', () => {
    expect(problemOf({ code: 99999, message: 'odd' })).toMatchObject({ code: '99999', message: 'The phone reported: odd.' });
    expect(problemOf(null).code).toBe('unknown');
  });

  it('keep our own trouble’s words', () => {
    expect(
        problemOf(new PhoneTrouble('token', 'No token.', 'Sign in.'))).toEqual({ code: 'token', message: 'No token.', cure: 'Sign in.' });
  });

  it('have a sentence for every warning, known or not', () => {
    for (const name of ['high-rtt', 'high-jitter', 'high-packet-loss', 'low-mos',
      'low-bytes-received', 'constant-audio-input-level', 'brand-new']) {
      expect(warningOf(name)).toMatch(/^The |^Sound|^Nothing|^Your/);
    }
  });
});
