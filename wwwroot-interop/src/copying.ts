// What is to be carried elsewhere, such as the link of an invitation: <div data-copy> with a field and a button. The field is chosen
// whole when it gets the focus; the button copies it and says so.

export function watchCopying(document: Document, clipboard: Pick<Clipboard, 'writeText'> | undefined): void {
  document.addEventListener('focusin', event => fieldAround(event.target)?.select());
  document.addEventListener('click', event => {
    const button = (event.target as Partial<Element> | null)?.closest?.('[data-copy] button');
    const field = button ? fieldAround(button) : null;
    if (button && field) {
      field.focus();
      // Without a clipboard (the page came without TLS) the field stays chosen, ready for the keys.
      void clipboard?.writeText(field.value).then(() => { button.textContent = 'Copied'; }, () => undefined);
    }
  });
}

function fieldAround(target: EventTarget | null): HTMLInputElement | null {
  return (target as Partial<Element> | null)?.closest?.('[data-copy]')?.querySelector('input') ?? null;
}
