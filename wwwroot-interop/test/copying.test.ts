import { describe, expect, it } from 'vitest';
import { watchCopying } from '../src/copying';

/** A field with a link, and the button beside it. */
function copying(clipboard?: { writeText(text: string): Promise<void> }) {
  const handlers = new Map<string, (event: object) => void>();
  const seen: string[] = [];
  const field = { value: 'https://crm.example.com/invitation/1', focus: () => seen.push('focus'), select: () => seen.push('select') };
  const around = { querySelector: () => field };
  const button = { textContent: 'Copy', closest: (selector: string) => selector === '[data-copy]' ? around : button };
  watchCopying(
    { addEventListener: (name: string, on: (event: object) => void) => handlers.set(name, on) } as unknown as Document, clipboard);
  return {
    button, seen,
    focus: () => handlers.get('focusin')!({ target: { closest: () => around } }),
    click: async () => {
      handlers.get('click')!({ target: button });
      await new Promise(resolve => setTimeout(resolve));
    },
  };
}

describe('What is to be carried elsewhere', () => {
  it('is chosen whole when its field gets the focus', () => {
    const { focus, seen } = copying();
    focus();
    expect(seen).toEqual(['select']);
  });

  it('is copied by the button, which says so', async () => {
    const copied: string[] = [];
    const { button, click } = copying({ writeText: text => { copied.push(text); return Promise.resolve(); } });
    await click();
    expect(copied).toEqual(['https://crm.example.com/invitation/1']);
    expect(button.textContent).toBe('Copied');
  });

  it('is not said to be copied when it could not be', async () => {
    for (const clipboard of [undefined, { writeText: () => Promise.reject(new Error('denied')) }]) {
      const { button, click, seen } = copying(clipboard);
      await click();
      expect(button.textContent).toBe('Copy');
      expect(seen).toEqual(['focus']);
    }
  });
});
