import { defaultAssumptions, PLATFORM_LOG_BYTES } from './assumptions.ts';
import { type BillLine, billOf } from './bill.ts';
import { type Measured, operationNames } from './measured.ts';
import { type PriceName, prices, REGION } from './prices.ts';
import { count, dollars } from './report.ts';
import type { Scenario } from './usage.ts';

const HEARTBEATS_SECONDS = [10, 30, 60];
const AUDIENCES = [50, 500, 2000, 10_000];
const base: Scenario = {
  listeners: 500,
  minutes: 120,
  heartbeatSeconds: 30,
  refreshMinutes: 100,
  rejoins: 0,
  sessionsPerMonth: 20,
};

/** The page of costs, in Markdown. */
export function renderCosts(measured: Measured): string {
  const bill = (scenario: Partial<Scenario>) => billOf({ ...base, ...scenario }, measured);
  const { invocationMs, awsCallMs, coldStarts, initMs, logDays } = defaultAssumptions;
  const standing = bill({}).month;

  return `# Costs

Made by \`npm run generate\` from \`scripts/cost/\`: what each operation was counted to use on the real local stack
(\`measured.json\`), and AWS's prices in ${REGION}, in US dollars. \`npm run cost -- --help\` prices other sessions.

## A session of two hours

| Listeners | ${HEARTBEATS_SECONDS.map((seconds) => `heartbeat ${seconds} s`).join(' | ')} | a listener-hour at 30 s |
|---:|${'---:|'.repeat(HEARTBEATS_SECONDS.length + 1)}
${AUDIENCES.map((listeners) =>
  row([
    count(listeners),
    ...HEARTBEATS_SECONDS.map((heartbeatSeconds) => dollars(bill({ listeners, heartbeatSeconds }).session.usd)),
    dollars(bill({ listeners }).session.usdPerListenerHour ?? 0),
  ]),
).join('\n')}

Of 500 listeners at 30 s, by service:

| Service | USD | |
|---|---:|---:|
${byService(bill({}).session.lines)
  .map(([service, usd]) => row([service, dollars(usd), percent(usd / bill({}).session.usd)]))
  .join('\n')}

${percent(heartbeatShare(measured))} of it are heartbeats: each is two messages, one invocation, one write and two lines of log,
with an audience of any size. A longer interval saves in proportion, and notices a lost listener later. Not every interval works as it is:
\`rate_limit_heartbeats_per_min\` must allow it (2 by default: 10 s need 6), and \`heartbeat_timeout_seconds\` (90) must be
longer than it, better by two of them. More than 500 listeners need \`max_listeners_per_session\`.

## Publishing

A listener-hour in a session of 500 listeners in five languages and two hours, with a message to each language every
three seconds, besides what is above:

| Published | a listener-hour | of it messages and data |
|---|---:|---:|
${[
  ['nothing', {}],
  ['captions', { captionSeconds: 3 }],
  ['speech inline, 24 kB each time', { audioSeconds: 3 }],
  ['both', { captionSeconds: 3, audioSeconds: 3 }],
]
  .map(([what, published]) => {
    const { session } = bill(published as Partial<Scenario>);
    const sums = new Map(byService(session.lines));
    const delivery = (sums.get('API Gateway') ?? 0) + (sums.get('Data transfer') ?? 0);
    return row([String(what), dollars(session.usdPerListenerHour ?? 0), percent(delivery / session.usd)]);
  })
  .join('\n')}

A message to a listener is a message of API Gateway, from every sender, and that is nearly all of its price; the log
and the functions are paid for by the message, for an audience of any size. An address (URL) in place of the speech costs as a
caption, and the download then has the price of a CDN. By HTTP each message is a request of the HTTP API more.
\`npm run cost -- --captions-every 3 --audio-every 3\` prices other sessions.

## A month

What is there costs ${dollars(standing.standingUsd)} a month, used or not:

| Service | What | Quantity | USD |
|---|---|---:|---:|
${standing.standing
  .map(({ service, price, quantity, usd }) => row([service, prices[price].unit, count(quantity), dollars(usd)]))
  .join('\n')}

Sessions of 500 listeners and two hours, a heartbeat every 30 s:

| Sessions a month | USD | a listener-hour |
|---:|---:|---:|
${[1, 20, 100, 1000]
  .map((sessionsPerMonth) => {
    const { month } = bill({ sessionsPerMonth });
    return row([count(sessionsPerMonth), dollars(month.usd), dollars(month.usdPerListenerHour ?? 0)]);
  })
  .join('\n')}

## What an operation uses

| Operation | Invocations | Write units | Read units | Events | Messages | Bytes out | Log bytes |
|---|---:|---:|---:|---:|---:|---:|---:|
${operationNames
  .map((name) => {
    const { functions, writeUnits, readUnits, events, messages, bytesOut } = measured.operations[name];
    const uses = Object.values(functions);
    const sum = (of: (use: (typeof uses)[number]) => number) => uses.reduce((total, use) => total + of(use), 0);
    const invocations = sum((use) => use.invocations);
    return row([
      `\`${name}\``,
      ...[invocations, writeUnits, readUnits, events, messages, bytesOut, sum((use) => use.logBytes)].map(count),
    ]);
  })
  .join('\n')}

A test counts them anew; after a change, \`npm run cost:measure\` and \`npm run generate\` bring the numbers up to date.

## What is assumed

- A warm invocation takes ${invocationMs} ms and ${awsCallMs} ms for each call of AWS; ${coldStarts * 100} % start cold, with ${initMs} ms of
  INIT, which is billed. These depend on the machine and cannot be counted. \`--invocation-ms\`, \`--aws-call-ms\`, \`--cold-starts\`,
  \`--init-ms\`, or \`--duration <function>=<ms>\` put what you see in the REPORT lines in their place.
- Everybody stays to the end and moves to a new connection after 100 minutes. \`--rejoins\` has listeners come back.
- Listeners come and go one by one, and the speaker is notified each time, at most once a second. Five languages come into
  use. No speaker asks for the status, and no listener changes the language.
- Everybody joins with a link; a typed ID costs half a read unit more. Conflicts between joins are not in it: a transaction
  that is cancelled costs its write units all the same (docs/decisions/0017-one-transaction-decides.md).
- Lambda's own log lines are ${PLATFORM_LOG_BYTES} bytes an invocation; logs are kept for ${logDays} days. Lambda's reads of the
  stream are free.
- Handshakes, and the ends of connections, are no messages: AWS lists none as billed, and says nowhere that they are not.
- No free tiers, and no discount for quantity. Not in it: requests of the HTTP API; what is published, unless the
  table says so (each message to each listener costs ${dollars(prices.message.usd / prices.message.per)} for every 32 KB begun), and its deletion at the
  end of the session, which is that of the last two minutes; speakers' sign-in with Cognito; X-Ray; a KMS key
  of your own; storage and backups of the tables, which are a few megabytes; metrics of errors, which are paid for only in
  the hours in which they occur.

## Prices

| What | USD | Newest evidence | Source |
|---|---:|---|---|
${(Object.keys(prices) as PriceName[])
  .map((name) => {
    const { usd, unit, asOf, source } = prices[name];
    return row([unit, `${usd} for ${per(prices[name].per)}`, asOf, source]);
  })
  .join('\n')}

Other regions have prices of their own: \`scripts/cost/prices.ts\` is where they go.
`;
}

/** What the heartbeats of a session cost, of all that it costs. */
function heartbeatShare(measured: Measured): number {
  const free = { functions: {}, writeUnits: 0, readUnits: 0, events: 0, messages: 0, bytesIn: 0, bytesOut: 0 };
  const operations = { ...measured.operations, heartbeat: free, heartbeatWithReminder: free };
  return 1 - billOf(base, { ...measured, operations }).session.usd / billOf(base, measured).session.usd;
}

function byService(lines: readonly BillLine[]): [service: string, usd: number][] {
  const sums = new Map<string, number>();
  for (const { service, usd } of lines) sums.set(service, (sums.get(service) ?? 0) + usd);
  return [...sums];
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function per(quantity: number): string {
  if (quantity === 1) return 'one';
  return quantity === 1024 ** 3 ? 'a GB' : 'a million';
}
