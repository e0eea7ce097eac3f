// Phone numbers in the forms people type. Loaded on first use: the tables weigh as much as the rest of the page.
import { AsYouType, parsePhoneNumberFromString, validatePhoneNumberLength, type CountryCode } from 'libphonenumber-js/min';

export interface ParsedNumber {
  text: string;
  e164: string | null;
  national: string | null;
  international: string | null;
  country: string | null;
  valid: boolean;
  possible: boolean;
  reason: string | null;
}

const reasons: Record<string, string> = {
  INVALID_COUNTRY: 'The country code is not known.',
  NOT_A_NUMBER: 'This is not a phone number.',
  TOO_SHORT: 'The number is too short.',
  TOO_LONG: 'The number is too long.',
  INVALID_LENGTH: 'No number of this country has this length.',
};

/** Anything longer cannot be a number: E.164 has 15 digits, and people add spaces, brackets and an extension. */
const longest = 80;

/** What people paste: non-breaking and other spaces, typographic dashes, full-width and Arabic-Indic digits. */
const cleaned = (text: string) => text.slice(0, longest).replace(/^\s*(tel|callto|sip):/i, '').normalize('NFKC').trim();

/** Lays a number out while it is typed; the letters of a name being searched are left alone. */
export function asYouType(text: string, country: string): string {
  const typed = cleaned(text);
  if (!/\d/.test(typed) || /[^\d\s()+\-./*#‐-―]/.test(typed)) {
    return text;
  }
  if (/[*#]/.test(typed)) {
    return typed; // A service code is not a number of the plan.
  }
  return new AsYouType(country as CountryCode).input(typed);
}

/** Never throws for a bad number: `reason` says what is wrong with it. */
export function parse(text: string, country: string): ParsedNumber {
  const typed = cleaned(text);
  const number = text.length > longest ? undefined : parsePhoneNumberFromString(typed, country as CountryCode);
  if (!number) {
    const word = text.length > longest ? 'TOO_LONG' : validatePhoneNumberLength(typed, country as CountryCode) ?? 'NOT_A_NUMBER';
    const reason = reasons[word] ?? reasons['NOT_A_NUMBER']!;
    return { text, e164: null, national: null, international: null, country: null, valid: false, possible: false, reason };
  }

  const possible = number.isPossible();
  const valid = number.isValid();
  return {
    text,
    e164: possible ? number.number : null,
    national: number.formatNational(),
    international: number.formatInternational(),
    country: number.country ?? null,
    valid,
    possible,
    reason: possible
      ? valid ? null : 'No such number has been given out in this country, as far as known.'
      : reasons[validatePhoneNumberLength(typed, country as CountryCode) ?? 'INVALID_LENGTH'] ?? reasons['INVALID_LENGTH']!,
  };
}

export const parseMany = (texts: string[], country: string): ParsedNumber[] => texts.map(text => parse(text, country));
