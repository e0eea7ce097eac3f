import { describe, expect, it } from 'vitest';
import { dayBounds, startOfDay } from '../src/days';
import { clock } from '../src/recording-player';

describe('days', () => {
  it('begin at midnight here, whatever the time zone', () => {
    const start = new Date(startOfDay('2026-03-01')!);
    expect([start.getFullYear(), start.getMonth(), start.getDate(), start.getHours(), start.getMinutes()]).toEqual([2026, 2, 1, 0, 0]);
  });

  it('a range ends where the day after its last begins, over the end of a month too', () => {
    expect(dayBounds('2026-02-28', '2026-02-28')).toEqual(
        { from: new Date(2026, 1, 28).toISOString(), until: new Date(2026, 2, 1).toISOString() });
  });

  it.each(['', '2026-02-30', '2026-13-01', '1.3.2026', 'yesterday'])('%s is no day', day => {
    expect(startOfDay(day)).toBeNull();
  });
});

describe('the length of a recording', () => {
  it.each([[0, '0:00'], [59.9, '0:59'], [65, '1:05'], [3723, '1:02:03'], [-1, '0:00']])('%d seconds read %s', (seconds, text) => {
    expect(clock(seconds)).toBe(text);
  });
});
