import { expect, test } from 'vitest';
import { ageOf, elapsed } from '../src/elapsed';

const seconds = (n: number) => n * 1000;

test('within the first hour it reads minutes and seconds', () => {
  expect(elapsed(0, null)).toBe('00:00');
  expect(elapsed(seconds(151), null)).toBe('02:31');
  expect(elapsed(seconds(3599), null)).toBe('59:59');
});

test('after an hour it counts hours, unless minutes were asked for', () => {
  expect(elapsed(seconds(3600), null)).toBe('1:00:00');
  expect(elapsed(seconds(5400), 'mm:ss')).toBe('90:00');
  expect(elapsed(seconds(65), 'h:mm:ss')).toBe('0:01:05');
});

test('a second that is not over is not counted, and a clock that is behind reads zero', () => {
  expect(elapsed(1999, null)).toBe('00:01');
  expect(elapsed(-5000, null)).toBe('00:00');
});

test('what lasts too long is marked, first gently and then strongly', () => {
  expect(ageOf(seconds(179), '180', '300')).toBeNull();
  expect(ageOf(seconds(180), '180', '300')).toBe('warn');
  expect(ageOf(seconds(300), '180', '300')).toBe('alarm');
  expect(ageOf(seconds(9999), null, null)).toBeNull();
});
