// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Terraform's templates
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { strToU8, zipSync } from 'fflate';
import type { LocalStack, LocalStackOptions } from '../../src/index.ts';
import { startShop, writeShop } from '../local-stack/set-up.ts';

type Json = Record<string, unknown>;
type Resources = Record<string, Record<string, Json>>;

/** Prints the event that it gets, and fails if the event asks for it. */
const subscriber = `export const handler = async (event) => {
  console.log(JSON.stringify({ got: event }));
  if (event.detail?.fail) throw new Error('as asked');
};`;

/** Every rule of these may invoke the subscriber. */
const permission = {
  action: 'lambda:InvokeFunction',
  function_name: '${aws_lambda_function.subscriber.function_name}',
  principal: 'events.amazonaws.com',
};

/** Writes the shop with a bus `shop-events`, a function that subscribes, and these rules and targets. @returns the stack file */
export function writeShopWithBus(
  rules: Readonly<Record<string, Json>>,
  {
    targets = Object.fromEntries(Object.keys(rules).map((name) => [name, {}])),
    change = () => {},
  }: { readonly targets?: Readonly<Record<string, Json>>; readonly change?: (resource: Resources) => void } = {},
): string {
  const file = writeShop();
  const stack = JSON.parse(readFileSync(file, 'utf8')) as { resource: Resources };
  const { resource } = stack;
  const bus = '${aws_cloudwatch_event_bus.shop.name}';
  resource.aws_cloudwatch_event_bus = { shop: { name: 'shop-events' } };
  Object.assign(resource.aws_lambda_function ?? {}, {
    subscriber: { ...resource.aws_lambda_function?.buy, function_name: 'shop-subscriber', filename: 'subscriber.zip' },
  });
  Object.assign(resource.aws_lambda_permission ?? {}, {
    subscriber: { ...permission, source_arn: 'arn:aws:events:eu-west-1:000000000000:rule/*' },
  });
  for (const [name, rule] of Object.entries(rules)) {
    const withBus = { name, event_bus_name: bus, ...rule };
    Object.assign(resource.aws_cloudwatch_event_rule ?? {}, {
      [name]: {
        ...withBus,
        ...(rule.event_pattern ? { event_pattern: JSON.stringify(rule.event_pattern) } : {}),
      },
    });
  }
  for (const [name, target] of Object.entries(targets)) {
    Object.assign(resource.aws_cloudwatch_event_target ?? {}, {
      [name]: {
        rule: name,
        event_bus_name: rules[name]?.event_bus_name ?? bus,
        arn: '${aws_lambda_function.subscriber.arn}',
        ...target,
      },
    });
  }
  change(resource);
  writeFileSync(file, JSON.stringify(stack));
  writeFileSync(join(dirname(file), 'subscriber.zip'), zipSync({ 'index.mjs': strToU8(subscriber) }));
  return file;
}

/** Starts it. The subscriber's events come one by one. */
export async function startBus(stackFile: string, options: Partial<LocalStackOptions> = {}) {
  const got: unknown[] = [];
  const waiting: ((event: unknown) => void)[] = [];
  const stack = await startShop({
    stackFile,
    ...options,
    onLog: ({ functionName, line }) => {
      if (functionName !== 'shop-subscriber' || !line.startsWith('{"got"')) return;
      const event = (JSON.parse(line) as { got: unknown }).got;
      const next = waiting.shift();
      if (next) next(event);
      else got.push(event);
    },
  });
  const nextEvent = (): Promise<unknown> =>
    new Promise((resolve) => (got.length > 0 ? resolve(got.shift()) : waiting.push(resolve)));
  return { stack, nextEvent, unread: () => got.length };
}

export const busClient = (
  { endpoint, credentials, stack }: LocalStack,
  as: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } = credentials,
) => new EventBridgeClient({ endpoint, credentials: as, region: stack.region, maxAttempts: 1 });

/** An entry of PutEvents. */
export const entry = (detail: object, more: object = {}) => ({
  EventBusName: 'shop-events',
  Source: 'shop',
  DetailType: 'OrderPlaced',
  Detail: JSON.stringify(detail),
  ...more,
});
