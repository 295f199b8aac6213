/** The other half of `npm run test:ministack`: runs with mocha in the namespaces that `main.ts` makes. */
import { isDeepStrictEqual } from 'node:util';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { expect } from 'chai';
import WebSocket from 'ws';
import { createPublisher } from '../../../packages/backend/src/index.ts';
import {
  connectSpeaker,
  joinAsListener,
  type ReceivedMessage,
  type SessionStatus,
  type Speaker,
} from '../../../packages/client/src/index.ts';
import { withTemporarySpeaker } from '../../../packages/smoke/src/index.ts';
import { type Clients, createClients } from '../deploy/clients.ts';
import { leftovers } from '../deploy/leftovers.ts';
import { Environment, type Outputs } from './environment.ts';
import { follow, journal, next, reaches } from './follow.ts';
import { LifecycleEvents, receive } from './lifecycle-events.ts';
import { environmentOf, Ministack } from './ministack.ts';
import { apiDomain, rootCredentials } from './names.ts';
import { PythonClient } from './python-client.ts';

const folder = process.env.MINISTACK_FOLDER;
if (folder === undefined) throw new Error('MINISTACK_FOLDER is missing: start this by `npm run test:ministack`');

/** Short times, so that what takes minutes in production happens while the test waits; within the variables' bounds. */
const settings = {
  heartbeat_interval_seconds: 1,
  rate_limit_heartbeats_per_min: 6000,
  connection_refresh_minutes: 0.4,
  speaker_grace_seconds: 10,
};

/** What becomes of a session that is interrupted once, in order. */
const lifecycle = ['SessionStarted', 'SessionInterrupted', 'SessionResumed', 'SessionEnded'];

/** Resolves when the service has notified the speaker of these listeners, unasked. */
const hears = (speaker: Speaker, listeners: Readonly<Record<string, number>>): Promise<SessionStatus> =>
  next<SessionStatus>(speaker, 'status', (status) => isDeepStrictEqual(status.listenersByLanguage, listeners));

/** A client whose connections can be cut: its sockets, oldest first, those still in the handshake included. */
function cuttable() {
  const sockets: WebSocket[] = [];
  class Cuttable extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      sockets.push(this);
    }
  }
  return { WebSocket: Cuttable, cut: () => sockets.at(-1)?.terminate() };
}

describe('the service on ministack, deployed by cdktf and the real Terraform', function () {
  this.timeout(300_000);

  const environment = new Environment(folder, 'dev');
  const pythonClients: PythonClient[] = [];
  let ministack: Ministack;
  let clients: Clients;
  let outputs: Outputs;
  let lifecycleEvents: LifecycleEvents;
  let alreadyThere: (string | undefined)[];

  const url = () => String(outputs.websocket_url);
  const httpApiUrl = () => String(outputs.http_api_url);
  const withSpeaker = <T>(work: (token: string) => Promise<T>): Promise<T> =>
    withTemporarySpeaker(
      { userPoolId: String(outputs.user_pool_id), clientId: String(outputs.user_pool_client_id) },
      ({ token }) => work(token),
    );
  const python = (...args: string[]) => {
    const client = new PythonClient(args, environmentOf(folder));
    pythonClients.push(client);
    return client;
  };

  before(async () => {
    Object.assign(process.env, environmentOf(folder));
    ministack = await Ministack.start(folder);
    clients = createClients(`https://${apiDomain}`);
    alreadyThere = await leftovers(clients);
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed') for (const line of journal) console.log(`      ${line}`);
    journal.length = 0;
    for (const client of pythonClients.splice(0)) client.kill();
  });
  after(() => ministack?.stop());

  it('is deployed', async () => {
    environment.set(settings);
    await environment.deploy();
    const { resources, ...state } = environment.state();
    outputs = state.outputs;
    for (const address of [url(), httpApiUrl()]) ministack.serveAlso(new URL(address).hostname);
    expect(resources).to.be.greaterThan(100);
    lifecycleEvents = await LifecycleEvents.subscribe(clients, 'dev');
  });

  it('passes the smoke test', async () => {
    expect(await environment.smoke(outputs)).to.match(/checks, all as they should be\n$/);
  });

  it('serves the SDK: open, join, message, language, broadcast state, heartbeat, refresh, cut, end', () =>
    withSpeaker(async (token) => {
      const [ruths, naomis] = [cuttable(), cuttable()];
      let signedIn = Promise.resolve();
      const getToken = () => signedIn.then(() => token);
      const opened = await connectSpeaker({ url: url(), getToken, sourceLanguage: 'en', ...ruths });
      const speaker = follow('speaker', opened);
      const { sessionId, joinKey } = speaker;
      const join = (targetLanguage: string, options = {}) =>
        joinAsListener({ url: url(), sessionId, joinKey, targetLanguage, ...options });
      const counted = hears(speaker, { es: 1, fr: 1 });
      const naomi = follow('naomi', await join('es', naomis));
      const orpah = follow('orpah', await join('fr'));
      await counted;

      const heard = [speaker, naomi, orpah].map((each) => next<ReceivedMessage>(each, 'message'));
      const announced = await speaker.publish({ to: 'all', data: 'In the beginning' });
      expect(announced).to.include({ channel: 'all', offset: 1, repeated: false, delivered: 3, gone: 0, failed: 0 });
      for (const { channel, offset, data } of await Promise.all(heard)) {
        expect({ channel, offset, data }).to.deep.equal({ channel: 'all', offset: 1, data: 'In the beginning' });
      }

      const publisher = createPublisher({ functionName: String(outputs.publisher_function_name), region: 'us-east-1' });
      const caption = { sessionId, to: 'es', name: 'caption', data: { text: 'En el principio' }, id: 'caption-1' };
      const translated = next<ReceivedMessage>(naomi, 'message');
      expect(await publisher.publish(caption)).to.include({ channel: 'es', offset: 1, repeated: false, delivered: 1 });
      expect(await translated).to.deep.include({ channel: 'es', offset: 1, name: 'caption', data: caption.data });
      expect(await publisher.publish(caption)).to.include({ channel: 'es', offset: 1, repeated: true });

      const moved = hears(speaker, { fr: 2 });
      await naomi.changeLanguage('fr');
      expect(naomi.targetLanguage).to.equal('fr');
      await moved;

      const states = [naomi, orpah].map((each) => next(each, 'broadcastStateChanged'));
      const muted = { paused: false, muted: true, volume: 1 };
      expect(await speaker.setBroadcastState({ muted: true })).to.deep.equal(muted);
      expect(await Promise.all(states)).to.deep.equal([muted, muted]);

      // Only a heartbeat tells when: a new connection knows nothing of it before its first one.
      await Promise.all([speaker, naomi, orpah].map((each) => reaches(each, 'refreshing', 'live')));

      const listenerBack = reaches(naomi, 'reconnecting', 'live');
      naomis.cut();
      await listenerBack;
      const interrupted = next(orpah, 'interrupted');
      // A speaker who is back before the loss is noticed interrupts nothing.
      signedIn = interrupted.then(() => undefined);
      const speakerBack = reaches(speaker, 'reconnecting', 'live');
      const resumed = next(orpah, 'resumed');
      ruths.cut();
      await Promise.all([interrupted, speakerBack, resumed]);
      const { state, broadcastState, listenersByLanguage } = await speaker.getStatus();
      expect({ state, broadcastState, listenersByLanguage }).to.deep.equal({
        state: 'active',
        broadcastState: muted,
        listenersByLanguage: { fr: 2 },
      });

      const ends = [next(naomi, 'ended'), next(orpah, 'ended')];
      await speaker.end();
      expect(await Promise.all(ends)).to.deep.equal(Array(2).fill({ reason: 'speakerEnded' }));

      const types = ['LanguagesInUseChanged', ...lifecycle];
      const events = await lifecycleEvents.until(sessionId, types);
      const changes = events.filter((event) => lifecycle.includes(event['detail-type']));
      const inOrder = changes.sort((a, b) => a.detail.revision - b.detail.revision);
      // Each may come more than once.
      const distinct = new Map(inOrder.map((event) => [event.detail.revision, event['detail-type']]));
      expect([...distinct.values()]).to.deep.equal(lifecycle);
    }));

  it('serves the example client in Python: open, join, language, message, broadcast state, heartbeat, refresh, end', () =>
    withSpeaker(async (token) => {
      const speaker = new PythonClient(['speak', '--url', url(), '--language', 'en'], {
        ...environmentOf(folder),
        SESSIONS_TOKEN: token,
      });
      pythonClients.push(speaker);
      const { sessionId } = await speaker.event('live');
      const listener = python('listen', '--url', url(), '--session', String(sessionId), '--language', 'es');
      await listener.event('live');
      listener.send({ action: 'changeLanguage', targetLanguage: 'fr' });
      expect(await listener.event('done')).to.include({ type: 'languageChanged', targetLanguage: 'fr' });
      speaker.send({ action: 'publish', to: 'fr', data: 'Au commencement' });
      expect(await speaker.event('done')).to.include({ type: 'messagePublished', offset: 1, delivered: 1 });
      expect(await listener.event('message')).to.include({ channel: 'fr', offset: 1, data: 'Au commencement' });
      speaker.send({ action: 'setBroadcastState', paused: true });
      const paused = { state: 'active', broadcastState: { paused: true, muted: false, volume: 1 } };
      expect(await listener.event('state')).to.deep.include(paused);
      await Promise.all([speaker, listener].map((each) => each.event('heartbeat')));
      await Promise.all([speaker, listener].map((each) => each.event('refreshed')));

      speaker.interrupt();

      expect(await speaker.event('ended')).to.include({ reason: 'speakerEnded' });
      expect(await listener.event('ended')).to.include({ reason: 'speakerEnded' });
      expect(await listener.exit).to.deep.equal([0, null]);
    }));

  it('serves the HTTP API: whether it is up, what a session is, and a message of a backend', () =>
    withSpeaker(async (token) => {
      const speaker = await connectSpeaker({ url: url(), getToken: () => token, sourceLanguage: 'en', WebSocket });
      const { sessionId, joinKey } = speaker;
      const listener = await joinAsListener({ url: url(), sessionId, joinKey, targetLanguage: 'es', WebSocket });

      const health = await fetch(`${httpApiUrl()}/health`);
      expect(health.status).to.equal(200);
      const session = await fetch(`${httpApiUrl()}/sessions/${sessionId}`);
      expect(session.status).to.equal(200);
      expect(await session.json()).to.include({ sessionId, state: 'active', sourceLanguage: 'en' });
      // With a token ministack refuses as well: docs/ministack.md says why.
      const withoutToken = await fetch(`${httpApiUrl()}/sessions`);
      expect(withoutToken.status).to.equal(401);

      const heard = next<ReceivedMessage>(listener, 'message');
      const publisher = createPublisher({
        httpApiUrl: httpApiUrl(),
        region: 'us-east-1',
        credentials: rootCredentials,
      });
      const receipt = await publisher.publish({ sessionId, to: 'es', data: 'Hola' });
      expect(receipt).to.include({ channel: 'es', offset: 1, repeated: false, delivered: 1, gone: 0, failed: 0 });
      expect(await heard).to.include({ channel: 'es', offset: 1, data: 'Hola' });
      await speaker.end();
    }));

  it('refuses a bad token with 401', async () => {
    const refused = python('speak', '--url', url(), '--language', 'en');
    expect(await refused.exit).to.deep.equal([2, null]); // without a token it does not even connect
    const socket = new WebSocket(url(), ['session.v1', 'bearer.not.a.token']);
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    socket.once('unexpected-response', (_, { statusCode }) => resolve(statusCode));
    socket.once('open', () => resolve(101));
    socket.once('error', () => {});
    expect(await promise).to.equal(401);
    socket.terminate();
  });

  it('ends a session whose speaker stays away, by the sweeper that EventBridge runs every minute', () =>
    withSpeaker(async (token) => {
      const speakers = cuttable();
      const leaving = new AbortController();
      let isAway = false;
      const speaker = await connectSpeaker({
        url: url(),
        // Stays away: once it is cut there is no token for another connection.
        getToken: () => {
          if (isAway) throw new Error('away');
          return token;
        },
        sourceLanguage: 'en',
        signal: leaving.signal,
        ...speakers,
      });
      const listener = await joinAsListener({ url: url(), sessionId: speaker.sessionId, targetLanguage: 'es' });
      const ended = next(listener, 'ended');
      isAway = true;
      speakers.cut();
      expect(await ended).to.deep.equal({ reason: 'speakerLost' });
    }));

  it('has given up no delivery and no change; one that fails again and again comes into its queue', async () => {
    const { deliveries_failed_queue_url: deliveries, changes_failed_queue_url: changes } = outputs;
    for (const QueueUrl of [deliveries, changes]) {
      const { Attributes } = await clients.sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
      );
      expect(Attributes?.ApproximateNumberOfMessages).to.equal('0');
    }

    const Payload = JSON.stringify({ task: 'unknown' });
    const FunctionName = 'sessions-dev-deliverer';
    await clients.lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload }));

    let failures: unknown[] = [];
    while (failures.length === 0) failures = await receive(clients, String(deliveries));
    expect(failures).to.have.length(1);
    expect(failures[0]).to.have.nested.property('requestPayload.task', 'unknown');
    expect(failures[0]).to.have.nested.property('requestContext.condition', 'RetriesExhausted');
  });

  it('is destroyed, and leaves nothing behind', async () => {
    await lifecycleEvents.unsubscribe();
    await environment.destroy();

    expect(environment.state().resources).to.equal(0);
    expect(await leftovers(clients)).to.deep.equal(alreadyThere);
  });
});
