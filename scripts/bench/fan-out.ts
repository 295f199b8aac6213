/**
 * Messages to connections: `npm run bench -- fan-out [--rounds 5] [--posts 3000] [--json]`. CPU time that a post takes of
 * its sender, with the SDK's client and with the functions' own adapter, 100 in flight, over HTTP and over HTTPS as it is
 * in AWS. Both are processes of their own, and so is the server; rounds alternate between them.
 * Times depend on the machine; ratios less so. The aim is 0.2 ms at most.
 */
import { parseArgs } from 'node:util';
import type { ClientCommands, SubjectName } from './fan-out/client-process.ts';
import type { ServerCommands } from './fan-out/server-process.ts';
import { Child } from './gateway/child.ts';
import { median } from './statistics.ts';
import { formatTable } from './table.ts';

const SUBJECTS: readonly SubjectName[] = ['sdk', 'lean'];
/** A notification, and a message of about six seconds of compressed speech. */
const CASES = [
  { over: 'http', bytes: 300 },
  { over: 'http', bytes: 14_500 },
  { over: 'https', bytes: 300 },
  { over: 'https', bytes: 14_500 },
] as const;

interface Row {
  readonly over: 'http' | 'https';
  readonly bytes: number;
  /** Milliseconds of CPU for one post. */
  readonly sdk: number;
  readonly lean: number;
  readonly ratio: number;
}

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '5' },
      posts: { type: 'string', default: '3000' },
      json: { type: 'boolean', default: false },
    },
  });
  const rounds = wholeNumber('rounds', values.rounds);
  const posts = wholeNumber('posts', values.posts);
  const server = new Child<ServerCommands>('../fan-out/server-process.ts');
  const clients = new Map(
    SUBJECTS.map((name) => [name, new Child<ClientCommands>('../fan-out/client-process.ts', [name])]),
  );
  try {
    const { endpoints, cert } = await server.call('start');
    for (const client of clients.values()) await client.call('trust', cert);

    /** The first round only warms up: code is compiled, connections are opened. */
    const measure = async ({ over, bytes }: (typeof CASES)[number]): Promise<Row> => {
      const samples = { sdk: [] as number[], lean: [] as number[] };
      for (let round = 0; round <= rounds; round++) {
        for (const [name, client] of clients) {
          const cpuMs = await client.call('fanOut', { endpoint: endpoints[over], posts, bytes });
          const arrived = await server.call('takePosts');
          if (arrived !== posts) throw new Error(`${arrived} posts of ${posts} arrived from ${name}`);
          if (round > 0) samples[name].push(cpuMs / posts);
        }
      }
      const [sdk, lean] = [median(samples.sdk), median(samples.lean)];
      return { over, bytes, sdk, lean, ratio: lean / sdk };
    };

    const rows: Row[] = [];
    for (const one of CASES) rows.push(await measure(one));
    console.log(values.json ? JSON.stringify({ node: process.version, rounds, posts, rows }) : table(rows));
  } finally {
    await Promise.all([server, ...clients.values()].map((child) => child.stop()));
  }
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(`--${name} must be a whole number from 1 on, not ${text}`);
  return value;
}

const table = (rows: readonly Row[]): string =>
  formatTable([
    ["sender's CPU for one post, ms", "SDK's client", 'lean', 'lean/SDK'],
    ...rows.map(({ over, bytes, sdk, lean, ratio }) => [
      `${bytes} bytes over ${over.toUpperCase()}`,
      sdk.toFixed(3),
      lean.toFixed(3),
      `${ratio.toFixed(2)}x`,
    ]),
  ]);
