// Whether a page may turn to something else by itself: only the one that the agent looks at, and not in the middle of their work.
import { isTyping } from './shortcuts';

/** The parts of the document that are asked. */
export interface Looked {
  hasFocus(): boolean;
  readonly activeElement: Element | null;
}

/** A page that is brought to the front by a notification's button gets the focus a moment later. */
const focusWithin = 1000;

export class Attention {
  private typedIn: Partial<HTMLInputElement> | null = null;

  /** @param nextFocus Settles when the page comes to the front. */
  constructor(private readonly document: Looked, private readonly nextFocus: () => Promise<void>) {}

  /** Something was typed into this field. */
  typed(field: EventTarget | null): void {
    this.typedIn = field as Partial<HTMLInputElement> | null;
  }

  /** Nothing would be lost, and it is seen. Waits a moment for a page that is just being brought to the front. */
  async isFree(): Promise<boolean> {
    if (!this.document.hasFocus()) {
      await Promise.race([this.nextFocus(), new Promise<void>(resolve => setTimeout(resolve, focusWithin))]);
    }
    return this.document.hasFocus() && !isTyping(this.document.activeElement) && !this.isHalfFilled();
  }

  /** Something that was written would be lost. An empty field that has the focus is no work. */
  hasWork(): boolean {
    const active = this.document.activeElement as Partial<HTMLInputElement> | null;
    return isTyping(this.document.activeElement) && active?.value !== '' || this.isHalfFilled();
  }

  /** A form that was begun is still open. What was searched for is no work. */
  private isHalfFilled(): boolean {
    const field = this.typedIn;
    return field?.isConnected === true && field.type !== 'search' && (field.value ?? '') !== '' && field.closest?.('main') != null;
  }
}
