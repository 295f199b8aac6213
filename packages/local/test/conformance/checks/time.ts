import { once } from 'node:events';
import { GetConnectionCommand, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { expect } from 'chai';
import { check, section } from '../check.ts';
import { managementClient, type Visitor, visit } from '../clients.ts';
import { startedTarget } from '../targets.ts';

/** Minutes, by the clock of the gateway: its limits are those of AWS. */
const MINUTE_MS = 60_000;

/** A gateway whose clock a check can move on. */
async function timeWorld() {
  const target = await startedTarget('main', 'time');
  const connect = async () => {
    const visitor = await visit('main', { target, userAgent: null });
    const id = await visitor.id();
    return { visitor, id };
  };
  const isOpen = (id: string) => target.stack.gateway.connections().some(({ connectionId }) => connectionId === id);
  /** As `$disconnect` printed it: whatever it could be sent to has been closed as well. */
  const endOf = async (id: string) => {
    const line = await target.lines.next((text) => text.includes('"$disconnect"') && text.includes(id));
    const { disconnectStatusCode, disconnectReason } = JSON.parse(line).event.requestContext;
    return [disconnectStatusCode, disconnectReason];
  };
  return { ...target, connect, isOpen, endOf };
}

const time = () => {
  const local = { localOnly: true } as const;
  check(
    'idle-closes',
    'Ten minutes without a message close the connection with 1001, Going away',
    { source: 'facts §7 DOC S22, §2.4 CAP S15', ...local },
    async () => {
      const { connect, clock } = await timeWorld();
      const { visitor } = await connect();
      clock.advance(10 * MINUTE_MS);
      expect(await visitor.closed).to.deep.equal({ code: 1001, reason: 'Going away' });
    },
  );
  check('idle-not-before', 'Nine minutes do not', { source: 'facts §7 DOC S22, §2.4 CAP S15', ...local }, async () => {
    const { connect, clock, isOpen } = await timeWorld();
    const older = await connect();
    clock.advance(MINUTE_MS);
    const { id } = await connect();
    clock.advance(9 * MINUTE_MS);
    await older.visitor.closed;
    expect(isOpen(id)).to.equal(true);
  });
  check('idle-told', '$disconnect is told 1001, Going away', { source: 'facts §2.4 CAP S15', ...local }, async () => {
    const { connect, clock, endOf } = await timeWorld();
    const { id } = await connect();
    clock.advance(10 * MINUTE_MS);
    expect(await endOf(id)).to.deep.equal([1001, 'Going away']);
  });
  for (const [id, what, act, source] of [
    [
      'message',
      'A message of the client',
      async ({ visitor }: Talk) => void (await visitor.ask({ body: 'x' })),
      'facts §7 COMM S41',
    ],
    [
      'one-way',
      'A message that gets no answer',
      async ({ visitor, until }: Talk) => {
        visitor.send({ action: 'oneWay' });
        await until();
      },
      'facts §7 COMM S41',
    ],
    [
      'post',
      'A message to the client',
      async ({ visitor, post }: Talk) => {
        await post('x');
        await visitor.next();
      },
      'facts §7 COMM S41',
    ],
  ] as const) {
    check(
      `idle-after-${id}`,
      `${what} starts the ten minutes anew`,
      { source, confirmed: false, ...local },
      async () => {
        const world = await timeWorld();
        const talker = await world.connect();
        const silent = await world.connect();
        world.clock.advance(9 * MINUTE_MS);
        await act(talkOf(world, talker));
        world.clock.advance(2 * MINUTE_MS);
        await silent.visitor.closed;
        expect(world.isOpen(talker.id)).to.equal(true);
        world.clock.advance(8 * MINUTE_MS);
        expect((await talker.visitor.closed).code).to.equal(1001);
      },
    );
  }
  check(
    'idle-after-ping',
    'A ping does not start the ten minutes anew',
    { source: 'facts §7, §16.2', confirmed: false, ...local },
    async () => {
      const { connect, clock } = await timeWorld();
      const { visitor } = await connect();
      clock.advance(9 * MINUTE_MS);
      const pong = once(visitor.socket, 'pong');
      visitor.socket.ping();
      await pong;
      clock.advance(MINUTE_MS);
      expect((await visitor.closed).code).to.equal(1001);
    },
  );
  check(
    'idle-after-get',
    'Nor does GET @connections',
    { source: 'facts §6, §16.9', confirmed: false, ...local },
    async () => {
      const world = await timeWorld();
      const { visitor, id } = await world.connect();
      world.clock.advance(9 * MINUTE_MS);
      await managementClient(world).send(new GetConnectionCommand({ ConnectionId: id }));
      world.clock.advance(MINUTE_MS);
      expect((await visitor.closed).code).to.equal(1001);
    },
  );
  check(
    'last-active',
    'lastActiveAt is the time of the last message',
    { source: 'facts §6, §16.9', confirmed: false, ...local },
    async () => {
      const world = await timeWorld();
      const { visitor, id } = await world.connect();
      world.clock.advance(5 * MINUTE_MS);
      await visitor.ask({ body: 'x' });
      const { ConnectedAt, LastActiveAt } = await managementClient(world).send(
        new GetConnectionCommand({ ConnectionId: id }),
      );
      expect(Number(LastActiveAt) - Number(ConnectedAt)).to.be.within(5 * MINUTE_MS, 6 * MINUTE_MS);
    },
  );
  for (const [id, what] of [
    ['closes', 'Two hours close a connection that talks all the time with 1001, Going away'],
    ['told', '$disconnect is told 1001, Going away'],
  ] as const) {
    check(
      `two-hours-${id}`,
      what,
      { source: 'facts §7 DOC S22, §2.4 COMM S19, §16.1', confirmed: false, ...local },
      async () => {
        const { connect, clock, isOpen, endOf } = await timeWorld();
        const { visitor, id: connectionId } = await connect();
        for (let minutes = 9; minutes < 120; minutes += 9) {
          clock.advance(9 * MINUTE_MS);
          await visitor.ask({ body: 'x' });
        }
        expect(isOpen(connectionId)).to.equal(true); // 117 minutes old
        clock.advance(3 * MINUTE_MS);
        if (id === 'closes') expect(await visitor.closed).to.deep.equal({ code: 1001, reason: 'Going away' });
        else expect(await endOf(connectionId)).to.deep.equal([1001, 'Going away']);
      },
    );
  }
};

type World = Awaited<ReturnType<typeof timeWorld>>;
interface Talk {
  readonly visitor: Visitor;
  readonly post: (data: string) => Promise<unknown>;
  /** Waits until the gateway has seen what was sent. */
  readonly until: () => Promise<unknown>;
}

function talkOf(world: World, { visitor, id }: { visitor: Visitor; id: string }): Talk {
  return {
    visitor,
    post: (Data) => managementClient(world).send(new PostToConnectionCommand({ ConnectionId: id, Data })),
    until: async () => {
      // A pong comes after everything that was sent before the ping.
      const pong = once(visitor.socket, 'pong');
      visitor.socket.ping();
      await pong;
    },
  };
}

export function timeChecks(): void {
  section('Time', time);
}
