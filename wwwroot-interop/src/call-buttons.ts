// Buttons that command a call say what they mean, and are answered here, in whatever state their page is: Blazor drops a click
// whose component is being replaced in that moment, and a circuit may be away. The page draws what comes of it.
//   <button data-call-action="accept" data-call="17">        also decline, join, hold, unhold, mute, unmute, hangUp, undoHangUp, takeOver
//   <button data-call-action="dial" data-number="+12025550111">
//   <button data-call-action="callColleague" data-agent="4">
//   <button data-call-action="digit" data-digit="5">          within an element with data-call
//   <button data-call-action="transfer" data-call="17" data-agent="4">   also cancelTransfer, acceptTransfer, declineTransfer,
//                                                         consult, transferToEverybody, handOver, giveTo; beside them may stand an
//                                                         <input data-call-note>, which goes with it
//   <button data-call-action="transferOutside" data-call="17" data-number="+12025550111">  or consultOutside
//   <button data-call-action="talk" data-call="17" data-with="colleague">  or customer, or both
//   <button data-call-action="holdParty" data-call="17" data-party="3">  or unholdParty, muteParty, unmuteParty,
//                                                         removeParty, giveToParty; leave without a party
//   <button data-call-action="dialSecond" data-call="17" data-number="+12025550111">  switchCalls, joinCalls: without a number
//   <button data-call-action="bringOver" data-call="17" data-into="18">
//   <form data-call-action="dial"> with a field named number; an agent who goes on typing has read why it was refused
//   <div data-call-keys data-call="17">                       digits typed in it are sent, too
import type { CallAction, CallCommand } from './state';

const actions: Record<CallAction, true> = {
  accept: true, decline: true, dial: true, callColleague: true, join: true, hold: true, unhold: true, mute: true, unmute: true,
  digit: true, hangUp: true,
  undoHangUp: true, takeOver: true, giveTo: true, holdParty: true, unholdParty: true, muteParty: true, unmuteParty: true,
  removeParty: true, giveToParty: true, leave: true, dismiss: true, transfer: true, cancelTransfer: true,
  acceptTransfer: true, declineTransfer: true,
  consult: true, transferToEverybody: true, handOver: true, talk: true, transferOutside: true, consultOutside: true,
  dialSecond: true, switchCalls: true, joinCalls: true, bringOver: true,
};

/** What a note may go with. */
const takesNote = new Set<string>(
  ['transfer', 'consult', 'transferOutside', 'consultOutside', 'transferToEverybody'] satisfies CallAction[]);

const dialForm = 'form[data-call-action="dial"]';
const dismiss: CallCommand = { action: 'dismiss', callId: null, value: null };

export function watchCallButtons(document: Document, carryOut: (command: CallCommand) => void): void {
  const on = <E extends Event>(event: string, read: (event: E) => CallCommand | null) =>
    document.addEventListener(event, happened => {
      const command = read(happened as E);
      if (command) {
        carryOut(command);
      }
    }, { capture: true }); // Before Blazor, which may replace the element.
  on<MouseEvent>('click', event => commandOfButton(event.target));
  on<SubmitEvent>('submit', event => commandOfForm(event.target));
  on('input', event => closest(event.target, dialForm) ? dismiss : null);
  on<KeyboardEvent>('keydown', event => commandOfKey(event));
}

function commandOfButton(target: EventTarget | null): CallCommand | null {
  const button = closest(target, 'button[data-call-action]');
  const action = button?.dataset['callAction'];
  if (!button || !action || !Object.hasOwn(actions, action)) {
    return closest(target, `${dialForm} button[type="button"]`) ? dismiss : null; // a key of the dialpad
  }

  const { number, digit, agent, party, into, with: partner } = button.dataset;
  const callId = action === 'dial' || action === 'callColleague' ? null : callOf(button);
  const note = takesNote.has(action)
    ? closest(button, '[data-arrow-list]')?.querySelector<HTMLInputElement>('input[data-call-note]')?.value.trim() : '';
  return {
    action: action as CallAction, callId, value: number ?? digit ?? agent ?? party ?? into ?? partner ?? null, ...note ? { note } : {},
  };
}

function commandOfForm(target: EventTarget | null): CallCommand | null {
  const form = closest(target, dialForm);
  const number = form?.querySelector<HTMLInputElement>('input[name="number"]')?.value ?? '';
  return number.trim() === '' ? null : { action: 'dial', callId: null, value: number };
}

/** Enter on a key of the pad clicks it by itself; a digit is sent wherever in the pad the focus is. */
function commandOfKey({ target, key, ctrlKey, altKey, metaKey, repeat }: KeyboardEvent): CallCommand | null {
  const pad = closest(target, '[data-call-keys]');
  return pad && /^[0-9*#]$/.test(key) && !ctrlKey && !altKey && !metaKey && !repeat
    ? { action: 'digit', callId: callOf(pad), value: key }
    : null;
}

const callOf = (element: HTMLElement): number | null => {
  const id = Number(closest(element, '[data-call]')?.dataset['call']);
  return Number.isSafeInteger(id) && id > 0 ? id : null;
};

const closest = (target: EventTarget | null, selector: string): HTMLElement | null =>
  (target as Partial<Element> | null)?.closest?.<HTMLElement>(selector) ?? null;
