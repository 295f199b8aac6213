/**
 * One message to many listeners: until the last one has it, beside the floor, which is the same posts by a bare client
 * over the same gateway. Rounds of the two alternate in one run; the first ones of each only warm up.
 */
import { createPublisher } from '../../../packages/backend/src/index.ts';
import { Child } from '../gateway/child.ts';
import { median, percentile } from '../statistics.ts';
import type { AudienceCommands } from './audience-process.ts';
import type { FloorCommands } from './floor-process.ts';
import type { StackCommands, StackRequest } from './stack-process.ts';

/** Listeners that join in one command to the audience, so that none takes a minute. */
const JOINS = 500;
/** Rounds until the code of the functions is compiled. */
const WARM_UPS = 4;
/** As many as a function's. */
const IN_FLIGHT = 100;
/** Until which a message has to be everywhere. */
const GIVE_UP_MS = 50_000;
/** A caption. */
const DATA = { text: 'x'.repeat(180) };

export interface FanOutResult {
  readonly listeners: number;
  /** From the call of `publish` to the last delivery, milliseconds: medians, and the slowest round. */
  readonly publishMs: number;
  readonly slowestMs: number;
  /** From the first post to the last delivery. */
  readonly floorMs: number;
  /** CPU for a delivery, milliseconds: the functions', and the bare client's; the gateway's in both cases. */
  readonly functionsCpuMs: number;
  readonly floorCpuMs: number;
  readonly gatewayCpuMs: number;
  readonly floorGatewayCpuMs: number;
  /** Calls of AWS for one message but its posts, by function and operation. */
  readonly calls: Readonly<Record<string, number>>;
  readonly posts: number;
}

/** An audience that has joined a session on a stack of its own. */
export async function withAudience<T>(
  request: StackRequest,
  work: (parts: Awaited<ReturnType<typeof assemble>>) => Promise<T>,
): Promise<T> {
  const children = {
    stack: new Child<StackCommands>('../publish/stack-process.ts'),
    audience: new Child<AudienceCommands>('../publish/audience-process.ts'),
    floor: new Child<FloorCommands>('../publish/floor-process.ts'),
  };
  try {
    return await work(await assemble(children, request));
  } finally {
    await Promise.all(Object.values(children).map((child) => child.stop()));
  }
}

async function assemble(
  children: { stack: Child<StackCommands>; audience: Child<AudienceCommands>; floor: Child<FloorCommands> },
  request: StackRequest,
) {
  const { stack, audience } = children;
  const access = await stack.call('start', request);
  const { webSocketUrl: url, httpApiUrl, region, credentials } = access;
  const session = await audience.call('createSession', { url, token: access.speakerToken });
  const connectionIds: string[] = [];
  while (connectionIds.length < request.listeners) {
    const count = Math.min(JOINS, request.listeners - connectionIds.length);
    connectionIds.push(...(await audience.call('join', { url, ...session, count })));
  }
  const publisher = createPublisher({ httpApiUrl, region, credentials });
  /** Publishes one message. @returns its receipt, and milliseconds until the last one had it */
  const publish = async (data: unknown = DATA) => {
    await audience.call('arm');
    const startedAtMs = nowMs();
    const receipt = await publisher.publish({ sessionId: session.sessionId, to: 'es', name: 'caption', data });
    const { received, lastAtMs } = await audience.call('arrived', { count: receipt.delivered, withinMs: GIVE_UP_MS });
    return { receipt, received, ms: lastAtMs - startedAtMs };
  };
  return { ...children, access, session, connectionIds, publish };
}

export async function measureFanOut(listeners: number, rounds: number): Promise<FanOutResult> {
  return withAudience({ listeners }, async ({ stack, audience, floor, access, session, connectionIds, publish }) => {
    const { region, credentials, managementEndpoint: endpoint } = access;
    const samples = { publishMs: [] as number[], floorMs: [] as number[] };
    const cpu = {
      functions: [] as number[],
      gateway: [] as number[],
      floorGateway: [] as number[],
      floor: [] as number[],
    };
    let calls: Readonly<Record<string, number>> = {};
    for (let round = 0; round < WARM_UPS + rounds; round++) {
      await stack.call('takeCalls');
      const before = await stack.call('cpuMs');
      const { receipt, received, ms } = await publish();
      const published = await stack.call('cpuMs');
      if (receipt.delivered !== listeners || received !== listeners) {
        const failures = await stack.call('takeFailures');
        throw new Error(`${received} of ${listeners} have it: ${JSON.stringify(receipt)} ${JSON.stringify(failures)}`);
      }
      calls = await stack.call('takeCalls');

      const { channel, epoch, offset } = receipt;
      // What the service sends: the floor's messages have the same bytes.
      const text = JSON.stringify({
        type: 'message',
        sessionId: session.sessionId,
        channel,
        epoch,
        offset,
        publishedAt: Date.now(),
        name: 'caption',
        data: DATA,
      });
      await audience.call('arm');
      const idle = await stack.call('cpuMs');
      const { startedAtMs, cpuMs } = await floor.call('post', {
        ...{ endpoint, region, credentials, connectionIds, text },
        inFlight: IN_FLIGHT,
      });
      const { lastAtMs } = await audience.call('arrived', { count: listeners, withinMs: GIVE_UP_MS });
      const posted = await stack.call('cpuMs');
      if (round < WARM_UPS) continue;
      samples.publishMs.push(ms);
      samples.floorMs.push(lastAtMs - startedAtMs);
      cpu.functions.push(published.functions - before.functions);
      cpu.gateway.push(published.gateway - before.gateway);
      cpu.floorGateway.push(posted.gateway - idle.gateway);
      cpu.floor.push(cpuMs);
    }
    const isPost = (call: string) => call.endsWith(' PostToConnection');
    return {
      listeners,
      publishMs: median(samples.publishMs),
      slowestMs: percentile(samples.publishMs, 100),
      floorMs: median(samples.floorMs),
      functionsCpuMs: median(cpu.functions) / listeners,
      floorCpuMs: median(cpu.floor) / listeners,
      gatewayCpuMs: median(cpu.gateway) / listeners,
      floorGatewayCpuMs: median(cpu.floorGateway) / listeners,
      calls: Object.fromEntries(Object.entries(calls).filter(([call]) => !isPost(call))),
      posts: Object.entries(calls).reduce((sum, [call, count]) => sum + (isPost(call) ? count : 0), 0),
    };
  });
}

const nowMs = (): number => performance.timeOrigin + performance.now();
