import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { lifecycleEvents } from '@sessions/core/protocol';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { expect } from 'chai';
import { createSessionsView } from '../../../docs/events/consumer.mjs';
import { awsProviderVersion } from '../../../infra/src/provider-lock.ts';
import { eventSchemaFile, eventSchemasFolder, eventTypes, renderEventSchema } from '../../../scripts/event-schemas.ts';
import { terraform } from '../../../scripts/terraform/command.ts';
import { leaveOutWhenFast, needTools } from '../../../scripts/tools/need-tools.ts';
import { terraformWithProvider } from '../../../scripts/tools/terraform.ts';
import { STACK_FILE, System } from '../src/system.ts';

interface BusEvent {
  readonly 'detail-type': string;
  readonly source: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

const root = resolve(import.meta.dirname, '../../..');
const ajv = new Ajv({ strict: false, allErrors: true });
(addFormats as unknown as (ajv: Ajv) => void)(ajv);

const schemaOf = async (type: (typeof eventTypes)[number]) => JSON.parse(await readFile(eventSchemaFile(type), 'utf8'));

describe('The schemas of the lifecycle events', () => {
  it('are those that the types make, one for each event and no other', async () => {
    for (const type of eventTypes) {
      expect(await readFile(eventSchemaFile(type), 'utf8'), 'run `npm run generate`').to.equal(renderEventSchema(type));
    }
    const files = (await readdir(eventSchemasFolder)).filter((file) => file.endsWith('.schema.json'));
    expect(files).to.have.members(eventTypes.map((type) => basename(eventSchemaFile(type))));
  });

  it('describe events that docs/events.md explains', async () => {
    const page = await readFile(join(root, 'docs/events.md'), 'utf8');
    for (const type of eventTypes)
      expect(page)
        .to.include(`| \`${type}\` |`)
        .and.include(basename(eventSchemaFile(type)));
  });

  it('refuse what is no such event', async () => {
    const isValid = ajv.compile(await schemaOf('SessionResumed'));
    const detail = { sessionId: 'faithful-shepherd-427', createdAt: 1, revision: 2 };
    const event = {
      ...{ version: '0', id: 'x', account: '000000000000', time: '2026-11-24T15:15:47Z', region: 'us-east-1' },
      ...{ resources: [], 'detail-type': 'SessionResumed', source: 'sessions.dev', detail },
    };

    expect(isValid(event), JSON.stringify(isValid.errors)).to.equal(true);
    expect(isValid({ ...event, 'detail-type': 'SessionEnded' })).to.equal(false);
    expect(isValid({ ...event, source: 'orders' })).to.equal(false);
    expect(isValid({ ...event, detail: { ...detail, revision: 0 } })).to.equal(false);
    expect(isValid({ ...event, detail: { sessionId: 'x' } })).to.equal(false);
  });
});

describe('A subscriber of the lifecycle events', () => {
  const told = new EventEmitter();
  let lines: string[];
  let events: BusEvent[];
  let consumer: ChildProcess;
  let system: System;

  before(async function () {
    leaveOutWhenFast(this, 'the subscriber of lifecycle events');
    lines = [];
    events = [];
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    consumer = spawn(process.execPath, scripts['example:events'].split(' ').slice(1), {
      cwd: root,
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    consumer.stdout?.setEncoding('utf8').on('data', (text: string) => {
      lines.push(...text.trimEnd().split('\n'));
      told.emit('change');
    });
    system = new System();
    const eventsUrl = /http:\S+/.exec(await line(/^Waiting for events on/))?.[0] ?? '';
    await system.start({ stackFile: STACK_FILE, eventsUrl, onEvent: ({ event }) => events.push(event) });
  });
  after(async () => {
    await system?.stop();
    consumer?.kill();
  });

  /** Waits for a line that the subscriber prints. */
  async function line(matching: RegExp): Promise<string> {
    for (;;) {
      const found = lines.find((candidate) => matching.test(candidate));
      if (found !== undefined) return found;
      await once(told, 'change');
    }
  }

  it('gets every event of a session, each as its schema says', async () => {
    const { sessionId } = await system.schedule('deborah');
    await line(new RegExp(`^${sessionId} scheduled: no listener$`));
    const speaker = await system.speaker('deborah');
    await speaker.ask('connectionRefreshComplete', { action: 'refreshConnection', sessionId, role: 'speaker' });
    await line(new RegExp(`^${sessionId} active: no listener$`));
    const listener = await system.joined(sessionId, 'es');
    await line(new RegExp(`^${sessionId} active: es 1$`));
    await listener.ask('languageChanged', { action: 'changeLanguage', targetLanguage: 'fr' });
    await line(new RegExp(`^${sessionId} active: fr 1$`));
    await speaker.cut();
    await line(new RegExp(`^${sessionId} interrupted: fr 1$`));
    const back = await system.speaker('deborah');
    await system.refresh(sessionId, 'speaker', { from: speaker, to: back });
    await listener.next('sessionResumed');
    await line(new RegExp(`^${sessionId} active: fr 1$`));
    await back.ask('sessionEnded', { action: 'endSession' });
    await line(new RegExp(`^${sessionId} ended$`));

    expect(new Set(events.map((event) => event['detail-type']))).to.have.keys(eventTypes);
    for (const event of events) {
      const type = eventTypes.find((candidate) => candidate === event['detail-type']);
      if (type === undefined) throw new Error(`No schema for ${event['detail-type']}`);
      const schema = await schemaOf(type);
      const isValid = ajv.compile(schema);
      expect(isValid(event), `${JSON.stringify(event)}: ${JSON.stringify(isValid.errors)}`).to.equal(true);
      // The schemas allow more, for later versions; what is sent today stands in them.
      expect(Object.keys(schema.properties.detail.properties)).to.include.members(Object.keys(event.detail));
      expect(event.source).to.equal('sessions.dev');
      expect(event.detail.sessionId).to.equal(sessionId);
    }
    expect(events.at(-1)?.detail).to.include({ reason: 'speakerEnded', totalJoins: 1 });
    expect(lines.slice(1)).to.deep.equal(
      [
        ...['scheduled: no listener', 'active: no listener', 'active: es 1', 'active: fr 1', 'interrupted: fr 1'],
        ...['active: fr 1', 'ended'],
      ].map((said) => `${sessionId} ${said}`),
    );
  });
});

describe('What the example subscriber believes', () => {
  const facts = { sessionId: 'faithful-shepherd-427', createdAt: 1000 };
  const started = { 'detail-type': 'SessionStarted', detail: { ...facts, revision: 1 } };
  const scheduled = { 'detail-type': 'SessionScheduled', detail: { ...facts, revision: 1 } };
  const startedLater = { 'detail-type': 'SessionStarted', detail: { ...facts, revision: 2 } };
  const interrupted = { 'detail-type': 'SessionInterrupted', detail: { ...facts, revision: 2 } };
  const resumed = { 'detail-type': 'SessionResumed', detail: { ...facts, revision: 3 } };
  const ended = { 'detail-type': 'SessionEnded', detail: { ...facts, revision: 5, endedAt: 5000 } };
  const languages = (revision: number, asOf: number, inUse: Record<string, number>) => ({
    'detail-type': 'LanguagesInUseChanged',
    detail: { ...facts, revision, asOf, languages: inUse },
  });
  const all = [started, interrupted, resumed, languages(1, 1100, { es: 1 }), languages(3, 3000, { fr: 2 })];

  it('is the same in every order, and however often an event comes', () => {
    for (let first = 0; first < all.length; first++) {
      for (const order of [all.slice(first).concat(all.slice(0, first)), [...all].reverse()]) {
        const view = createSessionsView(() => 6000);
        for (const event of [...order, ...order]) view.apply(event);
        const [session] = view.open();
        expect(session).to.include({ state: 'active', revision: 3 });
        expect(session?.languages).to.deep.equal({ fr: 2 });
      }
    }
  });

  it('has the session’s state also if its languages came first with the same revision', () => {
    const view = createSessionsView(() => 6000);
    view.apply(languages(2, 2000, { es: 1 }));
    expect(view.apply(interrupted)).to.include({ state: 'interrupted' });
  });

  it('has started, also if it hears only then that it was scheduled', () => {
    const view = createSessionsView(() => 6000);
    expect(view.apply(scheduled)).to.include({ state: 'scheduled' });
    expect(view.apply(startedLater)).to.include({ state: 'active' });
    expect(view.apply(scheduled)).to.equal(undefined);
  });

  it('stays ended, whatever comes late; until nothing can come any more', () => {
    let now = 6000;
    const view = createSessionsView(() => now);
    view.apply(ended);
    for (const late of all) expect(view.apply(late)).to.equal(undefined);
    expect(view.open()).to.deep.equal([]);
    now += 26 * 3_600_000;
    view.apply({ ...started, detail: { ...started.detail, sessionId: 'gentle-clover-517' } });
    expect(view.open().map(({ sessionId }) => sessionId)).to.deep.equal(['gentle-clover-517']);
  });

  it('tells apart two sessions that have had one ID, and passes over events that it does not know', () => {
    const view = createSessionsView(() => 6000);
    view.apply(ended);
    expect(view.apply({ ...started, detail: { ...started.detail, createdAt: 6000 } })).to.include({ state: 'active' });
    expect(view.apply({ 'detail-type': 'SessionMoved', detail: facts })).to.equal(undefined);
  });
});

describe('The example rule', () => {
  it('is valid Terraform, and matches every lifecycle event', async function () {
    this.timeout(120_000);
    const [{ initArguments }] = await needTools(this, 'the rule of a subscriber', terraformWithProvider);
    const folder = await mkdtemp(join(tmpdir(), 'sessions-subscription-'));
    try {
      await copyFile(join(eventSchemasFolder, 'subscription.tf.json'), join(folder, 'subscription.tf.json'));
      const aws = { source: 'hashicorp/aws', version: awsProviderVersion };
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform's
      const output = { pattern: { value: '${aws_cloudwatch_event_rule.sessions.event_pattern}' } };
      await writeFile(
        join(folder, 'test.tf.json'),
        JSON.stringify({ terraform: { required_providers: { aws } }, output, provider }),
      );
      await terraform(folder, ['init', '-input=false', ...initArguments]);
      await terraform(folder, ['validate']);
      await terraform(folder, ['plan', '-input=false', '-var=environment=prod', '-out=plan']);
      const plan = JSON.parse(await terraform(folder, ['show', '-json', 'plan']));
      const pattern = JSON.parse(plan.planned_values.outputs.pattern.value);

      expect(pattern.source).to.deep.equal(['sessions.prod']);
      expect(pattern['detail-type']).to.have.members(Object.keys(lifecycleEvents));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

/** Asks nobody who it is. */
const provider = {
  aws: {
    ...{ region: 'us-east-1', access_key: 'none', secret_key: 'none' },
    ...{ skip_credentials_validation: true, skip_requesting_account_id: true, skip_metadata_api_check: true },
  },
};
