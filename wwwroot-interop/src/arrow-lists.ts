// Lists that the arrow keys walk through: <div data-arrow-list> with a field and, below it, buttons that act on a row. The first button
// of each row is a stop; what stands beside it is reached by Tab.

export function watchArrowLists(document: Document): void {
  document.addEventListener('keydown', event => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const list = step === 0 || event.altKey || event.ctrlKey || event.metaKey
      ? null
      : (event.target as Partial<Element> | null)?.closest?.<HTMLElement>('[data-arrow-list]');
    if (!list) {
      return;
    }

    const stops = [...list.querySelectorAll<HTMLElement>('input[type=search], li > button:first-child:not(:disabled)')];
    const row = (event.target as Element).closest('li')?.querySelector<HTMLElement>('button');
    const here = stops.indexOf(row ?? event.target as HTMLElement);
    const next = stops[here + step];
    if (next) {
      event.preventDefault(); // the page does not scroll
      next.focus();
    }
  });
}
