// What an agent or a supervisor asks of the server about calls: one method of CallHub each.
import type { ClaimAnswer, DialAnswer } from './hub';

export abstract class HubCommands {
  accept(callId: number): Promise<ClaimAnswer> {
    return this.invoke('Accept', callId);
  }

  /** Asks to join the agent's own call again. */
  join(callId: number): Promise<ClaimAnswer> {
    return this.invoke('Join', callId);
  }

  release(callId: number, reason: string): Promise<void> {
    return this.invoke('Release', callId, reason);
  }

  /** @param number As it was typed: the server reads it. */
  dial(number: string): Promise<DialAnswer> {
    return this.invoke('Dial', number);
  }

  /** Dials a second number: the call in hand is put aside. @param number As it was typed. */
  dialSecond(number: string): Promise<DialAnswer> {
    return this.invoke('DialSecond', number);
  }

  /** Takes up the call that was put aside, and puts the one in hand aside. */
  switchCalls(): Promise<ClaimAnswer> {
    return this.invoke('SwitchCalls');
  }

  /** Brings the customer of the call that was put aside into the one in hand. @returns why not. */
  joinCalls(): Promise<string | null> {
    return this.invoke('JoinCalls');
  }

  /** A supervisor brings the customer of one call into another. @returns why not. */
  bringOver(callId: number, intoId: number): Promise<string | null> {
    return this.invoke('BringOver', callId, intoId);
  }

  /** Calls a colleague, without a customer. */
  callColleague(agentId: number): Promise<DialAnswer> {
    return this.invoke('CallColleague', agentId);
  }

  /** Takes back that the call was ended. */
  undoHangUp(callId: number): Promise<ClaimAnswer> {
    return this.invoke('UndoHangUp', callId);
  }

  /** Asks the carrier to hold the customer, or to take them back; `activeCall` shows when that has happened. @returns why not. */
  hold(callId: number, hold: boolean): Promise<string | null> {
    return this.invoke('Hold', callId, hold);
  }

  /** Asks a colleague to take the call. @returns why not. */
  transfer(callId: number, agentId: number, note: string | null): Promise<string | null> {
    return this.invoke('Transfer', callId, agentId, note);
  }

  /** Asks a colleague to talk about the call first. @returns why not. */
  consult(callId: number, agentId: number, note: string | null): Promise<string | null> {
    return this.invoke('Consult', callId, agentId, note);
  }

  /** Has an outside number dialled, which has the call when it answers. @param number As it was typed. @returns why not. */
  transferOutside(callId: number, number: string, note: string | null): Promise<string | null> {
    return this.invoke('TransferOutside', callId, number, note);
  }

  /** Has an outside number dialled, to talk with first. @param number As it was typed. @returns why not. */
  consultOutside(callId: number, number: string, note: string | null): Promise<string | null> {
    return this.invoke('ConsultOutside', callId, number, note);
  }

  transferToEverybody(callId: number, note: string | null): Promise<string | null> {
    return this.invoke('TransferToEverybody', callId, note);
  }

  handOver(callId: number): Promise<string | null> {
    return this.invoke('HandOver', callId);
  }

  /** @param partner `colleague`, `customer` or `both`. */
  talk(callId: number, partner: string): Promise<string | null> {
    return this.invoke('Talk', callId, partner);
  }

  cancelTransfer(callId: number): Promise<string | null> {
    return this.invoke('CancelTransfer', callId);
  }

  /** Takes a call that a colleague hands over. */
  acceptTransfer(callId: number): Promise<ClaimAnswer> {
    return this.invoke('AcceptTransfer', callId);
  }

  /** Has one who is in the call hear music, or takes them off hold. @returns why not. */
  holdParty(callId: number, partyId: number, hold: boolean): Promise<string | null> {
    return this.invoke('HoldParty', callId, partyId, hold);
  }

  /** Has nobody hear one who is in the call, or lets them be heard again. @returns why not. */
  muteParty(callId: number, partyId: number, mute: boolean): Promise<string | null> {
    return this.invoke('MuteParty', callId, partyId, mute);
  }

  removeParty(callId: number, partyId: number): Promise<string | null> {
    return this.invoke('RemoveParty', callId, partyId);
  }

  giveToParty(callId: number, partyId: number): Promise<string | null> {
    return this.invoke('GiveToParty', callId, partyId);
  }

  /** Leaves the call to one who stays in it. @returns why not. */
  leave(callId: number): Promise<string | null> {
    return this.invoke('Leave', callId);
  }

  /** A supervisor takes an agent's call. */
  takeOver(callId: number): Promise<ClaimAnswer> {
    return this.invoke('TakeOver', callId);
  }

  /** A supervisor has an agent asked to take another's call. @returns why not. */
  giveTo(callId: number, agentId: number): Promise<string | null> {
    return this.invoke('GiveTo', callId, agentId);
  }

  declineTransfer(callId: number): Promise<string | null> {
    return this.invoke('DeclineTransfer', callId);
  }

  /** Has the server carry out a method of its hub. */
  protected abstract invoke<T>(method: string, ...args: unknown[]): Promise<T>;
}
