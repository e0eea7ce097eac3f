// Drives the simulator with Twilio's own Node helper, as a customer's program would. Prints one JSON line of what it saw.
// Usage: node twilio-client.mjs <simulator> <AccountSid> <ApiKey> <ApiSecret> <our number> <number to call> <voice url>
import http from 'node:http';
import twilio from 'twilio';

const [simulator, accountSid, apiKey, apiSecret, ours, callee, voiceUrl] = process.argv.slice(2);
const target = new URL(simulator);

/** The helper knows api.twilio.com only; its requests go to the simulator with everything else as it wrote it. */
const httpClient = {
  request({ method, uri, username, password, headers, data, params }) {
    const url = new URL(uri);
    for (const [name, value] of Object.entries(params ?? {})) url.searchParams.append(name, value);
    const body = data
        ? new URLSearchParams(Object.entries(data).flatMap(([name, value]) => [value].flat().map((one) => [name, String(one)]))).toString()
        : '';
    return new Promise((resolve, reject) => {
      const request = http.request({
        host: target.hostname, port: target.port, method, path: url.pathname + url.search,
        headers:
        {
            ...headers, authorization: 'Basic ' + Buffer.from(`${username}:${password}`).toString('base64'),
            ...(body ? { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) } : {}),
        },
      }, (response) => {
        let text = '';
        response.on('data', (piece) => (text += piece));
        response.on(
            'end', () => resolve({ statusCode: response.statusCode, body: text ? JSON.parse(text) : '', headers: response.headers }));
      });
      request.on('error', reject);
      request.end(body);
    });
  },
};

const client = twilio(apiKey, apiSecret, { accountSid, httpClient });
const seen = {};
const until = async (isSo) => {
  for (let i = 0; i < 500; i++) {
    const found = await isSo();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('waited too long');
};

const call =
    await client.calls.create({ to: callee, from: ours, url: voiceUrl,
      statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
      statusCallback: voiceUrl, timeout: 30 });
seen.created = [call.status, call.direction, call.to, call.from];
await until(async () => (await client.calls(call.sid).fetch()).status === 'in-progress');
const [conference] = await until(
    async () => { const list = await client.conferences.list({ status: 'in-progress', limit: 1 }); return list.length ? list : null; });
seen.conference = [conference.friendlyName, conference.status, conference.reasonConferenceEnded];
const [participant] = await client.conferences(conference.sid).participants.list();
seen.participant = [participant.callSid === call.sid, participant.muted, participant.hold, participant.status];
seen.muted = (await client.conferences(conference.sid).participants(call.sid).update({ muted: true })).muted;
seen.held = (await client.conferences(conference.sid).participants(call.sid).update({ hold: true, holdUrl: voiceUrl })).hold;
const added = await client.conferences(conference.sid).participants
    .create({ from: ours, to: callee, label: 'expert', earlyMedia: true, conferenceStatusCallbackEvent: ['start', 'end'] });
seen.added = [added.label, added.status];
await client.conferences(conference.sid).participants('expert').remove();
seen.recordings = (await client.recordings.list({ limit: 5 })).length;
seen.ended = (await client.calls(call.sid).update({ status: 'completed' })).status;
seen.listed = (await client.calls.list({ to: callee, limit: 10 })).length;
seen.number = (await client.incomingPhoneNumbers.list()).map((number) => number.phoneNumber);
const application = await client.applications.create({ friendlyName: 'Test', voiceUrl });
seen.application = [application.friendlyName, application.voiceUrl === voiceUrl, await client.applications(application.sid).remove()];
try {
  await client.calls.create({ to: '+15005550003', from: ours, url: voiceUrl });
} catch (error) {
  seen.refused = [error.status, error.code, error.moreInfo];
}

console.log(JSON.stringify(seen));
