import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { expect } from 'chai';
import { decodeJwt } from 'jose';
import type { ScheduleRun } from '../../src/index.ts';
import { connect, nextMessage, startShop, stopAll, writeShop } from '../local-stack/set-up.ts';
import { removeTemporaryFolders } from '../stack/set-up.ts';

/** The shop, with a schedule that runs every minute. @returns the stack file */
function writeBusyShop(): string {
  const stackFile = writeShop();
  const parts = JSON.parse(readFileSync(stackFile, 'utf8'));
  parts.resource.aws_cloudwatch_event_rule.nightly.schedule_expression = 'rate(1 minute)';
  writeFileSync(stackFile, JSON.stringify(parts));
  return stackFile;
}

describe('A stack in compressed time', () => {
  afterEach(stopAll);
  after(removeTemporaryFolders);

  it('closes connections after two hours of its own', async () => {
    const stack = await startShop({ timeScale: 3600, limits: { idleTimeoutMs: 36_000_000 } });
    const socket = await connect(stack.webSocketUrl);
    const connectedAtMs = stack.gateway.connections()[0]?.connectedAtMs ?? 0;

    const [code] = await once(socket, 'close');

    expect(code).to.equal(1001);
    expect(stack.clock.nowMs() - connectedAtMs).to.be.at.least(7_200_000);
  });

  it('runs the schedule of every minute, over and over', async () => {
    let runs = 0;
    const enough = new Promise<ScheduleRun>((resolve) => {
      void startShop({
        stackFile: writeBusyShop(),
        schedules: 'timer',
        timeScale: 3600,
        onSchedule: (run) => ++runs === 5 && resolve(run),
      });
    });

    expect((await enough).outcome).to.deep.include({ kind: 'returned', payload: { cleaned: true } });
  });

  it('deletes what expires, and lets tokens run out', async () => {
    const stack = await startShop();
    const { endpoint, credentials, clock } = stack;
    const client = new DynamoDBClient({ endpoint, credentials, region: 'eu-west-1', maxAttempts: 1 });
    const inAnHour = Math.floor(clock.nowMs() / 1000) + 3600;
    const Item = { orderId: { S: 'o1' }, expiresAt: { N: String(inAnHour) } };
    await client.send(new PutItemCommand({ TableName: 'shop-orders', Item }));
    const count = async () => (await client.send(new ScanCommand({ TableName: 'shop-orders' }))).Count;
    const { exp = 0 } = decodeJwt(await stack.tokens.issueToken({ username: 'maria' }));

    expect(await count()).to.equal(1);
    clock.setScale(3600);
    clock.advance(3_600_000);

    while ((await count()) === 1);
    expect(exp * 1000).to.be.below(clock.nowMs());
    expect(decodeJwt(await stack.tokens.issueToken({ username: 'maria' })).exp).to.be.above(exp);
  });

  it('closes what is idle when it is compressed by hand, while it runs', async () => {
    const stack = await startShop();
    const socket = await connect(stack.webSocketUrl);
    const closed = once(socket, 'close');

    stack.clock.setScale(3600);

    expect((await closed)[0]).to.equal(1001);
  });

  it('signs, answers and dates with one time, hours away from the machine’s', async () => {
    const stack = await startShop();
    stack.clock.advance(6 * 3_600_000);
    const socket = await connect(stack.webSocketUrl);
    const answer = nextMessage(socket);
    const input = { TableName: 'shop-orders', Key: { orderId: { S: 'o1' } } };

    socket.send(JSON.stringify({ action: 'buy', call: { operation: 'GetItem', input } }));
    const response = await fetch(`${stack.endpoint}/${stack.stack.userPools[0]?.id}/.well-known/jwks.json`);

    expect(await answer).to.equal('{}');
    expect(Date.parse(response.headers.get('date') ?? '')).to.be.above(Date.now() + 5 * 3_600_000);
  });
});
