import { describe, expect, it } from 'vitest';
import { asYouType } from '../src/numbers';

describe('numbers', () => {
  it('lays a number out while it is typed, and leaves names and service codes alone', () => {
    expect(asYouType('2025550111', 'US')).toBe('(202) 555-0111');
    expect(asYouType('+44207946', 'US')).toBe('+44 20 7946');
    expect(asYouType('Maya 2', 'US')).toBe('Maya 2');
    expect(asYouType('*67', 'US')).toBe('*67');
    expect(asYouType('', 'US')).toBe('');
  });
});
