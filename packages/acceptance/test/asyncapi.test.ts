import { readFile } from 'node:fs/promises';
import specs from '@asyncapi/specs';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { expect } from 'chai';
import { asyncApiFile, renderAsyncApi } from '../../../scripts/asyncapi.ts';
import { docCommentsOf } from '../../../scripts/doc-comments.ts';
import { type Client, type System, startSystem } from '../src/index.ts';

interface AsyncApi {
  readonly operations: Readonly<Record<string, { readonly reply?: unknown }>>;
  readonly components: {
    readonly messages: Readonly<
      Record<string, { readonly payload: Record<string, unknown>; readonly summary: string }>
    >;
  };
}

const read = async (): Promise<AsyncApi> => JSON.parse(await readFile(asyncApiFile, 'utf8')) as AsyncApi;

// The schema of AsyncAPI brings the meta schema of JSON Schema along, under the id that Ajv has for its own.
const ajv = new Ajv({ strict: false, allErrors: true, logger: false, meta: false, validateSchema: false });
(addFormats as unknown as (ajv: Ajv) => void)(ajv);

describe('the AsyncAPI document', () => {
  it('is the one that the protocol makes', async () => {
    expect(await readFile(asyncApiFile, 'utf8'), 'run `npm run generate`').to.equal(renderAsyncApi());
  });

  it('is valid AsyncAPI 3', async () => {
    const isValid = ajv.compile(specs.schemas['3.0.0'] as object);
    isValid(await read());
    expect(isValid.errors ?? []).to.deep.equal([]);

    isValid({ ...(await read()), channels: [] });
    expect(isValid.errors ?? [], 'a document that is not valid').not.to.be.empty;
  });

  it('describes every message that a session really exchanges', async () => {
    const { components } = await read();
    const system = await startSystem();
    try {
      const seen = await broadcast(system);
      const checked = new Set<string>();
      for (const message of seen) {
        const name = String('action' in message ? message.action : message.type);
        const isValid = ajv.compile(components.messages[name]?.payload ?? false);
        isValid(message);
        expect(isValid.errors ?? [], JSON.stringify(message)).to.deep.equal([]);
        checked.add(name);
      }
      const rare = ['connectionRefreshRequired', 'connectionWarning', 'sessionInterrupted', 'sessionResumed'];
      expect([...checked, ...rare]).to.have.members(Object.keys(components.messages));
    } finally {
      await system.stop();
    }
  });

  it('takes descriptions from doc comments: of messages, of fields, of nothing else', () => {
    const source = `/** For all. */
const shared = 1;

/**
 * The first sentence. The second,
 * which goes on.
 */
export const hello = z.object({
  plain: z.string(),
  /** Of the field. */
  told: z.string(),
});

export const bare = z.object({ told: z.string() });
`;
    expect(Object.fromEntries(docCommentsOf(source))).to.deep.equal({
      hello: 'The first sentence. The second, which goes on.',
      'hello.told': 'Of the field.',
    });
  });
});

type Sent = Record<string, unknown>;

/** A short session with one of everything. @returns what was sent and received */
async function broadcast(system: System): Promise<Sent[]> {
  const sent: Sent[] = [];
  const ask = (client: Client, message: Sent) => {
    sent.push(message);
    return client.request(message) as Promise<unknown> as Promise<Sent>;
  };
  const speaker = await system.speaker('deborah');
  const { sessionId } = await ask(speaker, {
    action: 'createSession',
    sourceLanguage: 'en',
    qualityTier: 'premium',
    clientId: 'one tab',
  });
  const listener = await system.listener();
  const { connectionId, place } = await ask(listener, { action: 'joinSession', sessionId, targetLanguage: 'es' });
  await ask(listener, { action: 'heartbeat', sentAt: 1 });
  await ask(listener, { action: 'changeLanguage', targetLanguage: 'fr' });
  const moved = await system.listener();
  const previous = { previousConnectionId: connectionId, targetLanguage: 'fr', place };
  await ask(moved, { action: 'refreshConnection', sessionId, role: 'listener', ...previous });
  const changed = moved.take(({ type }) => type === 'broadcastStateChanged');
  await ask(speaker, { action: 'setBroadcastState', paused: true, volume: 0.5 });
  await changed;
  const replaced = speaker.take(({ type }) => type === 'speakerReplaced');
  const other = await system.speaker('deborah');
  const takeOver = { clientId: 'another tab', takeOver: true };
  await ask(other, { action: 'refreshConnection', sessionId, role: 'speaker', ...takeOver });
  await replaced;
  await ask(other, { action: 'getSessionStatus' });
  const published = moved.take(({ type }) => type === 'message');
  const { epoch } = await ask(other, {
    action: 'publish',
    to: 'all',
    name: 'announcement',
    data: { text: 'Hi' },
    id: 'a',
  });
  await published;
  await ask(moved, { action: 'recover', epoch, since: { all: 0 } });
  await ask(listener, { action: 'joinSession', sessionId: 'nobody-nowhere-100', targetLanguage: 'xx' });
  const scheduled = await system.schedule('barak');
  const early = await system.listener();
  await ask(early, { action: 'joinSession', sessionId: scheduled.sessionId, targetLanguage: 'es' });
  const started = early.take(({ type }) => type === 'sessionStarted');
  const barak = await system.speaker('barak');
  await ask(barak, { action: 'refreshConnection', sessionId: scheduled.sessionId, role: 'speaker' });
  await started;
  const ended = moved.take(({ type }) => type === 'sessionEnded');
  await ask(other, { action: 'endSession' });
  await ended;
  const received = [speaker, listener, moved, other, early, barak].flatMap(
    (client) => client.received as unknown as Sent[],
  );
  return [...sent.map((message) => ({ ...message, requestId: 'as sent' })), ...received];
}
