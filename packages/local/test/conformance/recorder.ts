import { connect } from '../gateway/client.ts';
import { Happenings } from './happenings.ts';
import type { Target } from './targets.ts';

/** What a function tells of an invocation. */
export interface Report {
  readonly tag: string;
  /** `authorizer`, a route's key, or `worker`. */
  readonly kind: string;
  // biome-ignore lint/suspicious/noExplicitAny: events are asserted on key by key
  readonly event: any;
  /** The answers to the calls of @connections that the function was told to make. */
  readonly calls?: readonly { readonly status: number; readonly errorType?: string }[];
  /** Of `worker`: of this attempt, and how many failed before it. */
  readonly awsRequestId?: string;
  readonly failed?: number;
}

/** A connection that functions send to what they see: so a check sees it too, wherever the API is. */
export interface Recorder {
  readonly connectionId: string;
  readonly reports: Happenings<Report>;
  /** Waits until everything has arrived that was sent to this connection before. */
  flush(): Promise<void>;
  close(): void;
}

/** The two-way route of `mixed` and of the other variants, in one message. */
const hello = { action: 'echo', service: 'chat', meta: { version: 2 } };

const recorders = new Map<Target, Promise<Recorder>>();

/** The recorder of an API; made when it is first asked for. */
export function recorderOf(target: Target): Promise<Recorder> {
  const known = recorders.get(target);
  if (known) return known;
  const opening = openRecorder(target);
  recorders.set(target, opening);
  return opening;
}

export async function closeRecorders(): Promise<void> {
  const opened = [...recorders.values()];
  recorders.clear();
  // One that could not be opened has failed its checks; the others, and the APIs, are to be closed all the same.
  await Promise.allSettled(opened.map(async (recorder) => (await recorder).close()));
}

async function openRecorder({ url }: Target): Promise<Recorder> {
  // What `identity` wants; the others do not mind.
  const client = await connect(`${url}?token=recorder`, [], { headers: { 'X-Client': 'recorder' } });
  client.send(hello);
  const { connectionId } = JSON.parse(await client.next()).requestContext;
  const reports = new Happenings<Report>();
  const listen = async (): Promise<never> => {
    for (;;) reports.add(JSON.parse(await client.next()));
  };
  void listen();
  let flushes = 0;
  return {
    connectionId,
    reports,
    async flush() {
      const kind = String(++flushes);
      client.send({ ...hello, do: { body: JSON.stringify({ tag: 'flush', kind }) } });
      await reports.next((report) => report.tag === 'flush' && report.kind === kind);
    },
    close: () => client.socket.terminate(),
  };
}
