import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallCommands, holdConfirmedWithin } from '../src/call-commands';
import { Live } from '../src/live';
import type { ActiveCall, CallAction, PhoneAnswer, Refusal } from '../src/state';
import { hour, PhoneFixture } from './phone-fixture';
import { anOffer, FakeHub } from './support';

const command = (action: CallAction, callId: number | null, value: string | null = null) => ({ action, callId, value });
const inConversation = (changes: Partial<ActiveCall> = {}): ActiveCall =>
  ({
    callId: 5, conference: 'conf-5', isConnected: true, isHeld: false, otherParty: '+12025550111', otherName: null,
    mayReturn: false, outlivesLeg: false, isAwaited: false,
    ...changes,
  });

describe('commands on a call', () => {
  let fixture: PhoneFixture;
  let hub: FakeHub;
  let live: Live;
  let commands: CallCommands;
  let unavailable: string | null;

  beforeEach(async () => {
    vi.useFakeTimers();
    fixture = new PhoneFixture();
    fixture.lifetime = hour;
    hub = new FakeHub();
    unavailable = null;
    const changed = () => commands?.update();
    const listener = { changed, callEnded: () => undefined, phoneElsewhere: () => undefined,
      nodeLeaving: () => undefined, heard: () => undefined };
    live = new Live(() => hub, listener, () => 'ready', async () => true);
    commands = new CallCommands({
      live,
      phone: fixture.phone,
      unavailable: () => unavailable,
      wasMuted: () => false,
      changed: () => undefined,
    });
    live.open();
    await fixture.ready();
  });
  afterEach(() => {
    live.dispose();
    fixture.phone.dispose();
    vi.useRealTimers();
  });

  const settle = () => vi.advanceTimersByTimeAsync(0);
  const refusalsOf = (action: CallAction): Refusal[] => commands.refusals.filter(refusal => refusal.action === action);

  async function inCall(): Promise<void> {
    hub.answers['Accept'] = { won: true, conferenceName: 'conf-5', message: null };
    const accepted = commands.carryOut(command('accept', 5));
    await settle();
    fixture.device.calls[0]!.answer();
    expect((await accepted).done).toBe(true);
    hub.says('ActiveCallChanged', inConversation());
  }

  it('accept claims the call at the server, then joins it', async () => {
    await inCall();

    expect(hub.asked('Accept')).toEqual([[5]]);
    expect(fixture.device.calls[0]!.params['conference']).toBe('conf-5');
    expect(commands.pending).toEqual([]);
  });

  it('is pending until it is answered, and pressed twice it is one', async () => {
    hub.answers['Accept'] = { won: true, conferenceName: 'conf-5', message: null };
    const accepted = commands.carryOut(command('accept', 5));
    expect(commands.isPending('accept', 5)).toBe(true);

    expect((await commands.carryOut(command('accept', 5))).done).toBe(true);
    await settle();
    fixture.device.calls[0]!.answer();
    await accepted;

    expect(hub.asked('Accept')).toHaveLength(1);
    expect(commands.isPending('accept', 5)).toBe(false);
  });

  it('another accept is refused while the first is under way, and while a call is up', async () => {
    hub.answers['Accept'] = { won: true, conferenceName: 'conf-5', message: null };
    const accepted = commands.carryOut(command('accept', 5));
    expect((await commands.carryOut(command('accept', 6))).message).toBe('Another call is being accepted.');
    await settle();
    fixture.device.calls[0]!.answer();
    await accepted;

    expect((await commands.carryOut(command('accept', 6))).message).toBe('You are in a call already.');
    expect((await commands.carryOut(command('dial', null, '+12025550111'))).message).toBe('You are in a call already.');
    expect(hub.asked('Accept')).toHaveLength(1);
  });

  it('nothing is claimed or dialled with a phone that cannot take a call', async () => {
    unavailable = 'Start your shift first: your phone is off.';

    const answers: PhoneAnswer[] = [
      await commands.carryOut(command('accept', 5)), await commands.carryOut(command('dial', null, '+12025550111')),
    ];

    expect(answers.map(answer => answer.message)).toEqual([unavailable, unavailable]);
    expect(hub.asked('Accept')).toEqual([]);
    expect(hub.asked('Dial')).toEqual([]);
  });

  it('a call that cannot be joined goes back, and the refusal names the phone', async () => {
    hub.answers['Accept'] = { won: true, conferenceName: 'conf-5', message: null };
    fixture.device.connectError = { code: 31402, message: 'none' };

    await commands.carryOut(command('accept', 5));

    expect(refusalsOf('accept')).toMatchObject([{ callId: 5, ofPhone: true }]);
    expect(fixture.released.map(([callId]) => callId)).toEqual([5]);
  });

  it('dial asks the server, then joins the new call', async () => {
    hub.answers['Dial'] = { callId: 9, conferenceName: 'conf-9', error: null };

    const dialled = commands.carryOut(command('dial', null, '+12025550111'));
    await settle();
    fixture.device.calls[0]!.answer();

    expect((await dialled).done).toBe(true);
    expect(hub.asked('Dial')).toEqual([['+12025550111']]);
    expect(fixture.phone.call).toMatchObject({ callId: 9, conference: 'conf-9' });
  });

  it('a number that the server refuses is not joined, and the next try replaces the refusal', async () => {
    hub.answers['Dial'] = { callId: null, conferenceName: null, error: 'The number is too short.' };
    await commands.carryOut(command('dial', null, '12'));
    expect(refusalsOf('dial')).toMatchObject([{ value: '12', message: 'The number is too short.', ofPhone: false }]);
    expect(fixture.device.calls).toEqual([]);

    hub.answers['Dial'] = { callId: null, conferenceName: null, error: 'Calls to +370 are not allowed here.' };
    await commands.carryOut(command('dial', null, '+37012345678'));

    expect(refusalsOf('dial').map(refusal => refusal.message)).toEqual(['Calls to +370 are not allowed here.']);
    await commands.carryOut(command('dismiss', null));
    expect(commands.refusals).toEqual([]);
  });

  it('decline is silent at once and is told to the server', async () => {
    await settle();
    hub.says('CallOffered', anOffer(7));

    const declined = commands.carryOut(command('decline', 7));
    expect(live.offers).toEqual([]);

    expect((await declined).done).toBe(true);
    expect(hub.asked('Decline')).toEqual([[7]]);
  });

  it('a hold is pending until the carrier has confirmed it', async () => {
    await inCall();
    hub.answers['Hold'] = null;

    const held = commands.carryOut(command('hold', 5));
    await settle();
    expect(commands.isPending('hold', 5)).toBe(true);
    expect((await commands.carryOut(command('unhold', 5))).done).toBe(true); // not before the first is answered
    hub.says('ActiveCallChanged', inConversation({ isHeld: true }));

    expect((await held).done).toBe(true);
    expect(hub.asked('Hold')).toEqual([[5, true]]);
  });

  it('a hold that the carrier refuses, or never confirms, is told and can be tried again', async () => {
    await inCall();
    hub.answers['Hold'] = 'The call could not be held: the carrier is busy.';
    await commands.carryOut(command('hold', 5));
    expect(refusalsOf('hold')[0]!.message).toContain('the carrier is busy');

    hub.answers['Hold'] = null;
    const held = commands.carryOut(command('hold', 5));
    expect(refusalsOf('hold')).toEqual([]);
    for (let passed = 0; passed <= holdConfirmedWithin; passed += 1000) {
      await vi.advanceTimersByTimeAsync(1000);
      hub.says('Heartbeat', new Date().toISOString());
    }

    expect((await held).message).toContain('has not confirmed the hold');
  });

  it('join takes the phone back into the call that the server still has', async () => {
    await settle();
    hub.says('ActiveCallChanged', inConversation());
    hub.answers['Join'] = { won: true, conferenceName: 'conf-5', by: null, message: null, intent: 'i-5' };

    const joined = commands.carryOut(command('join', 5));
    await settle();
    fixture.device.calls[0]!.answer();

    expect((await joined).done).toBe(true);
    expect(fixture.device.calls[0]!.params['conference']).toBe('conf-5');
    expect(fixture.device.calls[0]!.params['intent']).toBe('i-5');
    expect((await commands.carryOut(command('join', 8))).done).toBe(false);
  });

  it('mute, digits and hang-up mean the call that the button was for', async () => {
    await inCall();
    const [call] = fixture.device.calls;

    await commands.carryOut(command('mute', 4));
    await commands.carryOut(command('digit', 4, '1'));
    expect([call!.muted, call!.sent]).toEqual([false, '']);

    await commands.carryOut(command('mute', 5));
    await commands.carryOut(command('digit', 5, '5'));
    await commands.carryOut(command('digit', 5, '5'));
    expect([call!.muted, call!.sent, fixture.phone.call!.digits]).toEqual([true, '55', '55']);

    await commands.carryOut(command('hangUp', 4));
    expect(call!.hangUps).toBe(0);
    await commands.carryOut(command('hangUp', 5));
    expect(call!.hangUps).toBeGreaterThan(0);
    expect(hub.asked('HangUp')).toEqual([[4], [5]]);
  });

  it('a call that others are in is ended at the server before the leg leaves it', async () => {
    await inCall();
    hub.says('ActiveCallChanged', inConversation({ outlivesLeg: true }));
    let told: () => void = () => undefined;
    hub.answers['HangUp'] = new Promise<void>(resolve => { told = resolve; });

    const ended = commands.carryOut(command('hangUp', 5));
    await settle();
    expect(fixture.device.calls[0]!.hangUps).toBe(0);
    told();
    await ended;

    expect(fixture.device.calls[0]!.hangUps).toBeGreaterThan(0);
  });

  it('a supervisor who listens leaves that leg and joins as the agent', async () => {
    void fixture.phone.connect({ callId: 5, conference: 'conf-5', role: 'supervisor', mode: 'listen', intent: 'listening' });
    await settle();
    fixture.device.calls[0]!.answer();
    await settle();
    hub.answers['TakeOver'] = { won: true, conferenceName: 'conf-5', message: null, intent: 'taking' };

    const taken = commands.carryOut(command('takeOver', 5));
    await settle();
    expect(fixture.device.calls[0]!.hangUps).toBe(1);
    fixture.device.calls[0]!.end();
    commands.update();
    await settle();
    fixture.device.calls[1]!.answer();

    expect((await taken).done).toBe(true);
    expect(fixture.device.calls[1]!.params).toMatchObject({ conference: 'conf-5', participant: 'agent', intent: 'taking' });
  });

  it('a call that cannot be taken over goes on being listened to', async () => {
    void fixture.phone.connect({ callId: 5, conference: 'conf-5', role: 'supervisor', mode: 'listen', intent: 'listening' });
    await settle();
    fixture.device.calls[0]!.answer();
    await settle();
    hub.answers['TakeOver'] = { won: false, conferenceName: null, message: 'This call is being transferred already.' };

    expect((await commands.carryOut(command('takeOver', 5))).message).toBe('This call is being transferred already.');
    expect(fixture.device.calls[0]!.hangUps).toBe(0);
  });

  it('who is in another call takes none over', async () => {
    await inCall();

    expect((await commands.carryOut(command('takeOver', 6))).message).toBe('You are in a call already.');
    expect(hub.asked('TakeOver')).toEqual([]);
  });

  it('the phone leaves the call in hand for a second one, and the server is not told that it hung up', async () => {
    await inCall();
    hub.answers['DialSecond'] = { callId: 6, conferenceName: 'conf-6', error: null, intent: 'dialling' };

    const dialled = commands.carryOut(command('dialSecond', 5, '+12025550112'));
    await settle();
    expect(fixture.device.calls[0]!.hangUps).toBe(1);
    expect(commands.hasPutAside(5)).toBe(true);
    fixture.device.calls[0]!.end();
    commands.update();
    await settle();
    fixture.device.calls[1]!.answer();

    expect((await dialled).done).toBe(true);
    expect(hub.asked('DialSecond')).toEqual([['+12025550112']]);
    expect(hub.asked('HangUp')).toEqual([]);
    expect(fixture.device.calls[1]!.params).toMatchObject({ conference: 'conf-6', participant: 'agent', intent: 'dialling' });
  });

  it('a second call that is refused leaves the phone where it is', async () => {
    await inCall();
    hub.answers['DialSecond'] = { callId: null, conferenceName: null, error: 'The number is too short.' };

    expect((await commands.carryOut(command('dialSecond', 5, '12'))).message).toBe('The number is too short.');
    expect(fixture.device.calls[0]!.hangUps).toBe(0);
    expect(commands.hasPutAside(5)).toBe(false);
  });

  it('a phone that cannot leave the first call ends the second', async () => {
    await inCall();
    hub.answers['DialSecond'] = { callId: 6, conferenceName: 'conf-6', error: null, intent: 'dialling' };
    fixture.device.calls[0]!.stuck = true;

    const dialled = commands.carryOut(command('dialSecond', 5, '+12025550112'));
    await vi.advanceTimersByTimeAsync(5_000);

    expect((await dialled).message).toMatch(/^Your phone could not leave/);
    expect(hub.asked('HangUp')).toEqual([[6]]);
  });

  it('calls are switched by the call that the server names', async () => {
    await inCall();
    hub.answers['SwitchCalls'] = { won: true, callId: 4, conferenceName: 'conf-4', message: null, intent: 'back' };

    const switched = commands.carryOut(command('switchCalls', 5));
    await settle();
    fixture.device.calls[0]!.end();
    commands.update();
    await settle();
    fixture.device.calls[1]!.answer();

    expect((await switched).done).toBe(true);
    expect(commands.hasPutAside(5)).toBe(true);
    expect(fixture.device.calls[1]!.params).toMatchObject({ conference: 'conf-4', intent: 'back' });
  });

  it('what is joined or brought over is the server’s to do', async () => {
    await inCall();
    hub.answers['JoinCalls'] = 'You have put no call aside.';
    hub.answers['BringOver'] = null;

    expect((await commands.carryOut(command('joinCalls', 5))).message).toBe('You have put no call aside.');
    expect((await commands.carryOut(command('bringOver', 8, '9'))).done).toBe(true);
    expect(hub.asked('BringOver')).toEqual([[8, 9]]);
  });

  it('each party of a call is held by itself', async () => {
    await inCall();
    hub.answers['HoldParty'] = null;

    await Promise.all([commands.carryOut(command('holdParty', 5, '1')), commands.carryOut(command('holdParty', 5, '2'))]);

    expect(hub.asked('HoldParty')).toEqual([[5, 1, true], [5, 2, true]]);
  });

  it('what was refused is forgotten once another call is up', async () => {
    hub.answers['Dial'] = { callId: null, conferenceName: null, error: 'The number is too short.' };
    await commands.carryOut(command('dial', null, '12'));

    await inCall();
    commands.update();

    expect(commands.refusals).toEqual([]);
  });

  it('a number that is dialled during a call is refused for as long as the call lasts, and no longer', async () => {
    await inCall();
    commands.update();

    await commands.carryOut(command('dial', null, '+12025550111'));
    commands.update();
    expect(commands.refusals.map(({ action, value }) => [action, value])).toEqual([['dial', '+12025550111']]);

    await commands.carryOut(command('hangUp', 5));
    await settle();
    commands.update();
    expect(commands.refusals).toEqual([]);
  });
});
