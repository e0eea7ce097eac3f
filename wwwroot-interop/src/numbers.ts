// Lays phone numbers out as people type them; the server reads them. Loaded on first use: the tables weigh as much as the rest of the
// page.
import { AsYouType, type CountryCode } from 'libphonenumber-js/min';

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
