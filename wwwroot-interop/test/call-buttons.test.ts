import { describe, expect, it } from 'vitest';
import { watchCallButtons } from '../src/call-buttons';
import type { CallCommand } from '../src/state';

/** An element as far as the buttons are looked at: its own selectors, its data, and what it stands in. */
class Element {
  constructor(
    private readonly selectors: string[], readonly dataset: Record<string, string>, private readonly parent: Element | null = null,
    private readonly field: string | null = null,
  ) {}

  closest(selector: string): Element | null {
    return this.selectors.includes(selector) ? this : this.parent?.closest(selector) ?? null;
  }

  querySelector(): { value: string } | null {
    return this.field === null ? null : { value: this.field };
  }
}

function page() {
  const handlers = new Map<string, (event: object) => void>();
  const commands: CallCommand[] = [];
  const document = { addEventListener: (event: string, handler: (event: object) => void) => handlers.set(event, handler) };
  watchCallButtons(document as unknown as Document, command => commands.push(command));
  return { commands, happens: (event: string, target: Element, more: object = {}) => handlers.get(event)!({ target, ...more }) };
}

const card = new Element(['[data-call]'], { call: '17' });
const button = (action: string, more: Record<string, string> = {}, parent: Element | null = card) =>
  new Element(['button[data-call-action]'], { callAction: action, ...more }, parent);

describe('buttons of a call', () => {
  it('say what they mean and for which call, also when what is clicked is the icon in them', () => {
    const { commands, happens } = page();

    happens('click', button('accept'));
    happens('click', new Element([], {}, button('hangUp')));
    happens('click', button('digit', { digit: '5' }));
    happens('click', button('transferOutside', { number: '+12025550177' }));

    expect(commands).toEqual([
      { action: 'accept', callId: 17, value: null },
      { action: 'hangUp', callId: 17, value: null },
      { action: 'digit', callId: 17, value: '5' },
      { action: 'transferOutside', callId: 17, value: '+12025550177' },
    ]);
  });

  it('send along what stands in the field beside them, to whomever the call is handed', () => {
    const { commands, happens } = page();
    const picker = new Element(['[data-arrow-list]'], {}, card, ' Speaks only Spanish ');

    happens('click', button('transfer', { agent: '4' }, picker));
    happens('click', button('consult', { agent: '4' }, new Element(['[data-arrow-list]'], {}, card, ' ')));
    happens('click', button('transferOutside', { number: '+12025550177' }, picker));
    happens('click', button('consultOutside', { number: '+12025550177' }, picker));
    happens('click', button('transferToEverybody', {}, picker));
    happens('click', button('dialSecond', { number: '+12025550177' }, picker));

    expect(commands).toEqual([
      { action: 'transfer', callId: 17, value: '4', note: 'Speaks only Spanish' },
      { action: 'consult', callId: 17, value: '4' },
      { action: 'transferOutside', callId: 17, value: '+12025550177', note: 'Speaks only Spanish' },
      { action: 'consultOutside', callId: 17, value: '+12025550177', note: 'Speaks only Spanish' },
      { action: 'transferToEverybody', callId: 17, value: null, note: 'Speaks only Spanish' },
      { action: 'dialSecond', callId: 17, value: '+12025550177' },
    ]);
  });

  it('dial the number they carry, whatever call they stand in', () => {
    const { commands, happens } = page();

    happens('click', button('dial', { number: '+12025550111' }));

    expect(commands).toEqual([{ action: 'dial', callId: null, value: '+12025550111' }]);
  });

  it('that mean nothing known do nothing', () => {
    const { commands, happens } = page();

    happens('click', button('constructor'));
    happens('click', new Element([], {}, card));

    expect(commands).toEqual([]);
  });

  it('a dialpad is dialled as it stands in the field, but not empty', () => {
    const { commands, happens } = page();
    const form = (text: string) => new Element(['form[data-call-action="dial"]'], { callAction: 'dial' }, null, text);

    happens('submit', form('  '));
    happens('submit', form('(202) 555-0111'));

    expect(commands).toEqual([{ action: 'dial', callId: null, value: '(202) 555-0111' }]);
  });

  it('an agent who goes on with the number has read why it was refused', () => {
    const { commands, happens } = page();
    const dialForm = 'form[data-call-action="dial"]';

    happens('input', new Element([dialForm], {}));
    happens('click', new Element([`${dialForm} button[type="button"]`], {}));
    happens('input', card);

    expect(commands.map(command => command.action)).toEqual(['dismiss', 'dismiss']);
  });

  it('digits typed on the keypad are sent, other keys and combinations are not', () => {
    const { commands, happens } = page();
    const pad = new Element(['[data-call-keys]', '[data-call]'], { call: '17' });
    const plain = { ctrlKey: false, altKey: false, metaKey: false, repeat: false };

    happens('keydown', pad, { key: '#', ...plain });
    happens('keydown', pad, { key: 'a', ...plain });
    happens('keydown', pad, { key: '5', ...plain, ctrlKey: true });
    happens('keydown', pad, { key: '5', ...plain, repeat: true });
    happens('keydown', card, { key: '5', ...plain });

    expect(commands).toEqual([{ action: 'digit', callId: 17, value: '#' }]);
  });
});
