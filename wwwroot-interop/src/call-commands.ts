// The commands on a live call, no matter what gives them: a button of the page, a key, a desktop notification, the lifeboat's panel.
// Each acts at once here, then at the server; what was refused is kept for the page to show.
import type { DialAnswer } from './hub';
import type { Live } from './live';
import type { Softphone } from './softphone';
import { done, refused, type CallAction, type CallCommand, type PhoneAnswer, type Refusal } from './state';

export interface CallCommandsWorld {
  live: Live;
  phone: Softphone;
  /** Why the phone could not take a call now; null when it could. */
  unavailable(): string | null;
  /** The phone was muted in this call before it fell out of it: nobody must be heard who believes not to be. */
  wasMuted(callId: number): boolean;
  /** Anything that is shown has changed. */
  changed(): void;
}

type Answer = PhoneAnswer & { ofPhone?: boolean };

/** The carrier usually confirms a hold within a second. After this many milliseconds the agent is told that it has not. */
export const holdConfirmedWithin = 8_000;

/** A supervisor's leg usually leaves at once. After this many milliseconds the call stays with its agent. */
const listenerOutWithin = 5_000;

const stillInFirst = 'Your phone could not leave the call that it is in. Hang up, and try again.';

/** A call that keeps its customer is hung up here after this many milliseconds, when the server has not answered. */
const serverFirst = 1_000;

/** What an agent reads when the server could not be asked. */
const unreachable: Partial<Record<CallAction, string>> = {
  accept: 'The server cannot be reached, so the call could not be claimed. It is still offered to the others.',
  decline: 'It is silent here, but the server could not be told.',
  dial: 'The server cannot be reached, so the call was not placed.',
  callColleague: 'The server cannot be reached, so nobody was called.',
  dialSecond: 'The server cannot be reached, so nobody was called.',
  switchCalls: 'The server cannot be reached, so you are still in the same call.',
  joinCalls: 'The server cannot be reached, so the calls were not joined.',
  bringOver: 'The server cannot be reached, so the calls were not joined.',
  hold: 'The server cannot be reached, so the call could not be held.',
  unhold: 'The server cannot be reached, so the call could not be taken off hold.',
  undoHangUp: 'The server cannot be reached, so the call could not be taken back.',
  transfer: 'The server cannot be reached, so nobody was asked to take the call.',
  transferOutside: 'The server cannot be reached, so nobody was called.',
  consultOutside: 'The server cannot be reached, so nobody was called.',
  acceptTransfer: 'The server cannot be reached, so the call could not be taken over.',
  takeOver: 'The server cannot be reached, so the call is still the agent’s.',
  giveTo: 'The server cannot be reached, so nobody was asked to take the call.',
};

/** Opposites are one matter: the second is not begun before the first is answered, and it replaces the first one's refusal. */
const opposite: Partial<Record<CallAction, CallAction>> = {
  callColleague: 'dial', unhold: 'hold', unmute: 'mute', decline: 'accept', cancelTransfer: 'transfer', consult: 'transfer',
  transferToEverybody: 'transfer', transferOutside: 'transfer', consultOutside: 'transfer', handOver: 'transfer',
  declineTransfer: 'acceptTransfer', giveTo: 'takeOver',
  switchCalls: 'dialSecond', joinCalls: 'dialSecond', unholdParty: 'holdParty', unmuteParty: 'muteParty',
  giveToParty: 'transfer', leave: 'transfer',
};
/** Each party of a call is a matter of its own. */
const ofParties: Partial<Record<CallAction, true>> = {
  holdParty: true, unholdParty: true, muteParty: true, unmuteParty: true, removeParty: true,
};
const isSameMatter = (a: CallCommand, b: CallCommand): boolean =>
  (opposite[a.action] ?? a.action) === (opposite[b.action] ?? b.action) && a.callId === b.callId
  && (a.action in ofParties ? a.value === b.value : true);

export class CallCommands {
  pending: CallCommand[] = [];
  refusals: Refusal[] = [];
  private hungUp: number | null = null;
  private putAside: number | null = null;
  private openCall: number | null = null;
  private checkHold: (() => void) | null = null;
  private checkOut: (() => void) | null = null;

  constructor(private readonly world: CallCommandsWorld) {}

  isPending(action: CallAction, callId: number): boolean {
    return this.pending.some(command => command.action === action && command.callId === callId);
  }

  /** The hang-up of this call has been sent to the server already. */
  hasHungUp(callId: number): boolean {
    return this.hungUp === callId;
  }

  /** This phone leaves the call for another one, and the server knows. */
  hasPutAside(callId: number): boolean {
    return this.putAside === callId;
  }

  async carryOut(command: CallCommand): Promise<PhoneAnswer> {
    if (command.action === 'dismiss') {
      this.refusals = [];
      this.world.changed();
      return done;
    }

    if (command.action !== 'digit' && this.pending.some(other => isSameMatter(command, other))) {
      return done; // Pressed twice.
    }

    this.refusals = this.refusals.filter(refusal => !isSameMatter(command, refusal));
    const refusal = this.refusalOf(command);
    this.pending = [...this.pending, command];
    this.world.changed();
    let answer: Answer;
    try {
      answer = refusal === null ? await this.run(command) : refused(refusal);
    } catch {
      answer = refused(unreachable[command.action] ?? 'The server cannot be reached.');
    }

    this.pending = this.pending.filter(other => other !== command);
    if (!answer.done) {
      this.refusals = [...this.refusals, { ...command, message: answer.message!, ofPhone: answer.ofPhone ?? false }];
    }
    this.world.changed();
    return { done: answer.done, message: answer.message };
  }

  /**
   * Something has changed: a hold may be confirmed. What was refused before a call is of no interest once it is open, and a number
   * that could not be dialled because of it is no refusal any more when it is over.
   */
  update(): void {
    this.checkHold?.();
    this.checkOut?.();
    const { call } = this.world.phone;
    const open = call?.phase === 'open' ? call.callId : call ? this.openCall : null;
    if (open !== this.openCall) {
      this.openCall = open;
      this.refusals = this.refusals.filter(({ action, callId, ofPhone }) =>
        open !== null ? callId === open : action !== 'dial' && action !== 'callColleague' || ofPhone);
    }
  }

  /** What can be said without asking anybody. */
  private refusalOf({ action, callId }: CallCommand): string | null {
    const { phone } = this.world;
    if (action !== 'accept' && action !== 'acceptTransfer' && action !== 'dial' && action !== 'callColleague' && action !== 'join'
      && action !== 'undoHangUp' && action !== 'takeOver' && action !== 'dialSecond' && action !== 'switchCalls') {
      return null;
    }
    if (action === 'dialSecond' || action === 'switchCalls') {
      return phone.call?.role === 'supervisor' ? 'Leave the call that you listen to first.' : this.world.unavailable();
    }
    if (action === 'takeOver' && phone.call?.callId === callId && phone.call.role === 'supervisor') {
      return null; // Listens to it: that leg leaves first.
    }
    if (phone.call) {
      return phone.call.callId === callId ? null : 'You are in a call already.';
    }
    return this.pending.some(command => command.action === 'accept') ? 'Another call is being accepted.'
      : this.pending.some(command => command.action === 'dial' || command.action === 'callColleague') ? 'You are in a call already.'
        : this.world.unavailable();
  }

  private run(command: CallCommand): Promise<Answer> {
    const { phone } = this.world;
    const callId = command.callId ?? 0;
    const note = command.note ?? null;
    switch (command.action) {
      case 'accept': return this.accept(callId, this.world.live.accept(callId));
      case 'decline': return this.world.live.decline(callId).then(() => done);
      case 'dial': return this.dial(this.world.live.dial(command.value ?? ''));
      case 'dialSecond': return this.dialSecond(command.value ?? '');
      case 'switchCalls': return this.switchCalls();
      case 'joinCalls': return this.said(this.world.live.joinCalls());
      case 'bringOver': return this.said(this.world.live.bringOver(callId, Number(command.value)));
      case 'callColleague': return this.dial(this.world.live.callColleague(Number(command.value)));
      case 'join': return this.join(callId);
      case 'hold': return this.hold(callId, true);
      case 'unhold': return this.hold(callId, false);
      case 'mute': return this.inCall(callId, () => phone.setMuted(true));
      case 'unmute': return this.inCall(callId, () => phone.setMuted(false));
      case 'digit': return this.inCall(callId, () => phone.sendDigits(command.value ?? ''));
      case 'hangUp': return this.hangUp(callId);
      case 'undoHangUp': return this.undoHangUp(callId);
      case 'transfer': return this.said(this.world.live.transfer(callId, Number(command.value), note));
      case 'consult': return this.said(this.world.live.consult(callId, Number(command.value), note));
      case 'transferOutside': return this.said(this.world.live.transferOutside(callId, command.value ?? '', note));
      case 'consultOutside': return this.said(this.world.live.consultOutside(callId, command.value ?? '', note));
      case 'transferToEverybody': return this.said(this.world.live.transferToEverybody(callId, note));
      case 'handOver': return this.said(this.world.live.handOver(callId));
      case 'talk': return this.said(this.world.live.talk(callId, command.value ?? ''));
      case 'cancelTransfer': return this.said(this.world.live.cancelTransfer(callId));
      case 'acceptTransfer': return this.accept(callId, this.world.live.acceptTransfer(callId));
      case 'takeOver': return this.takeOver(callId);
      case 'holdParty': return this.said(this.world.live.holdParty(callId, Number(command.value), true));
      case 'unholdParty': return this.said(this.world.live.holdParty(callId, Number(command.value), false));
      case 'muteParty': return this.said(this.world.live.muteParty(callId, Number(command.value), true));
      case 'unmuteParty': return this.said(this.world.live.muteParty(callId, Number(command.value), false));
      case 'removeParty': return this.said(this.world.live.removeParty(callId, Number(command.value)));
      case 'giveToParty': return this.said(this.world.live.giveToParty(callId, Number(command.value)));
      case 'leave': return this.said(this.world.live.leave(callId));
      case 'giveTo': return this.said(this.world.live.giveTo(callId, Number(command.value)));
      case 'declineTransfer': return this.said(this.world.live.declineTransfer(callId));
      case 'dismiss': return Promise.resolve(done);
    }
  }

  /** @param reason Why not; null when it was done. */
  private async said(reason: Promise<string | null>): Promise<Answer> {
    const refusal = await reason;
    return refusal === null ? done : refused(refusal);
  }

  private async accept(callId: number, claiming: ReturnType<Live['accept']>): Promise<Answer> {
    const claim = await claiming;
    return claim.won && claim.conferenceName !== null
      ? this.connect(callId, claim.conferenceName, claim.intent)
      : refused(claim.message ?? 'The call could not be taken.');
  }

  /** The phone can be in one call: the leg with which the supervisor listened goes first. */
  private async takeOver(callId: number): Promise<Answer> {
    const { live, phone } = this.world;
    const claim = await live.takeOver(callId);
    if (!claim.won || claim.conferenceName === null) {
      return refused(claim.message ?? 'The call could not be taken over.');
    }

    if (phone.call) {
      phone.hangUp();
    }
    if (!await this.isOut()) {
      await live.declineTransfer(callId);
      return refused('Your phone could not leave the call to join it anew: it is still the agent’s. Leave it, and take it over then.');
    }

    return this.connect(callId, claim.conferenceName, claim.intent);
  }

  /** Waits until the phone is in no call. */
  private isOut(): Promise<boolean> {
    return new Promise(resolve => {
      const settle = (out: boolean) => {
        clearTimeout(timer);
        this.checkOut = null;
        resolve(out);
      };
      const timer = setTimeout(() => settle(false), listenerOutWithin);
      this.checkOut = () => {
        if (!this.world.phone.call) {
          settle(true);
        }
      };
      this.checkOut();
    });
  }

  private async dial(preparing: Promise<DialAnswer>): Promise<Answer> {
    const dialled = await preparing;
    return dialled.callId !== null && dialled.conferenceName !== null
      ? this.connect(dialled.callId, dialled.conferenceName, dialled.intent)
      : refused(dialled.error ?? 'The call could not be made.');
  }

  /** The call in hand is put aside at the server first; then the phone leaves it, and joins the second. */
  private async dialSecond(number: string): Promise<Answer> {
    const { live } = this.world;
    const second = await live.dialSecond(number);
    if (second.callId === null || second.conferenceName === null) {
      return refused(second.error ?? 'The call could not be made.');
    }

    if (!await this.leaveForAnother(second.callId)) {
      await live.hangUp(second.callId); // then the first is in hand again
      return refused(stillInFirst);
    }

    return this.connect(second.callId, second.conferenceName, second.intent);
  }

  private async switchCalls(): Promise<Answer> {
    const { live } = this.world;
    const other = await live.switchCalls();
    if (!other.won || other.conferenceName === null || other.callId == null) {
      return refused(other.message ?? 'The call could not be taken up.');
    }

    return await this.leaveForAnother(other.callId)
      ? this.connect(other.callId, other.conferenceName, other.intent)
      : refused(stillInFirst);
  }

  /** @returns Whether the phone is out of the call that it was in. */
  private leaveForAnother(callId: number): Promise<boolean> {
    const { call } = this.world.phone;
    if (call && call.callId !== callId) {
      this.putAside = call.callId;
      this.world.phone.hangUp();
    }
    return this.isOut();
  }

  /** Joins the agent's call again, after a reload had thrown the phone out of it. */
  private join(callId: number): Promise<Answer> {
    return this.accept(callId, this.world.live.join(callId));
  }

  private async connect(callId: number, conference: string, intent: string | null): Promise<Answer> {
    this.putAside = this.putAside === callId ? null : this.putAside;
    const muted = this.world.wasMuted(callId);
    return { ...await this.world.phone.connect({ callId, conference, role: 'agent', intent, muted }), ofPhone: true };
  }

  private async inCall(callId: number, what: () => PhoneAnswer): Promise<Answer> {
    return this.world.phone.call?.callId === callId ? what() : refused('Your phone is not in this call.');
  }

  private async hold(callId: number, hold: boolean): Promise<Answer> {
    const refusal = await this.world.live.hold(callId, hold);
    if (refusal !== null) {
      return refused(refusal);
    }

    return await this.isConfirmed(callId, hold) ? done : refused(hold
      ? 'The network has not confirmed the hold. The customer may still hear you.'
      : 'The network has not confirmed that the customer is back. They may still hear the music.');
  }

  /** What is held is what the carrier says is held: waits until it has said so, or the call is over. */
  private isConfirmed(callId: number, hold: boolean): Promise<boolean> {
    return new Promise(resolve => {
      const settle = (confirmed: boolean) => {
        clearTimeout(timer);
        this.checkHold = null;
        resolve(confirmed);
      };
      const timer = setTimeout(() => settle(false), holdConfirmedWithin);
      this.checkHold = () => {
        const { activeCall } = this.world.live;
        if (activeCall?.callId !== callId || activeCall.isHeld === hold) {
          settle(true);
        }
      };
      this.checkHold();
    });
  }

  /** Ends only this call: one that the phone is not in is ended at the server, and the next call is left alone. */
  private async hangUp(callId: number): Promise<Answer> {
    const { live, phone } = this.world;
    if (phone.call?.callId !== callId) {
      await live.hangUp(callId);
      return done;
    }

    if (phone.call.role === 'supervisor') {
      return phone.hangUp(); // A supervisor only leaves.
    }

    // Two ways at once: the SDK's hang-up is lost while its socket is down, ours while the server is.
    this.hungUp = callId;
    const atServer = live.hangUp(callId);
    if (live.activeCall?.callId === callId && live.activeCall.outlivesLeg) {
      // A leg that leaves before the server knows why is taken for lost: the customer is told so, or a colleague has the call.
      await Promise.race([atServer, new Promise(resolve => setTimeout(resolve, serverFirst))]);
    }
    const answer = phone.hangUp();
    await atServer;
    return answer;
  }

  private async undoHangUp(callId: number): Promise<Answer> {
    const claim = await this.world.live.undoHangUp(callId);
    if (!claim.won || claim.conferenceName === null) {
      return refused(claim.message ?? 'It is too late: the call is over.');
    }

    this.hungUp = null;
    return this.connect(callId, claim.conferenceName, claim.intent);
  }
}
