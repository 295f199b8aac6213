// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Terraform's templates
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetQueueUrlCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect } from 'chai';
import type { FaultPlan, FaultRule, LocalStack, LocalStackOptions } from '../../src/index.ts';
import { stopAll } from '../local-stack/set-up.ts';
import { failureOf, removeTemporaryFolders } from '../stack/set-up.ts';
import { busClient, entry, startBus, writeShopWithBus } from './set-up.ts';

type Json = Record<string, unknown>;
type Resources = Record<string, Record<string, Json>>;

const placed = { event_pattern: { 'detail-type': ['OrderPlaced'] } };
const ruleArn = 'arn:aws:events:eu-west-1:000000000000:rule/shop-events/placed';
const targetArn = 'arn:aws:lambda:eu-west-1:000000000000:function:shop-subscriber';

/** As AWS's documentation has it, for the one rule. */
const mayBeSentTo = (more: Json = {}): Json => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: '${aws_sqs_queue.dead.arn}',
      Condition: { ArnEquals: { 'aws:SourceArn': '${aws_cloudwatch_event_rule.placed.arn}' } },
      ...more,
    },
  ],
});

/** Writes a stack whose target has a dead-letter queue. */
function write({ target = {}, policy = mayBeSentTo(), change = () => {} }: Settings = {}): string {
  return writeShopWithBus(
    { placed },
    {
      targets: { placed: { dead_letter_config: [{ arn: '${aws_sqs_queue.dead.arn}' }], ...target } },
      change: (resource) => {
        resource.aws_sqs_queue = { dead: { name: 'dead' } };
        if (policy) {
          const json = JSON.stringify(policy);
          resource.aws_sqs_queue_policy = { dead: { queue_url: '${aws_sqs_queue.dead.url}', policy: json } };
        }
        change(resource);
      },
    },
  );
}

interface Settings {
  readonly target?: Json;
  readonly policy?: Json | null;
  readonly change?: (resource: Resources) => void;
}

const clients: SQSClient[] = [];

async function start(settings?: Settings, options: Partial<LocalStackOptions> = {}) {
  const { stack, nextEvent, unread } = await startBus(write(settings), options);
  const publish = async (detail: object) =>
    (await busClient(stack).send(new PutEventsCommand({ Entries: [entry(detail)] }))).FailedEntryCount;
  /** Moves the clock to the next attempt, and waits for it: that number of attempts the fault plan has seen then. */
  const advance = async (seconds: number, attempts: number): Promise<void> => {
    stack.clock.advance(seconds * 1000);
    while (stack.faults.counters()[0]?.matched !== attempts) await new Promise((resolve) => setImmediate(resolve));
  };
  return { stack, nextEvent, unread, publish, advance, deadLetters: () => deadLettersOf(stack) };
}

/** What is in the queue now, as an operator reads it. */
async function deadLettersOf({ endpoint, credentials }: LocalStack) {
  const sqs = new SQSClient({ endpoint, credentials, region: 'eu-west-1', maxAttempts: 1 });
  clients.push(sqs);
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'dead' }));
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
  );
  return Messages.map(({ Body = '', MessageAttributes = {} }) => ({
    event: JSON.parse(Body),
    attributes: Object.fromEntries(
      Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]),
    ),
  }));
}

const failing = (rule: Partial<FaultRule> = {}): FaultPlan => ({
  rules: [{ delivery: { rule: 'placed' }, do: { error: 'THROTTLING' }, ...rule } as FaultRule],
});

describe('The dead-letter queue of a target', () => {
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await stopAll();
  });
  after(removeTemporaryFolders);

  it('gets at once what EventBridge may not hand over', async () => {
    const { publish, deadLetters } = await start({
      change: (resource) =>
        Object.assign(resource.aws_lambda_permission ?? {}, { subscriber: resource.aws_lambda_permission?.buy }),
      target: { input_path: '$.detail' },
    });

    expect(await publish({ order: 1 })).to.equal(0);

    const [letter, ...more] = await deadLetters();
    expect(more).to.deep.equal([]);
    expect(letter?.event, 'the event of the bus').to.deep.include({
      'detail-type': 'OrderPlaced',
      detail: { order: 1 },
    });
    expect(letter?.attributes).to.deep.equal({
      RULE_ARN: ruleArn,
      TARGET_ARN: targetArn,
      ERROR_CODE: 'NO_PERMISSIONS',
      ERROR_MESSAGE: `EventBridge is not authorized to invoke ${targetArn}`,
      RETRY_ATTEMPTS: '0',
    });
  });

  it('gets what was retried as often as the retry policy says', async () => {
    const { publish, advance, deadLetters, unread } = await start(
      { target: { retry_policy: [{ maximum_retry_attempts: 2 }] } },
      { faults: failing() },
    );
    await publish({ order: 1 });
    await advance(1, 2);
    expect(await deadLetters()).to.deep.equal([]);
    await advance(2, 3);

    expect((await deadLetters()).map(({ attributes }) => attributes)).to.deep.equal([
      {
        RULE_ARN: ruleArn,
        TARGET_ARN: targetArn,
        ERROR_CODE: 'THROTTLING',
        ERROR_MESSAGE: 'Not handed over (fault plan)',
        RETRY_ATTEMPTS: '2',
        EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
      },
    ]);
    expect(unread()).to.equal(0);
  });

  it('gets what became too old', async () => {
    const { publish, advance, deadLetters } = await start(
      { target: { retry_policy: [{ maximum_event_age_in_seconds: 60 }] } },
      { faults: failing() },
    );
    await publish({ order: 1 });
    // After 1, 2, 4, 8 and 16 s; the next one would come after 63 s.
    for (const [index, seconds] of [1, 2, 4, 8, 16].entries()) {
      expect(await deadLetters()).to.deep.equal([]);
      await advance(seconds, index + 2);
    }

    const [letter] = await deadLetters();
    expect(letter?.attributes).to.include({
      RETRY_ATTEMPTS: '5',
      EXHAUSTED_RETRY_CONDITION: 'MaximumEventAgeInSeconds',
    });
  });

  it('stays empty when a retry succeeds', async () => {
    const { stack, publish, deadLetters, nextEvent } = await start({}, { faults: failing({ nth: 1 }) });
    await publish({ order: 1 });

    stack.clock.advance(1000);

    expect(await nextEvent()).to.deep.include({ detail: { order: 1 } });
    expect(await deadLetters()).to.deep.equal([]);
  });

  it('is missed where there is none: the event is lost, and one line says so', async () => {
    const problems: string[] = [];
    const { publish } = await start(
      { target: { dead_letter_config: null, retry_policy: [{ maximum_retry_attempts: 0 }] }, policy: null },
      { faults: failing(), onEventProblem: (line) => problems.push(line) },
    );
    await publish({ order: 1 });

    expect(problems).to.deep.equal([
      `An event of the rule placed is lost: it cannot be handed over to ${targetArn} (THROTTLING), and the target has no dead_letter_config`,
    ]);
  });

  const refused = `StackResourceError: aws_cloudwatch_event_target.placed.dead_letter_config: EventBridge may not send to arn:aws:sqs:eu-west-1:000000000000:dead: allow events.amazonaws.com sqs:SendMessage in an aws_sqs_queue_policy, with ${ruleArn} as aws:SourceArn`;
  const policies: readonly [string, Json | null][] = [
    ['no policy', null],
    ['a policy for another rule', mayBeSentTo({ Condition: { ArnEquals: { 'aws:SourceArn': `${ruleArn}-other` } } })],
    ['a policy for another service', mayBeSentTo({ Principal: { Service: 'sns.amazonaws.com' } })],
    ['a policy for another action', mayBeSentTo({ Action: 'sqs:ReceiveMessage' })],
  ];
  for (const [what, policy] of policies) {
    it(`is refused at the start with ${what}`, async () => {
      expect(await failureOf(start({ policy }))).to.equal(refused);
    });
  }

  it('may have its policy in the queue itself, or be taken without one when IAM is off', async () => {
    const own = (resource: Resources): void => {
      Object.assign(resource.aws_sqs_queue?.dead ?? {}, { policy: JSON.stringify(mayBeSentTo({ Resource: '*' })) });
    };
    await start({ policy: null, change: own });
    await start({ policy: null }, { iam: 'off' });
  });

  it('is refused for a schedule', async () => {
    const change = (resource: Resources): void => {
      const [nightly] = Object.values(resource.aws_cloudwatch_event_target ?? {});
      Object.assign(nightly ?? {}, { dead_letter_config: [{ arn: '${aws_sqs_queue.dead.arn}' }] });
    };
    expect(await failureOf(start({ change }))).to.contain(
      '.dead_letter_config: it cannot be run here for a schedule: leave it out',
    );
  });
});
