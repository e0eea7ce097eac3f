import { describe, expect, it, vi } from 'vitest';
import { local, remaining } from '../src/times';

describe('Time that is left', () => {
  it.each([[0, '0:00'], [-5000, '0:00'], [1, '0:01'], [59_400, '1:00'], [65_000, '1:05'], [3_723_000, '1:02:03']])(
    'of %i ms reads %s', (milliseconds, words) => expect(remaining(milliseconds)).toBe(words));
});

describe('A local time', () => {
  const now = new Date(2026, 5, 17, 14, 30);

  it('is a time today', () => expect(local(new Date(2026, 5, 17, 9, 5), now, 'en-GB')).toBe('09:05'));
  it('has its day before today', () => expect(local(new Date(2026, 5, 16, 9, 5), now, 'en-GB')).toBe('16 Jun, 09:05'));
  it('has its year when it is another', () => expect(local(new Date(2025, 5, 16, 9, 5), now, 'en-GB')).toBe('16 Jun 2025'));
  it('is laid out by what was made for the first of its kind', () => {
    const Native = Intl.DateTimeFormat;
    const made = vi.spyOn(Intl, 'DateTimeFormat').mockImplementation(function (...how) { return new Native(...how); });
    local(new Date(2026, 5, 17, 9, 5), now, 'de');
    local(new Date(2026, 5, 17, 10, 5), now, 'de');
    expect(made).toHaveBeenCalledTimes(1);
    made.mockRestore();
  });
});
