import { beforeEach, describe, expect, it } from 'vitest';
import { keysOf, Shortcuts, type Action } from '../src/shortcuts';
import { FakeStorage } from './support';

const press = (keys: string, changes: object = {}) => {
  const parts = keys === '?' ? ['?'] : keys.split('+');
  const key = parts.at(-1)!;
  return {
    key, code: /^[A-Z]$/.test(key) ? `Key${key}` : '', ctrlKey: parts.includes('Ctrl'), shiftKey: parts.includes('Shift') || key === '?',
    altKey: parts.includes('Alt'), metaKey: false, repeat: false, target: null, ...changes,
  };
};
const field = (tagName: string, type?: string) => ({ tagName, type }) as unknown as EventTarget;

describe('shortcuts', () => {
  let storage: FakeStorage;
  let pressed: Action[];
  let shortcuts: Shortcuts;
  const open = (user = 'agent_7') => new Shortcuts(storage, user, action => pressed.push(action));

  beforeEach(() => {
    storage = new FakeStorage();
    pressed = [];
    shortcuts = open();
  });

  it('answer to the combinations they ship with', () => {
    shortcuts.handle(press('Ctrl+Shift+A'));
    shortcuts.handle(press('Ctrl+Shift+M'));
    shortcuts.handle(press('?'));

    expect(pressed).toEqual(['accept', 'mute', 'sheet']);
  });

  it('go by the key’s place, so that Shift and the layout do not matter', () => {
    expect(keysOf(press('Ctrl+Shift+A', { key: 'ф', code: 'KeyA' }))).toBe('Ctrl+Shift+A');
  });

  it('are off while a field is being typed in', () => {
    for (const target of [field('INPUT', 'text'), field('TEXTAREA'), field('SELECT'),
      { isContentEditable: true } as unknown as EventTarget]) {
      expect(shortcuts.handle(press('Ctrl+Shift+A', { target }))).toBe(false);
      expect(shortcuts.handle(press('?', { target }))).toBe(false);
    }
    expect(shortcuts.handle(press('?', { target: field('BUTTON') }))).toBe(true);

    expect(pressed).toEqual(['sheet']);
  });

  it('take two presses of hang-up within a second for one', () => {
    shortcuts.handle(press('Ctrl+Shift+E'), 0);
    expect(shortcuts.handle(press('Ctrl+Shift+E'), 900)).toBe(true);
    shortcuts.handle(press('Ctrl+Shift+E'), 1100);

    expect(pressed).toEqual(['hangUp', 'hangUp']);
  });

  it('take a key held down for one press', () => {
    shortcuts.handle(press('Ctrl+Shift+M'));
    shortcuts.handle(press('Ctrl+Shift+M', { repeat: true }));

    expect(pressed).toEqual(['mute']);
  });

  it('can be changed, are remembered per user, and can be put back', () => {
    const standard = open().list().map(shortcut => shortcut.keys);
    expect(shortcuts.set('mute', 'Alt+M').done).toBe(true);

    open().handle(press('Alt+M'));
    expect(pressed).toEqual(['mute']);
    open('agent_8').handle(press('Alt+M'));
    expect(pressed).toEqual(['mute']);

    shortcuts.reset();
    expect(open().list().map(shortcut => shortcut.keys)).toEqual(standard);
  });

  it('can be switched off', () => {
    shortcuts.set('accept', '');

    expect(shortcuts.handle(press('Ctrl+Shift+A'))).toBe(false);
  });

  it('refuse a combination that is taken, that the browser keeps, or that means nothing', () => {
    expect(shortcuts.set('mute', 'Ctrl+Shift+A').message).toContain('Accept');
    expect(shortcuts.set('mute', 'Ctrl+W').done).toBe(false);
    expect(shortcuts.set('mute', 'Ctrl+').done).toBe(false);
    expect(shortcuts.set('fly', 'Ctrl+Shift+F').done).toBe(false);
  });

  it('ignore what somebody else left in their place', () => {
    storage.setItem('uppalcrm.shortcuts.agent_7', '{broken');

    expect(open().list()[0]!.keys).toBe('Ctrl+Shift+A');
  });
});
