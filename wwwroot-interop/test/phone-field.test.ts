import { describe, expect, it } from 'vitest';
import { asYouType } from '../src/numbers';
import { laidOut } from '../src/phone-field';

const typed = (text: string, caret = text.length) => laidOut(text, caret, 'US', asYouType);

describe('A phone field', () => {
  it('lays out what is typed', () => expect(typed('2025550111')).toEqual({ text: '(202) 555-0111', caret: 14 }));
  it('cleans what is pasted', () => expect(typed('Call: +1 202.555.0111 now!').text).toBe('+1 202 555 0111'));
  it.each(['+49 30 23125101 x12', '202 555 0111 ext. 102', '2025550111,,103#',
    '+12025550111;ext=204', '202-555-0111 or 202-555-0112', '202 555 0111 #205'])(
    'leaves an extension or a second number for the server to read: %s',
    text => expect(typed(text)).toEqual({ text, caret: text.length }));
  it('takes away what cannot be seen', () => expect(typed('\u202D+1 202 555 0111\u202C').text).toBe('+1 202 555 0111'));
  it('keeps service codes', () => expect(typed('*72').text).toBe('*72'));
  it('reads full-width digits', () => expect(typed('２０２５５５').text).toBe('(202) 555'));

  it('keeps the caret behind the digit that was typed in the middle', () => {
    const next = typed('(2902) 555-0111', 3);
    expect(next.text.slice(0, next.caret).replace(/\D/g, '')).toBe('29');
  });
});
