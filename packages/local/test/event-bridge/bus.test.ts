// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Terraform's templates
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutEventsCommand, TestEventPatternCommand } from '@aws-sdk/client-eventbridge';
import { expect } from 'chai';
import { clientsOfFunction, refusalOf } from '../iam/set-up.ts';
import { stopAll } from '../local-stack/set-up.ts';
import { failureOf, removeTemporaryFolders, temporaryFolder } from '../stack/set-up.ts';
import { busClient, entry, startBus, writeShopWithBus } from './set-up.ts';

const placed = { event_pattern: { 'detail-type': ['OrderPlaced'] } };

describe('EventBridge in a local stack', () => {
  afterEach(stopAll);
  after(removeTemporaryFolders);

  it('delivers an event to the functions of the rules that match, in the envelope', async () => {
    const { stack, nextEvent } = await startBus(writeShopWithBus({ placed }));

    const { FailedEntryCount, Entries = [] } = await busClient(stack).send(
      new PutEventsCommand({
        Entries: [entry({ order: 1 }, { Resources: ['arn:one'], Time: new Date('2026-01-02T03:04:05Z') })],
      }),
    );

    expect(FailedEntryCount).to.equal(0);
    expect(Entries[0]?.EventId).to.match(/^[0-9a-f-]{36}$/);
    expect(await nextEvent()).to.deep.equal({
      version: '0',
      id: Entries[0]?.EventId,
      'detail-type': 'OrderPlaced',
      source: 'shop',
      account: '000000000000',
      time: '2026-01-02T03:04:05Z',
      region: 'eu-west-1',
      resources: ['arn:one'],
      detail: { order: 1 },
    });
  });

  it('takes the time of the call on the clock of the stack', async () => {
    const { stack, nextEvent } = await startBus(writeShopWithBus({ placed }), {
      clock: { nowMs: () => Date.UTC(2031, 0, 1, 0, 0, 7, 900), setTimer: () => () => {} },
    });

    await busClient(stack).send(new PutEventsCommand({ Entries: [entry({})] }));

    expect(await nextEvent()).to.include({ time: '2031-01-01T00:00:07Z' });
  });

  it('keeps buses apart, and leaves out what is disabled', async () => {
    const deliveries: unknown[] = [];
    const { stack } = await startBus(
      writeShopWithBus({
        onShop: placed,
        byArn: { ...placed, event_bus_name: '${aws_cloudwatch_event_bus.shop.arn}' },
        onDefault: { ...placed, event_bus_name: 'default' },
        off: { ...placed, state: 'DISABLED' },
      }),
      { onEvent: ({ busName, rules }) => deliveries.push({ busName, rules }) },
    );
    const { EventBusName: _, ...toDefault } = entry({});
    const byArn = entry({}, { EventBusName: stack.stack.eventBuses[1]?.arn });

    await busClient(stack).send(new PutEventsCommand({ Entries: [entry({}), toDefault, byArn] }));

    expect(deliveries).to.deep.equal([
      { busName: 'shop-events', rules: ['onShop', 'byArn'] },
      { busName: 'default', rules: ['onDefault'] },
      { busName: 'shop-events', rules: ['onShop', 'byArn'] },
    ]);
  });

  it('fails entries one by one, and delivers the others', async () => {
    const { stack, nextEvent, unread } = await startBus(writeShopWithBus({ placed }));

    const { FailedEntryCount, Entries = [] } = await busClient(stack).send(
      new PutEventsCommand({
        Entries: [
          entry({ n: 1 }, { Source: undefined }),
          entry({ n: 2 }, { DetailType: '' }),
          entry({ n: 3 }, { Detail: undefined }),
          entry({ n: 4 }, { Detail: '{' }),
          entry({ n: 5 }, { Detail: '[]' }),
          entry({ n: 6 }, { Source: 'aws.ec2' }),
          entry({ n: 7 }),
        ],
      }),
    );

    expect(FailedEntryCount).to.equal(6);
    expect(Entries.slice(0, 6)).to.deep.equal([
      {
        ErrorCode: 'InvalidArgument',
        ErrorMessage: 'Parameter Source is not valid. Reason: Source is a required argument.',
      },
      {
        ErrorCode: 'InvalidArgument',
        ErrorMessage: 'Parameter DetailType is not valid. Reason: DetailType is a required argument.',
      },
      {
        ErrorCode: 'InvalidArgument',
        ErrorMessage: 'Parameter Detail is not valid. Reason: Detail is a required argument.',
      },
      { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' },
      { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' },
      { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' },
    ]);
    expect(await nextEvent()).to.deep.include({ detail: { n: 7 } });
    expect(unread()).to.equal(0);
  });

  it('survives details and fields of every shape', async () => {
    const { stack } = await startBus(writeShopWithBus({ placed }));
    const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
    const odd = { EventBusName: {}, Resources: [{}, 1], Time: 'now', TraceHeader: [] };

    const { Entries = [] } = await busClient(stack).send(
      new PutEventsCommand({
        Entries: [
          entry({}, { Detail: nested(1000) }),
          entry({}, { Detail: nested(1001) }),
          entry({}, { Detail: nested(100_000) }),
          entry({}, odd as object),
        ],
      }),
    );

    expect(Entries.map(({ ErrorCode }) => ErrorCode)).to.deep.equal([
      undefined,
      'MalformedDetail',
      'MalformedDetail',
      undefined,
    ]);
  });

  it('takes 10 entries and 1 MB, and not one more of either', async () => {
    const { stack } = await startBus(writeShopWithBus({ placed }));
    const put = (entries: object[]) => busClient(stack).send(new PutEventsCommand({ Entries: entries as never }));
    const whole = 1_048_576 - 'shop'.length - 'Ignored'.length - '{"a":""}'.length;
    const large = (characters: number) => entry({ a: 'x'.repeat(characters) }, { DetailType: 'Ignored' });

    expect((await put(Array(10).fill(entry({})))).Entries).to.have.length(10);
    expect(await refusalOf(put(Array(11).fill(entry({}))))).to.deep.equal({
      name: 'ValidationException',
      message:
        "1 validation error detected: Value '[PutEventsRequestEntry]' at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10",
      status: 400,
    });
    expect(await refusalOf(put([]))).to.include({ name: 'ValidationException', status: 400 });
    expect((await put([large(whole)])).FailedEntryCount).to.equal(0);
    expect(await refusalOf(put([large(whole + 1)]))).to.deep.equal({
      name: 'ValidationException',
      message: 'Total size of the entries in the request is over the limit.',
      status: 400,
    });
    expect((await put([{ ...large(whole - 14), Time: new Date() }])).FailedEntryCount).to.equal(0);
    expect(await refusalOf(put([{ ...large(whole - 13), Time: new Date() }]))).to.include({ status: 400 });
  });

  it('retries a function that fails, as Lambda does', async () => {
    const { stack, nextEvent } = await startBus(writeShopWithBus({ placed }), { lambda: { asyncRetryDelaysMs: [0] } });

    await busClient(stack).send(new PutEventsCommand({ Entries: [entry({ fail: true })] }));

    const first = await nextEvent();
    expect(await nextEvent()).to.deep.equal(first);
    expect(await nextEvent()).to.deep.equal(first);
  });

  it('needs the permission of the function for the rule, and says when it has none', async () => {
    const dropped: unknown[] = [];
    const stackFile = writeShopWithBus(
      { placed },
      {
        change: ({ aws_lambda_permission: permissions }) => {
          Object.assign(permissions?.subscriber ?? {}, {
            source_arn: 'arn:aws:events:eu-west-1:000000000000:rule/other-bus/*',
          });
        },
      },
    );
    const { stack } = await startBus(stackFile, {
      onAsyncDropped: ({ functionName, reason }) => dropped.push([functionName, reason]),
    });

    await busClient(stack).send(new PutEventsCommand({ Entries: [entry({})] }));

    expect(dropped).to.deep.equal([['shop-subscriber', 'forbidden']]);
  });

  it('makes the input of each target', async () => {
    const inputs = {
      constant: { input: '{"fixed":true}' },
      part: { input_path: '$.detail.items[1]' },
      transformed: {
        input_transformer: [
          {
            input_paths: {
              id: '$.detail.id',
              items: '$.detail.items',
              type: "$['detail-type']",
              none: '$.detail.none',
            },
            input_template:
              '{"id": <id>, "items": <items>, "text": "<type> of <id> by <aws.events.rule-name>", "none": <none>, "quoted": "a \\"<type>\\""}',
          },
        ],
      },
    };
    const rules = Object.fromEntries(Object.keys(inputs).map((name) => [name, { event_pattern: { source: [name] } }]));
    const { stack, nextEvent } = await startBus(writeShopWithBus(rules, { targets: inputs }));
    const put = (Source: string) =>
      busClient(stack).send(new PutEventsCommand({ Entries: [entry({ id: 7, items: ['a', { b: 1 }] }, { Source })] }));

    await put('constant');
    expect(await nextEvent()).to.deep.equal({ fixed: true });
    await put('part');
    expect(await nextEvent()).to.deep.equal({ b: 1 });
    await put('transformed');
    expect(await nextEvent()).to.deep.equal({
      id: 7,
      items: ['a', { b: 1 }],
      text: 'OrderPlaced of 7 by transformed',
      quoted: 'a "OrderPlaced"',
    });
  });

  it('takes an event for a bus that is not there, and says that it is lost', async () => {
    const problems: string[] = [];
    const { stack } = await startBus(writeShopWithBus({ placed }), { onEventProblem: (line) => problems.push(line) });

    const { FailedEntryCount } = await busClient(stack).send(
      new PutEventsCommand({ Entries: [entry({}, { EventBusName: 'shop-evnets' })] }),
    );

    expect(FailedEntryCount).to.equal(0);
    expect(problems).to.deep.equal(['The stack has no event bus shop-evnets: an event for it is lost']);
  });

  it('tests patterns, and refuses other operations', async () => {
    const { stack } = await startBus(writeShopWithBus({ placed }));
    const test = (EventPattern: string) =>
      busClient(stack).send(new TestEventPatternCommand({ EventPattern, Event: '{"source":"shop"}' }));
    const call = await fetch(stack.endpoint, { method: 'POST', headers: { 'x-amz-target': 'AWSEvents.PutRule' } });

    expect((await test('{"source":["shop"]}')).Result).to.equal(true);
    expect((await test('{"source":["other"]}')).Result).to.equal(false);
    expect(await refusalOf(test('{"source":"shop"}'))).to.deep.equal({
      name: 'InvalidEventPatternException',
      message: 'Event pattern is not valid. Reason: source: "shop" has to be in an array, or be an object',
      status: 400,
    });
    expect([call.status, await call.json()]).to.deep.equal([
      400,
      { __type: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' },
    ]);
  });

  it('leaves the schedules of the stack as they are', async () => {
    const { stack } = await startBus(writeShopWithBus({ placed }));

    const [run] = await stack.schedules.run();

    expect(run).to.deep.include({ name: 'shop-nightly' });
    expect(run?.outcome).to.deep.include({ kind: 'returned', payload: { cleaned: true } });
  });

  it('checks the role of the function that publishes, for the bus', async () => {
    const { stack } = await startBus(
      writeShopWithBus(
        { placed },
        {
          change: ({ aws_iam_role_policy: policies }) => {
            const statement = {
              Effect: 'Allow',
              Action: 'events:PutEvents',
              Resource: '${aws_cloudwatch_event_bus.shop.arn}',
            };
            const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
            Object.assign(policies?.buy ?? {}, { policy });
          },
        },
      ),
    );
    const bus = busClient(stack, (await clientsOfFunction(stack)).credentials);
    const { EventBusName: _, ...toDefault } = entry({});

    expect((await bus.send(new PutEventsCommand({ Entries: [entry({})] }))).FailedEntryCount).to.equal(0);
    expect(await refusalOf(bus.send(new PutEventsCommand({ Entries: [entry({}), toDefault] })))).to.deep.equal({
      name: 'AccessDeniedException',
      message:
        'User: arn:aws:sts::000000000000:assumed-role/shop-buy/shop-buy is not authorized to perform: events:PutEvents on resource: arn:aws:events:eu-west-1:000000000000:event-bus/default because no identity-based policy allows the events:PutEvents action',
      status: 400,
    });
  });

  it('is in the report of what roles use', async () => {
    const before = process.env.IAM_USAGE_FOLDER;
    const folder = temporaryFolder();
    process.env.IAM_USAGE_FOLDER = folder;
    try {
      const { stack } = await startBus(writeShopWithBus({ placed }));
      const bus = busClient(stack, (await clientsOfFunction(stack)).credentials);
      await refusalOf(bus.send(new PutEventsCommand({ Entries: [entry({})] })));
      await stack.stop();
    } finally {
      if (before === undefined) delete process.env.IAM_USAGE_FOLDER;
      else process.env.IAM_USAGE_FOLDER = before;
    }

    const [file = ''] = readdirSync(folder);
    expect(readFileSync(join(folder, file), 'utf8')).to.contain(
      '"kind":"denied","who":"shop-buy","action":"events:PutEvents","resource":"arn:aws:events:eu-west-1:000000000000:event-bus/shop-events"',
    );
  });

  it('meets the fault plan', async () => {
    const hits: unknown[] = [];
    const { stack, nextEvent } = await startBus(writeShopWithBus({ placed }), {
      faults: {
        rules: [
          { call: { service: 'events', operation: 'PutEvents' }, nth: 1, do: 'throttle' },
          { call: { service: 'events', resource: '*:event-bus/shop-events' }, nth: 2, do: { error: 500 } },
          { call: { service: 'events' }, nth: 3, do: { reset: 'after' } },
        ],
      },
      onFault: ({ target }) => hits.push(target.kind === 'call' && target.resources),
    });
    const put = (n: number) => busClient(stack).send(new PutEventsCommand({ Entries: [entry({ n })] }));

    expect(await refusalOf(put(1))).to.include({ name: 'ThrottlingException', status: 400 });
    expect(await refusalOf(put(2))).to.include({ name: 'InternalException', status: 500 });
    await refusalOf(put(3));
    expect(await nextEvent(), 'done, though the answer was lost').to.deep.include({ detail: { n: 3 } });
    expect(hits).to.deep.equal(Array(3).fill(['arn:aws:events:eu-west-1:000000000000:event-bus/shop-events']));
  });

  it('fails single entries by the fault plan, and takes the others of the same call', async () => {
    const hits: unknown[] = [];
    const { stack, nextEvent, unread } = await startBus(
      writeShopWithBus({ all: { event_pattern: { source: ['shop'] } } }),
      {
        faults: {
          rules: [
            { entry: { detailType: 'Order*' }, every: 2, do: { error: 'ThrottlingException' } },
            { entry: { bus: 'shop-events', detailType: 'Refund' }, times: 1, do: { error: 'InternalFailure' } },
            { entry: { function: '*' }, do: { error: 'NotAuthorizedForDetailTypeException' } },
            { entry: { bus: 'default' }, do: { error: 'NotAuthorizedForDetailTypeException' } },
          ],
        },
        onFault: ({ rule, target, fault }) => hits.push({ rule, target, fault }),
      },
    );
    const put = async (...entries: object[]) => {
      const output = await busClient(stack).send(new PutEventsCommand({ Entries: entries as never }));
      return { failed: output.FailedEntryCount, codes: output.Entries?.map(({ ErrorCode }) => ErrorCode) };
    };
    const refund = entry({ n: 3 }, { DetailType: 'Refund' });

    expect(
      await put(entry({ n: 1 }), entry({ n: 2 }), refund, entry({ n: 4 }, { Source: '' }), entry({ n: 5 })),
    ).to.deep.equal({
      failed: 3,
      codes: [undefined, 'ThrottlingException', 'InternalFailure', 'InvalidArgument', undefined],
    });
    expect(
      [await nextEvent(), await nextEvent()].map((event) => (event as { detail: unknown }).detail),
    ).to.have.deep.members([{ n: 1 }, { n: 5 }]);
    expect(await put(refund)).to.deep.equal({ failed: 0, codes: [undefined] });
    expect(await nextEvent()).to.deep.include({ detail: { n: 3 } });
    expect(unread()).to.equal(0);
    const target = { kind: 'entry', busName: 'shop-events', source: 'shop' };
    expect(hits).to.deep.equal([
      { rule: 0, target: { ...target, detailType: 'OrderPlaced' }, fault: { error: 'ThrottlingException' } },
      { rule: 1, target: { ...target, detailType: 'Refund' }, fault: { error: 'InternalFailure' } },
    ]);
  });

  it('is interrupted like the other services', async () => {
    const { stack } = await startBus(writeShopWithBus({ placed }));

    stack.interrupt('events');
    expect((await refusalOf(busClient(stack).send(new PutEventsCommand({ Entries: [entry({})] })))).name).to.match(
      /Error$/,
    );
    stack.restore('events');
    expect((await busClient(stack).send(new PutEventsCommand({ Entries: [entry({})] }))).FailedEntryCount).to.equal(0);
  });
});

describe('A stack with an event bus', () => {
  afterEach(stopAll);
  after(removeTemporaryFolders);

  type Change = NonNullable<Parameters<typeof writeShopWithBus>[1]>;
  const refused: readonly [string, Parameters<typeof writeShopWithBus>[0], Change, string][] = [
    [
      'a target that is no function',
      { placed },
      { targets: { placed: { arn: 'arn:aws:sqs:eu-west-1:000000000000:orders' } } },
      'aws_cloudwatch_event_target.placed.arn: arn:aws:sqs:eu-west-1:000000000000:orders is no function of the stack, and only functions can be targets here',
    ],
    [
      'a pattern that AWS would refuse',
      { placed: { event_pattern: { source: 'shop' } } },
      {},
      'aws_cloudwatch_event_rule.placed.event_pattern: source: "shop" has to be in an array, or be an object',
    ],
    [
      'a pattern that asks for nothing',
      { placed: { event_pattern: {} } },
      {},
      'aws_cloudwatch_event_rule.placed.event_pattern: it has no field',
    ],
    [
      'a bus that is not there',
      { placed: { ...placed, event_bus_name: 'other' } },
      {},
      'aws_cloudwatch_event_rule.placed.event_bus_name: the stack has no event bus other',
    ],
    [
      'a target of a rule that is not there',
      { placed },
      { targets: { other: {} } },
      'aws_cloudwatch_event_target.other.rule: the bus shop-events has no rule other in this stack',
    ],
    [
      'a schedule on another bus than default',
      { placed: { schedule_expression: 'rate(1 hour)' } },
      {},
      'aws_cloudwatch_event_rule.placed.schedule_expression: only the bus default takes schedules, not shop-events',
    ],
    [
      'a rule that asks for nothing',
      { placed: {} },
      {},
      'aws_cloudwatch_event_rule.placed.event_pattern: a rule has an event_pattern or a schedule_expression, or both',
    ],
    [
      'a dead-letter queue that is not there',
      { placed },
      { targets: { placed: { dead_letter_config: [{ arn: 'arn:aws:sqs:eu-west-1:000000000000:dead' }] } } },
      'aws_cloudwatch_event_target.placed.dead_letter_config.arn: arn:aws:sqs:eu-west-1:000000000000:dead is not an aws_sqs_queue of the stack',
    ],
    [
      'a retry policy out of range',
      { placed },
      { targets: { placed: { retry_policy: [{ maximum_retry_attempts: 186 }] } } },
      'aws_cloudwatch_event_target.placed.retry_policy.maximum_retry_attempts: 186: it is from 0 to 185',
    ],
    [
      'two kinds of input',
      { placed },
      { targets: { placed: { input: '{}', input_path: '$' } } },
      'aws_cloudwatch_event_target.placed.input_path: a target has one of input, input_path',
    ],
    [
      'a path that cannot be run',
      { placed },
      { targets: { placed: { input_path: '$.detail[*]' } } },
      'aws_cloudwatch_event_target.placed.input_path: the path $.detail[*] cannot be run here',
    ],
    [
      'a template with an unknown name',
      { placed },
      { targets: { placed: { input_transformer: [{ input_template: '{"a": <b>}' }] } } },
      'aws_cloudwatch_event_target.placed.input_transformer: <b> is in the template, and no input path has that name',
    ],
    [
      'a template that is no JSON',
      { placed },
      { targets: { placed: { input_transformer: [{ input_paths: { b: '$' }, input_template: 'a <b>' }] } } },
      'aws_cloudwatch_event_target.placed.input_transformer: the template is no JSON once its placeholders are filled in',
    ],
    [
      'a policy of a bus',
      { placed },
      {
        change: (resource) => {
          resource.aws_cloudwatch_event_bus_policy = { shop: { event_bus_name: 'shop-events', policy: '{}' } };
        },
      },
      'aws_cloudwatch_event_bus_policy.shop.event_bus_name: a policy of an event bus cannot be run here: leave it out',
    ],
    [
      'a transformed schedule',
      { placed },
      {
        change: ({ aws_cloudwatch_event_target: targets }) => {
          Object.assign(targets?.nightly ?? {}, { input: undefined, input_path: '$.time' });
        },
      },
      'aws_cloudwatch_event_target.nightly.input_path: it cannot be run here for a schedule: use input',
    ],
  ];
  for (const [what, rules, change, message] of refused) {
    it(`does not start with ${what}`, async () => {
      expect(await failureOf(startBus(writeShopWithBus(rules, change)))).to.equal(`StackResourceError: ${message}`);
    });
  }
});
