// Fields for phone numbers: <input data-phone-country="US">. What is typed or pasted is cleaned and laid out in the browser,
// before Blazor reads it: over the circuit, an answer that comes late would overwrite what was typed meanwhile.

/** Lays a number out; see numbers.ts. */
export type Layout = (text: string, country: string) => string;

/** What a number may be made of, and what is put between its parts. Anything else that is pasted goes. */
const foreign = /[^\d+*#()./\s‐-―-]/g;

/** Digits behind a word or sign behind digits: an extension, or a second number. Pushed together they would be somebody else's number. */
const severalParts = /\d[^\d]*[\p{L},;=#~][^\d]*\d/u;

/** What cannot be seen: direction marks, zero-width blanks. */
const invisible = /[\p{Cf}\p{Cc}]/gu;

/** A field's text and caret after something was typed or pasted. The caret stays behind the same digit. */
export function laidOut(text: string, caret: number, country: string, layout: Layout): { text: string; caret: number } {
  const whole = text.normalize('NFKC').replace(invisible, '');
  if (severalParts.test(whole)) {
    // The server reads it, and says what is wrong.
    return { text: whole, caret: caret >= text.length ? whole.length : Math.min(caret, whole.length) };
  }

  const clean = (part: string) => part.normalize('NFKC').replace(foreign, '');
  const digitsBefore = clean(text.slice(0, caret)).replace(/[^\d+*#]/g, '').length;
  const cleaned = clean(text);
  const atEnd = caret >= text.length;
  const next = layout(cleaned, country);
  if (atEnd) {
    return { text: next, caret: next.length };
  }

  let place = 0;
  for (let seen = 0; place < next.length && seen < digitsBefore; place++) {
    if (/[\d+*#]/.test(next[place]!)) {
      seen++;
    }
  }
  return { text: next, caret: place };
}

/** Watches the fields of the page. The number tables are loaded when such a field is first entered. */
export function watchPhoneFields(document: Document, load: () => Promise<Layout>): void {
  let layout: Layout | null = null;
  const countryOf = (target: EventTarget | null): string | undefined =>
    target instanceof HTMLInputElement ? target.dataset['phoneCountry'] : undefined;

  document.addEventListener('focusin', event => {
    if (!layout && countryOf(event.target)) {
      void load().then(loaded => { layout = loaded; }, () => undefined); // Typed plainly until it loads; the check comes at dialling.
    }
  });

  document.addEventListener('input', event => {
    const country = countryOf(event.target);
    const field = event.target as HTMLInputElement;
    const erasing = (event as InputEvent).inputType?.startsWith('delete'); // A bracket put back as it is erased could never be passed.
    if (!country || !layout || erasing || (event as InputEvent).isComposing) {
      return;
    }

    const next = laidOut(field.value, field.selectionStart ?? field.value.length, country, layout);
    if (next.text !== field.value) {
      field.value = next.text;
      field.setSelectionRange(next.caret, next.caret);
    }
  }, { capture: true }); // Before Blazor's own listener, which reads the value.
}
