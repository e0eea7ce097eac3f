import { describe, expect, it } from 'vitest';
import { watchArrowLists } from '../src/arrow-lists';

/** A list with a field and two rows, each with a button and one beside it; the first row's may be off. */
function list() {
  const focused: string[] = [];
  let handler: (event: object) => void = () => undefined;
  const stop = (name: string, row: unknown = null) => ({
    focus: () => focused.push(name),
    closest: (selector: string): unknown => selector === '[data-arrow-list]' ? element : selector === 'li' ? row : null,
  });
  const row = (name: string) => {
    const li = { querySelector: () => button };
    const button: ReturnType<typeof stop> = stop(name, li);
    return { button, beside: stop(`${name} beside`, li) };
  };
  const [field, lee, ann] = [stop('field'), row('lee'), row('ann')];
  const element = { querySelectorAll: () => [field, lee.button, ann.button] };
  watchArrowLists({ addEventListener: (_: string, on: typeof handler) => { handler = on; } } as unknown as Document);
  const press = (target: object, key: string, more: object = {}) => {
    let prevented = false;
    handler({ target, key, preventDefault: () => { prevented = true; }, ...more });
    return prevented;
  };
  return { field, lee, ann, focused, press };
}

describe('A list that the arrow keys walk through', () => {
  it('leads from the field down the rows and back', () => {
    const { field, lee, ann, focused, press } = list();
    expect([press(field, 'ArrowDown'), press(lee.button, 'ArrowDown'), press(ann.button, 'ArrowUp'), press(lee.button, 'ArrowUp')])
      .toEqual([true, true, true, true]);
    expect(focused).toEqual(['lee', 'ann', 'lee', 'field']);
  });

  it('counts a button that stands beside as its row', () => {
    const { lee, focused, press } = list();
    press(lee.beside, 'ArrowDown');
    expect(focused).toEqual(['ann']);
  });

  it('ends at its ends, and leaves other keys and other places alone', () => {
    const { field, ann, focused, press } = list();
    expect([press(ann.button, 'ArrowDown'), press(field, 'ArrowUp'), press(field, 'Enter'), press(field, 'ArrowDown', { altKey: true }),
      press({ closest: () => null }, 'ArrowDown')]).toEqual([false, false, false, false, false]);
    expect(focused).toEqual([]);
  });
});
