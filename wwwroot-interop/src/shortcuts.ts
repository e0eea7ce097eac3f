// Keyboard shortcuts: Ctrl+Shift+letter to begin with, each can be changed or switched off, remembered per user in this
// browser. They are off while a field is being typed in.
import type { PhoneAnswer } from './state';
import { done, refused } from './state';

export type Action = 'accept' | 'decline' | 'mute' | 'hold' | 'hangUp' | 'dialpad' | 'offer' | 'sheet';

export interface Shortcut {
  action: Action;
  label: string;
  keys: string;
}

const standards: readonly (readonly [Action, string, string])[] = [
  ['accept', 'Accept the call that has waited longest', 'Ctrl+Shift+A'],
  ['decline', 'Decline the call that has waited longest', 'Ctrl+Shift+X'],
  ['mute', 'Mute or open the microphone', 'Ctrl+Shift+M'],
  ['hold', 'Hold the call, or take it back', 'Ctrl+Shift+L'],
  ['hangUp', 'Hang up; pressed after the call, finish the wrap-up', 'Ctrl+Shift+E'],
  ['dialpad', 'Show or hide the dialpad', 'Ctrl+Shift+D'],
  ['offer', 'Go to the call that is being offered', 'Ctrl+Shift+O'],
  ['sheet', 'Show these shortcuts', '?'],
];

/** Two presses of hang-up within this many milliseconds are one. */
export const hangUpGuard = 1000;

/** Combinations that browsers keep for themselves, so that a page never sees them or must not take them. */
const reserved = new Set([
  'Ctrl+W', 'Ctrl+T', 'Ctrl+N', 'Ctrl+Shift+W', 'Ctrl+Shift+T', 'Ctrl+Shift+N', 'Ctrl+R', 'Ctrl+Shift+R', 'Ctrl+L', 'Ctrl+C', 'Ctrl+V',
  'Ctrl+X', 'Ctrl+A', 'Ctrl+Z', 'Ctrl+F', 'Ctrl+P', 'Ctrl+S', 'F5', 'F11', 'F12', 'Tab', 'Enter', 'Space', 'Escape',
]);

type Key = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'shiftKey' | 'altKey' | 'metaKey'>;

/** The combination of a key press, e.g. `Ctrl+Shift+A`; by the key's place on the board where that is a letter or a digit. */
export function keysOf(event: Key): string {
  const place = /^(?:Key|Digit)(.)$/.exec(event.code)?.[1];
  const modified = event.ctrlKey || event.altKey || event.metaKey;
  // With a modifier the key's own text depends on the layout; without one it is the text that is meant ("?").
  const key = modified && place ? place : event.key === ' ' ? 'Space' : event.key.length === 1 ? event.key.toUpperCase() : event.key;
  const shift = event.shiftKey && (modified || event.key.length > 1);
  return `${event.ctrlKey ? 'Ctrl+' : ''}${event.altKey ? 'Alt+' : ''}${event.metaKey ? 'Meta+' : ''}${shift ? 'Shift+' : ''}${key}`;
}

/** Typing goes on here: keys belong to the text. */
export function isTyping(target: EventTarget | null): boolean {
  const element = target as Partial<HTMLElement> & { type?: string } | null;
  const name = element?.tagName?.toUpperCase();
  return element?.isContentEditable === true || name === 'TEXTAREA' || name === 'SELECT'
    || name === 'INPUT' && !['button', 'checkbox', 'radio', 'range', 'submit', 'reset', 'file', 'color'].includes(element?.type ?? 'text');
}

export class Shortcuts {
  private readonly keys: Map<Action, string>;
  private lastHangUp = -Infinity;

  constructor(
    private readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>,
    private readonly user: string,
    private readonly press: (action: Action) => void,
  ) {
    this.keys = new Map(standards.map(([action, , keys]) => [action, keys]));
    try {
      const own = JSON.parse(storage.getItem(this.place) ?? '{}') as Record<string, unknown>;
      for (const [action] of standards) {
        const keys = own[action];
        if (typeof keys === 'string') {
          this.keys.set(action, keys);
        }
      }
    } catch {
      // Not ours, or damaged: the standards serve.
    }
  }

  list(): Shortcut[] {
    return standards.map(([action, label]) => ({ action, label, keys: this.keys.get(action)! }));
  }

  /** Empty when it is switched off. */
  keysFor(action: Action): string {
    return this.keys.get(action)!;
  }

  /** @param keys E.g. `Ctrl+Shift+K`; empty switches the shortcut off. */
  set(action: string, keys: string): PhoneAnswer {
    const known = standards.find(([name]) => name === action);
    if (!known) {
      return refused('There is no such action.');
    }

    if (keys !== '') {
      if (reserved.has(keys) || !/^(Ctrl\+)?(Alt\+)?(Meta\+)?(Shift\+)?(\S|F[1-9]\d?|[A-Z][a-zA-Z]+)$/.test(keys)) {
        return refused(`${keys} belongs to the browser; choose another.`);
      }
      const other = standards.find(([name]) => name !== action && this.keys.get(name) === keys);
      if (other) {
        return refused(`${keys} is already used for “${other[1]}”.`);
      }
    }

    this.keys.set(known[0], keys);
    this.save();
    return done;
  }

  reset(): PhoneAnswer {
    for (const [action, , keys] of standards) {
      this.keys.set(action, keys);
    }
    this.storage.removeItem(this.place);
    return done;
  }

  /** @returns true when the press was a shortcut, and so is no other's to handle. */
  handle(event: Key & Pick<KeyboardEvent, 'repeat' | 'target'>, now = performance.now()): boolean {
    const keys = keysOf(event);
    const action = standards.find(([name]) => this.keys.get(name) === keys)?.[0];
    if (!action || isTyping(event.target)) {
      return false;
    }

    if (event.repeat) {
      return true; // A key held down is one press.
    }

    if (action === 'hangUp') {
      if (now - this.lastHangUp < hangUpGuard) {
        return true;
      }
      this.lastHangUp = now;
    }

    this.press(action);
    return true;
  }

  /** Where this user's own combinations are remembered. */
  static placeOf(user: string): string {
    return `uppalcrm.shortcuts.${user}`;
  }

  private get place(): string {
    return Shortcuts.placeOf(this.user);
  }

  private save(): void {
    this.storage.setItem(this.place, JSON.stringify(Object.fromEntries(this.keys)));
  }
}
