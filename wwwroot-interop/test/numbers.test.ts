import { describe, expect, it } from 'vitest';
import { asYouType, parse, parseMany } from '../src/numbers';

describe('numbers', () => {
  it.each([
    ['(202) 555-0111', 'US', '+12025550111'],
    ['+1 202.555.0111', 'DE', '+12025550111'],
    ['tel:+442079460958', 'US', '+442079460958'],
    ['020 7946 0958', 'GB', '+442079460958'],
    ['\u202a+49\u00a030 901820\u202c', 'US', '+4930901820'],
    ['＋４９ ３０ ９０１８２０', 'US', '+4930901820'],
  ])('%s in %s is %s', (text, country, e164) => {
    expect(parse(text, country).e164).toBe(e164);
  });

  it('says why a number is impossible', () => {
    expect(parse('123', 'US')).toMatchObject({ e164: null, possible: false, reason: 'The number is too short.' });
    expect(parse('+1202555011199', 'US')).toMatchObject({ e164: null, possible: false, reason: 'The number is too long.' });
    expect(parse('call me', 'US')).toMatchObject({ e164: null, reason: 'This is not a phone number.' });
    expect(parse('9'.repeat(5000), 'US').e164).toBeNull();
  });

  it('gives the forms people read', () => {
    expect(parse('+12025550111', 'DE')).toMatchObject({ national: '(202) 555-0111', international: '+1 202 555 0111', country: 'US' });
  });

  it('lays a number out while it is typed, and leaves names and service codes alone', () => {
    expect(asYouType('2025550111', 'US')).toBe('(202) 555-0111');
    expect(asYouType('+44207946', 'US')).toBe('+44 20 7946');
    expect(asYouType('Maya 2', 'US')).toBe('Maya 2');
    expect(asYouType('*67', 'US')).toBe('*67');
    expect(asYouType('', 'US')).toBe('');
  });

  it('answers many in the order asked, whatever is among them', () => {
    expect(parseMany(['+12025550111', '', '<script>'], 'US').map(number => number.e164)).toEqual(['+12025550111', null, null]);
  });
});
